// An organisation becomes an intermediary over HTTP: refusals of the form and of strangers first, then
// from the organisation's page through the console to the tag and the export.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { EvidenceFileStore } from '../../src/evidence-files/evidence-file-store.ts';
import { cityDate } from '../../src/accounts/age.ts';
import { visitAccountCentre } from '../support/account-visitor.ts';
import { TOTP_SECRET } from '../support/city-accounts.ts';
import { pageName } from '../support/city-browser.ts';
import type { CityBrowser } from '../support/city-browser.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { EntityCity, entityOf, personOf } from '../support/entity-city.ts';
import type { Visit } from '../support/http-visitor.ts';
import { caseNumber } from '../support/review-applicant.ts';
import { employ } from '../support/staff-decisions.ts';
import type { Staff } from '../support/staff-decisions.ts';

const { uri } = migratedDatabase();
const PAGES = '/account/entities/qualifications';
const TRIAL = entityOf('陈体验');
const CONFIRM = { verdict: 'approve', reason: 'department_confirms' } as const;
let people: EntityCity;
let staff: Staff;
let chen: CityBrowser;
let officer: CityBrowser;
let listPage: string;

beforeAll(async () => {
  const names = { lin: '林新办', chen: '陈体验' };
  people = await EntityCity.start(
    uri,
    [
      ...Object.entries(names).map(([login, name]) => personOf(login, name)),
      { login: 'officer-one', kind: 'civilServant', level: 3, totpSecret: TOTP_SECRET },
      { login: 'officer-two', kind: 'civilServant', level: 3 },
    ],
    { review: { cap: 3 } },
  );
  staff = await employ(people.city, ['officer-one', 'officer-two']);
  ({ browser: chen } = await people.register('chen', TRIAL));
  const { id } = (await people.accountOf(TRIAL.uscc)) ?? { id: '' };
  const entity = await chen.open(`/account/entities/view?entity=${id}`);
  listPage = hrefOf(entity, 'to-qualifications');
});
afterAll(() => people.stop());

function hrefOf({ body }: Visit, id: string): string {
  const href = new RegExp(`id="${id}" href="([^"]+)"`, 'u').exec(body)?.[1];
  if (href === undefined) throw new Error(`no link ${id}`);
  return href.replaceAll('&amp;', '&');
}

const day = (offset: number) =>
  cityDate(new Date(people.city.clock.now().getTime() + offset * 86_400_000));
const applicationOf = ({ url }: Visit) => new URL(url).searchParams.get('application') ?? '';
const until = (check: () => Promise<void>) => vi.waitFor(check, 20_000);

function typed(more: Record<string, string> = {}) {
  return {
    kind: 'human_resources',
    number: '粤人服证字〔2026〕第 12 号',
    authority: '示例市人力资源和社会保障局',
    valid_from: day(-1),
    valid_until: day(20),
    ...more,
  };
}

/** As uploads leave them. */
async function addPapers(
  page: Visit,
  slots = ['qualification_certificate', 'qualification_letter'],
) {
  const store = new EvidenceFileStore(people.city.storage);
  const picture = { bytes: Buffer.from('a picture'), width: 60, height: 40 };
  const { id: ownerId } = (await people.accountOf(TRIAL.uscc)) ?? { id: '' };
  for (const slot of slots) {
    await store.add({ ownerId, slot: `${slot}:${applicationOf(page)}` }, [picture]);
  }
}

describe('the form', () => {
  it('says what is wrong with each field, and leaves an empty list with a way to begin', async () => {
    const list = await chen.open(listPage);
    expect(pageName(list)).toBe('intermediaries-qualifications');
    expect(list.body).toContain('还没有资质');
    const page = await chen.open(hrefOf(list, 'apply'));
    const empty = await chen.press(page, 'save');
    expect(empty.status).toBe(422);
    for (const words of ['请选择资质种类', '请填写证书编号', '请填写发证机关', '请填写截止日期']) {
      expect(empty.body).toContain(words);
    }
    const wrong = [
      [{ valid_until: day(-1), valid_from: day(-9) }, '证书已经过期'],
      [{ valid_from: day(30) }, '截止日期早于起始日期'],
      [{ valid_until: '2199-01-01' }, '有效期太长'],
      [{ valid_until: '2027-02-30' }, '请填写截止日期'],
      [{ number: '<script>' }, '证书编号只能有'],
      [{ kind: 'alchemy' }, '请选择资质种类'],
    ] as const;
    for (const [fields, words] of wrong) {
      const refused = await chen.press(page, 'save', typed(fields));
      expect(refused.status).toBe(422);
      expect(refused.body).toContain(words);
    }
    expect((await chen.open(listPage)).body).toContain('还没有资质');
  });
});

