import { describe, expect, it } from 'vitest';
import { identityStores } from '../../test/support/identity-stores.ts';
import { loadWords } from '../platform/http/locale.ts';
import { draftAccount } from './account-draft.ts';
import type { AccountFields } from './account-draft.ts';
import { runOperateCommand } from './operate-account.commands.ts';
import type { AccountHoldings } from './operate-account.ts';

const stores = identityStores();
const words = loadWords('locales');
const operator = { actor: 'operator' };
const killed = new Error('killed here');
let sequence = 0;

async function insert(fields: Partial<AccountFields> = {}) {
  sequence += 1;
  const outcome = draftAccount(
    { kind: 'naturalPerson', login: `operated-${sequence}`, realNameLevel: 1, ...fields },
    { source: 'test', grade: 'A', areContactsConfirmed: true, now: stores.clock.now() },
  );
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.problems));
  const inserted = await stores.accounts.insert(outcome.draft, operator);
  if (!inserted.ok) throw new Error(inserted.reason);
  return inserted.account;
}

const stateOf = async (id: string) => (await stores.accounts.findById(id))?.state;

/** What an account holds elsewhere is proven in test/protocol/operator-commands.test.ts. */
async function run(args: readonly string[], given: Partial<AccountHoldings> = {}, input = '') {
  const lines: string[] = [];
  const ended: string[] = [];
  const code = await runOperateCommand(args, {
    ...stores,
    holdings: {
      end: (id, reason) => Promise.resolve(void ended.push(`${id} ${reason}`)),
      limitEvidence: () => Promise.resolve(),
      erase: () => Promise.resolve(),
      ...given,
    },
    terminal: {
      t: (key, values) => words.translate('en', key, values),
      print: (line) => lines.push(line),
      complain: (line) => lines.push(line),
      read: () => Promise.resolve(input),
    },
  });
  return { code, ended, text: lines.join('\n') };
}

describe('what an operator does to an account', () => {
  it.each([
    [],
    ['lock'],
    ['lock', 'a', 'b'],
    ['lock', 'a', '--yes'],
    ['lock', 'a', '--source', 'window'],
    ['level', 'a'],
    ['level', 'a', '3'],
    ['level', 'a', '5', '--source', 'window'],
    ['level', 'a', '3', '--source', 'Zhang San'],
    ['open', 'a'],
    ['lock', 'a', '--nonsense'],
  ])('is not understood: %j', async (...args) => {
    const { code, text } = await run(args);
    expect([code, text]).toEqual([2, words.translate('en', 'accounts-command.usage_of_one')]);
  });

  it('refuses an unknown login in clear words and does not repeat it', async () => {
    for (const verb of ['lock', 'unlock', 'close', 'delete']) {
      const { code, text } = await run([verb, 'nobody-at-all']);
      expect(code).toBe(1);
      expect(text).toContain('There is no such account');
      expect(text).not.toContain('nobody-at-all');
    }
  });

  it('does not guess between accounts that share a phone', async () => {
    const phone = '13900007001';
    const person = await insert({ phone });
    const staff = await insert({ phone, kind: 'civilServant' });
    const { code, text } = await run(['lock', phone]);
    expect(code).toBe(1);
    expect(text).toContain(`account ${person.id} (natural person, active, real-name level 1)`);
    expect(text).toContain(staff.id);
    expect(text).not.toContain(phone);
    expect([await stateOf(person.id), await stateOf(staff.id)]).toEqual(['active', 'active']);
  });

  it('keeps names, logins and numbers out of the audit record', async () => {
    const phone = '13900007002';
    const account = await insert({ login: 'Wang.Er', name: '王二', phone });
    const reasons = [
      'asked by wang.er',
      '王二 asked',
      'call 139 0000 7002',
      'x'.repeat(201),
      'a\nb',
      '',
    ];
    for (const reason of reasons) {
      const { code, ended } = await run(['lock', account.id, '--reason', reason]);
      expect([reason, code, ended]).toEqual([reason, 1, []]);
    }
    expect(await stateOf(account.id)).toBe('active');
    expect((await run(['lock', phone, '--reason', 'case 2026-7'])).code).toBe(0);
  });

  it('reads the login from standard input, and takes an id that begins with a dash', async () => {
    const account = await insert();
    const { code, text } = await run(['lock', '-'], {}, `${account.login}\n`);
    expect([code, text]).toEqual([0, expect.stringContaining(account.id)]);
    const dashed = await run(['level', '-Zk3f9QwLm0aB7xTyUvE1g', '2', '--source', 'window']);
    expect([dashed.code, dashed.text]).toEqual([1, expect.stringContaining('no such account')]);
  });

  it('leaves a locked account when it is killed before all is ended, and completes on repetition', async () => {
    for (const [verb = '', ...rest] of [['lock'], ['close'], ['delete', '--yes']]) {
      const account = await insert();
      const args = [verb, String(account.login), ...rest];
      await expect(run(args, { end: () => Promise.reject(killed) })).rejects.toThrow(killed);
      expect(await stateOf(account.id)).toBe('locked');
      const { code, ended } = await run(args);
      expect([code, ended]).toEqual([0, [`${account.id} account_unavailable`]]);
      const after = { lock: 'locked', close: 'closed', delete: undefined };
      expect(await stateOf(account.id)).toBe(after[verb as keyof typeof after]);
    }
  });

  it('changes nothing of a closed account any more', async () => {
    const { id } = await insert();
    await stores.accounts.close(id, operator);
    for (const args of [
      ['lock', id],
      ['unlock', id],
      ['level', id, '2', '--source', 'window'],
      ['level', id, '1', '--source', 'window'],
    ]) {
      const { code, text } = await run(args);
      expect([code, text]).toEqual([1, expect.stringContaining('is closed')]);
    }
    const again = await run(['close', id]);
    expect([again.code, again.text]).toEqual([0, expect.stringContaining('closed already')]);
    expect(await stateOf(id)).toBe('closed');
  });

  it('removes an account together with what is kept of it, or neither', async () => {
    const account = await insert();
    const args = ['delete', account.id, '--yes'];
    await expect(run(args, { erase: () => Promise.reject(killed) })).rejects.toThrow(killed);
    expect(await stateOf(account.id)).toBe('locked');
    expect((await run(args)).code).toBe(0);
    expect(await stateOf(account.id)).toBeUndefined();
  });

  it('does not unlock before all is ended', async () => {
    const account = await insert();
    await stores.accounts.lock(account.id, operator);
    const broken = run(['unlock', account.id], { end: () => Promise.reject(killed) });
    await expect(broken).rejects.toThrow(killed);
    expect(await stateOf(account.id)).toBe('locked');
  });

  it('refuses a level whose identity another account has verified', async () => {
    const identity = { certificateType: '111', certificateNumber: '11010519491231002X' };
    await insert({ ...identity, name: '张三', realNameLevel: 2 });
    const other = await insert({ ...identity, name: '张三', realNameLevel: 1 });
    const { code, text, ended } = await run(['level', other.id, '2', '--source', 'window']);
    expect([code, ended]).toEqual([1, []]);
    expect(text).toContain('belongs to another verified account');
  });
});
