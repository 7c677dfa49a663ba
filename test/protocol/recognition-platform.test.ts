// A platform that takes part in mutual recognition: its people are in the index as they are here, strangers
// are looked up. Key holder, hub and platform each on a database of their own; the key holder a process.
import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccountStore } from '../../src/accounts/account-store.ts';
import type { Certificate } from '../../src/accounts/identity-number.ts';
import { openPart } from '../../src/app/recognition.ts';
import { openOprf } from '../../src/mutual-recognition/oprf.ts';
import { indexInputs, indexOf } from '../../src/mutual-recognition/recognition-index.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { runHutongHere } from '../support/command-here.ts';
import { startFailingService } from '../support/failing-service.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import {
  ask,
  hubSettings,
  importPlatforms,
  makePlatform,
  platformSettings,
  startKeyHolder,
} from '../support/recognition-office.ts';
import type { KeyHolderProcess, TestPlatform } from '../support/recognition-office.ts';
import { MASTER_KEY } from '../support/storage.ts';

const [ofHolder, ofHub, ofCity] = [migratedDatabase(), migratedDatabase(), migratedDatabase()];
const logger = createLogger({ level: 'silent', service: 'test' });
const quotas = {
  evaluations: { perMinute: 100_000, perDay: 100_000 },
  lookups: { perMinute: 10_000, perDay: 10_000 },
};
let holder: KeyHolderProcess;
let hub: CityNode;
let city: CityNode;
let cityA: TestPlatform;
let cityB: TestPlatform;
let environment: Readonly<Record<string, string>>;
let pinFile: string;
const files: string[] = [];

beforeAll(async () => {
  [cityA, cityB] = await Promise.all([
    makePlatform('city-a', { quotas }),
    makePlatform('city-b', { quotas }),
  ]);
  const operator = {
    HUTONG_MODE: 'demonstration',
    HUTONG_MASTER_KEY: MASTER_KEY.toString('base64url'),
  };
  await importPlatforms({ ...operator, MONGODB_URI: ofHub.uri }, [cityA, cityB]);
  const settings = await hubSettings({ answerAfterMs: 1 });
  [holder, hub] = await Promise.all([
    startKeyHolder(ofHolder.uri, [cityA, cityB]),
    startCityNode({ mongodbUri: ofHub.uri, environment: settings }),
  ]);
  pinFile = path.join(tmpdir(), `hutong-recognition-${randomBytes(8).toString('hex')}.json`);
  files.push(settings.HUTONG_RECOGNITION_HUB, pinFile);
  await writeFile(pinFile, JSON.stringify(await settingsOf(cityA)));
  environment = {
    ...operator,
    MONGODB_URI: ofCity.uri,
    HUTONG_RECOGNITION: pinFile,
    HUTONG_OUTBOUND_ALLOW: '127.0.0.0/8:*',
  };
  city = await startCityNode({
    mongodbUri: ofCity.uri,
    environment,
    accounts: [
      { login: 'wang' },
      { login: 'limei', level: 2 },
      { login: 'zhao', level: 1 },
      { login: 'sun', kind: 'civilServant' },
      { login: 'company', kind: 'legalEntity' },
    ],
  });
});
afterAll(async () => {
  await Promise.all([city.stop(), hub.stop()]);
  await holder.stop();
  for (const file of files) await rm(file, { force: true });
});

const settingsOf = (platform: TestPlatform, more: object = {}) =>
  platformSettings(platform, { hub: hub.issuer, keyHolder: holder.address, ...more });

const traceIdOf = () => randomBytes(12).toString('base64url');

/** What another city asks, on the same stores: it needs no people of its own for that. */
async function asks(platform: TestPlatform, more: object = {}) {
  const { storage } = city;
  const recognition = await settingsOf(platform, more);
  const outbound = { allow: ['127.0.0.0/8:*'], caFile: undefined };
  const accounts = new AccountStore(storage);
  const part = openPart({ ...storage, accounts, logger }, { recognition, outbound });
  if (!part) throw new Error('takes no part');
  return part;
}

async function homeOf(certificate: Certificate, platform = cityB) {
  const { client, work } = await asks(platform);
  try {
    const found = await client.findHome(certificate, { traceId: traceIdOf() });
    return found.ok ? found.homePlatform.id : found.reason;
  } finally {
    await work.stop();
  }
}

