// The arguments of `hutong audit …`.
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { auditEvents } from './events.ts';

const text = { type: 'string' } as const;
const list = { type: 'string', multiple: true } as const;
const flag = { type: 'boolean' } as const;

/** Which options a verb takes, and how many file names. */
const VERBS = {
  verify: { options: { anchor: list, file: text, json: flag }, files: 0 },
  list: {
    options: { account: text, type: list, since: text, until: text, limit: text, json: flag },
    files: 0,
  },
  export: { options: { since: text, until: text }, files: 1 },
  status: { options: { json: flag }, files: 0 },
  prune: { options: { anchor: list, yes: flag }, files: 0 },
} as const;

export type AuditVerb = keyof typeof VERBS;

/** A day (`2026-05-01`, that is its beginning in UTC) or an instant with its offset. */
const instant = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })])
  .transform((value) => new Date(value));

const valuesSchema = z.object({
  account: z.string().max(200).optional(),
  type: z.array(z.enum(auditEvents)).optional(),
  since: instant.optional(),
  until: instant.optional(),
  limit: z.coerce.number().int().min(1).max(10_000).default(100),
  json: z.boolean().default(false),
  yes: z.boolean().default(false),
  anchor: z.array(z.string().min(1)).optional(),
  file: z.string().min(1).optional(),
});

export type AuditArguments = z.infer<typeof valuesSchema> & { verb: AuditVerb; files: string[] };

/** Undefined when they are not understood. */
export function readAuditArguments(args: readonly string[]): AuditArguments | undefined {
  const [verb = '', ...rest] = args;
  if (!isVerb(verb)) return undefined;
  const { options, files } = VERBS[verb];
  try {
    const parsed = parseArgs({ args: rest, options, allowPositionals: true });
    const values = valuesSchema.safeParse(parsed.values);
    if (!values.success || parsed.positionals.length !== files) return undefined;
    return { ...values.data, verb, files: parsed.positionals };
  } catch {
    return undefined;
  }
}

function isVerb(word: string): word is AuditVerb {
  return Object.hasOwn(VERBS, word);
}
