// Turns the fields of a form, a CSV row or a seed into a checked draft of an account. All
// problems are listed at once; values are never part of them.
import type { Account, AccountKind, AttributeOrigin, Attributes } from './account.ts';
import { VERIFIED_LEVEL, legalEntitySubtypes } from './account.ts';
import type { LegalEntitySubtype, RealNameLevel } from './account.ts';
import { certificateTypeRule, isCertificateType } from './certificate-types.ts';
import { checkCertificate } from './identity-number.ts';
import type { CertificateProblem } from './identity-number.ts';
import { loginNameProblem, normaliseLoginName } from './login-name.ts';
import type { LoginNameProblem } from './login-name.ts';
import { parsePhone } from './phone.ts';

/** As given, untrimmed; empty and missing are the same. */
export interface AccountFields {
  kind: AccountKind;
  subtype?: string | undefined;
  login?: string | undefined;
  name?: string | undefined;
  phone?: string | undefined;
  email?: string | undefined;
  certificateType?: string | undefined;
  certificateNumber?: string | undefined;
  certificateCountry?: string | undefined;
  uscc?: string | undefined;
  opaqueId?: string | undefined;
  realNameLevel: RealNameLevel;
}

export interface AccountDraft extends Pick<Account, 'kind' | 'subtype' | 'realNameLevel'> {
  realNameVerifiedAt: Date | undefined;
  /** Of somebody under 14. */
  isWard?: boolean | undefined;
  /** Of a branch or department: the organisation that it rests on. */
  parentId?: string | undefined;
  attributes: Attributes;
}

export type FieldProblemReason =
  | LoginNameProblem
  | CertificateProblem
  | 'required'
  | 'too_long'
  | 'name_wrong'
  | 'email_wrong'
  | 'phone_invalid'
  | 'phone_region_needed'
  | 'subtype_unknown'
  | 'certificate_type_unknown'
  | 'certificate_type_not_for_kind'
  | 'not_for_kind';

export interface FieldProblem {
  field: keyof AccountFields;
  reason: FieldProblemReason;
}

export interface DraftContext {
  /** Said of every attribute of the draft. */
  source: string;
  grade: AttributeOrigin['grade'];
  /** The contacts are known to belong to the person. */
  areContactsConfirmed: boolean;
  now: Date;
}

export type DraftOutcome =
  | { ok: true; draft: AccountDraft }
  | { ok: false; problems: readonly FieldProblem[] };

