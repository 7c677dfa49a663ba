// Who is signed in at this relying party. In memory on purpose: a restart of the system asks the
// identity provider again, which answers without bothering anyone.
import { randomBytes } from 'node:crypto';

export type Claims = Readonly<Record<string, unknown>>;

export type LocalSession = {
  readonly subject: string;
  readonly sid: string | undefined;
  readonly idToken: string;
  readonly idTokenClaims: Claims;
  userInfo: Claims;
  tokens: { accessToken: string; accessExpiresAt: number; refreshToken: string | undefined };
  refreshedAt: number | undefined;
  readonly signedInAt: number;
};

export type EndReason = 'provider_logout' | 'grant_ended';

/** For whom a session acted. */
export type Acting = {
  readonly name: string;
  readonly role: string | undefined;
  readonly mandateId: string | undefined;
};

type Entry = {
  session: LocalSession | undefined;
  endedBy: EndReason | undefined;
  /** Of one that has ended. */
  acting: Acting | undefined;
  lastSeen: number;
};

export type Found =
  | { state: 'none' }
  | { state: 'active'; session: LocalSession }
  | {
      state: 'ended';
      reason: EndReason;
      acting: Acting | undefined;
      /** Why its mandate ended, as the provider has told. */
      mandateEnd: string | undefined;
    };

const idleMs = 30 * 60_000;
const absoluteMs = 12 * 3_600_000;
const endedSidMs = 15 * 60_000;

export class LocalSessions {
  readonly #entries = new Map<string, Entry>();
  readonly #endedSids = new Map<string, number>();
  readonly #mandateEnds = new Map<string, string>();
  readonly #limit: number;

  constructor(limit = 10_000) {
    this.#limit = limit;
  }

  /**
   * Keeps a session and answers the id for the cookie; `undefined` when a logout for its `sid`
   * came in while the code was still being exchanged.
   */
  open(session: LocalSession): string | undefined {
    if (session.sid !== undefined && this.#endedSids.has(session.sid)) return undefined;
    this.#forgetOld();
    const id = randomBytes(32).toString('base64url');
    this.#entries.set(id, { session, endedBy: undefined, acting: undefined, lastSeen: Date.now() });
    return id;
  }

  find(id: string | undefined): Found {
    const entry = id === undefined ? undefined : this.#entries.get(id);
    if (!entry) return { state: 'none' };
    if (entry.endedBy) return this.#describeEnd(entry, entry.endedBy);
    const now = Date.now();
    const { session } = entry;
    if (!session || now - entry.lastSeen > idleMs || now - session.signedInAt > absoluteMs) {
      return { state: 'none' };
    }
    entry.lastSeen = now;
    return { state: 'active', session };
  }

  /** Forgets a session altogether: its owner signed out here, or has read why it ended. */
  close(id: string | undefined): void {
    if (id !== undefined) this.#entries.delete(id);
  }

  endById(id: string, reason: EndReason): void {
    const entry = this.#entries.get(id);
    if (entry) endEntry(entry, reason);
  }

  /** Ends what a logout token names: one provider session by `sid`, else everything of a subject. */
  endByLogout(target: { sid: string | undefined; subject: string | undefined }): number {
    if (target.sid !== undefined) this.#endedSids.set(target.sid, Date.now());
    let count = 0;
    for (const entry of this.#entries.values()) {
      const { session } = entry;
      if (!session) continue;
      const isMeant =
        target.sid === undefined ? session.subject === target.subject : session.sid === target.sid;
      if (!isMeant) continue;
      endEntry(entry, 'provider_logout');
      count += 1;
    }
    return count;
  }

  /** Comes before or after the notice that ends the session. */
  noteMandateEnd({ mandateId, reason }: { mandateId: string; reason: string }): void {
    this.#mandateEnds.set(mandateId, reason);
    for (const oldest of this.#mandateEnds.keys()) {
      if (this.#mandateEnds.size <= this.#limit) break;
      this.#mandateEnds.delete(oldest);
    }
  }

  #describeEnd({ acting }: Entry, reason: EndReason): Found {
    const mandateId = acting?.mandateId;
    const mandateEnd = mandateId === undefined ? undefined : this.#mandateEnds.get(mandateId);
    return { state: 'ended', reason, acting, mandateEnd };
  }

  #forgetOld(): void {
    const now = Date.now();
    for (const [sid, since] of this.#endedSids) {
      if (now - since < endedSidMs) break;
      this.#endedSids.delete(sid);
    }
    for (const [id, entry] of this.#entries) {
      if (now - entry.lastSeen > idleMs) this.#entries.delete(id);
    }
    for (const id of this.#entries.keys()) {
      if (this.#entries.size < this.#limit) break;
      this.#entries.delete(id);
    }
  }
}

function actingOf({ userInfo, idTokenClaims }: LocalSession): Acting | undefined {
  const claim: unknown = idTokenClaims['acting_as'] ?? userInfo['acting_as'];
  if (typeof claim !== 'object' || claim === null) return undefined;
  const { name, role, mandate_id: mandateId } = claim as Record<string, unknown>;
  if (typeof name !== 'string') return undefined;
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  return { name, role: text(role), mandateId: text(mandateId) };
}

function endEntry(entry: Entry, reason: EndReason): void {
  entry.acting = entry.session && actingOf(entry.session);
  entry.session = undefined;
  entry.endedBy = reason;
  entry.lastSeen = Date.now();
}
