// Organisations that the register does not confirm, from the applicant's pages through reviewers to
// the account: refusals and races first, then what an approval does and to whom.
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { EvidenceFileStore } from '../../src/evidence-files/evidence-file-store.ts';
import { EntityApplicationStore } from '../../src/legal-entities/entity-application-store.ts';
import { eventTypes } from '../support/account-visitor.ts';
import { pageName } from '../support/city-browser.ts';
import type { CityBrowser } from '../support/city-browser.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { EntityCity, entityOf, personOf } from '../support/entity-city.ts';
import type { Visit } from '../support/http-visitor.ts';
import { caseNumber } from '../support/review-applicant.ts';
import { employ } from '../support/staff-decisions.ts';
import type { Staff } from '../support/staff-decisions.ts';

const { uri } = migratedDatabase();
const APPROVE = { verdict: 'approve', reason: 'evidence_clear' } as const;
/** A trial code, of the vectors: lawful, its check digit fails, and the register does not know it. */
const TRIAL = { name: '试点公司', uscc: '91350100M0001TGQXM' };
const LIST = '/account/entities';
const ALL = { subtype: 'enterprise', consent: 'yes', agree: 'yes' };
let people: EntityCity;
let staff: Staff;

beforeAll(async () => {
  const names = { lin: '林新办', chen: '陈体验', wang: '王演示' };
  people = await EntityCity.start(
    uri,
    [
      ...Object.entries(names).map(([login, name]) => personOf(login, name)),
      { login: 'officer-one', kind: 'civilServant', level: 1 },
      { login: 'officer-two', kind: 'civilServant', level: 1 },
    ],
    { review: { cap: 3 } },
  );
  staff = await employ(people.city, ['officer-one', 'officer-two']);
});
afterEach(() => people.registers.setFault('legalEntities', 'none'));
afterAll(() => people.stop());

/** At the page of the papers. */
async function offered(login: string, entity: { name: string; uscc: string }) {
  const { browser } = await people.atForm(login);
  const refused = await people.check(browser, entity);
  return { browser, refused, page: await browser.open(reviewOf(refused)) };
}

function reviewOf({ body }: Visit): string {
  const href = /id="to-review" href="([^"]+)"/u.exec(body)?.[1];
  if (href === undefined) throw new Error('no review is offered');
  return href;
}

const applicationOf = (page: Visit) => new URL(page.url).searchParams.get('application') ?? '';

/** As uploads leave them. */
async function addPapers(login: string, page: Visit, slots = ['entity_licence', 'entity_letter']) {
  const store = new EvidenceFileStore(people.city.storage);
  const picture = { bytes: Buffer.from('a picture'), width: 60, height: 40 };
  const { id: ownerId } = people.city.account(login);
  for (const slot of slots) {
    await store.add({ ownerId, slot: `${slot}:${applicationOf(page)}` }, [picture]);
  }
}

async function sent(login: string, entity: { name: string; uscc: string }) {
  const { browser, page } = await offered(login, entity);
  await addPapers(login, page);
  const status = await browser.press(page, 'send', ALL);
  return { browser, status, id: caseNumber(status) };
}

const until = (check: () => Promise<void>) => vi.waitFor(check, 20_000);

async function shows(browser: CityBrowser, status: Visit, words: string): Promise<void> {
  const { pathname, search } = new URL(status.url);
  await until(async () => expect((await browser.open(pathname + search)).body).toContain(words));
}

/** An approved one leads to the list, where the organisation stands. */
async function isOver(browser: CityBrowser, status: Visit): Promise<boolean> {
  const { pathname, search } = new URL(status.url);
  return pageName(await browser.open(pathname + search)) === 'legal-entities-entities';
}

const caseOf = (id: string) =>
  people.city.storage.database
    .collection<{ _id: string; involvedIds: string[] }>('reviewCases')
    .findOne({ _id: id });

