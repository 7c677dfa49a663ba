// A migrated database with account store, keyring and audit log for one test file.
import { afterAll, beforeAll } from 'vitest';
import { AccountStore } from '../../src/accounts/account-store.ts';
import { AuditStore } from '../../src/audit/audit-store.ts';
import type { Keyring } from '../../src/platform/crypto.ts';
import { openKeyring } from '../../src/platform/keyring-store.ts';
import { connectDatabase } from '../../src/platform/mongo.ts';
import type { Database } from '../../src/platform/mongo.ts';
import { systemRandom } from '../../src/platform/random.ts';
import type { Random } from '../../src/platform/random.ts';
import { watchable } from './database-commands.ts';
import { migratedDatabase } from './migrated-database.ts';
import { TestClock } from './test-clock.ts';

export interface IdentityStores {
  database: Database;
  keyring: Keyring;
  clock: TestClock;
  random: Random;
  audit: AuditStore;
  accounts: AccountStore;
}

/** Call it at the top of a test file; the object is filled before the first test runs. */
export function identityStores(): IdentityStores {
  const { uri } = migratedDatabase();
  const stores = { clock: new TestClock(), random: systemRandom } as IdentityStores;
  beforeAll(async () => {
    const database = await connectDatabase({ uri: watchable(uri) });
    const keyring = await openKeyring(database, Buffer.alloc(32, 7), stores.clock.now());
    const { clock, random } = stores;
    const audit = new AuditStore({ database, keyring, clock, random });
    const accounts = new AccountStore({ database, keyring, clock, random, audit });
    Object.assign(stores, { database, keyring, audit, accounts });
  });
  afterAll(() => stores.database.close());
  return stores;
}
