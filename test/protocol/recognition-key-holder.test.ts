// The key holder of mutual recognition as a process of its own, asked over HTTP by platforms.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openOprf } from '../../src/mutual-recognition/oprf.ts';
import type { Blinded, Oprf } from '../../src/mutual-recognition/oprf.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { ask, makePlatform, signedToken, startKeyHolder } from '../support/recognition-office.ts';
import type { KeyHolderProcess, TestPlatform } from '../support/recognition-office.ts';

const PATH = '/recognition-key/evaluations';
const database = migratedDatabase();
let oprf: Oprf;
let holder: KeyHolderProcess;
let cityA: TestPlatform;
let poor: TestPlatform;

beforeAll(async () => {
  oprf = await openOprf();
  cityA = await makePlatform('city-a', {
    quotas: { evaluations: { perMinute: 100_000, perDay: 100_000 } },
  });
  poor = await makePlatform('city-p', { quotas: { evaluations: { perMinute: 12, perDay: 15 } } });
  holder = await startKeyHolder(database.uri, [cityA, poor]);
});
afterAll(() => holder.stop());

const bytes = (text: string) => Buffer.from(text, 'base64url');
const encoded = (from: Uint8Array) => Buffer.from(from).toString('base64url');
const blinded = (count: number, about = 'number') =>
  Array.from({ length: count }, (_, index) => oprf.blind(Buffer.from(`${about} ${index}`)));
const request = (items: readonly Blinded[], epoch = 1) => ({
  path: PATH,
  body: { epoch, elements: items.map((item) => encoded(item.blinded)) },
});

interface PublishedKey {
  epoch: number;
  state: string;
  public_key: string;
}

async function published(): Promise<PublishedKey[]> {
  const response = await fetch(new URL('/recognition-key/keys', holder.address));
  return ((await response.json()) as { keys: PublishedKey[] }).keys;
}

const publicKey = async (epoch = 1) =>
  bytes((await published()).find((key) => key.epoch === epoch)?.public_key ?? '');

function evaluationOf(json: unknown) {
  const { evaluated, proof } = json as { evaluated: string[]; proof: string };
  return { evaluated: evaluated.map(bytes), proof: bytes(proof) };
}

describe('the key holder refuses', () => {
  it('whoever is unknown, signs with another key, for another service, path, body or time', async () => {
    const good = request(blinded(1));
    const body = JSON.stringify(good.body);
    const stranger = await makePlatform('city-a');
    const unknown = await makePlatform('nobody');
    const later = { path: PATH, body, audience: holder.address };
    const other = await signedToken(cityA, { ...later, path: '/recognition-key/other' });
    const answers = await Promise.all([
      ask(holder.address, stranger, good),
      ask(holder.address, unknown, good),
      ask(holder.address, cityA, { ...good, audience: 'https://hub.example' }),
      ask(holder.address, cityA, { ...good, token: other }),
      ask(holder.address, cityA, { ...good, token: 'not.a.token' }),
      ask(holder.address, cityA, { ...good, sent: `${body} ` }),
    ]);
    expect(answers.map(({ status, json }) => [status, json])).toEqual(
      answers.map(() => [401, { error: 'not_authenticated' }]),
    );
  });

  it('a request that was used, also of fifty at the same time all but one', async () => {
    const good = request(blinded(1));
    const of = { path: PATH, body: JSON.stringify(good.body), audience: holder.address };
    const token = await signedToken(cityA, of);
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => ask(holder.address, cityA, { ...good, token })),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(statuses.filter((status) => status === 401)).toHaveLength(49);
  });

  it('what is no element, too many of them, and an epoch that there is not', async () => {
    const bad = [
      { epoch: 1, elements: [encoded(new Uint8Array(32))] },
      { epoch: 1, elements: [encoded(new Uint8Array(32).fill(255))] },
      { epoch: 1, elements: [] },
      { epoch: 1, elements: blinded(501).map((item) => encoded(item.blinded)) },
      { epoch: 1, elements: ['44019919900101'] },
      'nonsense',
    ];
    for (const body of bad) {
      const { status } = await ask(holder.address, cityA, { path: PATH, body });
      expect(status).toBe(400);
    }
    const answer = await ask(holder.address, cityA, request(blinded(1), 7));
    expect([answer.status, answer.json]).toEqual([410, { error: 'epoch_unknown' }]);
  });

  it('more than the quota, whoever asks at once, and says when to come again', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => ask(holder.address, poor, request(blinded(1)))),
    );
    // A new minute may have begun meanwhile; the day has not more than its quota all the same.
    const done = answers.filter(({ status }) => status === 200).length;
    expect(done).toBeGreaterThanOrEqual(12);
    expect(done).toBeLessThanOrEqual(15);
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(20 - done);
    for (const { headers } of refused) {
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    const { status } = await ask(holder.address, poor, request(blinded(16)));
    expect(status).toBe(429);
  });
});

