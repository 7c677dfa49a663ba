// Whether somebody is a child's guardian by the household register: 00 yes, 01 no, 02 it does not
// know one of the two, or has nothing on record about the child's family.
import type { Context } from 'koa';
import { z } from 'zod';
import type { Faults } from '../faults.ts';
import { registeredPeople, sampleChildren } from '../people.ts';
import type { RegisteredPerson } from '../people.ts';

const personSchema = z.object({
  name: z.string().min(1).max(100),
  certificate_type: z.literal('111'),
  certificate_number: z.string().regex(/^\d{17}[\dX]$/u),
});
type AskedPerson = z.infer<typeof personSchema>;

const questionSchema = z.object({
  request_id: z.string().min(1).max(100),
  guardian: personSchema,
  child: personSchema,
});

const CODES = { match: '00', no_match: '01', unknown: '02' } as const;

export function answerRelation(ctx: Context, { mode }: Faults): void {
  const parsed = questionSchema.safeParse(ctx.request.body);
  if (!parsed.success) {
    ctx.status = 400;
    ctx.body = { error: z.prettifyError(parsed.error) };
    return;
  }
  const { request_id, guardian, child } = parsed.data;
  const known = relationOf(guardian, child);
  const relation = mode !== 'wrong' ? known : known === 'match' ? 'no_match' : 'match';
  ctx.body = {
    request_id: mode === 'contradictory' ? `${request_id}-other` : request_id,
    code: CODES[relation],
    relation,
  };
}

function relationOf(guardian: AskedPerson, child: AskedPerson): keyof typeof CODES {
  const isKnown = registeredPeople.some((person) => isSame(person, guardian));
  const household = sampleChildren.find((person) => isSame(person, child));
  if (!isKnown || !household || household.guardians.length === 0) return 'unknown';
  return household.guardians.some((person) => isSame(person, guardian)) ? 'match' : 'no_match';
}

function isSame(person: RegisteredPerson, asked: AskedPerson): boolean {
  return person.name === asked.name && person.number === asked.certificate_number;
}
