// Parameters that came by POST, kept for a minute under a one-time id while the browser follows a
// redirect to the same path with GET, where it sends its SameSite=Lax cookies.
import { secondsFromNow } from '../../platform/clock.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Keyring } from '../../platform/crypto.ts';
import type { Database } from '../../platform/mongo.ts';
import type { Random } from '../../platform/random.ts';
import type { SealedPlace } from '../../platform/sealed-place.ts';

const PARKED_SECONDS = 60;

interface ParkedDocument {
  _id: string;
  sealed: Buffer;
  purgeAt: Date;
}

interface ParkedRequestDependencies {
  database: Database;
  keyring: Keyring;
  clock: Clock;
  random: Random;
}

export class ParkedRequestStore {
  readonly #deps: ParkedRequestDependencies;

  constructor(deps: ParkedRequestDependencies) {
    this.#deps = deps;
  }

  /** Keeps a query string for `path`; returns the one-time id. */
  async park(path: string, query: string): Promise<string> {
    const id = this.#deps.random.id(256);
    const _id = this.#key(path, id);
    await this.#parked.insertOne({
      _id,
      sealed: this.#deps.keyring.encrypt(query, `parked:${_id}`),
      purgeAt: secondsFromNow(this.#deps.clock, PARKED_SECONDS),
    });
    return id;
  }

  /** The query string, once; undefined when it was taken, is over, or belongs to another path. */
  async take(path: string, id: string): Promise<string | undefined> {
    const _id = this.#key(path, id);
    const parked = await this.#parked.findOneAndDelete({ _id });
    if (!parked || parked.purgeAt <= this.#deps.clock.now()) return undefined;
    return this.#deps.keyring.decrypt(parked.sealed, `parked:${_id}`).toString('utf8');
  }

  #key(path: string, id: string): string {
    return this.#deps.keyring.mac('artefactId', `parked:${path}`, id).toString('base64url');
  }

  get #parked() {
    return this.#deps.database.collection<ParkedDocument>('parkedRequests');
  }
}

export const sealedParkedRequests: SealedPlace = {
  collection: 'parkedRequests',
  fields: ['sealed'],
  valuesOf: (document) => {
    const { _id, sealed } = document as ParkedDocument;
    return [{ path: 'sealed', sealed, context: `parked:${_id}` }];
  },
};
