// Credentials that come with imported accounts, written in the transaction of the account.
import type { ImportedCredentials } from '../accounts/import.ts';
import type { Clock } from '../platform/clock.ts';
import type { Random } from '../platform/random.ts';
import { MAX_PASSWORD_LENGTH } from './password-hash.ts';
import type { PasswordHasher } from './password-hash.ts';
import type { PasswordStore } from './password-store.ts';
import { normaliseTotpSecret } from './totp.ts';
import type { TotpStore } from './totp-store.ts';

export function importedCredentials(deps: {
  passwords: PasswordStore;
  totp: TotpStore;
  hasher: PasswordHasher;
  clock: Clock;
  random: Random;
}): ImportedCredentials {
  const { passwords, totp, hasher, clock, random } = deps;
  return {
    maxPasswordLength: MAX_PASSWORD_LENGTH,
    readTotpSecret: normaliseTotpSecret,
    hashPassword: (password) => hasher.hashUnqueued(password),
    async save(session, accountId, { passwordHash, mustChangePassword, totpSecret }) {
      const now = clock.now();
      if (passwordHash !== undefined) {
        const password = { hash: passwordHash, changedAt: now, mustChange: mustChangePassword };
        await passwords.set(accountId, password, session);
      }
      if (totpSecret !== undefined) {
        const active = { id: random.id(), secret: totpSecret, enrolledAt: now };
        await totp.putActive(accountId, active, session);
      }
    },
  };
}
