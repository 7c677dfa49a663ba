// Attacks upon sign-in through another platform, with two browsers: whose answer it is, what it says, where it
// leads, and what a stranger learns.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { CityBrowser, pageName, readForm } from '../support/city-browser.ts';
import { federatedCity, person, upstreamHref } from '../support/federated-city.ts';
import type { Arriving } from '../support/federated-city.ts';
import { nextAddress } from '../support/http-visitor.ts';
import type { Visit } from '../support/http-visitor.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { savePeer } from '../support/peer-samples.ts';

const KNOWN = '440000199003070024';
const FREE = '440000198001010031';
const RACES = 4;
const unverified = (number: string) => person('打探人', number, 1);
const nameless = (names: string[]) => Object.fromEntries(names.map((name) => [name, {}]));
const racers = Array.from({ length: RACES }, (_, index) => `racer-${index}`);

const own = federatedCity(migratedDatabase().uri, {
  claims: {
    'asks-known': unverified(KNOWN),
    'asks-free': unverified(FREE),
    ...nameless(['victim', 'wanted', 'linked', 'attacker', 'kept', 'mixed', ...racers]),
  },
  clients: [{ client_id: 'portal', scope: 'openid profile real_name' }],
  accounts: [
    { login: 'holder', name: '在册人', level: 3, fields: { certificate_number: KNOWN } },
    { login: 'mallory', level: 1, fields: { must_change_password: 'false' } },
    { login: 'owner', level: 1, fields: { must_change_password: 'false' } },
    { login: 'linked', level: 1, fields: { must_change_password: 'false' } },
  ],
});

const arrive = async (as: string, level = 1): Promise<Arriving> =>
  own.viaProvince(await own.begin('portal'), as, level);
const linkOf = (subject: string) => own.links.findLive({ issuer: own.province.issuer, subject });
const accounts = () => own.node.storage.database.collection('accounts').countDocuments({});
const uidOf = ({ page }: Arriving) => /interaction\/([\w-]+)/u.exec(page.url)?.[1] ?? '';

async function centre(login: string): Promise<CityBrowser> {
  const browser = new CityBrowser(own.node.issuer);
  await browser.walk(await browser.open('/account/links'), own.node.account(login));
  return browser;
}

/** As far as the question whether it is to be linked. */
async function toLink(browser: CityBrowser, as: string): Promise<Visit> {
  own.province.decision = { accountId: as, level: 1 };
  const out = await browser.open('/account/links/add/province');
  const visit = await browser.visitor.visit(
    nextAddress(out) ?? '',
    (next) => next.origin === own.node.issuer,
  );
  return browser.open(nextAddress(visit) ?? '');
}

describe('an answer', () => {
  test('of one platform counts for no other, nor under another name', async () => {
    const registration = { id: 'other', issuer: 'http://localhost:9' };
    await savePeer(own.node.storage, { registration });
    const begun = await own.begin('portal');
    const back = await own.toReturn(begun, 'mixed');
    const elsewhere = new URL(back);
    elsewhere.pathname = '/federation/return/other';
    const refused = await begun.browser.open(elsewhere);
    expect([refused.status, pageName(refused)]).toEqual([400, 'interaction-expired']);
    const renamed = new URL(back);
    expect(renamed.searchParams.get('iss')).toBe(own.province.issuer);
    renamed.searchParams.set('iss', 'http://localhost:9');
    const stopped = await begun.browser.open(renamed);
    expect([stopped.status, pageName(stopped)]).toEqual([502, 'federation-stopped']);
    expect(pageName(await begun.browser.open(back))).toBe('federation-stopped');
    expect(await linkOf('mixed')).toBeUndefined();
  });

  test('is taken up in no other interaction, and its page answers no other browser', async () => {
    const victim = await own.begin('portal');
    const attacker = await arrive('attacker');
    expect(pageName(attacker.page)).toBe('federation-arrival');
    const onward = await victim.browser.visitor.request(await own.toReturn(victim, 'victim'));
    const { search } = nextAddress(onward) ?? new URL(own.node.issuer);
    const before = await accounts();
    const elsewhere = await attacker.browser.open(
      `/interaction/${uidOf(attacker)}/arrived${search}`,
    );
    expect([elsewhere.status, pageName(elsewhere)]).toEqual([410, 'federation-stopped']);
    // Not used up by it: whoever began it goes on.
    const page = await victim.browser.open(`/interaction/${uidOf(victim)}/arrived${search}`);
    expect(pageName(page)).toBe('federation-arrival');
    const { fields } = readForm(attacker.page, 'create');
    for (const step of ['create', 'prove', 'decline']) {
      const address = `${own.node.issuer}/interaction/${uidOf(victim)}/arrival/${step}`;
      const answer = await attacker.browser.visitor.submit(address, fields);
      expect([answer.status, pageName(answer)]).not.toContain('federation-arrival');
      expect(answer.status).toBeGreaterThanOrEqual(400);
    }
    expect([await accounts(), await linkOf('victim')]).toEqual([before, undefined]);
    expect(pageName(await victim.browser.press(page, 'create'))).not.toBe('federation-stopped');
    expect(await linkOf('victim')).toBeDefined();
  });

  test('in the account centre is bound to no other account, whoever sends its form', async () => {
    const owner = await centre('owner');
    const confirm = await toLink(owner, 'wanted');
    const mallory = await centre('mallory');
    const { state = '' } = readForm(confirm, 'bind').fields;
    const theirs = await toLink(mallory, 'attacker');
    expect(pageName(theirs)).toBe('federation-confirm-link');
    const refused = await mallory.press(theirs, 'bind', { state });
    expect(pageName(refused)).not.toBe('federation-confirm-link');
    expect(await linkOf('wanted')).toBeUndefined();
    expect(await own.links.listByAccount(own.node.account('mallory').id)).toEqual([]);
    await owner.press(confirm, 'bind');
    expect((await linkOf('wanted'))?.accountId).toBe(own.node.account('owner').id);
  });
});

