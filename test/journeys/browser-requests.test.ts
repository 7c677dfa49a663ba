// What only a real browser shows: which cookies go along with a request of another site, what the
// back button brings, and that the pages of a sign-in work with and without script.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { generate } from 'otplib';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { violations } from '../support/axe.ts';
import { launchBrowser } from '../support/browser.ts';
import { authorizationRequest } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { startMessageGateway } from '../support/message-gateway.ts';
import type { MessageGateway } from '../support/message-gateway.ts';

const { uri } = migratedDatabase();
const ELSEWHERE = 'http://elsewhere.example.org/';
const patience = { timeout: 60_000 };
let city: CityNode;
let gateway: MessageGateway;
let browser: Browser;

/** Where the answers of all clients arrive. */
const receiver = createServer((_request, response) => response.end('client'));
let receiverUrl = '';

function client(id: string, more: object = {}) {
  const home = `${receiverUrl}/${id}/`;
  return {
    client_id: id,
    client_uri: home,
    redirect_uris: [`${home}callback`],
    post_logout_redirect_uris: [`${home}signed-out`],
    ...more,
  };
}

beforeAll(async () => {
  gateway = await startMessageGateway();
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  receiverUrl = `http://localhost:${(receiver.address() as AddressInfo).port}`;
  [browser, city] = await Promise.all([
    launchBrowser(),
    startCityNode({
      mongodbUri: uri,
      environment: gateway.environment,
      clients: [client('portal'), client('hall'), client('department', { minimum_level: 3 })],
      accounts: [
        { login: 'zhang' },
        { login: 'with-script', fields: { phone: '13800007001' } },
        { login: 'without-script', fields: { phone: '13800007002' } },
        { login: 'must-change', fields: { must_change_password: 'true' } },
      ],
    }),
  ]);
}, 60_000);
afterAll(async () => {
  await browser.close();
  await city.stop();
  await gateway.stop();
  receiver.close().closeAllConnections();
});

async function newVisitor(options: { javaScriptEnabled?: boolean } = {}): Promise<BrowserContext> {
  const context = await browser.newContext({ locale: 'zh-CN', ...options });
  context.setDefaultTimeout(10_000);
  return context;
}

const pageName = (page: Page) => page.getAttribute('body', 'data-page');

async function open(page: Page, client: string) {
  const pending = authorizationRequest(city.issuer, city.client(client));
  await page.goto(pending.url.href);
  return pending;
}

async function signIn(page: Page, login: string, client = 'portal') {
  const pending = await open(page, client);
  await page.fill('#login', login);
  await page.fill('#password', city.account(login).password);
  await page.click('#sign-in');
  return pending;
}

function answerAt(page: Page): URLSearchParams {
  const { origin, searchParams } = new URL(page.url());
  expect(origin).toBe(receiverUrl);
  return searchParams;
}

/** Another site whose page sends a form to us by itself. */
async function postFromElsewhere(page: Page, url: URL, fields: Iterable<[string, string]>) {
  const inputs = [...fields].map(
    ([name, value]) => `<input type="hidden" name="${name}" value="${value}">`,
  );
  const form = `<form method="post" action="${url.origin}${url.pathname}">${inputs.join('')}<button>go</button></form>`;
  await page.route(ELSEWHERE, (route) => route.fulfill({ contentType: 'text/html', body: form }));
  await page.goto(ELSEWHERE);
  const [answer] = await Promise.all([page.waitForNavigation(), page.click('button')]);
  return answer;
}

async function isSignedIn(context: BrowserContext): Promise<boolean> {
  const page = await context.newPage();
  await open(page, 'portal');
  const isAnswered = page.url().startsWith(`${receiverUrl}/portal/`);
  await page.close();
  return isAnswered;
}

