// The two ladders: how far the person was verified, and how strongly they signed
// in. `acr` is the highest level that both support. Levels are always compared with ≥.

export type LoginStrength = 1 | 2 | 3;

const ACR_PREFIX = 'urn:hutong:level:';
export const HIGHEST_LEVEL = 4;

export const acrValues = [1, 2, 3, 4].map((level) => `${ACR_PREFIX}${level}`);

/** RFC 8176 has no value for it; `otp` would claim an authenticator. */
export const RECOVERY_CODE_AMR = 'recovery_code';

/** RFC 8176: a code to a registered number. */
export const SMS_CODE_AMR = 'sms';
/** Neither for a code by mail; see docs/decisions/0011. */
export const MAIL_CODE_AMR = 'mail_code';

/** RFC 8176, proof of possession of a key: an organisation has signed with its certificate. */
export const CERTIFICATE_AMR = 'pop';
/** RFC 8176 has no value for an electronic licence, shown by whom its platform has verified. */
export const LICENCE_AMR = 'e_licence';

/** Signed in at another platform; with the others: as strongly as it vouches for, within its cap. */
export const FEDERATED_AMR = 'fed';
export const FEDERATED_MFA_AMR = 'fed_mfa';
export const FEDERATED_KEY_AMR = 'fed_hwk';

/** 1: one factor; 2: two different ones; 3: phishing-resistant cryptographic (passkey, certificate). */
export function loginStrength(amr: readonly string[]): LoginStrength {
  if (STRONGEST.some((method) => amr.includes(method))) return 3;
  // The telephone that holds it, and the person who opens it there.
  if (amr.includes(LICENCE_AMR) || amr.includes(FEDERATED_MFA_AMR)) return 2;
  // Codes to a phone or mailbox count for one factor at most, whatever comes with them: numbers are
  // given to strangers again, and mailboxes are read. A recovery code is something one has, but no
  // cryptographic factor: level 4 stays closed to it.
  const hasSecond = amr.includes('otp') || amr.includes(RECOVERY_CODE_AMR);
  // A factor of ours beside a sign-in elsewhere is another one than that.
  const hasFirst = amr.includes('pwd') || amr.includes(FEDERATED_AMR);
  return hasFirst && hasSecond ? 2 : 1;
}

const FEDERATED: ReadonlySet<string> = new Set([
  FEDERATED_AMR,
  FEDERATED_MFA_AMR,
  FEDERATED_KEY_AMR,
]);

/** What the person has shown of this account itself, whatever another platform vouches for. */
export function ownStrength(amr: readonly string[]): LoginStrength {
  return loginStrength(amr.filter((method) => !FEDERATED.has(method)));
}

const STRONGEST = ['hwk', CERTIFICATE_AMR, FEDERATED_KEY_AMR] as const;

const PROVING_MORE = ['pwd', 'hwk', CERTIFICATE_AMR, LICENCE_AMR, FEDERATED_AMR] as const;

/**
 * Whoever holds the phone or reads the mail must not change what else opens the account: only who
 * knows the password or has a passkey.
 */
export function provesMoreThanContact(amr: readonly string[]): boolean {
  return PROVING_MORE.some((method) => amr.includes(method));
}

/**
 * An organisation's licence or certificate, without its password. Whoever shows one today may be somebody
 * else tomorrow, and must leave nothing behind that opens the account then.
 */
export function isByMeansAlone(amr: readonly string[]): boolean {
  return (
    [LICENCE_AMR, CERTIFICATE_AMR].some((means) => amr.includes(means)) && !amr.includes('pwd')
  );
}

const CRYPTOGRAPHIC = ['otp', 'hwk', CERTIFICATE_AMR, FEDERATED_KEY_AMR] as const;

/** True when one of the factors is cryptographic: TOTP, passkey or certificate. */
function hasCryptographicFactor(amr: readonly string[]): boolean {
  return CRYPTOGRAPHIC.some((method) => amr.includes(method));
}

/** The level that both ladders support: 0 (an unregistered level 0 account) to 4. */
export function assuranceLevel(realNameLevel: number, amr: readonly string[]): number {
  const strength = loginStrength(amr);
  const byStrength = strength >= 2 ? (hasCryptographicFactor(amr) ? HIGHEST_LEVEL : 3) : 2;
  return Math.max(0, Math.min(realNameLevel, byStrength));
}

/** The `acr` of a level; undefined for level 0, which is no authentication context. */
export function acrOf(level: number): string | undefined {
  return level >= 1 ? `${ACR_PREFIX}${level}` : undefined;
}

/** The level a value names; undefined for a value that is not ours. */
export function levelOfAcr(acr: string | undefined): number | undefined {
  const index = acr === undefined ? -1 : acrValues.indexOf(acr);
  return index === -1 ? undefined : index + 1;
}
