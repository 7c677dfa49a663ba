// The network identity from the pages to the service and back: accounts without any number, numbers
// that are added later, leaked pairs that lift nothing.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { samplePeople } from '../../src/demo/registers/people.ts';
import { visitAccountCentre } from '../support/account-visitor.ts';
import { pageName } from '../support/city-browser.ts';
import type { CityBrowser } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { holderOf, NETWORK_PAGE, proveNetwork } from '../support/network-visits.ts';
import { startRegisters } from '../support/registers.ts';
import type { Registers } from '../support/registers.ts';
import { TokenClient } from '../support/token-client.ts';

const { uri } = migratedDatabase();
const [chen, lin, ayinuer] = samplePeople.map(({ name }) => name);
if (!chen || !lin || !ayinuer) throw new Error('the people have changed');

let city: CityNode;
let registers: Registers;

const blank = (login: string) =>
  ({
    login,
    level: 1,
    fields: { certificate_type: '', certificate_number: '', name: '打字者' },
  }) as const;

beforeAll(async () => {
  const patient = { breaker: { failures: 1000 } };
  registers = await startRegisters({ networkIdentity: patient, population: patient });
  city = await startCityNode({
    mongodbUri: uri,
    environment: registers.environment,
    clients: [
      { client_id: 'department', scope: 'openid profile real_name id_document', minimum_level: 2 },
    ],
    accounts: ['numberless', 'named', 'second', 'robber', 'owner', 'lifter'].map(blank),
  });
  registers.returnTo(city.issuer);
});
afterAll(async () => {
  await city.stop();
  await registers.stop();
});

async function enter(login: string, page = '/verification'): Promise<CityBrowser> {
  return (await visitAccountCentre(city, login, page)).browser;
}

async function stored(login: string) {
  const account = await city.accountStore.findById(city.account(login).id);
  if (!account) throw new Error(`${login} is gone`);
  return account;
}

const match = async (browser: CityBrowser, who: { name: string; number: string }) =>
  browser.press(await browser.open('/verification/match'), 'match', who);

describe('an account without any number', () => {
  it('is at level 3, and works everywhere: nothing assumes a number', async () => {
    const browser = await enter('numberless');
    const page = await browser.open(NETWORK_PAGE);
    expect(page.body).toContain('完全自愿');
    expect((await proveNetwork(browser, '白网证')).body).toContain('实名等级已提升');
    const account = await stored('numberless');
    expect(account).toMatchObject({ realNameLevel: 3, name: undefined, certificate: undefined });
    expect(account.attribute('opaqueId')).toMatchObject({ source: 'register:networkIdentity' });
    const { database } = city.storage;
    const evidence = await database
      .collection('evidence')
      .find({ accountId: account.id })
      .toArray();
    expect(evidence).toMatchObject([{ source: 'networkIdentity', level: 3, resultCode: 'N00' }]);
    const overview = await browser.open('/verification');
    expect(overview.body).toContain('id="lacks-number"');
    for (const path of [
      '/account',
      '/account/privacy',
      '/account/privacy/received',
      '/account/privacy/export',
      '/account/privacy/correct',
      '/account/privacy/close',
      '/account/security',
      '/account/entities',
      '/account/activity',
    ]) {
      expect([path, (await browser.open(path)).status]).toEqual([path, 200]);
    }
    const entity = await browser.open('/account/entities/register');
    expect([entity.status, pageName(entity)]).toEqual([403, 'legal-entities-unfinished']);
    expect(entity.body).toContain('先登记身份证号码');
  });

  it('signs in at a system, which learns the level and no name or number', async () => {
    const browser = await enter('numberless');
    const answer = await browser.authorize(city.client('department'), city.account('numberless'), {
      scope: 'openid profile real_name id_document',
    });
    const tokens = await new TokenClient(city.issuer).redeem(answer);
    const claims = await new TokenClient(city.issuer).userinfo(String(tokens.body['access_token']));
    expect(claims).toMatchObject({ status: 200, body: { real_name_level: 3 } });
    expect(claims.body).not.toHaveProperty('name');
    expect(claims.body).not.toHaveProperty('id_document');
  });

  it('has a name only when the person agreed to that by itself', async () => {
    const browser = await enter('named');
    expect((await proveNetwork(browser, '史网号', { with_name: 'yes' })).status).toBe(200);
    // Its word counts up to the cap, whatever it says.
    expect(await stored('named')).toMatchObject({ realNameLevel: 3, name: '史网号' });
    const trail = await city.storage.database
      .collection('auditRecords')
      .findOne({ type: 'verification.consented', actor: city.account('named').id });
    expect(trail?.['details']).toMatchObject({ item: 'network_identity,name' });
  });

  it('is the only one of its network identity, and gives way to nobody', async () => {
    const browser = await enter('second');
    const refused = await proveNetwork(browser, '白网证');
    expect([refused.status, refused.body.includes('没能在网上完成')]).toEqual([409, true]);
    expect(await stored('second')).toMatchObject({ realNameLevel: 1 });
    expect(await stored('numberless')).toMatchObject({ realNameLevel: 3 });
    const held = await city.storage.database
      .collection('identityCases')
      .findOne({ accountId: city.account('second').id });
    const holderId = city.account('numberless').id;
    expect(held).toMatchObject({ kind: 'held', holderId });
    // Who was there may make one account of the two, without any number too.
    const merge = await city.storage.database
      .collection('accountMerges')
      .findOne({ registrantId: city.account('second').id });
    expect(merge).toMatchObject({ holderId, state: 'offered', source: 'networkIdentity' });
  });
});

