// An identity that staff review, as its applicant sees it: documents of every kind, pictures and what
// is none, cases of others, "ask for more", withdrawal, and what an approval does to whom.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { samplePeople } from '../../src/demo/registers/people.ts';
import { residentIdCheckDigit } from '../../src/accounts/resident-id.ts';
import { EvidenceStore } from '../../src/verification/evidence-store.ts';
import { eventTypes, visitAccountCentre } from '../support/account-visitor.ts';
import { pageName, readForm } from '../support/city-browser.ts';
import type { CityBrowser } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { photo } from '../support/evidence-samples.ts';
import { startMessageGateway } from '../support/message-gateway.ts';
import type { MessageGateway } from '../support/message-gateway.ts';
import {
  addFiles,
  caseNumber,
  FILES,
  passport,
  send,
  typeDetails,
  upload,
} from '../support/review-applicant.ts';
import { startRegisters } from '../support/registers.ts';
import type { Registers } from '../support/registers.ts';
import { employ } from '../support/staff-decisions.ts';
import type { Staff } from '../support/staff-decisions.ts';

// Files are drawn by processes of their own.
vi.setConfig({ testTimeout: 60_000 });

const { uri } = migratedDatabase();
const MIB = 1024 * 1024;
const APPROVE = { verdict: 'approve', reason: 'evidence_clear' } as const;

let city: CityNode;
let registers: Registers;
let gateway: MessageGateway;
let staff: Staff;
let picture: Buffer;

const blank = (login: string) =>
  ({ login, level: 1, fields: { certificate_type: '', certificate_number: '' } }) as const;

beforeAll(async () => {
  [registers, gateway, picture] = await Promise.all([
    startRegisters({ review: { cap: 3 }, population: { breaker: { failures: 1000 } } }),
    startMessageGateway(),
    photo({ width: 60, height: 40 }),
  ]);
  city = await startCityNode({
    mongodbUri: uri,
    environment: {
      ...registers.environment,
      ...gateway.environment,
      HUTONG_REVIEW_UNDO_SECONDS: '0',
    },
    accounts: [
      ...['foreigner', 'stranger', 'asked', 'leaver', 'thief', 'owner', 'held'].map(blank),
      ...['uploader', 'twice', 'child', 'unlucky'].map(blank),
      { login: 'officer-one', kind: 'civilServant', level: 1 },
      { login: 'officer-two', kind: 'civilServant', level: 1 },
    ],
  });
  staff = await employ(city, ['officer-one', 'officer-two']);
});
afterAll(async () => {
  await city.stop();
  await Promise.all([registers.stop(), gateway.stop()]);
});

const enter = async (login: string) =>
  (await visitAccountCentre(city, login, '/verification')).browser;

async function submitted(login: string): Promise<{ browser: CityBrowser; id: string }> {
  const browser = await enter(login);
  await typeDetails(browser, { ...passport, number: `P${login.toUpperCase().slice(0, 8)}1` });
  await addFiles(city, login);
  return { browser, id: caseNumber(await send(browser)) };
}

const stateOf = async (browser: CityBrowser) => (await browser.open('/verification/review')).body;

const levelOf = async (login: string) =>
  (await city.accountStore.findById(city.account(login).id))?.realNameLevel;

describe('a file', () => {
  it('that is none, or too large, is refused at its place, and nothing of it is kept', async () => {
    const browser = await enter('uploader');
    await typeDetails(browser, passport);
    const cases: [Uint8Array, number, string][] = [
      [Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 422, '不是可以读取的图片'],
      [new Uint8Array(), 422, '请先选择文件'],
      [new Uint8Array(10 * MIB + 1), 413, '超过 10 MB'],
      [new Uint8Array(100 * MIB), 413, '超过 10 MB'],
    ];
    for (const [bytes, status, words] of cases) {
      const answer = await upload(browser, 'page', bytes);
      expect([answer.status, pageName(answer)]).toEqual([status, 'verification-review-files']);
      expect(answer.body).toContain(words);
      expect(answer.body).toContain('aria-invalid="true"');
    }
    const { database } = city.storage;
    expect(await database.collection('evidencePages.files').countDocuments()).toBe(0);
    expect(await eventTypes(city, city.account('uploader').id)).toContain('evidence.file_refused');
  });

  it('from nobody, or without a token of this site, is not even read', async () => {
    const form = new FormData();
    form.append('slot', 'page');
    form.append('file', new Blob(['x']), 'x.jpg');
    const post = { method: 'POST', body: form } as const;
    const headers = { origin: city.issuer, 'sec-fetch-site': 'same-origin' };
    expect((await fetch(city.issuer + FILES, { ...post, headers })).status).toBe(401);
    const browser = await enter('uploader');
    const foreign = { ...post, headers: { 'sec-fetch-site': 'cross-site' } };
    expect((await browser.visitor.request(city.issuer + FILES, foreign)).status).toBe(403);
  });

  it('of another is as unknown as one that never was', async () => {
    const [browser, stranger] = [await enter('uploader'), await enter('stranger')];
    await upload(browser, 'page', picture);
    await typeDetails(stranger, { ...passport, number: 'Q7654321' });
    await upload(stranger, 'page', picture);
    const form = (await browser.open(FILES)).body;
    const file = /name="file" value="([^"]+)"/u.exec(form)?.[1] ?? '';
    expect(file).not.toBe('');
    const remove = async (id: string) => {
      const page = readForm(await stranger.open(FILES), 'send');
      const answer = await stranger.visitor.submit(new URL(`${FILES}/remove`, city.issuer), {
        ...page.fields,
        file: id,
      });
      return [answer.status, answer.body.replaceAll(/\d{4}-\d{4}|nonce="[^"]+"|[\w-]{20,}/gu, '')];
    };
    const [others, unknown] = [await remove(file), await remove('AAAAAAAAAAAAAAAAAAAAAA')];
    expect(others[0]).toBe(404);
    expect(unknown[0]).toBe(404);
    expect((await browser.open(FILES)).body).toContain(file);
  });
});

