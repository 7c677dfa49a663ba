// `npm start` as a process, with everything real: started, killed in every way, and started again on the
// same data folder. That it ends in order when it is asked to is the last of test/journeys/city.test.ts.
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  endOfDemoCity,
  readLiving,
  readPids,
  spawnDemoCity,
  startDemoCity,
  stopDemoCity,
} from '../../test/support/demo-city.ts';
import type { DemoCityPlace, DemoCityRun } from '../../test/support/demo-city.ts';
import { findFreePortBlock, isPortFree } from '../../test/support/free-ports.ts';
import type { CityAccount } from '../../test/support/city-accounts.ts';
import { CityBrowser, pageName } from '../../test/support/city-browser.ts';
import { HttpVisitor, nextAddress } from '../../test/support/http-visitor.ts';
import type { Visit } from '../../test/support/http-visitor.ts';
import { quickestFolder } from '../../test/support/quickest-folder.ts';

const patience = { timeout: 180_000 };

let place: DemoCityPlace;
/** The city that runs between two tests. */
let last: DemoCityRun;

beforeAll(async () => {
  const dataFolder = await mkdtemp(join(await quickestFolder(), 'hutong-start-'));
  place = { dataFolder, firstPort: await findFreePortBlock() };
});

afterAll(() => rm(place.dataFolder, { recursive: true, force: true }));

/** The inbox, the registers, the relying parties, the city node and its database. */
const PARTS = 5;

function inFolder(...names: string[]): string {
  return join(place.dataFolder, ...names);
}

function hrefOf({ url, body }: Visit, id: string): URL {
  const href = new RegExp(`href="([^"]+)" id="${id}"`, 'u').exec(body)?.[1];
  if (href === undefined) throw new Error(`no ${id} on ${url}`);
  return new URL(href, url);
}

async function isPortalServed(): Promise<boolean> {
  return (await fetch(`http://localhost:${place.firstPort + 1}/`)).ok;
}

test('a stranger on one of its ports is named, and nothing is started', patience, async () => {
  const stranger = createServer().listen(place.firstPort + 2, '127.0.0.1');
  const run = spawnDemoCity(place);
  expect(await endOfDemoCity(run)).toBe(1);
  expect(run.output()).toContain(`process ${process.pid}`);
  expect(await readdir(inFolder('run'))).toEqual([]);
  await new Promise((resolve) => stranger.close(resolve));
});

// Each begins with the city that the one before has left running.
test(
  'it welcomes, refuses a second city, and takes its parts with it when it is killed',
  patience,
  async () => {
    const run = await startDemoCity(place);
    await expect.poll(run.output).toContain(`http://localhost:${place.firstPort + 1}/`);
    const second = spawnDemoCity(place);
    expect(await endOfDemoCity(second)).toBe(1);
    expect(second.output()).toContain(String(run.child.pid));
    const pids = await readPids(place);
    expect(pids).toHaveLength(PARTS);
    const secrets = await readFile(inFolder('secrets.json'), 'utf8');
    run.child.kill('SIGKILL');
    await endOfDemoCity(run);
    // At once: whatever is still ending has to be waited for by the new city itself.
    last = await startDemoCity(place);
    expect(await readLiving(pids)).toEqual([]);
    expect(await isPortalServed()).toBe(true);
    expect(await readFile(inFolder('secrets.json'), 'utf8')).toBe(secrets);
  },
);

test('it starts again after everything was killed at once', patience, async () => {
  const pids = await readPids(place);
  for (const pid of [last.child.pid ?? 0, ...pids]) process.kill(pid, 'SIGKILL');
  await endOfDemoCity(last);
  last = await startDemoCity(place);
  expect(await isPortalServed()).toBe(true);
});

test(
  'it stands beside its province and a neighbouring city, each trusting the next',
  patience,
  async () => {
    await stopDemoCity(last);
    last = await startDemoCity({ ...place, environment: { HUTONG_DEMO_NEIGHBOURS: 'on' } });
    const demo = JSON.parse(await readFile(inFolder('demo.json'), 'utf8')) as {
      platforms: { key: string; name: string; issuer: string; accounts: CityAccount[] }[];
      recognition: { sample: { login: string; certificateNumber: string } };
    };
    expect(demo.platforms.map(({ key, name }) => [key, name])).toEqual([
      ['province', '省统一身份认证平台'],
      ['neighbour', '邻市统一身份认证平台'],
    ]);
    const [province, neighbour] = demo.platforms.map(({ issuer }) => issuer);
    const visitor = new HttpVisitor();
    const page = await visitor.visit(`http://localhost:${place.firstPort + 2}/sign-in`);
    const there = await visitor.visit(hrefOf(page, 'by-province'));
    expect(new URL(there.url).origin).toBe(province);
    const further = await visitor.visit(hrefOf(there, 'by-neighbour'));
    expect(new URL(further.url).origin).toBe(neighbour);
    for (const each of ['guangdong', 'shandong', 'zhejiang']) {
      const other = await visitor.visit(hrefOf(page, `by-${each}`));
      expect(new URL(other.url).port).toBe(String(place.firstPort + 12));
      expect(other.body).toContain('王演示');
    }
    // By the number alone: to the key holder and the hub, home to sign in, and back.
    const { login, certificateNumber: number } = demo.recognition.sample;
    const person = demo.platforms[1]?.accounts.find((each) => each.login === login);
    const elsewhere = await visitor.visit(hrefOf(page, 'from-elsewhere'));
    const here = new CityBrowser(new URL(elsewhere.url).origin, visitor);
    const home = new CityBrowser(neighbour ?? '', visitor);
    const sent = await here.press(elsewhere, 'find-home', { number });
    const back = nextAddress(await home.walk(await home.open(nextAddress(sent) ?? ''), person));
    const arrival = await here.open(back ?? '');
    expect([pageName(arrival), new URL(arrival.url).origin]).toEqual([
      'federation-arrival',
      new URL(elsewhere.url).origin,
    ]);
    expect(arrival.body).toContain('邻市统一身份认证');
  },
);

test('it ends when a part is killed, says which, and leaves its ports', patience, async () => {
  const record = await readFile(inFolder('run', 'inbox.json'), 'utf8');
  process.kill((JSON.parse(record) as { pid: number }).pid, 'SIGKILL');
  expect(await endOfDemoCity(last)).toBe(1);
  expect(last.output()).toMatch(/"inbox" ended unexpectedly/u);
  expect(await isPortFree(place.firstPort)).toBe(true);
});
