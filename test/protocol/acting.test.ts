// People who act for organisations, on two real processes: each authorization keeps the identity that
// was chosen in it, and switching replaces one client's.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENTITY_REGISTER_STATE } from '../../src/legal-entities/changes/change-feed-store.ts';
import type { MandateRole } from '../../src/mandates/mandate.ts';
import {
  actingCity,
  API,
  choose,
  DEAD,
  offered,
  preselected,
  usccIn,
  usccOf,
} from '../support/acting-city.ts';
import type { Held } from '../support/acting-city.ts';
import { pageName } from '../support/city-browser.ts';
import { nextAddress } from '../support/http-visitor.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { changeRegistered, registeredOrganisations } from '../support/registered-organisations.ts';
import type { Registered } from '../support/registered-organisations.ts';
import { startRegisters } from '../support/registers.ts';
import type { Registers } from '../support/registers.ts';

let registers: Registers;
const city = actingCity(migratedDatabase().uri, async () => {
  registers = await startRegisters({ changes: true });
  return { environment: registers.environment, accounts: registeredOrganisations() };
});
afterAll(() => registers.stop());
const again = { prompt: 'choose_identity' };

describe('one person with mandates from three companies', () => {
  const mandates: string[] = [];
  beforeAll(async () => {
    const made = [
      await city.appoint('zhang', 1),
      await city.appoint('zhang', 2, { role: 'handler', services: ['tax', 'land'] }),
      await city.appoint('zhang', 3, { role: 'legalRepresentative' }),
    ];
    mandates.push(...made.map(({ id }) => id));
  });
  const mandate = (number: number) => mandates[number - 1] ?? '';

  test('is another one in each client, after refresh, at userinfo and introspection', async () => {
    const browser = await city.signedIn('zhang');
    const first = await city.authorizeAs(browser, mandate(2), { client: 'hall' });
    const other = await city.authorizeAs(browser, mandate(1), { client: 'bureau' });
    expect(first.idToken).toMatchObject({
      subject_type: 'natural_person',
      acting_as: {
        type: 'legal_entity',
        uscc: usccOf(2),
        name: '第2号演示公司',
        role: 'handler',
        mandate_id: mandate(2),
        services: ['tax'],
        real_name_level: 3,
      },
    });
    const [hall, bureau] = await Promise.all([city.refresh(first), city.refresh(other)]);
    expect(await city.actingEverywhere(hall)).toBe(usccOf(2));
    expect(await city.actingEverywhere(bureau)).toBe(usccOf(1));
    // A second tab of the hall is the same there, and asks nothing.
    const tab = await city.authorize(browser, 'hall');
    expect(await city.actingEverywhere(tab)).toBe(usccOf(2));
    expect(tab.idToken['sid']).toBe(first.idToken['sid']);
    // Switching at the hall leaves the bureau.
    city.receiver.received.length = 0;
    const switched = await city.authorizeAs(browser, mandate(3), { client: 'hall', ...again });
    expect(await city.actingEverywhere(switched)).toBe(usccOf(3));
    expect(switched.idToken['sid']).not.toBe(first.idToken['sid']);
    expect(await city.stateOf(hall)).toEqual(DEAD);
    expect(await city.stateOf(tab)).toEqual(DEAD);
    expect(await city.actingEverywhere(bureau)).toBe(usccOf(1));
    await city.receiver.until(() => city.receiver.of('hall').length > 0);
    expect(city.receiver.of('hall')).toMatchObject([{ sid: first.idToken['sid'] }]);
    expect(city.receiver.of('bureau')).toEqual([]);
  });

  test('100 switches and refreshes at once never mix what was chosen', async () => {
    const browser = await city.signedIn('zhang');
    let bureau = await city.authorizeAs(browser, mandate(1), { client: 'bureau' });
    const start = await city.authorizeAs(browser, mandate(1), { client: 'hall' });
    expect(usccIn(start.idToken)).toBe(usccOf(1));
    const told: (readonly [chosen: string, claims: Record<string, unknown>])[] = [];
    const switches = Array.from({ length: 50 }, async (_, index) => {
      const number = (index % 3) + 1;
      const { pending, page } = await city.choicePage(browser, 'hall', again);
      const after = await choose(browser, page, mandate(number));
      // Overtaken by another switch it is asked again; a machine that is too busy says so.
      if (pageName(after) === 'choose-identity' || after.status === 503) return;
      const answer = browser.finish(pending, after);
      const { status, body } = await city.tokens.redeem(answer);
      if (status !== 200) return;
      const claims = await city.tokens.verifyIdToken(answer, String(body.id_token));
      const userinfo = await city.tokens.userinfo(String(body.access_token));
      told.push([usccOf(number), claims]);
      if (userinfo.status === 200) told.push([usccOf(number), userinfo.body]);
    });
    const refreshes = (async () => {
      for (let count = 0; count < 50; count += 1) {
        bureau = await city.refresh(bureau);
        told.push([usccOf(1), bureau.idToken]);
      }
    })();
    await Promise.all([...switches, refreshes]);
    expect(told.length).toBeGreaterThan(50);
    expect(told.filter(([chosen, claims]) => usccIn(claims) !== chosen)).toEqual([]);
    const last = await city.authorize(browser, 'hall');
    expect([1, 2, 3].map(usccOf)).toContain(await city.actingEverywhere(last));
    expect(await city.actingEverywhere(bureau)).toBe(usccOf(1));
  }, 60_000);

  test('chooses again: himself first, what was chosen last is suggested, a hint before that', async () => {
    const browser = await city.signedIn('zhang');
    await city.authorizeAs(browser, mandate(3), { client: 'asking' });
    const { page } = await city.choicePage(browser, 'asking', again);
    expect(offered(page)[0]).toBe('self');
    expect(new Set(offered(page))).toEqual(new Set(['self', ...mandates]));
    expect(preselected(page)).toBe(mandate(3));
    const hinted = await city.choicePage(browser, 'asking', { uscc_hint: usccOf(2), ...again });
    expect(preselected(hinted.page)).toBe(mandate(2));
    // As himself from now on: what he held as a company ends, and nothing is asked the next time.
    const self = await city.authorizeAs(browser, 'self', { client: 'asking', ...again });
    expect(self.idToken).not.toHaveProperty('acting_as');
    const next = await city.authorize(browser, 'asking');
    expect(await city.actingEverywhere(next)).toBeUndefined();
    expect(next.idToken['sid']).toBe(self.idToken['sid']);
  });

  test('is answered without a page only by what was chosen and fits the request', async () => {
    const browser = await city.signedIn('zhang');
    const silently = async (parameters: Record<string, string> = {}) => {
      const { visit } = await city.request(browser, 'hall', { prompt: 'none', ...parameters });
      const answer = nextAddress(visit)?.searchParams;
      return answer?.get('error') ?? (answer?.has('code') ? 'code' : 'nothing');
    };
    expect(await silently()).toBe('interaction_required');
    const held = await city.authorizeAs(browser, mandate(2), { client: 'hall' });
    expect(await silently()).toBe('code');
    expect(await silently({ acting_as: 'legal_entity' })).toBe('code');
    expect(await silently({ uscc_hint: usccOf(2) })).toBe('code');
    expect(await silently({ uscc_hint: usccOf(1) })).toBe('interaction_required');
    expect(await silently({ acting_as: 'self' })).toBe('interaction_required');
    const { page } = await city.choicePage(browser, 'hall', { uscc_hint: usccOf(1) });
    expect(preselected(page)).toBe(mandate(1));
    // A link that asks for himself ends nothing: the person is asked, and answers.
    const asked = await city.choicePage(browser, 'hall', { acting_as: 'self' });
    expect(preselected(asked.page)).toBe('self');
    expect(await city.actingEverywhere(held)).toBe(usccOf(2));
    const after = await choose(browser, asked.page, 'self');
    const self = await city.redeem(browser.finish(asked.pending, after));
    expect(await city.stateOf(held)).toEqual(DEAD);
    expect(self.idToken).not.toHaveProperty('acting_as');
    expect(await silently({ acting_as: 'self' })).toBe('code');
    expect(await silently({ acting_as: 'legal_entity' })).toBe('interaction_required');
  });

  test('has opaque tokens, also for an interface that takes JWTs, whose owner sees for whom', async () => {
    const browser = await city.signedIn('zhang');
    const self = { client: 'api-hall', resource: API, scope: `openid legal_entity tax` };
    const asPerson = await city.authorizeAs(browser, 'self', self);
    expect(asPerson.accessToken.split('.')).toHaveLength(3);
    const acting: Held = await city.authorizeAs(browser, mandate(2), { ...self, ...again });
    expect(acting.accessToken).not.toContain('.');
    const owner = city.node.client('api-hall');
    const { body } = await city.tokens.introspect(owner, acting.accessToken);
    expect(body).toMatchObject({ active: true, aud: API, subject_type: 'natural_person' });
    expect([usccIn(body), body['sub']]).toEqual([usccOf(2), acting.idToken['sub']]);
  });

  test('has no scope of a service that the mandate does not reach', async () => {
    const browser = await city.signedIn('zhang');
    const both = { client: 'api-hall', resource: API, scope: 'openid legal_entity tax social' };
    const held = await city.authorizeAs(browser, mandate(2), { ...both, ...again });
    const owner = city.node.client('api-hall');
    const { body } = await city.tokens.introspect(owner, held.accessToken);
    expect(body).toMatchObject({ active: true, scope: 'tax', acting_as: { services: ['tax'] } });
    const { page } = await city.choicePage(browser, 'api-hall', { ...both, service: 'social' });
    expect(offered(page)).not.toContain(mandate(2));
  });

  test('keeps what was chosen when a link asks for a service that it does not reach', async () => {
    const browser = await city.signedIn('zhang');
    const held = await city.authorizeAs(browser, mandate(2), { client: 'hall', ...again });
    for (const parameters of [{ prompt: 'none' }, {}]) {
      await city.request(browser, 'hall', { service: 'social', ...parameters });
    }
    expect(await city.actingEverywhere(held)).toBe(usccOf(2));
    const next = await city.authorize(browser, 'hall');
    expect(next.idToken['sid']).toBe(held.idToken['sid']);
  });
});

