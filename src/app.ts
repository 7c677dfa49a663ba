// The composition root: the only file that knows everything. Builds stores on the database, use
// cases on stores, pages on use cases; starts and stops what runs in the background.
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { Provider } from 'oidc-provider';
import { AccountStore } from './accounts/account-store.ts';
import { AuditStore } from './audit/audit-store.ts';
import { ClientDirectory } from './clients/client-directory.ts';
import { ClientStore } from './clients/client-store.ts';
import { ConsentStore } from './consent/consent-store.ts';
import { openCredentials } from './credentials/credentials.ts';
import { interactionPath, setRestartCookie } from './interactions/interaction-access.ts';
import { interactionRoutes } from './interactions/interaction.routes.ts';
import { signInServices } from './interactions/sign-in-services.ts';
import { SigningKeyStore } from './keys/signing-key-store.ts';
import { loadSigningKeys } from './keys/signing-keys.ts';
import { AccountNotices } from './notification/account-notices.ts';
import { MessageStore } from './notification/message-store.ts';
import { createMessageWorker } from './notification/message-worker.ts';
import { ArtefactStore } from './oidc/artefact-store.ts';
import { toLibraryMetadata } from './oidc/client-extras.ts';
import { GrantRevocation } from './oidc/grant-revocation.ts';
import { GrantStore } from './oidc/grant-store.ts';
import { ParkedRequestStore } from './oidc/parked-request-store.ts';
import { protocolMount } from './oidc/protocol-mount.ts';
import { createProtocol } from './oidc/protocol.ts';
import { protocolRoutes } from './oidc/protocol.routes.ts';
import type { Clock } from './platform/clock.ts';
import type { Config } from './platform/config.ts';
import { cookieNames } from './platform/http/headers.ts';
import { staticPageRoutes } from './platform/http/static-pages.routes.ts';
import { closeServer } from './platform/http/close-server.ts';
import { createHttpApp, localesFolder } from './platform/http/http-app.ts';
import { defaultLocale, formatInstant, loadWords } from './platform/http/locale.ts';
import { createRouteLimiters } from './platform/http/limits.ts';
import { createRouter } from './platform/http/route.ts';
import { openKeyring } from './platform/keyring-store.ts';
import type { Logger } from './platform/logger.ts';
import { connectDatabase } from './platform/mongo.ts';
import { createOutbound } from './platform/outbound.ts';
import type { Random } from './platform/random.ts';
import { everyAddress } from './platform/outbound-rules.ts';
import { repeat } from './platform/repeat.ts';
import { issueLogout } from './sessions/issue-logout.ts';
import { deviceName } from './sessions/device-name.ts';
import { LogoutOutboxStore } from './sessions/logout-outbox-store.ts';
import { createLogoutWorker } from './sessions/logout-worker.ts';
import { SessionActivity } from './sessions/session-activity.ts';
import { SessionEnding } from './sessions/session-ending.ts';
import { SessionStore } from './sessions/session-store.ts';

export interface App {
  /** Not listening yet. */
  server: Server;
  provider: Provider;
  stop(): Promise<void>;
}

export interface AppEnvironment {
  clock: Clock;
  random: Random;
  logger: Logger;
}

const SWEEP_MS = 5000;
const PRODUCT_NAME = '统一身份认证';

export async function createApp(config: Config, environment: AppEnvironment): Promise<App> {
  const { clock, random, logger } = environment;
  const database = await connectDatabase({ uri: config.database.uri });
  const keyring = await openKeyring(database, config.masterKey, clock.now());
  const base = { database, keyring, clock, random, logger };
  const audit = new AuditStore(base);
  const recorded = { ...base, audit };
  const accounts = new AccountStore(recorded);
  const clients = new ClientDirectory({
    clients: new ClientStore(base),
    logger,
    present: toLibraryMetadata,
  });
  const outbound = createOutbound(config.outbound);
  const gateway = createOutbound({ ...config.outbound, allow: everyAddress });
  const words = loadWords(localesFolder);
  const messages = new MessageStore(base);
  const messenger = createMessageWorker({
    ...base,
    ...config,
    store: messages,
    words,
    outbound: gateway,
  });
  const notices = new AccountNotices({ ...base, messages, accounts, wake: () => messenger.wake() });
  const sessions = new SessionStore(base);
  const artefacts = new ArtefactStore(base);
  const grants = new GrantStore(base);
  const revocation = new GrantRevocation({
    artefacts,
    grants,
    audit,
    onRefreshReused: (accountId, clientId) =>
      notices.tell(accountId, 'refresh_reused', {
        time: formatInstant(defaultLocale, clock.now()),
        client: clients.registration(clientId)?.client_name ?? clientId,
      }),
  });
  const outbox = new LogoutOutboxStore(base);
  const worker = createLogoutWorker({
    ...base,
    store: outbox,
    issueLogout: (clientId, accountId, sid) =>
      issueLogout(provider, { clientId, accountId, sid }),
  });
  const ending = new SessionEnding({
    ...recorded,
    sessions,
    grants: revocation,
    outbox: { enqueue: (...args) => outbox.enqueue(...args), wake: () => worker.wake() },
  });
  const consents = new ConsentStore(base);
  const parked = new ParkedRequestStore(base);
  const { isSecure, issuer } = config;
  const cookies = cookieNames({ isSecure });
  const shared = { ...recorded, issuer, isSecure, cookies, accounts, sessions, artefacts, consents };
  const [{ jwks }, credentials] = await Promise.all([
    loadSigningKeys({ ...recorded, signingKeys: new SigningKeyStore(base) }),
    openCredentials({ ...recorded, accounts, limits: config.limits }),
    clients.start(),
  ]);
  const provider = createProtocol({
    ...shared,
    refreshGraceSeconds: config.refreshGraceSeconds,
    jwks,
    clients,
    isRegisteredResource: (uri) => clients.resource(uri).isRegistered,
    grants,
    revocation,
    ending,
    fetch: outbound.fetch,
    onInteraction: (ctx, uid) => {
      setRestartCookie({ cookies, isSecure }, ctx, uid);
      return interactionPath(uid);
    },
  });
  const platform = createHttpApp({ ...base, issuer, ...config.http, keys: keyring });
  platform.app.keys = provider.keys ?? [];
  const limiters = createRouteLimiters({ database, routes: config.limits.routes });
  const routes = [
    ...staticPageRoutes,
    ...protocolRoutes({ parked }),
    ...interactionRoutes({
      ...shared,
      ...signInServices(credentials, PRODUCT_NAME),
      provider: () => provider,
      parked,
      notifyNewDevice: (account, { userAgent, address }) =>
        notices.tell(account.id, 'new_device', {
          time: formatInstant(defaultLocale, clock.now()),
          device: deviceName(userAgent) ?? words.translate(defaultLocale, 'account-sessions.unknown_device'),
          address,
        }),
    }),
  ];
  const activity = new SessionActivity({ ...base, sessions });
  const router = createRouter(routes, { limiters, csrf: platform.csrf });
  const protocol = protocolMount({ provider: () => provider, parked, activity });
  platform.app.use(router.routes()).use(protocol).use(router.allowedMethods());
  const sweeper = repeat(() => ending.sweep(), { name: 'session sweep', everyMs: SWEEP_MS, logger });
  worker.start();
  messenger.start();
  const server = createServer(platform.app.callback());
  return {
    server,
    provider,
    async stop() {
      await closeServer(server);
      await Promise.all([sweeper.stop(), worker.stop(), messenger.stop(), clients.stop()]);
      await Promise.all([activity.settled(), outbound.close(), gateway.close()]);
      await database.close();
    },
  };
}