describe('a request that another site posts', () => {
  it('to authorize finds the living session and keeps it', patience, async () => {
    const context = await newVisitor();
    const page = await context.newPage();
    await signIn(page, 'zhang');
    expect(answerAt(page).get('code')).not.toBe('');
    const pending = authorizationRequest(city.issuer, city.client('hall'));
    await postFromElsewhere(page, pending.url, pending.url.searchParams);
    expect(page.url()).toContain('/hall/callback?');
    expect(answerAt(page).get('state')).toBe(pending.state);
    expect(answerAt(page).get('code')).toMatch(/./u);
    expect(await isSignedIn(context)).toBe(true);
    await context.close();
  });

  it('to authorize asks a stranger to sign in, and then answers', patience, async () => {
    const context = await newVisitor();
    const page = await context.newPage();
    const pending = authorizationRequest(city.issuer, city.client('hall'));
    await postFromElsewhere(page, pending.url, pending.url.searchParams);
    expect(await pageName(page)).toBe('sign-in');
    expect(page.url()).not.toContain(pending.state);
    await page.fill('#login', 'zhang');
    await page.fill('#password', city.account('zhang').password);
    await page.click('#sign-in');
    expect(answerAt(page).get('state')).toBe(pending.state);
    await context.close();
  });

  it('to sign out asks first and ends nothing by itself', patience, async () => {
    const context = await newVisitor();
    const page = await context.newPage();
    await signIn(page, 'zhang');
    const logout = new URL('/oauth2/logout', city.issuer);
    const back = `${receiverUrl}/portal/signed-out`;
    const fields: [string, string][] = [
      ['client_id', 'portal'],
      ['post_logout_redirect_uri', back],
      ['state', 'farewell'],
    ];
    await postFromElsewhere(page, logout, fields);
    expect(await pageName(page)).toBe('sign-out-confirm');
    expect(await isSignedIn(context)).toBe(true);
    await page.click('#sign-out-confirm');
    await page.waitForURL(/signed-out/u);
    expect(answerAt(page).get('state')).toBe('farewell');
    expect(await isSignedIn(context)).toBe(false);
    await context.close();
  });

  it('to a form of ours is refused', patience, async () => {
    const context = await newVisitor();
    const page = await context.newPage();
    await open(page, 'portal');
    const form = new URL(`${page.url()}/sign-in`);
    const { login, password } = city.account('zhang');
    const other = await context.newPage();
    const answer = await postFromElsewhere(other, form, Object.entries({ login, password }));
    expect([answer?.status(), await pageName(other)]).toEqual([403, 'error']);
    expect(await isSignedIn(context)).toBe(false);
    await context.close();
  });
});

describe.each([
  { title: 'with script', javaScriptEnabled: true, login: 'with-script', phone: '+8613800007001' },
  {
    title: 'without script',
    javaScriptEnabled: false,
    login: 'without-script',
    phone: '+8613800007002',
  },
])('a first authenticator $title', ({ javaScriptEnabled, login, phone }) => {
  it('is set up after a code to the phone; back and reload make sense', patience, async () => {
    const context = await newVisitor({ javaScriptEnabled });
    const page = await context.newPage();
    const pending = await signIn(page, login, 'department');
    expect(await pageName(page)).toBe('contact-code');
    await page.click('#send-code');
    const code = await gateway.codeFor(phone);
    // The code may be there before the page that answers: a reload would meet its navigation.
    await page.waitForSelector('#code');
    await page.reload();
    await page.fill('#code', code);
    const wrong = code.startsWith('9') ? '1' : '9';
    await page.fill('#code', `${wrong}${code.slice(1)}`);
    await page.click('#verify');
    await page.waitForSelector('#code-error');
    expect(await page.title()).toMatch(/^错误：/u);
    expect(await page.getAttribute('#code', 'aria-describedby')).toBe('code-hint code-error');
    await page.fill('#code', code);
    await page.click('#verify');
    expect(await pageName(page)).toBe('totp-enrol');
    const secret = ((await page.textContent('#totp-secret')) ?? '').replaceAll(' ', '');
    await page.reload();
    expect((await page.textContent('#totp-secret'))?.replaceAll(' ', '')).toBe(secret);
    await page.fill('#otp', await generate({ secret }));
    await page.click('#enrol');
    await page.waitForURL(/\/department\/callback/u);
    expect(answerAt(page).get('state')).toBe(pending.state);
    await page.goBack();
    expect(await pageName(page)).toBe('interaction-expired');
    expect(await page.getByRole('link', { name: /返回department/u }).isVisible()).toBe(true);
    await context.close();
  });
});

describe('a password that is due', () => {
  it(
    'is replaced in a page that axe, password managers and readers understand',
    patience,
    async () => {
      const context = await newVisitor();
      const page = await context.newPage();
      await signIn(page, 'must-change');
      expect(await pageName(page)).toBe('new-password');
      expect(await violations(page)).toEqual([]);
      await page.fill('#new-password', 'short');
      await page.fill('#repeat-password', 'short');
      await page.click('#save-password');
      await page.click('.error-summary a');
      expect(await page.evaluate('document.activeElement.id')).toBe('new-password');
      await page.fill('#new-password', 'a river of paper lanterns');
      await page.click('[data-reveals="new-password"]');
      expect(await page.getAttribute('#new-password', 'type')).toBe('text');
      await page.fill('#repeat-password', 'a river of paper lanterns');
      await page.click('#save-password');
      await page.waitForURL(/\/portal\/callback/u);
      expect(answerAt(page).get('code')).toMatch(/./u);
      await context.close();
    },
  );
});
