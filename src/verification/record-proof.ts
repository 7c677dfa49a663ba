// What a proof does to an account: evidence, level and identity in one transaction; whoever held
// the identity with less is told, and what he had open ends.
import { PERSON_PRESENT_LEVEL, VERIFIED_LEVEL } from '../accounts/account.ts';
import type { Account, AttributeGrade, RealNameLevel } from '../accounts/account.ts';
import type { AccountStore } from '../accounts/account-store.ts';
import type { IdentityProof, ProvenIdentity } from '../accounts/proven-identity.ts';
import type { ProveContext, ProveOutcome } from '../accounts/verified-identity-store.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { SecurityNotices } from '../notification/security-notices.ts';
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { ClientSession } from '../platform/mongo.ts';
import type { LevelPolicy, SourceConfig } from '../platform/verification-config.ts';
import { levelOf } from './evidence.ts';
import type { EvidenceMethod, EvidenceSource } from './evidence.ts';
import type { EvidenceStore, NewEvidence } from './evidence-store.ts';
import type { IdentityCaseStore } from './identity-case-store.ts';

export interface RecordProofDependencies {
  accounts: Pick<AccountStore, 'proveIdentity'>;
  evidence: EvidenceStore;
  cases: IdentityCaseStore;
  audit: AuditLog;
  clock: Clock;
  notices: Pick<SecurityNotices, 'levelChanged' | 'identityDisplaced'>;
  ending: { endAllOfAccount(accountId: string, options: EndOptions): Promise<unknown> };
  policy: LevelPolicy;
  /** Where two accounts of one person may become one. */
  merges?: { offer: OfferMerge } | undefined;
}

/** In the transaction: who was there in person holds an identity that another account has. */
type OfferMerge = (
  of: { registrantId: string; holderId: string; source: string } & Pick<
    ProvenIdentity,
    'certificate' | 'opaqueId'
  >,
  session: ClientSession,
) => Promise<void>;

interface EndOptions {
  reason: 'level_fell';
  actor: string;
}

/** Of an account without any evidence. */
const LEAST: RealNameLevel = 1;

export interface Proof {
  claim: ProvenIdentity;
  source: Exclude<EvidenceSource, 'carried'>;
  method: EvidenceMethod;
  config: Pick<SourceConfig, 'cap' | 'validDays'>;
  grade: AttributeGrade;
  resultCode: string;
  reference?: string | undefined;
  /** Who the account's attributes say they are from; absent: the source. */
  attributedTo?: string | undefined;
  /** In the transaction, when it counts: what else it changes. What it returns is called after it. */
  alongside?: ((session: ClientSession, level: RealNameLevel) => Promise<() => void>) | undefined;
  consentedAt?: Date | undefined;
  /** Of the person's browser; absent where somebody else decided. */
  address?: string | undefined;
  /** Who decided; absent: the person's own step. */
  decidedBy?: string | undefined;
  /** Of another platform's word. */
  linkId?: string | undefined;
  /** Whoever holds the identity keeps it, however strong the proof is. */
  displacesNobody?: boolean | undefined;
}

export type RecordProofOutcome =
  | { ok: true; level: RealNameLevel; hasRisen: boolean }
  | { ok: false; reason: (ProveOutcome & { ok: false })['reason'] };

const DAY_SECONDS = 86_400;

export async function recordProof(
  deps: RecordProofDependencies,
  account: Account,
  proof: Proof,
): Promise<RecordProofOutcome> {
  const recording = new ProofRecording(deps, account.id, proof);
  const proven = await deps.accounts.proveIdentity(account.id, ...recording.arguments);
  if (!proven.ok) {
    await noteRefusal(deps, account.id, { proof, reason: proven.reason });
    return { ok: false, reason: proven.reason };
  }
  await recording.afterCommit(proven);
  const { level } = recording;
  return { ok: true, level, hasRisen: level > proven.formerLevel };
}

/**
 * The same in a transaction of `AccountStore.transaction`, for a decision that others record; call
 * `afterCommit` after it.
 */
export async function recordProofWithin(
  deps: RecordProofDependencies,
  session: ClientSession,
  { accountId, proof }: { accountId: string; proof: Proof },
): Promise<
  | { ok: true; level: RealNameLevel; afterCommit: () => Promise<void> }
  | { ok: false; reason: (ProveOutcome & { ok: false })['reason']; holderId?: string | undefined }
> {
  const recording = new ProofRecording(deps, accountId, proof);
  const [identity, by] = recording.arguments;
  const within = { ...by, within: session };
  const proven = await deps.accounts.proveIdentity(accountId, identity, within);
  if (!proven.ok) return proven;
  const { level } = recording;
  return { ok: true, level, afterCommit: () => recording.afterCommit(proven) };
}

/** What happens around one proof, within its transaction and after it. */
class ProofRecording {
  readonly #deps: RecordProofDependencies;
  readonly #accountId: string;
  readonly #proof: Proof;
  #told: (() => void)[] = [];
  level: RealNameLevel = LEAST;

  constructor(deps: RecordProofDependencies, accountId: string, proof: Proof) {
    this.#deps = deps;
    this.#accountId = accountId;
    this.#proof = proof;
  }

