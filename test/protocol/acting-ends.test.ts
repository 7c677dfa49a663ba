// What ends a mandate ends what clients were given upon it, on two real processes, and nothing else;
// and what somebody without the power tries is refused, recorded, and happens to nobody.
import { beforeAll, describe, expect, test } from 'vitest';
import { commandHoldings } from '../../src/app/command-holdings.ts';
import { lockAccount } from '../../src/accounts/operate-account.ts';
import { actingCity, choose, company, DEAD, offered, usccOf } from '../support/acting-city.ts';
import { importCityAccounts } from '../support/city-accounts.ts';
import type { CityBrowser } from '../support/city-browser.ts';
import { pageName } from '../support/city-browser.ts';
import { nextAddress } from '../support/http-visitor.ts';
import { migratedDatabase } from '../support/migrated-database.ts';

const city = actingCity(migratedDatabase().uri);
const again = { prompt: 'choose_identity' };

/** Locks as the operator's command does. */
async function lock(accountId: string): Promise<void> {
  const { accounts } = city.domain;
  const { storage } = city.node;
  const holdings = commandHoldings(storage, 'operator');
  const by = { actor: 'operator', reason: 'test' };
  await lockAccount({ accounts, holdings, clock: storage.clock }, accountId, by);
}

describe('what ends', () => {
  test('a mandate: its tokens everywhere, its place in the session, and the client is told why', async () => {
    const mandate = await city.appoint('wanggang', 1);
    const kept = await city.appoint('wanggang', 2);
    const browser = await city.signedIn('wanggang');
    const hall = await city.authorizeAs(browser, mandate.id, { client: 'hall' });
    const bureau = await city.authorizeAs(browser, kept.id, { client: 'bureau' });
    const services = await browser.open('/account/services');
    expect(services.body).toMatch(
      /第1号演示公司[\s\S]*第2号演示公司|第2号演示公司[\s\S]*第1号演示公司/u,
    );
    city.receiver.received.length = 0;
    await city.domain.end(mandate, 'removed');
    expect(await city.stateOf(hall)).toEqual(DEAD);
    await city.receiver.until(() => city.receiver.of('hall').length > 0);
    expect(city.receiver.received).toMatchObject([
      { clientId: 'hall', sid: hall.idToken['sid'], sub: hall.idToken['sub'] },
    ]);
    expect((await browser.open('/account/services')).body).not.toContain('第1号演示公司');
    // The other capacity, the person himself and the other client go on.
    expect(await city.actingEverywhere(await city.refresh(bureau))).toBe(usccOf(2));
    const { page } = await city.choicePage(browser, 'hall');
    expect(page.body).toContain('您代表第1号演示公司办事的授权已经结束');
    expect(page.body).toContain('单位收回了授权');
    expect(offered(page)).toEqual(['self', kept.id]);
    const self = await city.authorizeAs(browser, 'self', { client: 'hall' });
    expect(self.idToken).not.toHaveProperty('acting_as');
    const { database } = city.node.storage;
    const ended = await database
      .collection('auditRecords')
      .findOne({ type: 'oidc.identity_ended' });
    expect(ended).toMatchObject({
      subject: city.node.account('wanggang').id,
      clientId: 'hall',
      reason: 'removed',
      details: { entity: city.company(1).id },
    });
  });

  test('its term: no token lives longer, and none is accepted from then on, swept or not', async () => {
    const expiresAt = new Date(city.node.clock.now().getTime() + 240_000);
    const mandate = await city.appoint('zhaomin', 1, { role: 'handler', expiresAt });
    const browser = await city.signedIn('zhaomin');
    const held = await city.authorizeAs(browser, mandate.id, { client: 'hall' });
    const end = Math.floor(expiresAt.getTime() / 1000);
    expect(held.idToken['acting_as']).toMatchObject({ expires_at: end });
    const { body } = await city.tokens.introspect(city.node.client('hall'), held.accessToken);
    expect(Number(body['exp'])).toBeLessThanOrEqual(end);
    expect(Number(held.idToken['exp'])).toBeLessThanOrEqual(end);
    // What neither a clock nor a sweep has seen yet: the term as it is stored decides.
    const past = { $set: { expiresAt: new Date(Date.now() - 1000) } };
    const { database } = city.node.storage;
    await database.collection<{ _id: string }>('mandates').updateOne({ _id: mandate.id }, past);
    expect(await city.stateOf(held)).toEqual(DEAD);
  });

  test('the organisation is locked: who acts for it is out, and himself stays', async () => {
    const mandate = await city.appoint('qianbei', 3);
    const browser = await city.signedIn('qianbei');
    const held = await city.authorizeAs(browser, mandate.id, { client: 'hall' });
    const self = await city.authorizeAs(browser, 'self', { client: 'bureau' });
    city.receiver.received.length = 0;
    await lock(city.company(3).id);
    await city.receiver.until(() => city.receiver.of('hall').length > 0);
    expect(await city.stateOf(held)).toEqual(DEAD);
    expect(await city.actingEverywhere(self)).toBeUndefined();
    const { page } = await city.choicePage(browser, 'hall');
    expect(offered(page)).toEqual(['self']);
  });

  test('one connection, by who leads the organisation: that system alone, and both read of it', async () => {
    const owner = await city.appoint('qianbei', 5, { role: 'legalRepresentative' });
    const mandate = await city.appoint('zhouwei', 5, { role: 'handler' });
    const [browser, leading] = [await city.signedIn('zhouwei'), await city.signedIn('qianbei')];
    const hall = await city.authorizeAs(browser, mandate.id, { client: 'hall' });
    const bureau = await city.authorizeAs(browser, mandate.id, { client: 'bureau' });
    const { id } = city.company(5);
    const page = (of: CityBrowser, name: string) =>
      of.open(`/account/entities/${name}?entity=${id}`);
    for (const each of [browser, leading]) await each.open('/account');
    const own = (await page(browser, 'services')).body;
    expect(own).toContain('您代表它使用的系统');
    expect(own).not.toContain('end-connection');
    const services = await page(leading, 'services');
    const button = [
      ...services.body.matchAll(/id="(end-connection-\d+)"[^>]*value="hall [^"]+"/gu),
    ];
    expect(button).toHaveLength(1);
    city.receiver.received.length = 0;
    const ended = await leading.press(services, button[0]?.[1] ?? '');
    expect(ended.body).toContain('已结束，这个系统会马上退出对方的登录');
    expect(await city.stateOf(hall)).toEqual(DEAD);
    await city.receiver.until(() => city.receiver.of('hall').length > 0);
    expect(await city.actingEverywhere(await city.refresh(bureau))).toBe(usccOf(5));
    expect((await page(leading, 'history')).body).toContain('由单位结束了在这个系统的使用');
    expect((await browser.open('/account/activity')).body).toContain(
      '单位结束了您在这个系统的使用',
    );
    await city.domain.end(mandate, 'removed');
    await city.domain.end(owner, 'removed');
  });

  test('what a branch rests on is locked, then closed: the branch with it, and both clients hear', async () => {
    const { domain, node } = city;
    const parent = city.company(5);
    const branch = await domain.madeBelow(parent, '第5号演示公司·城南分公司');
    const mandate = await domain.appoint(node.account('zhouwei'), branch, { role: 'handler' });
    const browser = await city.signedIn('zhouwei');
    const held = await city.authorizeAs(browser, mandate.id, { client: 'hall' });
    const { body } = await city.tokens.userinfo(held.accessToken);
    const { body: told } = await city.tokens.introspect(node.client('hall'), held.accessToken);
    for (const claims of [held.idToken, body, told]) {
      const acting = claims['acting_as'] as Record<string, unknown>;
      expect(acting).toMatchObject({
        name: '第5号演示公司·城南分公司',
        real_name_level: 3,
        parent: { uscc: usccOf(5), name: '第5号演示公司' },
      });
      expect(acting).not.toHaveProperty('uscc');
      expect((acting['parent'] as { id: string }).id).not.toBe(acting['id']);
    }
    const hinted = { acting_as: 'legal_entity', uscc_hint: usccOf(5) };
    await city.authorize(browser, 'hall', hinted);
    city.receiver.received.length = 0;
    await lock(parent.id);
    await city.receiver.until(() => city.receiver.of('hall').length > 0);
    expect(await city.stateOf(held)).toEqual(DEAD);
    await domain.accounts.unlock(parent.id, { actor: 'operator' });
    const again = await city.authorizeAs(browser, mandate.id, { client: 'hall' });
    city.receiver.received.length = 0;
    await domain.accounts.setRealNameLevel(
      parent.id,
      { level: 1, origin: { source: 'register:legalEntities', grade: 'A' } },
      { actor: 'system' },
    );
    await city.receiver.until(() => city.receiver.of('hall').length > 0);
    expect(await city.stateOf(again)).toEqual(DEAD);
    const { page } = await city.choicePage(browser, 'hall');
    expect(page.body).toContain('所属单位的账户已失效或注销');
    expect(offered(page)).toEqual(['self']);
  });

  test('the person is locked: everything of theirs, and both clients hear of it', async () => {
    const mandate = await city.appoint('sunli', 2);
    const browser = await city.signedIn('sunli');
    const held = await city.authorizeAs(browser, mandate.id, { client: 'hall' });
    city.receiver.received.length = 0;
    await lock(city.node.account('sunli').id);
    await city.receiver.until(() => city.receiver.of('hall').length > 0);
    expect(await city.stateOf(held)).toEqual(DEAD);
  });
});

