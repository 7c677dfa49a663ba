// What systems are told of mandates by themselves: who is not told, and in which order it arrives.
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { ConsentStore } from '../../src/consent/consent-store.ts';
import { DepartmentCity, usccs } from '../support/department-city.ts';
import { EventReceiver } from '../support/event-receiver.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { runHutongHere } from '../support/command-here.ts';
import { MASTER_KEY } from '../support/storage.ts';

const { uri } = migratedDatabase();
let departments: DepartmentCity;
let receiver: EventReceiver;
let sub: string;

const told = (id: string, services: string[], more: object = {}) => ({
  client_id: id,
  services,
  scope: 'openid legal_entity mandates:check',
  mandate_events_uri: receiver.uriOf(id),
  ...more,
});

beforeAll(async () => {
  receiver = await new EventReceiver().start();
  departments = await DepartmentCity.start(uri, {
    clients: [
      told('permits', ['permits']),
      told('customs', ['customs'], { scope: 'openid mandates:check' }),
      told('unknowing', ['permits']),
      told('narrow', ['customs']),
      told('asking', ['harbour'], { consent: 'ask' }),
      told('inside', ['permits'], { mandate_events_uri: 'https://169.254.169.254/events' }),
    ],
  });
  receiver.trust(departments.city.issuer);
  ({ sub } = await departments.signIn('liu', 'permits', { scope: 'openid legal_entity' }));
  await departments.signIn('liu', 'customs', { scope: 'openid' });
  await departments.signIn('liu', 'narrow', { scope: 'openid' });
  await departments.signIn('liu', 'asking', { scope: 'openid legal_entity' });
  await departments.signIn('liu', 'inside', { scope: 'openid legal_entity' });
});
afterAll(async () => {
  await departments.stop();
  await receiver.stop();
});
beforeEach(() => {
  receiver.received.length = 0;
  receiver.refuse = () => undefined;
});

interface Row {
  _id: string;
  lane: string;
  reason: string;
  state: string;
  lastResult?: string;
}

function rowsOf(mandateId: string): Promise<Row[]> {
  const rows = departments.city.storage.database.collection<Row>('mandateEventOutbox');
  return rows
    .find({ _id: { $regex: `/${mandateId}/` } })
    .sort({ _id: 1 })
    .toArray();
}