describe('what may not be sent', () => {
  it('is what the register confirms, what has ended, and what merely waits', async () => {
    const { browser } = await people.atForm('lin');
    const confirm = await people.check(browser, entityOf('林新办'));
    const early = await browser.open(
      `/account/entities/review?application=${applicationOf(confirm)}`,
    );
    expect(pageName(early)).toBe('legal-entities-entities');
    const ended = await people.check(browser, entityOf('𠮷样例'));
    expect(ended.body).toContain('它已经注销');
    expect(ended.body).not.toContain('id="to-review"');
    await people.registers.setFault('legalEntities', 'down');
    const down = await people.check(browser, entityOf('林新办'));
    expect(down.status).toBe(503);
    expect(down.body).not.toContain('id="to-review"');
    const waitingSince = new Date(people.city.clock.now().getTime() - 3_600_000).toISOString();
    const person = people.city.account('lin').id;
    const { storage } = people.city;
    await new EntityApplicationStore(storage).put(person, 'waiting', {
      ...entityOf('林新办'),
      waitingSince,
    });
    const longer = await people.check(browser, entityOf('林新办'));
    expect(pageName(await browser.open(reviewOf(longer)))).toBe('legal-entities-review-files');
    expect(await storage.database.collection('reviewCases').countDocuments()).toBe(0);
  });

  it("is without papers, kind, consent and agreement, and somebody else's", async () => {
    const { browser, refused, page } = await offered('chen', TRIAL);
    expect(refused.body).toContain('没有查到这个代码');
    expect(pageName(page)).toBe('legal-entities-review-files');
    const nothing = await browser.press(page, 'send');
    expect(nothing.status).toBe(422);
    for (const words of ['请选择它的类型', '需要您的同意', '还缺少：法定代表人身份证明书'])
      expect(nothing.body).toContain(words);
    const bare = await browser.press(page, 'send', ALL);
    expect(bare.body).toContain('还缺少：法定代表人身份证明书');
    // Its switches lead back to the papers of this organisation.
    expect(bare.body).toContain(`/review/files?application=${applicationOf(page)}&amp;lang=en`);
    const { browser: lin } = await people.atForm('lin');
    const { pathname, search } = new URL(page.url);
    expect((await lin.open(pathname + search)).status).toBe(410);
    expect(await people.city.storage.database.collection('reviewCases').countDocuments()).toBe(0);
  });
});

