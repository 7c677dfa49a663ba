// The import of old accounts on the real database: what is refused and why, what happens to the same
// file twice, and what the background work does to the passwords.
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ShiftedClock } from '../../test/support/shifted-clock.ts';
import { testDatabase } from '../../test/support/database.ts';
import { openTestStorage } from '../../test/support/storage.ts';
import type { TestStorage } from '../../test/support/storage.ts';
import { auditMigrations } from '../audit/audit.migrations.ts';
import { PasswordHasher } from '../credentials/password-hash.ts';
import { loadWords } from '../platform/http/locale.ts';
import { limitsSchema } from '../platform/limits-config.ts';
import { passwordsEndAt } from '../platform/stock-sources-config.ts';
import type { StockSource } from '../platform/stock-sources-config.ts';
import { destroyUnusedPasswords, wrapSome } from './old-password-work.ts';
import { StockAccountStore } from './stock-account-store.ts';
import { runStockAccountsCommand } from './stock-accounts.commands.ts';
import { stockAccountsMigrations } from './stock-accounts.migrations.ts';

const { uri } = testDatabase();
const clock = new ShiftedClock();
const words = loadWords('locales');
const housing: StockSource = {
  id: 'housing-fund',
  name: { 'zh-CN': '公积金网上大厅', en: 'Housing fund online' },
  levelCap: 2,
  passwordsUntil: '2036-12-31',
  caseSensitiveLogins: false,
};
const school = { ...housing, id: 'school', caseSensitiveLogins: true };
const HEADER =
  'old_id,login,password_hash,name,phone,email,certificate_type,certificate_number,real_name_level';
const MD5 = '$1$5pZSV9va$azfrPr6af3Fc7dLblQXVa0';
const BCRYPT = '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW';
const NUMBER = '440000199208160103';

let storage: TestStorage;
let stock: StockAccountStore;
let folder: string;
let files = 0;

beforeAll(async () => {
  storage = await openTestStorage(uri, [...auditMigrations, ...stockAccountsMigrations], clock);
  stock = new StockAccountStore(storage);
  folder = await mkdtemp(path.join(tmpdir(), 'hutong-stock-'));
});
beforeEach(async () => {
  await collection().deleteMany({});
});
afterAll(async () => {
  await storage.database.close();
  await rm(folder, { recursive: true });
});

const collection = () => storage.database.collection('stockAccounts');

async function importLines(
  lines: readonly string[],
  { header = HEADER, source = 'housing-fund', encoding = 'utf-8' } = {},
) {
  files += 1;
  const csv = path.join(folder, `${files}.csv`);
  const report = path.join(folder, `${files}-report.csv`);
  await writeFile(csv, [header, ...lines].join('\n'));
  const printed: string[] = [];
  const terminal = {
    print: (line: string) => void printed.push(line),
    complain: (line: string) => void printed.push(line),
    read: () => Promise.reject(new Error('not asked for')),
    t: (key: string, values?: Record<string, string | number>) =>
      words.translate('zh-CN', key, values),
  };
  const code = await runStockAccountsCommand(
    ['import', '--source', source, '--csv', csv, '--report', report, '--encoding', encoding],
    { ...storage, stock, sources: [housing, school], terminal },
  );
  const text = await readFile(report, 'utf8').catch(() => '');
  const rows = text.split('\r\n').slice(1).filter(Boolean);
  return { code, printed: printed.join('\n'), report, text, rows };
}

describe('a row', () => {
  it.each([
    [`,wang,${MD5},,,,,,`, 'old_id', 'old_id_missing'],
    [`=cmd(),wang,${MD5},,,,,,`, 'old_id', 'old_id_wrong'],
    [`1,,${MD5},,,,,,`, 'login', 'login_missing'],
    [`1,wang,,,,,,,`, 'password_hash', 'hash_missing'],
    [`1,wang,5f4dcc3b5aa765d61d8327deb882cf99,,,,,,`, 'password_hash', 'hash_unsalted'],
    [`1,wang,${MD5}x,,,,,,`, 'password_hash', 'hash_malformed'],
    [`1,wang,${MD5},,12345,,,,`, 'phone', 'phone_invalid'],
    [`1,wang,${MD5},,,nobody,,,`, 'email', 'email_wrong'],
    [`1,wang,${MD5},陈体验,,,111,440000199208160104,2`, 'certificate_number', 'check_digit_wrong'],
    [`1,wang,${MD5},陈体验,,,,,2`, 'real_name_level', 'identity_missing'],
    [`1,wang,${MD5},,,,,,9`, 'real_name_level', 'level_wrong'],
  ])('%j is refused at %s: %s, and the next one is imported', async (line, column, reason) => {
    const outcome = await importLines([line, `2,li,${MD5},,,,,,`]);
    expect(outcome.code).toBe(1);
    expect(outcome.rows).toHaveLength(1);
    const [number, , at, code, why, advice] = outcome.rows[0]?.split(',') ?? [];
    expect([number, at, code]).toEqual(['2', column, reason]);
    expect(why).not.toContain('stock-accounts-command');
    expect(advice).not.toContain('stock-accounts-command');
    expect(await collection().countDocuments()).toBe(1);
  });

  it('that cannot be read, or has too many cells, is named by its line', async () => {
    const outcome = await importLines([`1,wang,${MD5}`, `2,li,${MD5},,,,,,`, `3,"zhao,${MD5}`]);
    expect(outcome.rows.map((row) => row.split(',')[3])).toEqual([
      'row_malformed',
      'row_malformed',
    ]);
    expect(await collection().countDocuments()).toBe(1);
  });

  it('leaves nothing of a person in the report but its line and old id', async () => {
    const outcome = await importLines([
      `u-1,chen-secret,${BCRYPT},陈体验,13800138000x,chen@example.com,111,${NUMBER},2`,
      `${'9'.repeat(70)},chen-secret,${BCRYPT},陈体验,,,111,${NUMBER},2`,
    ]);
    expect(outcome.text).toContain('u-1');
    for (const value of ['陈体验', '13800138000', 'chen', NUMBER, '999999', BCRYPT]) {
      expect(`${outcome.text}${outcome.printed}`).not.toContain(value);
    }
    expect((await stat(outcome.report)).mode & 0o777).toBe(0o600);
  });
});

