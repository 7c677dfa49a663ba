// A release and its successor on one database while the successor's migrations are applied: people
// and programs notice nothing, whichever of the two answers them.
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { testDatabase } from '../support/database.ts';
import { AppProcess } from '../support/app-process.ts';
import { CityLoad } from './city-load.ts';
import { openProcessCity } from './process-city.ts';
import type { ProcessCity } from './process-city.ts';
import { ReadyDoor } from './ready-door.ts';

const OTHER_RELEASE = fileURLToPath(new URL('../support/other-release.ts', import.meta.url));
const [PRESENT, NEXT] = ['8.9.9', '9.0.0'];
const LONG = 300_000;
vi.setConfig({ testTimeout: LONG, hookTimeout: LONG });

const { uri } = testDatabase();
const running: AppProcess[] = [];
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
afterAll(() => city.close());

function start(release: string, place: number, more: Readonly<Record<string, string>> = {}) {
  const drain = { HUTONG_DRAIN_SECONDS: '3' };
  const environment = city.environment(place, { OTHER_RELEASE: release, ...drain, ...more });
  const started = new AppProcess(environment, OTHER_RELEASE);
  running.push(started);
  return started;
}

async function migrateTo(release: string): Promise<unknown> {
  const step = start(release, 3, { OTHER_TASK: 'migrate' });
  expect(await step.ended).toBe(0);
  return step.lines.find(({ msg }) => msg === 'migrated')?.['applied'];
}

/** Resolves when both kinds of requests were answered some more. */
async function someMore({ figures }: CityLoad): Promise<void> {
  const { signIns, refreshes } = figures;
  const isDone = () =>
    figures.problems.length > 0 || (figures.signIns > signIns + 1 && figures.refreshes > refreshes);
  await expect.poll(isDone, { timeout: LONG }).toBe(true);
}

function tokensOf({ lines }: AppProcess): number {
  return lines.filter(({ route, status }) => route === 'oidc.token' && status === 200).length;
}

async function startReady(release: string, place: number, door: ReadyDoor): Promise<AppProcess> {
  const started = start(release, place);
  await started.says('listening');
  await expect.poll(() => door.isReady(city.publicPort + place), { timeout: LONG }).toBe(true);
  return started;
}

test('sign-ins and refreshes continue from one release to the next, without one failed request', async () => {
  const [account] = city.accounts;
  const [client, machine] = city.clients;
  if (!account || !client || !machine) throw new Error('the city is not complete');
  const door = await ReadyDoor.open(city.publicPort, [city.publicPort + 1, city.publicPort + 2]);
  const present = await startReady(PRESENT, 1, door);
  const load = new CityLoad({ issuer: city.issuer, account, client, machine });
  try {
    await someMore(load);

    // Too early: what it needs is not there yet.
    expect(await start(NEXT, 2).ended).toBe(1);
    // What is added is added under the feet of the present release; the rest waits for its end.
    expect(await migrateTo(NEXT)).toEqual(['9001-accounts-have-a-district']);
    await someMore(load);

    const next = await startReady(NEXT, 2, door);
    await someMore(load);
    // Which of the two the next connections meet is the door's business, and the load goes on.
    const bothServe = () => [present, next].every((each) => tokensOf(each) > 0);
    await expect.poll(bothServe, { timeout: LONG }).toBe(true);

    // The present release may still be restarted: nothing was taken from it.
    expect(await present.stop()).toBe(0);
    const again = await startReady(PRESENT, 1, door);
    await someMore(load);
    expect(await migrateTo(NEXT)).toEqual([]);
    await expect.poll(() => tokensOf(again), { timeout: LONG }).toBeGreaterThan(0);

    expect(await again.stop()).toBe(0);
    expect(await migrateTo(NEXT)).toEqual(['9002-no-district-in-sessions']);
    await someMore(load);
    const late = start(PRESENT, 1);
    expect(await late.ended).toBe(1);
    expect(late.output.join('\n')).toContain('needs 9.0.0 or later');
    await someMore(load);
  } finally {
    await load.stop();
    await door.close();
    await Promise.all(running.map((each) => each.stop()));
  }
  expect({ door: door.failures, load: load.figures.problems }).toEqual({ door: [], load: [] });
});
