// The comparison of elements: a name and a number, with a phone and a bank card where a source
// compares them. It gives level 2 at most, and never takes an identity from anybody. Where one source
// confirms what another denies, no machine decides.
import type { Account, RealNameLevel } from '../accounts/account.ts';
import { VERIFIED_LEVEL } from '../accounts/account.ts';
import type { Database } from '../platform/mongo.ts';
import type { ElementSource } from '../platform/verification-config.ts';
import type { EvidenceMethod } from './evidence.ts';
import type { ManualReview } from './manual-review.ts';
import type {
  CheckOutcome,
  ElementRegisters,
  ExtraElement,
  ExtraElements,
  IdentityClaim,
} from './provider.ts';
import { extraElements } from './provider.ts';
import { noteUnproven } from './note-check.ts';
import { recordProof } from './record-proof.ts';
import type { RecordProofDependencies } from './record-proof.ts';
import { disagree } from './source-answer-store.ts';
import type { NotedAnswer, SourceAnswerStore } from './source-answer-store.ts';
import { takeMatchTry } from './verification-tries.ts';
import type { TriesDependencies } from './verification-tries.ts';

export interface MatchDependencies extends RecordProofDependencies, TriesDependencies {
  database: Pick<Database, 'transaction'>;
  registers: ElementRegisters;
  answers: SourceAnswerStore;
  review: ManualReview | undefined;
}

export interface MatchGiven {
  /** The population register unless said otherwise. */
  source?: ElementSource | undefined;
  claim: IdentityClaim;
  /** YYYY-MM-DD, for who has to look at it. */
  birthDate?: string | undefined;
  extra?: ExtraElements | undefined;
  /** Where the source needs a consent of its own. */
  consentedAt?: Date | undefined;
  address: string;
}

export type MatchOutcome =
  /** `isPartial`: the policy wants another source beside this one. */
  | { ok: true; level: RealNameLevel; hasRisen: boolean; isPartial: boolean }
  | {
      ok: false;
      reason: 'mismatched' | 'unavailable' | 'tries_used_up' | 'not_completed' | 'sources_disagree';
    };

const METHODS: Readonly<Record<ElementSource, EvidenceMethod>> = {
  population: 'two_element',
  socialSecurity: 'two_element',
  operator: 'three_element',
  bank: 'four_element',
};

/** What the bank and the operator are told is for them alone: each is asked for by itself. */
export function needsConsent(source: ElementSource): boolean {
  return extraElements[source].length > 0;
}

export async function matchIdentity(
  deps: MatchDependencies,
  account: Account,
  given: MatchGiven,
): Promise<MatchOutcome> {
  const { source = 'population', claim, extra, address } = given;
  const asked = deps.registers[source];
  if (!asked) return { ok: false, reason: 'unavailable' };
  const { card } = extra ?? {};
  const taken = await takeMatchTry(deps, { accountId: account.id, claim, address, card });
  if (!taken.ok) return { ok: false, reason: 'tries_used_up' };
  if (given.consentedAt) await noteConsent(deps, account.id, { source, address });
  const checked = await asked.provider.check(claim, extra);
  const noted = { actor: account.id, address, source, resultCode: checked.resultCode };
  if (checked.outcome === 'unavailable' || checked.outcome === 'contradictory') {
    await deps.budgets.giveBack(taken.reservations);
    await noteUnproven(deps, { ...noted, reason: checked.outcome });
    return { ok: false, reason: 'unavailable' };
  }
  const { resultCode, reference } = checked;
  const { id } = account;
  const answer = answerOf(source, checked, deps.clock.now());
  const answers = answer ? await deps.answers.note(id, claim, answer) : [];
  if (disagree(answers)) return stopDisagreement(deps, account, { given, checked, answers });
  if (checked.outcome === 'mismatched') {
    await noteUnproven(deps, { ...noted, reason: 'mismatched' });
    return { ok: false, reason: 'mismatched' };
  }
  const recorded = await recordProof(deps, account, {
    claim,
    source,
    method: METHODS[source],
    config: asked.config,
    grade: 'A',
    resultCode,
    reference,
    consentedAt: given.consentedAt,
    address,
  });
  if (!recorded.ok) return { ok: false, reason: 'not_completed' };
  return { ...recorded, isPartial: recorded.level < VERIFIED_LEVEL };
}

/** What the source says of name and number; undefined when it only says something of the rest. */
function answerOf(
  source: ElementSource,
  { resultCode }: Exclude<CheckOutcome, { outcome: 'unavailable' | 'contradictory' }>,
  at: Date,
): NotedAnswer | undefined {
  switch (resultCode) {
    case '00':
      return { source, outcome: 'matched', resultCode, at };
    case '01':
      return { source, outcome: 'different', resultCode, at };
    case '02': {
      // Everybody is in the population register; in the others only who is their customer.
      const outcome = source === 'population' ? 'different' : 'not_found';
      return { source, outcome, resultCode, at };
    }
    default:
      return undefined;
  }
}

/** Nothing of it stays, and reviewers get both answers, where the city has them. */
async function stopDisagreement(
  deps: MatchDependencies,
  account: Account,
  of: { given: MatchGiven; checked: CheckOutcome; answers: readonly NotedAnswer[] },
): Promise<MatchOutcome> {
  const { source = 'population', claim, birthDate = '', address } = of.given;
  const { checked, answers } = of;
  const noted = { actor: account.id, address, source, resultCode: checked.resultCode };
  await noteUnproven(deps, { ...noted, reason: 'sources_disagree' });
  await deps.review?.keepDraft(account.id, { claim, birthDate });
  await deps.database.transaction(async (session) => {
    // What one of them confirmed earlier must not count towards a level any more.
    if (account.realNameLevel < VERIFIED_LEVEL) {
      await deps.evidence.revokeAll(account.id, 'withdrawn', session);
    }
    await deps.review?.openForDisagreement(account.id, { claim, birthDate, answers }, session);
  });
  return { ok: false, reason: 'sources_disagree' };
}

async function noteConsent(
  { audit }: MatchDependencies,
  actor: string,
  { source, address }: { source: ElementSource; address: string },
): Promise<void> {
  const item = ['name_and_number', ...extraElements[source]] satisfies (
    | ExtraElement
    | 'name_and_number'
  )[];
  await audit.record({
    type: 'verification.consented',
    actor,
    address,
    result: 'done',
    details: { item: item.join(','), recipient: source },
  });
}
