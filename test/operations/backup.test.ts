// The restore drill: a backup taken while people sign in, restored into an empty database.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { impersonalCollections, retentionTable } from '../../src/app/retention-table.ts';
import { momentaryCollections } from '../../src/operations/momentary-collections.ts';
import { connectDatabase } from '../../src/platform/mongo.ts';
import { runHutongHere as hutong } from '../support/command-here.ts';
import { CityBrowser } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { testDatabase } from '../support/database.ts';
import { runHutong } from '../support/hutong-command.ts';
import { MASTER_KEY } from '../support/storage.ts';
import { TokenClient } from '../support/token-client.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const source = testDatabase();
const target = testDatabase();
const moved = testDatabase();
const folder = mkdtempSync(path.join(tmpdir(), 'hutong-backup-'));
const file = path.join(folder, 'city.backup');
const anchor = path.join(folder, 'anchor.jsonl');
const environment = (uri: string) => ({
  HUTONG_MODE: 'demonstration',
  HUTONG_MASTER_KEY: MASTER_KEY.toString('base64url'),
  MONGODB_URI: uri,
});

/** What only forbids, or is the city itself. */
const KEPT = new Set([
  'entitySignIns',
  'agreementAcceptances',
  'accounts',
  'accountEndings',
  'evidence',
  'entityRecords',
  'entityRegisterState',
  'mandates',
  'qualifications',
  'evidenceFiles',
  'evidencePages.chunks',
  'evidencePages.files',
  'reviewDrafts',
  'sourceAnswers',
  'identityCases',
  'reviewCases',
  'sourceUsage',
  'passkeyCredentials',
  'passwordCredentials',
  'peers',
  'peerSightings',
  'federatedLinks',
  'federationAnchors',
  'federationDenials',
  'federationKeys',
  'federationSubordinates',
  'relyingPartyKeys',
  'recognitionBuckets',
  'recognitionConflicts',
  'recognitionEntries',
  'recognitionHub',
  'recognitionKeys',
  'recognitionMarks',
  'recognitionPlatforms',
  'recognitionProposals',
  'recognitionRegistrations',
  'recognitionReports',
  'recognitionSpent',
  'recognitionTurns',
  'recognitionUsage',
  'registrationMode',
  'registrationModePlans',
  'recoveryCodes',
  'stockAccounts',
  'totpCredentials',
  'knownDevices',
  'clients',
  'closedAccounts',
  'consents',
  'identitySuggestions',
  'counters',
  'dataKeys',
  'signingKeys',
  'compromisedFederationKeys',
  'compromisedRelyingPartyKeys',
  'compromisedSigningKeys',
  'migrations',
  'auditRecords',
  'auditSeals',
  'auditSealer',
  'accountWriteFence',
  'keyringState',
  'logoutOutbox',
  'mandateEventOutbox',
  'accountEventOutbox',
  'accountViews',
  'receivedEvents',
  'upstreamNotices',
  'messageOutbox',
  'accountSpentTokens',
  'attemptBudgets',
  'routeBudgets',
  'spentProofs',
  'retentionTurns',
  'departments',
  'departmentTree',
  'staffSync',
  'staffEntries',
  'wards',
]);

let city: CityNode;
let refreshToken = '';

beforeAll(async () => {
  city = await startCityNode({
    mongodbUri: source.uri,
    environment: { HUTONG_AUDIT_ANCHOR: `file:${anchor}` },
    clients: [{ client_id: 'portal' }],
    accounts: [{ login: 'zhang' }],
  });
  refreshToken = await signIn(city);
});

afterAll(async () => {
  await city.stop();
  rmSync(folder, { recursive: true });
});

async function signIn(at: CityNode): Promise<string> {
  const browser = new CityBrowser(at.issuer);
  const answer = await browser.signIn(city.client('portal'), city.account('zhang'));
  const redeemed = await new TokenClient(at.issuer).redeem(answer);
  expect(redeemed.status).toBe(200);
  return String(redeemed.body.refresh_token);
}

async function collectionNames(uri: string): Promise<string[]> {
  const database = await connectDatabase({ uri });
  const names = await database.db.listCollections({}, { nameOnly: true }).toArray();
  await database.close();
  return names.map(({ name }) => name).sort();
}

