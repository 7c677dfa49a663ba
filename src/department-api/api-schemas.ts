// What the interface takes and answers, each thing once. Words of the fields for the OpenAPI document:
// `api.field.<name>`.
import { z } from 'zod';
import { certificateTypeCodes } from '../accounts/certificate-types.ts';
import { toldRoles } from '../mandates/mandate.ts';

/** Characters beyond printable ones have no business in an identifier. */
const PRINTABLE = /^[\x21-\x7E]+$/u;

export const usccField = z
  .string()
  .length(18)
  .regex(/^[0-9A-HJ-NPQRTUWXY]{18}$/u)
  .meta({ id: 'Uscc', examples: ['91440000MA0DEMA09C'] });

export const serviceField = z
  .string()
  .regex(/^[A-Za-z0-9._:-]{1,64}$/u)
  .max(64);

/** Seconds since the epoch, as everywhere in tokens. */
export const instantField = z.int().min(0).max(9_999_999_999);

export const certificateField = z
  .strictObject({
    type: z.enum(certificateTypeCodes as [string, ...string[]]),
    number: z.string().min(1).max(30).regex(PRINTABLE),
    country: z
      .string()
      .regex(/^[A-Z]{3}$/u)
      .max(3)
      .optional(),
  })
  .meta({ id: 'Certificate' });

export const personNameField = z
  .string()
  .min(1)
  .max(100)
  .refine((text) => !/\p{Cc}/u.test(text));

export const idempotencyKeyField = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[A-Za-z0-9._:-]+$/u);

/** How many entries a page shall have; at most 999. */
export function pageLimitField({ largest, usual }: { largest: number; usual: number }) {
  return z
    .string()
    .max(3)
    .regex(/^[1-9]\d{0,2}$/u)
    .transform(Number)
    .pipe(z.int().max(largest))
    .default(usual)
    .meta({ examples: [String(usual)] });
}

/** What a client calls the account of an organisation, or of a branch or department. */
export const entityIdField = z.string().min(1).max(100).regex(PRINTABLE);

/** The organisation that a branch or department belongs to. */
export const parentField = z
  .object({
    id: z.string().max(100),
    uscc: usccField.optional(),
    name: z.string().max(200).optional(),
  })
  .meta({ id: 'ParentEntity' });

/** Through which a person acts for the organisation 代理机构. */
export const agencyField = z
  .object({
    id: z.string().max(100),
    uscc: usccField.optional(),
    name: z.string().max(200).optional(),
  })
  .meta({ id: 'Agency' });

export const roleField = z
  .enum(Object.values(toldRoles) as [string, ...string[]])
  .meta({ id: 'Role' });

export const problemSchema = z
  .object({
    type: z.string().max(200),
    title: z.string().max(500),
    status: z.int().min(400).max(599),
    detail: z.string().max(2000),
    instance: z.string().max(200),
    errors: z
      .array(
        z.object({
          pointer: z.string().max(500).optional(),
          parameter: z.string().max(500).optional(),
          code: z.string().max(50),
          detail: z.string().max(500),
        }),
      )
      .optional(),
  })
  .meta({ id: 'Problem' });

export function wireInstant(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
