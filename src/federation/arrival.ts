// A way to a peer and back: begun by a sign-in or in the account centre, answered once by the peer, and
// over when its identity is an account here, a link, or refused.
import type { UpstreamIdentity, UpstreamRequest } from './upstream-identity.ts';

/** Where it began, and alone may go on. The browser is proven by what belongs to that place. */
export type ArrivalPlace =
  | { kind: 'sign_in'; uid: string }
  /** `sid` of the account centre's session. */
  | { kind: 'link'; accountId: string; sid: string };

/**
 * `away`: at the peer; `redeeming`: its code or ticket was shown to the peer, which happens once; `arrived`: the peer has said who it is; `done`: signed in, linked, or refused.
 */
export type ArrivalStage = 'away' | 'redeeming' | 'arrived' | 'done';

/**
 * Whom it has signed in or linked, for the browser whose answer was lost. Times are epoch seconds; `methods` as in
 * `amr`.
 */
export interface ArrivalResult {
  accountId: string;
  linkId: string;
  signInId: string;
  at: number;
  /** When that was at the peer, where it says so. */
  authenticatedAt?: number | undefined;
  methods: string[];
}

export interface ArrivalContent {
  peerId: string;
  issuer: string;
  place: ArrivalPlace;
  request: UpstreamRequest;
  identity?: UpstreamIdentity | undefined;
  idToken?: string | undefined;
  /** Of one that is done and was not refused. */
  result?: ArrivalResult | undefined;
}

/** For records: whoever is signed in where it began. */
export function actorOf({ place }: Pick<ArrivalContent, 'place'>): string {
  return place.kind === 'link' ? place.accountId : 'anonymous';
}

export interface Arrival extends ArrivalContent {
  /** The state it travels under. */
  state: string;
  stage: ArrivalStage;
  revision: number;
  /** When its code or ticket was shown to the peer, by the database's clock. */
  redeemedAt?: Date | undefined;
}
