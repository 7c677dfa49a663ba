// Withdrawing what a system was allowed: its tokens, its sessions and the remembered consent end.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventTypes, visitAccountCentre } from '../../test/support/account-visitor.ts';
import { mandatesOf, usccOf } from '../../test/support/acting-city.ts';
import { CityBrowser, pageName, readForm } from '../../test/support/city-browser.ts';
import { startCityNode } from '../../test/support/city-node.ts';
import type { CityNode } from '../../test/support/city-node.ts';
import { migratedDatabase } from '../../test/support/migrated-database.ts';
import { LogoutReceiver } from '../../test/support/logout-receiver.ts';
import { TokenClient } from '../../test/support/token-client.ts';
import { MandateStore } from '../mandates/mandate-store.ts';
import { GrantStore } from '../oidc/storage/grant-store.ts';

const { uri } = migratedDatabase();
const receiver = new LogoutReceiver();
let city: CityNode;
let tokens: TokenClient;

beforeAll(async () => {
  await receiver.start();
  const backchannel = (id: string) => ({
    client_id: id,
    backchannel_logout_uri: receiver.uriOf(id),
  });
  city = await startCityNode({
    mongodbUri: uri,
    accounts: [
      ...['zhang', 'liwei', 'wang', 'parallel', 'lead'].map((login) => ({ login })),
      { login: 'agency', kind: 'legalEntity', name: '代办公司' },
      { login: 'principal', kind: 'legalEntity', name: '委托公司', fields: { uscc: usccOf(1) } },
    ],
    clients: [
      { ...backchannel('portal'), 'client_name#en': 'Portal' },
      { ...backchannel('hall'), consent: 'ask', purposes: { profile: '预填办事表格' } },
    ],
  });
  receiver.trust(city.issuer);
  tokens = new TokenClient(city.issuer);
});
afterAll(async () => {
  await city.stop();
  await receiver.stop();
});

async function useSystem(browser: CityBrowser, clientId: string, login: string) {
  const redeemed = await tokens.redeem(
    await browser.signIn(city.client(clientId), city.account(login)),
  );
  return {
    accessToken: String(redeemed.body.access_token),
    refreshToken: String(redeemed.body.refresh_token),
  };
}

function withdrawForm(page: Awaited<ReturnType<CityBrowser['open']>>, client: string) {
  const { fields } = readForm(page, 'sign-out');
  return { _csrf: fields['_csrf'] ?? '', client };
}

describe('withdrawing', () => {
  it('is refused for a system that works by law, and says so', async () => {
    const { browser } = await visitAccountCentre(city, 'liwei');
    const { accessToken } = await useSystem(browser, 'portal', 'liwei');
    const page = await browser.open('/account/services');
    expect(page.body).toContain('不能在这里撤回');
    expect(page.body).not.toContain('id="withdraw-');
    const url = `${city.issuer}/account/services/withdraw`;
    expect((await browser.visitor.submit(url, withdrawForm(page, 'portal'))).status).toBe(303);
    expect((await browser.open('/account/services')).body).toContain('没有可以撤回的授权');
    expect((await tokens.userinfo(accessToken)).status).toBe(200);
    const { id } = city.account('liwei');
    expect(await eventTypes(city, id)).not.toContain('consent.withdrawn');
  });

  it('does nothing for a system that was never allowed anything', async () => {
    const { browser } = await visitAccountCentre(city, 'wang', '/account/services');
    const page = await browser.open('/account/services');
    expect(page.body).toContain('还没有系统使用您的信息');
    const url = `${city.issuer}/account/services/withdraw`;
    for (const client of ['hall', 'nobody']) {
      expect((await browser.visitor.submit(url, withdrawForm(page, client))).status).toBe(303);
    }
    for (const client of ['$where', 'a.b', 'hall.sealed', '__proto__']) {
      expect((await browser.visitor.submit(url, withdrawForm(page, client))).status).toBe(400);
    }
    expect(await eventTypes(city, city.account('wang').id)).not.toContain('consent.withdrawn');
  });

  it('ends tokens, sign-ins on every device and the memory of it at once', async () => {
    const { browser } = await visitAccountCentre(city, 'zhang');
    const phone = new CityBrowser(city.issuer);
    const own = [
      await useSystem(browser, 'hall', 'zhang'),
      await useSystem(phone, 'hall', 'zhang'),
    ];
    const portal = await useSystem(phone, 'portal', 'zhang');
    const page = await browser.open('/account/services');
    expect(page.body).toContain('预填办事表格');
    const index = page.body.includes('id="withdraw-0"') ? 0 : 1;
    const done = await browser.press(page, `withdraw-${index}`);
    expect(done.body).toContain('已撤回授权');
    expect(done.body).not.toContain('id="withdraw-');
    for (const { accessToken, refreshToken } of own) {
      expect((await tokens.userinfo(accessToken)).status).toBe(401);
      const looked = await tokens.introspect(city.client('hall'), accessToken);
      expect(looked.body).toEqual({ active: false });
      const refreshed = await tokens.refresh(city.client('hall'), refreshToken);
      expect(refreshed.body.error).toBe('invalid_grant');
    }
    expect((await tokens.userinfo(portal.accessToken)).status).toBe(200);
    await receiver.until(() => receiver.of('hall').length === 2);
    expect(receiver.of('portal')).toEqual([]);
    const { visit } = await browser.request(city.client('hall'));
    expect(pageName(visit)).toBe('consent');
    const types = await eventTypes(city, city.account('zhang').id);
    expect(types.filter((type) => type === 'consent.withdrawn')).toHaveLength(1);
  });

  it('ten times at once is done once', async () => {
    const { browser } = await visitAccountCentre(city, 'parallel');
    await useSystem(browser, 'hall', 'parallel');
    const page = await browser.open('/account/services');
    const url = `${city.issuer}/account/services/withdraw`;
    const fields = withdrawForm(page, 'hall');
    const sent = await Promise.all(
      Array.from({ length: 10 }, () => browser.visitor.submit(url, fields)),
    );
    expect(sent.map(({ status }) => status)).toEqual(Array(10).fill(303));
    const types = await eventTypes(city, city.account('parallel').id);
    expect(types.filter((type) => type === 'consent.withdrawn')).toHaveLength(1);
  });
});

