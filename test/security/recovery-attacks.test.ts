// What leaked pairs of names and numbers, re-issued phone numbers, read mailboxes and old sessions
// are worth to an attacker: nothing. And what nobody learns from the pages of a recovery.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { PasswordStore } from '../../src/credentials/password-store.ts';
import { registeredPeople, samplePeople } from '../../src/demo/registers/people.ts';
import { eventTypes, visitAccountCentre } from '../support/account-visitor.ts';
import { CITY_PASSWORD, TOTP_SECRET } from '../support/city-accounts.ts';
import { CityBrowser, otpOf, pageName, readForm } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { chosen, Forgetful, linkIn } from '../support/forgetful.ts';
import type { Visit } from '../support/http-visitor.ts';
import { startMessageGateway } from '../support/message-gateway.ts';
import type { MessageGateway } from '../support/message-gateway.ts';
import { startRegisters } from '../support/registers.ts';
import type { Registers } from '../support/registers.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
const { uri } = migratedDatabase();
const [chen, lin] = samplePeople as readonly { name: string; number: string }[] as [
  { name: string; number: string },
  { name: string; number: string },
];

let city: CityNode;
let registers: Registers;
let gateway: MessageGateway;

const phone = (serial: number) => `178${String(serial).padStart(8, '0')}`;
const at = (serial: number) => ({ contact: phone(serial), to: `+86${phone(serial)}` });

beforeAll(async () => {
  [registers, gateway] = await Promise.all([startRegisters(), startMessageGateway()]);
  const level1 = (login: string, serial: number) =>
    ({
      login,
      level: 1,
      fields: { phone: phone(serial), certificate_type: '', certificate_number: '' },
    }) as const;
  const verified = (login: string, serial: number, of: { name: string; number: string }) => ({
    login,
    name: of.name,
    totpSecret: TOTP_SECRET,
    fields: { phone: phone(serial), certificate_type: '111', certificate_number: of.number },
  });
  city = await startCityNode({
    mongodbUri: uri,
    environment: { ...registers.environment, ...gateway.environment },
    clients: [{ client_id: 'portal' }],
    accounts: [
      level1('simple', 1),
      level1('frozen', 2),
      level1('besieged', 3),
      level1('watched', 4),
      verified('chen', 11, chen),
      verified('lin', 12, lin),
    ],
  });
  registers.returnTo(city.issuer);
});
afterAll(async () => {
  await city.stop();
  await Promise.all([registers.stop(), gateway.stop()]);
});

const forgetful = () => new Forgetful(city.issuer, gateway);
const h1 = (page: Visit) => /<h1[^>]*>([^<]+)</u.exec(page.body)?.[1];
const idOf = (login: string) => city.account(login).id;

/** A whole answer without what is different in every one. */
function plain({ status, headers, body }: Visit) {
  const varying = new Set([
    'date',
    'set-cookie',
    'x-request-id',
    'content-security-policy',
    'etag',
  ]);
  return {
    status,
    headers: [...headers]
      .filter(([name]) => !varying.has(name))
      .filter(([name]) => name !== 'content-length'),
    body: body
      .replaceAll(/(name="_csrf" value|nonce)="[^"]+"/gu, '$1')
      .replaceAll(/178\*{4}\d{4}|178\d{8}|[\w.-]+@example\.com|.\*{3}@example\.com/gu, 'contact')
      .replaceAll(/<time[^>]*>[^<]*<\/time>|\d{4}年[^<·]*/gu, 'time'),
  };
}

async function lastEvents(count: number): Promise<string[]> {
  const records = await city.storage.database
    .collection<{ _id: string; type: string }>('auditRecords')
    .find()
    .sort({ at: -1 })
    .limit(count)
    .toArray();
  return records.map(({ type }) => type);
}

async function signInPage(login: string, password: string): Promise<Visit> {
  const browser = new CityBrowser(city.issuer);
  const { visit } = await browser.request(city.client('portal'));
  return browser.press(visit, 'sign-in', { login, password });
}

