// Challenges of passkey ceremonies: five minutes, for one purpose in one place, used once. Only keyed
// hashes of them stand in the database.
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';

interface ChallengeDocument {
  _id: string;
  place: string;
  expiresAt: Date;
  schemaVersion: 1;
}

/** Where a challenge was asked for and may be answered. */
export interface ChallengePlace {
  purpose: 'add' | 'prove';
  /** The interaction, account centre session or recovery. */
  boundTo: string;
  /** The account; undefined where the passkey itself has to say. */
  accountId: string | undefined;
}

export const CHALLENGE_SECONDS = 300;
const CHALLENGE_BITS = 256;

interface ChallengeDependencies {
  database: Database;
  keyring: Keyring;
  clock: Clock;
  random: Random;
}

export class PasskeyChallengeStore {
  readonly #deps: ChallengeDependencies;

  constructor(deps: ChallengeDependencies) {
    this.#deps = deps;
  }

  /** A new challenge, base64url. */
  async issue(place: ChallengePlace): Promise<string> {
    const challenge = this.#deps.random.id(CHALLENGE_BITS);
    const [_id = ''] = this.#macs('credentials.passkey-challenge', challenge);
    const [placeMac = ''] = this.#macs('credentials.passkey-place', placeText(place));
    const expiresAt = secondsFromNow(this.#deps.clock, CHALLENGE_SECONDS);
    await this.#challenges.insertOne({ _id, place: placeMac, expiresAt, schemaVersion: 1 });
    return challenge;
  }

  /** True once, in its own place, while it is valid. */
  async use(challenge: string, place: ChallengePlace): Promise<boolean> {
    const used = await this.#challenges.findOneAndDelete({
      _id: { $in: this.#macs('credentials.passkey-challenge', challenge) },
      place: { $in: this.#macs('credentials.passkey-place', placeText(place)) },
      expiresAt: { $gt: this.#deps.clock.now() },
    });
    return used !== null;
  }

  #macs(label: string, value: string): string[] {
    return this.#deps.keyring
      .macs('artefactId', label, value)
      .map((mac) => mac.toString('base64url'));
  }

  get #challenges() {
    return this.#deps.database.collection<ChallengeDocument>('passkeyChallenges');
  }
}

function placeText({ purpose, boundTo, accountId }: ChallengePlace): string {
  return JSON.stringify([purpose, boundTo, accountId ?? null]);
}
