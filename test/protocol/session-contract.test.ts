// The storage contract of browser sessions on the real database, from two processes at once:
// nobody's part is lost, nothing that ended comes back, and a cookie id is only an alias.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ClientSlot, SessionState } from '../../src/sessions/session-codec.ts';
import { testDatabase } from '../support/database.ts';
import { inParallel, openProtocolStores, valuesOf } from '../support/protocol-stores.ts';
import type { ProtocolStores } from '../support/protocol-stores.ts';
import { ShiftedClock } from '../support/shifted-clock.ts';

const IDLE = 1800;
const DEVICE = { userAgent: 'Test/1.0', address: '192.0.2.1' };

const { uri } = testDatabase();
let clock = new ShiftedClock();
let one: ProtocolStores;
let two: ProtocolStores;
let serial = 0;

beforeAll(async () => {
  const moving = { now: () => clock.now() };
  one = await openProtocolStores(uri, moving);
  two = await openProtocolStores(uri, moving);
});
afterAll(() => Promise.all([one.database.close(), two.database.close()]));

async function begin(extra: Partial<SessionState> = {}): Promise<{ uid: string; cookie: string }> {
  clock = new ShiftedClock();
  serial += 1;
  const uid = `uid-${serial}-0123456789`;
  const cookie = `cookie-${serial}-0123456789`;
  await one.sessions.create(cookie, stateOf(uid, { accountId: 'zhang', ...extra }), DEVICE);
  return { uid, cookie };
}

function stateOf(uid: string, extra: Partial<SessionState> = {}): SessionState {
  return {
    uid,
    exp: Math.floor(clock.now().getTime() / 1000) + IDLE,
    authorizations: {},
    ...extra,
  };
}

function slotOf(name: string): ClientSlot {
  return { sid: `sid-${name}`, grantId: `grant-${name}` };
}

describe('clients of a session', () => {
  test('twenty that come at once all stay', async () => {
    const { uid } = await begin();
    await inParallel([one, two], 20, (stores, index) =>
      stores.sessions.claimSlot(uid, `client-${index}`, slotOf(String(index))),
    );
    const found = await two.sessions.findByUid(uid);
    expect(Object.keys(found?.authorizations ?? {})).toHaveLength(20);
    expect(found?.authorizations['client-7']).toEqual(slotOf('7'));
  });

  test('one that comes twenty times has one sid and one grant', async () => {
    const { uid } = await begin();
    const slots = await inParallel([one, two], 20, (stores, index) =>
      stores.sessions.claimSlot(uid, 'portal', slotOf(String(index))),
    );
    const distinct = new Set(valuesOf(slots).map((slot) => JSON.stringify(slot)));
    expect(distinct.size).toBe(1);
  });

  test('a grant that was revoked is replaced by one new one, under the same sid', async () => {
    const { uid } = await begin();
    const former = slotOf('former');
    await one.sessions.claimSlot(uid, 'portal', former);
    const replaced = await inParallel([one, two], 20, (stores, index) =>
      stores.sessions.replaceGrant(uid, 'portal', { former, grantId: `new-${index}` }),
    );
    const distinct = new Set(valuesOf(replaced).map((slot) => JSON.stringify(slot)));
    expect(distinct.size).toBe(1);
    expect(valuesOf(replaced)[0]).toEqual({
      sid: former.sid,
      grantId: expect.stringMatching(/^new-/u),
    });
  });

  test('a late write brings back neither a signed-out client nor a replaced grant', async () => {
    const { uid } = await begin();
    const portal = slotOf('portal');
    const hall = slotOf('hall');
    await one.sessions.claimSlot(uid, 'portal', portal);
    await one.sessions.claimSlot(uid, 'hall', hall);
    await two.ending.endClient(uid, 'portal');
    await two.sessions.replaceGrant(uid, 'hall', { former: hall, grantId: 'grant-new' });
    await one.sessions.apply(uid, { slots: { portal, hall: { ...hall, persistsLogout: true } } });
    const found = await one.sessions.findByUid(uid);
    expect(found?.authorizations).not.toHaveProperty('portal');
    expect(found?.authorizations['hall']).toMatchObject({ grantId: 'grant-new' });
  });

  test('the next sign-in after a sign-out at one client has a new sid', async () => {
    const { uid } = await begin();
    await one.sessions.claimSlot(uid, 'portal', slotOf('first'));
    await two.ending.endClient(uid, 'portal');
    expect(await one.sessions.claimSlot(uid, 'portal', slotOf('second'))).toEqual(slotOf('second'));
  });

  test('a write about something else loses no client that came meanwhile', async () => {
    const { uid } = await begin();
    const core = stateOf(uid, { accountId: 'zhang', acr: 'urn:hutong:level:2' });
    await inParallel([one, two], 20, async (stores, index) =>
      index % 2 === 0
        ? stores.sessions.claimSlot(uid, `client-${index}`, slotOf(String(index)))
        : stores.sessions.apply(uid, { core, state: { secret: 's' }, idleSeconds: IDLE }),
    );
    const found = await two.sessions.findByUid(uid);
    expect(Object.keys(found?.authorizations ?? {})).toHaveLength(10);
    expect(found).toMatchObject({ acr: 'urn:hutong:level:2', state: { secret: 's' } });
  });
});

