// A known identity comes back: what the peer says now is followed, and the sign-in noted that sessions
// stand on. A level that the peer has taken back is gone before anybody is signed in with it.
import { VERIFIED_LEVEL } from '../accounts/account.ts';
import type { Account } from '../accounts/account.ts';
import type { ClientSession } from '../platform/mongo.ts';
import { Overtaken } from '../platform/overtaken.ts';
import { recordProof } from '../verification/record-proof.ts';
import type { Proof } from '../verification/record-proof.ts';
import { withdrawLinkEvidence } from '../verification/withdraw-link-evidence.ts';
import { sourceOf } from './capped.ts';
import { claimFor } from './claim-for.ts';
import { completeArrival } from './complete-arrival.ts';
import type { ArrivalResult } from './arrival.ts';
import { shadowLinked } from './shadow-account.ts';
import type { FederationDependencies } from './federation-deps.ts';
import { disputeKey } from './link.ts';
import type { FederatedLink } from './link.ts';
import { recordDetails, requireUntouched } from './read-arrival.ts';
import type { ReadArrival } from './read-arrival.ts';

export type LinkSignIn =
  | { ok: true; result: ArrivalResult }
  /** The link or the arrival has changed since it was read: what is due now is looked at anew. */
  | { ok: false; reason: 'changed_meanwhile' };

export async function signInByLink(
  deps: FederationDependencies,
  { read, link, address }: { read: ReadArrival; link: FederatedLink; address: string },
): Promise<LinkSignIn> {
  const account = await deps.accounts.findById(link.accountId);
  if (!account) return { ok: false, reason: 'changed_meanwhile' };
  try {
    await followIdentity(deps, { read, link, account, address });
    const result = await deps.database.transaction(async (session) => {
      const present = await deps.links.find(link.id, session);
      if (present?.state !== 'active') throw new Overtaken('the link is not active any more');
      const { version, origin } = read.identity;
      const facts = { level: read.capped.level, version, origin };
      if (!(await deps.links.note(present, facts, session))) {
        throw new Overtaken('the link has changed');
      }
      const { accountId, id: linkId } = link;
      return completeArrival(deps, { read, linkId, accountId }, session);
    });
    return { ok: true, result };
  } catch (error) {
    if (error instanceof Overtaken) return { ok: false, reason: 'changed_meanwhile' };
    throw error;
  }
}

/** Level, name and number as the peer has them now, where they are another than before. */
async function followIdentity(
  deps: FederationDependencies,
  of: { read: ReadArrival; link: FederatedLink; account: Account; address: string },
): Promise<void> {
  const { read, link, account, address } = of;
  const { capped, identity } = read;
  const isRenamed = capped.claim.name !== undefined && capped.claim.name !== account.name;
  const isAsBefore = link.level === capped.level && link.version === identity.version;
  const claim = claimFor(read, account);
  // A shadow of former times gets its number back; one that was overlooked loses it.
  const isComplete = claim?.certificate === undefined || account.certificate !== undefined;
  if (read.isOfShadows && link.hasMadeAccount) await shadowLinked(deps, link, read.peer);
  if (isAsBefore && !isRenamed && isComplete) return;
  if (capped.level < link.level) {
    await withdrawLinkEvidence(deps, { accountId: account.id, linkId: link.id });
  }
  // What reviewers have accepted beside the account's own name and number replaces neither.
  const isAccepted = link.accepted === disputeKey(capped.claim);
  if (capped.level >= VERIFIED_LEVEL && claim && !isAccepted) {
    const present = await deps.accounts.findById(account.id);
    const proof = proofOf(read, { claim, linkId: link.id, address });
    const alongside = (session: ClientSession) => holdLink(deps, { read, link }, session);
    await recordProof(deps, present ?? account, { ...proof, alongside });
  }
  await deps.audit.record({
    type: 'federation.followed',
    actor: account.id,
    address,
    level: capped.level,
    result: 'done',
    details: { ...recordDetails(read), from: link.level },
  });
}

/** @throws Overtaken when it is not active any more: whoever ends it later finds the evidence */
async function holdLink(
  deps: Pick<FederationDependencies, 'links' | 'upstreamNotices'>,
  { read, link: { id } }: { read: ReadArrival; link: FederatedLink },
  session: ClientSession,
): Promise<() => void> {
  const { links } = deps;
  const present = await links.find(id, session);
  if (present?.state !== 'active' || !(await links.note(present, {}, session))) {
    throw new Overtaken('the link is not active any more');
  }
  await requireUntouched(deps, read, session);
  return () => undefined;
}

/** What a peer vouches for, as evidence: within its cap, and never taking an identity from anybody. */
export function proofOf(
  { peer, capped, identity }: Pick<ReadArrival, 'peer' | 'capped' | 'identity'>,
  { claim, linkId, address }: Pick<Proof, 'claim' | 'address'> & { linkId: string },
): Proof {
  return {
    claim,
    source: 'federation',
    attributedTo: sourceOf(peer),
    method: 'federation',
    config: { cap: Math.max(VERIFIED_LEVEL, capped.level) },
    grade: 'B',
    resultCode: identity.statedLevel.slice(0, 50),
    reference: identity.ways
      .map(({ level, way }) => `${level}@${way}`)
      .join('||')
      .slice(0, 500),
    address,
    displacesNobody: true,
    linkId,
  };
}
