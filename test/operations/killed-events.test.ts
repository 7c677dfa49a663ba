// A process that is killed (-9) in the middle of a thousand events of accounts: the next one sends what is
// left, in order for each person, and what arrived twice has the same name.
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { accountAnnouncements } from '../../src/app/account-announcements.ts';
import { ConsentStore } from '../../src/consent/consent-store.ts';
import { AppProcess } from '../support/app-process.ts';
import { EventReceiver } from '../support/event-receiver.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { openProcessCity } from './process-city.ts';
import type { ProcessCity } from './process-city.ts';

const LONG = 120_000;
vi.setConfig({ testTimeout: LONG, hookTimeout: LONG });

const { uri } = migratedDatabase();
const PEOPLE = 100;
const EACH = 10;
const BEFORE_THE_KILL = 300;
let city: ProcessCity;
let receiver: EventReceiver;
let app: AppProcess;

beforeAll(async () => {
  receiver = await new EventReceiver().start();
  const account_events_uri = receiver.uriOf('hub');
  const hub = { client_id: 'hub', account_events_delivery: 'push', account_events_uri };
  city = await openProcessCity(uri, { people: [], clients: [hub] });
  receiver.trust(city.issuer);
});
afterAll(async () => {
  await app.stop();
  await receiver.stop();
  await city.close();
});

/** What is told of each person, as the changes themselves leave it. */
async function queue(): Promise<void> {
  const { storage } = city;
  const announce = accountAnnouncements(storage);
  const consents = new ConsentStore(storage);
  const clientId = 'hub';
  const changes = Array.from({ length: EACH }, (_, at) => (at % 2 === 0 ? 'disabled' : 'enabled'));
  for (let person = 0; person < PEOPLE; person += 1) {
    const accountId = `person-${person}`;
    await consents.remember({ accountId, clientId, basis: 'notice', allowed: ['scope:openid'] });
    const told = changes.map((type) => ({ accountId, type }) as const);
    await storage.database.transaction((session) => announce(told, session));
  }
}

test('1,000 queued events survive kill -9 and reach their receiver once each in effect', async () => {
  await queue();
  const rows = city.storage.database.collection<{ _id: string; lease: object | null }>(
    'accountEventOutbox',
  );
  expect(await rows.countDocuments({ state: 'pending' })).toBe(PEOPLE * EACH);
  const environment = city.environment(0, { HUTONG_OPERATIONS_PORT: 'off' });

  // From then on what has arrived is taken, and the process never learns it.
  receiver.beforeAnswer = () =>
    receiver.received.length < BEFORE_THE_KILL ? Promise.resolve() : new Promise(() => undefined);
  app = new AppProcess(environment);
  await receiver.until(() => receiver.received.length > BEFORE_THE_KILL);
  app.signal('SIGKILL');
  expect(await app.ended).toBe('SIGKILL');
  expect(await rows.countDocuments({ state: 'pending' })).toBeGreaterThan((PEOPLE * EACH) / 2);

  receiver.beforeAnswer = () => Promise.resolve();
  // The time for which it had taken them is over.
  const nextAttemptAt = new Date();
  await rows.updateMany({ state: 'pending', lease: { $ne: null } }, { $set: { nextAttemptAt } });
  app = new AppProcess(environment);
  const isDone = () => rows.countDocuments({ state: 'delivered' });
  await expect.poll(isDone, { interval: 100, timeout: LONG }).toBe(PEOPLE * EACH);

  expect(receiver.problems).toEqual([]);
  expect(receiver.received.length).toBeGreaterThan(PEOPLE * EACH);
  const inEffect = [...new Map(receiver.received.map((each) => [each.jti, each])).values()];
  expect(inEffect).toHaveLength(PEOPLE * EACH);
  const bySubject = Map.groupBy(inEffect, ({ sub }) => sub);
  expect(bySubject.size).toBe(PEOPLE);
  const versions = Array.from({ length: EACH }, (_, at) => at + 2);
  for (const events of bySubject.values()) {
    expect(events.map(({ event }) => event['account_version'])).toEqual(versions);
  }
});
