// Recovery codes: ten, shown once, for whoever has lost the authenticator or the passkey. 50 bits each
// in an alphabet without look-alikes (Crockford's base 32), typed with or without the hyphen.
import type { AuditLog } from '../audit/audit-log.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import type { RecoveryCodeStore } from './recovery-code-store.ts';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const SHAPE = /^[0-9a-hjkmnp-tv-z]{10}$/u;
const CODES = 10;
const LENGTH = 10;
const GROUP = 5;

export interface RecoveryCodesDependencies {
  database: Database;
  recoveryCodes: RecoveryCodeStore;
  audit: AuditLog;
  clock: Clock;
  random: Random;
}

/** New codes, as they are to be written down; those before are worth nothing any more. */
export async function makeRecoveryCodes(
  deps: RecoveryCodesDependencies,
  of: { accountId: string; address: string },
): Promise<string[]> {
  const { accountId, address } = of;
  const codes = Array.from({ length: CODES }, () => makeCode(deps.random));
  await deps.database.transaction(async (session) => {
    await deps.recoveryCodes.replace(accountId, { codes, madeAt: deps.clock.now() }, session);
    await deps.audit.record(
      { type: 'credentials.recovery_codes_made', actor: accountId, address, result: 'done' },
      session,
    );
  });
  return codes.map((code) => `${code.slice(0, GROUP)}-${code.slice(GROUP)}`);
}

/** The code that was meant; undefined for what cannot be one, e.g. the six digits of an app. */
export function readRecoveryCode(text: string): string | undefined {
  const plain = text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[\s\p{Pd}]/gu, '')
    .replaceAll('o', '0')
    .replaceAll(/[il]/gu, '1');
  return SHAPE.test(plain) ? plain : undefined;
}

function makeCode(random: Random): string {
  const bytes = Buffer.from(random.id(LENGTH * 8), 'base64url');
  return Array.from(bytes, (byte) => ALPHABET.charAt(byte % ALPHABET.length)).join('');
}