async function certificateOf(login: string): Promise<Certificate> {
  const account = await city.accountStore.findById(city.account(login).id);
  if (!account?.certificate) throw new Error(`${login} has no number`);
  return account.certificate;
}

const entries = () => hub.storage.database.collection('recognitionEntries');
const standing = (epoch = 1) => entries().countDocuments({ epoch, removedAt: { $exists: false } });

const numberOf = (sequence: number): Certificate => {
  return { type: '414', country: 'FRA', number: `X${String(sequence).padStart(8, '0')}` };
};

describe('the people of a platform', () => {
  it('are in the index when they are verified, and nobody else is', async () => {
    await expect.poll(() => standing()).toBe(2);
    for (const login of ['wang', 'limei'])
      expect(await homeOf(await certificateOf(login))).toBe('city-a');
    const { out } = await runHutongHere(['recognition', 'status'], environment);
    expect(out).toMatch(/registered +2/u);
  });

  it('are found under no index that can be computed without the key holder', async () => {
    const oprf = await openOprf();
    const { secretKey, publicKey } = oprf.newKey();
    const inputs = indexInputs(await certificateOf('wang'));
    const items = [oprf.blind(inputs.subject), oprf.blind(inputs.bucket)];
    const answer = oprf.evaluate(
      { secretKey, publicKey },
      items.map(({ blinded }) => blinded),
    );
    const [subject, bucket] = oprf.finalize(items, answer, publicKey) ?? [];
    const guess = indexOf({
      subject: subject?.toString('base64url') ?? '',
      bucket: bucket?.toString('base64url') ?? '',
    });
    expect(await entries().countDocuments({ _id: guess as never })).toBe(0);
    const stolen = JSON.stringify(await entries().find().toArray());
    expect(stolen).not.toContain((await certificateOf('wang')).number);
  });

  it('leave the index with a lock, and are in it again after it', async () => {
    const id = city.account('limei').id;
    await runHutongHere(['accounts', 'lock', id], environment);
    await expect.poll(() => standing()).toBe(1);
    await runHutongHere(['accounts', 'unlock', id], environment);
    await expect.poll(() => standing()).toBe(2);
    await runHutongHere(['accounts', 'level', id, '3', '--source', 'window'], environment);
    await expect.poll(() => entries().countDocuments({ level: 3 })).toBe(2);
    await runHutongHere(['accounts', 'delete', id, '--yes'], environment);
    await expect.poll(() => standing()).toBe(1);
    await expect
      .poll(() => city.storage.database.collection('recognitionRegistrations').countDocuments())
      .toBe(1);
  });

  it('are registered again where the hub has lost them, and removed where it has too many', async () => {
    const surplus = randomBytes(32).toString('base64url');
    const put = {
      action: 'put',
      index: surplus,
      version: 1,
      level: 2,
      expires_at: Math.floor(Date.now() / 1000) + 86_400,
    };
    await ask(hub.issuer, cityA, {
      path: '/mutual-recognition/entries',
      body: { epoch: 1, changes: [put] },
    });
    await entries().deleteOne({ level: 3 });
    const { code, out } = await runHutongHere(['recognition', 'reconcile'], environment);
    expect([code, out.trim()]).toEqual([
      0,
      'epoch 1: 1 missing at the hub, 1 surplus there, 0 differing',
    ]);
    await expect.poll(() => entries().countDocuments({ level: 3 })).toBe(1);
    expect(await standing()).toBe(1);
    const again = await runHutongHere(['recognition', 'reconcile'], environment);
    expect(again.err).toBe('');
    expect(again.out).toContain('0 missing at the hub, 0 surplus there, 0 differing');
    const ofHubNow = { ...environment, MONGODB_URI: ofHub.uri };
    const reports = await runHutongHere(['recognition', 'reports'], ofHubNow);
    expect(reports.out).toMatch(/city-a .*1 missing at the hub, 1 surplus there/u);
  });
});

