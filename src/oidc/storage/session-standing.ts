// Of whom a browser's session is, and by which grant it goes on at the system that asks: what an
// authorization request looks at next. With a session that was seen here before all three are read in
// one command; only what is read then counts.
import { BoundedMap } from '../../platform/bounded-map.ts';
import type { SessionState } from '../../sessions/session-codec.ts';
import { currentRequest } from './request-memo.ts';
import { readStandingAhead } from './standing-readers.ts';
import type { StandingReaders } from './standing-readers.ts';

interface Standing {
  accountId: string;
  /** By the client. */
  grantIds: ReadonlyMap<string, string>;
}

/** Some 500 bytes each. */
const MOST_KNOWN = 5000;

export class SessionStanding {
  readonly #readers: StandingReaders;
  /** By a keyed hash of the cookie. */
  readonly #known = new BoundedMap<string, Standing>(MOST_KNOWN);

  constructor(readers: StandingReaders) {
    this.#readers = readers;
  }

  learn(key: string, { accountId, authorizations }: SessionState): void {
    if (accountId === undefined) return;
    const grants = Object.entries(authorizations).map(([client, { grantId }]) => {
      return [client, grantId] as const;
    });
    this.#known.set(key, { accountId, grantIds: new Map(grants) });
  }

  /** For an authorization request, if this session was seen here. */
  readAhead(key: string): void {
    const standing = this.#known.get(key);
    const ctx = currentRequest();
    if (!standing || ctx?.oidc.route !== 'authorization') return;
    const { accountId, grantIds } = standing;
    const { client_id: clientId } = ctx.query;
    const grantId = typeof clientId === 'string' ? grantIds.get(clientId) : undefined;
    readStandingAhead(this.#readers, { accountId, ...(grantId !== undefined && { grantId }) });
  }
}
