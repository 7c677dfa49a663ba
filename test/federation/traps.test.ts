// The traps of federation with provinces, by number. Those of what a province writes: traps-of-values.test.ts;
// docs/federation.md lists all of them with the test that proves them.
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { SealStore } from '../../src/audit/seal-store.ts';
import { verifyAudit } from '../../src/audit/verify-audit.ts';
import { idleSeconds } from '../../src/oidc/lifetimes.ts';
import { choose, company, mandatesOf, offered, usccOf } from '../support/acting-city.ts';
import { pageName } from '../support/city-browser.ts';
import { chooseThere, startTestDialects } from '../support/dialects.ts';
import type { TestDialects } from '../support/dialects.ts';
import { federatedCity, person, upstreamHref } from '../support/federated-city.ts';
import type { Arriving } from '../support/federated-city.ts';
import { nextAddress } from '../support/http-visitor.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { savePeer } from '../support/peer-samples.ts';
import { TokenClient } from '../support/token-client.ts';

const WANG = { name: '王演示', number: '44000019850615003X' };

const own = federatedCity(migratedDatabase().uri, {
  claims: { wang: person(WANG.name, WANG.number, 2) },
  clients: [
    { client_id: 'portal', scope: 'openid profile real_name' },
    {
      client_id: 'hall',
      scope: 'openid profile legal_entity',
      subjects: ['naturalPerson', 'legalEntity'],
    },
  ],
  accounts: [
    { login: 'wang', name: WANG.name, level: 2, fields: { certificate_number: WANG.number } },
    {
      login: 'liceshi',
      name: '李测试',
      level: 3,
      fields: { certificate_number: '440000199003070024' },
    },
    { login: 'first', level: 1, fields: { must_change_password: 'false' } },
    { login: 'second', level: 1, fields: { must_change_password: 'false' } },
    company(1),
    company(2),
  ],
});

const GUANGDONG = 'guangdong';
let dialects: TestDialects;

beforeAll(async () => {
  dialects = await startTestDialects([own.node.issuer]);
  const { peer, secrets } = dialects.peer('tif');
  const registration = { ...peer, id: GUANGDONG, kind: 'trustSource' as const };
  await savePeer(own.node.storage, { registration, secrets });
  await vi.waitFor(async () => upstreamHref((await own.begin('portal')).page, GUANGDONG), 10_000);
  return () => dialects.stop();
});

/** Out to Guangdong's platform; the address that it sends the browser back to. */
async function returnFrom({ browser, page }: Arriving, subject: string): Promise<URL> {
  const out = await browser.open(upstreamHref(page, GUANGDONG));
  const there = nextAddress(out);
  if (!there) throw new Error(`not sent to Guangdong but ${out.status}`);
  return chooseThere(there, subject);
}

async function arrive(subject: string, parameters = {}, client = 'portal'): Promise<Arriving> {
  const at = await own.begin(client, { parameters });
  return { ...at, page: await at.browser.open(await returnFrom(at, subject)) };
}

const arriveFromProvince = async () => own.viaProvince(await own.begin('portal'), 'wang', 2);

async function tokensOf({ browser, pending, page }: Arriving) {
  let visit = page;
  if (pageName(visit) === 'agree') visit = await browser.press(visit, 'agree-on', { agree: 'yes' });
  const answer = browser.finish(pending, await browser.walk(visit, undefined));
  const { body } = await new TokenClient(own.node.issuer).redeem(answer);
  const payload = String(body['id_token']).split('.')[1] ?? '';
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as unknown;
  return {
    claims: claims as Record<string, unknown>,
    accessToken: String(body['access_token']),
  };
}

const tokenOf = async (at: Arriving) => (await tokensOf(at)).claims;

/** Proves an account here and agrees to the link. */
async function bind(at: Arriving, login: string): Promise<Arriving> {
  const signIn = await at.browser.press(at.page, 'prove');
  const binding = await at.browser.walk(signIn, own.node.account(login));
  expect(pageName(binding)).toBe('federation-bind');
  return { ...at, page: await at.browser.press(binding, 'bind') };
}

let linked: Promise<unknown> | undefined;
/** 王演示 proves the account here and links it to Guangdong, once. */
function linkedToGuangdong(): Promise<unknown> {
  linked ??= arrive('person-0').then(async (at) => tokenOf(await bind(at, 'wang')));
  return linked;
}

