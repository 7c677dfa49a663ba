// What a peer says of a person or an organisation, in our terms, before any cap. An adapter makes it from
// the answer of its dialect; what the peer did not say is missing, and nothing is guessed.
import type { LegalEntitySubtype, RealNameLevel } from '../accounts/account.ts';
import type { Certificate } from '../accounts/identity-number.ts';
import type { Peer, PeerSecrets } from '../peers/peer.ts';

export interface VerificationStatement {
  /** As its platform names it, e.g. `L2`. */
  level: string;
  /** Code of the way or source, e.g. `YSS`. */
  way: string;
  at?: Date | undefined;
}

export interface StatedRepresentative {
  name?: string | undefined;
  certificate?: Certificate | undefined;
  role?: 'legalRepresentative' | 'administrator' | 'handler' | undefined;
}

export interface StatedParent {
  /** There. */
  subject?: string | undefined;
  name?: string | undefined;
  uscc?: string | undefined;
}

export interface UpstreamIdentity {
  /** Stable at this peer; with its issuer the key of a link. */
  subject: string;
  kind: 'naturalPerson' | 'legalEntity';
  name?: string | undefined;
  /** Of a person; checked and canonical. */
  certificate?: Certificate | undefined;
  /** Of an organisation; never of a branch or department, which has none. */
  uscc?: string | undefined;
  /** Of an organisation, as far as the peer says it. */
  subtype?: LegalEntitySubtype | undefined;
  /** Of a branch or department: the organisation that it belongs to. */
  parent?: StatedParent | undefined;
  /** E.164 */
  phone?: string | undefined;
  email?: string | undefined;
  /** By the peer's level map; 1 where it says nothing that the map knows. */
  level: RealNameLevel;
  /** As stated, for the record. */
  statedLevel: string;
  ways: readonly VerificationStatement[];
  /** Rises with each change there (`uversion`). */
  version?: string | undefined;
  /** The trust source that it had the person from, e.g. `gdbs`. */
  origin?: string | undefined;
  /** When the person signed in there. */
  authenticatedAt?: Date | undefined;
  /** How strongly, as far as it says so; 1 where it says nothing. */
  strength: 1 | 2 | 3;
  /** For a sign-out by either side: `sid`, `tokenid`. */
  sessionId?: string | undefined;
  /** Of an organisation: who signed in for it. */
  representative?: StatedRepresentative | undefined;
}

/** What our side remembers of a request to a peer until its answer; sealed. */
export interface UpstreamRequest {
  /** Unguessable and of one use; comes back as `state` or in the address of return. */
  state: string;
  redirectUri: string;
  nonce: string;
  codeVerifier: string;
  /** Level that the citizen needs here; a dialect without such a question leaves it out. */
  neededLevel?: number | undefined;
  /** The person has to prove themselves again there. */
  isForced?: boolean | undefined;
  /** Seconds; as OpenID Connect `max_age`. */
  maxAgeSeconds?: number | undefined;
  /** Shows the registration there (`prompt=create`). */
  isRegistration?: boolean | undefined;
  /** Both sides write it into their records. */
  traceId: string;
}

/**
 * `refused`: the person or the peer said no. `replayed`: code or ticket was used or is too old. `invalid`:
 * signature, issuer, audience, nonce or time is wrong. `contradictory`: signed and yet senseless (another
 * subject, a number that fails its check). `unavailable`: no answer in time, or an error of its own.
 */
export type UpstreamFailure = 'refused' | 'replayed' | 'invalid' | 'contradictory' | 'unavailable';

export type UpstreamAnswer =
  | {
      ok: true;
      identity: UpstreamIdentity;
      /** For the sign-out there; OpenID Connect only. */
      idToken?: string | undefined;
    }
  /** `detail`: a closed word for log and record, never what the peer wrote. */
  | { ok: false; reason: UpstreamFailure; detail: string };

export type UpstreamBegun =
  | { ok: true; page: URL }
  | { ok: false; reason: 'unavailable' | 'invalid'; detail: string };

/** Whose session has ended; at least one of session and subject is named. */
export type UpstreamLogout =
  | {
      ok: true;
      sessionId: string | undefined;
      subject: string | undefined;
      /** Unique: the same token counts once. */
      tokenId: string;
    }
  | { ok: false; reason: UpstreamFailure; detail: string };

/** The query or form that came back through the browser; every name at most once. */
export type UpstreamCallback = Readonly<Record<string, string>>;

export interface UpstreamPeer {
  peer: Peer;
  secrets: PeerSecrets;
}

/** One per dialect. Never throws for what the peer or the network does. */
export interface UpstreamAdapter {
  /** The dialect can ask for a sign-in anew, and says when it was. */
  canForce?: true;
  /** Names of addresses that a registration must have; none for a dialect that describes itself. */
  readonly neededAddresses?: readonly string[];
  begin(of: UpstreamPeer, request: UpstreamRequest): Promise<UpstreamBegun>;
  complete(
    of: UpstreamPeer,
    request: UpstreamRequest,
    callback: UpstreamCallback,
  ): Promise<UpstreamAnswer>;
  /** Where the person's session there ends; undefined where the dialect has no such page. */
  signOutPage(
    of: UpstreamPeer,
    session: {
      sessionId?: string | undefined;
      idToken?: string | undefined;
      returnTo: string;
      /** Comes back to `returnTo`, where the dialect has such a thing. */
      state?: string | undefined;
    },
  ): Promise<URL | undefined>;
  /** The peer's own word that a session there has ended; absent where the dialect has none. */
  readLogout?(of: UpstreamPeer, token: string): Promise<UpstreamLogout>;
  /** As it counts in an answer that states it, before the cap; undefined for a name that is not known. */
  levelNamed(peer: Peer, name: string): RealNameLevel | undefined;
  /** Where its people look after their accounts, as far as it is known by now: asks nobody. */
  accountPage?(peer: Peer): string | undefined;
  /**
   * For the dry run of an administrator: what a sample answer of the peer (claims or user object as JSON)
   * would become here. Problems name fields, never values; so does `unread`, which names what the sample
   * says and the tables of the peer do not know.
   */
  readSample(
    peer: Peer,
    sample: unknown,
  ):
    | { ok: true; identity: UpstreamIdentity; unread: readonly string[] }
    | { ok: false; problems: readonly string[] };
}
