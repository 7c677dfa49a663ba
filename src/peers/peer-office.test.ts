// Peers by two officers: who may do what, who is first, and what is left when a key is lost.
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { rolesOffice } from '../../test/support/roles-office.ts';
import type { Staff } from '../../test/support/roles-office.ts';
import { samplePeer, savePeer } from '../../test/support/peer-samples.ts';
import type { AuditRecord } from '../audit/audit-record.ts';
import { PeerOffice } from './peer-office.ts';
import type { PeerOfficer } from './peer-steps.ts';
import { PeerStore } from './peer-store.ts';

const roles = rolesOffice();
const { stores } = roles;
const SECRET = 'what only the province knows';
let peers: PeerStore;
let office: PeerOffice;
/** System and security administrator, and somebody without any power. */
let system: PeerOfficer;
let security: PeerOfficer;
let nobody: PeerOfficer;

const officerOf = async (account: Staff): Promise<PeerOfficer> => ({
  account: await roles.fresh(account),
  address: '192.0.2.1',
});

async function appointed(role: 'systemAdministrator' | 'securityAdministrator', name?: string) {
  const staff = await roles.staff(name === undefined ? {} : { name });
  await roles.appoint(staff, role);
  return officerOf(staff);
}

beforeAll(() => {
  peers = new PeerStore(stores);
  office = new PeerOffice({
    ...stores,
    peers,
    staffIdOf: (accountId) => Promise.resolve(roles.staffIds.get(accountId)),
    registration: { mode: 'production', neededAddresses: () => [] },
  });
});

beforeEach(async () => {
  await stores.database.collection('peers').deleteMany({});
  await stores.database.collection('auditRecords').deleteMany({});
  system = await appointed('systemAdministrator');
  security = await appointed('securityAdministrator');
  nobody = await officerOf(roles.ann);
});

const input = (more: object = {}) => ({ ...samplePeer(), ...more });
const state = async () => (await peers.find('province'))?.peer.state;
const records = () =>
  stores.database.collection<AuditRecord & { _id: string }>('auditRecords').find().toArray();
const recorded = async () =>
  (await records())
    .filter(({ type }) => type.startsWith('peers.'))
    .map(({ type, reason }) => [type, reason]);

async function registered(officer = system) {
  const outcome = await office.register(officer, input({ clientSecret: SECRET }), 0);
  if (!outcome.ok) throw new Error(outcome.reason);
  return outcome.record.peer.revision;
}

async function activated() {
  await registered();
  await office.tested(system, 'province');
  await office.approve(security, 'province');
  await office.activate(system, 'province');
  expect(await state()).toBe('active');
}

describe('a step', () => {
  it('is refused to everybody without the power for it, which is on record', async () => {
    expect(await office.register(nobody, input())).toMatchObject({ reason: 'not_system' });
    expect(await office.register(security, input())).toMatchObject({ reason: 'not_system' });
    expect(await peers.find('province')).toBeUndefined();
    await savePeer(stores, { state: 'tested' });
    expect(await office.approve(system, 'province')).toMatchObject({ reason: 'not_security' });
    await savePeer(stores, { state: 'approved' });
    expect(await office.activate(security, 'province')).toMatchObject({ reason: 'not_system' });
    await savePeer(stores);
    expect(await office.suspend(nobody, 'province', 'drill')).toMatchObject({
      reason: 'not_administrator',
    });
    expect(await office.dropKey(nobody, 'province', 'k1')).toMatchObject({ ok: false });
    expect(await office.replaceSecrets(security, 'province', {})).toMatchObject({ ok: false });
    await savePeer(stores, { state: 'suspended' });
    expect(await office.resume(system, 'province')).toMatchObject({ reason: 'not_security' });
    expect(await office.remove(security, 'province')).toMatchObject({ reason: 'not_system' });
    expect(await state()).toBe('suspended');
    const refusals = (await recorded()).filter(([type]) => type === 'peers.refused');
    expect(refusals.map(([, reason]) => reason)).toEqual([
      'not_system',
      'not_system',
      'not_security',
      'not_system',
      'not_administrator',
      'not_administrator',
      'not_system',
      'not_security',
      'not_system',
    ]);
  });

  it('is refused out of turn, for another revision, and for a peer that is not there', async () => {
    expect(await office.suspend(system, 'nowhere', 'drill')).toMatchObject({
      reason: 'peer_unknown',
    });
    const revision = await registered();
    expect(await office.approve(security, 'province')).toMatchObject({ reason: 'not_now' });
    expect(await office.activate(system, 'province')).toMatchObject({ reason: 'not_now' });
    expect(await office.resume(security, 'province')).toMatchObject({ reason: 'not_now' });
    await office.tested(system, 'province');
    expect(await office.approve(security, 'province', revision)).toMatchObject({
      reason: 'overtaken',
    });
    expect(await office.register(system, input(), revision)).toMatchObject({
      reason: 'overtaken',
    });
    expect(await state()).toBe('tested');
  });

  it('is refused to whoever has lost the power since the page was opened', async () => {
    await registered();
    await office.tested(system, 'province');
    const { account } = security;
    await roles.roles.change(account.id, { role: 'securityAdministrator', isGranted: false });
    expect(await office.approve(security, 'province')).toMatchObject({ reason: 'not_security' });
    expect(await state()).toBe('tested');
  });
});

