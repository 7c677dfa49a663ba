// What a proof shows of a person, and how it fits an account: whether it speaks of the same person, and
// what of the account's identity stands beside it.
import { VERIFIED_LEVEL } from './account.ts';
import type { Account, Attribute, AttributeOrigin, Attributes, RealNameLevel } from './account.ts';
import { ageAt, GUARDIAN_AGE } from './age.ts';
import { checkCertificate } from './identity-number.ts';
import type { Certificate } from './identity-number.ts';

/** A certificate with its name, an opaque identifier, or both where one source confirmed both. */
export interface ProvenIdentity {
  name?: string | undefined;
  certificate?: Certificate | undefined;
  /** 网号 */
  opaqueId?: string | undefined;
}

export interface IdentityProof extends ProvenIdentity {
  origin: AttributeOrigin;
  /** What the evidence itself supports: decides whether another account has to give way. */
  provenLevel: RealNameLevel;
}

export const IDENTITY_ATTRIBUTES = ['name', 'certificate', 'opaqueId'] as const;

/** What the account has with the proof: beside it only what was verified before. */
export function attributesAfter(
  account: Account,
  { name, certificate, opaqueId, origin }: IdentityProof,
): Attributes {
  const isVerified = account.realNameLevel >= VERIFIED_LEVEL;
  const of = <Name extends (typeof IDENTITY_ATTRIBUTES)[number]>(
    key: Name,
    value: Attribute<Name>['value'] | undefined,
  ) => {
    const own = isVerified ? account.attribute(key) : undefined;
    if (value === undefined) return own;
    // Another platform's word does not take over what was confirmed here: it would follow it from then on.
    const isEcho = origin.source.startsWith(PEER_SOURCE) && own !== undefined;
    return isEcho && isSameValue(own.value, value) ? own : { ...origin, value };
  };
  return {
    name: of('name', name),
    certificate: of('certificate', certificate),
    opaqueId: of('opaqueId', opaqueId),
  };
}

/** What other platforms vouch for is from there: `peer:<id>`. */
export const PEER_SOURCE = 'peer:';

function isSameValue(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/**
 * An opaque identifier alone says nothing of whose number an account has, and a number nothing of who
 * the opaque identifier is of: with a leaked pair one would lift the other, and whoever sits down at
 * somebody's account could make it his own by his own face. Only who knows both says so.
 */
export function isOfSamePerson(account: Account, proof: IdentityProof): boolean {
  const { certificate } = account;
  if (certificate) return isSameCertificate(certificate, proof.certificate);
  const opaqueId = account.attribute('opaqueId')?.value;
  return opaqueId === undefined || proof.opaqueId === opaqueId;
}

/** Of somebody under 14, as far as the number tells. */
export function isOfChild({ certificate }: ProvenIdentity, now: Date): boolean {
  const checked = certificate && checkCertificate(certificate, now);
  const birthDate = checked?.outcome === 'valid' ? checked.birthDate : undefined;
  return birthDate !== undefined && ageAt(birthDate, now) < GUARDIAN_AGE;
}

export function isSameCertificate(one: Certificate, other: Certificate | undefined): boolean {
  return (
    other !== undefined &&
    one.type === other.type &&
    one.number === other.number &&
    (one.country ?? '') === (other.country ?? '')
  );
}
