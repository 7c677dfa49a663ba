// Children whom the registers do not confirm, from the guardian's pages through two reviewers to the
// account: refusals and races first, then what an approval does and to whom.
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { sampleChildren } from '../../src/demo/registers/people.ts';
import { EvidenceFileStore } from '../../src/evidence-files/evidence-file-store.ts';
import { WardStore } from '../../src/guardianship/ward-store.ts';
import { eventTypes, visitAccountCentre } from '../support/account-visitor.ts';
import { pageName } from '../support/city-browser.ts';
import type { CityBrowser } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { personOf } from '../support/entity-city.ts';
import type { Visit } from '../support/http-visitor.ts';
import { startMessageGateway } from '../support/message-gateway.ts';
import type { MessageGateway } from '../support/message-gateway.ts';
import { startRegisters } from '../support/registers.ts';
import type { Registers } from '../support/registers.ts';
import { caseNumber } from '../support/review-applicant.ts';
import { employ } from '../support/staff-decisions.ts';
import type { Staff } from '../support/staff-decisions.ts';

const { uri } = migratedDatabase();
const LIST = '/account/children';
const ADD = '/account/children/add';
const APPROVE = { verdict: 'approve', reason: 'evidence_clear' } as const;
const ALL = { consent: 'yes', agree: 'yes' };
type Person = { name: string; number: string };
const [, ofChen, ofNobody] = sampleChildren as readonly [Person, Person, Person] &
  typeof sampleChildren;
const passport = { type: '414', name: 'Suharto', country: 'IDN', number: 'x7654321' };
let city: CityNode;
let registers: Registers;
let gateway: MessageGateway;
let staff: Staff;
const signedIn = new Map<string, CityBrowser>();

beforeAll(async () => {
  [registers, gateway] = await Promise.all([
    startRegisters({ population: { breaker: { failures: 1000 } }, review: { cap: 3 } }),
    startMessageGateway(),
  ]);
  city = await startCityNode({
    mongodbUri: uri,
    environment: {
      ...registers.environment,
      ...gateway.environment,
      HUTONG_REVIEW_UNDO_SECONDS: '0',
    },
    accounts: [
      personOf('wang', '王演示'),
      personOf('chen', '陈体验'),
      personOf('lin', '林新办'),
      { login: 'officer-one', kind: 'civilServant', level: 1 },
      { login: 'officer-two', kind: 'civilServant', level: 1 },
    ],
  });
  registers.returnTo(city.issuer);
  staff = await employ(city, ['officer-one', 'officer-two']);
});
afterEach(() => registers.setFault('population', 'none'));
afterAll(async () => {
  await city.stop();
  await Promise.all([registers.stop(), gateway.stop()]);
});

/** Signed in with both factors; once for each, as a one-time code works once. */
async function guardian(login: string): Promise<CityBrowser> {
  const known = signedIn.get(login);
  if (known) return known;
  const { browser } = await visitAccountCentre(city, login);
  await browser.walk(await browser.open(ADD), city.account(login));
  signedIn.set(login, browser);
  return browser;
}

/** The answer of the register, and the page of the papers that it leads to. */
async function refused(login: string, { name, number }: Person) {
  const browser = await guardian(login);
  const fields = { name, number, relation: 'parent', agree: 'yes' };
  const answer = await browser.press(await browser.open(ADD), 'add', fields);
  const href = /id="to-review" href="([^"]+)"/u.exec(answer.body)?.[1] ?? '';
  return { browser, answer, href };
}

const applicationOf = (page: Visit) => new URL(page.url).searchParams.get('application') ?? '';

/** As uploads leave them. */
async function addPapers(login: string, page: Visit, slots = ['child_household']) {
  const store = new EvidenceFileStore(city.storage);
  const picture = { bytes: Buffer.from('a picture'), width: 60, height: 40 };
  const { id: ownerId } = city.account(login);
  for (const slot of slots) {
    await store.add({ ownerId, slot: `${slot}:${applicationOf(page)}` }, [picture]);
  }
}

async function sent(login: string, child: Person) {
  const { browser, href } = await refused(login, child);
  const page = await browser.open(href);
  await addPapers(login, page);
  const status = await browser.press(page, 'send', ALL);
  return { browser, status, id: caseNumber(status) };
}