describe('a page of another site', () => {
  test('links nothing and takes no link away', async () => {
    const owner = await centre('linked');
    await owner.press(await toLink(owner, 'linked'), 'bind');
    const page = await owner.open('/account/links');
    const link = await linkOf('linked');
    expect(link?.accountId).toBe(own.node.account('linked').id);
    const { action, fields } = readForm(page, 'remove-0');
    const { _csrf: _token, ...without } = fields;
    const { visitor } = owner;
    // Of a browser that does not say where a request began.
    const silent = (body: Record<string, string>) =>
      visitor.request(action, { method: 'POST', body: new URLSearchParams(body) });
    const bind = `${own.node.issuer}/account/links/bind`;
    const answers = [
      await visitor.submit(action, fields, 'https://evil.example'),
      await visitor.submit(bind, { ...fields, state: 'x' }, 'https://evil.example'),
      await visitor.submit(`${own.node.issuer}/federation/sign-out`, {}, 'https://evil.example'),
      await silent(without),
      await silent({ ...fields, _csrf: 'guessed' }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403]);
    expect(await linkOf('linked')).toMatchObject({ id: link?.id, state: 'active' });
    expect(pageName(await owner.open('/account/links'))).toBe('federation-links');
  });

  test('frames none of ours, and is sent nobody', async () => {
    const { page, browser } = await arrive('kept');
    const begun = await own.begin('portal');
    const onward = await begun.browser.visitor.request(await own.toReturn(begun, 'kept'));
    const links = await (await centre('owner')).open('/account/links');
    for (const { headers } of [page, onward, links]) {
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      expect(headers.get('referrer-policy')).toMatch(/no-referrer|same-origin/u);
      expect(headers.get('cache-control')).toContain('no-store');
    }
    for (const state of ['https://evil.example/', '//evil.example', 'javascript:alert(1)']) {
      const query = new URLSearchParams({ state }).toString();
      const signedOut = await browser.visitor.request(
        `${own.node.issuer}/federation/signed-out?${query}`,
      );
      expect(nextAddress(signedOut)?.href).toBe(`${own.node.issuer}/oauth2/logout`);
      const hinted = await own.begin('portal', { parameters: { idp_hint: state } });
      expect(pageName(hinted.page)).toBe('sign-in');
      expect(new URL(hinted.page.url).origin).toBe(own.node.issuer);
    }
  });
});

