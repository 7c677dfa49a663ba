// The account centre as a relying party of its own provider, over HTTP: what it refuses, and how a
// person gets in and out.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  eventTypes,
  undeliveredAnswer,
  visitAccountCentre,
} from '../../test/support/account-visitor.ts';
import { CityBrowser, pageName, readForm } from '../../test/support/city-browser.ts';
import { startCityNode } from '../../test/support/city-node.ts';
import type { CityNode } from '../../test/support/city-node.ts';
import { migratedDatabase } from '../../test/support/migrated-database.ts';

const { uri } = migratedDatabase();
let city: CityNode;

beforeAll(async () => {
  city = await startCityNode({
    mongodbUri: uri,
    accounts: ['zhang', 'replaying', 'closing', 'closing-early', 'idle'].map((login) => ({
      login,
    })),
    clients: [{ client_id: 'portal' }],
  });
});
afterAll(() => city.stop());

/** Signed in at the portal only. */
async function atPortal(login = 'zhang') {
  const browser = new CityBrowser(city.issuer);
  await browser.signIn(city.client('portal'), city.account(login));
  return browser;
}

describe('a sign-in that begins at a page', () => {
  it.each([
    ['/account', '账户中心'],
    ['/account/entities', '法人空间'],
    ['/verification', '实名核验'],
    ['/review', '实名审核台'],
  ])('of %s names where it leads', async (page, name) => {
    const visit = await new CityBrowser(city.issuer).open(page);
    expect(pageName(visit)).toBe('sign-in');
    expect(visit.body).toContain(`<strong>${name}</strong>`);
    const current = /kind=(\w+)"[^>]* aria-current="page"/u.exec(visit.body)?.[1];
    expect(current).toBe(page === '/review' ? 'civilServant' : 'naturalPerson');
  });

  it('of another system names that, whatever its request says', async () => {
    const browser = new CityBrowser(city.issuer);
    const { visit } = await browser.request(city.client('portal'), { aim: 'review' });
    expect(pageName(visit)).toBe('sign-in');
    expect(visit.body).not.toContain('实名审核台');
  });
});

describe('an answer for the account centre', () => {
  it('is not taken from another browser', async () => {
    const answer = await undeliveredAnswer(city, await atPortal());
    const other = new CityBrowser(city.issuer);
    await other.open('/account');
    const visit = await other.open(answer);
    expect([visit.status, pageName(visit)]).toEqual([400, 'account-sign-in-problem']);
    expect(visit.body).toContain('href="/account"');
  });

  it('asks for cookies where the browser sends none', async () => {
    const answer = await undeliveredAnswer(city, await atPortal());
    const visit = await new CityBrowser(city.issuer).open(answer);
    expect([visit.status, pageName(visit)]).toEqual([400, 'cookies-required']);
  });

  it('that comes again leads on, and costs the person nothing', async () => {
    const browser = await atPortal('replaying');
    const answer = await undeliveredAnswer(city, browser);
    expect(new URL((await browser.open(answer)).url).pathname).toBe('/account');
    const padded = new URL(answer);
    padded.searchParams.append('code', 'again');
    padded.searchParams.set('state', `${answer.searchParams.get('state') ?? ''}=`);
    expect((await browser.open(padded)).status).not.toBe(500);
    const again = await browser.open(answer);
    expect([again.status, new URL(again.url).pathname]).toEqual([200, '/account']);
    const { id } = city.account('replaying');
    expect(await eventTypes(city, id)).not.toContain('oidc.code_replayed');
  });

  it('with an invented code ends on a page, not in a loop', async () => {
    const browser = await atPortal();
    const answer = await undeliveredAnswer(city, browser);
    answer.searchParams.set('code', 'x'.repeat(43));
    const visit = await browser.open(answer);
    expect([visit.status, pageName(visit)]).toEqual([400, 'account-sign-in-problem']);
  });

  it('of another issuer is refused', async () => {
    const browser = await atPortal();
    const answer = await undeliveredAnswer(city, browser);
    answer.searchParams.set('iss', 'https://other.example.com');
    expect((await browser.open(answer)).status).toBe(400);
  });

  it('that says no shows a page with the way to try again', async () => {
    const browser = new CityBrowser(city.issuer);
    const visit = await browser.press(await browser.open('/account/sessions'), 'cancel');
    expect([visit.status, pageName(visit)]).toEqual([200, 'account-sign-in-problem']);
    expect(visit.body).toContain('href="/account/sessions"');
  });

  it('for an account that was closed meanwhile opens nothing', async () => {
    const browser = await atPortal('closing-early');
    const answer = await undeliveredAnswer(city, browser);
    await city.accountStore.close(city.account('closing-early').id, { actor: 'operator' });
    const visit = await browser.open(answer);
    expect([visit.status, pageName(visit)]).toEqual([400, 'account-sign-in-problem']);
  });
});

