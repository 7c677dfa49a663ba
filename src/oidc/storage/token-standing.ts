// What a token stands on: a session, a grant, an account. All are looked at whenever the token is
// presented, and which they are never changes. Whoever has made or seen the token here reads them
// together with it, in one command; only what is read then counts.
import { BoundedMap } from '../../platform/bounded-map.ts';
import type { ArtefactModel } from './artefact-model.ts';
import type { ArtefactPayload } from './artefact-store.ts';
import { currentMemo, currentRequest, readAhead } from './request-memo.ts';

/** What the library asks for after a token was found. */
export interface StandingReaders {
  session(uid: string): Promise<unknown>;
  grant(id: string): Promise<unknown>;
  account(id: string): Promise<unknown>;
}

interface Standing {
  sessionUid?: string;
  grantId?: string;
  accountId?: string;
}

// Where a token is looked at with everything that it stands on.
const TESTING_ROUTES = new Set(['introspection', 'token', 'userinfo']);
const STANDING_ON_GRANTS = new Set<ArtefactModel>([
  'AccessToken',
  'AuthorizationCode',
  'RefreshToken',
]);
/** Some 300 bytes each. */
const MOST_KNOWN = 5000;

export class TokenStanding {
  readonly #readers: StandingReaders;
  /** By the key under which the token is stored. */
  readonly #known = new BoundedMap<string, Standing>(MOST_KNOWN);

  constructor(readers: StandingReaders) {
    this.#readers = readers;
  }

  /** Of a token that is being stored or was found. */
  learn(model: ArtefactModel, key: string, payload: ArtefactPayload): Standing | undefined {
    if (!STANDING_ON_GRANTS.has(model)) return undefined;
    const known = this.#known.get(key);
    if (known) return known;
    const { accountId, grantId, sessionUid, expiresWithSession } = payload;
    const standing = {
      ...(typeof sessionUid === 'string' && expiresWithSession === true && { sessionUid }),
      ...(typeof grantId === 'string' && { grantId }),
      ...(typeof accountId === 'string' && { accountId }),
    };
    this.#known.set(key, standing);
    return standing;
  }

  known(key: string): Standing | undefined {
    return this.#known.get(key);
  }

  /** Asked for piece by piece the pieces would be a command each; begun together they are one. */
  readAhead(standing: Standing | undefined): void {
    const memo = currentMemo();
    if (!standing || !memo || !TESTING_ROUTES.has(currentRequest()?.oidc.route ?? '')) return;
    const { sessionUid, grantId, accountId } = standing;
    const readers = this.#readers;
    if (sessionUid !== undefined) {
      readAhead(memo, ['Session', sessionUid], () => readers.session(sessionUid));
    }
    if (grantId !== undefined) readAhead(memo, ['Grant', grantId], () => readers.grant(grantId));
    if (accountId !== undefined) {
      readAhead(memo, ['Account', accountId], () => readers.account(accountId));
    }
  }
}
