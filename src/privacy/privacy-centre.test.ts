// The privacy centre over HTTP: what a borrowed screen may not take, what an export holds and does
// not hold, and what each system is said to have received.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { visitAccountCentre } from '../../test/support/account-visitor.ts';
import { CITY_PASSWORD, TOTP_SECRET } from '../../test/support/city-accounts.ts';
import { otpOf, pageName, readForm } from '../../test/support/city-browser.ts';
import type { CityBrowser } from '../../test/support/city-browser.ts';
import { startCityNode } from '../../test/support/city-node.ts';
import type { CityNode } from '../../test/support/city-node.ts';
import { migratedDatabase } from '../../test/support/migrated-database.ts';
import type { Visit } from '../../test/support/http-visitor.ts';
import { startMessageGateway } from '../../test/support/message-gateway.ts';
import type { MessageGateway } from '../../test/support/message-gateway.ts';
import { TokenClient } from '../../test/support/token-client.ts';

const { uri } = migratedDatabase();
const PHONE = '+8613800002001';
let city: CityNode;
let gateway: MessageGateway;
let tokens: TokenClient;

beforeAll(async () => {
  gateway = await startMessageGateway();
  city = await startCityNode({
    mongodbUri: uri,
    environment: gateway.environment,
    accounts: [
      { login: 'reader', name: '欧阳无双', fields: { phone: PHONE } },
      { login: 'guarded', totpSecret: TOTP_SECRET },
      { login: 'stale' },
      { login: 'other' },
    ],
    clients: [
      { client_id: 'portal', scope: 'openid profile phone email', 'client_name#en': 'Portal' },
      { client_id: 'hall', consent: 'ask', scope: 'openid profile real_name' },
    ],
  });
  tokens = new TokenClient(city.issuer);
});
afterAll(async () => {
  await city.stop();
  await gateway.stop();
});

const received = (page: Visit) =>
  [...page.body.matchAll(/<h2>([^<]*)<\/h2>[\s\S]*?<p>([\s\S]*?)<time/gu)].map(
    ([, system = '', what = '']) => `${system} ${what.replaceAll(/<[^>]*>/gu, '').trim()}`.trim(),
  );

async function download(browser: CityBrowser): Promise<Visit> {
  return browser.press(await browser.open('/account/privacy/export'), 'download-export');
}

describe('what systems received', () => {
  it('is told once for each first access and each addition, not for tokens', async () => {
    const { browser } = await visitAccountCentre(city, 'reader');
    const before = await browser.open('/account/privacy/received');
    expect(pageName(before)).toBe('privacy-received');
    expect(received(before)).toEqual([]);
    const portal = city.client('portal');
    const first = await tokens.redeem(await browser.authorize(portal, undefined));
    await tokens.refresh(portal, String(first.body.refresh_token));
    await tokens.userinfo(String(first.body.access_token));
    await browser.authorize(portal, undefined, { prompt: 'none' });
    const once = received(await browser.open('/account/privacy/received'));
    expect(once).toEqual([expect.stringMatching(/^portal 收到：/u)]);

    await browser.authorize(portal, undefined, { scope: 'openid profile phone' });
    const twice = received(await browser.open('/account/privacy/received'));
    expect(twice).toHaveLength(2);
    expect(twice[0]).toMatch(/^portal 新收到：.*手机/u);
    expect(twice[0]).not.toBe(twice[1]);
  });

  it('shows what was allowed and what was withdrawn', async () => {
    const { browser } = await visitAccountCentre(city, 'reader');
    await browser.authorize(city.client('hall'), city.account('reader'));
    const services = await browser.open('/account/services');
    const { fields } = readForm(services, 'sign-out');
    const url = `${city.issuer}/account/services/withdraw`;
    await browser.visitor.submit(url, { _csrf: fields['_csrf'] ?? '', client: 'hall' });
    const entries = received(await browser.open('/account/privacy/received'));
    expect(entries[0]).toMatch(/^hall/u);
    expect(entries.slice(1, 3).toSorted()).toEqual([
      expect.stringMatching(/^hall 您同意提供：/u),
      expect.stringMatching(/^hall 收到：/u),
    ]);
  });
});

