// Whole journeys on a real process that logs all it can; then no value of a person and no secret that
// went over the wire may stand anywhere in what it wrote.
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { CityBrowser, otpOf, pageName, readForm } from '../support/city-browser.ts';
import { TOTP_SECRET } from '../support/city-accounts.ts';
import type { CityAccount } from '../support/city-accounts.ts';
import type { CityClient } from '../support/city-clients.ts';
import { testDatabase } from '../support/database.ts';
import { startMessageGateway } from '../support/message-gateway.ts';
import type { MessageGateway } from '../support/message-gateway.ts';
import { TokenClient } from '../support/token-client.ts';
import { spellingsOf, TrafficRecorder } from '../support/traffic-recorder.ts';
import { AppProcess } from '../support/app-process.ts';
import { openProcessCity } from './process-city.ts';
import type { ProcessCity } from './process-city.ts';

const { uri } = testDatabase();
const PHONE = '13812345679';
const MAIL = 'zhang.jianguo@example.com';
const NAME = '张建国';
const NUMBER = '440000199003075555';
const [FACTOR, FACTORLESS, OFFLINE] = ['zhang-jianguo', 'li-xiuying', 'wang-guihua'];
const LONG = 300_000;
vi.setConfig({ testTimeout: LONG, hookTimeout: LONG });

const recorder = new TrafficRecorder();
let city: ProcessCity;
let gateway: MessageGateway;
let app: AppProcess;
let tokens: TokenClient;

beforeAll(async () => {
  gateway = await startMessageGateway();
  city = await openProcessCity(uri, {
    people: [
      { login: FACTOR, name: NAME, totpSecret: TOTP_SECRET, fields: { phone: PHONE, email: MAIL } },
      { login: FACTORLESS, fields: { phone: '13812345680' } },
      { login: OFFLINE, fields: { phone: '', email: 'wang.guihua@example.com' } },
    ],
    clients: [
      { client_id: 'portal', scope: 'openid profile phone email offline_access' },
      { client_id: 'department', minimum_level: 3, token_endpoint_auth_method: 'private_key_jwt' },
    ],
  });
  app = new AppProcess(
    city.environment(0, {
      HUTONG_LOG_LEVEL: 'debug',
      ...gateway.environment,
      // Nobody there: deliveries by mail break.
      HUTONG_SMTP_URL: 'smtp://127.0.0.1:1',
    }),
  );
  await app.says('listening');
  tokens = new TokenClient(city.issuer);
  recorder.start();
});
afterAll(async () => {
  recorder.stop();
  await app.stop();
  await gateway.stop();
  await city.close();
});

const client = (id: string) => city.clients.find((each) => each.id === id) as CityClient;
const account = (login: string) =>
  city.accounts.find((each) => each.login === login) as CityAccount;

async function signInByEveryName(): Promise<void> {
  const { password } = account(FACTOR);
  const browser = new CityBrowser(city.issuer);
  const { pending, visit: first } = await browser.request(client('portal'), { login_hint: PHONE });
  let visit = first;
  for (const login of [FACTOR, PHONE, `+86${PHONE}`, MAIL, NUMBER, '张 建国', 'nobody-like-this']) {
    visit = await browser.press(visit, 'sign-in', { login, password: `${password} wrong` });
    expect(pageName(visit)).toBe('sign-in');
  }
  visit = await browser.press(visit, 'sign-in', { login: PHONE, password });
  expect(browser.finish(pending, visit).code).not.toBe('');
}

async function signInAndUseTokens(): Promise<string> {
  const browser = new CityBrowser(city.issuer);
  const { pending, visit } = await browser.request(client('department'));
  const { login, password } = account(FACTOR);
  const factor = await browser.press(visit, 'sign-in', { login, password });
  await browser.press(factor, 'verify', { otp: '000000' });
  const page = await browser.press(factor, 'verify', { otp: await otpOf(account(FACTOR)) });
  const answer = browser.finish(pending, page);
  const { body } = await tokens.redeem(answer);
  const refreshed = await tokens.refresh(client('department'), String(body.refresh_token));
  const accessToken = String(refreshed.body.access_token);
  expect(await tokens.userinfo(accessToken)).toMatchObject({ status: 200 });
  await tokens.introspect(client('department'), accessToken);
  await tokens.refresh(client('department'), 'no-such-refresh-token-4711');
  await tokens.userinfo(`${accessToken}x`);
  await tokens.redeem(answer);
  await tokens.revoke(client('department'), accessToken);
  await browser.open('/account');
  await browser.signOut(client('department'), String(body.id_token));
  return accessToken;
}

