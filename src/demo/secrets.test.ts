// Secrets of a data folder: made once, kept, completed, and never made anew over existing data.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkCertificate } from '../accounts/identity-number.ts';
import { describeDataFolder } from './data-folder.ts';
import type { DataFolder } from './data-folder.ts';
import { demoAccounts } from './demo-accounts.ts';
import { neighbourAccounts, provinceAccounts } from './platforms/platform-accounts.ts';
import { loadSecrets, makePassword } from './secrets.ts';

let folder: DataFolder;

beforeEach(async () => {
  folder = describeDataFolder(await mkdtemp(join(tmpdir(), 'hutong-secrets-')));
});

afterEach(() => rm(folder.root, { recursive: true }));

test('a database without its secrets is not given new ones', async () => {
  await mkdir(folder.databaseFolder);
  expect(await loadSecrets(folder, demoAccounts)).toEqual({ ok: false, reason: 'lost' });
});

test.each(['{', '{"version":1}', '[]'])('a spoilt file (%s) is left as it is', async (text) => {
  await writeFile(folder.secretsFile, text);
  expect(await loadSecrets(folder, demoAccounts)).toEqual({ ok: false, reason: 'unreadable' });
  expect(await readFile(folder.secretsFile, 'utf8')).toBe(text);
});

test('the second start finds what the first one made', async () => {
  const first = await loadSecrets(folder, demoAccounts);
  expect(await loadSecrets(folder, demoAccounts)).toEqual(first);
});

test('an account of a later release gets its own, the others keep theirs', async () => {
  const first = await loadSecrets(folder, demoAccounts.slice(0, 2));
  const second = await loadSecrets(folder, demoAccounts);
  if (!first.ok || !second.ok) throw new Error('not readable');
  expect(second.secrets.accounts).toMatchObject(first.secrets.accounts);
  expect(Object.keys(second.secrets.accounts)).toHaveLength(demoAccounts.length);
  expect(second.secrets.masterKey).toBe(first.secrets.masterKey);
});

test('passwords have four kinds of characters and never repeat', () => {
  const passwords = Array.from({ length: 200 }, makePassword);
  expect(new Set(passwords)).toHaveLength(200);
  for (const password of passwords) {
    expect(password).toMatch(/^(?:[A-Z][a-z][2-9][A-Za-z2-9](?:-(?!$)|$)){4}$/u);
  }
});

test('every number of a demonstration account passes its check digit', () => {
  const now = new Date();
  const everybody = [...demoAccounts, ...provinceAccounts, ...neighbourAccounts];
  const numbers = everybody.flatMap(({ certificateType, certificateNumber, uscc }) => [
    ...(certificateNumber ? [{ type: certificateType ?? '', number: certificateNumber }] : []),
    ...(uscc ? [{ type: '001', number: uscc }] : []),
  ]);
  expect(numbers.length).toBeGreaterThan(5);
  for (const number of numbers) {
    expect(checkCertificate(number as Parameters<typeof checkCertificate>[0], now)).toMatchObject({
      outcome: 'valid',
    });
  }
});
