// Systems that come for what they are told of accounts (RFC 8936): refusals, requests at once, names that are
// acknowledged or not.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { EventsCity, FULL, pushedTo } from '../support/events-city.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { TokenClient } from '../support/token-client.ts';

const { uri } = migratedDatabase();
let events: EventsCity;
let city: EventsCity['city'];
let receiver: EventsCity['receiver'];

const coming = (id: string) => ({
  client_id: id,
  scope: `${FULL} account_events:poll`,
  grant_types: ['authorization_code', 'client_credentials'],
  account_events_delivery: 'poll',
});

beforeAll(async () => {
  events = await EventsCity.start(uri, {
    people: ['zhao', 'qian', 'sun', 'wuliu', 'wang'],
    clients: () => [coming('desk'), coming('counter')],
  });
  ({ city, receiver } = events);
});
afterAll(() => events.stop());
beforeEach(() => events.forget());

describe('a system that comes for its events', () => {
  const POLL = '/mutual-recognition/events/poll';

  async function tokenOf(clientId: string, scope = 'account_events:poll'): Promise<string> {
    const resource = `${city.issuer}/mutual-recognition/events`;
    const fields = { grant_type: 'client_credentials', scope, resource };
    const { body } = await new TokenClient(city.issuer).token(city.client(clientId), fields);
    return String(body.access_token);
  }

  function post(token: string | undefined, body: string, type = 'application/json') {
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const headers = { 'content-type': type, ...authorization };
    return fetch(`${city.issuer}${POLL}`, { method: 'POST', headers, body });
  }

  async function poll(token: string, request: object = {}) {
    const response = await post(token, JSON.stringify({ returnImmediately: true, ...request }));
    expect(response.status).toBe(200);
    const answer = (await response.json()) as {
      sets: Record<string, string>;
      moreAvailable: boolean;
    };
    const names = Object.keys(answer.sets);
    const events = await Promise.all(
      Object.values(answer.sets).map((set) => receiver.read('desk', set)),
    );
    return { ...answer, names, events };
  }

  test('is refused without a token of its own for this, and for a request that is none', async () => {
    const bare = await post(undefined, '{}');
    expect([bare.status, ((await bare.json()) as { err: string }).err]).toEqual([
      401,
      'authentication_failed',
    ]);
    expect(bare.headers.get('www-authenticate')).toContain('account_events:poll');
    expect((await post('a.b.c', '{}')).status).toBe(401);
    const token = await tokenOf('desk');
    for (const [body, status] of [
      ['', 400],
      ['[]', 400],
      ['{"ack":"x"}', 400],
      ['{"maxEvents":-1}', 400],
      [`{"ack":["${'x'.repeat(70_000)}"]}`, 413],
    ] as const) {
      const answer = await post(token, body);
      expect([body.slice(0, 20), answer.status]).toEqual([body.slice(0, 20), status]);
      expect(await answer.json()).toMatchObject({ err: 'invalid_request' });
    }
    expect((await post(token, '{}', 'text/plain')).status).toBe(415);
  });

  test('shares them out between requests at once, and gets again what it did not acknowledge', async () => {
    const people = ['zhao', 'qian', 'wuliu', 'wang'];
    for (const login of people) await events.knows('desk', login);
    for (const login of people) {
      await events.confirmPhone(login, undefined);
      await events.confirmPhone(login, `+861390000${1000 + people.indexOf(login)}`);
    }
    const token = await tokenOf('desk');
    const answers = await Promise.all([1, 2, 3].map(() => poll(token, { maxEvents: 2 })));
    const names = answers.flatMap((answer) => answer.names);
    // One of each person at a time.
    expect(names).toHaveLength(people.length);
    expect(new Set(names).size).toBe(people.length);
    expect(answers.flatMap(({ events }) => events.map(({ sub }) => sub))).toHaveLength(4);
    expect((await poll(token)).names).toEqual([]);
    city.clock.advance(61);
    const again = await poll(token);
    expect(new Set(again.names)).toEqual(new Set(names));
    const [refused = '', ...taken] = names;
    // Another system's word counts for nothing.
    expect((await poll(await tokenOf('counter'), { ack: names })).names).toEqual([]);
    const setErrs = { [refused]: { err: 'invalid_key', description: 'unknown' } };
    const next = await poll(token, { ack: [...taken, 'made-up'], setErrs, maxEvents: 3 });
    expect(next.events.map(({ event }) => event['account_version'])).toEqual([3, 3, 3]);
    expect(next.moreAvailable).toBe(true);
    const rest = await poll(token, { ack: next.names });
    expect(rest.names).toHaveLength(1);
    await poll(token, { ack: rest.names, maxEvents: 0 });
    const states = await events.rows().find({ lane: 'desk' }).toArray();
    expect(states.filter(({ state }) => state === 'delivered')).toHaveLength(7);
    expect(states.filter(({ state }) => state !== 'delivered')).toMatchObject([
      { state: 'failed', lastResult: 'receiver_invalid_key' },
    ]);
  });

  test('waits for the next, and for none that it may not have any more', async () => {
    const token = await tokenOf('desk');
    const waiting = poll(token, { returnImmediately: false });
    await events.knows('desk', 'sun');
    await events.confirmPhone('sun', '+8613900002000');
    const { names, events: found } = await waiting;
    expect(found).toMatchObject([{ event: { claims: { phone_number: '+8613900002000' } } }]);
    await events.confirmPhone('sun', undefined);
    await events.consents.remove(events.idOf('sun'), 'desk');
    expect((await poll(token, { ack: names })).names).toEqual([]);
  });

  test('has what it left pushed to it from then on', async () => {
    await events.confirmPhone('zhao', undefined);
    await city.addClients([pushedTo(receiver, { client_id: 'desk', scope: FULL })]);
    await receiver.until(() => receiver.of('desk').length === 1);
    expect(receiver.of('desk')).toMatchObject([{ event: { claims: { phone_number: null } } }]);
  });
});
