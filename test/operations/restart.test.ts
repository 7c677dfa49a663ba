// Restarts that nobody notices: two instances behind a door that honours readiness, and the workers
// of one instance behind nothing at all.
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { testDatabase } from '../support/database.ts';
import { AppProcess } from '../support/app-process.ts';
import { CityLoad } from './city-load.ts';
import { openProcessCity } from './process-city.ts';
import type { ProcessCity } from './process-city.ts';
import { ReadyDoor } from './ready-door.ts';

const { uri } = testDatabase();
const running: AppProcess[] = [];
const LONG = 300_000;
vi.setConfig({ testTimeout: LONG, hookTimeout: LONG });
let city: ProcessCity;

beforeAll(async () => {
  city = await openProcessCity(uri, {
    people: [{ login: 'zhang' }],
    clients: [
      { client_id: 'portal' },
      { client_id: 'ledger', grant_types: ['client_credentials'], scope: '', response_types: [] },
    ],
  });
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => each.stop()));
});
afterAll(() => city.close());

function start(environment: Readonly<Record<string, string>>): AppProcess {
  const started = new AppProcess(environment);
  running.push(started);
  return started;
}

function startLoad(): CityLoad {
  const [account] = city.accounts;
  const [client, machine] = city.clients;
  if (!account || !client || !machine) throw new Error('the city is not complete');
  return new CityLoad({ issuer: city.issuer, account, client, machine });
}

/** Resolves when that much more of everything has been done. */
async function someMore(load: CityLoad): Promise<void> {
  const { signIns, refreshes, tokens } = load.figures;
  await expect
    .poll(
      () =>
        load.figures.problems.length > 0 ||
        (load.figures.signIns > signIns &&
          load.figures.refreshes > refreshes &&
          load.figures.tokens > tokens + 10),
      { timeout: LONG },
    )
    .toBe(true);
}

async function status(port: number, path: string) {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  return { status: response.status, body: await response.text() };
}

describe('two instances behind a door that asks for readiness', () => {
  test('are restarted in turn under load without one failed request', async () => {
    const ports = [city.publicPort + 1, city.publicPort + 2];
    const environment = (place: number) =>
      city.environment(place, { HUTONG_DRAIN_SECONDS: '3', HUTONG_OPERATIONS_PORT: 'off' });
    const instances = [start(environment(1)), start(environment(2))];
    await Promise.all(instances.map((each) => each.says('listening')));
    const door = await ReadyDoor.open(city.publicPort, ports);
    await expect
      .poll(() => ports.every((port) => door.isReady(port)), { timeout: LONG })
      .toBe(true);
    const load = startLoad();
    try {
      await someMore(load);
      for (const [at, port] of ports.entries()) {
        expect(await instances[at]?.stop()).toBe(0);
        expect(door.isReady(port)).toBe(false);
        await someMore(load);
        const next = start(environment(at + 1));
        instances[at] = next;
        await next.says('listening');
        await expect.poll(() => door.isReady(port), { timeout: LONG }).toBe(true);
        await someMore(load);
      }
    } finally {
      await load.stop();
      await door.close();
    }
    expect({ door: door.failures, load: load.figures.problems }).toEqual({ door: [], load: [] });
  });
});

describe('the workers of one instance', () => {
  test('are replaced one by one under load without one failed request, and when one dies', async () => {
    const own = { HUTONG_WORKERS: '2', HUTONG_DRAIN_SECONDS: '0' };
    const primary = start(city.environment(0, own));
    await primary.says('workers ready');
    const load = startLoad();
    try {
      await someMore(load);
      primary.signal('SIGHUP');
      await primary.says('worker replaced', 2);
      await someMore(load);
      expect(load.figures.problems).toEqual([]);
    } finally {
      await load.stop();
    }
    const listening = primary.lines.filter(({ msg }) => msg === 'listening');
    expect(new Set(listening.map(({ pid }) => pid)).size).toBe(4);

    process.kill(Number(listening.at(-1)?.['pid']), 'SIGKILL');
    await primary.says('listening', 5);
    const operations = city.publicPort + 9;
    expect(await status(operations, '/healthz')).toMatchObject({ status: 200 });
    await expect
      .poll(async () => JSON.parse((await status(operations, '/readyz')).body))
      .toEqual({
        status: 'ready',
        workers: [1, 2].map((worker) => ({ worker, isReady: true, reasons: [] })),
      });
    const figures = (await status(operations, '/metrics')).body;
    expect(figures).toContain('hutong_worker_starts_total{worker="primary"} 5');
    for (const worker of [1, 2]) {
      expect(figures).toMatch(
        new RegExp(`^process_resident_memory_bytes\\{worker="${worker}"\\} \\d`, 'mu'),
      );
    }
    // A fact of the database is the same whoever is asked.
    expect(figures).toMatch(/^hutong_live_processes\{release="[\d.]+"\} [23]$/mu);
    expect(await status(city.publicPort, '/metrics')).toMatchObject({ status: 404 });
    expect(await primary.stop()).toBe(0);
  });

  test('that cannot start end the instance with the reason', async () => {
    const empty = uri.replace(/\/([^/?]+)\?/u, '/$1-empty?');
    const primary = start(city.environment(0, { HUTONG_WORKERS: '2', MONGODB_URI: empty }));
    expect(await primary.ended).toBe(1);
    const last = primary.lines.find(({ msg }) => msg === 'workers cannot be kept alive');
    expect(last?.['reason']).toMatch(/^configuration_invalid: the database lacks migrations/u);
  });
});
