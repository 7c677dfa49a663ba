// The registration of the account centre as a client: the same for every process, however many
// start at the same moment.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { migratedDatabase } from '../../test/support/migrated-database.ts';
import { openTestStorage } from '../../test/support/storage.ts';
import type { TestStorage } from '../../test/support/storage.ts';
import { ClientStore } from '../clients/client-store.ts';
import { registerClient } from '../clients/register-client.ts';
import { allMigrations } from '../migrations.ts';
import { accountClientRegistration } from './account-client.ts';
import { ACCOUNT_CLIENT_ID } from './account-paths.ts';
import { cutPage } from './cut-page.ts';

const { uri } = migratedDatabase();
const issuer = 'https://id.example.gov.cn';
let storage: TestStorage;

beforeAll(async () => {
  storage = await openTestStorage(uri, allMigrations);
});
afterAll(() => storage.database.close());

function register(mode: 'production' | 'demonstration') {
  const deps = {
    ...storage,
    mode,
    clients: new ClientStore(storage),
    knownScopes: ['openid'],
    outbound: { fetch: () => Promise.reject(new Error('nothing is fetched')) },
  };
  return registerClient(deps, accountClientRegistration(issuer), 'system');
}

it('is made once by twelve processes that start together, with one sealed secret', async () => {
  const results = await Promise.all(Array.from({ length: 12 }, () => register('production')));
  expect(results.filter((result) => !result.ok)).toEqual([]);
  const made = results.filter((result) => result.ok && result.change === 'created');
  expect(made).toHaveLength(1);
  const stored = await new ClientStore(storage).get(ACCOUNT_CLIENT_ID);
  expect(stored?.secret).toMatch(/^[\w-]{43}$/u);
  const raw = await storage.database.collection('clients').find().toArray();
  expect(JSON.stringify(raw)).not.toContain(stored?.secret);
});

it('stays as it is at the next start', async () => {
  const before = await new ClientStore(storage).get(ACCOUNT_CLIENT_ID);
  expect(await register('demonstration')).toMatchObject({ ok: true, change: 'unchanged' });
  expect(await new ClientStore(storage).get(ACCOUNT_CLIENT_ID)).toEqual(before);
});

it('pages of activity keep the entries of one instant together and always lead on', () => {
  const at = (...seconds: number[]) => seconds.map((second) => ({ at: new Date(second * 1000) }));
  const times = (found: readonly { at: Date }[]) => found.map((entry) => entry.at.getTime() / 1000);
  const all = cutPage(at(3, 2), 2);
  expect([times(all.entries), all.olderThan]).toEqual([[3, 2], undefined]);
  const tied = cutPage(at(3, 2, 2), 2);
  expect([times(tied.entries), tied.olderThan]).toEqual([[3], new Date(3000)]);
  const same = cutPage(at(2, 2, 2), 2);
  expect([times(same.entries), same.olderThan]).toEqual([[2, 2], new Date(2000)]);
});
