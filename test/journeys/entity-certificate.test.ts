// Organisations by their certificates: what is refused and why, what an attacker with somebody
// else's certificate or signature gets, and what a list of revoked ones that is silent does.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Authority } from '../../src/demo/registers/entity-credentials/authority.ts';
import { eventTypes } from '../support/account-visitor.ts';
import { pageName, readForm } from '../support/city-browser.ts';
import type { CityBrowser } from '../support/city-browser.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { EntityCity, entityOf, personOf } from '../support/entity-city.ts';
import { startEntityCredentials } from '../support/entity-credentials.ts';
import type { EntityCredentials } from '../support/entity-credentials.ts';
import type { Visit } from '../support/http-visitor.ts';

const { uri } = migratedDatabase();
const PAGE = '/account/entities/certificate';
const DAY_MS = 86_400_000;
const company = entityOf('赵样本');
let people: EntityCity;
let credentials: EntityCredentials;

beforeAll(async () => {
  credentials = await startEntityCredentials();
  people = await EntityCity.start(
    uri,
    [
      personOf('zhao', '赵样本'),
      personOf('chen', '陈体验'),
      personOf('lin', '林新办'),
      personOf('wang', '王演示'),
      personOf('jiyang', '𠮷样例'),
      personOf('hezhang', '何长者'),
    ],
    { credentials },
  );
});
afterEach(async () => {
  await credentials.setFault('none');
  await people.registers.setFault('legalEntities', 'none');
});
afterAll(() => people.stop());

function textOn({ body }: Visit): string {
  return (/<textarea id="text"[^>]*>([^<]+)<\/textarea>/u.exec(body)?.[1] ?? '').replace(
    /\n?$/u,
    '\n',
  );
}

async function atPage(login: string, query = ''): Promise<{ browser: CityBrowser; page: Visit }> {
  const { browser } = await people.atForm(login);
  return { browser, page: await browser.open(`${PAGE}${query}`) };
}

/** Signs what stands on the page. */
async function present(
  { browser, page }: { browser: CityBrowser; page: Visit },
  sign: (text: string) => Promise<string>,
): Promise<Visit> {
  return browser.press(page, 'send-signature', { signature: await sign(textOn(page)) });
}

const signedFor =
  (entity: { uscc: string; name: string }, more: object = {}, by?: Authority) =>
  (text: string) =>
    credentials.sign(text, { ...entity, ...more }, by);

describe('a signature is refused', () => {
  it.each([
    [
      'of an expired certificate',
      '这张证书已过期',
      { notBefore: new Date(0), notAfter: new Date(Date.now() - DAY_MS) },
    ],
    ['of one not valid yet', '还没有生效', { notBefore: new Date(Date.now() + DAY_MS) }],
    ['of one that is not for signing', '不能用来签名', { use: 'encrypt' }],
    [
      'of one that names no list of revoked ones',
      '查不到这张证书是否被吊销',
      { crlUrl: undefined },
    ],
    [
      'of a name that the register does not know for the code',
      '名称与法人信息库不一致',
      { name: '另一家公司' },
    ],
    [
      'of a code that the register does not know',
      '没有查到证书上的单位',
      { uscc: '91440000MA0DEMN01P' },
    ],
  ])('%s', async (_what, words, more) => {
    const at = await atPage('jiyang');
    const refused = await present(at, signedFor(company, more));
    expect(refused.status).toBeGreaterThanOrEqual(422);
    expect(refused.body).toContain(words);
    expect(await people.accountOf(company.uscc)).toBeUndefined();
  });

  it('of an authority that nobody trusts, and of one that it calls its own', async () => {
    const stranger = await Authority.create();
    const at = await atPage('jiyang');
    expect((await present(at, signedFor(company, {}, stranger))).body).toContain(
      '不在认可的范围内',
    );
  });

  it('of a certificate that was revoked, and when the list lies', async () => {
    const at = await atPage('jiyang');
    const tool = (kind: string) => (text: string) =>
      credentials.signByTool(text, { uscc: company.uscc, kind });
    await present(at, tool('expired'));
    people.city.clock.advance(2);
    expect((await present(at, tool('revoked'))).body).toContain('已被吊销');
    people.city.clock.advance(2);
    await credentials.setFault('wrong');
    expect((await present(at, tool('valid'))).body).toContain('已被吊销');
    await credentials.setFault('none');
    people.city.clock.advance(2);
    expect((await present(at, tool('untrusted'))).body).toContain('不在认可的范围内');
    expect(await people.accountOf(company.uscc)).toBeUndefined();
  });

  it.each(['down', 'slow', 'contradictory'] as const)(
    'for now while the list of revoked ones is %s; the same one works later',
    async (mode) => {
      const at = await atPage('lin');
      const entity = entityOf('林新办');
      // A list that nobody has fetched before: what was kept would count until it is due.
      const crlUrl = `${credentials.listUrl}?${mode}`;
      const signature = await signedFor(entity, { crlUrl })(textOn(at.page));
      await credentials.setFault(mode);
      const refused = await at.browser.press(at.page, 'send-signature', { signature });
      expect(refused.status).toBe(503);
      expect(refused.body).toContain('也不计次数');
      await credentials.setFault('none');
      const later = await at.browser.press(refused, 'send-signature', { signature });
      expect(pageName(later)).toBe('legal-entities-confirm');
    },
  );

  it('for now while the register is silent; the same one works later', async () => {
    const at = await atPage('lin');
    const signature = await signedFor(entityOf('林新办'))(textOn(at.page));
    await people.registers.setFault('legalEntities', 'down');
    const refused = await at.browser.press(at.page, 'send-signature', { signature });
    expect(refused.status).toBe(503);
    await people.registers.setFault('legalEntities', 'none');
    const later = await at.browser.press(refused, 'send-signature', { signature });
    expect(pageName(later)).toBe('legal-entities-confirm');
  });

  it('of anything else than what stands there: a text of another, of another purpose, altered', async () => {
    const victim = await atPage('chen');
    const stolen = await signedFor(company)(textOn(victim.page));
    const at = await atPage('jiyang');
    const foreign = await at.browser.press(at.page, 'send-signature', { signature: stolen });
    expect(foreign.body).toContain('签名的不是这次的内容');
    const altered = await present(at, (text) =>
      signedFor(company)(text.replace('purpose: register', 'purpose: raise')),
    );
    expect(altered.body).toContain('签名的不是这次的内容');
    const empty = await at.browser.press(at.page, 'send-signature', { signature: '' });
    expect(empty.body).toContain('请粘贴签名结果');
    const unread = await at.browser.press(at.page, 'send-signature', { signature: '<b>no</b>' });
    expect(unread.body).toContain('没有读到签名');
    expect(unread.body).not.toContain('<b>no</b>');
    expect(await eventTypes(people.city, people.city.account('jiyang').id)).toContain(
      'verification.checked',
    );
  });
});

