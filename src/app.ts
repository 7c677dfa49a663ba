// The composition root: with app/ the only place that knows everything. Builds stores on the
// database, use cases on stores, pages on use cases; starts and stops what runs beside them.
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { Provider } from 'oidc-provider';
import { openAccountCentre } from './account/account-centre.ts';
import { agreementRoutes } from './agreements/agreements.routes.ts';
import { openOtherPlatforms } from './app/other-platforms.ts';
import { stopInOrder } from './app/background.ts';
import type { Background } from './app/background.ts';
import { openDomains } from './app/domains.ts';
import type { Domains } from './app/domains.ts';
import { recordExceeded } from './app/exceeded-limits.ts';
import { openTrust } from './app/federation-trust.ts';
import { openFoundation } from './app/foundation.ts';
import type { AppEnvironment, Foundation } from './app/foundation.ts';
import { openMerging } from './app/merging.ts';
import { openOnBehalf } from './app/on-behalf.ts';
import { openPeering } from './app/peering.ts';
import { openPrivacyCentre } from './app/privacy-centre.ts';
import { openReadiness } from './app/readiness-checks.ts';
import { openStaffDirectory } from './app/staff-directory.ts';
import { openRecognition } from './app/recognition.ts';
import { openWaysIn } from './app/ways-in.ts';
import { ClientKeySets } from './clients/client-key-sets.ts';
import { interactionPath, setRestartCookie } from './interactions/interaction-access.ts';
import { deviceRoutes } from './oidc/device/device.routes.ts';
import { protocolMount } from './oidc/protocol-mount.ts';
import { createProtocol } from './oidc/protocol.ts';
import type { ProtocolDependencies } from './oidc/protocol.ts';
import { protocolRoutes } from './oidc/protocol.routes.ts';
import type { Config } from './platform/config.ts';
import { closeServer, serverTimes } from './platform/http/server.ts';
import { createHttpApp } from './platform/http/http-app.ts';
import { inProcessFetch } from './platform/http/in-process-fetch.ts';
import { createRouteLimiters } from './platform/http/limits.ts';
import type { RouteLimiters } from './platform/http/limits.ts';
import type { HttpApp } from './platform/http/context.ts';
import { defaultLocale } from './platform/http/locale.ts';
import { createRouter } from './platform/http/route.ts';
import { staticPageRoutes } from './platform/http/static-pages.routes.ts';
import { createOutbound } from './platform/outbound.ts';
import type { Outbound } from './platform/outbound.ts';
import type { PrometheusMetrics } from './platform/prometheus.ts';
import type { Readiness } from './platform/readiness.ts';
import { openResidents } from './app/residents.ts';
import { signOutPlaceOf } from './federation/upstream-sign-out.ts';
import { createUpstreamAdapters } from './federation/upstream/upstream-adapters.ts';
import { verificationAtProvince } from './registration-mode/at-province.ts';
import { meansAtProvince } from './registration-mode/kept-means.ts';
import { openMigration } from './stock-accounts/open-migration.ts';
import { openVerification } from './verification/open-verification.ts';
import { verificationRoutes } from './verification/verification.routes.ts';

export interface App {
  /** Not listening yet. */
  server: Server;
  readiness: Readiness;
  metrics: PrometheusMetrics;
  /** The present one: it is another after each change of the signing keys. */
  provider: () => Provider;
  stop(): Promise<void>;
}

export async function createApp(config: Config, environment: AppEnvironment): Promise<App> {
  const base = await openFoundation(config, environment);
  try {
    return await assemble(config, base);
  } catch (error) {
    // Others would wait for a process that never served.
    await base.processes.stop();
    await base.database.close();
    throw error;
  }
}

