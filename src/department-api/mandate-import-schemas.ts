// What an upload of many mandates takes and answers. Words of the fields: `api.field.<name>`.
import { z } from 'zod';
import { MOST_ROWS, rowStates } from '../mandate-import/mandate-import.ts';
import { endNotes } from '../mandates/mandate-document.ts';
import {
  idempotencyKeyField,
  instantField,
  pageLimitField,
  personNameField,
  serviceField,
  usccField,
} from './api-schemas.ts';

export const MOST_BYTES = 1024 * 1024;
const LARGEST_PAGE = 200;

const day = z
  .string()
  .max(10)
  .regex(/^20\d{2}-\d{2}-\d{2}$/u)
  .meta({ examples: ['2027-03-31'] });

export const holderField = z
  .strictObject({
    name: personNameField,
    number: z
      .string()
      .min(1)
      .max(30)
      .regex(/^[\x21-\x7E]+$/u),
    organisation: z.boolean().default(false),
  })
  .meta({ id: 'ImportHolder' });

const scope = <T extends z.ZodType>(item: T) =>
  z.union([z.literal('all'), z.array(item).min(1).max(200)]);

const mandateId = z
  .string()
  .min(1)
  .max(100)
  .regex(/^[\w-]+$/u);

export const rowField = z
  .discriminatedUnion('action', [
    z
      .strictObject({
        action: z.literal('offer'),
        holder: holderField,
        services: scope(serviceField),
        clients: scope(
          z
            .string()
            .min(1)
            .max(200)
            .regex(/^[\x21-\x7E]+$/u),
        ).default('all'),
        from: day.optional(),
        until: day.optional(),
        single_use: z.boolean().default(false),
        may_pass_on: z.boolean().default(false),
      })
      .meta({ id: 'ImportOffer' }),
    z
      .strictObject({
        action: z.literal('end'),
        holder: holderField.optional(),
        mandate_id: mandateId.optional(),
        note: z.enum(endNotes).optional(),
      })
      .meta({ id: 'ImportEnd' }),
    z
      .strictObject({
        action: z.literal('change'),
        holder: holderField.optional(),
        mandate_id: mandateId.optional(),
        until: day,
      })
      .meta({ id: 'ImportChange' }),
  ])
  .meta({ id: 'ImportRow' });

export const uploadField = z
  .strictObject({
    uscc: usccField,
    idempotency_key: idempotencyKeyField,
    dry_run: z.boolean().default(false),
    rows: z.array(rowField).min(1).max(MOST_ROWS),
  })
  .meta({ id: 'MandateImportUpload' });

const count = z.int().min(0).max(MOST_ROWS);

export const jobField = z
  .object({
    id: z.string().max(100),
    state: z.enum(['running', 'done']),
    dry_run: z.boolean(),
    total: count,
    counts: z.object(Object.fromEntries(rowStates.map((state) => [state, count]))),
    created_at: instantField,
    finished_at: instantField.optional(),
  })
  .meta({ id: 'MandateImport' });

const rowResult = z
  .object({
    row: count,
    outcome: z.enum(rowStates),
    offer_id: z.string().max(100).optional(),
    mandate_ids: z.array(z.string().max(100)).optional(),
    withdrawn: count.optional(),
    errors: z
      .array(
        z.object({
          pointer: z.string().max(500),
          code: z.string().max(50),
          detail: z.string().max(500),
        }),
      )
      .optional(),
  })
  .meta({ id: 'MandateImportRow' });

export const rowPage = z
  .object({
    items: z.array(rowResult).max(LARGEST_PAGE),
    next_cursor: z.string().max(200).optional(),
  })
  .meta({ id: 'MandateImportRows' });

export const importParams = z.strictObject({ id: mandateId });

export const importPageQuery = z.strictObject({
  limit: pageLimitField({ largest: LARGEST_PAGE, usual: 100 }),
  cursor: z
    .string()
    .max(4)
    .regex(/^\d{1,4}$/u)
    .optional(),
  only: z.enum(rowStates).optional(),
});
