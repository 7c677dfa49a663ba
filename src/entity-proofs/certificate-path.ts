// From the certificate of an organisation to an authority that the city trusts (RFC 5280, 6.1, as
// far as such certificates need it): signatures, validity, who may issue, what it may be used for.
// What is not understood and marked critical is refused.
import type { X509Certificate } from 'node:crypto';
import { AsnConvert } from '@peculiar/asn1-schema';
import {
  BasicConstraints,
  Certificate,
  CertificatePolicies,
  KeyUsage,
  KeyUsageFlags,
} from '@peculiar/asn1-x509';
import { keyProblem } from './certificate-algorithms.ts';

export type PathProblem =
  | 'untrusted'
  | 'expired'
  | 'not_yet_valid'
  | 'usage_wrong'
  | 'policy_wrong'
  | 'algorithm_unsupported'
  | 'sm2_unsupported';

/** `path`: from the organisation's own to the last below the trusted one, each with its issuer. */
export type PathOutcome =
  | { ok: true; path: readonly { certificate: X509Certificate; issuer: X509Certificate }[] }
  | { ok: false; reason: PathProblem };

export interface TrustedAuthorities {
  roots: readonly X509Certificate[];
  /** Their own authorities below them, for signatures that bring none along. */
  intermediates: readonly X509Certificate[];
  /** One of these must be named by the certificate; empty: any. */
  policies: readonly string[];
}

const MAX_DEPTH = 5;
const KEY_USAGE = '2.5.29.15';
const BASIC_CONSTRAINTS = '2.5.29.19';
const POLICIES = '2.5.29.32';
const UNDERSTOOD: ReadonlySet<string> = new Set([
  KEY_USAGE,
  BASIC_CONSTRAINTS,
  POLICIES,
  /** Subject alternative names, extended usage, CRL distribution points. */
  '2.5.29.17',
  '2.5.29.37',
  '2.5.29.31',
]);

/** What cannot be read leads nowhere. */
export function findCertificatePath(...of: Parameters<typeof find>): PathOutcome {
  try {
    return find(...of);
  } catch {
    return { ok: false, reason: 'untrusted' };
  }
}

function find(
  leaf: X509Certificate,
  {
    others,
    trusted,
    now,
  }: { others: readonly X509Certificate[]; trusted: TrustedAuthorities; now: Date },
): PathOutcome {
  const problem = keyProblem(leaf) ?? leafProblem(leaf, { trusted, now });
  if (problem) return { ok: false, reason: problem };
  const pool = [...trusted.roots, ...trusted.intermediates, ...others];
  const path = climb(leaf, { pool, roots: trusted.roots, now });
  return path ? { ok: true, path } : { ok: false, reason: 'untrusted' };
}

function leafProblem(
  leaf: X509Certificate,
  { trusted, now }: { trusted: TrustedAuthorities; now: Date },
): PathProblem | undefined {
  if (leaf.validFromDate > now) return 'not_yet_valid';
  if (leaf.validToDate < now) return 'expired';
  if (leaf.ca || !mayBeUsedFor(leaf, KeyUsageFlags.digitalSignature | KeyUsageFlags.nonRepudiation))
    return 'usage_wrong';
  if (hasUnknownCritical(leaf)) return 'usage_wrong';
  const extension = extensionOf(leaf, POLICIES);
  const named = extension ? AsnConvert.parse(extension, CertificatePolicies) : [];
  const isMeant =
    trusted.policies.length === 0 ||
    [...named].some(({ policyIdentifier }) => trusted.policies.includes(policyIdentifier));
  return isMeant ? undefined : 'policy_wrong';
}

interface Climb {
  pool: readonly X509Certificate[];
  roots: readonly X509Certificate[];
  now: Date;
}

type Link = { certificate: X509Certificate; issuer: X509Certificate };

/**
 * Level by level, and to each authority once, by its shortest way, which is the one that the limits of
 * depth allow most to: authorities that all issued each other must not be tried in every order.
 */
function climb(leaf: X509Certificate, { pool, roots, now }: Climb): readonly Link[] | undefined {
  const trusted = new Set(roots.map(({ fingerprint256 }) => fingerprint256));
  const reached = new Set([leaf.fingerprint256]);
  let tips: { certificate: X509Certificate; path: readonly Link[] }[] = [
    { certificate: leaf, path: [] },
  ];
  for (let depth = 0; depth < MAX_DEPTH && tips.length > 0; depth += 1) {
    const above: typeof tips = [];
    for (const { certificate, path } of tips) {
      for (const issuer of pool) {
        if (reached.has(issuer.fingerprint256)) continue;
        if (!mayHaveIssued(issuer, certificate, { now, depth })) continue;
        const longer = [...path, { certificate, issuer }];
        if (trusted.has(issuer.fingerprint256)) return longer;
        reached.add(issuer.fingerprint256);
        above.push({ certificate: issuer, path: longer });
      }
    }
    tips = above;
  }
  return undefined;
}

function mayHaveIssued(
  issuer: X509Certificate,
  certificate: X509Certificate,
  /** `depth`: authorities below this one. */
  { now, depth }: { now: Date; depth: number },
): boolean {
  if (issuer.fingerprint256 === certificate.fingerprint256 || !issuer.ca) return false;
  if (!certificate.checkIssued(issuer) || issuer.validFromDate > now || issuer.validToDate < now) {
    return false;
  }
  const constraints = extensionOf(issuer, BASIC_CONSTRAINTS);
  const { pathLenConstraint } = constraints
    ? AsnConvert.parse(constraints, BasicConstraints)
    : new BasicConstraints();
  if (pathLenConstraint !== undefined && depth > pathLenConstraint) return false;
  const isAble = mayBeUsedFor(issuer, KeyUsageFlags.keyCertSign) && !hasUnknownCritical(issuer);
  return isAble && keyProblem(issuer) === undefined && certificate.verify(issuer.publicKey);
}

/** A certificate that does not say what it may be used for may be used for nothing here. */
function mayBeUsedFor(certificate: X509Certificate, anyOf: number): boolean {
  const extension = extensionOf(certificate, KEY_USAGE);
  return extension ? (AsnConvert.parse(extension, KeyUsage).toNumber() & anyOf) !== 0 : false;
}

function hasUnknownCritical(certificate: X509Certificate): boolean {
  return extensionsOf(certificate).some(
    ({ critical, extnID }) => critical && !UNDERSTOOD.has(extnID),
  );
}

/** The value of an extension, in DER. */
export function extensionOf(certificate: X509Certificate, id: string): ArrayBuffer | undefined {
  return extensionsOf(certificate).find(({ extnID }) => extnID === id)?.extnValue.buffer;
}

function extensionsOf({ raw }: X509Certificate) {
  return [...(AsnConvert.parse(raw, Certificate).tbsCertificate.extensions ?? [])];
}
