// What peers have told of identities and sessions lately, whether or not anybody here is known by them: an
// arrival waits for its person up to half an hour, and must not be taken over as it was before.
import type { Clock } from '../platform/clock.ts';
import { secondsFromNow } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { RealNameLevel } from '../accounts/account.ts';
import type { UpstreamIdentity } from './upstream-identity.ts';

export type UpstreamNotice =
  /** There is no such account there any more, or nobody is to be signed in as it by what was before. */
  | { what: 'closed' }
  /** `sessionId` absent: every session there. */
  | { what: 'ended'; sessionId?: string | undefined }
  /** @param level its level there from now on, within the cap; absent where the peer does not speak of it */
  | { what: 'changed'; version?: string | undefined; level?: RealNameLevel | undefined };

interface KeptNotice {
  at: Date;
  what: UpstreamNotice['what'];
  /** Keyed hash of the session. */
  session?: string;
  version?: string;
  level?: number;
}

interface NoticeDocument {
  /** Of an identity, or of a session. */
  _id: string;
  told: KeptNotice[];
  expiresAt: Date;
  schemaVersion: 1;
}

export const UPSTREAM_NOTICES = 'upstreamNotices';
/** Longer than any arrival waits. */
const KEPT_SECONDS = 3600;
const MOST_KEPT = 20;

/** What was said at an arrival, and when its answer was asked for at the earliest. */
export interface SaidAtArrival {
  issuer: string;
  identity: Pick<UpstreamIdentity, 'subject' | 'sessionId' | 'version'>;
  level: RealNameLevel;
  /** By the database's clock. Undefined: nobody knows. */
  since: Date | undefined;
}

export class UpstreamNoticeStore {
  readonly #deps: { database: Database; keyring: Pick<Keyring, 'mac'>; clock: Clock };

  constructor(deps: { database: Database; keyring: Pick<Keyring, 'mac'>; clock: Clock }) {
    this.#deps = deps;
  }

  /**
   * To be called before links and sign-ins are looked for: an arrival that is taken over at the same moment
   * then either finds this, or is found.
   */
  async note(
    { issuer, subject }: { issuer: string; subject?: string | undefined },
    notice: UpstreamNotice,
  ): Promise<void> {
    const sessionId = notice.what === 'ended' ? notice.sessionId : undefined;
    const session = sessionId === undefined ? undefined : this.#session(issuer, sessionId);
    const { version, level } = notice.what === 'changed' ? notice : {};
    const kept = {
      what: notice.what,
      ...(session === undefined ? {} : { session }),
      ...(version === undefined ? {} : { version }),
      ...(level === undefined ? {} : { level }),
    };
    if (subject !== undefined) await this.#add(this.#identity(issuer, subject), kept);
    if (session !== undefined) await this.#add(session, kept);
  }

  /**
   * Whether the peer has told something since that what it said at the arrival does not know of. In a
   * transaction, whoever notes something meanwhile waits for its end, or it runs again.
   */
  async hasOvertaken(said: SaidAtArrival, session?: ClientSession): Promise<boolean> {
    const { issuer, identity } = said;
    const own = identity.sessionId && this.#session(issuer, identity.sessionId);
    const ids = [this.#identity(issuer, identity.subject), ...(own ? [own] : [])];
    const documents = session ? await this.#touch(ids, session) : await this.#read(ids);
    return documents.some(({ told }) => {
      const later = told.filter(({ at }) => said.since === undefined || at >= said.since);
      // So many that some may have been dropped.
      return later.length >= MOST_KEPT || later.some((each) => overtakes(each, said, own));
    });
  }

  async #add(_id: string, { what, ...details }: Omit<KeptNotice, 'at'>): Promise<void> {
    const literal = Object.fromEntries(
      Object.entries({ what, ...details }).map(([name, value]) => [name, { $literal: value }]),
    );
    const before = { $ifNull: ['$told', []] };
    const told = {
      $slice: [{ $concatArrays: [before, [{ at: '$$NOW', ...literal }]] }, -MOST_KEPT],
    };
    const expiresAt = secondsFromNow(this.#deps.clock, KEPT_SECONDS);
    const update = [{ $set: { told, expiresAt, schemaVersion: 1 } }];
    await this.#notices.updateOne({ _id }, update, { upsert: true });
  }

  async #read(ids: readonly string[]): Promise<NoticeDocument[]> {
    return this.#notices.find({ _id: { $in: [...ids] } }).toArray();
  }

  /** Writes what it reads, so that of it and `note` one comes first. */
  async #touch(ids: readonly string[], session: ClientSession): Promise<NoticeDocument[]> {
    const $max = { expiresAt: secondsFromNow(this.#deps.clock, KEPT_SECONDS) };
    const $setOnInsert = { told: [], schemaVersion: 1 as const };
    const found: NoticeDocument[] = [];
    for (const _id of ids) {
      const options = { upsert: true, returnDocument: 'after', session } as const;
      const update = { $max, $setOnInsert };
      const document = await this.#notices.findOneAndUpdate({ _id }, update, options);
      if (document) found.push(document);
    }
    return found;
  }

  #identity(issuer: string, subject: string): string {
    return this.#hash('identity', issuer, subject);
  }

  #session(issuer: string, sessionId: string): string {
    return this.#hash('session', issuer, sessionId);
  }

  #hash(...parts: readonly string[]): string {
    // By one key for good: a rotation in between must not make anybody forget.
    const { keyring } = this.#deps;
    return keyring.mac('pairwise', 'upstream-notice', JSON.stringify(parts)).toString('base64url');
  }

  get #notices() {
    return this.#deps.database.collection<NoticeDocument>(UPSTREAM_NOTICES);
  }
}

function overtakes(
  { what, session, version, level }: KeptNotice,
  said: SaidAtArrival,
  own: string | undefined,
): boolean {
  if (what === 'ended') return session === undefined || own === undefined || session === own;
  if (what === 'closed') return true;
  // What rises is seen at the next sign-in.
  if (level !== undefined && level >= said.level) return false;
  return !isKnownBy(said.identity.version, version);
}

/** Counted versions alone can be compared. */
function isKnownBy(said: string | undefined, told: string | undefined): boolean {
  const counted = /^\d{1,15}$/u;
  if (said === undefined || told === undefined) return false;
  if (!counted.test(said) || !counted.test(told)) return said === told;
  return Number(said) >= Number(told);
}
