// Old accounts that contradict the account which would take them over: whose proof it is, what staff
// are sent, what an approval does and to whom, and what nobody gets by it.
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { sampleChildren, samplePeople } from '../../src/demo/registers/people.ts';
import { EvidenceFileStore } from '../../src/evidence-files/evidence-file-store.ts';
import { systemRandom } from '../../src/platform/random.ts';
import { ReviewCaseStore } from '../../src/review/review-case-store.ts';
import { StockAccountStore } from '../../src/stock-accounts/stock-account-store.ts';
import { eventTypes } from '../support/account-visitor.ts';
import { CityBrowser, pageName } from '../support/city-browser.ts';
import { generousLimits, startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { startMessageGateway } from '../support/message-gateway.ts';
import type { MessageGateway } from '../support/message-gateway.ts';
import { caseNumber } from '../support/review-applicant.ts';
import { startRegisters } from '../support/registers.ts';
import type { Registers } from '../support/registers.ts';
import { employ } from '../support/staff-decisions.ts';
import type { Staff } from '../support/staff-decisions.ts';
import { housingFund, importStockAccount } from '../support/stock-accounts.ts';

const { uri } = migratedDatabase();
const sourcesFile = path.join(tmpdir(), `hutong-stock-review-${systemRandom.id()}.json`);
const APPROVE = { verdict: 'approve', reason: 'evidence_clear' } as const;
const WAIT = { timeout: 10_000 };
const STATUS = '/account/old-account';
const FILES = `${STATUS}/files`;
const password = 'correct horse';
const [chen, lin, wang, zhao, moved] = samplePeople as readonly (typeof samplePeople)[0][] as [
  (typeof samplePeople)[0],
  (typeof samplePeople)[0],
  (typeof samplePeople)[0],
  (typeof samplePeople)[0],
  (typeof samplePeople)[0],
];
const blank = (login: string) =>
  ({ login, level: 1, fields: { certificate_type: '', certificate_number: '' } }) as const;

let city: CityNode;
let gateway: MessageGateway;
let registers: Registers;
let staff: Staff;

beforeAll(async () => {
  await writeFile(sourcesFile, JSON.stringify({ sources: [housingFund] }));
  [gateway, registers] = await Promise.all([
    startMessageGateway(),
    startRegisters({ review: { cap: 3 } }),
  ]);
  city = await startCityNode({
    mongodbUri: uri,
    limits: generousLimits,
    environment: {
      ...gateway.environment,
      ...registers.environment,
      HUTONG_STOCK_ACCOUNTS: sourcesFile,
      HUTONG_REVIEW_UNDO_SECONDS: '0',
    },
    accounts: [
      ...['rightful', 'planted', 'thief', 'racing', 'second', 'leaving', 'parent'].map(blank),
      {
        login: 'owner',
        level: 3,
        name: lin.name,
        fields: { certificate_type: '111', certificate_number: lin.number },
      },
      { login: 'officer-one', kind: 'civilServant', level: 1 },
      { login: 'officer-two', kind: 'civilServant', level: 1 },
    ],
  });
  staff = await employ(city, ['officer-one', 'officer-two']);
});
afterAll(async () => {
  await city.stop();
  await Promise.all([gateway.stop(), registers.stop(), rm(sourcesFile)]);
});

const stock = () => new StockAccountStore(city.storage);
const stateOf = async (login: string) => (await stock().findByLogin('housing-fund', login))?.state;
const levelOf = async (login: string) =>
  (await city.accountStore.findById(city.account(login).id))?.realNameLevel;

function imported(login: string, person: { name: string; number: string }) {
  return importStockAccount(city.storage, {
    login,
    name: person.name,
    certificate_type: '111',
    certificate_number: person.number,
    real_name_level: '2',
    phone: '13800138222',
  });
}

async function prove(login: string, browser = new CityBrowser(city.issuer)) {
  const form = await browser.open('/migrate/from/housing-fund');
  return { browser, page: await browser.press(form, 'prove', { login, password }) };
}

/** At the page that says it could not be completed. */
async function refused(account: string, login: string) {
  const { browser } = await prove(login);
  const confirm = await browser.walk(await browser.open('/migrate/sign-in'), city.account(account));
  return { browser, page: await browser.press(confirm, 'bind') };
}

/** As uploads leave them. */
async function addPictures(login: string, slots = ['front', 'back', 'holding']) {
  const store = new EvidenceFileStore(city.storage);
  const picture = { bytes: Buffer.from('a picture'), width: 60, height: 40 };
  const { id: ownerId } = city.account(login);
  for (const slot of slots) {
    await store.add({ ownerId, slot: `${slot}:stock_account` }, [picture]);
  }
}

async function sent(account: string, login: string, person: { name: string; number: string }) {
  const { browser } = await refused(account, login);
  await addPictures(account);
  const typed = { name: person.name, number: person.number, consent: 'yes' };
  const page = await browser.press(await browser.open(FILES), 'send', typed);
  return { browser, page, id: caseNumber(page) };
}

describe('a proof of an old password', () => {
  it('belongs to the account it was brought into first, whoever has its cookie', async () => {
    await imported('planted.old', zhao);
    const { browser, page } = await refused('planted', 'planted.old');
    expect([page.status, pageName(page)]).toEqual([409, 'migrate-end']);
    expect(page.body).toContain(`href="${FILES}"`);
    // Signs out, and somebody else signs in here, with the same cookie.
    await browser.signOut();
    const other = await browser.walk(await browser.open('/migrate/sign-in'), city.account('thief'));
    expect([other.status, pageName(other)]).toEqual([409, 'migrate-end']);
    expect(other.body).toContain('这次证明属于另一个账户');
    expect((await browser.open(FILES)).url).toMatch(/\/migrate$/u);
    expect(await stateOf('planted.old')).toBe('imported');
  });

  it('of who is signed in is theirs from the beginning', async () => {
    await importStockAccount(city.storage, { login: 'own.old' });
    const browser = new CityBrowser(city.issuer);
    await browser.walk(await browser.open('/account'), city.account('planted'));
    await prove('own.old', browser);
    await browser.signOut();
    const other = await browser.walk(await browser.open('/migrate/sign-in'), city.account('thief'));
    expect(other.status).toBe(409);
    expect(await stateOf('own.old')).toBe('imported');
  });
});

describe('what staff are sent', () => {
  it('is asked for only after an old account was proven and could not be joined', async () => {
    const browser = new CityBrowser(city.issuer);
    await browser.walk(await browser.open('/account'), city.account('leaving'));
    expect((await browser.open(FILES)).url).toMatch(/\/migrate$/u);
    expect((await browser.open(STATUS)).url).toMatch(/\/migrate$/u);
  });

  it('names what is missing, and refuses children', async () => {
    const [child = { name: '', number: '' }] = sampleChildren;
    await imported('parent.old', child);
    const { browser } = await refused('parent', 'parent.old');
    const empty = await browser.press(await browser.open(FILES), 'send');
    expect(empty.status).toBe(422);
    for (const field of ['name', 'number', 'consent']) {
      expect(empty.body).toContain(`href="#${field}"`);
    }
    const typed = { name: child.name, number: child.number, consent: 'yes' };
    const young = await browser.press(await browser.open(FILES), 'send', typed);
    expect(young.body).toContain('未满 14 周岁');
    const grown = { ...typed, name: wang.name, number: wang.number };
    const bare = await browser.press(await browser.open(FILES), 'send', grown);
    expect([bare.status, bare.body.includes('href="#file-front"')]).toEqual([422, true]);
  });

  it('comes back with what staff ask for, can be withdrawn, and never shows the old data', async () => {
    await imported('leaving.old', moved);
    const { browser, page, id } = await sent('leaving', 'leaving.old', wang);
    expect(pageName(page)).toBe('review-status');
    for (const secret of [moved.name, moved.number]) expect(page.body).not.toContain(secret);
    const ask = { verdict: 'ask', reason: 'explain', note: '何时改的名' } as const;
    await staff.decide('officer-one', id, ask);
    await vi.waitFor(async () => {
      expect((await browser.open(STATUS)).body).toContain('何时改的名');
    }, WAIT);
    const form = await browser.open(FILES);
    expect(form.body).toContain(wang.number);
    for (const secret of [moved.name, moved.number]) expect(form.body).not.toContain(secret);
    const typed = { name: wang.name, number: wang.number, consent: 'yes' };
    const again = await browser.press(form, 'send', { ...typed, remark: '去年改名' });
    expect(caseNumber(again)).toBe(id);
    const of = await new ReviewCaseStore(city.storage).find(id);
    expect(of?.claimed).toMatchObject({ remark: '去年改名', legacyLogin: 'leaving.old' });
    // The old system and the person say different names: two look at it.
    expect(of).toMatchObject({ kind: 'stock_account', state: 'pending', approvals: 2 });
    expect(of?.answers[0]).toMatchObject({ source: 'legacy_system', outcome: 'different' });
    const gone = await browser.press(again, 'withdraw');
    expect(gone.body).toContain('已撤回');
    expect(await stateOf('leaving.old')).toBe('imported');
  });
});

describe('an approval', () => {
  it('verifies the person and joins the old account, both at once, and tells both phones', async () => {
    await imported('rightful.old', chen);
    const { browser, id } = await sent('rightful', 'rightful.old', chen);
    await staff.decide('officer-one', id, APPROVE);
    await vi.waitFor(async () => expect(await stateOf('rightful.old')).toBe('bound'), WAIT);
    expect(await levelOf('rightful')).toBe(3);
    expect((await browser.open(STATUS)).body).toContain('旧账号已并入当前账户');
    const account = await city.accountStore.findByLogin(chen.number);
    expect(account?.id).toBe(city.account('rightful').id);
    expect(await eventTypes(city, account?.id ?? '')).toContain('stock_accounts.bound');
    await expect.poll(() => gateway.countOf('+8613800138222', '旧账号')).toBe(1);
    expect((await prove('rightful.old')).page.status).toBe(422);
  });

  it('of a leaked password and forged pictures takes no identity: two agree, and its owner may object', async () => {
    await imported('leaked.old', lin);
    const { id } = await sent('thief', 'leaked.old', lin);
    const cases = new ReviewCaseStore(city.storage);
    await staff.decide('officer-one', id, APPROVE);
    await vi.waitFor(async () => {
      expect(await cases.find(id)).toMatchObject({
        state: 'pending',
        trouble: 'identity_held',
        approvals: 2,
        involvedIds: [city.account('owner').id],
      });
    }, WAIT);
    await staff.decide('officer-one', id, APPROVE);
    expect(await cases.find(id)).toMatchObject({ state: 'pending' });
    await staff.decide('officer-two', id, APPROVE);
    await vi.waitFor(async () => expect((await cases.find(id))?.state).toBe('closed'), WAIT);
    expect([await levelOf('thief'), await levelOf('owner')]).toEqual([1, 3]);
    expect((await city.accountStore.findByLogin(lin.number))?.id).toBe(city.account('owner').id);
    expect(await eventTypes(city, city.account('owner').id)).toContain('merge.begun');
  });

  it('of two cases for one old account joins it once; the other goes back to the reviewers', async () => {
    await imported('raced.old', wang);
    const one = await sent('racing', 'raced.old', wang);
    const two = await sent('second', 'raced.old', zhao);
    await staff.decide('officer-one', one.id, APPROVE);
    await vi.waitFor(async () => expect(await stateOf('raced.old')).toBe('bound'), WAIT);
    await staff.decide('officer-one', two.id, APPROVE);
    await staff.decide('officer-two', two.id, APPROVE);
    const cases = new ReviewCaseStore(city.storage);
    await vi.waitFor(async () => {
      expect(await cases.find(two.id)).toMatchObject({
        state: 'pending',
        trouble: 'old_account_taken',
      });
    }, WAIT);
    expect([await levelOf('racing'), await levelOf('second')]).toEqual([3, 1]);
  });
});
