// What the sources said of an identity that an account claimed, so that two that contradict each
// other are noticed, whatever is tried in between. Knows neither name nor number: only their MAC.
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { ElementSource } from '../platform/verification-config.ts';
import type { IdentityClaim } from './provider.ts';

export interface NotedAnswer {
  source: ElementSource;
  /** `not_found`: it cannot know everybody, and contradicts nobody. */
  outcome: 'matched' | 'different' | 'not_found';
  resultCode: string;
  at: Date;
}

interface SourceAnswersDocument {
  /** Keyed hash of account and identity. */
  _id: string;
  accountId: string;
  answers: NotedAnswer[];
  expiresAt: Date;
  schemaVersion: 1;
}

const KEPT_SECONDS = 90 * 86_400;

export class SourceAnswerStore {
  readonly #deps: { database: Database; keyring: Keyring; clock: Clock };

  constructor(deps: { database: Database; keyring: Keyring; clock: Clock }) {
    this.#deps = deps;
  }

  /** In place of what the source said before; returns what all of them say now, in one step. */
  async note(accountId: string, claim: IdentityClaim, answer: NotedAnswer): Promise<NotedAnswer[]> {
    const _id = this.#id(accountId, claim);
    const others = {
      $filter: {
        input: { $ifNull: ['$answers', []] },
        cond: { $ne: ['$$this.source', answer.source] },
      },
    };
    const document = await this.#answers.findOneAndUpdate(
      { _id },
      [
        {
          $set: {
            accountId,
            answers: { $concatArrays: [others, [answer]] },
            expiresAt: secondsFromNow(this.#deps.clock, KEPT_SECONDS),
            schemaVersion: 1,
          },
        },
      ],
      { upsert: true, returnDocument: 'after' },
    );
    return document?.answers ?? [answer];
  }

  /** Part of the removal of the account. */
  async erase(accountId: string, session: ClientSession): Promise<void> {
    await this.#answers.deleteMany({ accountId }, { session });
  }

  #id(accountId: string, { name, certificate }: IdentityClaim): string {
    const { type, country = '', number } = certificate;
    const claim = JSON.stringify([accountId, type, country, number, name]);
    const { keyring } = this.#deps;
    return keyring.mac('artefactId', 'verification.source-answers', claim).toString('base64url');
  }

  get #answers() {
    return this.#deps.database.collection<SourceAnswersDocument>('sourceAnswers');
  }
}

/** One says that the name belongs to the number, another that it does not. */
export function disagree(answers: readonly NotedAnswer[]): boolean {
  const outcomes = new Set(answers.map(({ outcome }) => outcome));
  return outcomes.has('matched') && outcomes.has('different');
}