describe('the export', () => {
  it('is refused to a form that no page was shown for', async () => {
    const { browser } = await visitAccountCentre(city, 'stale');
    city.clock.advance(1000);
    const page = await browser.open('/account/privacy');
    const { fields } = readForm(page, 'sign-out');
    const url = `${city.issuer}/account/privacy/export/download`;
    const answer = await browser.visitor.submit(url, { _csrf: fields['_csrf'] ?? '' });
    expect([answer.status, answer.headers.get('location')]).toEqual([
      303,
      '/account/privacy/export',
    ]);
    expect(
      (await browser.visitor.request(`${city.issuer}/account/privacy/export/read`)).status,
    ).toBe(303);
    expect(pageName(await browser.open('/account/privacy/export'))).toBe('sign-in');
  });

  it('asks for the second factor of an account that has one', async () => {
    const { browser } = await visitAccountCentre(city, 'guarded');
    const page = await browser.open('/account/privacy/export');
    expect(pageName(page)).toBe('second-factor');
    const read = await browser.visitor.request(`${city.issuer}/account/privacy/export/read`);
    expect(read.headers.get('location')).toBe('/account/privacy/export');
    const wrong = await browser.press(page, 'verify', { otp: '000000' });
    expect([wrong.status, pageName(wrong)]).toEqual([422, 'second-factor']);
    const otp = await otpOf(city.account('guarded'), city.clock.now());
    const shown = await browser.press(wrong, 'verify', { otp });
    expect(pageName(shown)).toBe('privacy-export');
    expect((await browser.press(shown, 'download-export')).status).toBe(200);
  });

  it('holds everything of the account, no secret and nobody else', async () => {
    const { browser } = await visitAccountCentre(city, 'reader');
    const account = city.account('reader');
    const other = city.account('other');
    await city.storage.audit.record({
      type: 'accounts.identity_displaced',
      actor: other.id,
      subject: account.id,
      address: '198.51.100.77',
      result: 'done',
    });
    await city.storage.audit.record({
      type: 'review.carried_out',
      actor: 'system',
      subject: account.id,
      result: 'done',
      details: { verdict: 'reject', reviewers: `${other.id} ${other.id}` },
    });
    await city.storage.audit.record({
      type: 'mandates.granted',
      actor: account.id,
      result: 'done',
      details: { role: 'administrator', grantedBy: other.id },
    });
    const told = gateway.countOf(PHONE, '副本');
    const file = await download(browser);
    expect(file.headers.get('content-type')).toMatch(/^application\/json/u);
    expect(file.headers.get('content-disposition')).toMatch(
      /^attachment; filename="account-\d{4}-\d{2}-\d{2}\.json"$/u,
    );
    expect(file.headers.get('cache-control')).toContain('no-store');
    const content = JSON.parse(file.body) as Record<string, Record<string, unknown>[]>;
    const filled = Object.keys(content).filter((name) => (content[name]?.length ?? 0) > 0);
    expect(filled).toEqual(
      expect.arrayContaining([
        'account',
        'identity',
        'ways_in',
        'devices',
        'sessions',
        'consents',
        'received',
        'activity',
      ]),
    );
    expect(content).toMatchObject({
      format: 'hutong-account-export/1',
      account: [{ id: account.id, kind: 'naturalPerson' }],
      evidence: [],
      agreements: [],
    });
    const values = content['identity']?.map(({ value }) => value);
    expect(values).toEqual(expect.arrayContaining(['欧阳无双', PHONE, 'reader@example.com']));
    const displaced = content['activity']?.find(
      ({ event }) => event === 'accounts.identity_displaced',
    );
    expect(displaced).toMatchObject({ by: 'others', result: 'done' });
    const kept = ['argon2', CITY_PASSWORD, other.id, '198.51.100.77', '"mac'];
    expect(kept.filter((secret) => file.body.includes(secret))).toEqual([]);
    await expect.poll(() => gateway.countOf(PHONE, '副本')).toBe(told + 1);
    // Whoever took it may have been a stranger.
    const notice = gateway.received.findLast(
      ({ to, text }) => to === PHONE && text.includes('副本'),
    );
    expect(notice?.text).toContain(`${city.issuer}/not-me/`);
  });

  it('can be read on a page, in the words of the reader', async () => {
    const { browser } = await visitAccountCentre(city, 'reader');
    await browser.open('/account/privacy/export');
    const page = await browser.open('/account/privacy/export/read');
    expect(pageName(page)).toBe('privacy-read-export');
    expect(page.body).toContain('欧阳无双');
    expect(page.body).toContain('登录成功');
    expect(page.body).not.toMatch(/privacy-export\.|audit\.event\.|account\.kinds/u);
    const english = await browser.open('/account/privacy/export/read?lang=en');
    expect(english.body).not.toMatch(/privacy-export\.|audit\.event\.|account\.kinds/u);
  });
});
