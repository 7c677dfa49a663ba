// As whom a person was at a client last: suggested the next time, and compared with what still counts.
import type { ActingReference } from '../../mandates/acting.ts';
import type { Clock } from '../../platform/clock.ts';
import type { ClientSession, Database } from '../../platform/mongo.ts';

export interface IdentitySuggestion {
  /** Absent: as himself. */
  reference?: ActingReference | undefined;
  at: Date;
}

interface SuggestionDocument extends IdentitySuggestion {
  _id: string;
  accountId: string;
  clientId: string;
  schemaVersion: 1;
}

export const IDENTITY_SUGGESTIONS = 'identitySuggestions';

export class IdentitySuggestionStore {
  readonly #deps: { database: Database; clock: Clock };

  constructor(deps: { database: Database; clock: Clock }) {
    this.#deps = deps;
  }

  async find(accountId: string, clientId: string): Promise<IdentitySuggestion | null> {
    return this.#suggestions.findOne({ _id: idOf(accountId, clientId) });
  }

  async remember(
    accountId: string,
    clientId: string,
    reference: ActingReference | undefined,
  ): Promise<void> {
    const facts = { accountId, clientId, at: this.#deps.clock.now(), schemaVersion: 1 as const };
    const update = reference
      ? { $set: { ...facts, reference } }
      : { $set: facts, $unset: { reference: '' as const } };
    await this.#suggestions.updateOne({ _id: idOf(accountId, clientId) }, update, { upsert: true });
  }

  /** Part of the removal of an account, be it of the person or of the organisation. */
  async erase(accountId: string, session: ClientSession): Promise<void> {
    const either = { $or: [{ accountId }, { 'reference.entityId': accountId }] };
    await this.#suggestions.deleteMany(either, { session });
  }

  get #suggestions() {
    return this.#deps.database.collection<SuggestionDocument>(IDENTITY_SUGGESTIONS);
  }
}

function idOf(accountId: string, clientId: string): string {
  return `${accountId}:${clientId}`;
}
