// `hutong directory`: a staff file against the real database; refusals first.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { AccountStore } from '../accounts/account-store.ts';
import { runHutongHere } from '../../test/support/command-here.ts';
import { importCityAccounts } from '../../test/support/city-accounts.ts';
import { migratedDatabase } from '../../test/support/migrated-database.ts';
import { MASTER_KEY, openTestStorage } from '../../test/support/storage.ts';
import type { TestStorage } from '../../test/support/storage.ts';
import { commandAccounts } from '../app/standing.ts';
import { FirstPasswords } from '../credentials/first-password.ts';
import { PasswordHasher } from '../credentials/password-hash.ts';
import { PasswordStore } from '../credentials/password-store.ts';
import { allMigrations } from '../migrations.ts';
import type { StaffNotices } from '../notification/staff-notices.ts';
import { limitsSchema } from '../platform/limits-config.ts';
import type { Logger } from '../platform/logger.ts';
import { AccountEndingStore } from '../sessions/account-ending-store.ts';
import { DepartmentStore } from './department-store.ts';
import { handOverPassword, resendInvitation } from './invite-staff.ts';
import { settleStaff } from './settle-staff.ts';
import { StaffStore } from './staff-store.ts';
import { StaffWorkStore } from './staff-work-store.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const { uri } = migratedDatabase();
const HEAD = 'user_name,staff_id,name,department,title,mobile,email,active';
const TREE = 'code,name,parent\nYS,预算科,CZJ\nCZJ,财政局,\n';

let folder: string;
let storage: TestStorage;
let accounts: AccountStore;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'hutong-directory-'));
  storage = await openTestStorage(uri, allMigrations);
  accounts = new AccountStore(storage);
});
afterAll(async () => {
  await storage.database.close();
  await rm(folder, { recursive: true, force: true });
});

async function run(command: 'import' | 'hand-over', ...args: string[]) {
  return runHutongHere(['directory', command, ...args], {
    HUTONG_MODE: 'demonstration',
    HUTONG_MASTER_KEY: MASTER_KEY.toString('base64url'),
    MONGODB_URI: uri,
  });
}

async function file(name: string, text: string): Promise<string> {
  const at = path.join(folder, name);
  await writeFile(at, text);
  return at;
}

const rows = (count: number, title = '科员') =>
  Array.from({ length: count }, (_, index) => {
    const mobile = `1380022${String(index).padStart(4, '0')}`;
    return `clerk${index}x,N${index},郑文,YS,${title},${mobile},,`;
  });
const staffFile = (lines: readonly string[]) => file('staff.csv', [HEAD, ...lines].join('\n'));
const present = () =>
  storage.database.collection('staffEntries').countDocuments({ isPresent: true });

const recorded = (of: object) => storage.database.collection('auditRecords').countDocuments(of);

describe('a staff file', () => {
  it('of which one row cannot be read changes nobody', async () => {
    const broken = [
      ...rows(2),
      'clerk0x,,twice,,,,,',
      ',,nobody,,,,,',
      'wang.wu,,王五,,,12,,',
      'a.b,,甲,,,,,so',
    ];
    const { code, err } = await run('import', await staffFile(broken));
    expect(code).toBe(1);
    for (const why of ['stands there twice', 'no user name', 'no mobile number', 'true or false']) {
      expect(err).toContain(why);
    }
    expect(await present()).toBe(0);
    expect((await run('import', path.join(folder, 'none.csv'))).code).toBe(2);
    expect((await run('import', await file('x.csv', 'name\n甲\n'))).code).toBe(2);
    expect((await run('import')).code).toBe(2);
  });

  it('is previewed, imported with its departments, and changes nothing the second time', async () => {
    const [old] = await importCityAccounts(storage, accounts, [
      { login: 'clerk0x', kind: 'civilServant' },
    ]);
    const staff = await staffFile(rows(20));
    const tree = await file('tree.csv', TREE);
    const dry = await run('import', staff, '--departments', tree, '--dry-run');
    expect([dry.code, dry.out]).toEqual([0, 'Joining 20, changed 0, leaving 0, unchanged 0.\n']);
    expect(await present()).toBe(0);
    const done = await run('import', staff, '--departments', tree);
    expect([done.code, done.err]).toEqual([0, '']);
    const by = { actor: 'operator', result: 'done' };
    expect(await recorded({ type: 'directory.department_added', ...by })).toBe(2);
    expect(await recorded({ type: 'directory.staff_joined', subject: old?.id, ...by })).toBe(1);
    const again = await run('import', staff, '--departments', tree);
    expect(again.out).toContain('Joining 0, changed 0, leaving 0, unchanged 20.');
    const entry = await new StaffStore(storage).byUserName('clerk0x');
    // Staff of before are taken into the directory, not made anew.
    expect(entry?.accountId).toBe(old?.id);
    expect(entry?.placement.departmentId).toBeDefined();
    const made = await accounts.findByLogin('clerk1x', { kind: 'civilServant' });
    expect([made?.kind, made?.realNameLevel, made?.phone]).toEqual([
      'civilServant',
      3,
      '+8613800220001',
    ]);
  });

  it('that lost too many people stops before it changes anybody', async () => {
    const short = await staffFile(rows(10, '科长'));
    const { code, err } = await run('import', short);
    expect([code, err]).toEqual([1, expect.stringContaining('Too many would leave (10)')]);
    expect(await present()).toBe(20);
    const account = await accounts.findByLogin('clerk15x', { kind: 'civilServant' });
    expect(account?.state).toBe('active');
  });

  it('that says so lets them leave: no sign-in any more, and no role', async () => {
    const meant = await run('import', await staffFile(rows(10, '科长')), '--most-leaving', '10');
    expect([meant.code, meant.out]).toEqual([
      0,
      expect.stringContaining('Joining 0, changed 10, leaving 10, unchanged 0.'),
    ]);
    expect(await present()).toBe(10);
    const gone = await accounts.findByLogin('clerk15x', { kind: 'civilServant' });
    expect([gone?.state, gone?.isResting, gone?.roles]).toEqual(['locked', true, []]);
    const back = await run('import', await staffFile(rows(20, '科长')));
    expect(back.code).toBe(0);
    const again = await accounts.findByLogin('clerk15x', { kind: 'civilServant' });
    expect([again?.state, again?.id]).toEqual(['active', gone?.id]);
  });
});

