// Time-based one-time codes (RFC 6238): SHA-1, six digits, 30 seconds, one step of drift either
// way, because that is what every authenticator app understands.
import { generateSecret, generateURI, verify } from 'otplib';

const PERIOD_SECONDS = 30;
const PARAMETERS = { algorithm: 'sha1', digits: 6, period: PERIOD_SECONDS } as const;

/** 160 random bits in base32. */
export function makeTotpSecret(): string {
  return generateSecret({ length: 20 });
}

/** True for base32 of 16 to 64 bytes, as other systems export it; spaces and case are free. */
export function normaliseTotpSecret(text: string): string | undefined {
  const secret = text.replaceAll(/[\s-]/gu, '').replace(/=+$/u, '').toUpperCase();
  if (!/^[A-Z2-7]+$/u.test(secret)) return undefined;
  const bytes = Math.floor((secret.length * 5) / 8);
  return bytes >= 16 && bytes <= 64 ? secret : undefined;
}

/** The `otpauth:` address behind the QR code. */
export function totpUri(of: { secret: string; issuer: string; label: string }): string {
  return generateURI({ ...PARAMETERS, ...of });
}

/** The time step a code belongs to, when it is a code of now; otherwise undefined. */
export async function matchTotp(
  secret: string,
  code: string,
  now: Date,
): Promise<number | undefined> {
  const token = code.normalize('NFKC').replaceAll(/\s/gu, '');
  if (!/^\d{6}$/u.test(token)) return undefined;
  const epoch = Math.floor(now.getTime() / 1000);
  const result = await verify({
    ...PARAMETERS,
    secret,
    token,
    epoch,
    epochTolerance: PERIOD_SECONDS,
  });
  return result.valid ? Math.floor(epoch / PERIOD_SECONDS) + result.delta : undefined;
}
