// Who is to be handler 经办人, for what and how long, as people fill it in, made canonical.
import { cityDate } from '../accounts/age.ts';
import type { FieldError } from '../platform/http/view-locals.ts';
import type { MandateLimits } from '../platform/mandates-config.ts';
import { readInvitee } from './invitee-form.ts';
import type { InviteeProblem } from './invitee-form.ts';
import type { Invitee } from './invitation-store.ts';
import type { Mandate } from './mandate.ts';
import { daysAfter, endOfDay, lastDayOf, startOfDay } from './mandate-terms.ts';
import type { OfferedTerms } from './mandate-terms.ts';

export interface TypedHandler extends TypedTerms {
  /** `person` or `organisation`. */
  holder: string;
  name: string;
  number: string;
}

export interface TypedTerms {
  /** `all` or `some`, and what was ticked. */
  serviceScope: string;
  services: readonly string[];
  clientScope: string;
  clients: readonly string[];
  isSingleUse: boolean;
  /** YYYY-MM-DD; empty: from the day of acceptance. */
  from: string;
  until: string;
  maySubdelegate: boolean;
}

/** What may be offered: of all that is registered, or of one's own mandate. */
export interface HandlerChoices {
  services: readonly string[];
  clients: readonly string[];
  /** Upon which it is passed on. */
  parent?: Mandate | undefined;
  maySubdelegate: boolean;
}

export type HandlerFormProblem =
  | InviteeProblem
  | `mandates.form.${
      | 'services_missing'
      | 'services_beyond'
      | 'clients_missing'
      | 'clients_beyond'
      | 'from_wrong'
      | 'from_past'
      | 'from_late'
      | 'until_missing'
      | 'until_wrong'
      | 'until_before'
      | 'until_past'
      | 'until_late'
      | 'until_beyond'
      | 'subdelegate_beyond'
      | 'subdelegate_single'
      | 'too_many'
      | 'own_agency'}`;

export type HandlerFormOutcome =
  | { ok: true; invitee: Invitee; isToOrganisation: boolean; terms: OfferedTerms }
  | { ok: false; errors: readonly FieldError<HandlerFormProblem>[] };

interface Reading {
  choices: HandlerChoices;
  limits: MandateLimits;
  now: Date;
  /** Of who invites. */
  ownNumber: string | undefined;
}

type Within = Omit<Reading, 'ownNumber'>;

export function readHandlerForm(typed: TypedHandler, of: Reading): HandlerFormOutcome {
  const isToOrganisation = typed.holder === 'organisation';
  const invitee = readInvitee(typed, { ...of, isToOrganisation });
  const read = readTerms(typed, of);
  const errors: FieldError<HandlerFormProblem>[] = [
    ...(invitee.ok ? [] : invitee.errors),
    ...(read.ok ? [] : read.errors),
  ];
  if (!invitee.ok || !read.ok) return { ok: false, errors };
  return { ok: true, invitee: invitee.invitee, isToOrganisation, terms: read.terms };
}

/** What somebody is to do and how long, whoever it is. */
export function readTerms(
  typed: TypedTerms,
  of: Within,
):
  | { ok: true; terms: OfferedTerms }
  | { ok: false; errors: readonly FieldError<HandlerFormProblem>[] } {
  const services = readScope(typed.serviceScope, typed.services, of.choices.services);
  const clients = readScope(typed.clientScope, typed.clients, of.choices.clients);
  const term = typed.isSingleUse ? singleTerm(typed, of) : readTerm(typed, of);
  const errors: FieldError<HandlerFormProblem>[] = [
    ...scopeProblems('services', services, of.choices.parent?.services),
    ...scopeProblems('clients', clients, of.choices.parent?.clients),
    ...term.errors,
    ...subdelegationProblems(typed, of),
  ];
  if (errors.length > 0) return { ok: false, errors };
  const terms: OfferedTerms = {
    ...(services.all ? {} : { services: services.chosen }),
    ...(clients.all ? {} : { clients: clients.chosen }),
    ...term.term,
    ...(typed.isSingleUse ? { isSingleUse: true } : {}),
    ...(typed.maySubdelegate ? { maySubdelegate: true } : {}),
    ...(of.choices.parent ? { parentId: of.choices.parent.id } : {}),
  };
  return { ok: true, terms };
}

interface ReadScope {
  all: boolean;
  chosen: readonly string[];
  isBeyond: boolean;
}

function readScope(
  scope: string,
  ticked: readonly string[],
  offered: readonly string[],
): ReadScope {
  const chosen = [...new Set(ticked)].toSorted();
  const all = scope === 'all';
  return { all, chosen, isBeyond: !all && chosen.some((each) => !offered.includes(each)) };
}

