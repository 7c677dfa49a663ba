// The administration of peers over HTTP, on two processes: who is let in to which page, that nothing typed
// is lost and no secret shown, and a peer's way into use and, by the kill switch, out of it everywhere.
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { AccountRoles } from '../../src/accounts/account-role-store.ts';
import { PeerStore } from '../../src/peers/peer-store.ts';
import { visitAccountCentre } from '../support/account-visitor.ts';
import { TOTP_SECRET } from '../support/city-accounts.ts';
import { CityBrowser, pageName, readForm } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { HttpVisitor } from '../support/http-visitor.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { samplePeer, savePeer } from '../support/peer-samples.ts';

const { uri } = migratedDatabase();
vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

const SECRET = 'what only the province knows';
const PEER = '/admin/peers/province';
const STEPS = ['approve', 'activate', 'suspend', 'resume', 'remove'];
const FORMS = [
  '/admin/peers/new',
  ...['change', 'test', ...STEPS].map((page) => `${PEER}/${page}`),
];
let city: CityNode;
let province: Server;
let issuer: string;
let peers: PeerStore;
let system: CityBrowser;
let security: CityBrowser;
let auditor: CityBrowser;

beforeAll(async () => {
  province = createServer(({ url }, response) => {
    const discovery = { issuer, jwks_uri: `${issuer}/keys` };
    const keys = { keys: [{ kty: 'EC', crv: 'P-256', kid: 'k1', x: 'x', y: 'y' }] };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(url === '/keys' ? keys : discovery));
  });
  await new Promise<void>((resolve) => province.listen(0, '127.0.0.1', resolve));
  issuer = `http://localhost:${(province.address() as AddressInfo).port}`;
  const logins = ['system', 'security', 'auditor', 'clerk'];
  city = await startCityNode({
    mongodbUri: uri,
    hasSecondProcess: true,
    clients: [{ client_id: 'city-b' }],
    accounts: logins.map((login) => ({ login, kind: 'civilServant', totpSecret: TOTP_SECRET })),
  });
  peers = new PeerStore(city.storage);
  const powers = [
    ['system', 'systemAdministrator'],
    ['security', 'securityAdministrator'],
    ['auditor', 'auditAdministrator'],
  ] as const;
  for (const [login, role] of powers) {
    const { id } = city.account(login);
    await new AccountRoles(city.storage).change(id, { role, isGranted: true });
  }
  // Once each: an authenticator's code works once.
  const at = async (login: string) =>
    (await visitAccountCentre(city, login, '/admin/peers')).browser;
  [system, security, auditor] = [await at('system'), await at('security'), await at('auditor')];
});

afterAll(async () => {
  await city.stop();
  await new Promise((resolve) => province.close(resolve));
});

beforeEach(() => city.storage.database.collection('peers').deleteMany({}));

const ours = () => ({ issuer });
const state = async () => (await peers.find('province'))?.peer.state;
const save = (of: Parameters<typeof savePeer>[1] = {}) =>
  savePeer(city.storage, { ...of, registration: { ...ours(), ...of.registration } });
const refusals = (login: string) =>
  city.storage.database
    .collection('auditRecords')
    .countDocuments({ type: 'peers.refused', actor: city.account(login).id });