describe('an application', () => {
  let papers: Visit;
  let status: Visit;

  it('goes on in two steps; without papers and consent it stays', async () => {
    const page = await chen.open(hrefOf(await chen.open(listPage), 'apply'));
    papers = await chen.press(page, 'save', typed());
    expect(pageName(papers)).toBe('intermediaries-papers');
    expect(papers.body).toContain('粤人服证字〔2026〕第12号');
    expect((await chen.press(papers, 'send')).body).toContain('需要您的同意');
    const bare = await chen.press(papers, 'send', { consent: 'yes' });
    expect(bare.status).toBe(422);
    expect(bare.body).toContain('还缺少：资质证书');
    const changed = await chen.open(hrefOf(papers, 'change'));
    const saved = await chen.press(changed, 'save', typed({ kind: 'safety', number: '9' }));
    // The kind stands.
    expect(saved.body).toContain('人力资源服务');
    expect(saved.body).not.toContain('粤人服证字');
  });

  it('is nobody else’s: not to see, not to change, not to send, and its files neither', async () => {
    await addPapers(papers);
    const { browser: lin } = await people.atForm('lin');
    const id = applicationOf(papers);
    expect(pageName(await lin.open(listPage))).toBe('legal-entities-entities');
    for (const path of ['papers', 'change', 'status']) {
      expect((await lin.open(`${PAGES}/${path}?application=${id}`)).status).toBe(410);
    }
    const file = /name="file" value="([^"]+)"/u.exec((await chen.open(papers.url)).body)?.[1] ?? '';
    const own = await lin.open('/account/entities/register');
    const csrf = /name="_csrf" value="([^"]+)"/u.exec(own.body)?.[1] ?? '';
    const origin = people.city.issuer;
    const sends = [
      ['papers/send', { consent: 'yes' }, 410],
      ['change', typed({ number: '8' }), 410],
      ['papers/remove', { file }, 404],
      ['status/withdraw', {}, 410],
    ] as const;
    for (const [path, fields, expected] of sends) {
      const form = { _csrf: csrf, application: id, ...fields };
      const answer = await lin.visitor.submit(
        new URL(`${PAGES}/${path}`, origin).href,
        form,
        origin,
      );
      expect({ path, status: answer.status }).toEqual({ path, status: expected });
    }
    const alien = hrefOf(await chen.open(listPage), 'apply');
    expect(pageName(await lin.open(alien))).toBe('legal-entities-entities');
    expect(await people.city.storage.database.collection('reviewCases').countDocuments()).toBe(0);
  });

  it('sent is one case beside the answer of the register; the kind is not begun twice', async () => {
    status = await chen.press(await chen.open(papers.url), 'send', { consent: 'yes' });
    expect(pageName(status)).toBe('intermediaries-status');
    const { database } = people.city.storage;
    const found = await database.collection('reviewCases').findOne({ kind: 'intermediary' });
    expect(found).toMatchObject({ approvals: 1, state: 'pending' });
    expect(found?._id).toBe(caseNumber(status));
    const again = await chen.open(hrefOf(await chen.open(listPage), 'apply'));
    expect(pageName(await chen.press(again, 'save', typed()))).toBe('intermediaries-status');
  });

  it('at the console is compared, and approved only by the word of the department', async () => {
    const id = caseNumber(status);
    const { browser, visit } = await visitAccountCentre(
      people.city,
      'officer-one',
      `/review/cases/${id}`,
    );
    officer = browser;
    const claimed = await browser.press(visit, 'claim');
    for (const words of ['中介机构资质', '人力资源服务', '示例市人力资源和社会保障局', '法人库']) {
      expect(claimed.body).toContain(words);
    }
    expect(claimed.body).toContain('主管部门已确认');
    expect(claimed.body).not.toContain('value="evidence_clear"');
    await browser.press(claimed, 'release');
  });

  it('of which more is asked goes back; approved it counts, is shown, and ends soon', async () => {
    const id = caseNumber(status);
    const note = '申请函没有盖章';
    await staff.decide('officer-one', id, { verdict: 'ask', reason: 'file_missing', note });
    await until(async () => expect((await chen.open(status.url)).body).toContain(note));
    expect((await chen.open(listPage)).body).toContain('需要补充');
    const supply = await chen.open(hrefOf(await chen.open(status.url), 'supply'));
    await addPapers(supply, ['qualification_letter']);
    expect(caseNumber(await chen.press(supply, 'send', { consent: 'yes' }))).toBe(id);
    await staff.decide('officer-two', id, CONFIRM);
    await until(async () => {
      const list = await chen.open(listPage);
      expect(list.body).toContain('有效</span>');
      expect(list.body).toContain('即将到期');
    });
    const account = await people.accountOf(TRIAL.uscc);
    expect(account?.qualifications).toMatchObject([{ kind: 'human_resources' }]);
    const entity = await chen.open(`/account/entities/view?entity=${account?.id ?? ''}`);
    expect(entity.body).toContain('中介机构</span>');
    await expect
      .poll(() => people.gateway.countOf('chen@example.com', '中介机构资质'))
      .toBeGreaterThan(0);
  });

  it('is renewed before its end, with what stays filled in', async () => {
    const list = await chen.open(listPage);
    const anew = await chen.open(hrefOf(list, 'apply'));
    expect(anew.body).toContain('不用重新申请');
    expect(hrefOf(anew, 'renew-0')).toBe(hrefOf(list, 'renew-0'));
    const page = await chen.open(hrefOf(list, 'renew-0'));
    expect(page.body).toContain('续期：人力资源服务');
    expect(page.body).toContain('value="示例市人力资源和社会保障局"');
    const renewed = typed({ kind: '', valid_from: day(21), valid_until: day(300) });
    const renewal = await chen.press(page, 'save', renewed);
    expect(pageName(renewal)).toBe('intermediaries-papers');
    await addPapers(renewal);
    const sent = await chen.press(await chen.open(renewal.url), 'send', { consent: 'yes' });
    const withdrawn = await chen.press(sent, 'withdraw');
    expect(pageName(withdrawn)).toBe('intermediaries-qualifications');
    expect(withdrawn.body).toContain('已撤回');
  });
});

