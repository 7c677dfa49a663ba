// What a proof does to an account: evidence, level and identity in one transaction; whoever held
// the identity with less is told, and what he had open ends.
import type { Account, AttributeGrade, RealNameLevel } from '../accounts/account.ts';
import type { AccountStore } from '../accounts/account-store.ts';
import type { ProveOutcome } from '../accounts/verified-identity-store.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { SecurityNotices } from '../notification/security-notices.ts';
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { ClientSession } from '../platform/mongo.ts';
import type { LevelPolicy, SourceConfig } from '../platform/verification-config.ts';
import { levelOf } from './evidence.ts';
import type { EvidenceMethod } from './evidence.ts';
import type { EvidenceStore, NewEvidence } from './evidence-store.ts';
import type { IdentityCaseStore } from './identity-case-store.ts';
import type { IdentityClaim } from './provider.ts';

export interface RecordProofDependencies {
  accounts: Pick<AccountStore, 'proveIdentity'>;
  evidence: EvidenceStore;
  cases: IdentityCaseStore;
  audit: AuditLog;
  clock: Clock;
  notices: Pick<SecurityNotices, 'levelChanged' | 'identityDisplaced'>;
  ending: { endAllOfAccount(accountId: string, options: EndOptions): Promise<unknown> };
  policy: LevelPolicy;
}

interface EndOptions {
  reason: 'level_fell';
  actor: string;
}

export interface Proof {
  claim: IdentityClaim;
  source: 'population' | 'face';
  method: EvidenceMethod;
  config: Pick<SourceConfig, 'cap' | 'validDays'>;
  grade: AttributeGrade;
  resultCode: string;
  reference: string;
  consentedAt?: Date | undefined;
  address: string;
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
  const { accounts, cases, notices, clock } = deps;
  const { source, claim, address } = proof;
  const pair = (holderId: string) => ({ accountId: account.id, holderId, source });
  let told: (() => void)[] = [];
  let level: RealNameLevel = account.realNameLevel;
  const proven = await accounts.proveIdentity(
    account.id,
    {
      ...claim,
      provenLevel: asLevel(proof.config.cap),
      origin: { source: `register:${source}`, grade: proof.grade, verifiedAt: clock.now() },
    },
    {
      actor: account.id,
      address,
      grade: async (session, present) => {
        told = [];
        level = await grade(deps, { account: present, proof }, session);
        if (level > present.realNameLevel) {
          const of = { accountId: account.id, template: 'level_raised', level } as const;
          told.push(await notices.levelChanged(of, session));
        }
        return level;
      },
      onDisplaced: async (session, holderId) => {
        await deps.evidence.revokeAll(holderId, 'displaced', session);
        await cases.noteDisplaced(pair(holderId), session);
        told.push(await notices.identityDisplaced(holderId, session));
      },
      onHeld: async (session, holderId) => {
        await cases.noteHeld(pair(holderId), session);
      },
    },
  );
  if (!proven.ok) {
    await noteRefusal(deps, account.id, { proof, reason: proven.reason });
    return { ok: false, reason: proven.reason };
  }
  for (const tell of told) tell();
  if (proven.displacedAccountId !== undefined) {
    await endDisplaced(deps, proven.displacedAccountId);
  }
  return { ok: true, level, hasRisen: level > proven.formerLevel };
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
  else await evidence.revokeOthers(id, proof.claim.certificate, session);
  await evidence.insert(id, newEvidence(deps, proof), session);
  const { source, resultCode, address } = proof;
  const present = levelOf(await evidence.listOfAccount(id, session), policy, clock.now());
  const level = present > realNameLevel ? present : realNameLevel;
  await deps.audit.record(
    {
      type: 'verification.checked',
      actor: id,
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
  const { claim, config, reference, consentedAt, source, method, grade: grading } = proof;
  const { validDays, cap } = config;
  return {
    source,
    method,
    terminal: 'online',
    resultCode: proof.resultCode,
    grade: grading,
    level: asLevel(cap),
    ...(validDays === undefined
      ? {}
      : { expiresAt: secondsFromNow(clock, validDays * DAY_SECONDS) }),
    details: {
      ...claim,
      reference,
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
