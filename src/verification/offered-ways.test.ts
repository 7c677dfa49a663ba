// A policy that wants two of several sources: what one gives, what is left, and that both have to
// speak of the same person.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { importCityAccounts } from '../../test/support/city-accounts.ts';
import { migratedDatabase } from '../../test/support/migrated-database.ts';
import { startRegisters } from '../../test/support/registers.ts';
import type { Registers } from '../../test/support/registers.ts';
import { ShiftedClock } from '../../test/support/shifted-clock.ts';
import { openTestStorage } from '../../test/support/storage.ts';
import type { TestStorage } from '../../test/support/storage.ts';
import { verificationProcess } from '../../test/support/verification-process.ts';
import { AccountStore } from '../accounts/account-store.ts';
import type { Account } from '../accounts/account.ts';
import { samplePeople } from '../demo/registers/people.ts';
import { allMigrations } from '../migrations.ts';
import { createOutbound } from '../platform/outbound.ts';
import { readIdentityForm } from './identity-form.ts';
import { matchIdentity } from './match-identity.ts';
import { confirmedSoFar, offeredElements } from './offered-ways.ts';

const { uri } = migratedDatabase();
const outbound = createOutbound({ allow: ['127.0.0.0/8:*'] });
const clock = new ShiftedClock();
let registers: Registers;
let storage: TestStorage;
let accounts: AccountStore;

beforeAll(async () => {
  [registers, storage] = await Promise.all([
    startRegisters({
      elements: 2,
      population: { costFen: 10 },
      socialSecurity: { costFen: 5 },
      operator: { costFen: 30 },
    }),
    openTestStorage(uri, allMigrations, clock),
  ]);
  accounts = new AccountStore(storage);
});
afterAll(async () => {
  await outbound.close();
  await Promise.all([registers.stop(), storage.database.close()]);
});

function claimOf(index: number) {
  const { name = '', number = '' } = samplePeople[index] ?? {};
  const read = readIdentityForm({ name, number }, clock.now());
  if (!read.ok) throw new Error('the test types it wrong');
  return read.claim;
}

async function person(login: string, phone: string): Promise<Account> {
  const fields = { certificate_type: '', certificate_number: '', phone };
  const [made] = await importCityAccounts(storage, accounts, [{ login, level: 1, fields }]);
  const account = await accounts.findById(made?.id ?? '');
  if (!account) throw new Error('nobody');
  return account;
}

it('one gives nothing, two of the same person the level, and what is left is said', async () => {
  const { verification } = verificationProcess(
    { storage, accounts, outbound, clock, ended: [] },
    registers.environment,
  );
  const account = await person('thorough', '13900000001');
  const state = async () => {
    const evidence = await verification.evidence.listOfAccount(account.id);
    const now = clock.now();
    const left = offeredElements(account, { ...verification, evidence, now });
    return {
      confirmed: confirmedSoFar(account, { evidence, now }),
      left: left.map(({ source, isPartOf }) => `${source} ${isPartOf ?? 'enough'}`),
    };
  };
  const match = (source: 'population' | 'socialSecurity', index: number) => {
    const given = { source, claim: claimOf(index), address: '192.0.2.7' };
    return matchIdentity(verification, account, given);
  };
  const all = ['socialSecurity 2', 'population 2', 'operator 2'];
  expect(await state()).toEqual({ confirmed: [], left: all });
  expect(await match('population', 0)).toMatchObject({ level: 1, isPartial: true });
  // Nobody's yet.
  expect(await accounts.findByLogin(claimOf(0).certificate.number)).toBeUndefined();
  expect(await state()).toEqual({
    confirmed: ['population'],
    left: ['socialSecurity enough', 'operator enough'],
  });
  // Of somebody else: it begins anew.
  expect(await match('socialSecurity', 1)).toMatchObject({ level: 1, isPartial: true });
  expect(await state()).toMatchObject({ confirmed: ['socialSecurity'] });
  expect(await match('population', 1)).toMatchObject({ level: 2, hasRisen: true });
  const raised = await accounts.findById(account.id);
  expect(raised?.certificate).toEqual(claimOf(1).certificate);
});

it('who has no phone of the mainland is not sent to the operator', async () => {
  const { verification } = verificationProcess(
    { storage, accounts, outbound, clock, ended: [] },
    registers.environment,
  );
  const account = await person('abroad', '+85291234567');
  const ways = offeredElements(account, { ...verification, evidence: [], now: clock.now() });
  expect(ways.map(({ source }) => source)).toEqual(['socialSecurity', 'population']);
});
