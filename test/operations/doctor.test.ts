// `hutong doctor` on an installation that is in order, and on each thing that can be wrong.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { runHutongHere } from '../support/command-here.ts';
import { testDatabase } from '../support/database.ts';
import { PeerSightingStore } from '../../src/peers/peer-sighting-store.ts';
import { runHutong } from '../support/hutong-command.ts';
import { savePeer } from '../support/peer-samples.ts';
import { MASTER_KEY } from '../support/storage.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

interface Result {
  name: string;
  findings: { severity: string; code: string; values?: Record<string, string | number> }[];
}

const { uri } = testDatabase();
const empty = testDatabase();
const environment = (mongodbUri: string) => ({
  HUTONG_MODE: 'demonstration',
  HUTONG_MASTER_KEY: MASTER_KEY.toString('base64url'),
  HUTONG_OUTBOUND_ALLOW: '127.0.0.0/8:*',
  MONGODB_URI: mongodbUri,
});
let city: CityNode;

beforeAll(async () => {
  city = await startCityNode({
    mongodbUri: uri,
    clients: [{ client_id: 'portal', backchannel_logout_uri: 'http://127.0.0.1:9/logout' }],
  });
});

afterAll(() => city.stop());

async function examine(settings: Readonly<Record<string, string>>) {
  const { code, out } = await runHutongHere(['doctor', '--json'], settings);
  const results = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Result);
  const bad = results.flatMap(({ name, findings }) =>
    findings.filter(({ severity }) => severity === 'failed').map((each) => `${name}.${each.code}`),
  );
  return { code, results, bad };
}

it('finds nothing wrong with a city that runs, and names the client it cannot reach', async () => {
  const expiresAt = new Date(Date.now() + 5.5 * 86_400_000);
  const credentials = [{ kind: 'signingKey', name: 'k1', expiresAt } as const];
  await new PeerSightingStore(city.storage).note('province', { problems: [], credentials });
  await savePeer(city.storage);
  const { code, results, bad } = await examine(environment(uri));
  expect({ code, bad }).toEqual({ code: 0, bad: [] });
  const found = results.flatMap(({ name, findings }) =>
    findings.map((each) => `${name}.${each.code}`),
  );
  expect(found).toEqual(
    expect.arrayContaining([
      'database.reached',
      'migrations.complete',
      'indexes.complete',
      'keys.in_order',
      'clock.agrees',
      'audit.intact',
      'processes.alive',
      'clients.unreachable',
      'peers.ending',
    ]),
  );
  const { out } = await runHutong(['doctor'], environment(uri));
  expect(out).toContain('backchannel_logout_uri of portal (127.0.0.1:9)');
  expect(out).toContain('k1 of province ends in 5 days');
  expect(out).not.toMatch(/doctor\.|undefined/u);
  const database = city.storage.database.client;
  const { databases } = await database.db('admin').admin().listDatabases({ nameOnly: true });
  expect(databases.filter(({ name }) => name.startsWith('hutong_doctor_'))).toEqual([]);
});

it('names what is wrong', async () => {
  const { db } = city.storage.database;
  await db.collection('accounts').dropIndex('identity_unique');
  await db.collection('auditRecords').deleteOne({ type: 'clients.registered' });
  const mailServer = { HUTONG_SMTP_URL: 'smtp://127.0.0.1:9' };
  const damaged = await examine({ ...environment(uri), ...mailServer });
  expect(damaged.code).toBe(1);
  expect(damaged.bad).toEqual(['indexes.missing', 'audit.not_intact', 'gateways.mail.unreachable']);
  const indexes = damaged.results.find(({ name }) => name === 'indexes');
  expect(indexes?.findings[0]?.values).toEqual({ names: 'accounts.identity_unique' });

  const otherKey = { HUTONG_MASTER_KEY: randomBytes(32).toString('base64url') };
  const locked = await examine({ ...environment(uri), ...otherKey });
  expect(locked.bad).toEqual(expect.arrayContaining(['keys.broken', 'audit.broken']));

  const nowhere = await examine(environment('mongodb://127.0.0.1:9/none'));
  expect(nowhere.bad).toEqual(['database.unreachable']);
  const wrong = await examine({ MONGODB_URI: 'nonsense', HUTONG_PORT: 'many' });
  expect(wrong.bad.length).toBeGreaterThanOrEqual(3);
  expect(new Set(wrong.bad)).toEqual(new Set(['configuration.wrong']));
});

it('changes nothing in a database that nobody has prepared', async () => {
  const { bad } = await examine(environment(empty.uri));
  expect(bad).toEqual(['migrations.pending']);
  const names = await city.storage.database.client
    .db(empty.name)
    .listCollections({}, { nameOnly: true })
    .toArray();
  expect(names.map(({ name }) => name)).toEqual([]);
});
