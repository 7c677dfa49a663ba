// The hub of mutual recognition, asked over HTTP by platforms: entries, conflicts, tickets, lookups. What
// its index holds comes from the oblivious function with a key that only this test knows.
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { indexOf } from '../../src/mutual-recognition/recognition-index.ts';
import type { FoundBy } from '../../src/mutual-recognition/recognition-index.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { runHutongHere } from '../support/command-here.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { MASTER_KEY } from '../support/storage.ts';
import {
  ask,
  hubSettings,
  importPlatforms,
  makePlatform,
  openAnswer,
} from '../support/recognition-office.ts';
import type { ServiceAnswer, TestPlatform } from '../support/recognition-office.ts';

const database = migratedDatabase();
const operator = {
  HUTONG_MODE: 'demonstration',
  HUTONG_MASTER_KEY: MASTER_KEY.toString('base64url'),
  MONGODB_URI: database.uri,
};
const BUCKET_QUOTA = 5;
let hub: CityNode;
let settings: Awaited<ReturnType<typeof hubSettings>>;
let cityA: TestPlatform;
let cityB: TestPlatform;
let cityC: TestPlatform;
let poor: TestPlatform;

beforeAll(async () => {
  const quotas = {
    lookups: { perMinute: 10_000, perDay: 10_000 },
    conflicts: { perMinute: 100, perDay: 100 },
  };
  [cityA, cityB, cityC, poor] = await Promise.all([
    makePlatform('city-a', { quotas }),
    makePlatform('city-b', { quotas }),
    makePlatform('city-c', { quotas }),
    makePlatform('city-poor', {
      quotas: {
        lookups: { perMinute: 3, perDay: 3 },
        entries: { perMinute: 10, perDay: 10 },
        conflicts: { perMinute: 2, perDay: 2 },
      },
    }),
  ]);
  await importPlatforms(operator, [cityA, cityB, cityC, poor]);
  settings = await hubSettings({
    bucketQuotas: { perPlatformPerDay: BUCKET_QUOTA, perDay: 2 * BUCKET_QUOTA },
    answerAfterMs: 5,
  });
  hub = await startCityNode({
    mongodbUri: database.uri,
    environment: { ...operator, ...settings },
  });
});
afterAll(async () => {
  await hub.stop();
  await rm(settings.HUTONG_RECOGNITION_HUB);
});

const output = () => randomBytes(64).toString('base64url');
const somebody = (): FoundBy => ({ subject: output(), bucket: output() });
const traceIdOf = () => randomBytes(12).toString('base64url');
const inAYear = () => Math.floor(Date.now() / 1000) + 365 * 86_400;

const put = (index: string, version = 1, level = 3) => ({
  action: 'put',
  index,
  version,
  level,
  expires_at: inAYear(),
});

const asked = (platform: TestPlatform, path: string, body: object) =>
  ask(hub.issuer, platform, { path: `/mutual-recognition/${path}`, body, clock: hub.clock });

const change = (platform: TestPlatform, changes: readonly object[], epoch = 1) =>
  asked(platform, 'entries', { epoch, changes });

const outcomesOf = ({ json }: ServiceAnswer) => (json as { outcomes: string[] }).outcomes;

async function register(platform: TestPlatform, person: FoundBy): Promise<void> {
  const answer = await change(platform, [put(indexOf(person))]);
  expect(outcomesOf(answer)).toEqual(['done']);
}

async function ticketFor(platform: TestPlatform, traceId: string): Promise<string> {
  const { json } = await asked(platform, 'tickets', { trace_ids: [traceId] });
  return (json as { tickets: string[] }).tickets[0] ?? '';
}

async function lookUp(
  platform: TestPlatform,
  person: FoundBy,
  given: { ticket?: string; traceId?: string } = {},
): Promise<{ raw: ServiceAnswer; home: string | undefined }> {
  const trace_id = given.traceId ?? traceIdOf();
  const ticket = given.ticket ?? (await ticketFor(platform, trace_id));
  const raw = await asked(platform, 'lookups', { lookups: [{ ...person, ticket, trace_id }] });
  if (raw.status !== 200) return { raw, home: undefined };
  const { answers } = await openAnswer(raw.text, platform, hub.issuer);
  expect(answers.map((answer) => answer.trace_id)).toEqual([trace_id]);
  return { raw, home: answers[0]?.home?.id };
}

