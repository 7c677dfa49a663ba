// Two SMS gateways, the first of which fails in every way: who gets the message, who gets it twice,
// and what the caps stop.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { identityStores } from '../../test/support/identity-stores.ts';
import { BudgetStore } from '../credentials/budget-store.ts';
import { loadWords } from '../platform/http/locale.ts';
import type { Observation } from '../platform/metrics.ts';
import { everyAddress } from '../platform/outbound-rules.ts';
import { createOutbound } from '../platform/outbound.ts';
import type { SmsConfig } from '../platform/sms-config.ts';
import { paidBy } from './message.ts';
import type { Message, MessagePayer } from './message.ts';
import { SmsSender } from './sms-sender.ts';

type Mode = 'well' | 'down' | 'slow' | 'lying' | 'rude' | 'choosy';

const stores = identityStores();
const outbound = createOutbound({ allow: everyAddress });
const words = loadWords('locales');
const servers: Server[] = [];
const modes: [Mode, Mode] = ['well', 'well'];
const received: [Record<string, unknown>[], Record<string, unknown>[]] = [[], []];
const observed: Observation[] = [];
let urls: string[] = [];
let serial = 0;

beforeAll(async () => {
  urls = await Promise.all([startGateway(0), startGateway(1)]);
});
beforeEach(() => {
  modes.fill('well');
  for (const list of received) list.length = 0;
  observed.length = 0;
});
afterAll(async () => {
  for (const server of servers) server.close().closeAllConnections();
  await outbound.close();
});

