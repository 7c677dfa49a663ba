// Ending sessions from the account centre, with two processes on one database behind one address.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventTypes, visitAccountCentre } from '../../test/support/account-visitor.ts';
import { CityBrowser, pageName, readForm } from '../../test/support/city-browser.ts';
import { startCityNode } from '../../test/support/city-node.ts';
import type { CityNode } from '../../test/support/city-node.ts';
import { migratedDatabase } from '../../test/support/migrated-database.ts';
import { LogoutReceiver } from '../../test/support/logout-receiver.ts';
import { TokenClient } from '../../test/support/token-client.ts';

const { uri } = migratedDatabase();
const receiver = new LogoutReceiver();
let city: CityNode;
let tokens: TokenClient;

beforeAll(async () => {
  await receiver.start();
  city = await startCityNode({
    mongodbUri: uri,
    hasSecondProcess: true,
    accounts: ['zhang', 'liwei', 'wang', 'zhao'].map((login) => ({ login })),
    clients: [{ client_id: 'portal', backchannel_logout_uri: receiver.uriOf('portal') }],
  });
  receiver.trust(city.issuer);
  tokens = new TokenClient(city.issuer);
}, 60_000);
afterAll(async () => {
  await city.stop();
  await receiver.stop();
});

/** Another device of the person, at work in the portal. */
async function deviceAtPortal(login: string) {
  const browser = new CityBrowser(city.issuer);
  const answer = await browser.signIn(city.client('portal'), city.account(login));
  const redeemed = await tokens.redeem(answer);
  return { browser, accessToken: String(redeemed.body.access_token), redeemed };
}

describe('the list of sessions', () => {
  it('never ends a session of somebody else, nor one it does not know', async () => {
    const victim = await visitAccountCentre(city, 'liwei');
    await visitAccountCentre(city, 'liwei');
    const list = await victim.browser.open('/account/sessions');
    const foreignKey = readForm(list, 'end-session-1').fields['session'] ?? '';
    const { browser, visit } = await visitAccountCentre(city, 'zhang', '/account/sessions');
    const { fields } = readForm(visit, 'sign-out');
    for (const session of [foreignKey, 'unknown', '']) {
      const sent = await browser.visitor.submit(`${city.issuer}/account/sessions/end`, {
        _csrf: fields['_csrf'] ?? '',
        session,
      });
      expect(sent.status).toBe(303);
      const page = await browser.open('/account/sessions');
      expect(page.body).toContain('这个登录已经结束');
    }
    const still = await victim.browser.open('/account/sessions');
    expect(still.body.match(/id="end-session-/gu)).toHaveLength(1);
  });

  it('tells a session that ended meanwhile from one that was ended now', async () => {
    const { browser } = await visitAccountCentre(city, 'zhao', '/account/sessions');
    await visitAccountCentre(city, 'zhao');
    const list = await browser.open('/account/sessions');
    const first = await browser.press(list, 'end-session-1');
    expect(first.body).toContain('已结束所选的登录');
    const second = await browser.press(list, 'end-session-1');
    expect(second.body).toContain('这个登录已经结束');
  });

  it('ends one device within seconds on every process, its tokens and its systems too', async () => {
    const device = await deviceAtPortal('zhang');
    const { browser } = await visitAccountCentre(city, 'zhang');
    expect(await tokens.userinfo(device.accessToken)).toMatchObject({ status: 200 });
    const list = await browser.open('/account/sessions');
    expect(list.body).toContain('打开的系统：portal');
    const [, index] = /id="end-session-(\d+)"[^]*?portal/u.exec(list.body) ?? [];
    const done = await browser.press(list, `end-session-${index}`);
    expect(done.body).toContain('已结束所选的登录');
    // Twice each: the front door takes the processes in turn.
    const visits = [1, 2, 3, 4].map(() => tokens.userinfo(device.accessToken));
    expect((await Promise.all(visits)).map(({ status }) => status)).toEqual([401, 401, 401, 401]);
    expect(pageName(await device.browser.open('/account'))).toBe('sign-in');
    const refreshed = await tokens.refresh(
      city.client('portal'),
      String(device.redeemed.body.refresh_token),
    );
    expect(refreshed.body.error).toBe('invalid_grant');
    await receiver.until(() => receiver.of('portal').length > 0);
    expect(receiver.problems).toEqual([]);
    expect(await eventTypes(city, city.account('zhang').id)).toContain('sessions.ended');
  });

  it('ends all others and keeps the one that asked', async () => {
    const others = [await deviceAtPortal('wang'), await deviceAtPortal('wang')];
    const { browser } = await visitAccountCentre(city, 'wang', '/account/sessions');
    const list = await browser.open('/account/sessions');
    expect(list.body.match(/id="end-session-/gu)).toHaveLength(2);
    const done = await browser.press(list, 'end-all-others');
    expect(done.body).toContain('其他设备上的登录都已结束');
    expect(done.body).not.toContain('id="end-session-');
    for (const { accessToken, browser: other } of others) {
      expect((await tokens.userinfo(accessToken)).status).toBe(401);
      expect(pageName(await other.open('/account'))).toBe('sign-in');
    }
    expect(pageName(await browser.open('/account'))).toBe('account-overview');
  });
});
