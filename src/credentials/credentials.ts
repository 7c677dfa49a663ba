// Puts the parts of this domain together for those who sign people in.
import type { Account } from '../accounts/account.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { Limits } from '../platform/limits-config.ts';
import type { Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import { BudgetStore } from './budget-store.ts';
import { ContactCodeStore } from './contact-code-store.ts';
import { DeviceStore } from './device-store.ts';
import { PasskeyChallengeStore } from './passkey-challenge-store.ts';
import { passkeyParty } from './passkey-ceremony.ts';
import { PasskeyStore } from './passkey-store.ts';
import { PasswordHasher } from './password-hash.ts';
import { wordsOfAddress } from './password-policy.ts';
import { PasswordStore } from './password-store.ts';
import { ProofOfWork } from './proof-of-work.ts';
import { RecoveryCodeStore } from './recovery-code-store.ts';
import { SpentProofStore } from './spent-proof-store.ts';
import { TotpStore } from './totp-store.ts';
import type { VerifyPasswordDependencies } from './verify-password.ts';

export interface CredentialsDependencies {
  database: Database;
  keyring: Keyring;
  clock: Clock;
  random: Random;
  audit: AuditLog;
  limits: Limits;
  /** Where people sign in; its names do not belong into passwords. */
  issuer: string;
  accounts: VerifyPasswordDependencies['accounts'] & {
    findById(id: string): Promise<Account | undefined>;
  };
}

/** Stores and services of sign-in, with the names their use cases ask for. */
export async function openCredentials(deps: CredentialsDependencies) {
  const { database, keyring, clock, random, audit, accounts } = deps;
  const budgets = new BudgetStore(deps);
  const hasher = await PasswordHasher.open(deps.limits.hashing);
  return {
    database,
    keyring,
    clock,
    random,
    audit,
    accounts,
    limits: deps.limits.signIn,
    cityWords: wordsOfAddress(deps.issuer),
    budgets,
    codes: new ContactCodeStore(deps),
    hasher,
    devices: new DeviceStore(deps),
    passkeys: new PasskeyStore(deps),
    passkeyChallenges: new PasskeyChallengeStore(deps),
    passkeyParty: passkeyParty(deps.issuer),
    passwords: new PasswordStore(deps),
    proofs: new ProofOfWork({ ...deps, spent: new SpentProofStore(database) }),
    recoveryCodes: new RecoveryCodeStore(deps),
    totp: new TotpStore(deps),
  };
}

export type Credentials = Awaited<ReturnType<typeof openCredentials>>;