describe('a file', () => {
  const chen = `u-1,Chen,${BCRYPT},陈体验,13800138000,,111,${NUMBER},2`;

  it('of an unknown source, without its columns or in another encoding changes nothing', async () => {
    expect((await importLines([chen], { source: 'nobody' })).printed).toContain('housing-fund');
    expect((await importLines([chen], { header: `${HEADER},shoe_size` })).code).toBe(2);
    expect((await importLines([chen], { header: HEADER.replace('old_id', 'id') })).code).toBe(2);
    const unreadable = await importLines([chen, '\uFFFD'], { encoding: 'gb18030' });
    expect([unreadable.code, await collection().countDocuments()]).toEqual([2, 0]);
  });

  it('imported twice, also at once, makes each account once', async () => {
    const lines = Array.from({ length: 1500 }, (_, index) => `${index},user${index},${MD5},,,,,,`);
    const both = await Promise.all([importLines(lines), importLines(lines)]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(await collection().countDocuments()).toBe(1500);
    const again = await importLines(lines);
    expect(again.printed).toContain('新建 0，已存在 1500，未导入 0');
  });

  it('says what is there otherwise: the same id with other content, a login of another id', async () => {
    expect((await importLines([chen])).code).toBe(0);
    const outcome = await importLines([
      chen,
      chen.replace('13800138000', '13800138001'),
      chen.replace('u-1', 'u-2').replace('Chen', 'ＣＨＥＮ'),
    ]);
    expect(outcome.rows.map((row) => row.split(',').slice(0, 4))).toEqual([
      ['3', 'u-1', 'old_id', 'old_id_differs'],
      ['4', 'u-2', 'login', 'login_repeated'],
    ]);
    // Another system has people of its own.
    expect((await importLines([chen], { source: 'school' })).code).toBe(0);
    const other = await importLines([chen.replace('u-1', 'u-2').replace('Chen', 'chen')], {
      source: 'school',
    });
    expect(other.code).toBe(0);
  });

  it('lies sealed: neither login nor name nor number nor hash stands in the database', async () => {
    await importLines([chen]);
    const [document] = await collection().find({}).toArray();
    const text = JSON.stringify(document, (_, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
    );
    for (const value of [
      'Chen',
      'chen',
      '陈体验',
      '13800138000',
      NUMBER,
      'E5YPO9',
      'CCCCCC',
      'u-1',
    ]) {
      expect(text).not.toContain(value);
    }
    expect(await stock.findByLogin('housing-fund', 'chen')).toMatchObject({
      details: { oldId: 'u-1', login: 'Chen', name: '陈体验', phone: '+8613800138000', level: 2 },
      password: { form: 'raw', recipe: { layout: 'bcrypt', cost: 5 } },
      state: 'imported',
    });
  });
});

describe('the background work', () => {
  it('wraps each hash once in argon2id, whoever else does it, and a new import stays the same', async () => {
    const hasher = await PasswordHasher.open(
      limitsSchema.parse({ hashing: { maxWaiting: 1000, maxWaitingPerAddress: 1000 } }).hashing,
      { memoryKib: 1024 },
    );
    const lines = Array.from({ length: 30 }, (_, index) => `${index},user${index},${MD5},,,,,,`);
    await importLines(lines);
    await Promise.all([wrapSome({ stock, hasher }), wrapSome({ stock, hasher })]);
    expect(await wrapSome({ stock, hasher })).toBe(0);
    const account = await stock.findByLogin('housing-fund', 'user7');
    expect(account?.password).toMatchObject({
      form: 'wrapped',
      hash: expect.stringMatching(/^\$argon2id\$/u),
    });
    expect(account?.revision).toBe(2);
    expect((await importLines(lines)).printed).toContain('已存在 30');
  });

  it('destroys what nobody used when the day of the source is over, not before', async () => {
    await importLines([`1,wang,${MD5},,,,,,`]);
    await importLines([`1,wang,${MD5},,,,,,`], { source: 'school' });
    const ending = { ...school, passwordsUntil: '2026-01-01' };
    const sources = [housing, ending];
    await Promise.all([1, 2].map(() => destroyUnusedPasswords({ ...storage, stock, sources })));
    expect((await stock.findByLogin('housing-fund', 'wang'))?.password?.form).toBe('raw');
    expect((await stock.findByLogin('school', 'wang'))?.password).toBeUndefined();
    const records = await storage.database
      .collection('auditRecords')
      .countDocuments({ type: 'stock_accounts.passwords_destroyed' });
    expect(records).toBe(1);
    expect(passwordsEndAt(housing).toISOString()).toBe('2036-12-31T16:00:00.000Z');
  });
});
