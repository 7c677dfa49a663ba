// The traps of federation with provinces, by number. Those that are proven elsewhere stand in
// docs/federation.md with the test that proves them; 14 waits for the terminals of the service halls.
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { isMinor } from '../../src/federation/capped.ts';
import { mapTifUser } from '../../src/federation/upstream/tif-mapping.ts';
import { mapZhejiangUser } from '../../src/federation/upstream/zhejiang-mapping.ts';
import type { UpstreamIdentity } from '../../src/federation/upstream-identity.ts';
import vectors from '../fixtures/identity-vectors.json' with { type: 'json' };
import { pageName } from '../support/city-browser.ts';
import { chooseThere, startTestDialects } from '../support/dialects.ts';
import type { TestDialects } from '../support/dialects.ts';
import { federatedCity, upstreamHref } from '../support/federated-city.ts';
import type { Arriving } from '../support/federated-city.ts';
import { nextAddress } from '../support/http-visitor.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { savePeer } from '../support/peer-samples.ts';
import { TokenClient } from '../support/token-client.ts';
import { samplePeer } from '../support/upstream-peer.ts';

const NOW = new Date('2026-11-23T00:00:00Z');

describe('what a province writes', () => {
  const read = (userobj: object) => {
    const answer = { userobj: { useridcode: 'u-1', usertype: '1', ...userobj } };
    return mapTifUser(samplePeer({ connection: { protocol: 'tif' } }), answer, NOW);
  };
  const numberOf = (idcardnumber: string) => {
    const mapped = read({ idcardtype: '10', idcardnumber });
    return mapped.ok ? mapped.identity.certificate : mapped.problems;
  };

  test('1 levels that run backwards: 1 is the highest of Zhejiang, 4 the lowest', () => {
    const zhejiang = samplePeer({ connection: { protocol: 'zhejiang' } });
    const [uniscid] = vectors.unifiedSocialCreditCode.valid;
    const levels = ['1', '2', '3', '4'].map((realLevel) => {
      const mapped = mapZhejiangUser(zhejiang, { uniscid, realLevel }, NOW);
      return mapped.ok && mapped.identity.level;
    });
    expect(levels).toEqual([4, 4, 2, 1]);
  });

  test('2 “-1” is no name, no number and no telephone', () => {
    const mapped = read({ cn: '-1', idcardtype: '10', idcardnumber: '-1', telephonenumber: '-1' });
    expect(mapped.ok && [mapped.identity.name, mapped.identity.phone]).toEqual([
      undefined,
      undefined,
    ]);
    expect(mapped.ok && mapped.identity.certificate).toBeUndefined();
  });

  test('4 a lawful code of an organisation whose check digit fails is kept', () => {
    for (const idcardnumber of vectors.unifiedSocialCreditCode.lawfulButCheckDigitFails) {
      const mapped = read({ usertype: '2', idcardtype: '49', idcardnumber });
      expect(mapped.ok && mapped.identity.uscc).toBe(idcardnumber);
    }
  });

  test('5 residence permits of Hong Kong, Macao and Taiwan are no identity cards', () => {
    for (const { number, region } of vectors.residentIdNumber.residencePermit) {
      expect(numberOf(number)).toEqual({ type: region === 'TW' ? '156' : '155', number });
    }
  });

  test('6 a county code that was revoked lives on in the cards', () => {
    // 崇文区 of Beijing, until 2010.
    expect(numberOf('110103198001010013')).toEqual({ type: '111', number: '110103198001010013' });
  });

  test('7 a lower-case x is the same number', () => {
    const { validLowercaseX: number } = vectors.residentIdNumber;
    expect(numberOf(number)).toEqual({ type: '111', number: number.toUpperCase() });
  });

  test('19 who turns 14 today is a minor until midnight of the city', () => {
    const certificate = { type: '111', number: '440000201211240016' } as const;
    const identity = { certificate } as UpstreamIdentity;
    expect(isMinor(identity, new Date('2026-11-23T15:59:59Z'))).toBe(true);
    expect(isMinor(identity, new Date('2026-11-23T16:00:00Z'))).toBe(false);
  });
});

const person = (name: string, number: string) => ({
  name,
  id_document: { type: '111', number },
  real_name_level: 2,
});
const WANG = { name: '王演示', number: '44000019850615003X' };

const own = federatedCity(migratedDatabase().uri, {
  claims: { wang: person(WANG.name, WANG.number) },
  clients: [{ client_id: 'portal', scope: 'openid profile real_name' }],
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

async function arrive(subject: string, parameters = {}): Promise<Arriving> {
  const at = await own.begin('portal', { parameters });
  return { ...at, page: await at.browser.open(await returnFrom(at, subject)) };
}

const arriveFromProvince = async () => own.viaProvince(await own.begin('portal'), 'wang', 2);

async function tokenOf({ browser, pending, page }: Arriving) {
  let visit = page;
  if (pageName(visit) === 'agree') visit = await browser.press(visit, 'agree-on', { agree: 'yes' });
  const answer = browser.finish(pending, await browser.walk(visit, undefined));
  const { body } = await new TokenClient(own.node.issuer).redeem(answer);
  const payload = String(body['id_token']).split('.')[1] ?? '';
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
}

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
    const { browser, page } = await arrive('person-5');
    expect(pageName(page)).toBe('federation-arrival');
    const declined = await browser.press(page, 'decline');
    expect(pageName(declined)).toBe('sign-in');
    const links = own.node.storage.database.collection('federatedLinks');
    const subject = '5f0ea61c'.repeat(4);
    expect(await links.countDocuments({ subject })).toBe(0);
    expect(await own.node.accountStore.findByIdentity('naturalPerson', numberOfFive())).toBe(
      undefined,
    );
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

function numberOfFive() {
  const value = { type: '111', number: '440000198703120518' } as const;
  return { certificate: { source: 'test', grade: 'A', value } } as const;
}