describe('before it is sent', () => {
  it('the form says what is missing', async () => {
    const browser = await enter('unlucky');
    expect(pageName(await browser.open(FILES))).toBe('verification-certificates');
    const refused = await typeDetails(browser, {
      name: '',
      country: '',
      number: '?',
      birth_date: '',
    });
    expect(refused.status).toBe(422);
    for (const field of ['name', 'country', 'number', 'birth_date']) {
      expect(refused.body).toContain(`id="${field}-error"`);
    }
    await typeDetails(browser, passport);
    const incomplete = await send(browser);
    expect(incomplete.status).toBe(422);
    expect(incomplete.body).toContain('还缺少：证件资料页');
    await addFiles(city, 'unlucky');
    expect((await send(browser, {})).body).toContain('提交审核需要您的同意');
    expect(await city.storage.database.collection('reviewCases').countDocuments()).toBe(0);
  });

  it('a child under 14 is led to a guardian, by whatever document', async () => {
    const browser = await enter('child');
    const answer = await typeDetails(browser, { ...passport, birth_date: '2020-01-01' });
    expect([answer.status, pageName(answer)]).toEqual([422, 'verification-unfinished']);
    expect(answer.body).toContain('监护人');
    const page = await browser.open('/verification/match');
    const number = `44000020200101012${residentIdCheckDigit('44000020200101012')}`;
    const { name } = samplePeople[0] ?? { name: '' };
    const asked = await registers.askedOf('population');
    const matched = await browser.press(page, 'match', { name, number });
    expect(pageName(matched)).toBe('verification-unfinished');
    expect(await registers.askedOf('population')).toBe(asked);
  });

  it('sent twice at once it is one case, with all its files', async () => {
    const browser = await enter('twice');
    await typeDetails(browser, { ...passport, number: 'T1234567' });
    await addFiles(city, 'twice');
    const page = await browser.open(FILES);
    const both = await Promise.all(
      [1, 2].map(() => browser.press(page, 'send', { consent: 'yes' })),
    );
    expect(both.map(pageName)).toEqual([
      'verification-review-status',
      'verification-review-status',
    ]);
    expect(new Set(both.map(caseNumber)).size).toBe(1);
    expect(await stateOf(browser)).toContain('2 个文件');
  });
});