describe('a stranger', () => {
  it('is led to another platform also when nobody knows the number, the same one each time', async () => {
    const homes = await Promise.all([homeOf(numberOf(1), cityA), homeOf(numberOf(1), cityA)]);
    expect(homes).toEqual(['city-b', 'city-b']);
  });

  it('is not looked up with a key that is not the pinned one', async () => {
    const oprf = await openOprf();
    const publicKey = Buffer.from(oprf.newKey().publicKey).toString('base64url');
    const { client, work } = await asks(cityA, { keys: [{ epoch: 1, publicKey }] });
    const found = await client.findHome(numberOf(2), { traceId: traceIdOf() });
    await work.stop();
    expect(found).toEqual({ ok: false, reason: 'wrong_key' });
  });

  it('has the same trace id in the records of both sides', async () => {
    const { client, work } = await asks(cityA);
    const traceId = traceIdOf();
    await client.findHome(numberOf(3), { traceId });
    await work.stop();
    const typesAt = async (node: CityNode) => {
      const records = node.storage.database.collection('auditRecords');
      return (await records.find({ 'details.traceId': traceId }).toArray()).map(
        ({ type }) => type as string,
      );
    };
    expect(await typesAt(city)).toEqual(['recognition.home_asked']);
    expect(await typesAt(hub)).toEqual(['recognition.looked_up']);
  });

  it('is looked up together with others that come at the same time', async () => {
    const { client, work } = await asks(cityA);
    const found = await Promise.all(
      Array.from({ length: 40 }, (_, turn) =>
        client.findHome(
          { ...numberOf(turn), number: `K${randomBytes(4).toString('hex').toUpperCase()}${turn}` },
          { traceId: traceIdOf() },
        ),
      ),
    );
    await work.stop();
    expect(found).toEqual(
      found.map(() => ({ ok: true, homePlatform: { id: 'city-b', issuer: cityB.issuer } })),
    );
  });

  it('gets an answer soon when hub or key holder are slow, down or say nonsense', async () => {
    const nonsense = await startFailingService(200, '{"keys": 1}');
    const broken = await startFailingService(503);
    const silent = await startFailingService(undefined);
    const addresses = [nonsense, broken, silent].map(({ address }) => address);
    for (const address of [...addresses, 'http://127.0.0.1:1']) {
      const { client, work } = await asks(cityA, {
        keyHolder: address,
        keys: [{ epoch: 1, publicKey: 'A'.repeat(43) }],
      });
      const found = await client.findHome(numberOf(4), { traceId: traceIdOf() });
      expect(found).toEqual({ ok: false, reason: 'unavailable' });
      await work.stop();
    }
    const { client, work } = await asks(cityA, { hub: broken.address });
    // The sixth finds the breaker open and asks nobody.
    for (let turn = 0; turn < 7; turn += 1) {
      const found = await client.findHome(numberOf(5), { traceId: traceIdOf() });
      expect(found).toEqual({ ok: false, reason: 'unavailable' });
    }
    await work.stop();
    expect(broken.count()).toBeLessThan(7);
    await Promise.all([nonsense, broken, silent].map((service) => service.close()));
  });
});

describe('with a new key', () => {
  it('people are registered under it before it takes over, and nobody is lost meanwhile', async () => {
    const wang = await certificateOf('wang');
    await holder.command('recognition-key', 'announce');
    await expect.poll(async () => (await settingsOf(cityA)).keys.length).toBe(2);
    // What an operator does: the new key is pinned and the process started anew.
    await writeFile(pinFile, JSON.stringify(await settingsOf(cityA)));
    const former = city;
    city = await startCityNode({ mongodbUri: ofCity.uri, environment });
    await former.stop();
    await expect.poll(() => standing(2), { timeout: 20_000 }).toBe(1);
    expect(await homeOf(wang)).toBe('city-a');
    await holder.command('recognition-key', 'activate');
    await expect.poll(() => homeOf(wang)).toBe('city-a');
    await holder.command('recognition-key', 'retire', '1', '--yes');
    await expect
      .poll(async () => (await settingsOf(cityA)).keys.map(({ epoch }) => epoch))
      .toEqual([2]);
    expect(await homeOf(wang)).toBe('city-a');
    const ofHubNow = { ...environment, MONGODB_URI: ofHub.uri };
    await runHutongHere(['recognition', 'drop-epoch', '1', '--yes'], ofHubNow);
    expect(await standing(1)).toBe(0);
    expect(await homeOf(wang)).toBe('city-a');
  });
});
