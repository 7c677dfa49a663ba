// The two ladders: how far the person was verified, and how strongly they signed
// in. `acr` is the highest level that both support. Levels are always compared with ≥.

export type LoginStrength = 1 | 2 | 3;

const ACR_PREFIX = 'urn:hutong:level:';
const HIGHEST = 4;

export const acrValues = [1, 2, 3, 4].map((level) => `${ACR_PREFIX}${level}`);

/** RFC 8176 has no value for it; `otp` would claim an authenticator. */
export const RECOVERY_CODE_AMR = 'recovery_code';

/** RFC 8176: a code to a registered number. */
export const SMS_CODE_AMR = 'sms';
/** Neither for a code by mail; see docs/decisions/0011. */
export const MAIL_CODE_AMR = 'mail_code';

/** 1: one factor; 2: two different ones; 3: phishing-resistant cryptographic (passkey, certificate). */
export function loginStrength(amr: readonly string[]): LoginStrength {
  if (amr.includes('hwk')) return 3;
  // Codes to a phone or mailbox count for one factor at most, whatever comes with them: numbers are
  // given to strangers again, and mailboxes are read. A recovery code is something one has, but no
  // cryptographic factor: level 4 stays closed to it.
  const hasSecond = amr.includes('otp') || amr.includes(RECOVERY_CODE_AMR);
  return amr.includes('pwd') && hasSecond ? 2 : 1;
}

/**
 * Whoever holds the phone or reads the mail must not change what else opens the account: only who
 * knows the password or has a passkey.
 */
export function provesMoreThanContact(amr: readonly string[]): boolean {
  return amr.includes('pwd') || amr.includes('hwk');
}

/** True when one of the factors is cryptographic: TOTP, passkey or certificate. */
function hasCryptographicFactor(amr: readonly string[]): boolean {
  return amr.includes('otp') || amr.includes('hwk');
}

/** The level that both ladders support: 0 (an unregistered level 0 account) to 4. */
export function assuranceLevel(realNameLevel: number, amr: readonly string[]): number {
  const strength = loginStrength(amr);
  const byStrength = strength >= 2 ? (hasCryptographicFactor(amr) ? HIGHEST : 3) : 2;
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

/** Above every level: a demand that nothing meets. */
export const UNREACHABLE_LEVEL = HIGHEST + 1;

export interface LevelRequest {
  /** The `acr_values` parameter: a list separated by spaces. */
  acrValues?: string | undefined;
  /** The `acr` member of `claims.id_token` (OpenID Connect Core 5.5.1.1). */
  acrClaim?:
    { essential?: boolean | undefined; value?: unknown; values?: unknown } | null | undefined;
  /** Registered with the client. */
  minimumLevel?: number | undefined;
}

/**
 * What a request demands. A list means its lowest known level; unknown values are ignored, but an
 * essential claim of unknown values alone is never met. A registered minimum is combined by max.
 */
export function demandedLevel(request: LevelRequest): number {
  const listed = lowestKnown(request.acrValues?.split(' ') ?? []) ?? 0;
  return Math.max(listed, essentialDemand(request.acrClaim), request.minimumLevel ?? 0);
}

function essentialDemand(claim: LevelRequest['acrClaim']): number {
  if (!claim) return 0;
  const asked = [claim.value, ...(Array.isArray(claim.values) ? claim.values : [])].filter(
    (value): value is string => typeof value === 'string',
  );
  if (asked.length === 0) return 0;
  const lowest = lowestKnown(asked);
  if (lowest !== undefined) return lowest;
  return claim.essential === true ? UNREACHABLE_LEVEL : 0;
}

function lowestKnown(values: readonly string[]): number | undefined {
  const known = values.map(levelOfAcr).filter((level) => level !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

export type StepUp =
  | { step: 'none' }
  | { step: 'second_factor' }
  /** Only verification can raise the account; signing in more strongly would not help. */
  | { step: 'real_name'; currentLevel: number }
  | { step: 'impossible' };

/** The cheapest step that meets a demand. */
export function cheapestStep(
  demand: number,
  account: { realNameLevel: number },
  amr: readonly string[],
): StepUp {
  if (demand >= UNREACHABLE_LEVEL) return { step: 'impossible' };
  if (assuranceLevel(account.realNameLevel, amr) >= demand) return { step: 'none' };
  if (account.realNameLevel < demand) {
    return { step: 'real_name', currentLevel: account.realNameLevel };
  }
  return { step: 'second_factor' };
}
