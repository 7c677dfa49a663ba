// What only the outside place can tell: a tail that is gone, a chain that was made anew.
import { readFile, rm, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import {
  auditTrail,
  openTestAudit,
  recordMany,
  sealedRecord,
  sealMany,
  sealTwelve,
  verify,
} from '../../test/support/audit-trail.ts';
import { fixedKeyring } from '../../test/support/fixed-keyring.ts';
import { EMPTY_CHAIN, headOf, makeSeal } from './seal.ts';

const trail = auditTrail();

const findingWith = async (anchors = true) =>
  (await verify(trail, anchors ? [trail.anchorFile] : [])).finding;

describe('a tail', () => {
  const cut = async () => {
    await trail.seals.deleteMany({ _id: { $gte: 7 } });
    await trail.records.deleteMany({ seal: { $gte: 7 } });
  };

  it('that is cut off is missed by the sealer’s own note, and the gap stays', async () => {
    await sealTwelve(trail);
    await cut();
    expect(await findingWith(false)).toMatchObject({
      problem: 'tail_cut_off',
      sequence: 7,
      upTo: 12,
    });
    await sealMany(trail, 3);
    expect(await findingWith(false)).toMatchObject({
      problem: 'seal_removed',
      sequence: 7,
      upTo: 12,
    });
  });

  it('that is cut off with that note is missed by the anchor, even behind new records', async () => {
    await sealTwelve(trail);
    await cut();
    await trail.state.deleteMany({});
    expect(await findingWith(false)).toBeUndefined();
    expect(await findingWith()).toMatchObject({
      problem: 'tail_cut_off',
      sequence: 7,
      upTo: 9,
      place: `${trail.anchorFile}:3`,
    });
    await recordMany(trail, 9);
    await openTestAudit(trail).stop();
    expect(await findingWith(false)).toBeUndefined();
    expect(await findingWith()).toMatchObject({ problem: 'chain_rewritten', sequence: 7, upTo: 9 });
  });

  it('whose seals alone are gone is named with its first record', async () => {
    await sealTwelve(trail);
    const { _id } = await sealedRecord(trail, 7);
    await trail.seals.deleteMany({ _id: { $gte: 7 } });
    await trail.state.deleteMany({});
    expect(await findingWith(false)).toMatchObject({
      problem: 'tail_cut_off',
      sequence: 7,
      recordId: _id,
    });
  });

  it('is missed when an older state of the whole database is put back', async () => {
    await sealMany(trail, 3);
    const old = await Promise.all(
      [trail.records, trail.seals, trail.state].map((all) => all.find({} as never).toArray()),
    );
    await sealMany(trail, 3);
    for (const [index, all] of [trail.records, trail.seals, trail.state].entries()) {
      await all.deleteMany({});
      await all.insertMany((old[index] ?? []) as never[]);
    }
    expect(await findingWith(false)).toBeUndefined();
    expect(await findingWith()).toMatchObject({ problem: 'tail_cut_off', sequence: 4, upTo: 6 });
  });
});

describe('an anchor', () => {
  it('whose line was altered is named with its line', async () => {
    await sealTwelve(trail);
    const lines = (await readFile(trail.anchorFile, 'utf8')).trim().split('\n');
    const wanted = (lines[1] ?? '').replace('"count":6', '"count":5');
    await writeFile(trail.anchorFile, [lines[0], wanted, ...lines.slice(2)].join('\n'));
    expect(await findingWith()).toEqual({
      problem: 'anchor_altered',
      place: `${trail.anchorFile}:2`,
    });
  });

  it('that is gone proves nothing', async () => {
    await sealTwelve(trail);
    await rm(trail.anchorFile);
    expect(await findingWith()).toEqual({ problem: 'anchor_unreadable', place: trail.anchorFile });
  });

  it('may be a log with other lines, and end in the middle of one', async () => {
    await sealTwelve(trail);
    const text = await readFile(trail.anchorFile, 'utf8');
    const logged = text.replaceAll('{"count"', '{"level":30,"msg":"audit head","count"');
    await writeFile(
      trail.anchorFile,
      `{"msg":"listening"}\nnot JSON "mac"\n${logged}{"count":12,"fr`,
    );
    const { finding, anchors } = await verify(trail, [trail.anchorFile]);
    expect([finding, anchors.matched]).toEqual([undefined, 4]);
  });
});

describe('a chain made anew without the key', () => {
  it('is named from its first seal on', async () => {
    await sealTwelve(trail);
    const bytes = Buffer.alloc(32, 1);
    const keyring = fixedKeyring(() => bytes);
    let head = EMPTY_CHAIN;
    for (const old of await trail.seals.find().sort({ _id: 1 }).toArray()) {
      const records = await trail.records.find({ seal: old._id }).toArray();
      const seal = makeSeal(keyring, { head, records, now: old.sealedAt });
      await trail.seals.replaceOne({ _id: old._id }, seal);
      head = headOf(seal);
    }
    expect(await findingWith(false)).toMatchObject({ problem: 'seal_altered', sequence: 1 });
  });
});