describe('a case', () => {
  it('that is approved raises the level, with evidence of its own; its files go in time', async () => {
    const { browser, id } = await submitted('foreigner');
    expect(await stateOf(browser)).toContain('正在审核');
    expect(pageName(await browser.open(FILES))).toBe('verification-review-status');
    await staff.decide('officer-one', id, APPROVE);
    await vi.waitFor(async () => expect(await levelOf('foreigner')).toBe(3), 30_000);
    const account = await city.accountStore.findById(city.account('foreigner').id);
    expect(account?.certificate).toEqual({ type: '414', number: 'PFOREIGNE1', country: 'IDN' });
    expect(account?.attribute('certificate')).toMatchObject({ source: 'review', grade: 'C' });
    const evidence = await new EvidenceStore(city.storage).listOfAccount(account?.id ?? '');
    expect(evidence).toMatchObject([
      { source: 'review', method: 'manual_review', grade: 'C', level: 3 },
    ]);
    expect(await stateOf(browser)).toContain('审核通过');
    const { database } = city.storage;
    const files = database.collection('evidenceFiles');
    const kept = await files.find({ caseId: id }).toArray();
    expect(kept.map(({ eraseAt }) => (eraseAt as Date) > city.clock.now())).toEqual([true, true]);
    const drafts = database.collection<{ _id: string }>('reviewDrafts');
    expect(await drafts.findOne({ _id: account?.id ?? '' })).toBeNull();
  });

  it('of which more is asked says what, and goes back to the queue with it', async () => {
    const { browser, id } = await submitted('asked');
    const note = '背面有反光';
    await staff.decide('officer-one', id, { verdict: 'ask', reason: 'file_unreadable', note });
    await vi.waitFor(async () => expect(await stateOf(browser)).toContain('需要您补充'), 30_000);
    const status = await stateOf(browser);
    expect(status).toContain(note);
    expect(status).toContain('清晰的证件照片');
    const { headers } = await upload(browser, 'page', picture);
    expect(headers.get('location')).toBe(`${FILES}#slot-page`);
    const again = await send(browser, { consent: 'yes', remark: '已重拍' });
    expect([caseNumber(again), again.body.includes('3 个文件')]).toEqual([id, true]);
    await staff.decide('officer-two', id, { verdict: 'reject', reason: 'document_expired' });
    await vi.waitFor(async () => expect(await stateOf(browser)).toContain('没有通过'), 30_000);
    expect(await stateOf(browser)).toContain('已过有效期');
    expect(await levelOf('asked')).toBe(1);
    expect(await stateOf(browser)).toContain('id="again"');
  });

  it('that is withdrawn takes its files along at once, and cannot be decided any more', async () => {
    const { browser, id } = await submitted('leaver');
    const page = await browser.open('/verification/review');
    const done = await browser.press(page, 'withdraw');
    expect(done.body).toContain('已撤回');
    const files = city.storage.database.collection('evidenceFiles');
    const left = await files.find({ caseId: id }).toArray();
    expect(left.every(({ eraseAt }) => (eraseAt as Date) <= city.clock.now())).toBe(true);
    await expect(staff.decide('officer-one', id, APPROVE)).rejects.toThrow('not_open');
    const late = await browser.press(page, 'withdraw');
    expect(late.status).toBe(409);
  });
});

describe('an identity that another holds', () => {
  it('by name and number alone gives way to two reviewers who have seen the person', async () => {
    const { name, number } = samplePeople[1] ?? { name: '', number: '' };
    const [thief, owner] = [await enter('thief'), await enter('owner')];
    const match = async (browser: CityBrowser) =>
      browser.press(await browser.open('/verification/match'), 'match', { name, number });
    await match(thief);
    expect(await levelOf('thief')).toBe(2);
    const refused = await match(owner);
    expect(pageName(refused)).toBe('verification-unfinished');
    expect(refused.body).toContain('id="to-review"');
    // What was typed is there already.
    await addFiles(city, 'owner', ['front', 'back', 'holding']);
    const id = caseNumber(await send(owner));
    const stored = await city.storage.database
      .collection<{ _id: string }>('reviewCases')
      .findOne({ _id: id });
    expect(stored).toMatchObject({ approvals: 2, involvedIds: [city.account('thief').id] });
    await staff.decide('officer-one', id, APPROVE);
    expect(await levelOf('owner')).toBe(1);
    await staff.decide('officer-two', id, APPROVE);
    await vi.waitFor(async () => expect(await levelOf('owner')).toBe(3), 30_000);
    expect(await levelOf('thief')).toBe(1);
    await vi.waitFor(async () => {
      expect((await thief.open('/account')).body).not.toContain('sign-out');
    }, 30_000);
  });

  it('in person is not taken: the holder is told, and has three days to stop what two reviewers say', async () => {
    const { name, number } = samplePeople[1] ?? { name: '', number: '' };
    const held = await enter('held');
    await held.press(await held.open('/verification/match'), 'match', { name, number });
    await addFiles(city, 'held', ['front', 'back', 'holding']);
    const id = caseNumber(await send(held));
    await staff.decide('officer-one', id, APPROVE);
    await staff.decide('officer-two', id, APPROVE);
    await vi.waitFor(async () => {
      const merge = await city.storage.database
        .collection('accountMerges')
        .findOne({ state: 'waiting', proof: 'review' });
      expect(merge).toMatchObject({ registrantId: city.account('held').id });
    }, 30_000);
    expect(await levelOf('held')).toBe(1);
    expect(await levelOf('owner')).toBe(3);
    expect((await held.open('/verification/review')).body).toContain('href="/account/merge"');
  });
});
