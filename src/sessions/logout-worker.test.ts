import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeJwt } from 'jose';
import { Provider } from 'oidc-provider';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { testDatabase } from '../../test/support/database.ts';
import { openTestStorage } from '../../test/support/storage.ts';
import type { TestStorage } from '../../test/support/storage.ts';
import { createLogger } from '../platform/logger.ts';
import { createOutbound } from '../platform/outbound.ts';
import type { OutboxWorker } from '../platform/outbox-worker.ts';
import { logoutOutboxMigrations } from './logout-outbox.migrations.ts';
import { LOGOUT_OUTBOX, LogoutOutboxStore } from './logout-outbox-store.ts';
import type { LogoutPayload } from './logout-outbox-store.ts';
import { createLogoutWorker } from './logout-worker.ts';
import type { LogoutNotice } from './session-ending.ts';

type Answer = 'hang' | number;
type Received = { path: string; jti: string; sid: string; iat: number };

const { uri } = testDatabase();
const logger = createLogger({ level: 'silent', service: 'test' });
const outbound = createOutbound({ allow: ['127.0.0.1/32:*'], timeoutMs: 1000 });

let offsetMs = 0;
const clock = { now: () => new Date(Date.now() + offsetMs) };
let storages: [TestStorage, TestStorage];
let stores: [LogoutOutboxStore, LogoutOutboxStore];
let workers: OutboxWorker<LogoutPayload>[] = [];
let receiver: Server;
let provider: Provider;
let received: Received[] = [];
let answers: Record<string, Answer> = {};

beforeAll(async () => {
  storages = [
    await openTestStorage(uri, logoutOutboxMigrations, clock),
    await openTestStorage(uri, logoutOutboxMigrations, clock),
  ];
  stores = [new LogoutOutboxStore(storages[0]), new LogoutOutboxStore(storages[1])];
  receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const path = request.url ?? '';
      const form = new URLSearchParams(Buffer.concat(chunks).toString());
      const { jti, sid, iat } = decodeJwt(form.get('logout_token') ?? '');
      received.push({ path, jti: jti ?? '', sid: String(sid), iat: iat ?? 0 });
      const answer = answers[path] ?? 200;
      if (answer !== 'hang') response.writeHead(answer).end('what the receiver says is not kept');
    });
  });
  await new Promise<void>((resolve) => void receiver.listen(0, '127.0.0.1', resolve));
  const { port } = receiver.address() as AddressInfo;
  const uris: Record<string, string | undefined> = {
    private: `http://127.0.0.2:${port}/private`,
    silent: undefined,
  };
  provider = new Provider('https://id.test', {
    fetch: (url, init) => outbound.fetch(url instanceof Request ? url.url : url, init),
    features: { backchannelLogout: { enabled: true } },
    clients: ['a', 'b', 'slow', 'private', 'silent'].map((client_id) => {
      const logoutUri =
        client_id in uris ? uris[client_id] : `http://127.0.0.1:${port}/${client_id}`;
      return {
        client_id,
        redirect_uris: ['https://rp.test/callback'],
        token_endpoint_auth_method: 'none',
        ...(logoutUri ? { backchannel_logout_uri: logoutUri } : {}),
        backchannel_logout_session_required: true,
      };
    }),
  });
});

beforeEach(async () => {
  offsetMs = 0;
  received = [];
  answers = {};
  await storages[0].database.collection(LOGOUT_OUTBOX).deleteMany({});
});

afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.stop()));
  workers = [];
});

afterAll(async () => {
  receiver.close().closeAllConnections();
  await outbound.close();
  await Promise.all(storages.map(({ database }) => database.close()));
});

function startWorker(index: 0 | 1, options: { leaseMs?: number } = {}) {
  const worker = createLogoutWorker({
    ...storages[index],
    store: stores[index],
    logger,
    pollMs: 50,
    ...options,
    issueLogout: async (clientId, accountId, sid) => {
      const client = await provider.Client.find(clientId);
      if (!client?.backchannelLogoutUri) return 'no_receiver';
      // Public in the library, absent from its types.
      const notified = client as unknown as {
        backchannelLogout(sub: string, sid: string): Promise<void>;
      };
      await notified.backchannelLogout(accountId, sid);
      return 'delivered';
    },
  });
  workers.push(worker);
  worker.start();
  return worker;
}

function notice(clientId: string, sid: string, more: Partial<LogoutNotice> = {}): LogoutNotice {
  const base = { accountId: 'account-1', reason: 'signed_out' as const, notBefore: clock.now() };
  return { ...base, clientId, sid, ...more };
}

async function records(clientId?: string) {
  return stores[0].listDeliveries({ clientId });
}

describe('enqueuing', () => {
  it('leaves nothing when the transaction of its cause fails', async () => {
    const work = storages[0].database.transaction(async (session) => {
      await stores[0].enqueue([notice('a', 's1')], session);
      throw new Error('the session could not be ended');
    });
    await expect(work).rejects.toThrow('could not be ended');
    expect(await records()).toEqual([]);
  });

  it('makes one row of a client and sid, however often and from wherever it is asked', async () => {
    await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        storages[i % 2 === 0 ? 0 : 1].database.transaction((session) =>
          stores[i % 2 === 0 ? 0 : 1].enqueue([notice('a', 's1'), notice('b', 's1')], session),
        ),
      ),
    );
    expect((await records()).map(({ lane }) => lane).sort()).toEqual(['a', 'b']);
  });

  it('stores neither account nor sid in the clear', async () => {
    await stores[0].enqueue([notice('a', 'sid-in-the-clear')]);
    const rows = await storages[0].database.collection(LOGOUT_OUTBOX).find().toArray();
    const stored = JSON.stringify(rows) + rows.map((row) => String(row['sealed'])).join();
    expect(stored).not.toContain('sid-in-the-clear');
    expect(stored).not.toContain('account-1');
  });
});