describe('the key holder', () => {
  it('evaluates a batch under one proof, which no other key and no other answer satisfies', async () => {
    const items = blinded(100);
    const { status, json } = await ask(holder.address, cityA, request(items));
    expect(status).toBe(200);
    const evaluation = evaluationOf(json);
    expect(oprf.finalize(items, evaluation, oprf.newKey().publicKey)).toBeUndefined();
    const [first, ...rest] = evaluation.evaluated;
    const turned = { ...evaluation, evaluated: [...rest, first ?? new Uint8Array()] };
    expect(oprf.finalize(items, turned, await publicKey())).toBeUndefined();
    expect(oprf.finalize(items, evaluation, await publicKey())).toHaveLength(100);
  });

  it('gives the same output however it is asked, so that all platforms find the same index', async () => {
    const alone = blinded(1);
    const among = blinded(30);
    const answers = await Promise.all([
      ask(holder.address, cityA, request(alone)),
      ask(holder.address, cityA, request(among)),
    ]);
    const key = await publicKey();
    const outputs = answers.map(({ json }, index) =>
      oprf.finalize(index === 0 ? alone : among, evaluationOf(json), key),
    );
    expect(outputs[0]?.[0]).toEqual(outputs[1]?.[0]);
  });

  it('announces a key, lets it take over, and destroys the one before', async () => {
    const states = async () => (await published()).map(({ epoch, state }) => [epoch, state]);
    const outputOf = async (epoch: number) => {
      const items = blinded(1, 'epochs');
      const { json } = await ask(holder.address, cityA, request(items, epoch));
      return oprf.finalize(items, evaluationOf(json), await publicKey(epoch))?.[0]?.toString('hex');
    };
    expect((await holder.command('recognition-key', 'activate')).code).toBe(1);
    expect((await holder.command('recognition-key', 'announce')).code).toBe(0);
    expect((await holder.command('recognition-key', 'announce')).code).toBe(1);
    await expect.poll(states).toEqual([
      [1, 'active'],
      [2, 'announced'],
    ]);
    const before = await outputOf(1);
    expect(await outputOf(2)).not.toBe(before);
    expect((await holder.command('recognition-key', 'activate')).code).toBe(0);
    await expect.poll(states).toEqual([
      [1, 'former'],
      [2, 'active'],
    ]);
    expect(await outputOf(1)).toBe(before);
    expect((await holder.command('recognition-key', 'retire', '2', '--yes')).code).toBe(1);
    expect((await holder.command('recognition-key', 'retire', '1')).code).toBe(1);
    expect((await holder.command('recognition-key', 'retire', '1', '--yes')).code).toBe(0);
    await expect.poll(states).toEqual([[2, 'active']]);
    expect((await ask(holder.address, cityA, request(blinded(1)))).status).toBe(410);
  });

  it('tells its operators whether it is ready, and its keys and quotas as figures', async () => {
    const ready = await fetch(new URL('/readyz', holder.operations));
    expect([ready.status, await ready.json()]).toEqual([200, { status: 'ready' }]);
    const figures = await (await fetch(new URL('/metrics', holder.operations))).text();
    for (const line of [
      'hutong_recognition_key_epoch{state="active"} 2',
      'hutong_recognition_platforms{state="active"} 2',
      'hutong_recognition_quota_used_ratio{platform="city-p",quota="evaluations"} ',
      'hutong_database_connections',
      'process_resident_memory_bytes',
    ]) {
      expect(figures).toContain(line);
    }
  });

  it('serves a platform no more once it is suspended, and again once it is resumed', async () => {
    const status = async () => (await ask(holder.address, cityA, request(blinded(1), 2))).status;
    expect(await status()).toBe(200);
    const suspended = await holder.command('recognition-key', 'platforms', 'suspend', 'city-a');
    expect(suspended.code).toBe(0);
    await expect.poll(status).toBe(403);
    await holder.command('recognition-key', 'platforms', 'resume', 'city-a');
    await expect.poll(status).toBe(200);
    const { out } = await holder.command('recognition-key', 'platforms', 'list');
    expect(out).toMatch(/city-a .* active .*today: \d{3} evaluations/u);
  });
});