function scopeProblems(
  field: 'services' | 'clients',
  { all, chosen, isBeyond }: ReadScope,
  own: readonly string[] | undefined,
): FieldError<HandlerFormProblem>[] {
  if (isBeyond || (all && own)) return [problem(field, `${field}_beyond`)];
  return !all && chosen.length === 0 ? [problem(field, `${field}_missing`)] : [];
}

interface ReadTerm {
  term: { startsAt?: Date; expiresAt?: Date };
  errors: FieldError<HandlerFormProblem>[];
}

function readTerm({ from, until }: TypedTerms, of: Within): ReadTerm {
  const { now, limits, choices } = of;
  const today = cityDate(now);
  const start = readStart(from, of);
  const first = start.day ?? today;
  const last = dayOf(until);
  const ends = choices.parent?.expiresAt;
  const errors = [...start.errors];
  if (last === undefined) {
    errors.push(problem('until', until.trim() === '' ? 'until_missing' : 'until_wrong'));
    return { term: {}, errors };
  }
  if (last < today) errors.push(problem('until', 'until_past'));
  else if (last < first) errors.push(problem('until', 'until_before'));
  else if (last > daysAfter(first, limits.longestDays)) {
    errors.push(problem('until', 'until_late'));
  } else if (ends && endOfDay(last) > ends) errors.push(problem('until', 'until_beyond'));
  return { term: { ...start.term, expiresAt: endOfDay(last) }, errors };
}

function singleTerm({ from }: TypedTerms, of: Within): ReadTerm {
  const { term, errors } = readStart(from, of);
  return { term, errors };
}

function readStart(
  from: string,
  { now, limits, choices }: Within,
): ReadTerm & { day: string | undefined } {
  if (from.trim() === '') return { term: {}, errors: [], day: undefined };
  const today = cityDate(now);
  const day = dayOf(from);
  const ends = choices.parent?.expiresAt;
  if (day === undefined) return { term: {}, errors: [problem('from', 'from_wrong')], day };
  if (day < today) return { term: {}, errors: [problem('from', 'from_past')], day };
  const isLate = day > daysAfter(today, limits.longestDays) || (ends && startOfDay(day) >= ends);
  if (isLate) return { term: {}, errors: [problem('from', 'from_late')], day };
  // What begins today begins when it is accepted.
  return { term: day === today ? {} : { startsAt: startOfDay(day) }, errors: [], day };
}

function subdelegationProblems(
  { maySubdelegate, isSingleUse }: TypedTerms,
  { choices }: Within,
): FieldError<HandlerFormProblem>[] {
  if (!maySubdelegate) return [];
  if (!choices.maySubdelegate) return [problem('may-subdelegate', 'subdelegate_beyond')];
  return isSingleUse ? [problem('may-subdelegate', 'subdelegate_single')] : [];
}

/**
 * A new last day for a mandate.
 * @param mandate that is changed; `parent`: upon which it was passed on
 */
export function readNewEnd(
  until: string,
  of: { mandate: Mandate; parent?: Mandate | undefined; limits: MandateLimits; now: Date },
): { ok: true; expiresAt: Date } | { ok: false; error: FieldError<HandlerFormProblem> } {
  const { mandate, parent, limits, now } = of;
  const today = cityDate(now);
  const last = dayOf(until);
  const fail = (name: string) => ({ ok: false, error: problem('until', name) }) as const;
  if (last === undefined) return fail(until.trim() === '' ? 'until_missing' : 'until_wrong');
  if (last < today) return fail('until_past');
  const expiresAt = endOfDay(last);
  if (expiresAt <= mandate.since) return fail('until_before');
  const first = mandate.since > now ? cityDate(mandate.since) : today;
  if (last > daysAfter(first, limits.longestDays)) return fail('until_late');
  if (parent?.expiresAt && expiresAt > parent.expiresAt) return fail('until_beyond');
  return { ok: true, expiresAt };
}

/** Offered when the form is opened. */
export function defaultUntil(
  { limits, now }: Pick<Reading, 'limits' | 'now'>,
  parent: Mandate | undefined,
): string {
  const usual = daysAfter(cityDate(now), limits.defaultDays);
  const latest = parent?.expiresAt && lastDayOf(parent.expiresAt);
  return latest !== undefined && latest < usual ? latest : usual;
}

function problem(field: string, name: string): FieldError<HandlerFormProblem> {
  return { field, key: `mandates.form.${name}` as HandlerFormProblem };
}

/** A day that there is. */
function dayOf(text: string): string | undefined {
  const day = text.trim();
  if (!/^20\d{2}-\d{2}-\d{2}$/u.test(day)) return undefined;
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day) ? day : undefined;
}