describe('an approval', () => {
  it('is never by a second account of whoever changed it, not even in between', async () => {
    const changer = await appointed('systemAdministrator', '李双号');
    const other = await appointed('securityAdministrator', '李双号');
    for (const { account } of [changer, other]) roles.staffIds.set(account.id, '10086');
    await registered(changer);
    // Somebody else changes it too: the first change is in it still.
    await office.register(system, input({ levelCap: 2 }));
    await office.tested(system, 'province');
    expect(await office.approve(other, 'province')).toMatchObject({ reason: 'same_officer' });
    expect(await state()).toBe('tested');
    expect(await office.approve(security, 'province')).toMatchObject({ ok: true });
  });

  it('that meets a change of the same person leaves nothing approved that this person wrote', async () => {
    const changer = await appointed('systemAdministrator', '李双号');
    const other = await appointed('securityAdministrator', '李双号');
    for (const { account } of [changer, other]) roles.staffIds.set(account.id, '10086');
    for (const levelCap of [1, 2, 4]) {
      await savePeer(stores, { state: 'tested' });
      await Promise.all([
        office.register(changer, input({ levelCap })),
        office.approve(other, 'province'),
        office.approve(other, 'province'),
      ]);
      const record = await peers.find('province');
      // Whoever was first: what is approved is what somebody else wrote.
      const isApproved = record?.peer.state === 'approved';
      expect(record).toMatchObject(
        isApproved
          ? { peer: { levelCap: 3 }, approved: { by: other.account.id }, authors: [] }
          : { peer: { levelCap }, approved: undefined, authors: [changer.account.id] },
      );
    }
  });

  it('leads, with test and activation, to a peer in use; words alone do not take it back', async () => {
    await activated();
    const names = { 'zh-CN': '省厅', en: 'Hall' };
    const reworded = await office.register(system, input({ names }));
    expect(reworded).toMatchObject({ ok: true, change: 'reworded' });
    expect(await state()).toBe('active');
    expect(await office.register(system, input({ names }))).toMatchObject({ change: 'unchanged' });
    const changed = await office.register(system, input({ names, levelCap: 4 }));
    expect(changed).toMatchObject({ ok: true, change: 'changed' });
    expect(await peers.find('province')).toMatchObject({
      peer: { state: 'draft' },
      tested: undefined,
      approved: undefined,
      secrets: { clientSecret: SECRET },
    });
    expect((await recorded()).map(([type]) => type)).toEqual([
      'peers.registered',
      'peers.tested',
      'peers.approved',
      'peers.activated',
      'peers.changed',
      'peers.changed',
    ]);
  });
});

describe('of many at once', () => {
  it('fifty changes of one revision one is made', async () => {
    const revision = await registered();
    const changes = Array.from({ length: 50 }, (_, index) =>
      office.register(system, input({ levelMap: { L1: index % 3 } }), revision),
    );
    const outcomes = await Promise.all(changes);
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    const reasons = outcomes.flatMap((outcome) => (outcome.ok ? [] : [outcome.reason]));
    expect(new Set(reasons)).toEqual(new Set(['overtaken']));
    const made = (await recorded()).filter(([type]) => type === 'peers.changed');
    expect(made).toHaveLength(1);
  });

  it('who change it the one who suspends it always gets through', async () => {
    await activated();
    const [suspended] = await Promise.all([
      office.suspend(security, 'province', 'a drill'),
      ...[0, 1, 2, 4].map((levelCap) => office.register(system, input({ levelCap }))),
    ]);
    expect(suspended).toMatchObject({ ok: true });
    expect(await state()).toBe('suspended');
  });
});

describe('a suspended peer', () => {
  it('goes on where it was, by the security administrator', async () => {
    await activated();
    await office.suspend(system, 'province', 'levels are lying');
    expect(await office.suspend(system, 'province', 'twice')).toMatchObject({ reason: 'not_now' });
    expect(await peers.find('province')).toMatchObject({
      suspended: { by: system.account.id, reason: 'levels are lying' },
    });
    expect(await office.resume(security, 'province')).toMatchObject({ ok: true });
    expect(await state()).toBe('active');
  });

  it('that was changed meanwhile begins anew', async () => {
    await activated();
    await office.suspend(system, 'province', 'drill');
    await office.register(system, input({ levelCap: 1 }));
    expect(await state()).toBe('suspended');
    await office.resume(security, 'province');
    expect(await state()).toBe('draft');
  });

  it('is removed with its secrets, while one in use is not; its dropped keys stay dropped', async () => {
    await activated();
    expect(await office.remove(system, 'province')).toMatchObject({ reason: 'not_now' });
    await office.dropKey(security, 'province', 'k1');
    expect(await office.remove(system, 'province')).toMatchObject({ ok: true });
    expect(await peers.find('province')).toMatchObject({ isRemoved: true, secrets: {} });
    const again = await office.register(system, input(), 0);
    expect(again).toMatchObject({ change: 'created', record: { peer: { droppedKeys: ['k1'] } } });
  });
});

describe('a lost key', () => {
  it('suspends the peer at once, and all of it is approved anew', async () => {
    await activated();
    expect(await office.dropKey(security, 'province', 'k1')).toMatchObject({ ok: true });
    const lost = await peers.find('province');
    expect(lost?.peer).toMatchObject({ state: 'suspended', droppedKeys: ['k1'] });
    await office.resume(security, 'province');
    expect(await state()).toBe('draft');
  });

  it('of ours is replaced, and neither the old nor the new one is shown or recorded', async () => {
    await activated();
    const clientSecret = 'what nobody knows yet';
    const replaced = await office.replaceSecrets(system, 'province', { clientSecret });
    expect(replaced).toMatchObject({ ok: true });
    expect(await peers.find('province')).toMatchObject({
      secrets: { clientSecret },
      peer: { state: 'suspended' },
      resumesTo: 'draft',
    });
    await office.register(system, input({ clientSecret: 'x'.repeat(501) }));
    const written = JSON.stringify([
      await records(),
      await stores.database.collection('peers').find().toArray(),
    ]);
    expect(written).not.toContain(SECRET);
    expect(written).not.toContain(clientSecret);
  });
});
