// The end of what clients have in sessions: one client's part, while the session goes on.
import { clientKey } from '../clients/client-id.ts';
import type { ClientSession, Collection } from '../platform/mongo.ts';
import type { ClientSlot, SessionCodec, SessionDocument } from './session-codec.ts';
import { slotPath } from './session-update.ts';

/** One client's part of the session with this key, or only when it stands on this grant. */
export interface SessionPart {
  key: string;
  clientId: string;
  grantKey?: string | undefined;
}

/** With what stood there. */
export type EndedPart<Part extends SessionPart> = Part & {
  accountId: string | undefined;
  slot: ClientSlot;
};

/**
 * Part of the caller's transaction, in whose snapshot all of it happens.
 * @param of.parts as many as one command takes
 * @returns those that this call ended; their `sid` does not come back
 */
export async function endSlots<Part extends SessionPart>(
  sessions: Collection<SessionDocument>,
  codec: SessionCodec,
  { parts, session }: { parts: readonly Part[]; session: ClientSession },
): Promise<EndedPart<Part>[]> {
  const paths = new Map(parts.map(({ clientId }) => [clientId, slotPath(clientId)]));
  const live = { _id: { $in: parts.map(({ key }) => key) }, endedAt: null };
  const found = await sessions.find(live, { session }).toArray();
  const documents = new Map(found.map((document) => [document._id, document]));
  const ended = parts.flatMap((part): EndedPart<Part>[] => {
    const { key, clientId, grantKey } = part;
    const document = documents.get(key);
    const stored = document?.clients[clientKey(clientId)];
    if (!stored || (grantKey !== undefined && stored.grantKey !== grantKey)) return [];
    const slot = codec.openSlot(key, clientId, stored);
    return [{ ...part, accountId: document?.accountId, slot }];
  });
  if (ended.length === 0) return [];
  const operations = ended.map(({ key: _id, clientId }) => {
    const path = paths.get(clientId) ?? '';
    const endedSids = { $concatArrays: ['$endedSids', [`$${path}.sidKey`]] };
    return { updateOne: { filter: { _id }, update: [{ $set: { endedSids } }, { $unset: path }] } };
  });
  await sessions.bulkWrite(operations, { session });
  return ended;
}