it('is taken while people sign in, and readable by nobody', async () => {
  let isOver = false;
  const load = (async () => {
    let signedIn = 0;
    while (!isOver) {
      await signIn(city);
      signedIn += 1;
    }
    return signedIn;
  })();
  const taken = await runHutong(['backup', file], environment(source.uri));
  isOver = true;
  expect(await load).toBeGreaterThan(0);
  expect(taken).toMatchObject({ code: 0, err: '' });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder).sort()).toEqual(['anchor.jsonl', 'city.backup']);
  const bytes = readFileSync(file);
  for (const word of ['zhang', 'portal', 'accounts', 'signingKeys']) {
    expect(bytes.includes(word)).toBe(false);
  }
  const again = await hutong(['backup', file], environment(source.uri));
  expect(again).toMatchObject({ code: 1, out: '' });
  expect(readFileSync(file).equals(bytes)).toBe(true);
});

it('refuses what was altered, cut off, made under another key, or would overwrite', async () => {
  const bytes = readFileSync(file);
  const flipped = Buffer.from(bytes);
  flipped.writeUInt8(flipped.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1);
  const damaged = { flipped, short: bytes.subarray(0, -100), text: Buffer.from('not a backup') };
  for (const [name, content] of Object.entries(damaged)) {
    const copy = path.join(folder, name);
    writeFileSync(copy, content);
    const refused = await hutong(['restore', copy], environment(target.uri));
    expect({ name, ...refused }).toMatchObject({ code: 1, out: '' });
  }
  const otherKey = { HUTONG_MASTER_KEY: randomBytes(32).toString('base64url') };
  const refused = await hutong(['restore', file], { ...environment(target.uri), ...otherKey });
  expect(refused).toMatchObject({ code: 1, out: '' });
  expect(await collectionNames(target.uri)).toEqual([]);
  expect(await hutong(['restore', file], environment(source.uri))).toMatchObject({ code: 1 });
  expect(await hutong(['restore', `${file}.no`], environment(target.uri))).toMatchObject({
    code: 2,
  });
  expect(await hutong(['restore'], environment(target.uri))).toMatchObject({ code: 2 });
});

it('is whole after a restore was cut off and run again, and people sign in anew', async () => {
  const half = await connectDatabase({ uri: target.uri });
  await half.db.collection('restoreInProgress').insertOne({});
  await half.db.collection('accounts').insertOne({ left: 'behind' });
  expect(await hutong(['clients', 'list'], environment(target.uri))).toMatchObject({ code: 1 });
  await expect(startCityNode({ mongodbUri: target.uri })).rejects.toThrow('configuration_invalid');

  const typed = ['restore', file, '--anchor', anchor];
  const restored = await runHutong(typed, environment(target.uri));
  expect({ ...restored, out: '' }).toMatchObject({ code: 0 });
  expect(restored.out).toContain('signing keys');
  expect(restored.out).toMatch(
    /records are intact: [1-9]\d* sealed ones, [1-9]\d* of them proven/u,
  );
  expect(restored.out).toContain('The anchor goes on behind the backup');
  expect(await half.db.collection('accounts').countDocuments({ left: 'behind' })).toBe(0);
  for (const name of ['accounts', 'oidcArtefacts', 'auditRecords']) {
    const indexes = async (db: typeof half.db) =>
      (await db.collection(name).indexes()).map((index) => JSON.stringify(index)).sort();
    expect(await indexes(half.db)).toEqual(await indexes(city.storage.database.db));
  }
  await half.close();

  const second = await startCityNode({ mongodbUri: target.uri });
  try {
    const old = await new TokenClient(second.issuer).refresh(city.client('portal'), refreshToken);
    expect(old).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    await signIn(second);
  } finally {
    await second.stop();
  }
});

it('keeps sessions for a move', async () => {
  const restored = await hutong(['restore', file, '--keep-sessions'], environment(moved.uri));
  expect(restored.code).toBe(0);
  const second = await startCityNode({ mongodbUri: moved.uri });
  try {
    const tokens = new TokenClient(second.issuer);
    expect((await tokens.refresh(city.client('portal'), refreshToken)).status).toBe(200);
  } finally {
    await second.stop();
  }
});

it('knows of every collection whether it may come back, and how long it is kept', async () => {
  const known = new Set<string>([
    ...momentaryCollections,
    ...KEPT,
    'liveProcesses',
    'migrationLease',
    'dataKeyRotationLock',
  ]);
  const names = await collectionNames(source.uri);
  expect(names.filter((name) => !known.has(name))).toEqual([]);
  const inTable = new Set<string>([
    ...retentionTable.flatMap(({ collections }) => collections),
    ...impersonalCollections,
  ]);
  expect([...names, ...known].filter((name) => !inTable.has(name))).toEqual([]);
});
