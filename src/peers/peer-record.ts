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
  /** Stays through changes: it was in use once. */
  activated?: PeerDecision | undefined;
  suspended?: (PeerDecision & { reason: string }) | undefined;
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
