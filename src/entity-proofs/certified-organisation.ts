// Whom a certificate was issued to: the code and the name of the organisation. Authorities put the
// code in different places; which ones is the operator's data.
import type { X509Certificate } from 'node:crypto';
import { AsnConvert } from '@peculiar/asn1-schema';
import { Certificate } from '@peculiar/asn1-x509';
import { fromBER } from 'asn1js';
import { canonicalNumber } from '../accounts/identity-number.ts';
import { checkSocialCreditCode } from '../accounts/social-credit-code.ts';
import { extensionOf } from './certificate-path.ts';

const ORGANISATION = '2.5.4.10';
const [SURNAME, GIVEN_NAME] = ['2.5.4.4', '2.5.4.42'];
const HAN = /\p{Script=Han}/u;

/** Undefined when it names no code, or more than one. */
export function certifiedOrganisation(
  ...of: Parameters<typeof read>
): { uscc: string; name: string } | undefined {
  try {
    return read(...of);
  } catch {
    // Signed by a trusted authority, and yet not readable.
    return undefined;
  }
}

function read(
  certificate: X509Certificate,
  usccOids: readonly string[],
): { uscc: string; name: string } | undefined {
  const { subject } = AsnConvert.parse(certificate.raw, Certificate).tbsCertificate;
  const attributes = [...subject].flatMap((names) => [...names]);
  const valuesOf = (oid: string) =>
    attributes.filter(({ type }) => type === oid).map(({ value }) => value.toString());
  const texts = usccOids.flatMap((oid) => [...valuesOf(oid), ...extensionText(certificate, oid)]);
  const codes = new Set(texts.flatMap((text) => codeIn(text) ?? []));
  const names = new Set(valuesOf(ORGANISATION));
  const [uscc] = codes;
  const [name] = names;
  if (uscc === undefined || codes.size > 1 || name === undefined || names.size > 1)
    return undefined;
  return { uscc, name };
}

/**
 * The person whom an organisation's certificate names as its holder, by surname and given name (X.520,
 * 6.2.4 and 6.2.5). Common names are not looked at: they name seals and departments as well.
 */
export function certifiedHolder(certificate: X509Certificate): string | undefined {
  try {
    const { subject } = AsnConvert.parse(certificate.raw, Certificate).tbsCertificate;
    const attributes = [...subject].flatMap((names) => [...names]);
    const valuesOf = (oid: string) =>
      attributes.filter(({ type }) => type === oid).map(({ value }) => value.toString().trim());
    const [surnames, givenNames] = [valuesOf(SURNAME), valuesOf(GIVEN_NAME)];
    const [surname = '', givenName = ''] = [...surnames, ...givenNames];
    if (surnames.length !== 1 || givenNames.length !== 1 || !surname || !givenName)
      return undefined;
    return HAN.test(surname) ? `${surname}${givenName}` : `${givenName} ${surname}`;
  } catch {
    return undefined;
  }
}

function extensionText(certificate: X509Certificate, oid: string): string[] {
  const value = extensionOf(certificate, oid);
  if (!value) return [];
  const { result, offset } = fromBER(value);
  const text: unknown =
    offset === -1 ? undefined : (result.valueBlock as { value?: unknown }).value;
  // Some authorities put the bare text there.
  return [typeof text === 'string' ? text : Buffer.from(value).toString('utf8')];
}

/** With or without what EN 319 412-1 puts in front: `NTRCN-91…`. */
function codeIn(text: string): string | undefined {
  const code = canonicalNumber(text).replace(/^[A-Z]{5}-/u, '');
  return checkSocialCreditCode(code).outcome === 'invalid' ? undefined : code;
}
