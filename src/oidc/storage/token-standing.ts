// What a token stands on: a session, a grant, an account. All are looked at whenever the token is
// presented, and which they are never changes. Whoever has made or seen the token here reads them
// together with it, in one command; only what is read then counts.
import { BoundedMap } from '../../platform/bounded-map.ts';
import type { ArtefactModel } from './artefact-model.ts';
import type { ArtefactPayload } from './artefact-store.ts';
import { currentRequest } from './request-memo.ts';
import { readStandingAhead } from './standing-readers.ts';
import type { StandingReaders, StoodUpon } from './standing-readers.ts';

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
  readonly #known = new BoundedMap<string, StoodUpon>(MOST_KNOWN);

  constructor(readers: StandingReaders) {
    this.#readers = readers;
  }

  /** Whether such tokens stand on anything. */
  concerns(model: ArtefactModel): boolean {
    return STANDING_ON_GRANTS.has(model);
  }

  /** Of a token that is being stored or was found. */
  learn(key: string, payload: ArtefactPayload): StoodUpon {
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

  known(key: string): StoodUpon | undefined {
    return this.#known.get(key);
  }

  /** Asked for piece by piece the pieces would be a command each; begun together they are one. */
  readAhead(standing: StoodUpon | undefined): void {
    if (!standing || !TESTING_ROUTES.has(currentRequest()?.oidc.route ?? '')) return;
    readStandingAhead(this.#readers, standing);
  }
}
