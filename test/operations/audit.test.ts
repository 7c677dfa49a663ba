// The audit log of a running city: what a sign-in leaves in it, and what an operator's command says
// of it before and after somebody has changed the database.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { AuditRecord } from '../../src/audit/audit-record.ts';
import { CityBrowser } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { runHutongHere } from '../support/command-here.ts';
import { testDatabase } from '../support/database.ts';
import type { CommandOutcome } from '../support/hutong-command.ts';
import { MASTER_KEY } from '../support/storage.ts';

vi.setConfig({ testTimeout: 60_000 });

const { uri } = testDatabase();
let folder: string;
let city: CityNode;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'hutong-audit-city-'));
  city = await startCityNode({
    mongodbUri: uri,
    clients: [{ client_id: 'portal' }],
    accounts: [{ login: 'zhang' }],
    environment: { HUTONG_AUDIT_ANCHOR: `file:${anchorFile()}` },
  });
});
afterAll(async () => {
  await city.stop();
  await rm(folder, { recursive: true, force: true });
});

const anchorFile = () => path.join(folder, 'anchor, of this city.jsonl');
const records = () => city.storage.database.collection<AuditRecord>('auditRecords');

function audit(...args: string[]): Promise<CommandOutcome> {
  return runHutongHere(['audit', ...args], {
    HUTONG_MODE: 'demonstration',
    HUTONG_PUBLIC_URL: city.issuer,
    HUTONG_MASTER_KEY: MASTER_KEY.toString('base64url'),
    HUTONG_AUDIT_ANCHOR: `file:${anchorFile()}`,
    MONGODB_URI: uri,
  });
}

/** Everything sealed, and the anchor as far as the chain. */
async function settled(): Promise<void> {
  const isSettled = async () => {
    if ((await records().countDocuments({ seal: null })) > 0) return false;
    const text = await readFile(anchorFile(), 'utf8').catch(() => '');
    return text.includes(`"count":${await records().countDocuments()},`);
  };
  await vi.waitUntil(isSettled, { timeout: 20_000, interval: 100 });
}

const lines = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('the audit log of a city', () => {
  test('tells who signed in, from where and with what, and counts a flood once', async () => {
    const browser = new CityBrowser(city.issuer);
    await browser.signIn(city.client('portal'), city.account('zhang'));
    const wrong = {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    };
    const headers = { authorization: `Basic ${btoa('portal:wrong')}` };
    const metadata = await fetch(`${city.issuer}/.well-known/openid-configuration`);
    const { token_endpoint: endpoint } = (await metadata.json()) as { token_endpoint: string };
    for (let turn = 0; turn < 5; turn += 1) {
      const answer = await fetch(endpoint, { ...wrong, headers });
      expect(answer.status).toBe(401);
    }
    await vi.waitUntil(() => records().countDocuments({ type: 'oidc.client_refused' }), 10_000);
    const { id } = city.account('zhang');
    expect(await records().findOne({ type: 'sign_in.succeeded' })).toMatchObject({
      actor: id,
      clientId: 'portal',
      address: expect.stringContaining('.') as string,
      requestId: expect.stringMatching(/^\d{16}$/u) as string,
      reason: 'pwd',
      result: 'done',
      details: { newDevice: true },
    });
    expect(await records().countDocuments({ type: 'oidc.client_refused' })).toBe(1);
    const types = ['sessions.started', 'oidc.grant_issued'];
    expect(await records().countDocuments({ actor: id, type: { $in: types } as never })).toBe(2);
  });

  test('is searched by account and type, and the search is in it', async () => {
    const found = await audit(
      'list',
      '--account',
      'zhang',
      '--type',
      'sign_in.succeeded',
      '--json',
    );
    expect(found.code).toBe(0);
    expect(lines(found.out)).toEqual([
      expect.objectContaining({ type: 'sign_in.succeeded', actor: city.account('zhang').id }),
    ]);
    expect(found.out).not.toContain('mac');
    expect(await records().findOne({ type: 'audit.searched' })).toMatchObject({
      actor: 'operator',
      subject: city.account('zhang').id,
      details: { types: 'sign_in.succeeded', limit: 100 },
    });
  });

  test('can be exported, and the file verified', async () => {
    await settled();
    const file = path.join(folder, 'export.jsonl');
    expect(await audit('export', file)).toMatchObject({ code: 0 });
    expect(await records().countDocuments({ type: 'audit.exported' })).toBe(1);
    expect(await audit('verify', '--file', file)).toMatchObject({ code: 0 });
  });

  test('is intact, until somebody alters it', async () => {
    await settled();
    const intact = await audit('verify');
    expect(intact).toMatchObject({ code: 0, err: '' });
    expect(intact.out).toMatch(/^Intact: \d+ records\.\nThe anchor confirms/u);
    const record = await records().findOne({ type: 'sign_in.succeeded' });
    await records().updateOne({ _id: record?._id ?? '' }, { $set: { address: '198.51.100.7' } });
    const altered = await audit('verify');
    expect(altered.code).toBe(1);
    expect(altered.out).toContain('A record was altered.');
    expect(altered.out).toContain(record?._id);
    expect(altered.out).toContain('sign_in.succeeded');
  });
});