describe('a person who acts through an agency', () => {
  test('shows it at every door, and is out when either mandate ends', async () => {
    const agency = city.company(5);
    const led = await city.appoint('zhouwei', 5, { role: 'legalRepresentative' });
    const held = await city.domain.appoint(agency, city.company(4), { role: 'handler' });
    const through = `${held.id}.${led.id}`;
    const browser = await city.signedIn('zhouwei');
    const seen = { uscc: usccOf(5), name: '第5号演示公司' };
    const hall = await city.authorizeAs(browser, through, { client: 'hall' });
    const { body } = await city.tokens.introspect(city.node.client('hall'), hall.accessToken);
    const refreshed = await city.refresh(hall);
    const userinfo = await city.tokens.userinfo(refreshed.accessToken);
    for (const claims of [hall.idToken, refreshed.idToken, body, userinfo.body]) {
      expect(claims).toMatchObject({ acting_as: { uscc: usccOf(4), agency: seen } });
    }
    const records = city.node.storage.database.collection('auditRecords');
    const chosen = { type: 'oidc.identity_chosen', subject: city.company(4).id };
    expect(await records.findOne(chosen)).toMatchObject({ details: { agency: agency.id } });
    // What it has passed on to its staff, too; what he holds himself does not.
    const passed = { role: 'handler', services: ['tax'], parentId: held.id } as const;
    const member = await city.appoint('sunli', 4, passed);
    const staff = await city.signedIn('sunli');
    const sent = await city.authorizeAs(staff, member.id, { client: 'hall' });
    expect(sent.idToken).toMatchObject({ acting_as: { agency: seen } });
    const own = await city.appoint('zhouwei', 4, { role: 'administrator' });
    const direct = await city.authorizeAs(browser, own.id, { client: 'bureau', ...again });
    expect(usccIn(direct.idToken)).toBe(usccOf(4));
    expect(direct.idToken['acting_as']).not.toHaveProperty('agency');
    await city.domain.end(led, 'removed');
    expect(await city.stateOf(refreshed)).toEqual(DEAD);
    await city.domain.end(held, 'removed');
    expect(await city.stateOf(sent)).toEqual(DEAD);
    expect(await city.actingEverywhere(direct)).toBe(usccOf(4));
    await city.domain.end(own, 'removed');
  });
});

