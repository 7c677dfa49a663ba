// Several sealers on one database: nothing is missed, nothing sealed twice, no number left out.
import { mkdir, readFile, rm, rmdir } from 'node:fs/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  allSealed,
  AUDIT_EVENT,
  auditTrail,
  openTestAudit,
  recordMany,
  verify,
} from '../../test/support/audit-trail.ts';
import { createLogger } from '../platform/logger.ts';
import { AnchorWriter } from './anchor-writer.ts';
import { headOf, makeSeal, signHead } from './seal.ts';
import { SealStore } from './seal-store.ts';
import { Sealer } from './sealer.ts';

const trail = auditTrail();
const logger = createLogger({ level: 'silent', service: 'test' });
const started: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((audit) => audit.stop()));
});

function startAudit(anchorFiles: readonly string[] = []) {
  const audit = openTestAudit(trail, anchorFiles);
  audit.start();
  started.push(audit);
  return audit;
}

/** With which any number may seal at once. */
class LeaselessStore extends SealStore {
  override takeLease(): Promise<boolean> {
    return Promise.resolve(true);
  }
}

/** Ids in the order of their numbers, which have no gap. */
async function sealedIds(): Promise<string[]> {
  const seals = await trail.seals.find().sort({ _id: 1 }).toArray();
  const sizes = seals.map(({ entries }) => entries.length);
  const begins = sizes.map((_, index) => 1 + sizes.slice(0, index).reduce((a, b) => a + b, 0));
  expect(seals.map(({ _id }) => _id)).toEqual(begins);
  return seals.flatMap(({ entries }) => entries.map(({ id }) => id));
}

async function recordIds(): Promise<string[]> {
  return (await trail.records.find().toArray()).map(({ _id }) => _id).sort();
}

describe('running sealers', () => {
  it('number what fifty parallel transactions commit, late ones too, and nothing that was aborted', async () => {
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    for (let index = 0; index < 3; index += 1) startAudit();
    const late = Array.from({ length: 50 }, (_, index) =>
      trail.database.transaction(async (session) => {
        await trail.audit.record({ ...AUDIT_EVENT, subject: `late-${index}` }, session);
        await gate;
        if (index % 5 === 0) throw new Error('aborted');
      }),
    );
    await recordMany(trail, 30);
    await vi.waitUntil(async () => (await sealedIds()).length === 30, { timeout: 10_000 });
    open();
    const ends = await Promise.allSettled(late);
    expect(ends.filter(({ status }) => status === 'rejected')).toHaveLength(10);
    await allSealed(trail);
    expect(await recordIds()).toHaveLength(70);
    expect((await sealedIds()).toSorted()).toEqual(await recordIds());
    expect(await verify(trail)).toMatchObject({ finding: undefined, checkedCount: 70 });
  });

  it('take turns: when one ends another goes on', async () => {
    const [first, second] = [startAudit(), startAudit()];
    await recordMany(trail, 1);
    await vi.waitUntil(() => first.status().isSealing || second.status().isSealing, 10_000);
    const [holder, other] = first.status().isSealing ? [first, second] : [second, first];
    expect(other.status().isSealing).toBe(false);
    await holder.stop();
    await recordMany(trail, 1);
    await allSealed(trail);
    const isDone = () => other.status().oldestUnsealedSeconds === 0;
    await vi.waitUntil(() => other.status().sealedCount === 2 && isDone(), 10_000);
    expect(other.status().isSealing).toBe(true);
  });

  it('seal what the release before has recorded, and what a stopped city left', async () => {
    await recordMany(trail, 3);
    startAudit();
    await allSealed(trail);
    expect(await sealedIds()).toHaveLength(3);
  });
});