async function bothApprove(id: string): Promise<void> {
  await staff.decide('officer-one', id, APPROVE);
  await staff.decide('officer-two', id, APPROVE);
}

const until = (check: () => Promise<void>) => vi.waitFor(check, 20_000);
const accountOf = (number: string) =>
  city.accountStore.findByLogin(number, { kind: 'naturalPerson' });

interface CaseFacts {
  _id: string;
  state: string;
  trouble?: string;
}
const cases = () => city.storage.database.collection<CaseFacts>('reviewCases');

async function isStuck(id: string, trouble: string): Promise<void> {
  await until(async () =>
    expect(await cases().findOne({ _id: id })).toMatchObject({ state: 'pending', trouble }),
  );
}

describe('papers of a child', () => {
  it('are asked for alike whatever the registers said, also while they are down', async () => {
    const unknown = await refused('lin', ofNobody);
    const wrong = await refused('lin', { ...ofChen, name: '陈大试' });
    const foreign = await refused('lin', ofChen);
    for (const { answer, href } of [unknown, wrong, foreign]) {
      expect(answer.status).toBe(422);
      expect(href).toContain('/account/children/review/files?application=');
    }
    await registers.setFault('population', 'down');
    const down = await refused('lin', ofNobody);
    expect(down.answer.status).toBe(503);
    expect(pageName(await down.browser.open(down.href))).toBe('guardianship-review-files');
  });

  it('are not sent without consent, agreement and proof of the family, nor by another', async () => {
    const { browser, href } = await refused('lin', ofNobody);
    const page = await browser.open(href);
    const nothing = await browser.press(page, 'send');
    expect(nothing.status).toBe(422);
    expect(nothing.body).toContain('提交审核需要您的同意');
    const bare = await browser.press(page, 'send', ALL);
    expect(bare.body).toContain('至少上传一种');
    const old = await browser.press(page, 'send', { ...ALL, agreement_version: '7' });
    expect(old.body).toContain('协议刚刚更新了');
    const chen = await guardian('chen');
    expect((await chen.open(href)).status).toBe(410);
    expect(await cases().countDocuments()).toBe(0);
  });

  it('sent eight times at once are one case, and can be taken back', async () => {
    const { browser, href } = await refused('lin', ofNobody);
    const page = await browser.open(href);
    await addPapers('lin', page);
    const pages = await Promise.all(
      Array.from({ length: 8 }, () => browser.press(page, 'send', ALL)),
    );
    expect(pages.every(({ status }) => status === 200 || status === 409)).toBe(true);
    expect(await cases().countDocuments()).toBe(1);
    const again = await refused('lin', ofNobody);
    expect(pageName(again.answer)).toBe('guardianship-review-status');
    const withdrawn = await browser.press(again.answer, 'withdraw');
    expect(pageName(withdrawn)).toBe('guardianship-children');
    expect(await cases().findOne({})).toMatchObject({ state: 'closed', outcome: 'withdrawn' });
    await cases().deleteMany({});
  });
});

