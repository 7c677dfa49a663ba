// How one request's changes become one atomic update, so that a late write neither loses what a
// parallel request has stored nor brings back what has ended.
import { clientKey, isClientId } from '../clients/client-id.ts';
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { Document } from '../platform/mongo.ts';
import type { SessionChange, SessionCodec } from './session-codec.ts';

/** Other tabs may still carry the former cookie while a rotation is on its way to the browser. */
const ALIAS_OVERLAP_SECONDS = 30;
/** A touch is written at most this often; idle ends count from the last written touch. */
export const TOUCH_SECONDS = 60;

/** The update of one session document that applies what one request changed. */
export function changeStages(
  clock: Clock,
  codec: SessionCodec,
  { _id, change }: { _id: string; change: SessionChange },
): Document[] {
  const set: Document = {};
  if (change.core) {
    set['core'] = { $literal: codec.sealCore(_id, change.core) };
    if (change.core.accountId) set['accountId'] = { $literal: change.core.accountId };
    // Absent: it stands on nothing elsewhere any more.
    set['upstreamSignInId'] = change.core.upstreamSignInId ?? '$$REMOVE';
  }
  if (change.device) set['device'] = { $literal: codec.sealDevice(_id, change.device) };
  if (change.state) set['state'] = { $literal: codec.sealState(_id, change.state) };
  for (const [clientId, slot] of Object.entries(change.slots ?? {})) {
    const sealed = codec.sealSlot(_id, clientId, slot);
    const path = slotPath(clientId);
    // Written when the place is free or still holds this very grant: neither a client that has
    // signed out nor a grant that was replaced comes back with a late write.
    const held = { sid: `$${path}.sidKey`, grant: { $ifNull: [`$${path}.grantKey`, null] } };
    const isFree = {
      $and: [{ $eq: [held.grant, null] }, { $not: [{ $in: [sealed.sidKey, '$endedSids'] }] }],
    };
    const isSame = {
      $and: [{ $eq: [held.sid, sealed.sidKey] }, { $eq: [held.grant, sealed.grantKey] }],
    };
    set[path] = { $cond: [{ $or: [isFree, isSame] }, { $literal: sealed }, `$${path}`] };
  }
  if (change.rotation) set['aliases'] = rotatedAliases(clock, codec, change.rotation);
  const stages: Document[] = [{ $set: set }];
  if (change.dropState) stages.push({ $unset: 'state' });
  if (change.idleSeconds !== undefined) stages.push(...touchStages(clock, change.idleSeconds));
  return stages.filter(
    (stage) => !('$set' in stage) || Object.keys(stage['$set'] as object).length > 0,
  );
}

function rotatedAliases(
  clock: Clock,
  codec: SessionCodec,
  rotation: NonNullable<SessionChange['rotation']>,
): Document {
  const now = clock.now();
  const newKey = codec.aliasKey(rotation.newCookieId);
  const until = rotation.keepsOld
    ? { $ifNull: ['$$this.until', secondsFromNow(clock, ALIAS_OVERLAP_SECONDS)] }
    : now;
  const retired = { $map: { input: '$aliases', in: { key: '$$this.key', until } } };
  return {
    $concatArrays: [
      { $filter: { input: retired, cond: { $gt: ['$$this.until', now] } } },
      [{ key: { $literal: newKey }, until: null }],
    ],
  };
}

/** Counts as activity: the idle end moves on, never past the absolute one. */
export function touchStages(clock: Clock, idleSeconds: number): Document[] {
  const idleEnd = secondsFromNow(clock, idleSeconds + TOUCH_SECONDS);
  return [
    {
      $set: {
        lastSeenAt: clock.now(),
        endsAt: { $min: [idleEnd, '$absoluteEndsAt'] },
      },
    },
  ];
}

/** @throws RangeError for what is no client id: it would name another place in the document. */
export function slotPath(clientId: string): string {
  if (!isClientId(clientId)) throw new RangeError('not a client id');
  return `clients.${clientKey(clientId)}`;
}