describe('who is asked', () => {
  test('nobody without a mandate that reaches this client, and whose words say whom to ask', async () => {
    await city.appoint('sunli', 4, { role: 'legalRepresentative' });
    const browser = await city.signedIn('wanggang');
    const self = await city.authorize(browser, 'hall');
    expect(self.idToken).not.toHaveProperty('acting_as');
    await city.appoint('wanggang', 4, { role: 'handler', services: ['land'] });
    expect((await city.authorize(browser, 'hall')).idToken).not.toHaveProperty('acting_as');
    const { page } = await city.choicePage(browser, 'hall', again);
    expect(offered(page)).toEqual(['self']);
    expect(page.body).toContain('您的授权不包括这个系统的业务。');
    expect(page.body).toContain('请联系单位的管理员调整授权：张*。');
    const { visit } = await city.request(browser, 'companies');
    expect(pageName(visit)).toBe('no-identity');
    expect(visit.body).toContain('您的授权不包括这个系统的业务。');
    const strict = await city.choicePage(browser, 'strict', again);
    expect(strict.page.body).toContain('该系统要求单位完成更高等级的核验。');
  });

  test('nobody at clients for people; kinds that a client does not serve read why', async () => {
    const browser = await city.signedIn('zhang');
    const { visit } = await city.request(browser, 'staff');
    expect(pageName(visit)).toBe('no-identity');
    const back = await browser.press(visit, 'cancel');
    expect(nextAddress(back)?.searchParams.get('error')).toBe('access_denied');
    for (const parameters of [{ acting_as: 'legal_entity' }, again, { acting_as: 'nobody' }]) {
      const refused = await city.request(browser, 'portal', parameters);
      expect(nextAddress(refused.visit)?.searchParams.get('error')).toBe('invalid_request');
    }
  });
});