describe('a sealer that dies', () => {
  const seals = () => new SealStore(trail.database);

  it('between its seal and the marks leaves nothing to be sealed twice', async () => {
    await recordMany(trail, 5);
    const dead = seals();
    const records = await dead.pending(3);
    const seal = makeSeal(trail.keyring, {
      head: { count: 0, from: 0, hash: Buffer.alloc(32) },
      records,
      now: new Date(),
    });
    expect(await dead.append(seal)).toBe(true);
    await recordMany(trail, 2);
    await openTestAudit(trail).stop();
    expect((await sealedIds()).toSorted()).toEqual(await recordIds());
    expect(await verify(trail)).toMatchObject({ finding: undefined, checkedCount: 7 });
  });

  it('and wakes up again after its lease cannot put its seal anywhere', async () => {
    await recordMany(trail, 5);
    const sleeper = seals();
    const head = { count: 0, from: 0, hash: Buffer.alloc(32) };
    const records = await sleeper.pending(5);
    await openTestAudit(trail).stop();
    const stale = makeSeal(trail.keyring, { head, records, now: new Date() });
    expect(await sleeper.append(stale)).toBe(false);
    expect(await verify(trail)).toMatchObject({ finding: undefined, checkedCount: 5 });
  });

  it('with the lease in hand is replaced when the lease ends', async () => {
    await seals().takeLease('dead');
    await recordMany(trail, 1);
    const audit = startAudit();
    await vi.waitUntil(() => audit.status().oldestUnsealedSeconds > 0, 10_000);
    expect(audit.status().isSealing).toBe(false);
    await allSealed(trail);
    expect(audit.status().isSealing).toBe(true);
  });

  it('keeps nobody from the lease who seals in good order', async () => {
    expect(await seals().takeLease('one')).toBe(true);
    expect(await seals().takeLease('one')).toBe(true);
    expect(await seals().takeLease('two')).toBe(false);
    await seals().giveUpLease('two');
    expect(await seals().takeLease('two')).toBe(false);
    await seals().giveUpLease('one');
    const wins = await Promise.all(['two', 'three', 'four'].map((id) => seals().takeLease(id)));
    expect(wins.filter(Boolean)).toHaveLength(1);
  });
});

describe('many that race without any lease', () => {
  it('make one chain', async () => {
    const racers = Array.from({ length: 8 }, () => new SealStore(trail.database));
    await recordMany(trail, 40);
    const race = racers.map(async (seals) => {
      for (let round = 0; round < 60; round += 1) {
        const last = await seals.lastSeal();
        if (last) await seals.mark(last);
        const head = last ? headOf(last) : { count: 0, from: 0, hash: Buffer.alloc(32) };
        const records = await seals.pending(2);
        if (records.length === 0) return;
        await seals.append(makeSeal(trail.keyring, { head, records, now: new Date() }));
      }
    });
    await Promise.all(race);
    expect((await sealedIds()).toSorted()).toEqual(await recordIds());
    expect(await verify(trail)).toMatchObject({ finding: undefined, checkedCount: 40 });
  });

  it('make one chain while records come, each with its own steps', async () => {
    const sealers = Array.from({ length: 6 }, () => {
      const seals = new LeaselessStore(trail.database);
      return new Sealer({
        ...trail,
        seals,
        anchor: new AnchorWriter({ files: [], logger }),
        logger,
      });
    });
    let isOver = false;
    const racing = sealers.map(async (sealer) => {
      while (!isOver) await sealer.run();
    });
    await Promise.all(Array.from({ length: 6 }, () => recordMany(trail, 15)));
    isOver = true;
    await Promise.all(racing);
    await sealers[0]?.run();
    expect((await sealedIds()).toSorted()).toEqual(await recordIds());
    expect(await trail.seals.countDocuments()).toBeGreaterThan(3);
    expect(await verify(trail)).toMatchObject({ finding: undefined, checkedCount: 90 });
  });
});

describe('the anchor', () => {
  const heads = async () =>
    (await readFile(trail.anchorFile, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { count: number });

  it('holds the last head after an orderly end, signed', async () => {
    await recordMany(trail, 4);
    const audit = openTestAudit(trail, [trail.anchorFile]);
    audit.start();
    await audit.stop();
    const last = (await heads()).at(-1);
    const seal = await trail.seals.findOne({}, { sort: { _id: -1 } });
    if (!seal) throw new Error('nothing sealed');
    expect(last).toMatchObject({
      ...signHead(trail.keyring, headOf(seal), { now: new Date() }),
      at: expect.any(String),
      mac: expect.any(String),
    });
  });

  it('that cannot be written is retried, and keeps nobody from sealing', async () => {
    await mkdir(trail.anchorFile);
    const audit = startAudit([trail.anchorFile]);
    await recordMany(trail, 2);
    await vi.waitUntil(() => audit.status().anchorFailing, 10_000);
    await allSealed(trail);
    await rmdir(trail.anchorFile);
    await vi.waitUntil(() => !audit.status().anchorFailing, 10_000);
    expect((await heads()).at(-1)).toMatchObject({ count: 2 });
    await rm(trail.anchorFile);
  });
});

describe('a change whose record cannot be written', () => {
  it('does not happen', async () => {
    const probe = trail.database.collection<{ _id: string }>('probe');
    const broken = { ...AUDIT_EVENT, details: { text: 'x'.repeat(17_000_000) } };
    const change = trail.database.transaction(async (session) => {
      await probe.insertOne({ _id: 'changed' }, { session });
      await trail.audit.record(broken, session);
    });
    await expect(change).rejects.toThrow('BSONObj');
    expect(await probe.countDocuments()).toBe(0);
  });
});
