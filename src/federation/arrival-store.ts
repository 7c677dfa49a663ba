// Arrivals under way, sealed, found by the keyed hash of their state. Each step is a compare-and-set on
// the stage, so that a code that comes back twice is redeemed once.
import { z } from 'zod';
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { SealedPlace } from '../platform/sealed-place.ts';
import type { Arrival, ArrivalContent, ArrivalStage } from './arrival.ts';

interface ArrivalDocument {
  _id: string;
  stage: ArrivalStage;
  sealed: Buffer;
  revision: number;
  redeemedAt?: Date;
  expiresAt: Date;
  schemaVersion: 1;
}

export const ARRIVALS = 'federationArrivals';
/** Long enough for a registration at the peer. */
const KEPT_SECONDS = 1800;
const LABEL = 'federation.arrival';

/** Dates lie as ISO texts in what is sealed. */
const dates = z
  .object({
    identity: z
      .object({
        authenticatedAt: z.coerce.date().optional(),
        ways: z.array(z.object({ at: z.coerce.date().optional() }).loose()),
      })
      .loose()
      .optional(),
  })
  .loose();

export class ArrivalStore {
  readonly #deps: { database: Database; keyring: Keyring; clock: Clock };

  constructor(deps: { database: Database; keyring: Keyring; clock: Clock }) {
    this.#deps = deps;
  }

  async insert(content: ArrivalContent): Promise<void> {
    const _id = this.#id(content.request.state);
    await this.#arrivals.insertOne({
      _id,
      stage: 'away',
      sealed: this.#deps.keyring.encryptJson(content, contextOf(_id)),
      revision: 1,
      expiresAt: secondsFromNow(this.#deps.clock, KEPT_SECONDS),
      schemaVersion: 1,
    });
  }

  async find(state: string): Promise<Arrival | undefined> {
    const _id = this.#id(state);
    const expiresAt = { $gt: this.#deps.clock.now() };
    const document = await this.#arrivals.findOne({ _id, expiresAt });
    if (!document) return undefined;
    const opened = dates.parse(this.#deps.keyring.decryptJson(document.sealed, contextOf(_id)));
    const { stage, revision, redeemedAt } = document;
    // Sealed by `insert` and `move` under this very id; the context proves it.
    return { ...(opened as unknown as ArrivalContent), state, stage, revision, redeemedAt };
  }

  /** As it is from now on, for the one call that may show its code to the peer. */
  async redeem(arrival: Arrival): Promise<Arrival | undefined> {
    const { revision } = arrival;
    const redeemed = await this.#arrivals.findOneAndUpdate(
      { _id: this.#id(arrival.state), revision, stage: 'away' },
      {
        $set: { stage: 'redeeming' },
        $inc: { revision: 1 },
        $currentDate: { redeemedAt: true },
      },
      { returnDocument: 'after' },
    );
    if (!redeemed) return undefined;
    const { stage, redeemedAt } = redeemed;
    return { ...arrival, stage, revision: redeemed.revision, redeemedAt };
  }

  /** True for the one call that found it as it was read. */
  async move(
    arrival: Arrival,
    to: { stage: ArrivalStage } & Partial<Pick<ArrivalContent, 'identity' | 'idToken' | 'result'>>,
    session?: ClientSession,
  ): Promise<boolean> {
    const { state, stage: _former, revision, redeemedAt: _at, ...content } = arrival;
    // Of what the peer has said of the person nothing is needed any more.
    const over = { callback: undefined, identity: undefined, idToken: undefined };
    const { stage, ...added } = to.stage === 'done' ? { ...to, ...over } : to;
    const _id = this.#id(state);
    const sealed = this.#deps.keyring.encryptJson({ ...content, ...added }, contextOf(_id));
    const { modifiedCount } = await this.#arrivals.updateOne(
      { _id, revision, stage: arrival.stage },
      { $set: { stage, sealed }, $inc: { revision: 1 } },
      session ? { session } : {},
    );
    return modifiedCount === 1;
  }

  #id(state: string): string {
    return this.#deps.keyring.mac('artefactId', LABEL, state).toString('base64url');
  }

  get #arrivals() {
    return this.#deps.database.collection<ArrivalDocument>(ARRIVALS);
  }
}

function contextOf(id: string): string {
  return `${LABEL}:${id}`;
}

export const sealedArrivals: SealedPlace = {
  collection: ARRIVALS,
  fields: ['sealed'],
  valuesOf: (document) => {
    const { _id, sealed } = document as ArrivalDocument;
    return [{ path: 'sealed', sealed, context: contextOf(_id) }];
  },
};
