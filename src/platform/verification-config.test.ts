// The file HUTONG_VERIFICATION: every problem at once, never a secret, and no policy that makes a
// strong level of weak proofs.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { insecureSources, loadVerification } from './verification-config.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'hutong-verification-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function problemsOf(content: object | string): Promise<string[]> {
  const file = path.join(folder, 'verification.json');
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  const problems: string[] = [];
  loadVerification(file, problems);
  return problems;
}

const KEY = 'a key that is long enough';
const population = { url: 'https://register.example/check', key: KEY, cap: 2, dailyBudget: 10 };
const names = { issuer: 'https://face.example', clientId: 'hutong' };
const face = { ...population, ...names, url: 'https://face.example', cap: 3 };
const way = (count: number, ...of: string[]) => ({ count, of });
const rule = (level: number, ...anyOf: object[]) => ({ level, anyOf });

it('is absent without a setting', () => {
  const problems: string[] = [];
  expect(loadVerification(undefined, problems)).toBeUndefined();
  expect(problems).toEqual([]);
});

it('reads a key from a file beside it', async () => {
  await writeFile(path.join(folder, 'key'), `${KEY}\n`);
  const file = path.join(folder, 'with-key-file.json');
  const { key: _inline, ...rest } = population;
  const sources = { population: { ...rest, keyFile: 'key' } };
  await writeFile(file, JSON.stringify({ sources, policy: [rule(2, way(1, 'population'))] }));
  expect(loadVerification(file, [])?.sources.population?.key).toBe(KEY);
});

it.each([
  ['no JSON', '{', ['not a readable JSON file']],
  [
    'a level of three from leaked lists',
    { sources: { population, face }, policy: [rule(3, way(1, 'population', 'face'))] },
    ['no source that reaches level 3'],
  ],
  [
    'a match of name and number that would displace people',
    {
      sources: { population: { ...population, cap: 3 } },
      policy: [rule(2, way(1, 'population'))],
    },
    ['sources.population.cap'],
  ],
  [
    'more sources than there are',
    { sources: { population }, policy: [rule(2, way(2, 'population'))] },
    ['more sources than it names'],
  ],
  [
    'a source twice',
    { sources: { population }, policy: [rule(2, way(2, 'population', 'population'))] },
    ['names a source twice'],
  ],
  [
    'two keys',
    {
      sources: { population: { ...population, keyFile: 'x' } },
      policy: [rule(2, way(1, 'population'))],
    },
    ['needs either key or keyFile'],
  ],
  [
    'a source that is not there',
    { sources: {}, policy: [rule(2, way(1, 'population'))] },
    ['no source that reaches level 2'],
  ],
  [
    'several at once',
    { sources: { population: { ...population, cap: 9, url: 'ftp://x' } }, policy: [] },
    ['population.url', 'population.cap', 'policy'],
  ],
] as const)('refuses %s', async (_name, content, expected) => {
  const problems = await problemsOf(content);
  for (const text of expected) expect(problems.join('; ')).toContain(text);
  expect(problems.join('; ')).not.toContain(KEY);
});

it('asks for https where real people are', async () => {
  const file = path.join(folder, 'http.json');
  const sources = { population: { ...population, url: 'http://register.example/check' } };
  await writeFile(file, JSON.stringify({ sources, policy: [rule(2, way(1, 'population'))] }));
  const config = loadVerification(file, []);
  expect(insecureSources(config)).toEqual(['HUTONG_VERIFICATION: population: must be https']);
});
