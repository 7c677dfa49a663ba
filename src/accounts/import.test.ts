import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { identityStores } from '../../test/support/identity-stores.ts';
import { signInDependencies } from '../../test/support/sign-in.ts';
import type { SignInDependencies } from '../../test/support/sign-in.ts';
import { importedCredentials } from '../credentials/imported-credentials.ts';
import { verifySecondFactor } from '../credentials/second-factor.ts';
import { makeTotpSecret } from '../credentials/totp.ts';
import { RecoveryCodeStore } from '../credentials/recovery-code-store.ts';
import { TotpStore } from '../credentials/totp-store.ts';
import { verifyPassword } from '../credentials/verify-password.ts';
import { loadWords } from '../platform/http/locale.ts';
import { runAccountsCommand } from './accounts.commands.ts';
import { csvColumns } from './import-rows.ts';

const stores = identityStores();
const words = loadWords('locales');
const header = csvColumns.join(',');
const address = '192.0.2.4';
const neverAsked = new Error('an import has no part in this');
let deps: SignInDependencies;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hutong-import-'));
  deps = await signInDependencies(stores);
});
afterAll(() => rm(folder, { recursive: true }));

async function run(args: readonly string[]) {
  const printed: string[] = [];
  const errors: string[] = [];
  const totp = new TotpStore(stores);
  const code = await runAccountsCommand(args, {
    accounts: stores.accounts,
    clock: stores.clock,
    credentials: importedCredentials({ ...stores, ...deps, totp }),
    holdings: {
      end: () => Promise.reject(neverAsked),
      limitEvidence: () => Promise.reject(neverAsked),
      erase: () => Promise.reject(neverAsked),
    },
    terminal: {
      t: (key, values) => words.translate('en', key, values),
      print: (line) => printed.push(line),
      complain: (line) => errors.push(line),
      read: () => Promise.reject(neverAsked),
    },
  });
  return { code, printed, report: printed.at(-1), errors };
}

async function importFile(name: string, content: string | Buffer, ...options: string[]) {
  const file = join(folder, name);
  await writeFile(file, content);
  return run(['import', file, ...options]);
}

const signIn = (login: string, password: string) =>
  verifyPassword(deps, { login, password, address });

