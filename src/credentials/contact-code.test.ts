import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { commandsOf } from '../../test/support/database-commands.ts';
import { identityStores } from '../../test/support/identity-stores.ts';
import { freshAddress } from '../../test/support/sign-in.ts';
import { limitsSchema } from '../platform/limits-config.ts';
import { BudgetStore } from './budget-store.ts';
import { findContactCode, sendContactCode, verifyContactCode } from './contact-code.ts';
import type { CodeMessage, CodeRequest, ContactCodeDependencies } from './contact-code.ts';
import { ContactCodeStore } from './contact-code-store.ts';

const stores = identityStores();
const phone = { channel: 'sms', address: '+8613800138000' } as const;
const purpose = 'enrol_second_factor';
let deps: ContactCodeDependencies;
let sent: CodeMessage[] = [];
let sequence = 0;

beforeAll(() => {
  deps = {
    ...stores,
    codes: new ContactCodeStore(stores),
    budgets: new BudgetStore(stores),
    limits: limitsSchema.parse({}).signIn,
    sendCode: (message) => {
      sent.push(message);
      return Promise.resolve();
    },
  };
});

beforeEach(() => {
  sent = [];
  // Budgets of numbers and addresses last for a day.
  stores.clock.advance(90_000);
});

function fresh(change: Partial<CodeRequest> = {}): CodeRequest {
  sequence += 1;
  return {
    owner: `account-${sequence}`,
    purpose,
    boundTo: `interaction-${sequence}`,
    contact: { channel: 'sms', address: `+86139${String(sequence).padStart(8, '0')}` },
    address: freshAddress(),
    language: 'zh-CN',
    ...change,
  };
}

async function sendFor(request: CodeRequest): Promise<string> {
  expect(await sendContactCode(deps, request)).toEqual({ ok: true });
  return sent.at(-1)?.code ?? '';
}

function verify(request: CodeRequest, code: string, change: Partial<CodeRequest> = {}) {
  const { contact, ...rest } = { ...request, ...change };
  return verifyContactCode(deps, { ...rest, code, contacts: contact ? [contact] : [] });
}

const wrongFor = (code: string) => (code === '000000' ? '111111' : '000000');

describe('a code to a contact', () => {
  it('has six digits, says what it is for and opens once', async () => {
    const request = fresh();
    const code = await sendFor(request);
    expect(code).toMatch(/^\d{6}$/u);
    expect(sent).toEqual([
      { to: request.contact, purpose, code, validSeconds: 300, language: 'zh-CN' },
    ]);
    expect(await verify(request, code)).toEqual({ ok: true });
    expect(await verify(request, code)).toMatchObject({ ok: false, reason: 'code_used' });
  });

  it('accepts one of 50 parallel uses', async () => {
    const request = fresh();
    const code = await sendFor(request);
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => verify(request, code)));
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
  });

  it('looks at no more than five of 200 parallel guesses', async () => {
    const request = fresh();
    const code = await sendFor(request);
    const wrong = wrongFor(code);
    const outcomes = await Promise.all(Array.from({ length: 200 }, () => verify(request, wrong)));
    const reasons = outcomes.map((outcome) => (outcome.ok ? 'ok' : outcome.reason));
    expect(reasons.filter((reason) => reason === 'code_wrong')).toHaveLength(5);
    expect(reasons.filter((reason) => reason === 'tries_exhausted')).toHaveLength(195);
    expect(await verify(request, code)).toMatchObject({ reason: 'tries_exhausted' });
  });

  it('tells how many tries are left', async () => {
    const request = fresh();
    const wrong = wrongFor(await sendFor(request));
    const left: unknown[] = [];
    for (let i = 0; i < 5; i += 1) left.push(await verify(request, wrong));
    expect(left).toEqual(
      [4, 3, 2, 1, 0].map((triesLeft) => ({ ok: false, reason: 'code_wrong', triesLeft })),
    );
  });

  it('ends after five minutes', async () => {
    const request = fresh();
    const code = await sendFor(request);
    stores.clock.advance(299);
    expect(await findContactCode(deps, request)).toMatchObject({ channel: 'sms' });
    stores.clock.advance(1);
    expect(await verify(request, code)).toMatchObject({ reason: 'code_expired' });
    expect(await findContactCode(deps, request)).toBeUndefined();
  });

  it('counts for the interaction and account it was sent for only', async () => {
    const request = fresh();
    const code = await sendFor(request);
    const elsewhere = { boundTo: 'another' };
    expect(await verify(request, code, elsewhere)).toMatchObject({ reason: 'none_sent' });
    expect(await verify(request, code, { owner: 'other' })).toMatchObject({ reason: 'none_sent' });
    expect(await verify(request, code)).toEqual({ ok: true });
  });

  it('counts no more once the contact has left the account', async () => {
    const request = fresh();
    const code = await sendFor(request);
    expect(await verify(request, code, { contact: phone })).toMatchObject({ reason: 'code_wrong' });
  });

  it('is replaced by the next one, which gives new tries', async () => {
    const request = fresh();
    const first = await sendFor(request);
    for (let i = 0; i < 5; i += 1) await verify(request, wrongFor(first));
    stores.clock.advance(60);
    const second = await sendFor(request);
    const former = first === second ? wrongFor(second) : first;
    expect(await verify(request, former)).toMatchObject({ reason: 'code_wrong', triesLeft: 4 });
    expect(await verify(request, second)).toEqual({ ok: true });
  });

  it('is sent again after a minute, and once only however many ask at once', async () => {
    const request = fresh();
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () => sendContactCode(deps, request)),
    );
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    expect(sent).toHaveLength(1);
    stores.clock.advance(20);
    expect(await sendContactCode(deps, request)).toEqual({
      ok: false,
      reason: 'too_soon',
      retryAfterSeconds: 40,
    });
    const otherTab = { ...request, boundTo: 'another-tab' };
    expect(await sendContactCode(deps, otherTab)).toMatchObject({ reason: 'too_soon' });
    stores.clock.advance(40);
    expect(await sendContactCode(deps, request)).toEqual({ ok: true });
  });

  it('reaches one number ten times a day, whoever asks', async () => {
    const { contact } = fresh();
    for (let i = 0; i < 10; i += 1) {
      await sendFor(fresh({ contact }));
      stores.clock.advance(60);
    }
    const refused = await sendContactCode(deps, fresh({ contact }));
    expect(refused).toMatchObject({ ok: false, reason: 'daily_cap' });
    expect(sent).toHaveLength(10);
    stores.clock.advance(86_400);
    expect(await sendContactCode(deps, fresh({ contact }))).toEqual({ ok: true });
  });

  it('is asked for from one address fifty times a day, and no pause is spent on a refusal', async () => {
    const address = freshAddress();
    const outcomes = await Promise.all(
      Array.from({ length: 60 }, () => sendContactCode(deps, fresh({ address }))),
    );
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(50);
    const request = fresh({ address });
    expect(await sendContactCode(deps, request)).toMatchObject({ reason: 'daily_cap' });
    expect(await sendContactCode(deps, { ...request, address: freshAddress() })).toEqual({
      ok: true,
    });
  });
});

