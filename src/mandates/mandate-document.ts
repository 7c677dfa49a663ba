// A mandate as it lies in the database.
import { createHash } from 'node:crypto';
import { isDuplicateKey } from '../platform/mongo.ts';
import type { Mandate, MandateEndReason, MandateUse } from './mandate.ts';

export interface MandateDocument extends Omit<Mandate, 'id' | 'holderId'> {
  _id: string;
  /** The holder, under the name that it has had since there were only persons. */
  personId: string;
  /** Only while it is not ended: what the unique indexes look at. */
  isActive?: true;
  /** Of a handler: what makes two mandates of one holder the same, see `scopeKeyOf`. */
  scopeKey?: string;
  endedAt?: Date;
  endedFor?: MandateEndReason;
  /** Why somebody took it back, in one of the words of `endNotes`. */
  endedNote?: EndNote;
  /** Both sides are told from then on that it ends soon; gone once they were. */
  warnAt?: Date;
  /** Written so that its end and what is done upon it do not pass each other. */
  heldAt?: Date;
  schemaVersion: 1;
}

export const MANDATES = 'mandates';

/** What who takes a mandate back may say about why. */
export const endNotes = ['left', 'done', 'mistake', 'misused', 'other'] as const;
export type EndNote = (typeof endNotes)[number];

export interface MandateEnd {
  reason: MandateEndReason;
  note?: EndNote | undefined;
  at: Date;
}

/** With how and when it ended, if it has. */
export interface MandateRecord extends Mandate {
  endedAt?: Date | undefined;
  endedFor?: MandateEndReason | undefined;
  endedNote?: EndNote | undefined;
}

/** Whose: an organisation's, or a holder's; passed on from one of these, when they are named. */
export interface MandateFilter {
  entityId?: string;
  holderId?: string;
  parentIds?: readonly string[];
}

export function filterOf({ entityId, holderId, parentIds }: MandateFilter) {
  return {
    ...(entityId === undefined ? {} : { entityId }),
    ...(holderId === undefined ? {} : { personId: holderId }),
    ...(parentIds === undefined ? {} : { parentId: { $in: [...parentIds] } }),
  };
}

/** The same person may be handler several times, for different things. */
export function scopeKeyOf(
  of: Pick<Mandate, 'services' | 'clients' | 'isSingleUse' | 'parentId'>,
): string {
  const { services, clients, isSingleUse = false, parentId } = of;
  const facts = [sorted(services), sorted(clients), isSingleUse, parentId ?? null];
  return createHash('sha256').update(JSON.stringify(facts)).digest('base64url');
}

function sorted(list: readonly string[] | undefined): readonly string[] | null {
  return list?.toSorted() ?? null;
}

/** As `counting`, of one that has been read. */
export function counts(document: MandateDocument, now: Date): boolean {
  return isOpen(document, now) && document.since <= now;
}

/** As `notOver`. */
export function isOpen({ isActive, expiresAt }: MandateDocument, now: Date): boolean {
  return isActive === true && (expiresAt === undefined || expiresAt > now);
}

/** Begun, not over, and not ended. */
export function counting(now: Date) {
  return { ...notOver(now), since: { $lte: now } };
}

/** Not over and not ended: it may not have begun. */
export function notOver(now: Date) {
  const term = [{ expiresAt: { $exists: false } }, { expiresAt: { $gt: now } }];
  return { isActive: true as const, $or: term };
}

/** As `coverageOf`, and not used up: conditions that have to hold together. */
export function reachableBy({ clientId, services }: MandateUse) {
  const absent = { $exists: false };
  const ofServices =
    services.length === 0
      ? {}
      : { $or: [{ services: absent }, { services: { $in: [...services] } }] };
  return [{ usedFor: absent }, { $or: [{ clients: absent }, { clients: clientId }] }, ofServices];
}

export function mandateOf(document: MandateDocument): Mandate {
  const { _id: id, entityId, personId: holderId, role, grantedBy, since } = document;
  const { services, clients, expiresAt, isSingleUse, usedFor, maySubdelegate } = document;
  const { parentId, proof } = document;
  return {
    id,
    entityId,
    holderId,
    role,
    grantedBy,
    since,
    ...(services === undefined ? {} : { services }),
    ...(clients === undefined ? {} : { clients }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(isSingleUse === undefined ? {} : { isSingleUse }),
    ...(usedFor === undefined ? {} : { usedFor }),
    ...(maySubdelegate === undefined ? {} : { maySubdelegate }),
    ...(parentId === undefined ? {} : { parentId }),
    ...(proof === undefined ? {} : { proof }),
  };
}

export function recordOf(document: MandateDocument): MandateRecord {
  const { endedAt, endedFor, endedNote } = document;
  return {
    ...mandateOf(document),
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(endedFor === undefined ? {} : { endedFor }),
    ...(endedNote === undefined ? {} : { endedNote }),
  };
}

/** Two grants at once: the other one was first. */
export function isGrantTaken(error: unknown): boolean {
  return isDuplicateKey(error) && String(error).includes(MANDATES);
}