async function enrolByMessage(login: string): Promise<void> {
  const browser = new CityBrowser(city.issuer);
  const { visit } = await browser.request(client('department'));
  const page = await browser.press(visit, 'sign-in', { login, password: account(login).password });
  expect(pageName(page)).toBe('contact-code');
  const sent = await browser.press(page, 'send-code');
  await browser.press(sent, 'verify', { code: '111 111' });
  if (login === OFFLINE) return;
  const code = await gateway.codeFor('+8613812345680');
  recorder.keep(code);
  const enrolment = await browser.press(sent, 'verify', { code });
  const secret = /id="totp-secret">([^<]+)</u.exec(enrolment.body)?.[1] ?? '';
  recorder.keep(secret, secret.replaceAll(' ', ''));
  await browser.press(enrolment, 'enrol', { otp: '222222' });
}

/** Requests of programs and visitors that go wrong, each with something in it that tells. */
async function goWrong(accessToken: string): Promise<void> {
  const portal = client('portal');
  const stranger = new CityBrowser(city.issuer);
  await stranger.request(portal, { redirect_uri: `https://evil.example.com/${PHONE}` });
  await stranger.request(portal, {
    scope: `openid ${MAIL}`,
    login_hint: NUMBER,
    claims: `{"${NAME}`,
  });
  await stranger.request(portal, { prompt: 'none', id_token_hint: accessToken });
  await tokens.token({ ...portal, secret: `wrong-${PHONE}` }, { grant_type: NAME, code: NUMBER });
  await tokens.push(portal, { redirect_uri: `https://x.example.com/${PHONE}`, login_hint: PHONE });
  const { visit } = await stranger.request(portal);
  const form = readForm(visit, 'sign-in');
  await stranger.visitor.submit(form.action, { ...form.fields, _csrf: 'forged', login: PHONE });
  const headers = {
    'accept-language': NUMBER,
    authorization: `Bearer ${NUMBER}${PHONE}`,
    cookie: `hutong_session=${NUMBER}; hutong_device=${PHONE}`,
    'content-type': 'application/json',
    origin: `https://${PHONE}.example.com`,
    referer: `${city.issuer}/?phone=${PHONE}`,
    'user-agent': `${MAIL} ${PHONE}`,
    'x-forwarded-for': PHONE,
    'x-request-id': NUMBER,
  };
  const body = JSON.stringify({ phone: PHONE, name: NAME });
  for (const path of ['/', '/oauth2/token', '/oauth2/introspect', '/interaction/x/', '/account/']) {
    const url = `${city.issuer}${path}${encodeURIComponent(NAME)}/${PHONE}?mail=${MAIL}&n=${NUMBER}`;
    await fetch(url, { headers });
    await fetch(url, { method: 'POST', headers, body });
    await fetch(`${city.issuer}${path}`, { method: 'POST', headers, body: `${body}{` });
    await fetch(`${city.issuer}${path}`, { method: 'DELETE', headers });
  }
}

test('hold no value of a person and no secret, in whatever spelling, and name every request', async () => {
  await signInByEveryName();
  const accessToken = await signInAndUseTokens();
  await enrolByMessage(FACTORLESS);
  await enrolByMessage(OFFLINE);
  await goWrong(accessToken);
  await expect
    .poll(() => app.lines.some(({ result }) => result === 'connection_failed'))
    .toBe(true);
  expect(await app.stop()).toBe(0);

  recorder.keep(PHONE, `86${PHONE}`, MAIL, 'jianguo', NAME, '建国', NUMBER, '13812345680');
  recorder.keep(...city.accounts.flatMap(({ login, password }) => [login, password]));
  recorder.keep(...city.clients.flatMap(({ secret }) => secret ?? []), TOTP_SECRET);
  recorder.values.add(NAME).add('建国');
  const log = app.output.join('\n');
  expect(recorder.values.size).toBeGreaterThan(100);
  const found = [...recorder.values].filter((value) =>
    spellingsOf(value).some((spelling) => log.includes(spelling)),
  );
  expect(found).toEqual([]);

  const requests = app.lines.filter(({ msg }) => msg === 'request');
  expect(requests.length).toBeGreaterThan(60);
  for (const line of requests) {
    expect(line).toMatchObject({ requestId: expect.stringMatching(/^\d{16}$/u) });
    expect(line['route']).toMatch(/^[a-z_.]+$/u);
  }
  // What was said in the middle of a request leads to it.
  const inside = app.lines.filter(({ msg }) => msg === 'request failed');
  const known = new Set(requests.map(({ requestId }) => requestId));
  expect(inside.length).toBeGreaterThan(0);
  expect(inside.every(({ requestId }) => known.has(requestId))).toBe(true);
});
