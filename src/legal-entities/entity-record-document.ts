// What the register said of each entity with an account as it is stored: what names people or former
// names is sealed.
import { z } from 'zod';
import { isCertificateType } from '../accounts/certificate-types.ts';
import type { CertificateType } from '../accounts/certificate-types.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { SealedPlace } from '../platform/sealed-place.ts';
import type { IdentityClaim } from '../verification/provider.ts';
import type { EntityChange } from './changes/change-notice.ts';
import type { EntityStatus } from './entity-register.ts';

/** Said once, and not acted upon until it is said again: registers err, too. */
export type EntityDoubt = EntityChange;

/** What notices of the register say has changed, until it was looked after. */
export interface NoticedChanges {
  changes: readonly EntityChange[];
  /** Of the last one. */
  seq: number;
  /** How often the register did not bear it out. */
  tries: number;
  /** Whom a notice names as the new representative. */
  representative?: IdentityClaim | undefined;
}

export interface FormerName {
  name: string;
  until: Date;
}

export interface EntityRecord {
  /** Of the entity's account. */
  id: string;
  status: EntityStatus;
  checkedAt: Date;
  doubt?: EntityDoubt | undefined;
  /** Staff have confirmed it; the register has not yet. */
  isReviewed?: boolean | undefined;
  /** Its account came otherwise, by import: nobody has registered it. */
  isAdopted?: boolean | undefined;
  noticed?: NoticedChanges | undefined;
  /** The last one last. */
  formerNames: readonly FormerName[];
}

export interface EntityRecordDocument extends Omit<EntityRecord, 'id' | 'noticed' | 'formerNames'> {
  _id: string;
  noticed?: { changes: EntityChange[]; seq: number; tries: number; sealed?: Buffer } | undefined;
  formerNames?: { sealed: Buffer; until: Date }[] | undefined;
  /** Absent once the entity has ended: nothing is asked any more. */
  nextCheckAt?: Date | undefined;
  schemaVersion: 1;
}

export const ENTITY_RECORDS = 'entityRecords';

export function recordOf(keyring: Keyring, document: EntityRecordDocument): EntityRecord {
  const { _id: id, noticed, formerNames = [], ...facts } = document;
  const { status, checkedAt, doubt, isReviewed = false, isAdopted = false } = facts;
  const sealed = noticed?.sealed;
  const representative =
    sealed && claimSchema.parse(keyring.decryptJson(sealed, noticeContext(id)));
  const told = noticed && { changes: noticed.changes, seq: noticed.seq, tries: noticed.tries };
  return {
    id,
    status,
    checkedAt,
    isReviewed,
    isAdopted,
    formerNames: formerNames.map((each) => ({
      name: z.string().parse(keyring.decryptJson(each.sealed, nameContext(id))),
      until: each.until,
    })),
    ...(doubt === undefined ? {} : { doubt }),
    ...(told ? { noticed: { ...told, ...(representative ? { representative } : {}) } } : {}),
  };
}

const claimSchema = z.object({
  name: z.string(),
  certificate: z.object({
    type: z.custom<CertificateType>(
      (value) => typeof value === 'string' && isCertificateType(value),
    ),
    number: z.string(),
  }),
});

export function noticeContext(id: string): string {
  return `legal-entities.record:${id}`;
}

export function nameContext(id: string): string {
  return `legal-entities.former-name:${id}`;
}

export const sealedEntityRecords: SealedPlace = {
  collection: ENTITY_RECORDS,
  fields: ['noticed.sealed', 'formerNames.sealed'],
  valuesOf: (document) => {
    const { _id, noticed, formerNames = [] } = document as EntityRecordDocument;
    const names = formerNames.map(({ sealed }, index) => ({
      path: `formerNames.${index}.sealed`,
      sealed,
      context: nameContext(_id),
    }));
    if (!noticed?.sealed) return names;
    const path = 'noticed.sealed';
    return [{ path, sealed: noticed.sealed, context: noticeContext(_id) }, ...names];
  },
};