describe('whether there is an account', () => {
  it.each([
    [
      'a phone',
      { contact: phone(1), to: `+86${phone(1)}` },
      { contact: phone(99), to: `+86${phone(99)}` },
    ],
    [
      'a name with its mail',
      { contact: 'simple@example.com', to: 'simple@example.com', login: 'simple' },
      { contact: 'nobody@example.com', to: 'nobody@example.com', login: 'nobody' },
    ],
    [
      'a name with the mail of another',
      { contact: 'frozen@example.com', to: 'frozen@example.com', login: 'frozen' },
      { contact: 'mine@example.com', to: 'mine@example.com', login: 'chen' },
    ],
    // The number is that of the trap in docs/federation.md.
  ])(
    '15 is not learnt from %s: same page, same message, same work',
    async (_name, known, unknown) => {
      const commands = async (of: typeof known) => {
        const page = await forgetful().askForCode(of);
        expect(pageName(page)).toBe('recover-code');
        await gateway.codeFor(of.to);
        const [message] = gateway.received.filter(({ to }) => to === of.to);
        return {
          page: plain(page),
          message: message?.text.replaceAll(/\d{6}/gu, 'code'),
          events: await lastEvents(1),
        };
      };
      expect(await commands(known)).toEqual(await commands(unknown));
    },
  );

  it('is only told to who holds the contact, without anything of the account', async () => {
    city.clock.advance(61);
    const page = await forgetful().proveContact(at(11));
    expect(pageName(page)).toBe('recover-proof');
    expect(page.body).not.toMatch(/陈|4400|@example|178\d|178\*/u);
  });
});

describe('a leaked pair', () => {
  it('recovers nothing: not with a contact of the attacker, not without the face', async () => {
    const attacker = forgetful();
    const nothing = await attacker.proveContact({ ...at(90), login: chen.number });
    expect(h1(nothing)).toContain('没有找到');
    const face = await attacker.browser.open('/recover/face');
    const refused = await attacker.proveFace(face, chen, 'different_person');
    expect(h1(refused)).toBe('没有确认是您本人');
    expect(pageName(await attacker.browser.open('/recover/password'))).toBe('recover-stopped');
    expect(pageName(await attacker.browser.open('/recover/wait'))).toBe('recover-stopped');
    expect(await eventTypes(city, idOf('chen'))).not.toContain('recovery.wait_begun');
  });

  it('and the own face of the attacker opens the attacker’s account alone', async () => {
    const attacker = forgetful();
    await attacker.proveContact(at(91));
    const wait = await attacker.proveFace(await attacker.browser.open('/recover/face'), lin);
    expect(pageName(wait)).toBe('recover-wait');
    await attacker.browser.press(wait, 'begin-wait');
    expect(await eventTypes(city, idOf('lin'))).toContain('recovery.wait_begun');
    expect(await eventTypes(city, idOf('chen'))).not.toContain('recovery.wait_begun');
  });
});

describe('a re-issued number', () => {
  it('does not open the verified account that still has it', async () => {
    city.clock.advance(61);
    const stranger = forgetful();
    const proof = await stranger.proveContact(at(12));
    expect(pageName(proof)).toBe('recover-proof');
    expect(proof.body).not.toContain('id="begin-wait"');
    const other = registeredPeople.find(({ name }) => name === '张示例') ?? chen;
    const answer = await stranger.proveFace(await stranger.browser.open('/recover/face'), other);
    expect(h1(answer)).toBe('没有找到您的账号');
    const form = readForm(proof, 'verify');
    const forced = await stranger.browser.visitor.submit(
      new URL('/recover/wait', city.issuer),
      form.fields,
    );
    expect(forced.headers.get('location')).toBe('/recover/proof');
    expect((await signInPage('lin', CITY_PASSWORD)).headers.get('location')).toContain('code=');
  });
});