describe('accounts import', () => {
  it('imports people, entities and staff from CSV, who can then sign in', async () => {
    const { code, report } = await importFile(
      'people.csv',
      [
        `\uFEFF${header}`,
        'naturalPerson,csv.person,"Lanes, and ""bricks"" 1",张示例,13911110001,p@example.com,111,11010519491231002X,,,3',
        'legalEntity,csv.company,Lanes-and-bricks-2,示例公司,,,,,,91350200MA2YJ1XR9G,2',
        'civilServant,csv.staff,Lanes-and-bricks-3,李测试,13911110003,,,,,,2',
        '',
      ].join('\r\n'),
    );
    expect(report).toBe('3 rows: 3 created, 0 existing, 0 refused.');
    expect(code).toBe(0);
    for (const login of ['csv.person', '13911110001', '11010519491231002x']) {
      expect((await signIn(login, 'Lanes, and "bricks" 1')).ok).toBe(true);
    }
    expect(await signIn('91350200MA2YJ1XR9G', 'Lanes-and-bricks-2')).toMatchObject({
      account: { kind: 'legalEntity' },
      passwordNeedsChange: false,
    });
    expect(await signIn('csv.staff', 'Lanes-and-bricks-3')).toMatchObject({
      passwordNeedsChange: true,
    });
  });

  it('imports JSON with authenticators, and leaves a second run without effect', async () => {
    const secret = makeTotpSecret();
    const rows = [
      {
        kind: 'civilServant',
        login: 'json.staff',
        password: 'Lanes-and-bricks-4',
        name: '王 "}],[{" 演示',
        real_name_level: 3,
        totp_secret: secret,
        must_change_password: false,
        phone: null,
      },
    ];
    const first = await importFile('staff.json', JSON.stringify(rows, null, 2));
    expect(first).toMatchObject({ code: 0, report: '1 rows: 1 created, 0 existing, 0 refused.' });
    const again = await importFile('staff.json', JSON.stringify(rows));
    expect(again).toMatchObject({ code: 0, report: '1 rows: 0 created, 1 existing, 0 refused.' });
    const signedIn = await signIn('json.staff', 'Lanes-and-bricks-4');
    if (!signedIn.ok) throw new Error(signedIn.reason);
    expect(signedIn.passwordNeedsChange).toBe(false);
    expect(signedIn.account.name).toBe('王 "}],[{" 演示');
    const totp = new TotpStore(stores);
    expect((await totp.findActive(signedIn.account.id))?.secret).toBe(secret);
    const recoveryCodes = new RecoveryCodeStore(stores);
    const notices = {
      recoveryCodeUsed: () => Promise.resolve(),
      secondFactorGuessed: () => Promise.reject(neverAsked),
    };
    const wrong = { accountId: signedIn.account.id, code: '000000', address };
    expect(
      await verifySecondFactor({ ...deps, totp, recoveryCodes, notices }, wrong),
    ).toMatchObject({
      ok: false,
    });
  });

  it('names row, column and reason of every refused row, never a value, and goes on', async () => {
    const { code, printed } = await importFile(
      'bad.csv',
      [
        header,
        'robot,secret-login-a,secret-pw,,,,,,,,1',
        'naturalPerson,13800000000,secret-pw,,,,,,,,1',
        'naturalPerson,secret-login-b,secret-pw,,12,secret-mail,111,150000199703191280,,,7',
        'naturalPerson,secret-login-c,secret-pw,,12,secret-mail,111,15000019970319128X,,,2',
        'naturalPerson,secret-login-d,secret-pw,,,,414,E12345678,,,2',
        'naturalPerson,,secret-pw,,,,,,,,1',
        'naturalPerson,too,many,,,,,,,,1,columns',
        'naturalPerson,taken.one,secret-pw,,,,111,440524188001010014,,,2',
        'naturalPerson,taken.two,secret-pw,,,,111,440524188001010014,,,2',
        'naturalPerson,last.good,secret-pw,,,,,,,,1',
      ].join('\n'),
    );
    expect(code).toBe(1);
    const lines = printed.map((line) =>
      line.replace(/^Row (\d+) refused: (\S+): .*\((\w+)\)$/u, '$1 $2 $3'),
    );
    const taken = lines.filter((line) => line.endsWith('identity_taken'));
    expect(taken).toHaveLength(1);
    expect(lines.filter((line) => !taken.includes(line)).sort()).toEqual(
      [
        '10 rows: 2 created, 0 existing, 8 refused.',
        '2 kind kind_unknown',
        '3 login login_looks_like_number',
        '4 real_name_level level_wrong',
        '5 certificate_number check_digit_wrong',
        '5 email email_wrong',
        '5 phone phone_invalid',
        '6 certificate_country country_needed',
        '7 login no_login',
        '8 - row_malformed',
      ].sort(),
    );
    expect(printed.join('\n')).not.toMatch(/secret|13800000000|15000019970319128X/u);
    expect(await stores.accounts.findByLogin('last.good')).toBeDefined();
  });

  it('refuses a name that belongs to somebody else, and leaves that account as it is', async () => {
    const row = (number: string, phone: string) =>
      `naturalPerson,owner.one,Lanes-and-bricks-5,,${phone},,111,${number},,,2`;
    await importFile('a.csv', `${header}\n${row('610122198310134420', '13911110005')}`);
    const second = await importFile(
      'b.csv',
      `${header}\n${row('440524188001010014', '13911110006')}`,
    );
    expect(second.code).toBe(1);
    const account = await stores.accounts.findByLogin('owner.one');
    expect(account?.certificate?.number).toBe('610122198310134420');
    expect(account?.phone).toBe('+8613911110005');
  });

  it('makes one account of ten copies of a row and of two runs at once', async () => {
    const lines = Array.from({ length: 10 }, () => 'naturalPerson,copy.cat,,,,,,,,,1');
    const content = [header, ...lines].join('\n');
    const [one, two] = await Promise.all([
      importFile('copies-1.csv', content),
      importFile('copies-2.csv', content),
    ]);
    const created = [one, two].map(({ report }) =>
      Number(/(\d+) created/u.exec(report ?? '')?.[1]),
    );
    expect((created[0] ?? 0) + (created[1] ?? 0)).toBe(1);
    expect([one.code, two.code]).toEqual([0, 0]);
  });

  it('reads files of a Chinese spreadsheet', async () => {
    const bytes = Buffer.concat([
      Buffer.from(`${header}\nnaturalPerson,gb.person,,`, 'latin1'),
      Buffer.from([0xd5, 0xc5, 0xc8, 0xfd]),
      Buffer.from(',,,,,,,1', 'latin1'),
    ]);
    const asUtf8 = await importFile('gb.csv', bytes);
    expect(asUtf8.code).toBe(2);
    expect(asUtf8.errors[0]).toContain('gb18030');
    expect((await importFile('gb.csv', bytes, '--encoding', 'gb18030')).code).toBe(0);
    expect((await stores.accounts.findByLogin('gb.person'))?.name).toBe('张三');
  });

  it.each([
    ['empty.csv', ''],
    ['unknown-column.csv', 'kind,login,colour\nnaturalPerson,x.y.z,red'],
    ['no-kind.csv', 'login\nx.y.z'],
    ['object.json', '{"kind":"naturalPerson"}'],
    ['cut.json', '[{"kind":"naturalPerson","login":"cut.off"}'],
    ['trailing.json', '[] []'],
  ])('refuses %s as a whole', async (name, content) => {
    const { code, errors } = await importFile(name, content);
    expect(code).toBe(2);
    expect(errors).toHaveLength(1);
  });

  it('refuses JSON items that are no account, one by one', async () => {
    const { code, printed } = await importFile(
      'items.json',
      '[1, {"kind": "naturalPerson", "colour": "red"}, {"kind": ["x"]}, {bad}, {"kind":"naturalPerson","login":"item.good"}]',
    );
    expect(code).toBe(1);
    expect(printed.at(-1)).toBe('5 rows: 1 created, 0 existing, 4 refused.');
  });

  it('explains itself and refuses what it does not know', async () => {
    expect((await run(['--help'])).printed[0]).toContain(header);
    for (const args of [[], ['import'], ['export', 'x'], ['import', 'x', '--nonsense']]) {
      expect((await run(args)).code).toBe(2);
    }
    expect((await run(['import', join(folder, 'missing.csv')])).errors[0]).toContain(
      'cannot be read',
    );
  });
});
