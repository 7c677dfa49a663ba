// Change notices of the register: what follows within one reading, what is refused, and the brake,
// against real HTTP and a real database.
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { entityOf, named, personOf } from '../../../test/support/entity-city.ts';
import { openEntityStores } from '../../../test/support/entity-stores.ts';
import type { EntityProcess, EntityStores } from '../../../test/support/entity-stores.ts';
import { migratedDatabase } from '../../../test/support/migrated-database.ts';
import { NOTICES } from '../../../test/support/registers.ts';
import { registerEntity } from '../register-entity.ts';
import { AGAIN_SECONDS, DOUBT_SECONDS, recheckEntities } from '../recheck-entities.ts';
import { followChanges, GAP_SECONDS } from './follow-changes.ts';

const { uri } = migratedDatabase();
const people = ['赵样本', '林新办', '陈体验', '王演示', '何长者', '阿依努尔·示例'];
const loginOf = (name: string) => `person${people.indexOf(name)}`;
const HOUR_SECONDS = 3600;
let stores: EntityStores;
let feed: Server;
/** What the register lists, whatever is asked for. */
let listed: string[];
let latest: number;
let seq = 0;

beforeAll(async () => {
  feed = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ latest, notices: listed }));
  });
  feed.listen(0, '127.0.0.1');
  await once(feed, 'listening');
  const url = `http://127.0.0.1:${(feed.address() as AddressInfo).port}/changes`;
  const { noticeIssuer: issuer, noticeAudience: clientId, noticeKey: key } = NOTICES;
  stores = await openEntityStores(
    uri,
    people.map((name) => personOf(loginOf(name), name)),
    {
      changes: true,
      legalEntities: { changes: { url, issuer, clientId, key }, consequencesPerHour: 5 },
    },
  );
  listed = [];
  latest = 0;
  // The first reading only learns where the list stands.
  await followChanges(stores.process());
});
beforeEach(() => {
  listed = [];
  stores.clock.advance(HOUR_SECONDS + 1);
});
afterAll(async () => {
  feed.close().closeAllConnections();
  await stores.close();
});

function sign(notice: object, { key = NOTICES.noticeKey, typ = 'entity-change+jwt' } = {}) {
  return new SignJWT({ ...notice })
    .setProtectedHeader({ alg: 'HS256', typ })
    .setIssuer(NOTICES.noticeIssuer)
    .setAudience(NOTICES.noticeAudience)
    .setIssuedAt()
    .sign(new TextEncoder().encode(key));
}

/** The next notice, signed. */
async function next(notice: object): Promise<string> {
  seq += 1;
  latest = seq;
  return sign({ seq, ...notice });
}

function records(type: string, of: object = {}) {
  return stores.storage.database
    .collection('auditRecords')
    .find({ type, ...of })
    .toArray();
}

async function registered(name: string) {
  const { uscc } = entityOf(name);
  const registration = await stores.registered(loginOf(name), name);
  return { ...registration, uscc };
}

function messagesOf(template: string) {
  return stores.storage.database.collection('messageOutbox').countDocuments({ reason: template });
}