describe('signing out of a system', () => {
  it('ends its present access and lets it be opened again', async () => {
    const { browser } = await visitAccountCentre(city, 'liwei');
    const { accessToken } = await useSystem(browser, 'portal', 'liwei');
    const done = await browser.press(await browser.open('/account/services'), 'sign-out-of-0');
    expect(done.body).toContain('已从该系统退出登录');
    expect((await tokens.userinfo(accessToken)).status).toBe(401);
    expect(pageName(await browser.open('/account'))).toBe('account-overview');
    const again = await useSystem(browser, 'portal', 'liwei');
    expect((await tokens.userinfo(again.accessToken)).status).toBe(200);
  });
});

describe('of an organisation', () => {
  it('are also those that are used as an agency and for a branch; leaders end one by one, and nothing else with the password alone', async () => {
    const { storage, accountStore } = city;
    const [lead, agency, principal] = [
      city.account('lead').id,
      city.account('agency').id,
      city.account('principal').id,
    ];
    const { id: branch } = await mandatesOf(city).madeBelow({ id: agency }, '代办公司·城南分公司');
    const [grants, mandates] = [new GrantStore(storage), new MandateStore(storage)];
    const facts = { holderId: lead, grantedBy: 'register' };
    await storage.database.transaction(async (session) => {
      const role = 'legalRepresentative' as const;
      const led = await mandates.grant({ ...facts, entityId: agency, role }, session);
      const own = await mandates.grant({ ...facts, entityId: branch, role: 'handler' }, session);
      const begin = (entityId: string, mandateIds: readonly string[]) => {
        const acting = { personId: lead, entityId, mandateIds };
        const of = { kind: 'Grant', iat: 0, exp: 0, accountId: lead, clientId: 'hall', acting };
        return grants.begin({ grantId: entityId, payload: of, expiresIn: 3600 }, session);
      };
      await begin(agency, [led?.id ?? '']);
      await begin(principal, ['entrusted', led?.id ?? '']);
      await begin(branch, [own?.id ?? '']);
    });
    const page = `/account/entities/services?entity=${agency}`;
    const { browser, visit } = await visitAccountCentre(city, 'lead', page);
    for (const other of ['委托公司', '代办公司·城南分公司']) {
      expect(visit.body).toContain(`<dd>${other}</dd>`);
    }
    for (const id of [principal, branch]) {
      const shown = await browser.open(page);
      const button = new RegExp(`id="(end-connection-\\d+)"[^>]*value="hall ${lead} ${id}"`, 'u');
      await browser.press(shown, button.exec(shown.body)?.[1] ?? '');
    }
    const gone = await Promise.all([agency, principal, branch].map((id) => grants.isRevoked(id)));
    expect(gone).toEqual([false, true, true]);
    const close = `${city.issuer}/account/entities/sub-accounts/close`;
    const { fields } = readForm(visit, 'sign-out');
    const sent = { _csrf: fields['_csrf'] ?? '', entity: branch };
    const answers = [
      await browser.visitor.submit(close, sent),
      await browser.visitor.request(`${close}?entity=${branch}`),
    ];
    for (const answer of answers) {
      expect(answer.headers.get('location')).toContain('acr_values=urn%3Ahutong%3Alevel%3A3');
    }
    expect((await accountStore.findById(branch))?.state).toBe('active');
  });
});
