// Requests about one's data from the form to the answer: who sees what, what is refused, and by when.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { visitAccountCentre } from '../../test/support/account-visitor.ts';
import { pageName } from '../../test/support/city-browser.ts';
import type { CityBrowser } from '../../test/support/city-browser.ts';
import { startCityNode } from '../../test/support/city-node.ts';
import type { CityNode } from '../../test/support/city-node.ts';
import { migratedDatabase } from '../../test/support/migrated-database.ts';
import { startMessageGateway } from '../../test/support/message-gateway.ts';
import type { MessageGateway } from '../../test/support/message-gateway.ts';
import { employ } from '../../test/support/staff-decisions.ts';
import type { Staff } from '../../test/support/staff-decisions.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
const { uri } = migratedDatabase();
const LIST = '/account/privacy/requests';
const NEW = `${LIST}/new`;
const TEXT = '请说明公积金中心为什么收到了我的手机号。';
let city: CityNode;
let gateway: MessageGateway;
let staff: Staff;

beforeAll(async () => {
  gateway = await startMessageGateway();
  city = await startCityNode({
    mongodbUri: uri,
    environment: { ...gateway.environment, HUTONG_REVIEW_UNDO_SECONDS: '0' },
    accounts: [
      { login: 'asking', fields: { phone: '17600000001' } },
      { login: 'curious' },
      { login: 'many' },
      { login: 'officer', kind: 'civilServant' },
    ],
  });
  staff = await employ(city, ['officer']);
});
afterAll(async () => {
  await city.stop();
  await gateway.stop();
});

async function file(browser: CityBrowser, right = 'explanation', text = TEXT) {
  return browser.press(await browser.open(NEW), 'file-request', { right, text });
}
const numberOf = (url: string) => /\d{12}$/u.exec(url)?.[0] ?? '';

describe('a request about one’s data', () => {
  it('without what it is about is not sent, and nothing typed is lost', async () => {
    const { browser } = await visitAccountCentre(city, 'asking', LIST);
    expect((await browser.open(LIST)).body).toContain('还没有申请');
    const missing = await browser.press(await browser.open(NEW), 'file-request', { text: TEXT });
    expect([missing.status, missing.body.includes('请选择申请办理什么')]).toEqual([422, true]);
    expect(missing.body).toContain(TEXT);
    const long = await file(browser, 'access', '长'.repeat(1001));
    expect([long.status, long.body.includes('不超过 1000 字')]).toEqual([422, true]);
  });

  it('is answered by staff within fifteen working days; the answer is read here, and told', async () => {
    const { browser } = await visitAccountCentre(city, 'asking', LIST);
    const filed = await file(browser);
    expect(pageName(filed)).toBe('privacy-data-request');
    expect(filed.body).toContain('会在期限内答复');
    const id = numberOf(filed.url);
    const stored = await city.storage.database
      .collection<{ _id: string; dueAt: Date }>('reviewCases')
      .findOne({ _id: id });
    expect(JSON.stringify(stored)).not.toContain('公积金');
    const days = ((stored?.dueAt.getTime() ?? 0) - city.clock.now().getTime()) / 86_400_000;
    expect(days).toBeGreaterThan(19);
    expect(days).toBeLessThan(24);

    const ask = { verdict: 'ask', reason: 'explain', note: '请写明是哪一笔业务。' } as const;
    await staff.decide('officer', id, ask);
    await expect
      .poll(async () => (await browser.open(`${LIST}/${id}`)).body)
      .toContain('哪一笔业务');
    const supplied = await browser.press(await browser.open(`${LIST}/${id}`), 'supply', {
      text: '提取公积金。',
    });
    expect(supplied.body).toContain('提取公积金。');
    expect(supplied.body).toContain(TEXT);
    const same = await city.storage.database
      .collection<{ _id: string; dueAt: Date }>('reviewCases')
      .findOne({ _id: id });
    expect(same?.dueAt).toEqual(stored?.dueAt);

    const note = '十月九日起，依据是您同意的授权。';
    await staff.decide('officer', id, { verdict: 'approve', reason: 'request_fulfilled', note });
    await expect.poll(async () => (await browser.open(`${LIST}/${id}`)).body).toContain(note);
    await expect.poll(() => gateway.countOf('+8617600000001', '个人信息权益申请')).toBe(2);
    expect((await browser.open(LIST)).body).toContain('已答复');
  });

  it('is nobody else’s to read, add to or take back', async () => {
    const { browser } = await visitAccountCentre(city, 'asking', LIST);
    const id = numberOf((await file(browser, 'complaint')).url);
    const other = await visitAccountCentre(city, 'curious', LIST);
    expect((await other.browser.open(`${LIST}/${id}`)).status).toBe(404);
    const withdrawn = await browser.press(await browser.open(`${LIST}/${id}`), 'withdraw');
    expect(withdrawn.body).toContain('已撤回');
  });

  it('five at a time, whatever is pressed at once', async () => {
    const { browser } = await visitAccountCentre(city, 'many', LIST);
    for (let filed = 0; filed < 5; filed += 1) expect((await file(browser)).status).toBe(200);
    const refused = await file(browser);
    expect([refused.status, refused.body.includes('先撤回一件')]).toEqual([429, true]);
  });
});