describe('the work beside the requests', () => {
  it('ends what leavers have open, also where one of them cannot be ended yet', async () => {
    const entries = storage.database.collection('staffEntries');
    const [stuck, other] = await entries.find({ isPresent: true }).limit(2).toArray();
    const ids = [stuck?._id, other?._id];
    await entries.updateMany({ _id: { $in: ids } } as object, { $set: { isEnding: true } });
    const ended: string[] = [];
    const told: object[] = [];
    await settleStaff({
      work: new StaffWorkStore(storage),
      endWhatIsOpen: async (accountId) => {
        if (accountId === stuck?.['accountId']) throw new Error('not now');
        ended.push(accountId);
      },
      invite: () => Promise.reject(new Error('no way to send')),
      follow: () => Promise.resolve(),
      logger: { error: (facts: object) => told.push(facts) } as unknown as Logger,
    });
    expect(ended).toEqual([other?.['accountId']]);
    expect(told).toContainEqual(expect.objectContaining({ account: stuck?.['accountId'] }));
    const waiting = await entries.find({ isEnding: true }).toArray();
    expect(waiting.map(({ _id }) => _id)).toEqual([stuck?._id]);
  });
});

describe('a first password in person', () => {
  it('is for people in office alone, and shown once', async () => {
    expect((await run('hand-over', 'nobody.here')).code).toBe(1);
    const { code, out } = await run('hand-over', 'clerk1x');
    expect(code).toBe(0);
    expect(out).toMatch(/One-time password: [A-Z][a-z]{3}(?:-[a-z]{4}){2}-\d{4}/u);
    const subject = (await accounts.findByLogin('clerk1x', { kind: 'civilServant' }))?.id;
    const given = { type: 'directory.staff_invited', actor: 'operator', subject };
    expect(await recorded(given)).toBe(1);
  });

  it('is told to the contacts there are, and is nothing for who has a role', async () => {
    const { database } = storage;
    const count = (name: string) => database.collection(name).countDocuments();
    const messages = await count('messageOutbox');
    expect((await run('hand-over', 'clerk2x')).code).toBe(0);
    expect(await count('messageOutbox')).toBe(messages + 1);
    expect(await endingsOf('clerk2x')).toBe(1);
    const account = await accounts.findByLogin('clerk3x', { kind: 'civilServant' });
    const all = database.collection<{ _id: string }>('accounts');
    await all.updateOne({ _id: account?.id ?? '' }, { $set: { roles: ['reviewer'] } });
    const passwords = await count('passwordCredentials');
    const { code, out, err } = await run('hand-over', 'clerk3x');
    expect([code, out, err]).toEqual([1, '', expect.stringContaining('has a role')]);
    expect(await count('passwordCredentials')).toBe(passwords);
    const refused = { type: 'directory.refused', reason: 'holds_role', subject: account?.id };
    expect(await database.collection('auditRecords').countDocuments(refused)).toBe(1);
  });

  it('is refused for who was moved out of the own part, or has left, since the page was opened', async () => {
    const { database } = storage;
    const staff = new StaffStore(storage);
    const departments = new DepartmentStore(storage);
    const entry = await staff.byUserName('clerk4x');
    const [own, above] = [entry?.placement.departmentId ?? '', await departments.byCode('CZJ')];
    if (!entry || !above) throw new Error('nobody was imported');
    const passwords = new PasswordStore(storage);
    const hasher = await PasswordHasher.open(limitsSchema.parse({}).hashing);
    const deps = {
      ...storage,
      accounts,
      staff,
      departments,
      work: new StaffWorkStore(storage),
      firstPasswords: new FirstPasswords({ ...storage, passwords, hasher }),
      endWhatIsOpen: () => Promise.reject(new Error('nothing ends')),
    };
    const handing = { ...deps, notices: commandAccounts(storage).notices };
    // Nobody is told.
    const notices = undefined as unknown as StaffNotices;
    const inviting = { ...deps, notices };
    const by = { actor: 'administrator', within: [own] };
    const both = async () => {
      const outcomes = [
        await handOverPassword(handing, entry, by),
        await resendInvitation(inviting, entry, by),
      ];
      return outcomes.map((outcome) => !outcome.ok && outcome.reason);
    };
    const given = () => passwords.find(entry.accountId);
    const before = await given();
    const placement = { departmentId: above.id, departmentIds: [above.id] };
    const { attributes, isActive } = entry;
    const moved = await database.transaction((session) =>
      staff.change(entry, { attributes, isActive, placement }, session),
    );
    expect(await both()).toEqual(['outside_subtree', 'outside_subtree']);
    if (moved) await database.transaction((session) => staff.leave(moved, session));
    expect(await both()).toEqual(['outside_subtree', 'outside_subtree']);
    expect(await given()).toEqual(before);
  });

  async function endingsOf(login: string) {
    const account = await accounts.findByLogin(login, { kind: 'civilServant' });
    return new AccountEndingStore(storage.database).countOf(account?.id ?? '');
  }
});