describe('a notice that the register bears out', () => {
  it('of a closing ends the organisation at once, and once, whoever reads it', async () => {
    const { deps, entityId, account, uscc } = await registered('赵样本');
    await stores.registers.changeEntity(uscc, { status: 'cancelled' });
    listed = [await next({ uscc, change: 'cancelled' })];
    const others: EntityProcess[] = [stores.process(), stores.process()];
    await Promise.all([deps, ...others].map((each) => followChanges(each)));
    expect(await account()).toMatchObject({ realNameLevel: 1 });
    expect(await deps.mandates.ofEntity(entityId)).toEqual([]);
    expect(stores.ended.filter((each) => each === entityId)).toHaveLength(1);
    expect(await records('mandates.ended', { subject: entityId })).toMatchObject([
      { reason: 'entity_cancelled' },
    ]);
    expect(await deps.records.find(entityId)).toMatchObject({ status: 'cancelled' });
  });

  it('of a new name renames it, keeps the former one, and records neither', async () => {
    const { deps, entityId, account, uscc } = await registered('林新办');
    const former = entityOf('林新办').name;
    await stores.registers.changeEntity(uscc, { name: '新办早餐与午餐店（演示）' });
    listed = [await next({ uscc, change: 'renamed' })];
    await followChanges(deps);
    const renamed = await account();
    expect(renamed?.attribute('name')).toMatchObject({
      value: '新办早餐与午餐店（演示）',
      source: 'register:legalEntities',
      grade: 'A',
    });
    expect(await deps.records.find(entityId)).toMatchObject({ formerNames: [{ name: former }] });
    expect(await deps.mandates.ofEntity(entityId)).toHaveLength(1);
    const told = await records('accounts.renamed', { subject: entityId });
    expect(told).toHaveLength(1);
    expect(JSON.stringify(told)).not.toContain('早餐');
  });

  it('of two, of which the register shows one later, takes effect for both', async () => {
    const deps = stores.process();
    const { uscc } = entityOf('林新办');
    const entityId = (await stores.accounts.findByLogin(uscc, { kind: 'legalEntity' }))?.id ?? '';
    const { name, number } = named('何长者');
    await stores.registers.changeEntity(uscc, { name: '新办晚餐店（演示）' });
    listed = [
      await next({ uscc, change: 'renamed' }),
      await next({ uscc, change: 'representative_changed' }),
    ];
    await followChanges(deps);
    expect((await deps.records.find(entityId))?.formerNames).toHaveLength(2);
    expect(await deps.mandates.ofEntity(entityId)).toHaveLength(1);
    await stores.registers.changeEntity(uscc, { representative: { name, number } });
    stores.clock.advance(AGAIN_SECONDS[0] + 1);
    await recheckEntities(deps);
    expect(await deps.mandates.ofEntity(entityId)).toEqual([]);
  });

  // The number is that of the trap in docs/federation.md.
  it('11 of a new representative ends all power, and tells him how to take over', async () => {
    const { deps, entityId, account, uscc } = await registered('陈体验');
    const { name, number } = named('何长者');
    const successor = await stores.personCalled(loginOf('何长者'));
    await stores.registers.changeEntity(uscc, { representative: { name, number } });
    expect(await messagesOf('entity_to_take_over')).toBe(0);
    listed = [
      await next({
        uscc,
        change: 'representative_changed',
        representative: { name, certificate_type: '111', certificate_number: number },
      }),
    ];
    await followChanges(deps);
    expect(await deps.mandates.ofEntity(entityId)).toEqual([]);
    expect(await account()).toMatchObject({ realNameLevel: 3 });
    expect(await messagesOf('entity_to_take_over')).toBeGreaterThan(0);
    // He comes, and the notice, repeated by the register, takes nothing from him.
    const ready = await stores.confirmed(deps, successor, entityOf('陈体验'));
    expect(await registerEntity(deps, ready)).toMatchObject({ ok: true, entityId });
    listed = [
      await next({
        uscc,
        change: 'representative_changed',
        representative: { name, certificate_type: '111', certificate_number: number },
      }),
    ];
    await followChanges(deps);
    expect(await deps.mandates.ofEntity(entityId)).toMatchObject([{ holderId: successor.id }]);
  });
});