test('whoever states a number that nobody has verified learns nothing of who has it here', async () => {
  const seen = async (as: string) => {
    const at = await arrive(as);
    const text = at.page.body.replaceAll(/<[^>]*>/gu, '').replaceAll(/\d+/gu, '0');
    return { at, text, ids: at.page.body.match(/ id="[^"]+"/gu) };
  };
  const [known, free] = [await seen('asks-known'), await seen('asks-free')];
  expect(pageName(known.at.page)).toBe('federation-arrival');
  expect([known.text, known.ids]).toEqual([free.text, free.ids]);
  const made = await known.at.browser.press(known.at.page, 'create');
  expect(made.status).toBeLessThan(400);
  const link = await linkOf('asks-known');
  const account = await own.node.accountStore.findById(link?.accountId ?? '');
  expect([account?.realNameLevel, account?.certificate]).toEqual([1, undefined]);
  expect(account?.id).not.toBe(own.node.account('holder').id);
});

test('what is no name of a platform and no state asks the database for nothing', async () => {
  const browser = await centre('mallory');
  const before = await accounts();
  const addresses = [
    '/federation/return/province?state[$ne]=x&code=y',
    '/federation/return/province?state=a&state=b&code=y',
    '/federation/return/%7B%22$ne%22:null%7D?state=x',
    '/federation/return/__proto__?state=x',
    '/account/links/add/$ne',
    '/account/links/arrived?state[$ne]=x&answer[$ne]=x',
    '/account/links/arrived?state=x&answer=x',
  ];
  for (const address of addresses) {
    const { status } = await browser.visitor.request(`${own.node.issuer}${address}`);
    expect([address, status >= 400 && status < 500]).toEqual([address, true]);
  }
  const sent = async (path: string, body: string, type: string) => {
    const headers = { 'content-type': type };
    return (await fetch(`${own.node.issuer}${path}`, { method: 'POST', headers, body })).status;
  };
  const form = 'application/x-www-form-urlencoded';
  const logout = '/federation/backchannel-logout';
  expect(
    [
      await sent(`${logout}/province`, 'logout_token[$ne]=x', form),
      await sent(`${logout}/province`, '{"logout_token":{"$ne":null}}', 'application/json'),
      await sent(`${logout}/%7B%22$gt%22:%22%22%7D`, 'logout_token=x', form),
      await sent('/federation/events/%7B%22$gt%22:%22%22%7D', 'x.y.z', 'application/secevent+jwt'),
    ].filter((status) => status < 400 || status >= 500),
  ).toEqual([]);
  expect(await accounts()).toBe(before);
});

test('a platform leads us to no address that the operator has not allowed', async () => {
  let hits = 0;
  const inside = createServer((_request, response) => {
    hits += 1;
    response.end('{}');
  });
  await new Promise<void>((resolve) => inside.listen(0, '0.0.0.0', resolve));
  const address = `http://0.0.0.0:${(inside.address() as AddressInfo).port}`;
  const connection = {
    protocol: 'oidc',
    clientId: 'city',
    addresses: { discovery: `${address}/latest/meta-data` },
    settings: {},
  } as const;
  await savePeer(own.node.storage, {
    registration: { id: 'leading', issuer: 'http://localhost:8', connection },
    secrets: { clientSecret: 'a secret' },
  });
  await expect.poll(async () => (await own.begin('portal')).page.body).toContain('by-leading');
  const { browser, page } = await own.begin('portal');
  const stopped = await browser.open(upstreamHref(page, 'leading'));
  expect([stopped.status, pageName(stopped)]).toEqual([503, 'federation-stopped']);
  expect(stopped.body).not.toContain('0.0.0.0');
  expect(hits).toBe(0);
  await new Promise((resolve) => inside.close(resolve));
});

test('who is taken over at the moment of a suspension stays signed in nowhere', async () => {
  const arrivals: Arriving[] = [];
  for (const as of racers) arrivals.push(await arrive(as));
  const takeOver = async ({ browser, page }: Arriving) => {
    const made = await browser.press(page, 'create');
    if (pageName(made) === 'agree') await browser.press(made, 'agree-on', { agree: 'yes' });
  };
  const [early, ...others] = arrivals;
  if (early) await takeOver(early);
  expect(await linkOf(racers[0] ?? '')).toBeDefined();
  await Promise.all([own.setPeer({ state: 'suspended' }), ...others.map(takeOver)]);
  const { database } = own.node.storage;
  const made = (await Promise.all(racers.map(linkOf))).map((link) => link?.accountId ?? '');
  const live = { accountId: { $in: made }, endedAt: null };
  await expect.poll(() => database.collection('sessions').countDocuments(live)).toBe(0);
  const standing = { accountId: { $in: made }, endedAt: { $exists: false } };
  await expect.poll(() => database.collection('upstreamSignIns').countDocuments(standing)).toBe(0);
  for (const { browser } of arrivals) {
    expect(pageName((await own.begin('portal', { browser })).page)).toBe('sign-in');
  }
});
