// What is proven beyond the contact: a second factor of the account, or the person by the face. The
// comparison is begun with what the person typed, never with what an account holds, so that it tells
// nothing about any; only who was recognised learns whether there is an account.
import type { Account } from '../accounts/account.ts';
import type { IdentityClaim } from '../verification/provider.ts';
import { takeFaceTry } from '../verification/verification-tries.ts';
import { recoveryPaths } from './recovery-paths.ts';
import type { RecoveryDependencies } from './recovery-deps.ts';
import type { Recovery, RecoveryProof } from './recovery-store.ts';
import { isRecoverable } from './recovery-target.ts';

/** False when another form was first. */
export async function noteProven(
  deps: Pick<RecoveryDependencies, 'recoveries' | 'audit' | 'database'>,
  recovery: Recovery,
  proven: { accountId: string; proof: RecoveryProof; address: string },
): Promise<boolean> {
  const { accountId, proof, address } = proven;
  const content = { ...recovery, accountId, proof };
  return deps.database.transaction(async (session) => {
    const isMoved = await deps.recoveries.move(recovery, { stage: 'ready', content }, session);
    if (!isMoved) return false;
    const event = { type: 'recovery.proven', actor: accountId, address, reason: proof } as const;
    await deps.audit.record({ ...event, result: 'done' }, session);
    return true;
  });
}

export type BeginFaceOutcome =
  | { ok: true; page: URL }
  | { ok: false; reason: 'unavailable' | 'tries_used_up' };

/** The person has agreed to the comparison. */
export async function beginRecoveryFace(
  deps: RecoveryDependencies,
  recovery: Recovery,
  given: { claim: IdentityClaim; address: string },
): Promise<BeginFaceOutcome> {
  const { face, faceRequests, budgets, random } = deps.verification;
  if (!face) return { ok: false, reason: 'unavailable' };
  const { claim, address } = given;
  const { key } = recovery;
  const owner = ownerOf(recovery);
  const taken = await takeFaceTry(deps.verification, { accountId: owner, address, claim });
  if (!taken.ok) return { ok: false, reason: 'tries_used_up' };
  const nonce = random.id(256);
  const state = random.id(256);
  const returnUri = `${deps.issuer}${recoveryPaths.faceReturn}?state=${state}`;
  const begun = await face.begin(claim, { nonce, returnUri });
  if (begun.outcome !== 'answered') {
    await budgets.giveBack(taken.reservations);
    return { ok: false, reason: 'unavailable' };
  }
  const { handle, page } = begun.value;
  const consentedAt = deps.clock.now();
  const request = { accountId: owner, sid: key, nonce, claim, handle, consentedAt };
  await deps.database.transaction(async (session) => {
    await faceRequests.insert(state, request, session);
    const details = { item: 'face', recipient: face.config.issuer };
    const event = { type: 'verification.consented', actor: 'anonymous', address } as const;
    await deps.audit.record({ ...event, result: 'done', details }, session);
  });
  return { ok: true, page };
}

export type FinishFaceOutcome =
  | { ok: true }
  | {
      ok: false;
      reason: 'unavailable' | 'face_refused' | 'face_cancelled' | 'face_invalid' | 'no_account';
    };

/** The person is back. While the service does not answer nothing is spent, and it can be retried. */
export async function finishRecoveryFace(
  deps: RecoveryDependencies,
  recovery: Recovery,
  given: { state: string; address: string },
): Promise<FinishFaceOutcome> {
  const { face, faceRequests } = deps.verification;
  const request = await faceRequests.find(given.state, ownerOf(recovery));
  if (!face || request?.sid !== recovery.key) return { ok: false, reason: 'face_invalid' };
  const { claim, handle, nonce } = request;
  const result = await face.result(handle, { nonce, claim });
  if (result.outcome !== 'answered') return { ok: false, reason: 'unavailable' };
  if (!(await faceRequests.use(given.state))) return { ok: false, reason: 'face_invalid' };
  const { outcome } = result.value;
  const account = outcome === 'same_person' ? await accountOf(deps, claim) : undefined;
  if (!account) {
    const reason = REFUSALS[outcome];
    const event = { type: 'recovery.refused', actor: 'anonymous', reason } as const;
    await deps.audit.record({ ...event, address: given.address, result: 'refused' });
    return { ok: false, reason };
  }
  const proven = { accountId: account.id, proof: 'face', address: given.address } as const;
  const isNoted = await noteProven(deps, recovery, proven);
  return isNoted ? { ok: true } : { ok: false, reason: 'face_invalid' };
}

const REFUSALS = {
  same_person: 'no_account',
  different_person: 'face_refused',
  cancelled: 'face_cancelled',
  expired: 'face_invalid',
} as const;

async function accountOf(
  { accounts }: RecoveryDependencies,
  { certificate }: IdentityClaim,
): Promise<Account | undefined> {
  const value = { value: certificate, source: 'register:face', grade: 'A' } as const;
  const account = await accounts.findByIdentity('naturalPerson', { certificate: value });
  return isRecoverable(account) ? account : undefined;
}

/** Requests belong to an account; one that nobody knows yet has the recovery's key in its place. */
function ownerOf({ key }: Recovery): string {
  return `recovery:${key}`;
}
