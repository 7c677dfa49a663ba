// What stands on a certificate of qualification, as people type it, made canonical.
import { cityDate } from '../accounts/age.ts';
import type { FieldError } from '../platform/http/view-locals.ts';
import type { IntermediaryKind, QualificationFacts } from './qualification.ts';

export interface TypedQualification {
  kind: string;
  number: string;
  authority: string;
  /** YYYY-MM-DD */
  validFrom: string;
  validUntil: string;
}

export type QualificationFormProblem = `intermediary.form.${
  | 'kind_missing'
  | 'number_missing'
  | 'number_wrong'
  | 'authority_missing'
  | 'authority_wrong'
  | 'from_missing'
  | 'until_missing'
  | 'until_before_from'
  | 'until_over'
  | 'until_too_late'}`;

export type QualificationFormOutcome =
  | { ok: true; facts: QualificationFacts }
  | { ok: false; errors: readonly FieldError<QualificationFormProblem>[] };

/** Letters of any script, digits, and what stands between them. */
const NUMBER = /^[\p{L}\p{N}][\p{L}\p{N}()（）〔〕[\]【】.·/\\_-]{0,59}$/u;
const AUTHORITY = /^[\p{L}\p{M}\p{N}\p{P}\p{Zs}]{2,100}$/u;
const OLDEST = '1949-10-01';

/** @param kinds that may be chosen */
export function readQualificationForm(
  typed: TypedQualification,
  { kinds, now }: { kinds: readonly IntermediaryKind[]; now: Date },
): QualificationFormOutcome {
  const kind = kinds.find(({ id }) => id === typed.kind);
  const number = canonical(typed.number);
  const authority = typed.authority.normalize('NFC').replaceAll(/\s+/gu, ' ').trim();
  const validFrom = dayOf(typed.validFrom);
  const validUntil = dayOf(typed.validUntil);
  const errors = [
    ...(kind ? [] : [problem('kind', 'kind_missing')]),
    ...(kind?.hasNumber === false ? [] : numberProblems(number)),
    ...authorityProblems(authority),
    ...(validFrom === undefined ? [problem('valid-from', 'from_missing')] : []),
    ...termProblems({ validFrom, validUntil, mostYears: kind?.mostYears ?? 20, now }),
  ];
  if (!kind || validFrom === undefined || validUntil === undefined || errors.length > 0) {
    return { ok: false, errors };
  }
  const { id, name, department, hasNumber } = kind;
  return {
    ok: true,
    facts: {
      kind: id,
      names: { kind: name, department },
      ...(hasNumber ? { number } : {}),
      authority,
      validFrom,
      validUntil,
    },
  };
}

/** Half-width, upper case, one kind of dash, no spaces. */
function canonical(text: string): string {
  return text
    .normalize('NFKC')
    .replaceAll(/[‐-―−－]/gu, '-')
    .replaceAll(/\s/gu, '')
    .toUpperCase();
}

function numberProblems(number: string): FieldError<QualificationFormProblem>[] {
  if (number === '') return [problem('number', 'number_missing')];
  return NUMBER.test(number) ? [] : [problem('number', 'number_wrong')];
}

function authorityProblems(authority: string): FieldError<QualificationFormProblem>[] {
  if (authority === '') return [problem('authority', 'authority_missing')];
  return AUTHORITY.test(authority) ? [] : [problem('authority', 'authority_wrong')];
}

function termProblems(of: {
  validFrom: string | undefined;
  validUntil: string | undefined;
  mostYears: number;
  now: Date;
}): FieldError<QualificationFormProblem>[] {
  const { validFrom, validUntil, mostYears, now } = of;
  const today = cityDate(now);
  if (validUntil === undefined) return [problem('valid-until', 'until_missing')];
  if (validFrom !== undefined && validUntil < validFrom) {
    return [problem('valid-until', 'until_before_from')];
  }
  if (validUntil < today) return [problem('valid-until', 'until_over')];
  const latest = `${Number(today.slice(0, 4)) + mostYears}${today.slice(4)}`;
  return validUntil > latest ? [problem('valid-until', 'until_too_late')] : [];
}

function problem(field: string, name: string): FieldError<QualificationFormProblem> {
  return { field, key: `intermediary.form.${name}` as QualificationFormProblem };
}

/** A day that there is. */
function dayOf(text: string): string | undefined {
  const day = text.trim();
  const date = new Date(`${day}T00:00:00Z`);
  const isDay =
    /^\d{4}-\d{2}-\d{2}$/u.test(day) &&
    !Number.isNaN(date.getTime()) &&
    date.toISOString().startsWith(day);
  return isDay && day >= OLDEST ? day : undefined;
}
