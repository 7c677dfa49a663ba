import { describe, expect, it } from 'vitest';
import { identityStores } from '../../test/support/identity-stores.ts';
import { draftAccount } from './account-draft.ts';
import type { AccountDraft, AccountFields } from './account-draft.ts';
import { residentIdCheckDigit } from './resident-id.ts';

const stores = identityStores();
const operator = { actor: 'operator' };
let sequence = 0;

function freshNumber(): string {
  sequence += 1;
  const digits = `11999919900101${String(sequence).padStart(3, '0')}`;
  return digits + residentIdCheckDigit(digits);
}

function freshPhone(): string {
  sequence += 1;
  return `1390000${String(sequence).padStart(4, '0')}`;
}

function draft(fields: Partial<AccountFields> = {}): AccountDraft {
  const outcome = draftAccount(
    { kind: 'naturalPerson', name: '张三', realNameLevel: 2, ...fields },
    { source: 'test', grade: 'A', areContactsConfirmed: true, now: stores.clock.now() },
  );
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.problems));
  return outcome.draft;
}

async function insert(fields: Partial<AccountFields> = {}) {
  const outcome = await stores.accounts.insert(draft(fields), operator);
  if (!outcome.ok) throw new Error(outcome.reason);
  return outcome.account;
}

const certificate = (certificateNumber: string) => ({ certificateType: '111', certificateNumber });

