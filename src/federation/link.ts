// A link: one identity at one peer belongs to one account here. It is made with the person's consent and,
// where the account was there before, with a proof of that account.
import { createHash } from 'node:crypto';
import type { ProvenIdentity } from '../accounts/proven-identity.ts';
import type { RealNameLevel } from '../accounts/account.ts';

/** `frozen`: a conflict is with the reviewers; nobody signs in by it until they have decided. */
export type LinkState = 'active' | 'frozen' | 'ended';

export type LinkEnd =
  | 'removed_by_person'
  | 'closed_upstream'
  | 'rejected_in_review'
  | 'account_merged'
  | 'peer_removed';

/** Why a link is frozen: the peer's number has another name here, or the link another account. */
export type LinkConflict = 'name_differs' | 'number_differs' | 'linked_elsewhere';

export interface FederatedLink {
  id: string;
  peerId: string;
  issuer: string;
  accountId: string;
  state: LinkState;
  /** What the peer vouches for, within its cap. */
  level: RealNameLevel;
  /** As the peer counts its changes. */
  version?: string | undefined;
  /** The trust source the peer had the person from. */
  origin?: string | undefined;
  /** The account began with this link. */
  hasMadeAccount: boolean;
  conflict?: LinkConflict | undefined;
  caseId?: string | undefined;
  /** What contradicts the account, hashed: as `disputeKey`. */
  disputed?: string | undefined;
  /** What reviewers have found to be the holder's all the same. */
  accepted?: string | undefined;
  linkedAt: Date;
  usedAt: Date;
  endedAt?: Date | undefined;
  endedFor?: LinkEnd | undefined;
  /** Counts changes. */
  revision: number;
}

/** Name and number as a peer states them: what a conflict was about, and what was decided. */
export function disputeKey({ name, certificate }: ProvenIdentity): string {
  const { type, country, number } = certificate ?? {};
  return createHash('sha256')
    .update(JSON.stringify(['federated-dispute', name, type, country, number]))
    .digest('base64url');
}

/**
 * Under which a link is unique. Subjects are opaque and of one peer alone; an ordinary hash keeps the
 * uniqueness out of the reach of every change of keys.
 */
export function linkKey({ issuer, subject }: { issuer: string; subject: string }): string {
  return createHash('sha256')
    .update(JSON.stringify(['federated-link', issuer, subject]))
    .digest('base64url');
}