const MAX_NAME_LENGTH = 200;
const MAX_EMAIL_LENGTH = 254;
const MAX_OPAQUE_ID_LENGTH = 200;
// Letters of any script, with the marks that names of people and companies carry.
const NAME = /^[\p{L}\p{M}\p{N}\p{P}\p{Zs}\p{S}]+$/u;
const EMAIL = /^[^\s@<>(),;:"]+@[^\s@<>(),;:"]+\.[^\s@<>(),;:"]+$/u;

export function draftAccount(fields: AccountFields, context: DraftContext): DraftOutcome {
  const problems: FieldProblem[] = [];
  const attributes: Attributes = {};
  const isVerified = fields.realNameLevel >= VERIFIED_LEVEL;
  const declared: AttributeOrigin = { source: context.source, grade: context.grade };
  const confirmed = context.areContactsConfirmed
    ? { ...declared, verifiedAt: context.now }
    : declared;
  const proven = isVerified ? { ...declared, verifiedAt: context.now } : declared;

  const login = readLoginName(fields.login, problems);
  if (login !== undefined) attributes.login = { ...declared, value: login };
  const name = readName(fields.name, problems);
  if (name !== undefined) attributes.name = { ...proven, value: name };
  const phone = readPhone(fields.phone, problems);
  if (phone !== undefined) attributes.phone = { ...confirmed, value: phone };
  const email = readEmail(fields.email, problems);
  if (email !== undefined) attributes.email = { ...confirmed, value: email };
  const opaqueId = fields.opaqueId?.trim();
  if (opaqueId) {
    if (opaqueId.length > MAX_OPAQUE_ID_LENGTH) problems.push(problem('opaqueId', 'too_long'));
    else attributes.opaqueId = { ...proven, value: opaqueId };
  }
  readIdentity({ fields, now: context.now, origin: proven, attributes, problems });
  const subtype = readSubtype(fields, problems);
  if (problems.length > 0) return { ok: false, problems };
  return {
    ok: true,
    draft: {
      kind: fields.kind,
      subtype,
      realNameLevel: fields.realNameLevel,
      realNameVerifiedAt: isVerified ? context.now : undefined,
      attributes,
    },
  };
}

function problem(field: FieldProblem['field'], reason: FieldProblemReason): FieldProblem {
  return { field, reason };
}

function readLoginName(text: string | undefined, problems: FieldProblem[]): string | undefined {
  const name = normaliseLoginName(text ?? '');
  if (name === '') return undefined;
  const reason = loginNameProblem(name);
  if (reason) problems.push(problem('login', reason));
  return name;
}

function readName(text: string | undefined, problems: FieldProblem[]): string | undefined {
  const name = (text ?? '').normalize('NFC').trim();
  if (name === '') return undefined;
  if (name.length > MAX_NAME_LENGTH) problems.push(problem('name', 'too_long'));
  else if (!NAME.test(name)) problems.push(problem('name', 'name_wrong'));
  return name;
}

function readPhone(text: string | undefined, problems: FieldProblem[]): string | undefined {
  if (!text?.trim()) return undefined;
  const parsed = parsePhone(text);
  if (parsed.ok) return parsed.e164;
  problems.push(problem('phone', parsed.reason));
  return undefined;
}

function readEmail(text: string | undefined, problems: FieldProblem[]): string | undefined {
  const email = (text ?? '').trim();
  if (email === '') return undefined;
  if (email.length > MAX_EMAIL_LENGTH) problems.push(problem('email', 'too_long'));
  else if (!EMAIL.test(email)) problems.push(problem('email', 'email_wrong'));
  return email;
}

function readSubtype(
  fields: AccountFields,
  problems: FieldProblem[],
): LegalEntitySubtype | undefined {
  const text = fields.subtype?.trim();
  if (!text) return undefined;
  if (fields.kind !== 'legalEntity') {
    problems.push(problem('subtype', 'not_for_kind'));
    return undefined;
  }
  const subtype = legalEntitySubtypes.find((known) => known === text);
  if (!subtype) problems.push(problem('subtype', 'subtype_unknown'));
  return subtype;
}

interface IdentityReading {
  fields: AccountFields;
  now: Date;
  origin: AttributeOrigin;
  attributes: Attributes;
  problems: FieldProblem[];
}

function readIdentity(reading: IdentityReading): void {
  readUscc(reading);
  readCertificate(reading);
}

function readUscc({ fields, now, origin, attributes, problems }: IdentityReading): void {
  const text = fields.uscc?.trim();
  if (!text) return;
  if (fields.kind !== 'legalEntity') {
    problems.push(problem('uscc', 'not_for_kind'));
    return;
  }
  const checked = checkCertificate({ type: '001', number: text }, now);
  if (checked.outcome === 'invalid') problems.push(problem('uscc', checked.reason));
  else attributes.uscc = { ...origin, value: checked.certificate.number };
}

function readCertificate({ fields, now, origin, attributes, problems }: IdentityReading): void {
  const type = fields.certificateType?.trim();
  const number = fields.certificateNumber?.trim();
  if (!type && !number) return;
  if (!type) return void problems.push(problem('certificateType', 'required'));
  if (!number) return void problems.push(problem('certificateNumber', 'required'));
  if (!isCertificateType(type)) {
    return void problems.push(problem('certificateType', 'certificate_type_unknown'));
  }
  const expectedHolder = fields.kind === 'legalEntity' ? 'entity' : 'person';
  // A unified social credit code has one place, the `uscc` attribute.
  if (certificateTypeRule(type).holder !== expectedHolder || type === '001') {
    return void problems.push(problem('certificateType', 'certificate_type_not_for_kind'));
  }
  const checked = checkCertificate({ type, number, country: fields.certificateCountry }, now);
  if (checked.outcome === 'invalid') {
    const isCountry = checked.reason === 'country_needed' || checked.reason === 'country_wrong';
    problems.push(problem(isCountry ? 'certificateCountry' : 'certificateNumber', checked.reason));
    return;
  }
  attributes.certificate = { ...origin, value: checked.certificate };
}
