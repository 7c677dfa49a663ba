// The sign-in at another platform that a session stands on, by the key that the session is stored under.
import type { Database } from '../platform/mongo.ts';
import type { SessionDocument } from './session-codec.ts';

/** Undefined for one that has ended, or that began here. */
export async function signInOfSession(
  database: Database,
  key: string,
): Promise<string | undefined> {
  const sessions = database.collection<SessionDocument>('sessions');
  return (await sessions.findOne({ _id: key, endedAt: null }))?.upstreamSignInId;
}