describe('a code for nobody', () => {
  const nobody = () => fresh({ contact: undefined, owner: `unknown:${String(sequence)}` });

  it('takes the same steps and answers, and opens nothing even when it is guessed', async () => {
    const request = nobody();
    const code = await sendFor(request);
    expect(sent.at(-1)).toMatchObject({ to: undefined });
    expect(await verify(request, wrongFor(code))).toMatchObject({ reason: 'code_wrong' });
    expect(await verify(request, code)).toMatchObject({ reason: 'code_wrong', triesLeft: 3 });
    expect(await verify(request, code, { contact: phone })).toMatchObject({ ok: false });
    expect(await sendContactCode(deps, request)).toMatchObject({ reason: 'too_soon' });
  });

  it('asks the same of the database, to the last command', async () => {
    const workFor = (request: CodeRequest) =>
      commandsOf(stores.database, async () => {
        await sendContactCode(deps, request);
        await verify(request, wrongFor(sent.at(-1)?.code ?? ''));
      });
    const known = await workFor(fresh());
    expect(known).toContain('update contactCodes');
    expect(known).toContain('insert auditRecords');
    expect(await workFor(nobody())).toEqual(known);
  });
});

describe('what is stored', () => {
  it('holds neither code nor number, and every step is recorded without them', async () => {
    const request = fresh({ contact: phone });
    const code = await sendFor(request);
    await verify(request, wrongFor(code));
    await verify(request, code);
    const raw = await stores.database.collection('contactCodes').find({}, { raw: true }).toArray();
    const bytes = Buffer.concat(raw as unknown as Uint8Array[]);
    expect(bytes.length).toBeGreaterThan(0);
    for (const text of [code, phone.address, '13800138000', request.boundTo]) {
      expect(bytes.includes(text)).toBe(false);
    }
    const events = await stores.audit.listBySubject(
      request.owner,
      ['credentials.contact_code_sent', 'credentials.contact_code_verified'],
      10,
    );
    expect(events.map(({ type, result, reason }) => [type, result, reason])).toEqual(
      expect.arrayContaining([
        ['credentials.contact_code_sent', 'done', 'sms'],
        ['credentials.contact_code_verified', 'refused', 'code_wrong'],
        ['credentials.contact_code_verified', 'done', 'sms'],
      ]),
    );
    expect(JSON.stringify(events)).not.toContain(code);
  });
});
