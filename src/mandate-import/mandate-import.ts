// Many changes of an organisation's handlers at once 批量授权: what is asked in one upload, row by row,
// and what came of each. A row only offers, ends or changes what its uploader could on the pages.
import { z } from 'zod';
import { endNotes } from '../mandates/mandate-document.ts';

export const MOST_ROWS = 1000;

/** Who holds it, or is to: a person, or an organisation with its code as number. */
const holder = z.strictObject({
  name: z.string(),
  number: z.string(),
  isOrganisation: z.boolean(),
});

const target = { holder: holder.optional(), mandateId: z.string().optional() };

export const importRowSchema = z.discriminatedUnion('action', [
  z.strictObject({
    action: z.literal('offer'),
    holder,
    /** Absent: all. */
    services: z.array(z.string()).optional(),
    clients: z.array(z.string()).optional(),
    /** YYYY-MM-DD */
    from: z.string().optional(),
    until: z.string().optional(),
    isSingleUse: z.boolean(),
    mayPassOn: z.boolean(),
  }),
  z.strictObject({ action: z.literal('end'), ...target, note: z.enum(endNotes).optional() }),
  z.strictObject({ action: z.literal('change'), ...target, until: z.string() }),
]);
export type ImportRow = z.infer<typeof importRowSchema>;
export type ImportHolder = z.infer<typeof holder>;

/** A field of the row, by its name in the interface, and a key of the locales. */
const problem = z.strictObject({ field: z.string().optional(), key: z.string() });
export type RowProblem = z.infer<typeof problem>;

/** What came of a row; its seal keeps whose mandates they are from who only reads the database. */
export const rowOutcomeSchema = z.discriminatedUnion('outcome', [
  z.strictObject({ outcome: z.literal('valid') }),
  z.strictObject({ outcome: z.literal('offered'), offerId: z.string() }),
  z.strictObject({
    outcome: z.enum(['ended', 'changed']),
    mandateIds: z.array(z.string()),
    /** Offers that were still open, taken back. */
    withdrawn: z.int(),
  }),
  z.strictObject({ outcome: z.literal('refused'), problems: z.array(problem) }),
]);
export type RowOutcome = z.infer<typeof rowOutcomeSchema>;

export const rowStates = ['pending', 'valid', 'offered', 'ended', 'changed', 'refused'] as const;
export type RowState = (typeof rowStates)[number];

export interface MandateImport {
  id: string;
  entityId: string;
  /** Who uploaded it, and through which system. */
  personId: string;
  clientId: string;
  address: string;
  isDryRun: boolean;
  total: number;
  at: Date;
  /** Absent while it goes on. */
  finishedAt?: Date | undefined;
}

export interface StoredRow {
  /** From 0 on. */
  number: number;
  row: ImportRow;
  outcome?: RowOutcome | undefined;
  /** What is about to be ended or changed, known before anything is done. */
  begun?: readonly string[] | undefined;
}