describe('who is let in', () => {
  it('nobody without a power, and nobody who is not signed in', async () => {
    await save();
    const { browser, visit } = await visitAccountCentre(city, 'clerk', '/admin/peers');
    expect([visit.status, pageName(visit)]).toEqual([403, 'admin-not-administrator']);
    const { fields: token } = readForm(await browser.open('/account'), 'sign-out');
    for (const path of ['/admin/peers', PEER, ...FORMS]) {
      expect((await browser.open(path)).status).toBe(403);
      expect(pageName(await new CityBrowser(city.issuer).open(path))).toBe('sign-in');
    }
    const fields = { revision: '1', kind: 'look', reason: 'because' };
    for (const path of FORMS) {
      const url = new URL(path, city.issuer);
      expect((await browser.visitor.submit(url, { ...token, ...fields })).status).toBe(403);
      expect((await new HttpVisitor().submit(url, fields)).status).toBe(400);
    }
    expect(await state()).toBe('active');
    expect(await refusals('clerk')).toBeGreaterThan(0);
  });

  it('the audit administrator reads, and does nothing', async () => {
    await save({ secrets: { clientSecret: SECRET } });
    const list = await auditor.open('/admin/peers');
    expect(list.body).toContain('省统一身份认证平台');
    expect(list.body).not.toContain('id="join"');
    const shown = await auditor.open(PEER);
    expect(shown.status).toBe(200);
    expect(shown.body).not.toMatch(/id="(?:change|test|suspend|approve)"/u);
    const { fields: token } = readForm(list, 'sign-out');
    for (const path of FORMS) {
      expect([path, (await auditor.open(path)).status]).toEqual([path, 403]);
      const url = new URL(path, city.issuer);
      const fields = { ...token, revision: '1', kind: 'look', reason: 'because' };
      expect((await auditor.visitor.submit(url, fields)).status).toBe(403);
    }
    expect(await state()).toBe('active');
  });

  it('each of the two powers to its own steps', async () => {
    await save({ state: 'tested' });
    const allowed = async (browser: CityBrowser) => {
      const found = await Promise.all(FORMS.map((path) => browser.open(path)));
      return FORMS.filter((_, index) => found[index]?.status === 200);
    };
    expect(await allowed(system)).toEqual([
      '/admin/peers/new',
      ...['change', 'test', 'activate', 'suspend', 'remove'].map((page) => `${PEER}/${page}`),
    ]);
    expect(await allowed(security)).toEqual(
      ['test', 'approve', 'suspend', 'resume'].map((page) => `${PEER}/${page}`),
    );
    expect((await system.open('/admin/peers/nowhere')).status).toBe(404);
  });
});

describe('a form', () => {
  const registration = (more: object = {}) =>
    JSON.stringify({ ...samplePeer(ours()), ...more }, null, 2);

  it('with problems tells them all and keeps what was typed, but never shows a secret', async () => {
    const page = await system.open('/admin/peers/new');
    const typed = registration({ levelCap: 9, certificateTypeMap: { '10': '112' } });
    const fields = { registration: typed, client_secret: SECRET };
    const wrong = await system.press(page, 'save', fields);
    expect([wrong.status, pageName(wrong)]).toEqual([422, 'admin-peer-form']);
    expect(wrong.body).toContain('有 2 处要改正');
    expect(wrong.body).toContain('certificateTypeMap.10');
    expect(wrong.body).toContain('&quot;levelCap&quot;: 9');
    expect(wrong.body).not.toContain(SECRET);
    const texts = ['{', '[]', registration({ clientSecret: 'x' }), '{"id":"a","id":"b"}'];
    for (const text of texts) {
      const refused = await system.press(page, 'save', { registration: text });
      expect(refused.status).toBe(422);
    }
    expect(await peers.list()).toEqual([]);
  });

  it('that somebody overtook shows both, and saves over it only when it is sent again', async () => {
    await save();
    const page = await system.open(`${PEER}/change`);
    await save({ registration: { levelCap: 1 } });
    const typed = registration({ levelCap: 2 });
    const conflict = await system.press(page, 'save', { registration: typed });
    expect([conflict.status, pageName(conflict)]).toEqual([409, 'admin-peer-form']);
    expect(conflict.body).toContain('&quot;levelCap&quot;: 1');
    expect(conflict.body).toContain('&quot;levelCap&quot;: 2');
    expect((await peers.find('province'))?.peer.levelCap).toBe(1);
    await system.press(conflict, 'save', { registration: typed });
    expect((await peers.find('province'))?.peer).toMatchObject({ levelCap: 2, state: 'draft' });
  });

  it('of a sign-in that is too old changes nothing and keeps what was typed', async () => {
    await save();
    const page = await system.open(`${PEER}/suspend`);
    const { action, fields } = readForm(page, 'do-step');
    const send = () =>
      system.visitor.submit(action, { ...fields, reason: 'two\u2028lines' }, city.issuer);
    // The clock of one process; requests go to both in turn.
    city.clock.advance(890);
    await system.open('/admin/peers');
    await system.open('/admin/peers');
    city.clock.advance(100);
    const answers = [await send(), await send()];
    city.clock.advance(-990);
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([401, 422]);
    expect(answers.every(({ body }) => body.includes('two'))).toBe(true);
    expect(await state()).toBe('active');
  });
});