  get arguments(): [IdentityProof, ProveContext] {
    const { claim, source, config, address, grade: grading, ...of } = this.#proof;
    const { decidedBy, displacesNobody, attributedTo, alongside } = of;
    const { cases, notices, clock, evidence } = this.#deps;
    const pair = (holderId: string) => ({ accountId: this.#accountId, holderId, source });
    const origin = {
      source: attributedTo ?? (source === 'review' ? source : `register:${source}`),
      grade: grading,
      verifiedAt: clock.now(),
    };
    const by: ProveContext = {
      actor: decidedBy ?? this.#accountId,
      address,
      grade: async (session, present) => {
        this.#told = [];
        this.level = await grade(this.#deps, { account: present, proof: this.#proof }, session);
        if (this.level > present.realNameLevel) {
          const template = 'level_raised';
          const of = { accountId: this.#accountId, template, level: this.level } as const;
          this.#told.push(await notices.levelChanged(of, session));
        }
        if (alongside) this.#told.push(await alongside(session, this.level));
        return this.level;
      },
      onDisplaced: async (session, holderId) => {
        await evidence.revokeAll(holderId, 'displaced', session);
        await cases.noteDisplaced(pair(holderId), session);
        this.#told.push(await notices.identityDisplaced(holderId, session));
      },
      onHeld: (session, holderId) => this.#noteHeld(holderId, session),
    };
    const provenLevel = displacesNobody ? VERIFIED_LEVEL : asLevel(config.cap);
    return [{ ...claim, provenLevel, origin }, by];
  }

  /** Whoever was there in person may go on with the other account; a name and a number may not. */
  async #noteHeld(holderId: string, session: ClientSession): Promise<void> {
    const { claim, source, config, decidedBy, displacesNobody } = this.#proof;
    const { cases, merges } = this.#deps;
    const registrantId = this.#accountId;
    await cases.noteHeld({ accountId: registrantId, holderId, source }, session);
    if (config.cap < PERSON_PRESENT_LEVEL || decidedBy !== undefined || displacesNobody) return;
    const { certificate, opaqueId } = claim;
    await merges?.offer({ registrantId, holderId, source, certificate, opaqueId }, session);
  }

  async afterCommit(proven: ProveOutcome & { ok: true }): Promise<void> {
    for (const tell of this.#told) tell();
    for (const holderId of proven.displacedAccountIds) await endDisplaced(this.#deps, holderId);
  }
}

/** Also done by the background work, for a process that ended between the two. */
export async function endDisplaced(
  deps: Pick<RecordProofDependencies, 'ending' | 'cases'>,
  holderId: string,
): Promise<void> {
  await deps.ending.endAllOfAccount(holderId, { reason: 'level_fell', actor: 'system' });
  await deps.cases.ended(holderId);
}

/** Records the evidence; returns the level that all of it gives now. A proof lowers nothing. */
async function grade(
  deps: RecordProofDependencies,
  { account, proof }: { account: Account; proof: Proof },
  session: ClientSession,
): Promise<RealNameLevel> {
  const { evidence, policy, clock } = deps;
  const { id, realNameLevel } = account;
  if (realNameLevel >= 2) await evidence.carryOver(id, realNameLevel, session);
  else await evidence.revokeOthers(id, proof.claim, session);
  await evidence.insert(id, newEvidence(deps, proof), session);
  const { source, resultCode, address, decidedBy } = proof;
  const present = levelOf(await evidence.listOfAccount(id, session), policy, clock.now());
  const level = present > realNameLevel ? present : realNameLevel;
  await deps.audit.record(
    {
      type: 'verification.checked',
      actor: decidedBy ?? id,
      ...(decidedBy === undefined ? {} : { subject: id }),
      address,
      level,
      result: 'done',
      details: { source, resultCode },
    },
    session,
  );
  return level;
}

function newEvidence(
  { clock }: RecordProofDependencies,
  proof: Proof,
): NewEvidence & {
  details: Parameters<EvidenceStore['insert']>[1]['details'] & object;
} {
  const { claim, config, reference, consentedAt, source, method, grade: grading, linkId } = proof;
  const { validDays, cap } = config;
  return {
    source,
    method,
    terminal: 'online',
    resultCode: proof.resultCode,
    grade: grading,
    level: asLevel(cap),
    ...(linkId === undefined ? {} : { linkId }),
    ...(validDays === undefined
      ? {}
      : { expiresAt: secondsFromNow(clock, validDays * DAY_SECONDS) }),
    details: {
      ...claim,
      ...(reference === undefined ? {} : { reference }),
      ...(consentedAt ? { consentedAt: consentedAt.toISOString() } : {}),
    },
  };
}

async function noteRefusal(
  deps: RecordProofDependencies,
  actor: string,
  { proof, reason }: { proof: Proof; reason: string },
): Promise<void> {
  const { source, address } = proof;
  await deps.audit.record({
    type: 'verification.not_completed',
    actor,
    address,
    result: 'refused',
    reason,
    details: { source },
  });
}

function asLevel(cap: number): RealNameLevel {
  if (cap === 2 || cap === 3 || cap === 4) return cap;
  throw new RangeError('a cap is 2, 3 or 4');
}