describe('what is refused', () => {
  let browser: CityBrowser;
  let stranger: string;
  beforeAll(async () => {
    browser = await city.signedIn('zhang');
    stranger = (await city.appoint('zhouwei', 4, { role: 'legalRepresentative' })).id;
    await city.appoint('zhang', 4, { role: 'administrator' });
  });

  test("another person's mandate, and one that was made up: the same words for both", async () => {
    const { page } = await city.choicePage(browser, 'hall');
    for (const forged of [stranger, 'made-up', `${offered(page)[1]}.${stranger}`, 'self.self']) {
      const answer = await choose(browser, page, forged);
      expect([answer.status, pageName(answer)]).toEqual([422, 'choose-identity']);
      expect(answer.body).toContain('不能使用这个身份。请在列表中重新选择。');
    }
    const { database } = city.node.storage;
    const refusals = await database
      .collection('auditRecords')
      .countDocuments({ type: 'oidc.identity_refused', actor: city.node.account('zhang').id });
    expect(refusals).toBe(4);
  });

  test('a mandate that ends between the choice and the consent, or between code and token', async () => {
    const mandate = await city.appoint('zhang', 1);
    const first = await city.choicePage(browser, 'asking', again);
    const consent = await choose(browser, first.page, mandate.id);
    expect(pageName(consent)).toBe('consent');
    await city.domain.end(mandate, 'removed');
    const after = await browser.press(consent, 'consent-accept');
    expect(pageName(after)).toBe('choose-identity');
    expect(nextAddress(after)).toBeUndefined();
    const second = await city.appoint('zhang', 1);
    const chosen = await choose(browser, after, second.id);
    const answer = browser.finish(first.pending, chosen);
    await city.domain.end(second, 'resigned');
    const { status, body } = await city.tokens.redeem(answer);
    expect([status, body.error]).toEqual([400, 'invalid_grant']);
  });

  test('an answered page that is sent again does not switch once more', async () => {
    const mandate = await city.appoint('zhang', 2);
    const { pending, page } = await city.choicePage(browser, 'hall', again);
    const held = await city.redeem(
      browser.finish(pending, await choose(browser, page, mandate.id)),
    );
    const replayed = await choose(browser, page, 'self');
    expect(nextAddress(replayed)).toBeUndefined();
    expect(await city.actingEverywhere(held)).toBe(usccOf(2));
  });

  test('a hint tells nobody whether an organisation exists', async () => {
    const known = await city.choicePage(browser, 'hall', { uscc_hint: usccOf(3), ...again });
    const unknown = await city.choicePage(browser, 'hall', { uscc_hint: usccOf(999), ...again });
    const words = (body: string) =>
      /<main[\s\S]*<\/main>/u.exec(body)?.[0].replaceAll(/"[^"]*"/gu, '');
    expect(words(known.page.body)).toBe(words(unknown.page.body));
    expect(known.page.body).toContain('您的身份中没有这个单位');
  });

  test('a single-use mandate in 50 authorizations at once: exactly one', async () => {
    const mandate = await city.appoint('zhang', 3, { role: 'handler', isSingleUse: true });
    await city.domain.accounts.unlock(city.company(3).id, { actor: 'operator', reason: 'test' });
    const browsers = await Promise.all(Array.from({ length: 5 }, () => city.signedIn('zhang')));
    const pages = await Promise.all(
      browsers.flatMap((each) =>
        Array.from({ length: 10 }, async () => ({
          each,
          ...(await city.choicePage(each, 'hall', again)),
        })),
      ),
    );
    const results = await Promise.all(
      pages.map(async ({ each, page, pending }) => {
        const after = await choose(each, page, mandate.id);
        return pageName(after) === 'choose-identity' ? undefined : each.finish(pending, after);
      }),
    );
    const redeemed = await Promise.all(
      results.flatMap((answer) => (answer ? [city.tokens.redeem(answer)] : [])),
    );
    const sids = new Set<unknown>();
    for (const { status, body } of redeemed) {
      if (status !== 200) continue;
      const { payload } = await city.tokens.verify(String(body.id_token), 'hall');
      sids.add(payload['sid']);
    }
    expect(sids.size).toBe(1);
    const grants = city.node.storage.database.collection('oidcGrants');
    expect(await grants.countDocuments({ mandateIds: mandate.id })).toBe(1);
  }, 60_000);
});

test('one among many is found by its name, and every page of them can be reached', async () => {
  const { storage, accountStore } = city.node;
  const numbers = Array.from({ length: 12 }, (_, index) => index + 20);
  const companies = await importCityAccounts(storage, accountStore, numbers.map(company));
  const holder = city.node.account('zhaomin');
  for (const entity of companies) await city.domain.appoint(holder, entity);
  const browser = await city.signedIn('zhaomin');
  const { page } = await city.choicePage(browser, 'bureau');
  expect(offered(page)).toHaveLength(9);
  const next = /<a href="([^"]+)" rel="next"/u.exec(page.body)?.[1] ?? '';
  const second = await browser.open(new URL(next.replaceAll('&amp;', '&'), page.url));
  const all = [...offered(page), ...offered(second)].filter((value) => value !== 'self');
  expect(new Set(all).size).toBe(12);
  const found = await browser.open(new URL('?q=第25号', page.url));
  expect(offered(found)).toHaveLength(2);
  expect(found.body).toContain('第25号演示公司');
  const none = await browser.open(new URL('?q=nothing', page.url));
  expect(none.body).toContain('没有找到这个单位');
});