describe('who comes from a province and acts for organisations', () => {
  const HALL = { scope: 'openid profile legal_entity' };

  /** Mandates of 王演示, as the register or their leaders give them. */
  const appoint = async (number: number) => {
    const mandates = mandatesOf(own.node);
    const [holder, entity] = [own.node.account('wang'), own.node.account(`company-${number}`)];
    const mandate = await mandates.appoint(holder, entity, { role: 'handler' });
    return { id: mandate.id, end: () => mandates.end(mandate, 'removed') };
  };
  const actAs = async (at: Arriving, identity: string) =>
    tokensOf({ ...at, page: await choose(at.browser, at.page, identity) });
  const anew = async ({ browser }: Arriving) =>
    own.begin('hall', { browser, parameters: { ...HALL, prompt: 'choose_identity' } });

  test('9 with several companies is each of them in turn, as chosen, and never two', async () => {
    await linkedToGuangdong();
    const [one, other] = [await appoint(1), await appoint(2)];
    const at = await arrive('person-0', HALL, 'hall');
    expect(offered(at.page).toSorted()).toEqual(['self', one.id, other.id].toSorted());
    const first = await actAs(at, one.id);
    expect(first.claims['acting_as']).toMatchObject({ uscc: usccOf(1) });
    const second = await actAs(await anew(at), other.id);
    expect(second.claims['acting_as']).toMatchObject({ uscc: usccOf(2) });
    expect((await actAs(await anew(at), 'self')).claims).not.toHaveProperty('acting_as');
    for (const mandate of [one, other]) await mandate.end();
  });

  test('10 and is removed while the session is open acts for it no more, and stays himself', async () => {
    await linkedToGuangdong();
    const mandate = await appoint(1);
    const at = await arrive('person-0', HALL, 'hall');
    const acting = await actAs(at, mandate.id);
    const tokens = new TokenClient(own.node.issuer);
    expect((await tokens.userinfo(acting.accessToken)).status).toBe(200);
    await mandate.end();
    expect((await tokens.userinfo(acting.accessToken)).status).toBe(401);
    const { page } = await anew(at);
    expect(offered(page)).toEqual(['self']);
  });
});

describe('who comes from a province', () => {
  test('3 at a higher level than is asked for is not refused', async () => {
    const at = await arrive('person-2', { acr_values: 'urn:hutong:level:2' });
    const claims = await tokenOf({ ...at, page: await at.browser.press(at.page, 'create') });
    expect(claims).toMatchObject({ real_name_level: 4, acr: 'urn:hutong:level:2' });
  });

  test('8 under the number of somebody with another name opens nothing, and is looked at', async () => {
    const { page } = await arrive('person-1');
    expect(page.body).toContain('核实');
    const links = await own.links.listByAccount(own.node.account('liceshi').id);
    expect(links).toMatchObject([{ state: 'frozen', conflict: 'name_differs' }]);
  });

  test('12 while it is down reads so, signs in here, and has lost no level', async () => {
    await linkedToGuangdong();
    const before = await own.node.accountStore.findById(own.node.account('wang').id);
    await dialects.setFault('tif', 'down');
    const at = await arrive('person-0');
    await dialects.setFault('tif', 'none');
    expect(pageName(at.page)).toBe('federation-stopped');
    expect(at.page.body).toContain('现在没有回应');
    const signIn = await at.browser.open(
      /href="([^"]+)" id="local"/u.exec(at.page.body)?.[1] ?? '',
    );
    const done = await at.browser.walk(signIn, own.node.account('wang'));
    const claims = await tokenOf({ ...at, page: done });
    expect(claims).toMatchObject({ amr: ['pwd'], real_name_level: before?.realNameLevel });
  });

  test('13 with a code that was used is told so, also where the province would take it again', async () => {
    await linkedToGuangdong();
    await dialects.setFault('tif', 'replayAllowed');
    const at = await own.begin('portal');
    const back = await returnFrom(at, 'person-0');
    await tokenOf({ ...at, page: await at.browser.open(back) });
    const again = await at.browser.open(back);
    expect(nextAddress(again)?.searchParams.get('code') ?? '').toBe('');
    await dialects.setFault('tif', 'none');
    const next = await own.begin('portal');
    const fresh = await returnFrom(next, 'person-0');
    fresh.searchParams.set('code', back.searchParams.get('code') ?? '');
    const stopped = await next.browser.open(fresh);
    expect(stopped.body).toContain('已经用过或已过期');
  });

  test('16 of two provinces that say different levels, the lower takes nothing from the higher', async () => {
    await linkedToGuangdong();
    const { id } = own.node.account('wang');
    const level = async () => (await own.node.accountStore.findById(id))?.realNameLevel;
    expect(await level()).toBe(3);
    await tokenOf(await bind(await arriveFromProvince(), 'wang'));
    expect(await tokenOf(await arriveFromProvince())).toMatchObject({ real_name_level: 3 });
    const links = await own.links.listByAccount(id);
    expect(new Set(links.map(({ level: stated }) => stated))).toEqual(new Set([2, 3]));
    expect(await level()).toBe(3);
  });

  test('17 and does not agree to what is taken over leaves nothing here', async () => {
    const { database } = own.node.storage;
    const places = ['accounts', 'federatedLinks', 'upstreamSignIns', 'upstreamIdentityCopies'];
    const kept = () =>
      Promise.all(places.map((name) => database.collection(name).countDocuments()));
    const before = await kept();
    const { browser, page } = await arrive('person-5');
    expect(pageName(page)).toBe('federation-arrival');
    const declined = await browser.press(page, 'decline');
    expect(pageName(declined)).toBe('sign-in');
    expect(await kept()).toEqual(before);
    const again = await arrive('person-5');
    await tokenOf({ ...again, page: await again.browser.press(again.page, 'create') });
    const [accounts = 0, links = 0] = before;
    expect(await kept()).toMatchObject([accounts + 1, links + 1, expect.anything(), 0]);
  });

  test('18 and is bound here already is bound to nobody else: frozen, and looked at', async () => {
    const [one, other] = [await arrive('person-3'), await arrive('person-3')];
    await tokenOf(await bind(one, 'first'));
    const refused = await bind(other, 'second');
    expect(refused.page.status).toBe(422);
    const linksOf = (login: string) => own.links.listByAccount(own.node.account(login).id);
    expect(await linksOf('first')).toMatchObject([{ state: 'frozen' }]);
    expect(await linksOf('second')).toEqual([]);
  });
});

