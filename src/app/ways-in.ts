// How people come in: signing in, registering, and recovering what they cannot open any more. The
// three lead into each other, so they are put together in one place.
import type { Provider } from 'oidc-provider';
import type { AccountCentre } from '../account/account-centre.ts';
import type { UpstreamChanges } from '../federation/follow-upstream.ts';
import { openFederation } from '../federation/open-federation.ts';
import type { OpenFederationDependencies } from '../federation/open-federation.ts';
import { interactionRoutes } from '../interactions/interaction.routes.ts';
import type { InteractionDependencies } from '../interactions/interaction-deps.ts';
import { signInServices } from '../interactions/sign-in-services.ts';
import type { SignInServiceOptions } from '../interactions/sign-in-services.ts';
import type { Config } from '../platform/config.ts';
import { mayStill } from '../platform/http/limits.ts';
import type { RouteLimiters } from '../platform/http/limits.ts';
import type { Route } from '../platform/http/route.ts';
import { openRecovery } from '../recovery/recovery.ts';
import { recoveryPaths } from '../recovery/recovery-paths.ts';
import { registrationModeRoutes } from '../registration-mode/registration-mode.routes.ts';
import { recoveryAtProvince, signUpAtProvince } from '../registration-mode/at-province.ts';
import { openRegistration } from '../registration/registration.ts';
import type { openVerification } from '../verification/open-verification.ts';
import { verificationPaths } from '../verification/verification-access.ts';
import type { Background } from './background.ts';
import type { UpstreamAdapters } from '../federation/upstream/upstream-adapters.ts';
import type { openPeering } from './peering.ts';
import type { Domains } from './domains.ts';

type Peering = ReturnType<typeof openPeering>;

interface WaysInDependencies extends Domains, Pick<SignInServiceOptions, 'productName'> {
  adapters: UpstreamAdapters;
  residents: InteractionDependencies['residents'];
  health: Peering['health'];
  findHome: InteractionDependencies['findHome'];
  resolveTrusted: OpenFederationDependencies['resolveTrusted'];
  deniedEntities: OpenFederationDependencies['deniedEntities'];
  visitors: AccountCentre['visitors'];
  provenPage: AccountCentre['provenPage'];
  sendCode: SignInServiceOptions['sendCode'];
  provider: () => Provider;
  limiters: Pick<RouteLimiters, 'reserve'>;
  /** Where legal representatives register their organisations. */
  entityPath: string | undefined;
  /** How organisations sign in by themselves. */
  organisations: InteractionDependencies['organisations'];
  /** Takes back the end of an account that somebody signs in to. */
  closing: InteractionDependencies['closing'];
  checks: Pick<ReturnType<typeof openVerification>, 'verification' | 'highestOnline'>;
}

export function openWaysIn(
  config: Config,
  deps: WaysInDependencies,
): { routes: Route[]; work: Background[]; changes: UpstreamChanges } {
  const { checks, ...own } = deps;
  const verificationPath = config.verification && verificationPaths.overview;
  const recovery = openRecovery({ ...own, ...checks });
  const recoveryPath = recoveryPaths.start;
  const registration = openRegistration({
    ...own,
    verificationPath,
    recoveryPath,
    migratePath: own.oldAccounts.migratePath,
  });
  const { registered } = registration;
  const maySearchTrust = (address: string) => mayStill(deps.limiters, 'trustSearch', address);
  const { recovered } = recovery;
  const signIn = signInServices(own);
  const federated = openFederation({ ...own, ...checks });
  const { federation } = federated;
  const routes = [
    ...interactionRoutes({
      ...own,
      ...signIn,
      ...checks,
      registered,
      recovered,
      federation,
      maySearchTrust,
    }),
    ...registrationModeRoutes(own.visitors),
    ...signUpAtProvince(registration.routes, own),
    ...recoveryAtProvince(recovery.routes, own),
    ...federated.routes,
  ];
  return { routes, work: federated.work, changes: federated.changes };
}
