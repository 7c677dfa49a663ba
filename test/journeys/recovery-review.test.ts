// Everything lost and no face: papers for staff. What a leaked pair with forged papers is worth, what
// nobody learns, and how the person gets the account back.
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { PasswordStore } from '../../src/credentials/password-store.ts';
import { TotpStore } from '../../src/credentials/totp-store.ts';
import { samplePeople } from '../../src/demo/registers/people.ts';
import { EvidenceFileStore } from '../../src/evidence-files/evidence-file-store.ts';
import { REVIEW_CASES } from '../../src/review/review-case-document.ts';
import { TOTP_SECRET } from '../support/city-accounts.ts';
import { CityBrowser, pageName } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { chosen, Forgetful, linkIn } from '../support/forgetful.ts';
import type { Visit } from '../support/http-visitor.ts';
import { startMessageGateway } from '../support/message-gateway.ts';
import type { MessageGateway } from '../support/message-gateway.ts';
import { startRegisters } from '../support/registers.ts';
import type { Registers } from '../support/registers.ts';
import { employ } from '../support/staff-decisions.ts';
import type { Staff } from '../support/staff-decisions.ts';

const { uri } = migratedDatabase();
const APPROVE = { verdict: 'approve', reason: 'evidence_clear' } as const;
const WAIT = { timeout: 10_000 };
const [chen, lin, nobody] = samplePeople as readonly (typeof samplePeople)[0][] as [
  (typeof samplePeople)[0],
  (typeof samplePeople)[0],
  (typeof samplePeople)[0],
];
const phone = (serial: number) => `177${String(serial).padStart(8, '0')}`;
const at = (serial: number) => ({ contact: phone(serial), to: `+86${phone(serial)}` });

let city: CityNode;
let registers: Registers;
let gateway: MessageGateway;
let staff: Staff;

beforeAll(async () => {
  [registers, gateway] = await Promise.all([
    startRegisters({ review: { cap: 3 } }),
    startMessageGateway(),
  ]);
  const verified = (login: string, serial: number, of: { name: string; number: string }) => ({
    login,
    name: of.name,
    level: 3 as const,
    totpSecret: TOTP_SECRET,
    fields: { phone: phone(serial), certificate_type: '111', certificate_number: of.number },
  });
  city = await startCityNode({
    mongodbUri: uri,
    environment: {
      ...registers.environment,
      ...gateway.environment,
      HUTONG_REVIEW_UNDO_SECONDS: '0',
    },
    clients: [{ client_id: 'portal' }],
    accounts: [
      verified('chen', 11, chen),
      verified('lin', 12, lin),
      { login: 'officer-one', kind: 'civilServant', level: 1 },
      { login: 'officer-two', kind: 'civilServant', level: 1 },
    ],
  });
  staff = await employ(city, ['officer-one', 'officer-two']);
});
beforeEach(async () => {
  city.clock.advance(61);
  await city.storage.database.collection('attemptBudgets').deleteMany({});
});
afterAll(async () => {
  await city.stop();
  await Promise.all([registers.stop(), gateway.stop()]);
});

const files = () =>
  city.storage.database.collection<{ _id: string; ownerId: string; sealedKey?: unknown }>(
    'evidenceFiles',
  );
const cases = () =>
  city.storage.database
    .collection<{ _id: string; kind: string; state: string }>(REVIEW_CASES)
    .find({ kind: 'recovery' })
    .sort({ openedAt: -1 })
    .toArray();

/** At the page of the papers, with a contact that is the person's own now. */
async function papers(serial: number) {
  const person = new Forgetful(city.issuer, gateway);
  const proven = await person.proveContact(at(serial));
  expect(proven.body).toContain('href="/recover/review"');
  return { person, page: await person.browser.open('/recover/review') };
}

/** As uploads leave them: of the newest recovery, which is all that the store tells. */
async function addPictures(slots = ['front', 'back', 'holding']): Promise<string> {
  const [newest] = await city.storage.database
    .collection<{ _id: string }>('recoveries')
    .find({ stage: 'proven' })
    .sort({ stageAt: -1 })
    .toArray();
  const ownerId = `recovery:${newest?._id ?? ''}`;
  const store = new EvidenceFileStore(city.storage);
  const picture = { bytes: Buffer.from('a picture'), width: 60, height: 40 };
  for (const slot of slots) await store.add({ ownerId, slot }, [picture]);
  return ownerId;
}

const fieldsOf = ({ name, number }: { name: string; number: string }) =>
  ({ name, number, consent: 'yes' }) as const;

async function sent(serial: number, of: { name: string; number: string }) {
  const { person, page } = await papers(serial);
  const ownerId = await addPictures();
  const answer = await person.browser.press(page, 'send', fieldsOf(of));
  return { person, answer, ownerId };
}

async function opened(serial: number, of: { name: string; number: string }) {
  const done = await sent(serial, of);
  const [newest] = await cases();
  return { ...done, id: newest?._id ?? '' };
}

const passwordOf = (login: string) =>
  new PasswordStore(city.storage).find(city.account(login).id).then((found) => found?.hash);
const totpOf = (login: string) => new TotpStore(city.storage).findActive(city.account(login).id);

