// Puts the parts of this domain together: sources, evidence, use cases and the background work.
import type { AccountStore } from '../accounts/account-store.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { BudgetStore } from '../credentials/budget-store.ts';
import type { EvidenceFiles } from '../evidence-files/evidence-files.ts';
import { keepingFiles } from '../evidence-files/keeping-files.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { Limits } from '../platform/limits-config.ts';
import type { Logger } from '../platform/logger.ts';
import type { Metrics } from '../platform/metrics.ts';
import type { Database } from '../platform/mongo.ts';
import type { Outbound } from '../platform/outbound.ts';
import type { Random } from '../platform/random.ts';
import type { ReviewDesk } from '../review/review-desk.ts';
import { elementSources, isPersonSource } from '../platform/verification-config.ts';
import type {
  AskingConfig,
  VerificationConfig,
  VerificationSource,
} from '../platform/verification-config.ts';
import type { FaceDependencies } from './compare-face.ts';
import { ConnectorRunner } from './connector-runner.ts';
import { ElementRegister } from './element-register.ts';
import { EvidenceStore } from './evidence-store.ts';
import { FaceRequestStore, NetworkRequestStore } from './face-request-store.ts';
import { FaceService } from './face-service.ts';
import { IdentityCaseStore } from './identity-case-store.ts';
import { levelExpiryWork } from './level-expiry.ts';
import { ManualReview } from './manual-review.ts';
import type { ManualReviewDependencies } from './manual-review.ts';
import type { ReviewedMerges } from './reviewed-merge.ts';
import type { MatchDependencies } from './match-identity.ts';
import { NetworkIdentityService } from './network-identity.ts';
import type { NetworkDependencies } from './prove-network-identity.ts';
import type { AskedSource, ElementRegisters } from './provider.ts';
import type { RecordProofDependencies } from './record-proof.ts';
import { ReviewDraftStore } from './review-draft-store.ts';
import { SourceAnswerStore } from './source-answer-store.ts';
import { SourceUsageStore } from './source-usage-store.ts';
import { observeSources } from './source-figures.ts';

export interface OpenVerificationDependencies {
  database: Database;
  keyring: Keyring;
  clock: Clock;
  random: Random;
  logger: Logger;
  audit: AuditLog;
  metrics: Pick<Metrics, 'observe'>;
  outbound: Pick<Outbound, 'fetch'>;
  accounts: AccountStore;
  budgets: BudgetStore;
  limits: Limits['signIn'];
  notices: RecordProofDependencies['notices'];
  ending: RecordProofDependencies['ending'];
  /** Without them nothing is sent to staff. */
  review?: { desk: ReviewDesk } | undefined;
  evidenceFiles?: EvidenceFiles | undefined;
  /** Where two accounts of one person may become one. */
  merging?: { merges: RecordProofDependencies['merges']; reviewed: ReviewedMerges } | undefined;
}

/** What the pages work with; `undefined` where the city does not offer it online. */
export type Verification = FaceDependencies & NetworkDependencies & MatchDependencies;

const NO_TRIES = { attempts: 1, windowSeconds: 1 };
const NOT_OFFERED: VerificationConfig = {
  sources: {},
  policy: [],
  tries: {
    perAccount: NO_TRIES,
    perNumber: NO_TRIES,
    perBirthPrefix: NO_TRIES,
    perAddress: NO_TRIES,
    networkPerAccount: NO_TRIES,
    facePerAccount: NO_TRIES,
    reviewPerAccount: NO_TRIES,
    entityPerAccount: NO_TRIES,
    transferPerEntity: NO_TRIES,
    transferPerBankAccount: NO_TRIES,
  },
};

export function openVerification(
  deps: OpenVerificationDependencies,
  config: VerificationConfig = NOT_OFFERED,
) {
  const { face, networkIdentity, legalEntities, population } = config.sources;
  const usage = new SourceUsageStore(deps);
  const runners: ConnectorRunner[] = [];
  const runnerOf = (source: VerificationSource, settings: AskingConfig) => {
    const runner = new ConnectorRunner({ ...deps, usage }, source, settings);
    runners.push(runner);
    return runner;
  };
  const registers: ElementRegisters = Object.fromEntries(
    elementSources.flatMap((id): [string, AskedSource][] => {
      const settings = config.sources[id];
      if (!settings) return [];
      const runner = runnerOf(id, settings);
      const provider = new ElementRegister({ ...deps, runner }, id, settings);
      return [[id, { provider, config: settings }]];
    }),
  );
  const parts = {
    ...deps,
    evidence: new EvidenceStore(deps),
    cases: new IdentityCaseStore(deps),
    faceRequests: new FaceRequestStore(deps),
    networkRequests: new NetworkRequestStore(deps),
    answers: new SourceAnswerStore(deps),
    merges: deps.merging?.merges,
    policy: config.policy,
    tries: config.tries,
    registers,
    network:
      networkIdentity &&
      new NetworkIdentityService(
        { ...deps, runner: runnerOf('networkIdentity', networkIdentity) },
        networkIdentity,
      ),
    face: face && new FaceService({ ...deps, runner: runnerOf('face', face) }, face),
  };
  const asked = <C extends AskingConfig>(source: VerificationSource, settings: C | undefined) =>
    settings && { runner: runnerOf(source, settings), config: settings };
  const ofOrganisations = {
    entitySource: asked('legalEntities', legalEntities),
    certificateSource: asked('certificate', config.sources.certificate),
    licenceSource: asked('licence', config.sources.licence),
    transferSource: asked('bankTransfer', config.sources.bankTransfer),
  };
  const populationRunner = runners.find(({ source }) => source === 'population');
  observeSources(deps.metrics, runners);
  const verification: Verification = { ...parts, review: openManualReview(deps, parts, config) };
  return {
    verification,
    work: levelExpiryWork({ ...verification, ...deps }),
    highestOnline: highestOnline(config),
    /** How the population register is asked about families, where there is one. */
    householdSource: population &&
      populationRunner && { runner: populationRunner, config: population },
    /** How the register of legal entities is asked, and what organisations show; where there is one. */
    ...ofOrganisations,
  };
}

/** Its decisions are carried out wherever the work of reviews runs. */
function openManualReview(
  { review: desks, evidenceFiles: files, ...deps }: OpenVerificationDependencies,
  parts: Omit<ManualReviewDependencies, 'desk' | 'files' | 'drafts'>,
  { sources }: VerificationConfig,
): ManualReview | undefined {
  if (!desks || !files || !sources.review) return undefined;
  const { desk } = desks;
  const drafts = new ReviewDraftStore(deps);
  const review = new ManualReview(
    { ...parts, desk, files, drafts, reviewedMerges: deps.merging?.reviewed },
    sources.review,
  );
  const handler = keepingFiles(files, review.handler);
  desk.handle('natural_person', handler);
  desk.handle('merge', handler);
  return review;
}

/** The highest level that a person can reach without going anywhere; 1 where nothing is offered. */
function highestOnline({ policy, sources }: VerificationConfig): number {
  const offered = policy
    .filter(({ anyOf }) =>
      anyOf.some(
        ({ count, of }) =>
          of.filter((name) => isPersonSource(name) && sources[name]).length >= count,
      ),
    )
    .map(({ level }) => level);
  return Math.max(1, ...offered);
}