describe('a notice that changes nothing', () => {
  it('is one that was forged, altered, meant for others or is not to be understood', async () => {
    const { deps, entityId, account, uscc } = await registered('王演示');
    await stores.registers.changeEntity(uscc, { status: 'revoked' });
    const closing = { seq: seq + 1, uscc, change: 'revoked' };
    const genuine = await sign(closing);
    const [head, , signature] = genuine.split('.');
    const payload = Buffer.from(JSON.stringify({ ...closing, iss: 'x' })).toString('base64url');
    listed = [
      'no token',
      await sign(closing, { key: 'another key that is as long as it has to be' }),
      await sign(closing, { typ: 'JWT' }),
      [head, payload, signature].join('.'),
      [Buffer.from('{"alg":"none"}').toString('base64url'), payload, ''].join('.'),
    ];
    await followChanges(deps);
    await followChanges(deps);
    expect(await account()).toMatchObject({ realNameLevel: 3 });
    expect(await deps.mandates.ofEntity(entityId)).toHaveLength(1);
    // Once at each place in the list, however often it is read.
    expect(await records('entities.notice_refused', { reason: 'forged' })).toHaveLength(1);
    listed = [
      await next({ uscc, change: 'eaten' }),
      await next({ uscc: 'short', change: 'renamed' }),
    ];
    await followChanges(deps);
    expect(await records('entities.notice_refused', { reason: 'malformed' })).toHaveLength(2);
    expect(await account()).toMatchObject({ realNameLevel: 3 });
    expect((await deps.feed.find()).after).toBe(seq);
    // One that is not borne out does not hide what the register says besides.
    await stores.registers.changeEntity(uscc, { status: 'cancelled' });
    listed = [await next({ uscc, change: 'renamed' })];
    await followChanges(deps);
    for (const seconds of AGAIN_SECONDS) {
      stores.clock.advance(seconds + 1);
      await recheckEntities(deps);
    }
    expect(await account()).toMatchObject({ realNameLevel: 3 });
    // The second answer, after the hours of any doubt and not after a day.
    stores.clock.advance(DOUBT_SECONDS + 1);
    await recheckEntities(deps);
    expect(await account()).toMatchObject({ realNameLevel: 1 });
  });

  it('is one that the register does not bear out; it is asked again before it is refused', async () => {
    const { deps, entityId, account, uscc } = await registered('何长者');
    listed = [await next({ uscc, change: 'cancelled' })];
    await followChanges(deps);
    const refused = { reason: 'not_confirmed', subject: entityId };
    for (const seconds of AGAIN_SECONDS) {
      expect(await records('entities.notice_refused', refused)).toEqual([]);
      stores.clock.advance(seconds + 1);
      await recheckEntities(deps);
    }
    expect(await account()).toMatchObject({ realNameLevel: 3 });
    expect(await records('entities.notice_refused', refused)).toHaveLength(1);
    // Closed later, without a notice: one answer alone ends nothing.
    await stores.registers.changeEntity(uscc, { status: 'cancelled' });
    stores.clock.advance(25 * HOUR_SECONDS);
    await recheckEntities(deps);
    expect(await account()).toMatchObject({ realNameLevel: 3 });
  });

  it('is a repeated one; one out of order waits for those before it, and not for ever', async () => {
    const { deps, account, uscc } = await registered('阿依努尔·示例');
    const first = await next({ uscc, change: 'renamed' });
    const second = await next({ uscc, change: 'revoked' });
    await stores.registers.changeEntity(uscc, { status: 'revoked' });
    listed = [second];
    await followChanges(deps);
    expect(await account()).toMatchObject({ realNameLevel: 3 });
    listed = [second, first];
    await followChanges(deps);
    expect(await account()).toMatchObject({ realNameLevel: 1 });
    await followChanges(deps);
    expect((await records('entities.notice_refused', { reason: 'replayed' })).length).toBe(1);
    seq += 1;
    listed = [await next({ uscc: '91440000MA0DEMP04N', change: 'revoked' })];
    await followChanges(deps);
    expect((await deps.feed.find()).after).toBe(seq - 2);
    stores.clock.advance(GAP_SECONDS + 1);
    await followChanges(deps);
    expect((await deps.feed.find()).after).toBe(seq);
    expect(await records('entities.notice_refused', { reason: 'missed' })).toHaveLength(1);
  });
});

describe('a register that errs for an hour', () => {
  it('is stopped after so many consequences, until an operator has looked', async () => {
    const deps = stores.process();
    const takes = await Promise.all(Array.from({ length: 20 }, () => deps.brake.take(5)));
    expect(takes.filter((each) => each === 'go')).toHaveLength(5);
    expect(takes.filter((each) => each === 'stops')).toHaveLength(1);
    const { uscc } = entityOf('何长者');
    const entity = await stores.accounts.findByLogin(uscc, { kind: 'legalEntity' });
    const entityId = entity?.id ?? '';
    const account = () => stores.accounts.findById(entityId);
    await stores.registers.changeEntity(uscc, { status: 'cancelled' });
    listed = [await next({ uscc, change: 'cancelled' })];
    await followChanges(deps);
    // An hour later it is stopped still.
    stores.clock.advance(HOUR_SECONDS + 1);
    await recheckEntities(deps);
    expect(await account()).toMatchObject({ realNameLevel: 3 });
    expect(await deps.mandates.ofEntity(entityId)).toHaveLength(1);
    expect(await deps.brake.release()).toBe(true);
    expect(await deps.brake.release()).toBe(false);
    stores.clock.advance(HOUR_SECONDS);
    await recheckEntities(deps);
    expect(await account()).toMatchObject({ realNameLevel: 1 });
  });
});