describe('a number', () => {
  it('is added later when the service says that it is the same person’s, and a robber gives way', async () => {
    const robber = await enter('robber');
    await match(robber, holderOf(lin));
    expect(await stored('robber')).toMatchObject({ realNameLevel: 2 });
    const owner = await enter('owner');
    await proveNetwork(owner, lin);
    expect(await stored('owner')).toMatchObject({ realNameLevel: 3, certificate: undefined });
    expect(await stored('robber')).toMatchObject({ realNameLevel: 2 });
    const missing = await owner.press(await owner.open(NETWORK_PAGE), 'network-identity', {});
    expect(missing.status).toBe(422);
    const added = await proveNetwork(owner, lin, holderOf(lin));
    expect(added.body).toContain('核验通过');
    expect((await stored('owner')).certificate?.number).toBe(holderOf(lin).number);
    expect(await stored('robber')).toMatchObject({ realNameLevel: 1, certificate: undefined });
    expect(await city.accountStore.findByLogin(holderOf(lin).number)).toMatchObject({
      id: city.account('owner').id,
    });
  });

  it('of a leaked pair is lifted by nobody else’s network identity, and added to none', async () => {
    const lifter = await enter('lifter');
    await match(lifter, holderOf(chen));
    const other = await proveNetwork(lifter, ayinuer);
    expect([other.status, other.body.includes('不是同一个人')]).toEqual([422, true]);
    expect(await stored('lifter')).toMatchObject({ realNameLevel: 2 });
    const unlinked = (await stored('lifter')).attribute('opaqueId');
    expect(unlinked).toBeUndefined();
    const named = await enter('named');
    const stolen = await proveNetwork(named, '史网号', holderOf(chen));
    expect(stolen.status).toBe(422);
    expect((await stored('named')).certificate).toBeUndefined();
    // Nobody who sits down at it makes it the account of another who was there in person.
    expect(pageName(await named.open('/verification/face'))).toBe('verification-overview');
    const { name, number } = holderOf(chen);
    const origin = { source: 'register:face', grade: 'A', verifiedAt: new Date() } as const;
    const proof = { name, certificate: { type: '111', number }, origin, provenLevel: 3 } as const;
    const { id } = city.account('named');
    const added = await city.accountStore.proveIdentity(id, proof, {
      actor: id,
      grade: () => Promise.resolve(3 as const),
      onDisplaced: async () => undefined,
      onHeld: async () => undefined,
    });
    expect(added).toEqual({ ok: false, reason: 'identity_differs' });
    // Name and number alone are no way for who is verified already.
    expect(pageName(await named.open('/verification/match'))).toBe('verification-overview');
  });
});
