// What asking for a code costs whom: somebody else's haste uses up nothing of a person's day.
import { beforeAll, describe, expect, it } from 'vitest';
import { identityStores } from '../../test/support/identity-stores.ts';
import { freshAddress } from '../../test/support/sign-in.ts';
import type { Account } from '../accounts/account.ts';
import { limitsSchema } from '../platform/limits-config.ts';
import { BudgetStore } from './budget-store.ts';
import type { CodeMessage } from './contact-code.ts';
import { ContactCodeStore } from './contact-code-store.ts';
import { DeviceStore } from './device-store.ts';
import { sendSignInCode } from './sign-in-code.ts';
import type { SignInCodeDependencies } from './sign-in-code.ts';

const stores = identityStores();
const PHONE = '+8613900000001';
let deps: SignInCodeDependencies;
let sent: CodeMessage[] = [];

beforeAll(async () => {
  const origin = { source: 'test', grade: 'D' } as const;
  const inserted = await stores.accounts.insert(
    {
      kind: 'naturalPerson',
      subtype: undefined,
      realNameLevel: 1,
      realNameVerifiedAt: undefined,
      attributes: { phone: { ...origin, value: PHONE, verifiedAt: stores.clock.now() } },
    },
    { actor: 'operator' },
  );
  if (!inserted.ok) throw new Error(inserted.reason);
  const account: Account = inserted.account;
  deps = {
    ...stores,
    accounts: { findByLogin: () => Promise.resolve(account) },
    devices: new DeviceStore(stores),
    codes: new ContactCodeStore(stores),
    budgets: new BudgetStore(stores),
    limits: limitsSchema.parse({}).signIn,
    sendCode: (message) => {
      sent.push(message);
      return Promise.resolve();
    },
  };
});

function ask(login: string, boundTo: string) {
  const place = { login, kind: 'naturalPerson', channel: 'sms', boundTo } as const;
  return sendSignInCode(deps, { ...place, address: freshAddress(), language: 'zh-CN' });
}

describe('a code for a sign-in', () => {
  it('reaches its owner however often others have asked too soon', async () => {
    sent = [];
    const { attempts } = deps.limits.codesPerContact;
    expect(await ask(PHONE, 'stranger')).toEqual({ ok: true });
    for (let tried = 0; tried < attempts; tried += 1) {
      expect(await ask(PHONE, 'stranger')).toMatchObject({ reason: 'too_soon' });
    }
    stores.clock.advance(61);
    expect(await ask(PHONE, 'owner')).toEqual({ ok: true });
    expect(sent.map(({ to }) => to?.address)).toEqual([PHONE, PHONE]);
  });
});