async function startGateway(index: 0 | 1): Promise<string> {
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      received[index].push(body as Record<string, unknown>);
      const mode = modes[index];
      if (mode === 'slow') return;
      const status = { well: 200, down: 503, lying: 200, rude: 200, choosy: 422 }[mode];
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(mode === 'rude' ? '<html>' : JSON.stringify({ accepted: mode === 'well' }));
    });
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/sms`;
}

function open(caps: Partial<SmsConfig> = {}): SmsSender {
  const common = {
    timeoutMs: 800,
    accepts: { field: 'accepted', equals: true },
    breaker: { failures: 2, openMs: 60_000 },
  };
  const gateways = [
    { ...common, id: 'first', url: urls[0] ?? '', templates: { one_time_code: 'SMS_1' } },
    { ...common, id: 'second', url: urls[1] ?? '', templates: {} },
  ];
  return new SmsSender(
    {
      words,
      clock: stores.clock,
      budgets: new BudgetStore(stores),
      metrics: { observe: (observation) => void observed.push(observation) },
      outbound,
    },
    {
      gateways,
      perNumberDaily: 100,
      perOrganisationDaily: 100,
      perClientDaily: 100,
      dailyBudget: 1_000_000,
      ...caps,
    },
  );
}

/** A code is awaited by somebody, a notice is not. */
function row(of: 'code' | 'notice', to = freshNumber()) {
  serial += 1;
  const values = { code: '246810', minutes: 5, purpose: '登录', time: '今天', system: '公积金' };
  const common = { channel: 'sms', to, values, language: 'zh-CN' } as const;
  const payload: Message =
    of === 'code'
      ? { ...common, template: 'one_time_code', notAfter: Date.now() + 300_000 }
      : { ...common, template: 'stock_account_bound' };
  return { id: `m${serial}`, lane: 'sms', reason: of, payload, attempt: 1, createdAt: new Date() };
}

function freshNumber(): string {
  serial += 1;
  return `+86138${String(serial).padStart(8, '0')}`;
}

const ids = (index: 0 | 1) => received[index].map(({ id }) => id);

describe('with the first gateway', () => {
  it('well, the second is not asked; the gateway gets its own template id', async () => {
    const message = row('code');
    expect(await open().send(message)).toMatchObject({ outcome: 'delivered' });
    expect(received[0]).toMatchObject([
      { id: message.id, template: 'SMS_1', values: { code: '246810' } },
    ]);
    expect(received[1]).toEqual([]);
  });

  it.each(['down', 'lying', 'rude'] as const)('%s, the second delivers at once', async (mode) => {
    modes[0] = mode;
    for (const kind of ['code', 'notice'] as const) {
      const message = row(kind);
      expect(await open().send(message)).toMatchObject({ outcome: 'delivered' });
      expect(ids(1)).toContain(message.id);
    }
  });

  it('slow, a code goes on to the second; a notice, which may have been sent, does not', async () => {
    modes[0] = 'slow';
    const code = row('code');
    expect(await open().send(code)).toMatchObject({ outcome: 'delivered' });
    const notice = row('notice');
    expect(await open().send(notice)).toMatchObject({ outcome: 'retry', result: 'timeout' });
    expect(ids(1)).toEqual([code.id]);
  });

  it('slow again and again, its breaker opens and nobody waits for it any more', async () => {
    modes[0] = 'slow';
    const sender = open();
    for (const _try of [1, 2]) await sender.send(row('code'));
    const asked = received[0].length;
    const notice = row('notice');
    expect(await sender.send(notice)).toMatchObject({ outcome: 'delivered' });
    expect([received[0].length, ids(1).includes(notice.id)]).toEqual([asked, true]);
    const breaker = observed.find(({ name }) => name === 'hutong_sms_gateway_breaker');
    expect(await breaker?.read()).toEqual([
      [['first'], 2],
      [['second'], 0],
    ]);
  });

  it('refusing the message itself, no other is bothered with it', async () => {
    modes[0] = 'choosy';
    expect(await open().send(row('code'))).toEqual({ outcome: 'failed', result: 'http_422' });
    expect(received[1]).toEqual([]);
  });

  it('and the second down, the message is kept and costs nothing', async () => {
    modes.fill('down');
    const sender = open({ perNumberDaily: 1 });
    const message = row('notice');
    expect(await sender.send(message)).toEqual({ outcome: 'retry', result: 'http_503' });
    modes[1] = 'well';
    expect(await sender.send({ ...message, attempt: 2 })).toMatchObject({ outcome: 'delivered' });
  });
});

describe('the caps', () => {
  it('stop a number that gets too many, not others', async () => {
    const sender = open({ perNumberDaily: 2 });
    const to = freshNumber();
    const results = await Promise.all([1, 2, 3, 4].map(() => sender.send(row('notice', to))));
    expect(results.filter(({ outcome }) => outcome === 'delivered')).toHaveLength(2);
    expect(results.filter(({ result }) => result === 'number_cap')).toHaveLength(2);
    expect(await sender.send(row('notice'))).toMatchObject({ outcome: 'delivered' });
  });

  it('leave room for notices beside the codes that anybody can ask for', async () => {
    const sender = open({ perNumberDaily: 5 });
    const to = freshNumber();
    for (let sent = 1; sent <= 4; sent += 1) {
      expect(await sender.send(row('code', to))).toMatchObject({ outcome: 'delivered' });
    }
    expect(await sender.send(row('code', to))).toMatchObject({ result: 'number_cap' });
    expect(await sender.send(row('notice', to))).toMatchObject({ outcome: 'delivered' });
    expect(await sender.send(row('notice', to))).toMatchObject({ result: 'number_cap' });
  });

  it('stop what one organisation or one system causes, and count it once for both', async () => {
    const sender = open({ perOrganisationDaily: 2, perClientDaily: 3 });
    const send = async (...payers: MessagePayer[]) => {
      const notice = row('notice');
      const values = { ...notice.payload.values, ...paidBy(payers) };
      return (await sender.send({ ...notice, payload: { ...notice.payload, values } })).result;
    };
    const client = { kind: 'client', id: 'payroll' } as const;
    const organisation = (id: string) => ({ kind: 'organisation', id }) as const;
    const together = [1, 2, 3, 4].map(() => send(organisation('flood'), client));
    const results = await Promise.all(together);
    expect(results.filter((result) => result === 'payer_cap')).toHaveLength(2);
    expect(await send(organisation('flood'))).toBe('payer_cap');
    expect(await send(organisation('other'), client)).toBe('http_200');
    expect(await send(organisation('other'), client)).toBe('payer_cap');
    // What was refused to the one has not been taken from the other.
    expect([await send(organisation('other')), await send()]).toEqual(['http_200', 'http_200']);
    expect(JSON.stringify(received)).not.toContain('flood');
  });

  it('let everything wait when the budget of the day is used up, and tell it', async () => {
    const left = async () => {
      const budget = observed.find(({ name }) => name === 'hutong_sms_budget_left');
      return (await budget?.read())?.[0]?.[1] ?? -1;
    };
    const probe = open();
    const spent = 1_000_000 - (await left());
    observed.length = 0;
    const sender = open({ dailyBudget: spent + 1 });
    expect(await sender.send(row('notice'))).toMatchObject({ outcome: 'delivered' });
    expect(await left()).toBe(0);
    expect(await sender.send(row('notice'))).toEqual({
      outcome: 'retry_slowly',
      result: 'budget_used_up',
    });
    expect(await probe.send(row('notice'))).toMatchObject({ outcome: 'delivered' });
  });
});
