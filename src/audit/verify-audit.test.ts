// Whoever can write to the database, but lacks the master key, changes one thing; the verification
// names it.
import { describe, expect, it } from 'vitest';
import {
  auditTrail,
  openTestAudit,
  sealedRecord,
  sealMany,
  sealTwelve,
  verify,
} from '../../test/support/audit-trail.ts';
import type { AuditRecord } from './audit-record.ts';
import type { Seal } from './seal.ts';

const trail = auditTrail();

async function sealFrom(number: number): Promise<Seal> {
  const seal = await trail.seals.findOne({ _id: number });
  if (!seal) throw new Error(`no seal ${number}`);
  return seal;
}

const findingWith = async (anchors = true) =>
  (await verify(trail, anchors ? [trail.anchorFile] : [])).finding;

describe('an honest log', () => {
  it('is intact, and as long as the anchor says', async () => {
    await sealTwelve(trail);
    const verdict = await verify(trail, [trail.anchorFile]);
    expect(verdict).toEqual({
      finding: undefined,
      prunedCount: 0,
      checkedCount: 12,
      unsealedCount: 0,
      anchors: { matched: 4, matchedCount: 12 },
    });
  });

  it('is intact without a single record', async () => {
    expect(await findingWith()).toBeUndefined();
  });

  it('is intact when the newest seal has not reached its records yet', async () => {
    await sealTwelve(trail);
    await trail.records.updateMany({ seal: 10 }, { $unset: { seal: true } });
    expect(await findingWith()).toBeUndefined();
  });

  it('may have records that wait, but not for long', async () => {
    await sealTwelve(trail);
    await trail.audit.record({ type: 'accounts.locked', actor: 'operator', result: 'done' });
    expect(await verify(trail)).toMatchObject({ finding: undefined, unsealedCount: 1 });
    const later = { now: () => new Date(Date.now() + 11_000) };
    const { finding } = await verify({ ...trail, clock: later });
    expect(finding).toMatchObject({ problem: 'record_unsealed', type: 'accounts.locked' });
  });
});

describe('a record', () => {
  it.each<[string, (record: AuditRecord) => object]>([
    ['with another actor', () => ({ $set: { actor: 'somebody' } })],
    ['with one member more', () => ({ $set: { level: 4 } })],
    ['with a date as text', ({ at }) => ({ $set: { at: at.toISOString() } })],
    ['with another MAC', () => ({ $set: { mac: Buffer.alloc(32) } })],
  ])('%s is named as altered', async (_title, change) => {
    await sealTwelve(trail);
    const { _id, at } = await sealedRecord(trail, 5);
    await trail.records.updateOne(
      { _id: (await sealedRecord(trail, 8))._id },
      { $set: { actor: 'later' } },
    );
    await trail.records.updateOne({ _id }, change(await sealedRecord(trail, 5)));
    const expected = {
      problem: 'record_altered',
      sequence: 5,
      recordId: _id,
      type: 'accounts.locked',
      at,
    };
    expect(await findingWith(false)).toEqual(expected);
  });

  it('that is gone is named with its number, time and type', async () => {
    await sealTwelve(trail);
    const { _id, at, type } = await sealedRecord(trail, 8);
    await trail.records.deleteOne({ _id });
    const expected = { problem: 'record_removed', sequence: 8, recordId: _id, at, type };
    expect(await findingWith(false)).toEqual(expected);
  });

  it('that is copied under a new id is named, wherever it says that it was sealed', async () => {
    await sealTwelve(trail);
    const { seal: _seal, ...copy } = await sealedRecord(trail, 5);
    for (const place of [{}, { seal: 0 }, { seal: 4 }, { seal: 5 }, { seal: 999 }, { seal: 'x' }]) {
      await trail.records.insertOne({ ...copy, ...place, _id: 'forged' } as AuditRecord);
      const finding = await findingWith(false);
      expect(finding).toMatchObject({ problem: 'record_inserted', recordId: 'forged' });
      await trail.records.deleteOne({ _id: 'forged' });
    }
  });

  it('that is forged is not sealed, and does not keep others from it', async () => {
    const forged = { _id: 'forged', at: new Date(), mac: Buffer.alloc(32), schemaVersion: 1 };
    const event = { type: 'accounts.locked', actor: 'operator', result: 'done' } as const;
    await trail.records.insertOne({ ...forged, ...event } as AuditRecord);
    await sealMany(trail, 3);
    expect((await verify(trail)).finding).toMatchObject({
      problem: 'record_inserted',
      recordId: 'forged',
    });
    expect(await sealFrom(1)).toMatchObject({ entries: { length: 3 } });
  });

  it('that is sealed a second time is missed at its old place', async () => {
    await sealTwelve(trail);
    const { _id } = await sealedRecord(trail, 2);
    await trail.records.updateOne({ _id }, { $unset: { seal: true } });
    await openTestAudit(trail).stop();
    expect(await findingWith()).toMatchObject({
      problem: 'record_moved',
      sequence: 2,
      recordId: _id,
    });
  });
});

describe('a seal', () => {
  it('whose entry was altered is named', async () => {
    await sealTwelve(trail);
    const { _id } = await sealedRecord(trail, 5);
    await trail.seals.updateOne({ _id: 4 }, { $set: { 'entries.1.type': 'accounts.closed' } });
    expect(await findingWith(false)).toMatchObject({
      problem: 'seal_altered',
      sequence: 5,
      upTo: 6,
      recordId: _id,
    });
  });

  it.each([
    { entries: null },
    { entries: [null] },
    { hash: 'x' },
    { sealedAt: 1 },
    { previous: Buffer.alloc(32) },
  ])('is named when it has another shape: %j', async (change) => {
    await sealTwelve(trail);
    await trail.seals.updateOne({ _id: 7 }, { $set: change as object });
    expect(await findingWith(false)).toMatchObject({ problem: 'seal_altered', sequence: 7 });
  });

  it('that is gone from the middle is named, with or without its records', async () => {
    await sealTwelve(trail);
    const { _id } = await sealedRecord(trail, 4);
    await trail.seals.deleteOne({ _id: 4 });
    const expected = { problem: 'seal_removed', sequence: 4, upTo: 6 };
    expect(await findingWith(false)).toMatchObject({ ...expected, recordId: _id });
    await trail.records.deleteMany({ seal: 4 });
    expect(await findingWith(false)).toMatchObject(expected);
  });

  it('does not fit under another number, nor in the place of another', async () => {
    await sealTwelve(trail);
    const [two, three] = [await sealFrom(4), await sealFrom(7)];
    await trail.seals.replaceOne({ _id: 4 }, { ...three, _id: 4 } as Seal);
    await trail.seals.replaceOne({ _id: 7 }, { ...two, _id: 7 } as Seal);
    expect(await findingWith(false)).toMatchObject({ problem: 'seal_altered', sequence: 4 });
    await trail.seals.deleteMany({ _id: { $in: [4, 7] } });
    await trail.seals.insertOne({ ...three, _id: 4 });
    expect(await findingWith(false)).toMatchObject({ problem: 'seal_altered', sequence: 4 });
  });

  it('without a number is named', async () => {
    await sealTwelve(trail);
    const { _id, ...rest } = await sealFrom(10);
    await trail.seals.insertOne({ ...rest, _id: `${_id}` as unknown as number });
    expect(await findingWith(false)).toMatchObject({ problem: 'seal_inserted', place: '10' });
  });
});