describe('a lawful code whose check digit fails', () => {
  it('sent eight times at once is one case, and cannot be registered beside it', async () => {
    const { browser, page } = await offered('chen', TRIAL);
    await addPapers('chen', page);
    const pages = await Promise.all(
      Array.from({ length: 8 }, () => browser.press(page, 'send', ALL)),
    );
    expect(pages.every(({ status }) => status === 200 || status === 409)).toBe(true);
    const { database } = people.city.storage;
    expect(await database.collection('reviewCases').countDocuments()).toBe(1);
    const again = await people.check(browser, TRIAL);
    expect(pageName(again)).toBe('legal-entities-review-status');
    expect((await browser.open(LIST)).body).toContain('工作人员正在审核');
  });

  it('of which more is asked goes back with it; approved it is an account of level 2', async () => {
    const { browser } = await people.atForm('chen');
    const status = await people.check(browser, TRIAL);
    const id = caseNumber(status);
    expect(await caseOf(id)).toMatchObject({ kind: 'legal_entity', approvals: 1, involvedIds: [] });
    const note = '印章看不清';
    await staff.decide('officer-one', id, { verdict: 'ask', reason: 'file_unreadable', note });
    await shows(browser, status, note);
    const asked = await people.check(browser, TRIAL);
    const href = /id="supply" href="([^"]+)"/u.exec(asked.body)?.[1] ?? '';
    const page = await browser.open(href);
    expect(pageName(page)).toBe('legal-entities-review-files');
    await addPapers('chen', page, ['entity_letter']);
    const supplied = await browser.press(page, 'send', ALL);
    expect(caseNumber(supplied)).toBe(id);
    expect(supplied.body).toContain('3 个文件');
    expect(await people.accountOf(TRIAL.uscc)).toBeUndefined();
    await staff.decide('officer-two', id, APPROVE);
    await until(async () => expect(await people.accountOf(TRIAL.uscc)).toBeDefined());
    const account = await people.accountOf(TRIAL.uscc);
    expect(account).toMatchObject({ kind: 'legalEntity', subtype: 'enterprise', realNameLevel: 2 });
    expect(account?.attribute('uscc')).toMatchObject({ source: 'review', grade: 'C' });
    const accountId = account?.id ?? '';
    const { database } = people.city.storage;
    const evidence = await database.collection('evidence').find({ accountId }).toArray();
    expect(evidence).toMatchObject([
      { source: 'review', method: 'manual_review', grade: 'C', level: 2 },
    ]);
    expect(await people.mandatesOf(accountId)).toMatchObject([
      {
        personId: people.city.account('chen').id,
        role: 'legalRepresentative',
        grantedBy: 'review',
      },
    ]);
    expect(await database.collection('agreementAcceptances').countDocuments({ accountId })).toBe(1);
    expect(await eventTypes(people.city, accountId)).toEqual(
      expect.arrayContaining(['accounts.created', 'agreements.accepted', 'mandates.granted']),
    );
    const list = await browser.open(LIST);
    expect(list.body).toContain(TRIAL.name);
    const files = await database.collection('evidenceFiles').find({ caseId: id }).toArray();
    expect(files).toHaveLength(3);
    expect(files.every(({ eraseAt }) => (eraseAt as Date) > people.city.clock.now())).toBe(true);
    await expect.poll(() => people.gateway.countOf('chen@example.com', '法人账户核验')).toBe(2);
  });
});

describe('what another account holds, or the register contradicts', () => {
  it('needs two reviewers, and is handed over with all power of the former ended', async () => {
    const { browser, status, id } = await sent('wang', { ...TRIAL });
    const holder = await people.accountOf(TRIAL.uscc);
    const stored = await caseOf(id);
    expect(stored).toMatchObject({ approvals: 2 });
    expect(stored?.involvedIds).toEqual([holder?.id, people.city.account('chen').id]);
    await staff.decide('officer-one', id, APPROVE);
    expect(await people.mandatesOf(holder?.id ?? '')).toMatchObject([
      { personId: people.city.account('chen').id },
    ]);
    await staff.decide('officer-two', id, APPROVE);
    await until(async () => expect(await isOver(browser, status)).toBe(true));
    expect((await people.accountOf(TRIAL.uscc))?.id).toBe(holder?.id);
    expect(await people.mandatesOf(holder?.id ?? '')).toMatchObject([
      { personId: people.city.account('wang').id, role: 'legalRepresentative' },
    ]);
    await expect.poll(() => people.gateway.countOf('chen@example.com', '的授权结束了')).toBe(1);
  });

  it('is nothing before, and nothing after a withdrawal or a rejection', async () => {
    const entity = entityOf('林新办');
    const { browser, status, id } = await sent('wang', entity);
    expect(await caseOf(id)).toMatchObject({ approvals: 2 });
    const done = await browser.press(status, 'withdraw');
    expect(done.body).toContain('已撤回');
    await expect(staff.decide('officer-one', id, APPROVE)).rejects.toThrow('not_open');
    const left = await people.city.storage.database
      .collection('evidenceFiles')
      .find({ caseId: id })
      .toArray();
    expect(left.every(({ eraseAt }) => (eraseAt as Date) <= people.city.clock.now())).toBe(true);
    const next = await sent('wang', entity);
    const reject = { verdict: 'reject', reason: 'not_entitled' } as const;
    await staff.decide('officer-one', next.id, reject);
    await shows(browser, next.status, '没有登记');
    expect(await people.accountOf(entity.uscc)).toBeUndefined();
  });
});
