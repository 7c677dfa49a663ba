// The comparison of faces from consent to level: begun here, done at the face service, taken up
// again when the person comes back. Its proof is of a person who was there.
import type { Account, RealNameLevel } from '../accounts/account.ts';
import { VERIFIED_LEVEL } from '../accounts/account.ts';
import type { Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import type { FaceRequestStore } from './face-request-store.ts';
import type { FaceService } from './face-service.ts';
import type { IdentityClaim } from './provider.ts';
import { noteUnproven } from './note-check.ts';
import { recordProof } from './record-proof.ts';
import type { RecordProofDependencies } from './record-proof.ts';
import { takeFaceTry } from './verification-tries.ts';
import type { TriesDependencies } from './verification-tries.ts';

export interface FaceDependencies extends RecordProofDependencies, TriesDependencies {
  face: FaceService | undefined;
  faceRequests: FaceRequestStore;
  database: Pick<Database, 'transaction'>;
  random: Random;
}

export type BeginFaceOutcome =
  | { ok: true; page: URL }
  | { ok: false; reason: 'unavailable' | 'tries_used_up' };

export type FinishFaceOutcome =
  | { ok: true; level: RealNameLevel; hasRisen: boolean }
  | {
      ok: false;
      reason: 'unavailable' | 'face_refused' | 'face_cancelled' | 'face_invalid' | 'not_completed';
    };

const REFUSALS = {
  cancelled: 'face_cancelled',
  different_person: 'face_refused',
  expired: 'face_invalid',
} as const;

/** The identity of an account that is verified; who is not has to say whom to compare with. */
export function verifiedClaim(account: Account): IdentityClaim | undefined {
  const { name, certificate, realNameLevel } = account;
  if (realNameLevel < VERIFIED_LEVEL || name === undefined || !certificate) return undefined;
  return { name, certificate };
}

/** The person has agreed to the comparison. `returnUri` gets `state` appended. */
export async function beginFace(
  deps: FaceDependencies,
  account: Account,
  given: { claim: IdentityClaim; sid: string; address: string; returnUri: string },
): Promise<BeginFaceOutcome> {
  const { face, budgets, random, clock } = deps;
  if (!face) return { ok: false, reason: 'unavailable' };
  const { claim, sid, address } = given;
  const taken = await takeFaceTry(deps, { accountId: account.id, address });
  if (!taken.ok) return { ok: false, reason: 'tries_used_up' };
  const nonce = random.id(256);
  const state = random.id(256);
  const returnUri = `${given.returnUri}?state=${state}`;
  const begun = await face.begin(claim, { nonce, returnUri });
  if (begun.outcome !== 'answered') {
    await budgets.giveBack(taken.reservations);
    return { ok: false, reason: 'unavailable' };
  }
  const { handle, page } = begun.value;
  const request = { accountId: account.id, sid, nonce, claim, handle, consentedAt: clock.now() };
  await deps.database.transaction(async (session) => {
    await deps.faceRequests.insert(state, request, session);
    await deps.audit.record(
      {
        type: 'verification.consented',
        actor: account.id,
        address,
        result: 'done',
        details: { item: 'face', recipient: face.config.issuer },
      },
      session,
    );
  });
  return { ok: true, page };
}

/** The person is back. While the service does not answer nothing is spent, and it can be retried. */
export async function finishFace(
  deps: FaceDependencies,
  account: Account,
  given: { state: string; sid: string; address: string },
): Promise<FinishFaceOutcome> {
  const { face, faceRequests } = deps;
  const request = await faceRequests.find(given.state, account.id);
  if (!face || request?.sid !== given.sid) return { ok: false, reason: 'face_invalid' };
  const { claim, handle, nonce, consentedAt } = request;
  const noted = { actor: account.id, address: given.address, source: 'face' };
  const result = await face.result(handle, { nonce, claim });
  if (result.outcome !== 'answered') {
    const { outcome: reason, resultCode } = result;
    await noteUnproven(deps, { ...noted, reason, resultCode });
    return { ok: false, reason: 'unavailable' };
  }
  if (!(await faceRequests.use(given.state))) return { ok: false, reason: 'face_invalid' };
  const { value } = result;
  if (value.outcome !== 'same_person') {
    const { outcome, code: resultCode } = value;
    await noteUnproven(deps, { ...noted, reason: outcome, resultCode });
    return { ok: false, reason: REFUSALS[outcome] };
  }
  const recorded = await recordProof(deps, account, {
    claim,
    source: 'face',
    method: 'face',
    config: face.config,
    grade: 'A',
    resultCode: value.code,
    reference: value.jti,
    consentedAt,
    address: given.address,
  });
  return recorded.ok ? recorded : { ok: false, reason: 'not_completed' };
}