async function assemble(config: Config, base: Foundation): Promise<App> {
  const domains = await openDomains(config, base, () => provider());
  const { clients, notification, peers, mode } = domains;
  const readiness = openReadiness(domains);
  const isClockRight = () => base.clockWatch.isRight();
  const http = { ...config.http, keys: base.keyring, readiness, isClockRight };
  const platform = createHttpApp({ ...base, ...http });
  const outbound = createOutbound(config.outbound);
  const network = { handler: () => platform.app.callback(), network: outbound.fetch };
  const fetch = inProcessFetch({ ...base, ...network });
  const onExceeded = recordExceeded(base);
  const limiters = createRouteLimiters({ ...base, ...config.limits, onExceeded });
  const trust = await openTrust(config, { ...domains, fetch });
  const seen = { ...domains, fetch, limiters, trust };
  const provider = openProvider(config, seen, platform.app);
  const productName = domains.words.translate(defaultLocale, 'layout.product');
  const adapters = createUpstreamAdapters({ ...domains, fetch: outbound.fetch });
  const residents = openResidents({ ...domains, adapters });
  const own = { ...domains, residents, productName, sendCode: notification.sendCode };
  const centre = openAccountCentre({ ...own, fetch });
  await centre.register({ ...base, clients: domains.clientStore, outbound, mode: config.mode });
  await clients.refresh();
  const tries = { budgets: domains.credentials.budgets, limits: config.limits.signIn };
  const merging = openMerging(domains);
  const checks = openVerification({ ...own, outbound, ...tries, merging }, config.verification);
  const privacy = openPrivacyCentre(domains, { centre, ...checks }, config);
  const migration = openMigration({ ...domains, ...centre, ...checks, merging, config });
  const peering = openPeering({ ...domains, ...centre, adapters, outbound }, config);
  const directory = openStaffDirectory({ ...domains, ...centre, limiters }, config);
  const recognition = await openRecognition({ ...domains, limiters }, config);
  const onBehalf = openOnBehalf({ ...domains, ...checks, ...centre, outbound, limiters }, config);
  const { health } = peering;
  const { findHome } = recognition;
  const ways = { ...privacy, ...onBehalf, ...centre };
  const reached = { adapters, health, findHome, limiters, ...trust.ofPeers, ...ways };
  const waysIn = openWaysIn(config, { ...own, ...reached, checks, provider });
  const reaching = { outbound, limiters, readiness, fetch };
  const others = openOtherPlatforms({ ...domains, ...waysIn, ...reaching });
  const outer = [peering, waysIn, others, trust];
  const all = [
    ...staticPageRoutes,
    ...protocolRoutes(domains),
    ...deviceRoutes({ ...domains, ...tries, limits: config.limits.deviceCode, provider }),
    ...verificationAtProvince(verificationRoutes({ ...centre, ...checks }), domains),
    ...merging.routes({ ...centre, ...checks }),
    ...agreementRoutes(domains),
    ...meansAtProvince([...centre.routes, ...privacy.routes], { ...domains, ...centre }),
    ...[migration, onBehalf, directory, ...outer].flatMap((part) => part.routes),
  ];
  const router = createRouter(all, { limiters, csrf: platform.csrf });
  const protocol = protocolMount({ ...domains, provider });
  const mounts = [directory.mount, recognition.mount, protocol];
  for (const each of [router.routes, ...mounts, router.allowedMethods]) platform.app.use(each);
  // Each may need those before it, also while it ends.
  const parts = [checks, directory, recognition, merging, onBehalf, privacy, ...outer];
  const beside = parts.flatMap(({ work }): Background[] => [work].flat());
  const background = [...base.background, ...domains.background, ...beside];
  const followed = [clients, peers, mode];
  return begin(platform.app, { ...base, readiness, provider, outbound, background, followed });
}

/** Starts what runs beside the requests; it ends in the reverse order. */
function begin(
  app: HttpApp,
  of: Pick<App, 'readiness' | 'metrics' | 'provider'> &
    Pick<Foundation, 'database' | 'logger'> & {
      outbound: Outbound;
      background: readonly Background[];
      followed: readonly Pick<Background, 'stop'>[];
    },
): App {
  const { readiness, metrics, provider, background } = of;
  for (const work of background) work.start();
  const server = createServer(serverTimes, app.callback());
  return {
    server,
    readiness,
    metrics,
    provider,
    async stop() {
      readiness.drain();
      await closeServer(server);
      await stopInOrder([...background, ...of.followed].toReversed(), of.logger);
      await of.outbound.close();
      await of.database.close();
    },
  };
}

/** The present provider: built anew, and its cookie keys with it, when the signing keys change. */
function openProvider(
  config: Config,
  own: Domains &
    Pick<ProtocolDependencies, 'fetch'> & {
      limiters: RouteLimiters;
      trust: Awaited<ReturnType<typeof openTrust>>;
    },
  app: HttpApp,
): () => Provider {
  const { trustedClients, ofPeers } = own.trust;
  const parts: Omit<ProtocolDependencies, 'jwks'> = {
    ...own,
    trustedClients,
    signOutPlace: signOutPlaceOf({ ...own, ...ofPeers }),
    refreshGraceSeconds: config.refreshGraceSeconds,
    clientKeys: new ClientKeySets(own),
    isRegisteredResource: (uri) => own.clients.resource(uri).isRegistered,
    reserveRequest: (budget, address) => own.limiters.reserve(budget, address),
    onInteraction: (ctx, uid) => {
      setRestartCookie(own, ctx, uid);
      return interactionPath(uid);
    },
  };
  return own.signingKeys.signWith((jwks) => {
    const made = createProtocol({ ...parts, jwks });
    app.keys = made.keys ?? [];
    return made;
  });
}
