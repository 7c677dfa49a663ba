// What lies in the database of a file of evidence, who reaches it, and when it goes.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testDatabase } from '../../test/support/database.ts';
import { ShiftedClock } from '../../test/support/shifted-clock.ts';
import { openTestStorage } from '../../test/support/storage.ts';
import type { TestStorage } from '../../test/support/storage.ts';
import { Resealer } from '../platform/reseal-store.ts';
import { EvidenceFileStore, sealedEvidenceFiles } from './evidence-file-store.ts';
import { evidenceFilesMigrations } from './evidence-files.migrations.ts';

const { uri } = testDatabase();
const clock = new ShiftedClock();
const DAY = 86_400;
/** More than two chunks. */
const BIG = Buffer.concat([Buffer.from('a certificate of Zhang San'), randomBytes(600_000)]);
const MARK = Buffer.from('Zhang San');
let storage: TestStorage;
let files: EvidenceFileStore;

beforeAll(async () => {
  storage = await openTestStorage(uri, evidenceFilesMigrations, clock);
  files = new EvidenceFileStore(storage);
});
afterAll(() => storage.database.close());

const drawn = (bytes: Buffer) => ({ bytes, width: 10, height: 20 });
const chunks = () =>
  storage.database.collection<{ _id: unknown; files_id: string; n: number; data: Buffer }>(
    'evidencePages.chunks',
  );

async function add(ownerId = 'owner', pages = [BIG]): Promise<string> {
  return files.add({ ownerId, slot: 'front' }, pages.map(drawn));
}

async function attach(id: string, caseId: string, ownerId = 'owner'): Promise<boolean> {
  return storage.database.transaction((session) =>
    files.attach([id], { ownerId, caseId }, session),
  );
}

describe('what is kept', () => {
  it('comes back as it was, page by page, and nothing of it stands in the clear', async () => {
    const id = await add('owner', [BIG, Buffer.from('second page')]);
    expect(await attach(id, 'case-1')).toBe(true);
    expect((await files.page(id, 'case-1', 0))?.equals(BIG)).toBe(true);
    expect((await files.page(id, 'case-1', 1))?.toString()).toBe('second page');
    expect(await files.page(id, 'case-1', 2)).toBeUndefined();
    const stored = await storage.database.db.listCollections().toArray();
    for (const { name } of stored) {
      const documents = await storage.database.db
        .collection(name)
        .find({}, { raw: true })
        .toArray();
      const bytes = Buffer.concat(documents as unknown as Buffer[]);
      expect(bytes.includes(MARK)).toBe(false);
      expect(bytes.includes(BIG.subarray(300_000, 300_016))).toBe(false);
    }
  });

  it('is found in its own case only', async () => {
    const id = await add();
    await attach(id, 'case-2');
    expect(await files.page(id, 'case-3', 0)).toBeUndefined();
    expect(await files.page('unknown', 'case-2', 0)).toBeUndefined();
  });

  it('shows when a chunk was altered, swapped or left out', async () => {
    const id = await add();
    await attach(id, 'case-4');
    const own = await chunks()
      .find({ files_id: `${id}.0` })
      .sort({ n: 1 })
      .toArray();
    const [first, second, last] = own;
    if (!first || !second || !last) throw new Error('not three chunks');
    const put = (to: typeof first, data: Buffer) =>
      chunks().updateOne({ _id: to._id }, { $set: { data } });
    const altered = Buffer.from(first.data);
    altered[100] = (altered[100] ?? 0) ^ 1;
    await put(first, altered);
    await expect(files.page(id, 'case-4', 0)).rejects.toThrow('authenticate');
    await put(first, second.data);
    await put(second, first.data);
    await expect(files.page(id, 'case-4', 0)).rejects.toThrow('authenticate');
    await put(first, first.data);
    await put(second, second.data);
    await expect(files.page(id, 'case-4', 0)).resolves.toBeDefined();
    await chunks().deleteOne({ _id: last._id });
    await expect(files.page(id, 'case-4', 0)).rejects.toThrow('authenticate');
  });

  it('opens under a new data key as well', async () => {
    const id = await add();
    await attach(id, 'case-5');
    const { found, unreadable } = await new Resealer(storage).pass(sealedEvidenceFiles);
    expect({ found, unreadable }).toEqual({ found: 0, unreadable: 0 });
    expect(await new Resealer(storage).count([sealedEvidenceFiles])).toEqual(
      new Map([[1, await storage.database.collection('evidenceFiles').countDocuments()]]),
    );
  });
});

describe('whose it is', () => {
  it('another account attaches or discards it as little as one that does not exist', async () => {
    const id = await add();
    expect(await attach(id, 'case-6', 'stranger')).toBe(false);
    expect(await attach('unknown', 'case-6', 'stranger')).toBe(false);
    expect(await files.discard(id, 'stranger')).toBe(false);
    expect(await files.discard('unknown', 'stranger')).toBe(false);
    expect(await files.looseOf('stranger')).toEqual([]);
  });

  it('belongs to one case, however many ask for it at once', async () => {
    const id = await add();
    const tries = await Promise.all(['a', 'b', 'c', 'd'].map((name) => attach(id, `race-${name}`)));
    expect(tries.filter(Boolean)).toHaveLength(1);
    expect(await files.discard(id, 'owner')).toBe(false);
  });
});

describe('when it goes', () => {
  it('never sent: after a day; discarded: at once, and its key before its bytes', async () => {
    const [kept, dropped] = [await add('leaver'), await add('leaver')];
    expect(await files.discard(dropped, 'leaver')).toBe(true);
    expect((await files.looseOf('leaver')).map(({ id }) => id)).toEqual([kept]);
    expect(await attach(dropped, 'case-7', 'leaver')).toBe(false);
    await files.eraseDue(100);
    expect(await chunks().countDocuments({ files_id: `${dropped}.0` })).toBe(0);
    expect(await chunks().countDocuments({ files_id: `${kept}.0` })).toBe(3);
    clock.advance(DAY + 1);
    expect(await attach(kept, 'case-7', 'leaver')).toBe(false);
    await files.eraseDue(100);
    expect(await chunks().countDocuments({ files_id: `${kept}.0` })).toBe(0);
  });

  it('decided: after its time, counted from the first decision; while the case is open never', async () => {
    const id = await add();
    await attach(id, 'case-8');
    const end = (days: number) =>
      storage.database.transaction((session) => files.endCase('case-8', days * DAY, session));
    clock.advance(100 * DAY);
    await files.eraseDue(100);
    expect(await files.ofCase('case-8')).toHaveLength(1);
    await end(30);
    clock.advance(20 * DAY);
    await end(30);
    await files.eraseDue(100);
    expect(await files.ofCase('case-8')).toHaveLength(1);
    clock.advance(10 * DAY + 1);
    expect(await files.page(id, 'case-8', 0)).toBeUndefined();
    await files.eraseDue(100);
    expect(
      await storage.database.collection('evidenceFiles').countDocuments({ caseId: 'case-8' }),
    ).toBe(0);
    expect(await chunks().countDocuments({ files_id: `${id}.0` })).toBe(0);
  });

  it('of an account that is removed: unreadable in the same transaction', async () => {
    const id = await add('gone');
    await attach(id, 'case-9', 'gone');
    await storage.database.transaction((session) => files.erase('gone', session));
    expect(await files.page(id, 'case-9', 0)).toBeUndefined();
    expect(await files.eraseDue(100)).toBe(1);
  });
});
