// What becomes of an identity that has arrived from a peer: pure, from what was read. Whoever is linked is
// signed in; a number that belongs to somebody here opens nothing without the proof of that account.
import type { Account } from '../accounts/account.ts';
import { isSameCertificate } from '../accounts/proven-identity.ts';
import type { Peer } from '../peers/peer.ts';
import { canonicalName } from '../verification/canonical-name.ts';
import { sourceOf } from './capped.ts';
import type { CappedIdentity } from './capped.ts';
import { disputeKey } from './link.ts';
import type { FederatedLink, LinkConflict } from './link.ts';
import type { UpstreamIdentity } from './upstream-identity.ts';

export interface ArrivalFacts {
  peer: Peer;
  identity: UpstreamIdentity;
  capped: CappedIdentity;
  isMinor: boolean;
  /** The live link of this identity. */
  link: FederatedLink | undefined;
  /** Whose it is. */
  linked: Account | undefined;
  /** Who has the number here, verified. */
  holder: Account | undefined;
  /** The peer keeps the number: what is made of it here is a shadow. */
  isOfShadows: boolean;
  /** Reviewers have refused this identity for the holder. */
  isRejected: boolean;
}

export type ArrivalRefusal =
  | 'minor'
  | 'kind_not_served'
  | 'account_unavailable'
  /** Reviewers have decided that it is not the holder's. */
  | 'rejected';

export type ArrivalDecision =
  | { outcome: 'sign_in'; link: FederatedLink }
  | { outcome: 'frozen'; link: FederatedLink }
  | { outcome: 'conflict'; conflict: LinkConflict; holderId: string; link?: FederatedLink }
  /** The number belongs to an account here: it is linked once that is proven. */
  | { outcome: 'prove'; holderId: string }
  | { outcome: 'new' }
  | { outcome: 'refused'; reason: ArrivalRefusal };

export function decideArrival(facts: ArrivalFacts): ArrivalDecision {
  const { identity, link, holder } = facts;
  if (identity.kind !== 'naturalPerson') return refused('kind_not_served');
  if (facts.isMinor) return refused('minor');
  if (link) return decideLinked(facts, link);
  if (!holder) return { outcome: 'new' };
  if (facts.isRejected) return refused('rejected');
  if (!holder.isActive) return refused('account_unavailable');
  return isSameName(holder, facts.capped)
    ? { outcome: 'prove', holderId: holder.id }
    : { outcome: 'conflict', conflict: 'name_differs', holderId: holder.id };
}

function decideLinked(facts: ArrivalFacts, link: FederatedLink): ArrivalDecision {
  const { linked, peer, capped } = facts;
  if (link.state === 'frozen') return { outcome: 'frozen', link };
  if (!linked?.isActive) return refused('account_unavailable');
  // Reviewers have looked at this very name and number.
  if (link.accepted === disputeKey(capped.claim)) return { outcome: 'sign_in', link };
  const { certificate } = capped.claim;
  if (linked.certificate && certificate && !isSameCertificate(linked.certificate, certificate)) {
    return { outcome: 'conflict', conflict: 'number_differs', holderId: linked.id, link };
  }
  // What came from this peer follows it; what others have confirmed does not.
  const isFollowing = linked.attribute('name')?.source === sourceOf(peer);
  if (!isFollowing && !isSameName(linked, capped)) {
    return { outcome: 'conflict', conflict: 'name_differs', holderId: linked.id, link };
  }
  return { outcome: 'sign_in', link };
}

/** An account that has no name yet contradicts none. */
export function isSameName(account: Pick<Account, 'name'>, { claim }: CappedIdentity): boolean {
  if (account.name === undefined || claim.name === undefined) return true;
  return canonicalName(account.name) === claim.name;
}

function refused(reason: ArrivalRefusal): ArrivalDecision {
  return { outcome: 'refused', reason };
}