describe('delivery', () => {
  it('reaches each client once while two processes work on the same rows', async () => {
    const sids = Array.from({ length: 100 }, (_, i) => `sid-${i}`);
    startWorker(0);
    startWorker(1);
    await stores[0].enqueue(sids.flatMap((sid) => [notice('a', sid), notice('b', sid)]));
    workers[0]?.wake();
    await expect.poll(() => received.length, { timeout: 8000 }).toBeGreaterThanOrEqual(200);
    await expect
      .poll(async () => (await stores[0].listDeliveries({ limit: 300 })).map(({ state }) => state))
      .toEqual(Array(200).fill('delivered'));
    expect(new Set(received.map(({ path, sid }) => `${path} ${sid}`)).size).toBe(200);
    expect(received).toHaveLength(200);
  });

  it('does not begin before its time', async () => {
    startWorker(0);
    await stores[0].enqueue([
      notice('a', 's1', { notBefore: new Date(clock.now().getTime() + 3000) }),
      notice('b', 's1'),
    ]);
    await expect.poll(() => received.map(({ path }) => path)).toEqual(['/b']);
    offsetMs = 3000;
    await expect.poll(() => received.map(({ path }) => path)).toEqual(['/b', '/a']);
  });

  it('never contacts an address outside the allow-list, and the record says so', async () => {
    startWorker(0);
    await stores[0].enqueue([notice('private', 's1')]);
    await expect
      .poll(() => records('private'))
      .toMatchObject([{ state: 'refused', lastResult: 'address_not_allowed', attempts: 1 }]);
    expect(received).toEqual([]);
  });

  it('keeps no record for a client without a receiver', async () => {
    startWorker(0);
    await stores[0].enqueue([notice('silent', 's1'), notice('a', 's1')]);
    await expect.poll(async () => (await records()).map(({ lane }) => lane)).toEqual(['a']);
  });

  it('comes back to a receiver that was down, with a fresh token each time', async () => {
    answers['/a'] = 503;
    startWorker(0);
    await stores[0].enqueue([notice('a', 's1')]);
    await expect
      .poll(() => records('a'))
      .toMatchObject([{ state: 'pending', lastResult: 'http_503', attempts: 1 }]);
    answers['/a'] = 200;
    offsetMs = 60_000;
    await expect.poll(() => records('a')).toMatchObject([{ state: 'delivered', attempts: 2 }]);
    expect(new Set(received.map(({ jti }) => jti)).size).toBe(2);
  });

  it('asks a receiver that refuses at longer intervals, and keeps none of its words', async () => {
    answers['/a'] = 400;
    startWorker(0);
    await stores[0].enqueue([notice('a', 's1')]);
    await expect
      .poll(() => records('a'))
      .toMatchObject([{ state: 'pending', lastResult: 'http_400', attempts: 1 }]);
    const [record] = await records('a');
    const waitMs = (record?.nextAttemptAt.getTime() ?? 0) - Date.now();
    expect(waitMs).toBeGreaterThan(20_000);
    expect(
      JSON.stringify(await storages[0].database.collection(LOGOUT_OUTBOX).find().toArray()),
    ).not.toContain('receiver says');
  });

  it('gives up after a day', async () => {
    answers['/a'] = 500;
    startWorker(0);
    await stores[0].enqueue([notice('a', 's1')]);
    await expect.poll(() => records('a')).toMatchObject([{ attempts: 1, lastResult: 'http_500' }]);
    offsetMs = 86_400_000;
    await expect
      .poll(() => records('a'))
      .toMatchObject([{ state: 'failed', attempts: 2, lastResult: 'http_500' }]);
  });

  it('does not let a receiver that hangs hold up the others', async () => {
    answers['/slow'] = 'hang';
    startWorker(0);
    const sids = Array.from({ length: 60 }, (_, i) => `sid-${i}`);
    await stores[0].enqueue(sids.map((sid) => notice('slow', sid)));
    await expect.poll(() => received.length).toBeGreaterThanOrEqual(1);
    await stores[0].enqueue([notice('a', 's1'), notice('b', 's1')]);
    workers[0]?.wake();
    await expect
      .poll(async () => (await records('a')).concat(await records('b')), { timeout: 900 })
      .toMatchObject([{ state: 'delivered' }, { state: 'delivered' }]);
    expect(received.filter(({ path }) => path === '/slow').length).toBeLessThanOrEqual(4);
  });
});

describe('a worker that was killed', () => {
  it('loses its row to another one when the lease ends, and its late result is ignored', async () => {
    await stores[0].enqueue([notice('a', 's1')]);
    const lost = await stores[0].lease({ holder: 'killed', leaseMs: 15_000, excludedLanes: [] });
    if (!lost) throw new Error('nothing leased');
    startWorker(1);
    expect(await stores[1].lease({ holder: 'other', leaseMs: 15_000, excludedLanes: [] })).toBe(
      undefined,
    );
    expect(received).toEqual([]);
    offsetMs = 15_000;
    await expect.poll(() => records('a')).toMatchObject([{ state: 'delivered', attempts: 2 }]);
    expect(await stores[0].settle(lost, { state: 'failed', result: 'late' })).toBe(false);
    expect(await records('a')).toMatchObject([{ state: 'delivered', lastResult: 'accepted' }]);
  });
});