describe('two reviewers', () => {
  it('ask for more, then say no: nothing is opened', async () => {
    const { browser, status, id } = await sent('lin', ofNobody);
    await staff.decide('officer-one', id, { verdict: 'ask', reason: 'file_unreadable' });
    const { pathname, search } = new URL(status.url);
    await until(async () =>
      expect((await browser.open(pathname + search)).body).toContain('需要您补充'),
    );
    const supply = await browser.open(
      `/account/children/review/files?application=${applicationOf(status)}`,
    );
    await addPapers('lin', supply, ['child_birth']);
    const supplied = await browser.press(supply, 'send', ALL);
    expect(caseNumber(supplied)).toBe(id);
    await staff.decide('officer-two', id, { verdict: 'reject', reason: 'not_entitled' });
    await until(async () =>
      expect((await browser.open(pathname + search)).body).toContain('审核没有通过'),
    );
    expect(await accountOf(ofNobody.number)).toBeUndefined();
  });

  it('open the account together: one alone does not', async () => {
    const { browser, status, id } = await sent('chen', ofNobody);
    expect(await cases().findOne({ _id: id })).toMatchObject({ approvals: 2 });
    await staff.decide('officer-one', id, APPROVE);
    await expect(staff.decide('officer-one', id, APPROVE)).rejects.toThrow('voted_already');
    expect(await accountOf(ofNobody.number)).toBeUndefined();
    await staff.decide('officer-two', id, APPROVE);
    await until(async () => expect(await accountOf(ofNobody.number)).toBeDefined());
    const account = await accountOf(ofNobody.number);
    expect(account).toMatchObject({ isWard: true, realNameLevel: 2 });
    const ward = await new WardStore(city.storage).find(account?.id ?? '');
    expect(ward?.guardians).toMatchObject([
      { accountId: city.account('chen').id, relation: 'parent', basis: 'review' },
    ]);
    expect(await eventTypes(city, account?.id ?? '')).toContain('guardianship.consented');
    const { pathname, search } = new URL(status.url);
    expect(pageName(await browser.open(pathname + search))).toBe('guardianship-children');
  });

  it('add a second guardian only when they know of the first, who is told before and after', async () => {
    const { id } = await sent('wang', ofNobody);
    await expect.poll(() => gateway.countOf('chen@example.com', '申请成为')).toBe(1);
    await bothApprove(id);
    const account = await accountOf(ofNobody.number);
    await until(async () => {
      const ward = await new WardStore(city.storage).find(account?.id ?? '');
      expect(ward?.guardians).toHaveLength(2);
    });
    await expect.poll(() => gateway.countOf('chen@example.com', '增加了一位监护人')).toBe(1);
    expect(await eventTypes(city, account?.id ?? '')).toContain('guardianship.joined');
    const wang = await guardian('wang');
    expect((await wang.open(LIST)).body).toContain(`view?child=${account?.id ?? ''}`);
  });

  it('cannot add a third one', async () => {
    const { id } = await sent('lin', ofNobody);
    await bothApprove(id);
    await isStuck(id, 'guardians_complete');
    const { id: childId = '' } = (await accountOf(ofNobody.number)) ?? {};
    expect((await new WardStore(city.storage).find(childId))?.guardians).toHaveLength(2);
    await staff.decide('officer-one', id, { verdict: 'reject', reason: 'not_entitled' });
  });
});

describe('a child with a passport', () => {
  it('is typed with its birth date, which says whether it is a child', async () => {
    const browser = await guardian('wang');
    const page = await browser.open('/account/children/document');
    const fields = { ...passport, relation: 'parent' };
    const none = await browser.press(page, 'next', fields);
    expect(none.status).toBe(422);
    const grown = await browser.press(page, 'next', { ...fields, birth_date: '2001-02-03' });
    expect(grown.body).toContain('已满 14 周岁');
    const papers = await browser.press(page, 'next', { ...fields, birth_date: '2020-02-03' });
    expect(pageName(papers)).toBe('guardianship-review-files');
    await addPapers('wang', papers);
    const bare = await browser.press(papers, 'send', ALL);
    expect(bare.body).toContain('还缺少：孩子的证件');
    await addPapers('wang', papers, ['child_document']);
    const id = caseNumber(await browser.press(papers, 'send', ALL));
    // What an approval needs has to be so when it takes effect.
    const by = { actor: 'operator' };
    const origin = { source: 'operator', grade: 'B' } as const;
    const wang = city.account('wang').id;
    await city.accountStore.setRealNameLevel(wang, { level: 2, origin }, by);
    await bothApprove(id);
    await isStuck(id, 'applicant_not_verified');
    await city.accountStore.setRealNameLevel(wang, { level: 3, origin }, by);
    await bothApprove(id);
    await until(async () => expect(await accountOf('X7654321')).toMatchObject({ isWard: true }));
  });

  it('who turns 14 while it waits gets no account', async () => {
    const now = city.clock.now();
    const soon = new Date(now.getTime() + 32 * 3_600_000);
    const birthDate = `${soon.getUTCFullYear() - 14}${soon.toISOString().slice(4, 10)}`;
    const browser = await guardian('chen');
    const page = await browser.open('/account/children/document');
    const fields = { ...passport, number: 'Y1234567', relation: 'parent', birth_date: birthDate };
    const papers = await browser.press(page, 'next', fields);
    await addPapers('chen', papers, ['child_household', 'child_document']);
    const id = caseNumber(await browser.press(papers, 'send', ALL));
    city.clock.advance(2 * 86_400);
    await bothApprove(id);
    await isStuck(id, 'child_of_age');
    expect(await accountOf('Y1234567')).toBeUndefined();
  });
});