/** What somebody on the line sees of an answer. */
function seen({ raw }: Awaited<ReturnType<typeof lookUp>>) {
  const { date: _date, 'x-request-id': _id, ...headers } = Object.fromEntries(raw.headers);
  return { status: raw.status, headers, size: raw.text.length };
}

describe('a lookup is refused, and looks like every other answer,', () => {
  it('with a ticket that was used, of fifty at once all but one', async () => {
    const person = somebody();
    await register(cityB, person);
    const traceId = traceIdOf();
    const ticket = await ticketFor(cityA, traceId);
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => lookUp(cityA, person, { ticket, traceId })),
    );
    expect(answers.filter(({ home }) => home === 'city-b')).toHaveLength(1);
    expect(answers.filter(({ home }) => home === undefined)).toHaveLength(49);
    const [first, ...others] = answers.map(seen);
    for (const other of others) expect(other).toEqual(first);
  });

  it('with the ticket of another platform or sign-in, an old one, or none', async () => {
    const person = somebody();
    await register(cityB, person);
    const traceId = traceIdOf();
    const ticket = await ticketFor(cityA, traceId);
    const good = await lookUp(cityA, person);
    const bad = [
      await lookUp(cityC, person, { ticket, traceId }),
      await lookUp(cityA, person, { ticket }),
      await lookUp(cityA, person, { ticket: 'none', traceId }),
    ];
    const late = await ticketFor(cityA, traceId);
    hub.clock.advance(301);
    bad.push(await lookUp(cityA, person, { ticket: late, traceId }));
    for (const answer of bad) {
      expect(answer.home).toBeUndefined();
      expect(seen(answer)).toEqual(seen(good));
    }
    expect(good.home).toBe('city-b');
  });

  it('beyond the quota of the platform', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => lookUp(poor, somebody())));
    const answered = answers.filter(({ home }) => home !== undefined);
    expect(answered).toHaveLength(3);
    const [first, ...others] = answers.map(seen);
    for (const other of others) expect(other).toEqual(first);
  });

  it('beyond the quota of one area and birth date, so that nobody tries them all', async () => {
    const { bucket } = somebody();
    const neighbours = Array.from({ length: 12 }, () => ({ subject: output(), bucket }));
    const homes = await Promise.all(neighbours.map((person) => lookUp(cityA, person)));
    expect(homes.filter(({ home }) => home !== undefined)).toHaveLength(BUCKET_QUOTA);
    // All platforms together have twice as many.
    const others = await Promise.all(
      [cityB, cityC].flatMap((city) => neighbours.map((person) => lookUp(city, person))),
    );
    expect(others.filter(({ home }) => home !== undefined)).toHaveLength(BUCKET_QUOTA);
  });

  it('while the platform is suspended', async () => {
    const leaving = await makePlatform('city-leaving');
    await importPlatforms(operator, [leaving]);
    const status = async () =>
      (await asked(leaving, 'tickets', { trace_ids: [traceIdOf()] })).status;
    await expect.poll(status).toBe(200);
    await runHutongHere(['recognition-key', 'platforms', 'suspend', 'city-leaving'], operator);
    await expect.poll(status).toBe(403);
  });
});

describe('a lookup', () => {
  it('is answered alike for somebody who is registered and somebody who is not', async () => {
    const known = somebody();
    await register(cityB, known);
    const ofKnown = await lookUp(cityA, known);
    const strangers = Array.from({ length: 12 }, somebody);
    const ofUnknown = await Promise.all(strangers.map((each) => lookUp(cityA, each)));
    expect(ofKnown.home).toBe('city-b');
    for (const answer of ofUnknown) {
      expect(seen(answer)).toEqual(seen(ofKnown));
      // Never the one that asks, which would know better.
      expect(['city-b', 'city-c', 'city-poor']).toContain(answer.home);
    }
    expect(new Set(ofUnknown.map(({ home }) => home)).size).toBeGreaterThan(1);
    // And the same one whenever it is asked for.
    const again = await Promise.all(strangers.map((each) => lookUp(cityA, each)));
    expect(again.map(({ home }) => home)).toEqual(ofUnknown.map(({ home }) => home));
  });

  it('finds nobody under another bucket, so that the quota cannot be led astray', async () => {
    const person = somebody();
    await register(cityB, person);
    const homes = new Set<string | undefined>();
    for (let turn = 0; turn < 20; turn += 1) {
      homes.add((await lookUp(cityA, { ...person, bucket: output() })).home);
    }
    expect(homes.size).toBeGreaterThan(1);
  });

  it('is recorded with its trace id on both sides, and never with the index', async () => {
    const person = somebody();
    const traceId = traceIdOf();
    await lookUp(cityA, person, { traceId });
    const records = await hub.storage.database
      .collection('auditRecords')
      .find({ 'details.traceId': traceId })
      .toArray();
    expect(records.map(({ type, actor }) => [type, actor])).toEqual([
      ['recognition.looked_up', 'client:city-a'],
    ]);
    const text = JSON.stringify(records);
    for (const secret of [person.subject, person.bucket, indexOf(person)]) {
      expect(text).not.toContain(secret);
    }
  });
});

