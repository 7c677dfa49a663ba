// Puts the account centre together: its registration as a client, and its pages.
import { registerClient } from '../clients/register-client.ts';
import type { RegisterClientDependencies } from '../clients/register-client.ts';
import type { Fetch } from '../platform/http/in-process-fetch.ts';
import type { Route } from '../platform/http/route.ts';
import type { Logger } from '../platform/logger.ts';
import type { Random } from '../platform/random.ts';
import { AccountClient, accountClientRegistration } from './account-client.ts';
import type { AccountDependencies } from './account-deps.ts';
import { AccountSessionStore } from './account-session-store.ts';
import { agreementRoutes } from './agreements.routes.ts';
import { activityRoutes } from './activity.routes.ts';
import { changeContactRoutes } from './change-contact.routes.ts';
import { codeDeviceRoutes } from './code-devices.routes.ts';
import { contactCodeRoutes } from './contact-code.routes.ts';
import { factorProofRoutes, provenPage } from './factor-proof.routes.ts';
import type { ProvenPageOptions } from './factor-proof.routes.ts';
import { LogoutTokens } from './logout-token.ts';
import { overviewRoutes } from './overview.routes.ts';
import { passkeyRoutes } from './passkeys.routes.ts';
import { recoveryCodeRoutes } from './recovery-codes.routes.ts';
import { securityRoutes } from './security.routes.ts';
import { serviceRoutes } from './services.routes.ts';
import { accountSessionRoutes } from './sessions.routes.ts';
import { accountSignInRoutes } from './sign-in.routes.ts';
import { totpRoutes } from './totp.routes.ts';

type OwnParts = 'client' | 'accountSessions' | 'logoutTokens';

export interface AccountCentreDependencies extends Omit<AccountDependencies, OwnParts> {
  issuer: string;
  random: Random;
  logger: Logger;
  /** Reaches the issuer without the network. */
  fetch: Fetch;
}

type RegistrationDependencies = Omit<RegisterClientDependencies, 'knownScopes'>;

export type AccountCentre = ReturnType<typeof openAccountCentre>;

export function openAccountCentre(deps: AccountCentreDependencies) {
  const accountSessions = new AccountSessionStore(deps);
  const own: AccountDependencies = {
    ...deps,
    accountSessions,
    client: new AccountClient(deps),
    logoutTokens: new LogoutTokens({
      ...deps,
      spendToken: (...of) => accountSessions.spend('account.logout', ...of),
    }),
  };
  const routes: Route[] = [
    ...accountSignInRoutes(own),
    ...overviewRoutes(own),
    ...accountSessionRoutes(own),
    ...serviceRoutes(own),
    ...codeDeviceRoutes(own),
    ...activityRoutes(own),
    ...agreementRoutes(own),
    ...securityRoutes(own),
    ...totpRoutes(own),
    ...contactCodeRoutes(own),
    ...factorProofRoutes(own),
    ...passkeyRoutes(own),
    ...changeContactRoutes(own),
    ...recoveryCodeRoutes(own),
  ];
  return {
    routes,
    /** For pages elsewhere whose visitors are signed in here. */
    visitors: own,
    /** A page elsewhere that is shown after a fresh sign-in and all proofs it needs. */
    provenPage: (options: ProvenPageOptions) => provenPage(own, options),
    /** At every start; harmless when other processes start at the same moment. */
    register: (registration: RegistrationDependencies) => register(deps, registration),
  };
}

async function register(
  { issuer, logger }: Pick<AccountCentreDependencies, 'issuer' | 'logger'>,
  deps: RegistrationDependencies,
): Promise<void> {
  const input = accountClientRegistration(issuer);
  const result = await registerClient({ ...deps, knownScopes: ['openid'] }, input, 'system');
  if (result.ok) return;
  // The rest of the city works without this one page.
  const problems = result.problems.map(({ field, code }) => `${field}: ${code}`);
  logger.error({ problems }, 'the account centre could not be registered');
}
