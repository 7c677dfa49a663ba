// A first arrival becomes an account: after the notice, with the person's consent, in one transaction with
// its link and what the peer vouches for. Of any number of arrivals at once one makes it.
import { draftAccount } from '../accounts/account-draft.ts';
import type { AccountDraft } from '../accounts/account-draft.ts';
import type { ProvenIdentity } from '../accounts/proven-identity.ts';
import { VERIFIED_LEVEL } from '../accounts/account.ts';
import type { ClientSession } from '../platform/mongo.ts';
import { Overtaken } from '../platform/overtaken.ts';
import type { ArrivalResult } from './arrival.ts';
import { sourceOf } from './capped.ts';
import { completeArrival } from './complete-arrival.ts';
import type { FederationDependencies } from './federation-deps.ts';
import { recordDetails } from './read-arrival.ts';
import type { ReadArrival } from './read-arrival.ts';
import { proofOf } from './sign-in-by-link.ts';

export type CreateOutcome =
  | { ok: true; result: ArrivalResult }
  /** Somebody was first, or the number has come to an account here: it is decided anew. */
  | { ok: false; reason: 'changed_meanwhile' }
  /** What the peer says makes no account here. */
  | { ok: false; reason: 'not_an_account' };

export async function createFederated(
  deps: FederationDependencies,
  { read, address }: { read: ReadArrival; address: string },
): Promise<CreateOutcome> {
  if (read.decision.outcome !== 'new') return { ok: false, reason: 'changed_meanwhile' };
  const draft = draftOf(deps, read);
  if (!draft) return { ok: false, reason: 'not_an_account' };
  const completed: { result?: ArrivalResult } = {};
  try {
    const inserted = await deps.accounts.insert(draft, {
      actor: 'anonymous',
      address,
      alongside: async (session, accountId) => {
        completed.result = await complete(deps, session, { read, accountId, address });
      },
    });
    const { result } = completed;
    return inserted.ok && result
      ? { ok: true, result }
      : { ok: false, reason: 'changed_meanwhile' };
  } catch (error) {
    if (error instanceof Overtaken) return { ok: false, reason: 'changed_meanwhile' };
    throw error;
  }
}

/** A contact that the peer names is none that was confirmed here: it is left for its owner to give. */
function draftOf(
  { clock }: Pick<FederationDependencies, 'clock'>,
  read: ReadArrival,
): AccountDraft | undefined {
  const { peer, identity, capped } = read;
  const { name, certificate, opaqueId } = newClaim(read);
  const drafted = draftAccount(
    {
      kind: 'naturalPerson',
      name: name ?? identity.name,
      opaqueId,
      certificateType: certificate?.type,
      certificateNumber: certificate?.number,
      certificateCountry: certificate?.country,
      realNameLevel: capped.level === 0 ? 1 : capped.level,
    },
    { source: sourceOf(peer), grade: 'B', areContactsConfirmed: false, now: clock.now() },
  );
  return drafted.ok ? drafted.draft : undefined;
}

function newClaim({ isOfShadows, capped }: ReadArrival): ProvenIdentity {
  return isOfShadows ? capped.shadowClaim : capped.claim;
}

/** @throws Overtaken when another arrival was first */
async function complete(
  deps: FederationDependencies,
  session: ClientSession,
  { read, accountId, address }: { read: ReadArrival; accountId: string; address: string },
): Promise<ArrivalResult> {
  const { peer, identity, capped } = read;
  // What is stored fits the mode that counts when it is stored.
  if ((await deps.mode.isOfShadowsNow(peer.id, session)) !== read.isOfShadows) {
    throw new Overtaken('the construction mode has changed');
  }
  const link = await deps.links.insert(
    {
      id: deps.random.id(),
      peerId: peer.id,
      issuer: peer.issuer,
      subject: identity.subject,
      accountId,
      level: capped.level,
      version: identity.version,
      origin: identity.origin,
      hasMadeAccount: true,
    },
    session,
  );
  if (!link) throw new Overtaken('the identity is linked');
  const result = await completeArrival(deps, { read, linkId: link.id, accountId }, session);
  if (capped.level >= VERIFIED_LEVEL) {
    const claim = newClaim(read);
    const { reference, resultCode } = proofOf(read, { claim, linkId: link.id, address });
    await deps.evidence.insert(
      accountId,
      {
        source: 'federation',
        method: 'federation',
        terminal: 'online',
        resultCode,
        grade: 'B',
        level: capped.level,
        linkId: link.id,
        details: { ...claim, reference, consentedAt: deps.clock.now().toISOString() },
      },
      session,
    );
  }
  await deps.audit.record(
    {
      type: 'federation.linked',
      actor: accountId,
      address,
      level: capped.level,
      result: 'done',
      reason: 'first_arrival',
      details: recordDetails(read),
    },
    session,
  );
  return result;
}
