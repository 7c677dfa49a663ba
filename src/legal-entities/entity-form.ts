// Name and code of an organisation as people type them, made canonical. A lawful code whose check
// digit fails is none of the form's business: the register decides.
import { canonicalNumber } from '../accounts/identity-number.ts';
import { checkSocialCreditCode } from '../accounts/social-credit-code.ts';
import type { FieldError } from '../platform/http/view-locals.ts';

export type EntityFormProblem = `legal-entities.form.${
  | 'name_missing'
  | 'name_wrong'
  | 'name_differs'
  | 'uscc_missing'
  | 'uscc_length'
  | 'uscc_characters'
  | 'uscc_wrong'
  | 'uscc_unknown'}`;

export type EntityFormOutcome =
  | { ok: true; entity: { name: string; uscc: string } }
  | { ok: false; errors: FieldError<EntityFormProblem>[] };

const NAME = /^[\p{L}\p{M}\p{N}\p{P}\p{Zs}\p{S}]+$/u;
const MAX_NAME_CHARACTERS = 100;

export function readEntityForm(typed: { name: string; uscc: string }): EntityFormOutcome {
  const errors: FieldError<EntityFormProblem>[] = [];
  const name = canonicalEntityName(typed.name);
  if (name === '') errors.push({ field: 'name', key: 'legal-entities.form.name_missing' });
  else if (!NAME.test(name) || Array.from(name).length > MAX_NAME_CHARACTERS) {
    errors.push({ field: 'name', key: 'legal-entities.form.name_wrong' });
  }
  const uscc = canonicalNumber(typed.uscc).replaceAll('-', '');
  const problem = usccProblem(uscc);
  if (problem) errors.push({ field: 'uscc', key: problem });
  return errors.length > 0 ? { ok: false, errors } : { ok: true, entity: { name, uscc } };
}

/** As it stands on a licence: full-width brackets, no spaces between ideographs. */
function canonicalEntityName(text: string): string {
  return text
    .normalize('NFC')
    .replaceAll('(', '（')
    .replaceAll(')', '）')
    .replaceAll(/\s+/gu, ' ')
    .trim()
    .replaceAll(/(?<=[\p{Script=Han}（）]) | (?=[\p{Script=Han}（）])/gu, '');
}

function usccProblem(uscc: string): EntityFormProblem | undefined {
  if (uscc === '') return 'legal-entities.form.uscc_missing';
  const checked = checkSocialCreditCode(uscc);
  if (checked.outcome !== 'invalid') return undefined;
  const problems = {
    length_wrong: 'legal-entities.form.uscc_length',
    characters_wrong: 'legal-entities.form.uscc_characters',
    check_digit_wrong: 'legal-entities.form.uscc_wrong',
  } as const;
  return problems[checked.reason];
}