test('what the register gives notice of: two capacities end, one goes by its new name, nothing else changes', async () => {
  const { domain, node, receiver, tokens } = city;
  const appoint = (login: string, entity: Registered, role: MandateRole) =>
    domain.appoint(node.account(login), node.account(entity), { role });
  await appoint('leading', 'led', 'legalRepresentative');
  const browser = await city.signedIn('qianbei');
  const actAs = async (entity: Registered, client: string) => {
    const { id } = await appoint('qianbei', entity, 'handler');
    return city.authorizeAs(browser, id, { client });
  };
  const cancelled = await actAs('cancelled', 'hall');
  const renamed = await actAs('renamed', 'bureau');
  const led = await actAs('led', 'registry');
  const self = await city.authorizeAs(browser, 'self', { client: 'asking' });
  const states = node.storage.database.collection(ENTITY_REGISTER_STATE);
  await expect.poll(() => states.countDocuments({ after: { $exists: true } })).toBe(1);
  const sids = new Set([cancelled, renamed, led, self].map(({ idToken }) => idToken['sid']));
  const signedOut = () => receiver.received.filter(({ sid }) => sids.has(sid));
  const { name, uscc } = await changeRegistered(registers);
  await receiver.until(() => signedOut().length === 2);
  const reasons = ['单位已注销', '法定代表人已变更'];
  for (const [index, held] of [cancelled, led].entries()) {
    const why = reasons[index];
    expect(signedOut()).toContainEqual(expect.objectContaining({ sid: held.idToken['sid'] }));
    expect(await city.stateOf(held)).toEqual(DEAD);
    expect((await city.choicePage(browser, held.clientId)).page.body).toContain(why);
    expect((await browser.open('/account/activity')).body).toContain(why);
  }
  const renaming = { body: { acting_as: { name, uscc } } };
  await expect.poll(() => tokens.userinfo(renamed.accessToken)).toMatchObject(renaming);
  const after = await city.refresh(renamed);
  expect(after.idToken).toMatchObject({ acting_as: { name, uscc } });
  expect(await city.actingEverywhere(after)).toBe(uscc);
  expect(await city.stateOf(self)).toEqual([200, true, 200]);
  expect(signedOut()).toHaveLength(2);
});
