// The addresses of the hub's mutual-recognition service and what goes over them.
import { z } from 'zod';
import { foundBySchema, indexSchema } from '../recognition-index.ts';

export const ENTRIES_PATH = '/mutual-recognition/entries';
export const CONFLICTS_PATH = '/mutual-recognition/conflicts';
export const TICKETS_PATH = '/mutual-recognition/tickets';
export const LOOKUPS_PATH = '/mutual-recognition/lookups';
export const RECONCILIATIONS_PATH = '/mutual-recognition/reconciliations';
export const DIFFERENCES_PATH = '/mutual-recognition/reconciliations/differences';

export const MOST_ENTRIES = 5000;
/** Sign-ins whose lookups a platform may gather in one request. */
export const MOST_LOOKUPS = 50;
export const TICKET_SECONDS = 300;
/** For the way back. */
export const ANSWER_SECONDS = 60;
export const ANSWER_TYPE = 'recognition-answer+jwt';

const epoch = z.int().min(1);
/** Rises with every change of an entry at its platform. */
const version = z.int().min(1);
const expiresAt = z.int().min(1);
export const traceId = z.string().regex(/^[\w-]{8,64}$/u);

const entry = z.strictObject({
  index: indexSchema,
  level: z.int().min(2).max(4),
  version,
  /** Epoch seconds. */
  expires_at: expiresAt,
});

const change = z.discriminatedUnion('action', [
  entry.extend({ action: z.literal('put') }),
  z.strictObject({ action: z.literal('remove'), index: indexSchema, version }),
]);
export type EntryChange = z.output<typeof change>;

export const entriesSchema = z.strictObject({
  epoch,
  changes: z.array(change).min(1).max(MOST_ENTRIES),
});

/** Of each change: `older` when there is a later version; `conflict` when another platform has the person. */
export const entryOutcomes = ['done', 'unchanged', 'older', 'conflict'] as const;
export type EntryOutcome = (typeof entryOutcomes)[number];

export const entriesAnswerSchema = z.object({ outcomes: z.array(z.enum(entryOutcomes)) });

export const ticketsSchema = z.strictObject({
  trace_ids: z.array(traceId).min(1).max(MOST_LOOKUPS),
});
export const ticketsAnswerSchema = z.object({ tickets: z.array(z.string().max(500)) });

export const lookupsSchema = z.strictObject({
  lookups: z
    .array(foundBySchema.extend({ ticket: z.string().max(500), trace_id: traceId }))
    .min(1)
    .max(MOST_LOOKUPS),
});
export type LookupRequest = z.output<typeof lookupsSchema>['lookups'][number];

/** What the signed and encrypted answer says of each lookup, in their order. */
export const lookupAnswersSchema = z.object({
  answers: z.array(
    z.object({
      trace_id: traceId,
      /** Missing where the lookup was refused or there is no other platform. */
      home: z.object({ id: z.string(), issuer: z.url() }).optional(),
    }),
  ),
});

export const conflictsSchema = z.strictObject({
  /** Epoch seconds. */
  since: z.int().min(0),
});

const partition = z.string().regex(/^[\w-]{2}$/u);

export const reconciliationSchema = z.strictObject({
  epoch,
  /** Of each partition that has entries, its first two characters, to the digest of its entries. */
  digests: z.record(partition, indexSchema),
});
export const reconciliationAnswerSchema = z.object({
  report: z.string(),
  differing: z.array(partition),
});

export const differencesSchema = z.strictObject({
  epoch,
  report: z.string().max(100),
  partitions: z.array(partition).min(1).max(4096),
  /** All entries that the platform has in these partitions. */
  entries: z.array(entry).max(MOST_ENTRIES),
});
export const differencesAnswerSchema = z.object({
  /** The hub has none of these. */
  missing: z.array(indexSchema),
  /** The platform has none of these. */
  surplus: z.array(indexSchema),
  differing: z.array(indexSchema),
});
