// The composition root: the only file that knows everything. Builds stores on the database, use
// cases on stores, pages on use cases; starts and stops what runs in the background.
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { Provider } from 'oidc-provider';
import { openAccountCentre } from './account/account-centre.ts';
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
import { allMigrations } from './migrations.ts';
import { openNotification } from './notification/notification.ts';
import { toLibraryMetadata } from './oidc/claims/client-extras.ts';
import { protocolMount } from './oidc/protocol-mount.ts';
import { openProtocolStores } from './oidc/protocol-stores.ts';
import { createProtocol } from './oidc/protocol.ts';
import { protocolRoutes } from './oidc/protocol.routes.ts';
import type { Clock } from './platform/clock.ts';
import type { Config } from './platform/config.ts';
import { cookieNames } from './platform/http/headers.ts';
import { closeServer, serverTimes } from './platform/http/server.ts';
import { createHttpApp, localesFolder } from './platform/http/http-app.ts';
import { inProcessFetch } from './platform/http/in-process-fetch.ts';
import { createRouteLimiters } from './platform/http/limits.ts';
import { defaultLocale, loadWords } from './platform/http/locale.ts';
import { createRouter } from './platform/http/route.ts';
import { staticPageRoutes } from './platform/http/static-pages.routes.ts';
import { openKeyring } from './platform/keyring-store.ts';
import type { Logger } from './platform/logger.ts';
import { requireMigrations } from './platform/migrations.ts';
import { connectDatabase } from './platform/mongo.ts';
import { createOutbound } from './platform/outbound.ts';
import type { Random } from './platform/random.ts';
import { issueLogout } from './sessions/issue-logout.ts';
import { openSessions } from './sessions/sessions.ts';

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

export async function createApp(config: Config, environment: AppEnvironment): Promise<App> {
  const base = await openBase(config, environment);
  const domains = await openDomains(config, base, () => provider);
  const { clients, live, notification, notices } = domains;
  const platform = createHttpApp({ ...base, ...config.http, keys: base.keyring });
  const outbound = createOutbound(config.outbound);
  const handler = () => platform.app.callback();
  const fetch = inProcessFetch({ ...base, handler, network: outbound.fetch });
  const limiters = createRouteLimiters({ ...base, routes: config.limits.routes });
  const provider = createProtocol({
    ...domains,
    refreshGraceSeconds: config.refreshGraceSeconds,
    isRegisteredResource: (uri) => clients.resource(uri).isRegistered,
    fetch,
    reserveRequest: (address) => limiters.reserve('authorize', address),
    onInteraction: (ctx, uid) => {
      setRestartCookie(base, ctx, uid);
      return interactionPath(uid);
    },
  });
  platform.app.keys = provider.keys ?? [];
  const { sendCode } = notification;
  const productName = domains.words.translate(defaultLocale, 'layout.product');
  const own = { ...domains, productName, sendCode };
  const centre = openAccountCentre({ ...own, fetch });
  await centre.register({ ...base, clients: domains.clientStore, outbound, mode: config.mode });
  await clients.refresh();
  const signIn = signInServices(own);
  const routes = [
    ...staticPageRoutes,
    ...protocolRoutes(domains),
    ...interactionRoutes({ ...domains, ...signIn, provider: () => provider, notices }),
    ...centre.routes,
  ];
  const router = createRouter(routes, { limiters, csrf: platform.csrf });
  const protocol = protocolMount({ ...domains, provider: () => provider });
  platform.app.use(router.routes()).use(protocol).use(router.allowedMethods());
  live.start();
  notification.start();
  const server = createServer(serverTimes, platform.app.callback());
  return {
    server,
    provider,
    async stop() {
      await closeServer(server);
      await Promise.all([live.stop(), notification.stop(), clients.stop()]);
      await outbound.close();
      await base.database.close();
    },
  };
}

/** What every part stands on. */
async function openBase({ database: { uri }, ...config }: Config, environment: AppEnvironment) {
  const database = await connectDatabase({ uri });
  await requireMigrations(database, allMigrations);
  const keyring = await openKeyring(database, config.masterKey, environment.clock.now());
  const { issuer, isSecure } = config;
  const base = { ...environment, database, keyring, issuer, isSecure };
  return { ...base, audit: new AuditStore(base), cookies: cookieNames({ isSecure }) };
}

type Base = Awaited<ReturnType<typeof openBase>>;

/** Stores and use cases; the provider is made of them and needed by one of them. */
async function openDomains(config: Config, base: Base, provider: () => Provider) {
  const { logger } = base;
  const accounts = new AccountStore(base);
  const clientStore = new ClientStore(base);
  const clients = new ClientDirectory({ clients: clientStore, logger, present: toLibraryMetadata });
  const words = loadWords(localesFolder);
  const notification = openNotification({ ...base, words, accounts }, config);
  const { notices } = notification;
  const stores = openProtocolStores({
    ...base,
    onRefreshReused: (accountId, clientId) =>
      notices.refreshReused(accountId, clients.registration(clientId)?.client_name ?? clientId),
  });
  const live = openSessions({
    ...base,
    grants: stores.revocation,
    issueLogout: (clientId, accountId, sid) =>
      issueLogout(provider(), { clientId, accountId, sid }),
  });
  const { sessions, ending, activity } = live;
  const [{ jwks }, credentials] = await Promise.all([
    loadSigningKeys({ ...base, signingKeys: new SigningKeyStore(base) }),
    openCredentials({ ...base, accounts, limits: config.limits }),
    clients.start(),
  ]);
  const consents = new ConsentStore(base);
  const own = { accounts, clientStore, clients, consents, credentials, jwks, notices, words };
  return { ...base, ...stores, ...own, live, sessions, ending, activity, notification };
}