describe('“this was not me”', () => {
  it('freezes at once, once, and a recovery is the way back; a used or false link does nothing', async () => {
    const { browser: thief } = await visitAccountCentre(city, 'frozen');
    await expect.poll(() => linkIn(gateway, 'frozen@example.com', '/not-me')).toBeDefined();
    const link = linkIn(gateway, 'frozen@example.com', '/not-me') ?? '';
    const owner = forgetful();
    const ask = await owner.browser.open(link);
    expect([pageName(ask), new URL(ask.url).pathname]).toEqual(['recover-link', '/not-me']);
    expect(pageName(await thief.open('/account'))).toBe('account-overview');
    const form = readForm(ask, 'confirm');
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => owner.browser.visitor.submit(form.action, form.fields)),
    );
    expect(new Set(answers.map(h1))).toEqual(new Set(['账号已经冻结']));
    const types = await eventTypes(city, idOf('frozen'));
    expect(types.filter((type) => type === 'accounts.frozen')).toHaveLength(1);
    expect(pageName(await thief.open('/account'))).toBe('sign-in');
    const closed = plain(await signInPage('frozen', CITY_PASSWORD));
    expect(closed).toEqual({
      ...plain(await signInPage('nobody', CITY_PASSWORD)),
      body: closed.body,
    });
    expect(closed.body).toContain('账号或密码不正确');
    const broken = await forgetful().browser.open(`${link.slice(0, -3)}abc`);
    expect(h1(broken)).toBe('链接不能用了');
  });

  it('after it a contact alone is not enough, so that a read mailbox does not take the account over', async () => {
    const mail = { contact: 'frozen@example.com', to: 'frozen@example.com', login: 'frozen' };
    city.clock.advance(61);
    const attacker = forgetful();
    const proof = await attacker.proveContact(mail);
    expect(pageName(proof)).toBe('recover-proof');
    await attacker.browser.press(proof, 'begin-wait');
    const cancel = () => linkIn(gateway, at(2).to, '/recover/cancel');
    await expect.poll(cancel).toBeDefined();
    const owner = forgetful();
    const done = await owner.browser.press(await owner.browser.open(cancel() ?? ''), 'confirm');
    expect(h1(done)).toBe('已经取消');
    const own = await owner.proveContact(at(2));
    await owner.browser.press(own, 'begin-wait');
    city.clock.advance(86_400 + 60);
    const next = () => linkIn(gateway, at(2).to, '/recover/continue');
    await expect.poll(next, { timeout: 10_000 }).toBeDefined();
    const form = await owner.browser.press(await owner.browser.open(next() ?? ''), 'confirm');
    const recovered = await owner.browser.press(form, 'save-password', chosen);
    expect(pageName(recovered)).toBe('recovered');
    const types = await eventTypes(city, idOf('frozen'));
    expect(types).toContain('accounts.thawed');
    const account = await city.accountStore.findById(idOf('frozen'));
    const password = await new PasswordStore(city.storage).find(idOf('frozen'));
    expect([account?.isActive, password?.revision]).toEqual([true, 2]);
  });

  it('cannot keep the account shut for good: a third freeze within the week is refused', async () => {
    const seen = new Set<string>();
    for (let round = 0; round < 3; round += 1) {
      await signInPage('besieged', CITY_PASSWORD);
      const link = () => linkIn(gateway, 'besieged@example.com', '/not-me');
      await expect.poll(() => seen.has(link() ?? '')).toBe(false);
      await expect.poll(link).toBeDefined();
      seen.add(link() ?? '');
      const attacker = forgetful();
      const ask = await attacker.browser.open(link() ?? '');
      const answer = await attacker.browser.press(ask, 'confirm');
      expect(h1(answer)).toBe(round < 2 ? '账号已经冻结' : '这次没有冻结');
      if (round < 2) await city.accountStore.unlock(idOf('besieged'), { actor: 'operator' });
    }
    expect((await city.accountStore.findById(idOf('besieged')))?.isActive).toBe(true);
  });

  it('and an operator’s lock takes the place of a freeze: no recovery opens it', async () => {
    const id = idOf('simple');
    await city.accountStore.freeze(id, { actor: 'anonymous' });
    expect((await city.accountStore.findById(id))?.isFrozen).toBe(true);
    await city.accountStore.lock(id, { actor: 'operator', reason: 'test' });
    const page = await forgetful().proveContact(at(1));
    expect(h1(page)).toContain('没有找到');
  });
});

it('a second factor stolen with the number is asked for once: its step does not open twice', async () => {
  city.clock.advance(61);
  const person = forgetful();
  const proof = await person.proveContact(at(12));
  const form = readForm(proof, 'verify');
  const otp = await otpOf(city.account('lin'), city.clock.now());
  const answers = await Promise.all(
    Array.from({ length: 10 }, () =>
      person.browser.visitor.submit(form.action, { ...form.fields, otp }),
    ),
  );
  const types = await eventTypes(city, idOf('lin'));
  expect(types.filter((type) => type === 'recovery.proven').length).toBe(2);
  expect(answers.some(({ status }) => status === 303)).toBe(true);
});

it('a cookie that somebody kept from before leads nobody into what its owner proved', async () => {
  const owner = forgetful();
  await owner.browser.open('/recover?by=phone');
  const thief = new CityBrowser(city.issuer, owner.browser.visitor.copy());
  const page = await owner.proveContact(at(4));
  const stolen = await thief.press(page, 'save-password', chosen);
  expect([pageName(page), stolen.status]).toEqual(['recover-password', 400]);
});
