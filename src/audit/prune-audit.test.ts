// Records whose time is over go, the rest verifies as before, and nobody else can do it.
import { describe, expect, it } from 'vitest';
import {
  auditTrail,
  openTestAudit,
  sealedRecord,
  sealTwelve,
  verify,
} from '../../test/support/audit-trail.ts';
import { pruneAudit } from './prune-audit.ts';
import { SealStore } from './seal-store.ts';

const trail = auditTrail();
const DAY_MS = 86_400_000;

/** As it is, so many days after the last record of the third seal. */
async function prune({ days = 180, isRehearsal = false } = {}) {
  const third = await trail.seals.findOne({ _id: 7 });
  const now = new Date((third?.sealedAt.getTime() ?? 0) + days * DAY_MS);
  const seals = new SealStore(trail.database);
  const options = { keptDays: 180, isRehearsal, anchorFiles: [trail.anchorFile] };
  return pruneAudit(
    { ...trail, seals, clock: { now: () => now } },
    { ...options, onProgress: () => undefined },
  );
}

describe('removing what is too old', () => {
  it('takes whole seals, is told in the log, and leaves an intact chain', async () => {
    await sealTwelve(trail);
    expect(await prune({ isRehearsal: true })).toMatchObject({ ok: true, removedCount: 6 });
    expect(await trail.records.countDocuments()).toBe(12);
    expect(await prune()).toMatchObject({ ok: true, removedCount: 6 });
    expect(await trail.records.countDocuments()).toBe(7);
    await openTestAudit(trail, [trail.anchorFile]).stop();
    expect(await verify(trail, [trail.anchorFile])).toMatchObject({
      finding: undefined,
      prunedCount: 6,
      checkedCount: 13,
      anchors: { matched: 3 },
    });
    expect(await trail.records.findOne({ type: 'audit.pruned' })).toMatchObject({
      actor: 'operator',
      details: { upTo: 6 },
    });
  });

  it('leaves the newest seal, however old it is', async () => {
    await sealTwelve(trail);
    expect(await prune({ days: 4000 })).toMatchObject({ ok: true, removedCount: 9 });
    expect(await trail.seals.countDocuments()).toBe(1);
  });

  it('ends what a run before has begun', async () => {
    await sealTwelve(trail);
    const first = await trail.seals.find({ _id: { $lte: 4 } }).toArray();
    const old = await trail.records.find({ seal: 4 }).toArray();
    await prune();
    await openTestAudit(trail, [trail.anchorFile]).stop();
    await trail.seals.insertMany(first);
    await trail.records.insertMany(old);
    expect((await verify(trail)).finding).toBeUndefined();
    expect(await prune()).toMatchObject({ ok: true, removedCount: 0 });
    expect(await trail.seals.findOne({ _id: 1 })).toBeNull();
    expect(await trail.records.countDocuments({ seal: 4 })).toBe(0);
  });

  it('does not touch a log that is not intact', async () => {
    await sealTwelve(trail);
    const { _id } = await sealedRecord(trail, 2);
    await trail.records.updateOne({ _id }, { $set: { actor: 'somebody' } });
    const outcome = await prune();
    expect(outcome).toMatchObject({ ok: false, finding: { problem: 'record_altered' } });
    expect(await trail.records.countDocuments()).toBe(12);
  });

  it('cannot be feigned with a head that was reached', async () => {
    await sealTwelve(trail);
    const sealer = (await trail.state.findOne({ _id: 'sealer' })) as { head?: unknown } | null;
    await trail.seals.deleteMany({ _id: { $lt: 10 } });
    await trail.records.deleteMany({ seal: { $lt: 10 } });
    await trail.state.insertOne({ _id: 'pruned', head: sealer?.head } as { _id: string });
    expect((await verify(trail)).finding).toMatchObject({
      problem: 'seal_removed',
      sequence: 1,
      upTo: 9,
    });
  });
});
