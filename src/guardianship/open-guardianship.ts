// Puts the parts of this domain together: the household register, wards, pages, background work.
import type { AccountDependencies } from '../account/account-deps.ts';
import type { Database } from '../platform/mongo.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { Outbound } from '../platform/outbound.ts';
import type { PopulationConfig } from '../platform/verification-config.ts';
import type { ConnectorRunner } from '../verification/connector-runner.ts';
import { levelOf } from '../verification/evidence.ts';
import type { EvidenceFiles } from '../evidence-files/evidence-files.ts';
import { keepingFiles } from '../evidence-files/keeping-files.ts';
import type { Random } from '../platform/random.ts';
import type { ReviewDesk } from '../review/review-desk.ts';
import type { Verification } from '../verification/open-verification.ts';
import type { AccountStore } from '../accounts/account-store.ts';
import { addChildRoutes } from './add-child.routes.ts';
import { CHILD_LEVEL } from './add-child.ts';
import { ChildApplicationStore } from './child-application-store.ts';
import { childDetailsRoutes } from './child-details.routes.ts';
import { ChildReview } from './child-review.ts';
import { childReviewRoutes } from './child-review.routes.ts';
import { childrenRoutes } from './children.routes.ts';
import { childConsentRoutes } from './consent.routes.ts';
import { childDecisions } from './decide-child.ts';
import type { Guardianship } from './guardianship.ts';
import { HouseholdRegister } from './household-register.ts';
import { inviteRoutes } from './invite.routes.ts';
import { settleWardsWork } from './settle-wards.ts';
import { WardStore } from './ward-store.ts';

type Given = 'agreements' | 'ending' | 'audit' | 'clock' | 'logger';

export interface OpenGuardianshipDependencies extends Pick<Guardianship, Given> {
  /** Of the account centre. */
  visitors: AccountDependencies;
  notification: { guardianNotices: Guardianship['notices'] };
  accounts: AccountStore;
  database: Database;
  random: Random;
  review: { desk: ReviewDesk };
  evidenceFiles: EvidenceFiles;
  keyring: Keyring;
  outbound: Pick<Outbound, 'fetch'>;
  verification: Verification;
  householdSource: { runner: ConnectorRunner; config: PopulationConfig } | undefined;
}

export function openGuardianship(deps: OpenGuardianshipDependencies) {
  const { verification, visitors } = deps;
  const own: Guardianship = {
    ...verification,
    ...deps,
    notices: deps.notification.guardianNotices,
    wards: new WardStore(deps),
    applications: new ChildApplicationStore(deps),
    households: householdsOf(deps),
    review: undefined,
  };
  const guardianship: Guardianship = { ...own, review: openChildReview(deps, own) };
  const pages = { visitors, guardianship };
  return {
    guardianship,
    routes: [
      ...childrenRoutes(pages),
      ...addChildRoutes(pages),
      ...childConsentRoutes(pages),
      ...childDetailsRoutes(pages),
      ...inviteRoutes(pages),
      ...childReviewRoutes(pages),
    ],
    work: [settleWardsWork(guardianship)],
  };
}

/** Where staff review people, and their word is enough by the policy. */
function openChildReview(
  { verification, review: { desk }, evidenceFiles: files, accounts }: OpenGuardianshipDependencies,
  own: Guardianship,
): ChildReview | undefined {
  const config = verification.review?.config;
  const evidence = [{ source: 'review', level: CHILD_LEVEL }] as const;
  if (!config || levelOf(evidence, verification.policy, own.clock.now()) < CHILD_LEVEL)
    return undefined;
  desk.handle('guardianship', keepingFiles(files, childDecisions(own, config)));
  return new ChildReview({ ...own, accounts, desk, files });
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