describe('cookie ids', () => {
  test('a rotation leaves the former id valid for a moment, and no longer', async () => {
    const { uid, cookie } = await begin();
    await one.sessions.apply(uid, { rotation: { newCookieId: 'rotated-1', keepsOld: true } });
    expect(await two.sessions.findByCookie(cookie)).toMatchObject({ uid });
    expect(await two.sessions.findByCookie('rotated-1')).toMatchObject({ uid });
    clock.advance(31);
    expect(await two.sessions.findByCookie(cookie)).toBeUndefined();
    expect(await two.sessions.findByCookie('rotated-1')).toMatchObject({ uid });
  });

  test('parallel rotations leave every new id valid', async () => {
    const { uid } = await begin();
    await inParallel([one, two], 10, (stores, index) =>
      stores.sessions.apply(uid, {
        rotation: { newCookieId: `parallel-${uid}-${index}`, keepsOld: true },
      }),
    );
    for (let index = 0; index < 10; index += 1) {
      expect(await one.sessions.findByCookie(`parallel-${uid}-${index}`)).toMatchObject({ uid });
    }
  });

  test('an id from before the sign-in dies at once', async () => {
    const { uid, cookie } = await begin();
    await one.sessions.apply(uid, { rotation: { newCookieId: 'after-sign-in', keepsOld: false } });
    expect(await two.sessions.findByCookie(cookie)).toBeUndefined();
    expect(await two.sessions.findByCookie('after-sign-in')).toMatchObject({ uid });
  });

  test('no id outlives its session', async () => {
    const { uid, cookie } = await begin();
    await one.sessions.apply(uid, { rotation: { newCookieId: 'of-ended', keepsOld: true } });
    await two.ending.end(uid, { reason: 'signed_out' });
    await one.sessions.apply(uid, { rotation: { newCookieId: 'too-late', keepsOld: true } });
    for (const id of [cookie, 'of-ended', 'too-late']) {
      expect(await one.sessions.findByCookie(id)).toBeUndefined();
    }
  });
});

