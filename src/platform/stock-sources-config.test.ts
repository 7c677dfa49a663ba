// The file HUTONG_STOCK_ACCOUNTS: every problem by its place.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadStockSources } from './stock-sources-config.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'hutong-sources-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function load(content: string | object) {
  const file = path.join(folder, 'sources.json');
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  const problems: string[] = [];
  return { sources: loadStockSources(file, problems), problems };
}

const source = {
  id: 'housing-fund',
  name: { 'zh-CN': '公积金', en: 'Housing fund' },
  passwordsUntil: '2027-12-31',
};

it('offers nothing without a setting', () => {
  expect(loadStockSources(undefined, [])).toEqual([]);
});

it('trusts a source to level 2 unless told otherwise', async () => {
  const { sources, problems } = await load({ sources: [source] });
  expect(problems).toEqual([]);
  expect(sources).toMatchObject([{ levelCap: 2, caseSensitiveLogins: false }]);
});

it.each([
  ['no JSON', '{', 'not a readable JSON file'],
  ['an id that fits no address', { sources: [{ ...source, id: 'Housing Fund' }] }, 'sources.0.id'],
  [
    'a name in one language',
    { sources: [{ ...source, name: { en: 'x' } }] },
    'sources.0.name.zh-CN',
  ],
  ['a level only windows give', { sources: [{ ...source, levelCap: 4 }] }, 'sources.0.levelCap'],
  [
    'a day that never was',
    { sources: [{ ...source, passwordsUntil: '2027-02-30' }] },
    'passwordsUntil',
  ],
  ['a source twice', { sources: [source, source] }, 'names housing-fund twice'],
  ['an unknown word', { sources: [{ ...source, cap: 2 }] }, 'sources.0'],
])('refuses %s', async (_what, content, problem) => {
  const { sources, problems } = await load(content);
  expect(sources).toEqual([]);
  expect(problems.join('\n')).toContain(problem);
});
