// How sessions end on the real database: nobody can place a hook in a document, one broken
// document keeps nobody else open, and a forced end takes offline access along.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testDatabase } from '../../test/support/database.ts';
import { openProtocolStores } from '../../test/support/protocol-stores.ts';
import type { ProtocolStores } from '../../test/support/protocol-stores.ts';
import { ShiftedClock } from '../../test/support/shifted-clock.ts';
import type { ClientSlot } from './session-codec.ts';

const { uri } = testDatabase();
const HOUR = 3600;
const clock = new ShiftedClock();
let stores: ProtocolStores;

beforeAll(async () => {
  stores = await openProtocolStores(uri, clock);
});
afterAll(() => stores.database.close());

async function begin(accountId: string, slots: Record<string, ClientSlot> = {}) {
  const uid = stores.random.id();
  const exp = Math.floor(clock.now().getTime() / 1000) + HOUR;
  const device = { userAgent: 'Test/1.0', address: '192.0.2.1' };
  const state = { uid, accountId, exp, authorizations: slots };
  await stores.sessions.create(stores.random.id(), state, device);
  return { uid, key: stores.sessions.keyOf(uid) };
}

async function grantOf(accountId: string, clientId: string): Promise<string> {
  const grantId = stores.random.id();
  const exp = Math.floor(clock.now().getTime() / 1000) + HOUR;
  const payload = { kind: 'Grant', iat: 1, exp, accountId, clientId, openid: { scope: 'openid' } };
  await stores.grants.unite(grantId, payload, HOUR);
  return grantId;
}

describe('a name that is no client id', () => {
  it.each(['portal.sealed', 'portal.sidKey', 'a.', '$x', '.', '__proto__', ''])(
    'never reaches the document: %j',
    async (name) => {
      const slot = { sid: 'sid-1', grantId: 'grant-1' };
      const { uid } = await begin('zhang', { portal: slot });
      await expect(stores.ending.endClient(uid, name)).rejects.toThrow(RangeError);
      await expect(stores.sessions.claimSlot(uid, name, slot)).rejects.toThrow(RangeError);
      expect((await stores.sessions.findByUid(uid))?.authorizations).toEqual({ portal: slot });
    },
  );
});

describe('offline access', () => {
  it('that an ended session left behind ends with all others, but not what the asker holds', async () => {
    const left = await grantOf('li', 'archive');
    const kept = await grantOf('li', 'portal');
    const slot = { sid: 'sid-left', grantId: left, persistsLogout: true };
    const former = await begin('li', { archive: slot });
    await stores.ending.end(former.uid, { reason: 'signed_out' });
    expect(await stores.grants.find(left)).toBeDefined();
    const asker = await begin('li', { portal: { sid: 'sid-kept', grantId: kept } });
    await stores.ending.endAllOfAccount('li', { reason: 'ended_by_person', exceptKey: asker.key });
    expect(await stores.grants.find(left)).toBeUndefined();
    expect(await stores.grants.find(kept)).toBeDefined();
    expect(await stores.sessions.findByUid(asker.uid)).toBeDefined();
  });

  it('ends in the very transaction that ends a session by force', async () => {
    const grantId = await grantOf('wang', 'archive');
    const slot = { sid: 'sid-wang', grantId, persistsLogout: true };
    const { key } = await begin('wang', { archive: slot });
    await stores.ending.endByKey(key, { reason: 'ended_by_person' });
    expect(await stores.grants.isRevoked(grantId)).toBe(true);
  });
});

describe('the sweeper', () => {
  it('ends everybody else when one document cannot be read', async () => {
    const broken = await begin('zhao', { portal: { sid: 'sid-a', grantId: 'grant-a' } });
    const sound = await begin('zhao', { portal: { sid: 'sid-b', grantId: 'grant-b' } });
    const sessions = stores.database.collection<{ _id: string }>('sessions');
    await sessions.updateOne({ _id: broken.key }, { $unset: { 'clients.portal.sealed': 1 } });
    clock.advance(13 * HOUR);
    await stores.ending.sweep();
    const ended = await sessions.findOne({ _id: sound.key });
    expect(ended).toMatchObject({ endReason: 'idle' });
  });
});

describe('the account of a session', () => {
  it('is the one it was begun for, whatever somebody writes beside it', async () => {
    const { uid, key } = await begin('owner');
    const sessions = stores.database.collection<{ _id: string; accountId: string }>('sessions');
    await sessions.updateOne({ _id: key }, { $set: { accountId: 'somebody-else' } });
    expect((await stores.sessions.findByUid(uid))?.accountId).toBe('owner');
  });
});
