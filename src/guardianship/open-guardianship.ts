// Puts the parts of this domain together: the household register, wards, pages, background work.
import type { AccountDependencies } from '../account/account-deps.ts';
import type { Database } from '../platform/mongo.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { Outbound } from '../platform/outbound.ts';
import type { PopulationConfig } from '../platform/verification-config.ts';
import type { ConnectorRunner } from '../verification/connector-runner.ts';
import { levelOf } from '../verification/evidence.ts';
import type { Verification } from '../verification/open-verification.ts';
import { addChildRoutes } from './add-child.routes.ts';
import { CHILD_LEVEL } from './add-child.ts';
import { childrenRoutes } from './children.routes.ts';
import { childConsentRoutes } from './consent.routes.ts';
import type { Guardianship } from './guardianship.ts';
import { HouseholdRegister } from './household-register.ts';
import { settleWardsWork } from './settle-wards.ts';
import { WardStore } from './ward-store.ts';

type Given = 'accounts' | 'agreements' | 'ending' | 'audit' | 'clock' | 'logger';

export interface OpenGuardianshipDependencies extends Pick<Guardianship, Given> {
  /** Of the account centre. */
  visitors: AccountDependencies;
  notification: { guardianNotices: Guardianship['notices'] };
  database: Database;
  keyring: Keyring;
  outbound: Pick<Outbound, 'fetch'>;
  verification: Verification;
  householdSource: { runner: ConnectorRunner; config: PopulationConfig } | undefined;
}

export function openGuardianship(deps: OpenGuardianshipDependencies) {
  const { verification, visitors } = deps;
  const guardianship: Guardianship = {
    ...verification,
    ...deps,
    notices: deps.notification.guardianNotices,
    wards: new WardStore(deps),
    households: householdsOf(deps),
  };
  const pages = { visitors, guardianship };
  return {
    guardianship,
    routes: [...childrenRoutes(pages), ...addChildRoutes(pages), ...childConsentRoutes(pages)],
    work: [settleWardsWork(guardianship)],
  };
}

/** Where the register answers both questions, and its word is enough by the policy. */
function householdsOf(deps: OpenGuardianshipDependencies): Guardianship['households'] {
  const { verification, householdSource, outbound } = deps;
  const { policy, clock } = verification;
  const register = verification.registers.population;
  const relationUrl = householdSource?.config.relationUrl;
  if (!householdSource || !register || relationUrl === undefined) return undefined;
  const evidence = [{ source: 'population', level: CHILD_LEVEL }] as const;
  if (levelOf(evidence, policy, clock.now()) < CHILD_LEVEL) return undefined;
  const { runner, config } = householdSource;
  const household = new HouseholdRegister({ outbound, runner }, { ...config, relationUrl });
  return { population: register.provider, config: register.config, household };
}
