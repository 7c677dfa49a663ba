// Who is invited to act for an organisation, as people type it: a person with the number of a
// certificate, or an organisation with its code.
import { canonicalNumber, checkCertificate } from '../accounts/identity-number.ts';
import { checkSocialCreditCode } from '../accounts/social-credit-code.ts';
import type { FieldError } from '../platform/http/view-locals.ts';
import { canonicalName } from '../verification/canonical-name.ts';
import type { Invitee } from './invitation-store.ts';

export type InviteeProblem =
  | `legal-entities.invite.${
      | 'name_missing'
      | 'name_wrong'
      | 'number_missing'
      | 'number_wrong'
      | 'own_number'}`
  | `mandates.form.${'organisation_missing' | 'organisation_wrong' | 'uscc_missing' | 'uscc_wrong'}`;

type InviteeOutcome =
  | { ok: true; invitee: Invitee }
  | { ok: false; errors: FieldError<InviteeProblem>[] };

const NUMBER = /^[A-Z0-9]{5,20}$/u;
const ORGANISATION = /^[\p{L}\p{M}\p{N}\p{P}\p{Zs}\p{S}]{2,100}$/u;

/** @param of.ownNumber of who invites: nobody appoints himself */
export function readInvitee(
  typed: { name: string; number: string },
  of: { now: Date; ownNumber: string | undefined; isToOrganisation: boolean },
): InviteeOutcome {
  return of.isToOrganisation ? readOrganisation(typed) : readPerson(typed, of);
}

function readPerson(
  typed: { name: string; number: string },
  { now, ownNumber }: { now: Date; ownNumber: string | undefined },
): InviteeOutcome {
  const errors: FieldError<InviteeProblem>[] = [];
  const name = canonicalName(typed.name);
  if (name === undefined) {
    const key = typed.name.trim() === '' ? 'name_missing' : 'name_wrong';
    errors.push({ field: 'name', key: `legal-entities.invite.${key}` });
  }
  const number = canonicalNumber(typed.number);
  const isImpossible =
    !NUMBER.test(number) ||
    (/^\d{17}[\dX]$/u.test(number) &&
      ['111', '553'].every(
        (type) => checkCertificate({ type: type as '111', number }, now).outcome === 'invalid',
      ));
  if (number === '') errors.push({ field: 'number', key: 'legal-entities.invite.number_missing' });
  else if (isImpossible) {
    errors.push({ field: 'number', key: 'legal-entities.invite.number_wrong' });
  } else if (number === ownNumber) {
    errors.push({ field: 'number', key: 'legal-entities.invite.own_number' });
  }
  return name === undefined || errors.length > 0
    ? { ok: false, errors }
    : { ok: true, invitee: { name, number } };
}

function readOrganisation(typed: { name: string; number: string }): InviteeOutcome {
  const errors: FieldError<InviteeProblem>[] = [];
  const name = typed.name.normalize('NFC').replaceAll(/\s+/gu, ' ').trim();
  if (name === '') errors.push({ field: 'name', key: 'mandates.form.organisation_missing' });
  else if (!ORGANISATION.test(name)) {
    errors.push({ field: 'name', key: 'mandates.form.organisation_wrong' });
  }
  const number = canonicalNumber(typed.number).replaceAll('-', '');
  if (number === '') errors.push({ field: 'number', key: 'mandates.form.uscc_missing' });
  else if (checkSocialCreditCode(number).outcome === 'invalid') {
    errors.push({ field: 'number', key: 'mandates.form.uscc_wrong' });
  }
  return errors.length > 0 ? { ok: false, errors } : { ok: true, invitee: { name, number } };
}

/** Names of one organisation differ in widths, brackets and spaces. */
export function isSameOrganisation(typed: string, registered: string): boolean {
  const plain = (name: string) => name.normalize('NFKC').replaceAll(/\s/gu, '').toUpperCase();
  return plain(typed) === plain(registered);
}