describe('the account centre', () => {
  it('shows nothing before a sign-in, and the asked page after it', async () => {
    const browser = new CityBrowser(city.issuer);
    const first = await browser.open('/account/security');
    expect(pageName(first)).toBe('sign-in');
    expect(first.body).toContain('账户中心');
    const visit = await browser.walk(first, city.account('zhang'));
    expect([visit.status, pageName(visit)]).toEqual([200, 'account-security']);
  });

  it.each([
    ['with a query', '/account/security?x=//evil.example', '/account/security?x=//evil.example'],
    ['of another site', '//evil.example/account', '//evil.example/account'],
    ['too long for a cookie', `/account/services?x=${'y'.repeat(200)}`, '/account/services'],
  ])('returns to what was asked for and nowhere else: %s', async (_, asked, lands) => {
    const browser = new CityBrowser(city.issuer);
    const first = await browser.open(new URL(city.issuer + asked));
    const visit = await browser.walk(first, city.account('zhang'));
    expect(visit.url).toBe(city.issuer + lands);
  });

  it('opens without a question for who is signed in elsewhere, masked', async () => {
    const visit = await (await atPortal()).open('/account');
    expect([visit.status, pageName(visit)]).toEqual([200, 'account-overview']);
    expect(visit.body).toContain('张*');
    expect(visit.body).not.toContain('张测试');
    expect(visit.body).toMatch(/199\*{4}\d{4}/u);
    expect(visit.body).not.toMatch(/199\d{8}/u);
    expect(visit.body).not.toMatch(/44000019900307\d{3}/u);
    expect(visit.headers.get('cache-control')).toBe('no-store');
  });

  it('takes every tab of a browser, also of those that it opened together', async () => {
    const browser = await atPortal();
    const places = Array.from({ length: 12 }, () => undeliveredAnswer(city, browser));
    const answers = await Promise.all(places);
    // What is there is enough for those that come after.
    const marks = browser.visitor.cookieNames().length;
    for (let tab = 0; tab < 3; tab += 1) answers.push(await undeliveredAnswer(city, browser));
    expect(browser.visitor.cookieNames()).toHaveLength(marks);
    for (const answer of answers) {
      expect(pageName(await browser.open(answer))).toBe('account-overview');
    }
    expect(pageName(await browser.open('/account/sessions'))).toBe('account-sessions');
  });

  it('refuses a form of another site and one without its token, and changes nothing', async () => {
    const { browser, visit } = await visitAccountCentre(city, 'zhang');
    const { action, fields } = readForm(visit, 'sign-out');
    const foreign = await browser.visitor.submit(action, fields, 'https://evil.example.com');
    const body = new URLSearchParams({ ...fields, _csrf: 'made.up' });
    const bare = await browser.visitor.request(action, { method: 'POST', body });
    expect([foreign.status, bare.status]).toEqual([403, 403]);
    expect(pageName(await browser.open('/account'))).toBe('account-overview');
  });

  it('is over with the next click for an account that was closed', async () => {
    const { browser } = await visitAccountCentre(city, 'closing');
    const page = await browser.open('/account/security');
    await city.accountStore.close(city.account('closing').id, { actor: 'operator' });
    const sent = await browser.press(page, 'password-change', {
      current_password: 'a',
      new_password: 'b',
    });
    expect([sent.status, pageName(sent)]).toEqual([401, 'account-sign-in-again']);
    expect(sent.body).toContain('href="/account/security"');
    expect(pageName(await browser.open('/account/services'))).toBe('sign-in');
  });

  it('signs out of everything through the provider and keeps no token in an address', async () => {
    const browser = await atPortal();
    const asked = await browser.press(await browser.open('/account'), 'sign-out');
    expect(pageName(asked)).toBe('sign-out-confirm');
    expect(asked.url).not.toMatch(/eyJ/u);
    expect(asked.body).toContain('portal');
    const visit = await browser.press(asked, 'sign-out-confirm');
    expect([visit.status, pageName(visit)]).toEqual([200, 'signed-out']);
    expect(visit.body).toContain('全部系统');
    expect(pageName(await browser.open('/account'))).toBe('sign-in');
    expect(pageName(await browser.open('/account/signed-out'))).toBe('signed-out');
  });

  it('ends with the idle session it belongs to', async () => {
    const { browser } = await visitAccountCentre(city, 'idle');
    city.clock.advance(32 * 60);
    expect(pageName(await browser.open('/account'))).toBe('sign-in');
  });
});
