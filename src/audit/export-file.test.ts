// The log as a file: whole, and damaged on its way.
import { readFile, rm, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { auditTrail, sealTwelve } from '../../test/support/audit-trail.ts';
import { verifyExport, writeExport } from './export-file.ts';
import type { ExportRange } from './export-file.ts';
import { SealStore } from './seal-store.ts';
import { sealedBlocks } from './walk-chain.ts';

const trail = auditTrail();

async function exported(range: ExportRange = {}): Promise<{ file: string; count: number }> {
  const file = `${trail.anchorFile}.export`;
  const blocks = sealedBlocks(new SealStore(trail.database), { after: 0, last: 100 });
  const source = { keyring: trail.keyring, blocks, now: new Date() };
  return { file, count: await writeExport(source, file, range) };
}

const verified = (file: string) => verifyExport(trail.keyring, file, () => undefined);

describe('an exported file', () => {
  it('is intact as it was written, and never replaces another', async () => {
    await sealTwelve(trail);
    const { file, count } = await exported();
    expect(count).toBe(12);
    expect(await verified(file)).toEqual({ checkedCount: 12 });
    await expect(exported()).rejects.toThrow('EEXIST');
  });

  it('may hold a part of the chain, or nothing', async () => {
    await sealTwelve(trail);
    const seals = await trail.seals.find().sort({ _id: 1 }).toArray();
    const [since, until] = [seals[1]?.sealedAt, seals[3]?.sealedAt];
    const part = await exported({ since, until });
    expect(part.count).toBe(6);
    expect(await verified(part.file)).toEqual({ checkedCount: 9 });
    await rm(part.file);
    const none = await exported({ since: new Date(Date.now() + 1000) });
    expect(await verified(none.file)).toEqual({ checkedCount: 0 });
  });

  it.each<[string, string, (text: string) => string]>([
    [
      'another actor',
      'record_altered',
      (text) => text.replace('"actor":"operator"', '"actor":"x"'),
    ],
    ['a record less', 'record_removed', (text) => text.replace(/^\{"record".*\n/mu, '')],
    ['a seal less', 'record_inserted', (text) => text.replace(/^\{"seal":\{"_id":4.*\n/mu, '')],
    ['no end', 'tail_cut_off', (text) => text.trimEnd().split('\n').slice(0, -1).join('\n')],
    ['an older end', 'tail_cut_off', (text) => text.split('\n').slice(0, 8).join('\n')],
    ['a line of another kind', 'line_unreadable', (text) => `${text}{"more":1}\n`],
  ])('with %s is not: %s', async (_title, problem, damage) => {
    await sealTwelve(trail);
    const { file } = await exported();
    await writeFile(file, damage(await readFile(file, 'utf8')));
    expect((await verified(file)).finding).toMatchObject({ problem });
  });
});
