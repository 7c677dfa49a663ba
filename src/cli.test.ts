import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import { testDatabase } from '../test/support/database.ts';
import { runHutong as hutong } from '../test/support/hutong-command.ts';

// Each command is a process that loads everything.
vi.setConfig({ testTimeout: 60_000 });

const { uri } = testDatabase();
const folder = mkdtempSync(join(tmpdir(), 'hutong-cli-'));
const masterKey = randomBytes(32).toString('base64url');
const production = {
  MONGODB_URI: uri,
  HUTONG_MASTER_KEY: masterKey,
  HUTONG_PUBLIC_URL: 'https://id.example.gov.cn',
};

afterAll(() => rmSync(folder, { recursive: true }));

it('explains itself when asked for something unknown', async () => {
  for (const args of [[], ['unheard-of']]) {
    const { code, err } = await hutong(args, {});
    expect(code).toBe(2);
    expect(err).toContain('npm run hutong -- COMMAND');
  }
});

it('names every setting that is missing', async () => {
  const { code, err } = await hutong(['clients', 'list'], { HUTONG_DATA_DIR: folder });
  expect(code).toBe(2);
  expect(err).toContain('HUTONG_MASTER_KEY');
  expect(err).toContain('MONGODB_URI');
});

it('prepares an empty database once, and then registers clients from standard input', async () => {
  expect((await hutong(['migrate'], production)).out).toMatch(/migrations applied: 0001-/u);
  expect((await hutong(['migrate'], production)).out).toContain('nothing to do');
  const client = {
    client_id: 'portal',
    client_name: '市民门户',
    redirect_uris: ['https://portal.example.gov.cn/callback'],
  };
  const imported = await hutong(['clients', 'import', '-'], production, JSON.stringify([client]));
  expect(imported).toMatchObject({ code: 0, err: '' });
  expect((await hutong(['clients', 'list'], production)).out).toContain('市民门户');
  const wrongKey = { ...production, HUTONG_MASTER_KEY: randomBytes(32).toString('base64url') };
  expect(await hutong(['clients', 'export', '--with-secrets'], wrongKey)).toMatchObject({
    code: 1,
  });
});

it('finds the demonstration city of the data folder without any setting', async () => {
  const demo = { issuer: 'http://localhost:8100', mongodbUri: uri };
  writeFileSync(join(folder, 'demo.json'), JSON.stringify(demo));
  writeFileSync(join(folder, 'secrets.json'), JSON.stringify({ masterKey }));
  const { code, out } = await hutong(['deliveries', 'list'], { HUTONG_DATA_DIR: folder });
  expect({ code, out }).toEqual({ code: 0, out: 'There are none.\n' });
});