describe('an entry', () => {
  it('stays as it is against an older version, also of parallel batches', async () => {
    const index = indexOf(somebody());
    const versions = Array.from({ length: 20 }, (_, number) => number + 1);
    await Promise.all(versions.map((version) => change(cityA, [put(index, version, 2)])));
    expect(outcomesOf(await change(cityA, [put(index, 20)]))).toEqual(['unchanged']);
    expect(outcomesOf(await change(cityA, [put(index, 19)]))).toEqual(['older']);
    const remove = (version: number) => ({ action: 'remove', index, version });
    expect(outcomesOf(await change(cityA, [remove(20)]))).toEqual(['unchanged']);
    expect(outcomesOf(await change(cityA, [remove(21)]))).toEqual(['done']);
    expect(outcomesOf(await change(cityA, [put(index, 20)]))).toEqual(['older']);
    expect(outcomesOf(await change(cityA, [put(index, 22)]))).toEqual(['done']);
  });

  it('has one home: of two platforms that claim a person at once one does, and both are told', async () => {
    const person = somebody();
    const index = indexOf(person);
    const claims = await Promise.all(
      [cityA, cityB].map((city) => change(city, [put(index), put(indexOf(somebody()))])),
    );
    const outcomes = claims.map((claim) => outcomesOf(claim)[0]);
    expect(new Set(outcomes)).toEqual(new Set(['conflict', 'done']));
    const [home, claimant] = outcomes[0] === 'done' ? [cityA, cityB] : [cityB, cityA];
    expect(outcomesOf(await change(claimant, [put(index, 999)]))).toEqual(['conflict']);
    expect((await lookUp(cityC, person)).home).toBe(home.id);
    const toldOf = async (city: TestPlatform) => {
      const { json } = await asked(city, 'conflicts', { since: 0 });
      const { conflicts } = json as { conflicts: { index: string }[] };
      return conflicts.filter((conflict) => conflict.index === index);
    };
    const about = { epoch: 1, times: 2 };
    const home2 = { ...about, side: 'home', claimant: claimant.id };
    expect(await toldOf(home)).toMatchObject([home2]);
    expect(await toldOf(claimant)).toMatchObject([{ ...about, side: 'claimant' }]);
    expect((await toldOf(claimant))[0]).not.toHaveProperty('home');
    const { out } = await runHutongHere(['recognition', 'conflicts'], operator);
    expect(out).toContain(index);
    // Once its home lets go, the other may have the person.
    await change(home, [{ action: 'remove', index, version: 1000 }]);
    expect(outcomesOf(await change(claimant, [put(index)]))).toEqual(['done']);
    expect((await lookUp(cityC, person)).home).toBe(claimant.id);
  });

  it('tells nobody who is registered by claims: they end at a quota', async () => {
    const people = Array.from({ length: 4 }, somebody);
    for (const person of people) await register(cityB, person);
    const answers: number[] = [];
    for (const person of people) answers.push((await change(poor, [put(indexOf(person))])).status);
    expect(answers).toEqual([200, 200, 429, 429]);
    const many = Array.from({ length: 7 }, () => put(indexOf(somebody())));
    expect((await change(poor, many)).status).toBe(429);
  });

  it('is found in a batch of 5,000, and a request of more or with one index twice is refused', async () => {
    const people = Array.from({ length: 5000 }, somebody);
    const changes = people.map((person) => put(indexOf(person)));
    const answer = await change(cityC, changes);
    expect(new Set(outcomesOf(answer))).toEqual(new Set(['done']));
    expect((await lookUp(cityA, people[4321] ?? somebody())).home).toBe('city-c');
    expect((await change(cityC, [...changes, put(indexOf(somebody()))])).status).toBe(400);
    expect((await change(cityC, [...changes.slice(0, 2), changes[0] ?? {}])).status).toBe(400);
  });
});
