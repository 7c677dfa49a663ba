// What password sign-in needs, on the stores of a test file, and accounts to sign in with.
import { draftAccount } from '../../src/accounts/account-draft.ts';
import type { AccountFields } from '../../src/accounts/account-draft.ts';
import type { Account } from '../../src/accounts/account.ts';
import type { AuditLog } from '../../src/audit/audit-log.ts';
import { BudgetStore } from '../../src/credentials/budget-store.ts';
import { DeviceStore } from '../../src/credentials/device-store.ts';
import { PasswordHasher } from '../../src/credentials/password-hash.ts';
import { PasswordStore } from '../../src/credentials/password-store.ts';
import { ProofOfWork } from '../../src/credentials/proof-of-work.ts';
import { SpentProofStore } from '../../src/credentials/spent-proof-store.ts';
import type { VerifyPasswordDependencies } from '../../src/credentials/verify-password.ts';
import { limitsSchema } from '../../src/platform/limits-config.ts';
import type { IdentityStores } from './identity-stores.ts';

export type SignInDependencies = VerifyPasswordDependencies & {
  passwords: PasswordStore;
  devices: DeviceStore;
  proofs: ProofOfWork;
};

/** Of an audit log, sign-in needs that it writes. */
type SignInStores = Omit<IdentityStores, 'audit'> & { audit: AuditLog };

/**
 * `limits` as in the file HUTONG_LIMITS. Hashing is as cheap as argon2 gets, unless it is
 * measured: who may verify does not depend on the cost.
 */
export async function signInDependencies(
  stores: SignInStores,
  limits: unknown = {},
  hashing?: { isCostly: true },
): Promise<SignInDependencies> {
  const parsed = limitsSchema.parse(limits);
  const { database, accounts, audit, clock } = stores;
  return {
    accounts,
    audit,
    clock,
    limits: parsed.signIn,
    passwords: new PasswordStore(stores),
    hasher: await PasswordHasher.open(parsed.hashing, hashing ? {} : { memoryKib: 1024 }),
    budgets: new BudgetStore(stores),
    devices: new DeviceStore(stores),
    proofs: new ProofOfWork({ ...stores, spent: new SpentProofStore(database) }),
  };
}

let sequence = 0;
let addressNumber = 0;

/** An address in a network of its own, so that tests do not draw from each other's budgets. */
export function freshAddress(): string {
  addressNumber += 1;
  return `10.${addressNumber >> 8}.${addressNumber & 255}.1`;
}

/** An account with a user name of its own and, if given, a password. */
export async function seedAccount(
  stores: SignInStores,
  deps: SignInDependencies,
  given: Partial<AccountFields> & { password?: string; mustChange?: boolean } = {},
): Promise<Account & { login: string }> {
  sequence += 1;
  const login = `person-${sequence}`;
  const { password, mustChange = false, ...fields } = given;
  const outcome = draftAccount(
    { kind: 'naturalPerson', name: '王小明', realNameLevel: 2, login, ...fields },
    { source: 'test', grade: 'A', areContactsConfirmed: true, now: stores.clock.now() },
  );
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.problems));
  const inserted = await stores.accounts.insert(outcome.draft, { actor: 'operator' });
  if (!inserted.ok) throw new Error(inserted.reason);
  if (password !== undefined) {
    const hash = await deps.hasher.hashUnqueued(password);
    await deps.passwords.set(inserted.account.id, {
      hash,
      changedAt: stores.clock.now(),
      mustChange,
    });
  }
  return inserted.account as Account & { login: string };
}