describe('ends', () => {
  test('exactly one of twenty ends it, and each client gets one notice', async () => {
    const { uid } = await begin();
    for (const name of ['a', 'b', 'c']) {
      await one.sessions.claimSlot(uid, `${uid}-${name}`, slotOf(`${uid}-${name}`));
    }
    const results = await inParallel([one, two], 20, (stores) =>
      stores.ending.end(uid, { reason: 'ended_by_person', actor: 'zhang' }),
    );
    expect(valuesOf(results).filter(Boolean)).toHaveLength(1);
    for (const name of ['a', 'b', 'c']) {
      const clientId = `${uid}-${name}`;
      expect(await two.outbox.listDeliveries({ clientId })).toHaveLength(1);
    }
  });

  test('neither storing it again, nor a slot, nor a touch revives it', async () => {
    const { uid, cookie } = await begin();
    await two.ending.end(uid, { reason: 'signed_out' });
    await one.sessions.create(cookie, stateOf(uid, { accountId: 'zhang' }), DEVICE);
    await one.sessions.apply(uid, {
      core: stateOf(uid, { accountId: 'zhang' }),
      idleSeconds: IDLE,
    });
    await one.sessions.touch(uid, IDLE);
    expect(await one.sessions.claimSlot(uid, 'portal', slotOf('portal'))).toBeUndefined();
    expect(await one.sessions.findByUid(uid)).toBeUndefined();
    expect(await one.sessions.findByCookie(cookie)).toBeUndefined();
    expect(await one.sessions.listByAccount('zhang')).not.toContainEqual(
      expect.objectContaining({ key: one.sessions.keyOf(uid) }),
    );
  });

  test('a slot claimed while the session ends is refused or signed out, never forgotten', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { uid } = await begin();
      const clientId = `race-${uid}`;
      const [slot] = await Promise.all([
        one.sessions.claimSlot(uid, clientId, slotOf(uid)),
        two.ending.end(uid, { reason: 'signed_out' }),
      ]);
      const notices = await one.outbox.listDeliveries({ clientId });
      expect(notices).toHaveLength(slot === undefined ? 0 : 1);
    }
  });

  test('it is idle after its time, and the sweeper ends it once with notices', async () => {
    const { uid, cookie } = await begin();
    const clientId = `idle-${uid}`;
    await one.sessions.claimSlot(uid, clientId, slotOf(uid));
    clock.advance(IDLE + 61);
    expect(await one.sessions.findByCookie(cookie)).toBeUndefined();
    expect(await one.sessions.findByUid(uid)).toBeUndefined();
    await Promise.all([one.ending.sweep(), two.ending.sweep()]);
    expect(await one.outbox.listDeliveries({ clientId })).toMatchObject([{ reason: 'idle' }]);
  });

  test('an idle end does not touch what is still active', async () => {
    const { uid, cookie } = await begin();
    expect(await one.ending.end(uid, { reason: 'idle', actor: 'system' })).toBe(false);
    expect(await two.sessions.findByCookie(cookie)).toMatchObject({ uid });
  });

  test('activity after the idle end comes too late, swept or not', async () => {
    const { uid, cookie } = await begin();
    clock.advance(IDLE + 61);
    await two.sessions.touch(uid, IDLE);
    await two.sessions.apply(uid, { idleSeconds: IDLE });
    expect(await two.sessions.claimSlot(uid, 'portal', slotOf('portal'))).toBeUndefined();
    expect(await one.sessions.findByCookie(cookie)).toBeUndefined();
  });

  test('activity moves the idle end, but never past the absolute one', async () => {
    const { uid } = await begin();
    const stayActive = async (halfHours: number) => {
      for (let done = 0; done < halfHours; done += 1) {
        await two.sessions.touch(uid, IDLE);
        clock.advance(IDLE);
      }
    };
    await stayActive(23);
    expect(await one.sessions.findByUid(uid)).toMatchObject({ uid });
    await stayActive(1);
    await two.sessions.touch(uid, IDLE);
    expect(await one.sessions.findByUid(uid)).toBeUndefined();
  });
});

test('a dump shows no uid, cookie id, sid, grant or device', async () => {
  const { uid, cookie } = await begin({ state: { secret: 'unmistakable' } });
  await one.sessions.claimSlot(uid, 'portal', slotOf('dumped'));
  const text = JSON.stringify(
    await one.database.collection('sessions').find().toArray(),
    (_key, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
  );
  for (const value of [uid, cookie, 'sid-dumped', 'grant-dumped', 'unmistakable', 'Test/1.0']) {
    expect(text).not.toContain(value);
  }
});