test('20 a row of the records that is altered afterwards is named', async () => {
  await linkedToGuangdong();
  const { database } = own.node.storage;
  const records = database.collection<{ _id: string; level?: number }>('auditRecords');
  const row = await records.findOne({ type: 'federation.linked' });
  await expect.poll(() => records.countDocuments({ seal: null })).toBe(0);
  const verdict = () =>
    verifyAudit(
      { ...own.node.storage, seals: new SealStore(database) },
      { anchorFiles: [], onProgress: () => undefined },
    );
  expect((await verdict()).finding).toBeUndefined();
  await records.updateOne({ _id: row?._id ?? '' }, { $set: { level: 4 } });
  expect((await verdict()).finding).toMatchObject({ recordId: row?._id });
  await records.updateOne({ _id: row?._id ?? '' }, { $set: { level: row?.level ?? 0 } });
});

test('14 a terminal that is left open is nobody’s half an hour later', async () => {
  await linkedToGuangdong();
  const at = await arrive('person-0');
  await tokensOf(at);
  const known = await own.begin('portal', { browser: at.browser });
  expect(nextAddress(known.page)?.searchParams.has('code')).toBe(true);
  own.node.clock.advance(idleSeconds.naturalPerson + 61);
  const left = await own.begin('portal', { browser: at.browser });
  expect(pageName(left.page)).toBe('sign-in');
  expect(left.page.body).not.toContain('王');
  const account = await at.browser.open('/account');
  expect(pageName(account)).toBe('sign-in');
});

test('every trap is in the list, with a test that is there', async () => {
  const list = await readFile(new URL('../../docs/federation.md', import.meta.url), 'utf8');
  const rows = [...list.matchAll(/^\| (\d+) +\|[^|]+\| `([^`]+)`：(.+?) *\|$/gmu)];
  expect(rows.map(([, number]) => Number(number))).toEqual(
    Array.from({ length: 20 }, (_, index) => index + 1),
  );
  for (const [, number = '', file = '', title = ''] of rows) {
    const tests = await readFile(new URL(`../../${file}`, import.meta.url), 'utf8');
    expect(tests).toMatch(new RegExp(`\\(\\s*(['"\`])${number} `, 'u'));
    expect(tests).toContain(title);
  }
});