const plain = ({ status, body }: Visit) => [
  status,
  body.replaceAll(/(name="_csrf" value|nonce)="[^"]+"|177\*{4}\d{4}/gu, ''),
];

describe('papers for staff', () => {
  it('are looked for at the form: what is missing is named, and nothing is kept', async () => {
    const { person, page } = await papers(21);
    const empty = await person.browser.press(page, 'send');
    expect(empty.status).toBe(422);
    for (const field of ['name', 'number', 'consent', 'file-holding']) {
      expect(empty.body).toContain(`href="#${field}"`);
    }
    const half = await person.browser.press(page, 'send', { consent: 'yes' });
    expect(half.body).toMatch(/id="consent"[^>]* checked/u);
    const bare = await person.browser.press(page, 'send', fieldsOf(nobody));
    expect([bare.status, bare.body.includes('href="#file-holding"')]).toEqual([422, true]);
    const stranger = new CityBrowser(city.issuer);
    expect((await stranger.open('/recover/review')).status).toBe(400);
    expect(await cases()).toHaveLength(0);
  });

  it('tell nobody whether there is an account: the same page, and no case without one', async () => {
    const known = await sent(22, lin);
    city.clock.advance(61);
    const unknown = await sent(23, nobody);
    expect(pageName(known.answer)).toBe('recover-sent');
    expect(plain(unknown.answer)).toEqual(plain(known.answer));
    expect(await cases()).toHaveLength(1);
    // Those that nobody will look at cannot be opened any more; the others are the account's.
    const left = await files().find({ ownerId: unknown.ownerId }).toArray();
    expect(left.map(({ sealedKey }) => sealedKey)).toEqual([undefined, undefined, undefined]);
    expect(await files().countDocuments({ ownerId: city.account('lin').id })).toBe(3);
    const [{ _id: id } = { _id: '' }] = await cases();
    const heard = gateway.received.length;
    await staff.decide('officer-one', id, { verdict: 'reject', reason: 'not_the_person' });
    await vi.waitFor(async () => expect((await cases())[0]?.state).toBe('closed'), WAIT);
    expect(gateway.received).toHaveLength(heard);
  });

  it('are counted for a number before it is looked for, known or not', async () => {
    const answers = [];
    for (const [index, of] of [chen, nobody].entries()) {
      for (let time = 0; time < 4; time += 1) {
        city.clock.advance(61);
        const { answer } = await sent(30 + index * 4 + time, of);
        answers.push(answer.status);
      }
    }
    expect(answers).toEqual([200, 200, 200, 429, 200, 200, 200, 429]);
    expect((await cases()).filter(({ state }) => state === 'pending')).toHaveLength(3);
  });
});

describe('a leaked pair with forged papers', () => {
  it('needs two reviewers and a day, and its owner ends it with one press', async () => {
    const before = await passwordOf('chen');
    const { id } = await opened(41, chen);
    const pending = city.storage.database.collection<{ _id: string }>('pendingRecoveries');
    await staff.decide('officer-one', id, APPROVE);
    expect(await pending.countDocuments({ _id: city.account('chen').id })).toBe(0);
    await staff.decide('officer-two', id, APPROVE);
    await expect.poll(() => linkIn(gateway, at(11).to, '/recover/cancel'), WAIT).toBeDefined();
    // Not before its time, and to nobody but the contact that was proven.
    expect(linkIn(gateway, at(41).to, '/recover/continue')).toBeUndefined();
    const owner = new CityBrowser(city.issuer);
    const cancel = await owner.open(linkIn(gateway, at(11).to, '/recover/cancel') ?? '');
    const done = await owner.press(cancel, 'confirm');
    expect(done.body).toContain('已经取消');
    city.clock.advance(86_401);
    await expect.poll(() => linkIn(gateway, at(41).to, '/recover/continue'), WAIT).toBeDefined();
    const attacker = new CityBrowser(city.issuer);
    const late = await attacker.open(linkIn(gateway, at(41).to, '/recover/continue') ?? '');
    expect(late.body).toContain('这次找回被取消了');
    expect(await passwordOf('chen')).toBe(before);
    expect(await totpOf('chen')).toBeDefined();
  });
});

describe('who has lost everything', () => {
  it('has the account back after two reviewers and a day, and the lost factors are gone', async () => {
    const before = await passwordOf('lin');
    const { id } = await opened(51, lin);
    await staff.decide('officer-one', id, APPROVE);
    await staff.decide('officer-two', id, APPROVE);
    await expect.poll(() => linkIn(gateway, at(12).to, '/recover/cancel'), WAIT).toBeDefined();
    city.clock.advance(86_401);
    await expect.poll(() => linkIn(gateway, at(51).to, '/recover/continue'), WAIT).toBeDefined();
    const browser = new CityBrowser(city.issuer);
    const page = await browser.open(linkIn(gateway, at(51).to, '/recover/continue') ?? '');
    const password = await browser.press(page, 'confirm');
    expect(pageName(password)).toBe('recover-password');
    const done = await browser.press(password, 'save-password', chosen);
    expect(pageName(done)).toBe('recovered');
    expect(await passwordOf('lin')).not.toBe(before);
    expect(await totpOf('lin')).toBeUndefined();
  });
});