describe('account store', () => {
  it('gives one of 50 parallel registrations of a verified identity the account', async () => {
    const number = freshNumber();
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, () =>
        stores.accounts.insert(draft(certificate(number)), operator),
      ),
    );
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    const reasons = outcomes.flatMap((outcome) => (outcome.ok ? [] : [outcome.reason]));
    expect(new Set(reasons)).toEqual(new Set(['identity_taken']));
  });

  it('refuses a user name that differs only in case and width', async () => {
    await insert({ login: 'Wang.Wu' });
    const outcome = await stores.accounts.insert(draft({ login: 'wang.wu' }), operator);
    expect(outcome).toEqual({ ok: false, reason: 'login_taken' });
  });

  it('refuses a confirmed phone for a second account of the kind, not for another kind', async () => {
    const phone = freshPhone();
    await insert({ phone });
    expect(await stores.accounts.insert(draft({ phone }), operator)).toEqual({
      ok: false,
      reason: 'phone_taken',
    });
    expect(
      (await stores.accounts.insert(draft({ phone, kind: 'civilServant' }), operator)).ok,
    ).toBe(true);
  });

  it('neither reserves a number that was only typed nor lets it sign in', async () => {
    const number = freshNumber();
    await insert({ ...certificate(number), realNameLevel: 1 });
    await insert({ ...certificate(number), realNameLevel: 1 });
    expect(await stores.accounts.findByLogin(number)).toBeUndefined();
    const verified = await insert(certificate(number));
    expect((await stores.accounts.findByLogin(number))?.id).toBe(verified.id);
  });

  it('finds an account by every spelling of name, phone and number', async () => {
    const number = '11010519491231002X';
    const account = await insert({ login: 'li_si', phone: '13811112222', ...certificate(number) });
    for (const login of [
      'li_si',
      ' LI_SI ',
      'LI_SI',
      '13811112222',
      '138 1111 2222',
      '+86 138-1111-2222',
      '11010519491231002x',
      '110105 19491231 002X',
    ]) {
      const found = await stores.accounts.findByLogin(login);
      expect({ login, id: found?.id }).toEqual({ login, id: account.id });
    }
    for (const login of ['', 'li_s', '13811112223', '110105194912310021']) {
      const found = await stores.accounts.findByLogin(login);
      expect({ login, id: found?.id }).toEqual({ login, id: undefined });
    }
  });

  it('finds a legal entity by its credit code', async () => {
    const account = await insert({ kind: 'legalEntity', uscc: '91350200MA2YJ1XR9G' });
    expect((await stores.accounts.findByLogin('91350200ma2yj1xr9g'))?.id).toBe(account.id);
    expect(account.uscc).toBe('91350200MA2YJ1XR9G');
  });

  it('lets the chosen kind decide when a phone opens several accounts', async () => {
    const phone = freshPhone();
    const staff = await insert({ phone, kind: 'civilServant' });
    const company = await insert({ phone, kind: 'legalEntity' });
    const person = await insert({ phone });
    const find = async (kind?: 'legalEntity' | 'civilServant') =>
      (await stores.accounts.findByLogin(phone, { kind }))?.id;
    expect(await find()).toBe(person.id);
    expect(await find('legalEntity')).toBe(company.id);
    expect(await find('civilServant')).toBe(staff.id);
  });

  it('does not guess between two passports with the same number', async () => {
    const passport = { certificateType: '414', certificateNumber: 'E98765432' };
    const login = 'passport.holder';
    const korean = await insert({ ...passport, certificateCountry: 'KOR', login });
    await insert({ ...passport, certificateCountry: 'JPN' });
    expect(await stores.accounts.findByLogin('E98765432')).toBeUndefined();
    expect((await stores.accounts.findByLogin(login))?.id).toBe(korean.id);
  });

  it('answers every login from indexes', async () => {
    const plan = await stores.database
      .collection('accounts')
      .find({
        $or: [
          { loginIndex: { $in: [Buffer.alloc(32)] } },
          { phoneIndex: { $in: [Buffer.alloc(32)] } },
          { numberIndex: { $in: [Buffer.alloc(32)] } },
        ],
      })
      .explain('queryPlanner');
    expect(JSON.stringify(plan['queryPlanner'].winningPlan)).not.toContain('COLLSCAN');
  });

  it('stores nothing personal in the clear', async () => {
    const number = freshNumber();
    const account = await insert({
      login: 'clear.text',
      name: '欧阳锋',
      phone: '13722223333',
      email: 'feng@example.com',
      ...certificate(number),
    });
    const stored = await stores.database
      .collection<{ _id: string }>('accounts')
      .findOne({ _id: account.id }, { raw: true });
    const bytes = Buffer.from(stored as unknown as Uint8Array).toString('latin1');
    expect(bytes).toContain(account.id);
    for (const value of ['clear.text', '欧阳锋', '13722223333', 'feng@', number]) {
      expect(bytes).not.toContain(Buffer.from(value).toString('latin1'));
    }
    const read = await stores.accounts.findById(account.id);
    expect(read?.name).toBe('欧阳锋');
    expect(read?.certificate).toEqual({ type: '111', number });
    expect(read?.attribute('phone')).toMatchObject({ value: '+8613722223333', grade: 'A' });
  });

  it('may exist with nothing but an opaque identifier', async () => {
    const account = await insert({ opaqueId: 'net-id-1', name: '' });
    expect((await stores.accounts.findById(account.id))?.certificate).toBeUndefined();
    const again = await stores.accounts.insert(draft({ opaqueId: 'net-id-1' }), operator);
    expect(again).toEqual({ ok: false, reason: 'identity_taken' });
    await insert({ name: '', realNameLevel: 0 });
  });

  it('moves a phone that is confirmed again, and says whom it left', async () => {
    const phone = freshPhone();
    const former = await insert({ phone });
    const account = await insert();
    const to = { channel: 'sms', address: `+86${phone}` } as const;
    const outcome = await stores.accounts.changeContact(account.id, to, { actor: account.id });
    expect(outcome).toMatchObject({ ok: true, formerAccountId: former.id });
    expect((await stores.accounts.findByLogin(phone))?.id).toBe(account.id);
    expect((await stores.accounts.findById(former.id))?.phone).toBeUndefined();
    const left = await stores.audit.listBySubject(former.id, ['accounts.phone_left'], 1);
    expect(left).toHaveLength(1);
  });

  it('leaves a phone with exactly one of ten accounts that confirm it at once', async () => {
    const phone = freshPhone();
    const accounts = await Promise.all(Array.from({ length: 10 }, () => insert()));
    await Promise.all(
      accounts.map(({ id }) =>
        stores.accounts.changeContact(
          id,
          { channel: 'sms', address: `+86${phone}` },
          { actor: id },
        ),
      ),
    );
    const after = await Promise.all(accounts.map(({ id }) => stores.accounts.findById(id)));
    expect(after.filter((account) => account?.phone !== undefined)).toHaveLength(1);
  });

  it('locks, unlocks and closes with an audit record each, and never reopens', async () => {
    const number = freshNumber();
    const account = await insert(certificate(number));
    const { accounts } = stores;
    expect(await accounts.lock(account.id, operator)).toMatchObject({ ok: true, hasChanged: true });
    expect(await accounts.lock(account.id, operator)).toMatchObject({ hasChanged: false });
    expect((await accounts.findById(account.id))?.isActive).toBe(false);
    await accounts.unlock(account.id, operator);
    await accounts.close(account.id, operator);
    expect(await accounts.unlock(account.id, operator)).toEqual({
      ok: false,
      reason: 'account_closed',
    });
    const types = ['accounts.locked', 'accounts.unlocked', 'accounts.closed'] as const;
    expect(await stores.audit.listBySubject(account.id, types, 10)).toHaveLength(3);
    expect((await insert(certificate(number))).id).not.toBe(account.id);
  });

  it.each([
    { steps: ['lock', 'rest', 'resume'], state: 'locked' },
    { steps: ['lock', 'rest', 'unlock'], state: 'locked' },
    { steps: ['rest', 'lock', 'resume'], state: 'locked' },
    { steps: ['rest', 'unlock'], state: 'locked' },
    { steps: ['lock', 'rest', 'resume', 'unlock'], state: 'active' },
    { steps: ['rest', 'lock', 'unlock', 'resume'], state: 'active' },
    { steps: ['rest', 'lock', 'lock', 'unlock', 'rest', 'resume'], state: 'active' },
    { steps: ['resume'], state: 'active' },
    { steps: ['lock', 'resume'], state: 'locked' },
  ] as const)('is $state after $steps: a guardian and an operator hold it each', async (row) => {
    const { id } = await insert();
    for (const step of row.steps) {
      expect(await stores.accounts[step](id, operator)).toMatchObject({ ok: true });
    }
    expect((await stores.accounts.findById(id))?.state).toBe(row.state);
  });

  it('does not change what it cannot audit', async () => {
    const account = await insert();
    const alongside = () => Promise.reject(new Error('no'));
    await expect(
      stores.accounts.lock(account.id, { actor: 'operator', alongside }),
    ).rejects.toThrow('no');
    expect((await stores.accounts.findById(account.id))?.state).toBe('active');
  });

  it('deletes an account without a trace but the audit record', async () => {
    const account = await insert({ login: 'leaver' });
    expect(await stores.accounts.delete(account.id, operator)).toEqual({ ok: true });
    expect(await stores.accounts.delete(account.id, operator)).toEqual({ ok: false });
    expect(await stores.accounts.findById(account.id)).toBeUndefined();
    expect((await stores.accounts.lock(account.id, operator)).ok).toBe(false);
    await insert({ login: 'leaver' });
  });

  it('makes a number unique and a login when the level rises, and gives it up when it falls', async () => {
    const number = freshNumber();
    const first = await insert({ ...certificate(number), realNameLevel: 1 });
    const second = await insert({ ...certificate(number), realNameLevel: 1 });
    const origin = { source: 'register:population', grade: 'A' } as const;
    const set = (id: string, level: 1 | 2 | 3) =>
      stores.accounts.setRealNameLevel(id, { level, origin }, operator);
    const outcomes = await Promise.all([set(first.id, 2), set(second.id, 3)]);
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    const [holder, other] = outcomes[0].ok ? [first, second] : [second, first];
    expect((await stores.accounts.findByLogin(number))?.id).toBe(holder.id);
    expect(await set(other.id, 2)).toEqual({ ok: false, reason: 'identity_taken' });
    await set(holder.id, 1);
    expect(await stores.accounts.findByLogin(number)).toBeUndefined();
    expect(await set(other.id, 2)).toMatchObject({ ok: true, account: { realNameLevel: 2 } });
  });
});
