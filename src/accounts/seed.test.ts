import { readFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import { runHutongHere as hutong } from '../../test/support/command-here.ts';
import { migratedDatabase } from '../../test/support/migrated-database.ts';
import { runHutong } from '../../test/support/hutong-command.ts';
import { MASTER_KEY, openTestStorage } from '../../test/support/storage.ts';
import { PasswordHasher } from '../credentials/password-hash.ts';
import { PasswordStore } from '../credentials/password-store.ts';
import { allMigrations } from '../migrations.ts';
import { limitsSchema } from '../platform/limits-config.ts';
import { AccountStore } from './account-store.ts';

vi.setConfig({ testTimeout: 60_000 });

const { uri } = migratedDatabase();
const folder = mkdtempSync(join(tmpdir(), 'hutong-seed-'));
const file = join(folder, 'people.csv');
const demonstration = {
  HUTONG_MODE: 'demonstration',
  HUTONG_MASTER_KEY: MASTER_KEY.toString('base64url'),
  MONGODB_URI: uri,
};
const storage = await openTestStorage(uri, allMigrations);

afterAll(async () => {
  await storage.database.close();
  rmSync(folder, { recursive: true });
});

const seeded = () =>
  storage.database.collection('accounts').countDocuments({ 'attributes.login.source': 'seed' });

it('refuses in production, and when the file cannot be written, before it makes anybody', async () => {
  const production = {
    ...demonstration,
    HUTONG_MODE: 'production',
    HUTONG_PUBLIC_URL: 'https://id.example.gov.cn',
  };
  const refused = await hutong(['seed', '--accounts', '3', '--csv', file], production);
  expect(refused).toMatchObject({ code: 1, out: '' });
  expect(refused.err).toContain('production');
  const nowhere = ['seed', '--accounts', '3', '--csv', join(folder, 'missing', 'people.csv')];
  expect(await hutong(nowhere, demonstration)).toMatchObject({ code: 2, out: '' });
  for (const wrong of [['--accounts', '0'], ['--accounts', '1e9'], ['--password', 'short'], []]) {
    const args = ['seed', '--csv', file, ...wrong];
    expect(await hutong(args, demonstration)).toMatchObject({ code: 2, out: '' });
  }
  expect(await seeded()).toBe(0);
});

it('makes different people each time, who sign in by name, phone and number', async () => {
  const runs = await Promise.all(
    // One in a process of its own, as an operator types it.
    [hutong, runHutong].map(async (run, index) => {
      const name = `${index}.csv`;
      const args = ['seed', '--accounts', '2100', '--csv', join(folder, name)];
      expect(await run(args, demonstration)).toMatchObject({ code: 0, err: '' });
      return readFileSync(join(folder, name), 'utf8').trimEnd().split('\n').slice(1);
    }),
  );
  const people = runs.flat().map((line) => line.split(','));
  expect(new Set(people.map(([login]) => login)).size).toBe(4200);
  expect(await seeded()).toBe(4200);
  const accounts = new AccountStore(storage);
  const hasher = await PasswordHasher.open(limitsSchema.parse({}).hashing);
  const passwords = new PasswordStore(storage);
  for (const [login = '', password = '', phone = '', number = ''] of [people[0], people[4199]].map(
    (person) => person ?? [],
  )) {
    const found = await Promise.all(
      [login, phone, number].map((text) => accounts.findByLogin(text)),
    );
    const ids = found.map((account) => account?.id ?? '');
    expect(ids[0]).toMatch(/./u);
    expect(new Set(ids).size).toBe(1);
    const credential = await passwords.find(ids[0] ?? '');
    const entry = { source: '192.0.2.1', isKnownDevice: false };
    expect(await hasher.verify(credential?.hash, password, entry)).toEqual({
      ok: true,
      value: true,
    });
  }
});
