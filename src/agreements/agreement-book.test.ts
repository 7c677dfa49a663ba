import { createHash } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { AppError } from '../platform/errors.ts';
import { agreementsFolder } from '../platform/http/http-app.ts';
import { AgreementBook } from './agreement-book.ts';

const name = 'real-name-registration';
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hutong-agreements-'));
  await cp(agreementsFolder, folder, { recursive: true });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function problemOf(): unknown {
  try {
    new AgreementBook(folder).current(name);
    return undefined;
  } catch (error) {
    return error instanceof AppError ? error.details?.['problem'] : error;
  }
}

it('has every agreement in both languages, with the hash of what is shown', async () => {
  const current = new AgreementBook(folder).current(name);
  const bytes = await readFile(join(folder, name, `${current.version}.en.json`));
  expect(current.hashes.en).toBe(createHash('sha256').update(bytes).digest('hex'));
  expect(current.texts['zh-CN'].title).toBe('实名注册协议');
  expect(current.texts.en.sections).toHaveLength(current.texts['zh-CN'].sections.length);
});

it('refuses a text that was changed without its version, and says the hash it has', async () => {
  const file = join(folder, name, '1.zh-CN.json');
  const text = (await readFile(file, 'utf8')).replace('一级', '二级');
  await writeFile(file, text);
  const hash = createHash('sha256').update(text).digest('hex');
  expect(problemOf()).toContain(hash);
});

it.each([
  ['a missing language', () => rm(join(folder, name, '1.en.json'))],
  ['a list that is none', () => writeFile(join(folder, name, 'agreement.json'), '[]')],
])('refuses %s', async (_what, spoil) => {
  await spoil();
  expect(problemOf()).toContain(name);
});

it('knows no version that was never in force', () => {
  const book = new AgreementBook(folder);
  expect(book.find(name, 2)).toBeUndefined();
  expect(book.find(name, 0)).toBeUndefined();
});