describe('an organisation with a certificate', () => {
  it('is registered by its legal representative at level 4', async () => {
    const at = await atPage('zhao');
    const confirm = await present(at, (text) =>
      credentials.signByTool(text, { uscc: company.uscc, kind: 'valid' }),
    );
    expect(confirm.body).toContain('数字证书核验通过');
    expect(confirm.body).toContain('法定代表人');
    const done = await at.browser.press(confirm, 'confirm', { agree: 'yes' });
    expect(done.body).toContain('您现在可以代表它办事');
    const account = await people.accountOf(company.uscc);
    expect(account).toMatchObject({ realNameLevel: 4 });
    const accountId = account?.id ?? '';
    expect(await people.mandatesOf(accountId)).toMatchObject([
      { role: 'legalRepresentative', grantedBy: 'register' },
    ]);
    const evidence = await people.city.storage.database
      .collection('evidence')
      .find({ accountId })
      .toArray();
    expect(evidence.map(({ source }) => String(source))).toEqual(['certificate', 'legalEntities']);
    const replayed = await at.browser.open(PAGE);
    expect(textOn(replayed)).not.toBe(textOn(at.page));
  });

  it('is not handed to another holder while somebody acts for it', async () => {
    const at = await atPage('wang');
    const confirm = await present(at, signedFor(company));
    const refused = await at.browser.press(confirm, 'confirm', { agree: 'yes' });
    expect(refused.status).toBe(409);
    expect(refused.body).toContain('请由他们');
    const account = await people.accountOf(company.uscc);
    expect(await people.mandatesOf(account?.id ?? '')).toHaveLength(1);
  });

  it('makes who holds it administrator, when it has no account', async () => {
    const entity = entityOf('陈体验');
    const at = await atPage('wang');
    const confirm = await present(at, signedFor(entity));
    expect(confirm.body).toContain('管理员');
    await at.browser.press(confirm, 'confirm', { agree: 'yes' });
    const account = await people.accountOf(entity.uscc);
    expect(await people.mandatesOf(account?.id ?? '')).toMatchObject([
      { role: 'administrator', grantedBy: 'certificate' },
    ]);
  });

  it('gives one success to 50 that send one signature at once', { timeout: 60_000 }, async () => {
    const { browser, page } = await atPage('hezhang');
    const signature = await signedFor(entityOf('何长者'))(textOn(page));
    const { action, fields } = readForm(page, 'send-signature');
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => browser.visitor.submit(action, { ...fields, signature })),
    );
    const passed = answers.filter(({ headers }) => headers.get('location')?.includes('/confirm?'));
    expect(passed).toHaveLength(1);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([303, 410]));
  });

  it('shows more of one that has an account, and only of that one', async () => {
    const entity = entityOf('林新办');
    await people.register('lin', entity);
    const before = await people.accountOf(entity.uscc);
    expect(before).toMatchObject({ realNameLevel: 3 });
    const query = `?entity=${before?.id ?? ''}`;
    const stranger = await atPage('jiyang', query);
    expect(pageName(stranger.page)).toBe('legal-entities-entities');
    const at = await atPage('lin', query);
    const other = await present(at, signedFor(company));
    expect(other.body).toContain('这是另一家单位的证书');
    const raised = await present(at, signedFor(entity));
    expect(raised.body).toContain('等级已提高');
    expect(await people.accountOf(entity.uscc)).toMatchObject({ realNameLevel: 4 });
    await expect
      .poll(() => people.gateway.countOf('lin@example.com', '实名等级现为四级'))
      .toBeGreaterThan(0);
  });

  it('takes the signature as a file too, and refuses one that is too large', async () => {
    const { browser, page } = await atPage('jiyang');
    const form = readForm(page, 'send-file');
    const upload = (bytes: string) => {
      const data = new FormData();
      for (const [name, value] of Object.entries(form.fields)) data.append(name, value);
      data.append('file', new Blob([bytes]), 'signature.p7s');
      const headers = { origin: new URL(form.action).origin, 'sec-fetch-site': 'same-origin' };
      return browser.visitor.request(form.action, { method: 'POST', body: data, headers });
    };
    expect((await upload('x'.repeat(70_000))).body).toContain('没有读到签名');
    const signature = await signedFor(entityOf('阿依努尔·示例'))(textOn(page));
    const accepted = await upload(signature);
    expect(accepted.headers.get('location')).toContain('/confirm?application=');
  });
});