describe('a peer', () => {
  it('comes into use by two officers and both tests, with nothing of its secret on any page', async () => {
    const join = await system.open('/admin/peers/new');
    const registration = JSON.stringify(samplePeer(ours()));
    const joined = await system.press(join, 'save', { registration, client_secret: SECRET });
    expect(pageName(joined)).toBe('admin-peer');
    expect((await peers.find('province'))?.secrets).toEqual({ clientSecret: SECRET });
    expect((await system.open(`${PEER}/change`)).body).toContain('已存有');
    const test = await system.open(`${PEER}/test`);
    const sample = JSON.stringify({ sub: 'p-1', name: '王示例', acr: 'L3', extra: 1 });
    const run = await system.press(test, 'do-dry-run', { sample });
    expect(run.status).toBe(200);
    expect(run.body).toMatch(/王\*[\s\S]*4 → <strong>3<\/strong>[\s\S]*extra/u);
    expect(await state()).toBe('tested');
    const looked = await system.press(await system.open(`${PEER}/test`), 'do-look');
    expect([looked.status, looked.body.includes('能访问')]).toEqual([200, true]);
    await security.press(await security.open(`${PEER}/approve`), 'do-step');
    const active = await system.press(await system.open(`${PEER}/activate`), 'do-step');
    expect(active.body).toContain('已启用');
    expect(await state()).toBe('active');
    const pages = ['/admin/peers', PEER, `${PEER}/change`, `${PEER}/test`, `${PEER}/suspend`];
    for (const path of pages) expect((await system.open(path)).body).not.toContain(SECRET);
    const records = await city.storage.database.collection('auditRecords').find().toArray();
    expect(JSON.stringify(records)).not.toMatch(new RegExp(`${SECRET}|王示例`, 'u'));
  });

  it('that fails its test, and one whose page is old, go no further', async () => {
    await save({ state: 'draft', registration: { issuer: `${issuer}/other` } });
    const test = await system.open(`${PEER}/test`);
    const looked = await system.press(test, 'do-look');
    expect([looked.status, looked.body.includes('与登记的不符')]).toEqual([422, true]);
    const run = await system.press(test, 'do-dry-run', { sample: '{"name":"王示例"}' });
    expect(run.status).toBe(422);
    expect(await state()).toBe('draft');
    await save({ state: 'tested' });
    const approve = await security.open(`${PEER}/approve`);
    await save({ state: 'tested', registration: { levelCap: 4 } });
    const old = await security.press(approve, 'do-step');
    expect([old.status, pageName(old)]).toEqual([409, 'admin-refused']);
    expect(await state()).toBe('tested');
  });

  it('that takes people from us gets nobody while it is suspended, by neither process', async () => {
    await save({ registration: { roles: ['downstream'], clients: ['city-b'] } });
    const answers = async () => {
      const asked = [1, 2].map(() => new CityBrowser(city.issuer).request(city.client('city-b')));
      return (await Promise.all(asked)).map(({ visit }) => pageName(visit));
    };
    await expect.poll(answers, { timeout: 5000 }).toEqual(['sign-in', 'sign-in']);
    await security.press(await security.open(`${PEER}/suspend`), 'do-step', { reason: '演练' });
    await expect.poll(answers, { timeout: 5000 }).toEqual(['error', 'error']);
    await security.press(await security.open(`${PEER}/resume`), 'do-step');
    await expect.poll(answers, { timeout: 5000 }).toEqual(['sign-in', 'sign-in']);
  });

  it('that is suspended is offered by neither process any more, and again once it is resumed', async () => {
    await save();
    /** The sign-in pages of both processes. */
    const offers = async () => {
      const pages = [1, 2].map(() => new CityBrowser(city.issuer).open('/account'));
      return (await Promise.all(pages)).map(({ body }) => body.includes('id="by-province"'));
    };
    await expect.poll(offers, { timeout: 5000 }).toEqual([true, true]);
    const suspend = await security.open(`${PEER}/suspend`);
    const unsaid = await security.press(suspend, 'do-step', { reason: ' ' });
    expect(unsaid.status).toBe(422);
    await security.press(suspend, 'do-step', { reason: '演练' });
    expect(await state()).toBe('suspended');
    await expect.poll(offers, { timeout: 5000 }).toEqual([false, false]);
    expect((await security.open(PEER)).body).toContain('演练');
    await security.press(await security.open(`${PEER}/resume`), 'do-step');
    await expect.poll(offers, { timeout: 5000 }).toEqual([true, true]);
  });
});