describe('an event', () => {
  test('reaches who is registered, served by the mandate and receives whom the person acts for, nobody else', async () => {
    const { id } = await departments.grant('liu', 0, { services: ['permits', 'other'] });
    await departments.end(id);
    await receiver.until(() => receiver.received.length === 2);
    expect(receiver.received.map(({ clientId, type }) => [clientId, type])).toEqual([
      ['permits', 'granted'],
      ['permits', 'ended'],
    ]);
    expect(receiver.received[0]).toMatchObject({
      sub,
      event: {
        mandate_id: id,
        role: 'handler',
        services: ['permits'],
        single_use: false,
        entity: { uscc: usccs[0], name: '示例企业0' },
      },
    });
    expect(receiver.received[1]).toMatchObject({ sub, event: { reason: 'removed' } });
    expect(receiver.problems).toEqual([]);
  });

  test('is none for a system that may not learn whom the person acts for', async () => {
    const { id } = await departments.grant('liu', 1, { services: ['customs', 'harbour'] });
    await departments.end(id);
    const rows = await rowsOf(id);
    expect(rows.map(({ lane, reason }) => [lane, reason])).toEqual([
      ['asking', 'granted'],
      ['asking', 'ended'],
    ]);
    await receiver.until(() => receiver.of('asking').length === 2);
    expect(receiver.received.filter(({ clientId }) => clientId !== 'asking')).toEqual([]);
  });

  test('of what was passed on names what it rests on, and waits where nobody reads whose it is', async () => {
    const services = ['permits'];
    const parent = await departments.grant('liu', 0, { services, maySubdelegate: true });
    const { id } = await departments.grant('liu', 0, { services, parentId: parent.id });
    await departments.end(id);
    await departments.end(parent.id);
    await receiver.until(() => receiver.received.length === 4);
    const parents = receiver.received.map(({ event }) => [event['mandate_id'], event['parent']]);
    expect(parents.filter(([of]) => of === id)).toEqual([
      [id, parent.id],
      [id, parent.id],
    ]);
    expect(parents.filter(([of]) => of === parent.id)).toEqual([
      [parent.id, undefined],
      [parent.id, undefined],
    ]);
    const rows = await rowsOf(id);
    expect(rows.map(({ lane }) => lane)).toContain('permits');
    for (const { _id } of rows) expect(_id).not.toContain(departments.idOf('liu'));
  });

  test('of an undone change is never sent', async () => {
    const { mandates } = departments.mandated;
    const { database } = departments.city.storage;
    const undone = database.transaction(async (session) => {
      const facts = { role: 'handler', grantedBy: 'test', services: ['permits'] } as const;
      const [entityId, holderId] = [departments.idOf('entity-1'), departments.idOf('liu')];
      await mandates.grant({ ...facts, entityId, holderId }, session);
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    const { id } = await departments.grant('liu', 2, { services: ['permits'] });
    await receiver.until(() => receiver.received.length > 0);
    expect(receiver.received.map(({ event }) => event['mandate_id'])).toEqual([id]);
    await departments.end(id);
    await receiver.until(() => receiver.received.length === 2);
  });
});

describe('what waits is looked at again: nothing is sent', () => {
  /** A mandate of which the system is to be told, and refuses to hear. */
  async function waiting(): Promise<string> {
    receiver.refuse = () => 503;
    const before = receiver.refusals;
    const { id } = await departments.grant('liu', 0, { services: ['harbour'] });
    await receiver.until(() => receiver.refusals > before);
    return id;
  }

  async function dropped(id: string) {
    receiver.refuse = () => undefined;
    await vi.waitFor(async () => expect((await rowsOf(id))[0]?.state).not.toBe('pending'), {
      timeout: 15_000,
      interval: 50,
    });
    await departments.end(id);
    expect(receiver.received).toEqual([]);
    const [{ state, lastResult } = {}] = await rowsOf(id);
    return [state, lastResult];
  }

  test('after the system lost the scope', async () => {
    const id = await waiting();
    const narrower = { consent: 'ask', scope: 'openid mandates:check' };
    await departments.city.addClients([told('asking', ['harbour'], narrower)]);
    expect(await dropped(id)).toEqual(['refused', 'scope_removed']);
    await departments.city.addClients([told('asking', ['harbour'], { consent: 'ask' })]);
  });

  test('after the consent was withdrawn', async () => {
    const id = await waiting();
    const consents = new ConsentStore(departments.city.storage);
    expect(await consents.remove(departments.idOf('liu'), 'asking')).toBe(true);
    expect(await dropped(id)).toEqual(['refused', 'not_consented']);
  });
});

test('a receiver that is down gets everything later, in order, and each once by its name', async () => {
  receiver.refuse = () => 503;
  const before = receiver.refusals;
  const { id } = await departments.grant('liu', 0, { services: ['permits'], isSingleUse: true });
  await departments.mandated.mandates.use(id, 'a test');
  await departments.end(id);
  await receiver.until(() => receiver.refusals >= before + 2);
  expect(receiver.received).toEqual([]);
  receiver.refuse = () => undefined;
  await receiver.until(() => receiver.of('permits').length === 3);
  const told = receiver.of('permits');
  expect(told.map(({ type }) => type)).toEqual(['granted', 'used', 'ended']);
  expect(new Set(told.map(({ jti }) => jti)).size).toBe(3);
});

test('what a process that died had leased or held is sent by another', async () => {
  receiver.refuse = () => 503;
  const before = receiver.refusals;
  const { id } = await departments.grant('liu', 1, { services: ['permits'] });
  await departments.end(id);
  await receiver.until(() => receiver.refusals > before);
  const rows = departments.city.storage.database.collection<{ _id: string }>('mandateEventOutbox');
  const ofMandate = { _id: { $regex: `^permits/${id}/` } };
  // As a process leaves it that settled the first and was killed before it let the second go.
  const [first] = await rows.find(ofMandate).sort({ _id: 1 }).toArray();
  await rows.updateOne({ _id: first?._id ?? '' }, { $set: { state: 'delivered' } });
  receiver.refuse = () => undefined;
  await receiver.until(() => receiver.of('permits').length === 1);
  expect(receiver.of('permits')[0]?.type).toBe('ended');
});

test('the operator sees what became of each, and nothing is sent where we never call', async () => {
  const { id } = await departments.grant('liu', 2, { services: ['permits'] });
  await receiver.until(() => receiver.of('permits').length === 1);
  const environment = {
    HUTONG_MODE: 'demonstration',
    HUTONG_PUBLIC_URL: departments.city.issuer,
    HUTONG_MASTER_KEY: MASTER_KEY.toString('base64url'),
    MONGODB_URI: uri,
  };
  const list = await runHutongHere(
    ['deliveries', 'list', '--kind', 'mandates', '--client', 'inside', '--json'],
    environment,
  );
  const rows = JSON.parse(list.out) as { id: string; state: string; lastResult?: string }[];
  const own = rows.find((row) => row.id.includes(id));
  expect(own).toMatchObject({ state: expect.stringMatching(/pending|refused/u) });
  expect(rows.filter(({ state }) => state === 'refused')).toContainEqual(
    expect.objectContaining({ lastResult: 'address_not_allowed' }),
  );
  expect(list.out).not.toMatch(/9144|示例/u);
});
