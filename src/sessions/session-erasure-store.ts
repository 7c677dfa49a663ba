// Removes the sessions of an account that is removed itself: no tombstone has to keep a late write
// from reviving one, because nobody is behind it any more.
import type { ClientSession, Database } from '../platform/mongo.ts';
import { AccountEndingStore } from './account-ending-store.ts';
import type { SessionDocument } from './session-codec.ts';

export async function eraseSessions(
  database: Database,
  accountId: string,
  session: ClientSession,
): Promise<void> {
  await database.collection<SessionDocument>('sessions').deleteMany({ accountId }, { session });
  await new AccountEndingStore(database).erase(accountId, session);
}