describe('who asks to act for the organisation', () => {
  const REQUEST = '/account/entities/mandates/request';
  const APPROVE = { verdict: 'approve', reason: 'evidence_clear' } as const;
  const terms = { name: TRIAL.name, number: TRIAL.uscc, service_scope: 'all', client_scope: 'all' };
  const requestOf = ({ url }: Visit) => new URL(url).searchParams.get('request') ?? '';

  async function asked(browser: CityBrowser, more: Record<string, string>): Promise<Visit> {
    const page = await browser.open(REQUEST);
    return browser.press(page, 'send-request', { ...terms, until: day(20), ...more });
  }

  it('keeps what was typed when it is refused, and is answered by its administrator', async () => {
    const { browser: lin } = await people.atForm('lin');
    const refused = await asked(lin, { number: '1', single_use: 'yes' });
    expect(refused.status).toBe(422);
    expect(refused.body).toContain('请选择单位怎样同意');
    expect(refused.body).toContain(`value="${TRIAL.name}"`);
    const status = await asked(lin, { single_use: 'yes', way: 'administrator' });
    expect(pageName(status)).toBe('mandates-request-status');
    const page = await chen.open(`${REQUEST}/answer?request=${requestOf(status)}`);
    expect(pageName(page)).toBe('mandates-answer-request');
    expect(page.body).toContain('林新办');
    expect(pageName(await chen.press(page, 'confirm-request'))).toBe('legal-entities-people');
    expect((await lin.open(status.url)).body).toContain('已生效');
  });

  it('by a letter of authority is looked at by two, and by nobody else', async () => {
    const { browser: lin } = await people.atForm('lin');
    const status = await asked(lin, { way: 'letter' });
    const paper = await lin.open(hrefOf(status, 'paper'));
    expect(paper.body).toContain(TRIAL.uscc);
    const upload = await lin.open(hrefOf(status, 'upload'));
    const bare = await lin.press(upload, 'send', { remark: '管理员已离职' });
    expect(bare.status).toBe(422);
    for (const words of ['需要您的同意', '还缺少：单位授权书', '管理员已离职']) {
      expect(bare.body).toContain(words);
    }
    const strange = await chen.open(letterOf(status));
    expect(pageName(strange)).toBe('mandates-own');
    const store = new EvidenceFileStore(people.city.storage);
    const picture = { bytes: Buffer.from('a picture'), width: 60, height: 40 };
    const slot = `mandate_letter:${requestOf(status)}`;
    await store.add({ ownerId: people.city.account('lin').id, slot }, [picture]);
    const sent = await lin.press(await lin.open(letterOf(status)), 'send', { consent: 'yes' });
    expect(pageName(sent)).toBe('mandates-request-status');
    expect(sent.body).toContain('由两名工作人员分别审核');
    const { database } = people.city.storage;
    const found = await database.collection('reviewCases').findOne({ kind: 'mandate_letter' });
    const id = String(found?._id);
    const claimed = await officer.press(await officer.open(`/review/cases/${id}`), 'claim');
    for (const words of ['经办人授权书', '代办事项', '有 1 份材料', '账户里的法定代表人']) {
      expect(claimed.body).toContain(words);
    }
    expect(claimed.body).not.toContain('value="register_confirms"');
    await officer.press(claimed, 'release');
    await staff.decide('officer-one', id, APPROVE);
    await staff.decide('officer-two', id, APPROVE);
    await until(async () => expect((await lin.open(status.url)).body).toContain('已生效'));
  });

  const letterOf = (status: Visit) => `${REQUEST}/letter?application=${requestOf(status)}`;
});
