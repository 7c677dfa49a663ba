// The published keys of clients (`jwks_uri`), fetched when a signed request needs them: cached as
// the client's server allows, read again for a key that is not known, but never so often that
// somebody could make us press a department's server. While that server is down, what was read
// last stays in use for a day.
import { createHash } from 'node:crypto';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import { describeOutboundFailure } from '../platform/outbound-failure.ts';
import { usableKeys } from './client-keys.ts';
import type { ClientJwk } from './client-keys.ts';

/** Seconds. */
const COOL_DOWN = 30;
const SHORTEST_CACHE = 60;
const LONGEST_CACHE = 3600;
const USUAL_CACHE = 600;
const LONGEST_WITHOUT_SERVER = 24 * 3600;

const NO_KEY = 'no_usable_key';

interface Entry {
  keys?: ClientJwk[];
  /** Changes with the keys. */
  revision: string;
  readAt: number;
  freshUntil: number;
  triedAt: number;
  /** Of the last try, when it failed. */
  failure?: string;
  pending?: Promise<void>;
}

interface ClientKeySetsDependencies {
  fetch(url: string, init?: RequestInit): Promise<Response>;
  clock: Clock;
  logger: Logger;
}

/** There are no keys to check a signature with. */
export class ClientKeysUnavailable extends Error {
  override readonly name = 'ClientKeysUnavailable';
  /** A word for records and answers, without content of the other side. */
  readonly reason: string;

  constructor(reason: string) {
    super(`the key set of the client could not be read: ${reason}`);
    this.reason = reason;
  }
}

export class ClientKeySets {
  readonly #deps: ClientKeySetsDependencies;
  readonly #entries = new Map<string, Entry>();

  constructor(deps: ClientKeySetsDependencies) {
    this.#deps = deps;
  }

  /**
   * Reads the set again where that may help with a signature by this key. Never rejects.
   * @returns what changes whenever the keys do
   */
  async prepare(uri: string, kid: string | undefined): Promise<string> {
    const entry = this.#entryOf(uri);
    const now = this.#seconds();
    const isKnown = kid === undefined || entry.keys?.some((key) => key.kid === kid) === true;
    const isWanted = !entry.keys || now >= entry.freshUntil || !isKnown;
    if (isWanted && now >= entry.triedAt + COOL_DOWN) {
      entry.pending ??= this.#read(uri, entry).finally(() => {
        delete entry.pending;
      });
    }
    await entry.pending;
    if (entry.keys && this.#seconds() >= entry.readAt + LONGEST_WITHOUT_SERVER) delete entry.keys;
    return entry.keys ? entry.revision : 'none';
  }

  /** True for an address whose set is kept here. */
  has(uri: string): boolean {
    return this.#entries.has(new URL(uri).href);
  }

  /** The set as it is known now. @throws ClientKeysUnavailable when there is none. */
  answer(uri: string): Response {
    const entry = this.#entryOf(uri);
    if (!entry.keys) throw new ClientKeysUnavailable(entry.failure ?? 'not_read');
    return Response.json({ keys: entry.keys });
  }

  async #read(uri: string, entry: Entry): Promise<void> {
    entry.triedAt = this.#seconds();
    const result = await this.#fetch(uri);
    if ('failure' in result) {
      entry.failure = result.failure;
      // The server works, and says that none of them counts any more.
      if (result.failure === NO_KEY) delete entry.keys;
      this.#deps.logger.warn({ uri, reason: result.failure }, 'keys of a client were not read');
      return;
    }
    delete entry.failure;
    entry.keys = result.keys;
    entry.revision = createHash('sha256').update(JSON.stringify(result.keys)).digest('base64url');
    entry.readAt = this.#seconds();
    entry.freshUntil = entry.readAt + result.cacheSeconds;
  }

  async #fetch(uri: string) {
    try {
      const response = await this.#deps.fetch(uri, { headers: { accept: 'application/json' } });
      if (response.status !== 200) return { failure: `http_${response.status}` };
      const keys = usableKeys(await response.json().catch(() => undefined));
      if (!keys) return { failure: 'not_a_key_set' };
      if (keys.length === 0) return { failure: NO_KEY };
      return { keys, cacheSeconds: cacheSeconds(response.headers.get('cache-control')) };
    } catch (error) {
      const failure = describeOutboundFailure(error);
      if (failure === undefined) this.#deps.logger.error({ err: error }, 'keys were not read');
      return { failure: failure ?? 'connection_failed' };
    }
  }

  #entryOf(uri: string): Entry {
    const { href } = new URL(uri);
    const known = this.#entries.get(href);
    if (known) return known;
    const entry = { revision: 'none', readAt: 0, freshUntil: 0, triedAt: -COOL_DOWN };
    this.#entries.set(href, entry);
    return entry;
  }

  #seconds(): number {
    return this.#deps.clock.now().getTime() / 1000;
  }
}

/** RFC 9111, 5.2.2, within what a rotation of keys can bear. */
function cacheSeconds(cacheControl: string | null): number {
  if (cacheControl === null) return USUAL_CACHE;
  if (/\bno-(?:store|cache)\b/u.test(cacheControl)) return SHORTEST_CACHE;
  const seconds = /\bmax-age=(\d{1,10})\b/u.exec(cacheControl)?.[1];
  if (seconds === undefined) return USUAL_CACHE;
  return Math.min(LONGEST_CACHE, Math.max(SHORTEST_CACHE, Number(seconds)));
}
