// A peer as it is kept: what was registered, its secrets, and who brought it where it stands.
import type { Peer, PeerSecrets } from './peer.ts';
import type { PeerStanding } from './peer-transitions.ts';

export interface PeerRecord {
  peer: Peer;
  secrets: PeerSecrets;
  /** Of a suspended one. */
  resumesTo: PeerStanding['resumesTo'];
  /** Account ids of all who changed it since it was last approved: none of them approves it. */
  authors: readonly string[];
  /** The last steps that count, undone by a change. */
  tested?: PeerDecision | undefined;
  approved?: PeerDecision | undefined;
  suspended?: (PeerDecision & { reason: string }) | undefined;
  /** What its last look found of keys and certificates. */
  credentials: readonly PeerCredential[];
  /** Of the last change of any peer that made it what it is. */
  version: number;
  isRemoved: boolean;
  createdAt: Date;
  updatedAt: Date;
}

export interface PeerDecision {
  /** Account id. */
  by: string;
  at: Date;
}

/** Something of the peer, or of ours for it, that ends one day. */
export interface PeerCredential {
  /** `signingKey`: of its signatures; `tls`: certificate of an address. */
  kind: 'signingKey' | 'tls';
  /** Key id, or host and port. */
  name: string;
  /** Missing where it does not say. */
  expiresAt?: Date | undefined;
  seenAt: Date;
}
