// Name and number as people type them, made canonical: full-width characters and every dot that
// stands for the 间隔号 are accepted. Ideographs stay as typed: a Unicode normalisation would turn
// rare ones into others.
import { canonicalNumber, checkCertificate } from '../accounts/identity-number.ts';
import type { CertificateProblem } from '../accounts/identity-number.ts';
import type { FieldError } from '../platform/http/view-locals.ts';
import type { IdentityClaim } from './provider.ts';
import type { IdentityFormProblem } from './verification.views.ts';

/** Middle dots of keyboards and fonts: ・ ‧ • ∙ ⋅ ． ᛫ ･ and the full stop. */
const DOTS = /[\u30FB\u2027\u2022\u2219\u22C5\uFF0E\u16EB\uFF65.]/gu;
const NAME = /^[\p{L}\p{M}\p{Co}]+(?:[· '-][\p{L}\p{M}\p{Co}]+)*$/u;
const MAX_NAME_CHARACTERS = 50;
const RESIDENT_ID = '111';

export type IdentityFormOutcome =
  | { ok: true; claim: IdentityClaim; birthDate: string }
  | { ok: false; errors: FieldError<IdentityFormProblem>[] };

/** `阿卜杜拉・热合曼` → `阿卜杜拉·热合曼`; undefined for what is no name. */
export function canonicalName(text: string): string | undefined {
  const name = text
    .replaceAll(/[\uFF21-\uFF3A\uFF41-\uFF5A]/gu, (letter) => letter.normalize('NFKC'))
    .replaceAll(DOTS, '·')
    .replaceAll(/\s+/gu, ' ')
    .trim()
    // Between ideographs a space is a slip of the input method.
    .replaceAll(/(?<=\p{Script=Han}) (?=\p{Script=Han})/gu, '')
    .replaceAll(/ ?· ?/gu, '·');
  return NAME.test(name) && Array.from(name).length <= MAX_NAME_CHARACTERS ? name : undefined;
}

export function readIdentityForm(
  typed: { name: string; number: string },
  now: Date,
): IdentityFormOutcome {
  const errors: FieldError<IdentityFormProblem>[] = [];
  const name = canonicalName(typed.name);
  if (name === undefined) {
    const isMissing = typed.name.trim() === '';
    const key = isMissing ? 'verification.form.name_missing' : 'verification.form.name_wrong';
    errors.push({ field: 'name', key });
  }
  const isMissing = canonicalNumber(typed.number) === '';
  const checked = checkCertificate({ type: RESIDENT_ID, number: typed.number }, now);
  if (checked.outcome === 'invalid') {
    const key = isMissing ? 'verification.form.number_missing' : problemKey(checked.reason);
    errors.push({ field: 'number', key });
  }
  if (name === undefined || checked.outcome !== 'valid') return { ok: false, errors };
  const { certificate, birthDate = '' } = checked;
  return { ok: true, claim: { name, certificate }, birthDate };
}

function problemKey(problem: CertificateProblem): IdentityFormProblem {
  return KEYS[problem] ?? 'verification.form.number_wrong';
}

const KEYS: Partial<Record<CertificateProblem, IdentityFormProblem>> = {
  length_wrong: 'verification.form.number_length',
  characters_wrong: 'verification.form.number_length',
  old_15_digits: 'verification.form.number_old',
  certificate_type_wrong: 'verification.form.number_permit',
};

/** Whole years between a birth date (YYYY-MM-DD) and now, by the city's calendar. */
export function ageAt(birthDate: string, now: Date): number {
  const today = new Date(now.getTime() + 8 * 3_600_000).toISOString().slice(0, 10);
  const years = Number(today.slice(0, 4)) - Number(birthDate.slice(0, 4));
  return today.slice(5) < birthDate.slice(5) ? years - 1 : years;
}
