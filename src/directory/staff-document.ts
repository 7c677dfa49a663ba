// The stored form of an entry of the staff directory: what is said of a person lies sealed, user name and
// staff number are keyed hashes, departments stand in the clear.
import type { Keyring } from '../platform/crypto.ts';
import type { SealedPlace } from '../platform/sealed-place.ts';
import { staffIdOf, userNameKey } from './staff-attributes.ts';
import type { StaffAttributes } from './staff-attributes.ts';
import type { Placement, StaffEntry } from './staff-entry.ts';

export interface StaffDocument {
  _id: string;
  accountId: string;
  sealed: Buffer;
  userNameKey: Buffer;
  staffIdKey?: Buffer;
  departmentId?: string;
  unknownCode?: string;
  departmentIds: string[];
  isActive: boolean;
  /** In the directory: missing for who has left, so that the unique indexes forget them. */
  isPresent?: true;
  leftAt?: Date;
  /** What the account has open is still to be ended. */
  isEnding?: true;
  isImported?: true;
  /** The account keeps contacts that the directory does not name any more. */
  keepsContacts?: true;
  /** A first password is to be sent. */
  isInvitationDue?: true;
  revision: number;
  createdAt: Date;
  updatedAt: Date;
  schemaVersion: 1;
}

export const STAFF = 'staffEntries';

export interface StaffContent {
  attributes: StaffAttributes;
  placement: Placement;
  isActive: boolean;
}

export interface StaffMarks {
  isEnding?: boolean;
  isInvitationDue?: boolean;
  isImported?: boolean;
  keepsContacts?: boolean;
}

export function writtenOf(keyring: Keyring, id: string, content: StaffContent) {
  const { attributes, placement, isActive } = content;
  const staffId = staffIdOf(attributes);
  const { departmentId, unknownCode, departmentIds } = placement;
  const optional = {
    staffIdKey: staffId === undefined ? undefined : staffKey(keyring, 'staffId', staffId),
    departmentId,
    unknownCode,
  };
  const isGiven = ([, value]: [string, unknown]) => value !== undefined;
  const entries = Object.entries(optional);
  return {
    set: {
      sealed: keyring.encryptJson(attributes, context(id)),
      userNameKey: staffKey(keyring, 'userName', userNameKey(attributes.userName)),
      departmentIds: [...departmentIds],
      isActive,
      ...(Object.fromEntries(entries.filter(isGiven)) as Partial<
        Pick<StaffDocument, 'staffIdKey' | 'departmentId' | 'unknownCode'>
      >),
    },
    unset: Object.fromEntries(
      entries.filter((entry) => !isGiven(entry)).map(([name]) => [name, 1 as const]),
    ),
  };
}

/** Under a key that never changes: an ordinary index decides whose a user name is. */
export function staffKey(keyring: Keyring, what: 'userName' | 'staffId', value: string): Buffer {
  return keyring.mac('artefactId', `directory.${what}`, value);
}

export function entryOf(keyring: Keyring, document: StaffDocument): StaffEntry {
  const { _id: id, accountId, sealed, isActive, leftAt, revision } = document;
  const { departmentId, unknownCode, departmentIds, createdAt, updatedAt } = document;
  const attributes = keyring.decryptJson(sealed, context(id)) as StaffAttributes;
  const placement = { departmentId, unknownCode, departmentIds };
  const isImported = document.isImported === true;
  const keepsContacts = document.keepsContacts === true;
  const marks = { isImported, keepsContacts };
  const facts = { id, accountId, attributes, placement, isActive, ...marks, revision };
  return { ...facts, leftAt, createdAt, updatedAt };
}

function context(id: string): string {
  return `directory.staff:${id}`;
}

export const sealedStaff: SealedPlace = {
  collection: STAFF,
  fields: ['sealed'],
  valuesOf: (document) => {
    const { _id, sealed } = document as StaffDocument;
    return [{ path: 'sealed', sealed, context: context(_id) }];
  },
};
