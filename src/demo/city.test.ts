// The city's processes: what stops a start, what a start leaves, what a stop takes away. The city
// node is stood in for by a plain server; everything else is real.
import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { findFreePortBlock, isPortFree } from '../../test/support/free-ports.ts';
import { City } from './city.ts';
import { cityEnvironment } from './city-parts.ts';
import type { CityPlan } from './city-parts.ts';
import { prepareDataFolder } from './data-folder.ts';
import { demoAccounts } from './demo-accounts.ts';
import { registerDemoClients } from './demo-clients.ts';
import { readDemoSettings } from './demo-settings.ts';
import { loadSecrets } from './secrets.ts';

let root: string;
let plan: CityPlan;
let cities: City[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hutong-city-'));
  const environment = {
    HUTONG_DATA_DIR: root,
    HUTONG_PORT: String(await findFreePortBlock()),
    MONGODB_URI: inject('mongodbUri'),
    HUTONG_OUTBOUND_ALLOW: '10.0.0.0/8:443',
    HUTONG_DEMO_NEIGHBOURS: 'off',
  };
  const read = readDemoSettings(environment, '/nowhere');
  if (!read.ok) throw new Error(read.reason);
  const { settings } = read;
  await prepareDataFolder(settings.folder);
  const loaded = await loadSecrets(settings.folder, demoAccounts);
  if (!loaded.ok) throw new Error(loaded.reason);
  const { secrets } = loaded;
  plan = {
    settings,
    secrets,
    clients: registerDemoClients(settings.ports, secrets, settings.issuer),
  };
});

afterEach(async () => {
  await Promise.all(cities.map((city) => city.stop()));
  cities = [];
  await rm(root, { recursive: true });
});

function makeCity(nodeArguments: readonly string[] = []): City {
  const city = new City({
    plan,
    startDatabase: () => Promise.reject(new Error('there is one already')),
    city: {
      issuer: plan.settings.issuer,
      port: plan.settings.ports.city,
      databaseUri: (ofCity) => ofCity,
      seed: () => Promise.resolve({ ok: true }),
      describe: (databaseUri) => ({
        name: 'city',
        entry: 'test/support/plain-city-node.ts',
        args: nodeArguments,
        environment: cityEnvironment(plan, databaseUri),
      }),
    },
    platforms: [],
    onProgress: () => undefined,
  });
  cities.push(city);
  return city;
}

async function readPid(part: string): Promise<number> {
  const text = await readFile(join(plan.settings.folder.runFolder, `${part}.json`), 'utf8');
  return (JSON.parse(text) as { pid: number }).pid;
}

describe('a start', () => {
  test('names the stranger that holds a port, and starts nothing', async () => {
    const stranger = createServer().listen(plan.settings.ports.inbox, '127.0.0.1');
    const problem = await makeCity().start();
    expect(problem).toMatchObject({ reason: 'port_held', port: plan.settings.ports.inbox });
    expect(problem).toHaveProperty('holder', expect.stringContaining(`process ${process.pid}`));
    expect(await readdir(plan.settings.folder.runFolder)).toEqual([]);
    await new Promise((resolve) => stranger.close(resolve));
  });

  test('that meets a part which ends says which one and what it said last', async () => {
    expect(await makeCity(['--end-at-once']).start()).toMatchObject({
      reason: 'part_died',
      part: 'city',
      how: 'exit 3',
      lastLines: expect.stringContaining('ended as the test asked'),
    });
  });

  test('that is stopped midway leaves nothing running', async () => {
    const city = makeCity();
    const started = city.start();
    await expect.poll(() => readdir(plan.settings.folder.runFolder)).not.toEqual([]);
    await city.stop();
    expect(await started).toEqual({ reason: 'stopped' });
    expect(await isPortFree(plan.settings.ports.inbox)).toBe(true);
    expect(await isPortFree(plan.settings.ports.portal)).toBe(true);
  });
});

describe('a running city', () => {
  test('serves every part, describes itself in demo.json, and ends with the name of a part that dies', async () => {
    const city = makeCity();
    expect(await city.start()).toBeUndefined();
    const { portal, department, serviceHall, inbox } = plan.settings.ports;
    for (const port of [portal, department, serviceHall, inbox]) {
      expect((await fetch(`http://localhost:${port}/`)).status).toBe(200);
    }
    const { demoFile, secretsFile } = plan.settings.folder;
    for (const file of [demoFile, secretsFile]) {
      expect((await stat(file)).mode & 0o777).toBe(0o600);
    }
    const demo = JSON.parse(await readFile(demoFile, 'utf8'));
    expect(demo).toMatchObject({
      issuer: plan.settings.issuer,
      inbox: `http://localhost:${inbox}/`,
      mongodbUri: inject('mongodbUri'),
      clients: [
        { client_id: 'portal', client_secret: expect.any(String) },
        { client_id: 'department', jwks: { keys: [{ d: expect.any(String) }] } },
        { client_id: 'service-hall', client_secret: expect.any(String) },
        { client_id: 'test-client', client_secret: expect.any(String) },
        // As docs/examples/department-system.mjs needs it.
        {
          client_id: 'department-sample',
          client_secret: expect.any(String),
          services: ['sample-filing'],
          mandate_events_uri: expect.stringMatching(/\/events$/u),
        },
      ],
    });
    expect(demo.accounts).toContainEqual(
      expect.objectContaining({
        login: 'wangyanshi',
        password: expect.stringMatching(/^\S{16,}$/u),
        kind: 'naturalPerson',
        realNameLevel: 3,
        totpSecret: expect.stringMatching(/^[A-Z2-7]{32}$/u),
      }),
    );
    process.kill(await readPid('relying-parties'), 'SIGKILL');
    expect(await city.failed).toMatchObject({
      reason: 'part_died',
      part: 'relying-parties',
      how: 'SIGKILL',
    });
  });

  test('that is stopped frees its ports, forgets its parts and takes demo.json away', async () => {
    const city = makeCity();
    expect(await city.start()).toBeUndefined();
    await city.stop();
    const { testClient: _unused, ...ports } = plan.settings.ports;
    const free = await Promise.all(Object.values(ports).map(isPortFree));
    expect(free).not.toContain(false);
    expect(await readdir(plan.settings.folder.runFolder)).toEqual([]);
    expect(await readdir(root)).not.toContain('demo.json');
  });
});

describe('what the city node is told', () => {
  test('adds the receivers of the demonstration to what the operator permits', () => {
    const { portal, inbox, smtp } = plan.settings.ports;
    const environment = cityEnvironment(plan, 'mongodb://database');
    expect(environment['HUTONG_OUTBOUND_ALLOW']?.split(',')).toEqual(
      expect.arrayContaining(['10.0.0.0/8:443', `127.0.0.0/8:${portal}`, `127.0.0.0/8:${inbox}`]),
    );
    // Developers try sign-out notices on the ports where the test client may listen.
    expect(environment['HUTONG_OUTBOUND_ALLOW']?.split(',')).toEqual(
      expect.arrayContaining(['127.0.0.0/8:3000', '[::1]:3000', '[::1]:8080']),
    );
    expect(environment).toMatchObject({
      HUTONG_MODE: 'demonstration',
      HUTONG_SMTP_URL: `smtp://127.0.0.1:${smtp}`,
      MONGODB_URI: 'mongodb://database',
    });
    expect(environment).not.toHaveProperty('HUTONG_PUBLIC_URL');
  });

  test('takes a public address as the issuer of every part', () => {
    const read = readDemoSettings({ HUTONG_PUBLIC_URL: 'https://id.example.test/' }, '/nowhere');
    if (!read.ok) throw new Error(read.reason);
    expect(read.settings.issuer).toBe('https://id.example.test');
    const environment = cityEnvironment({ ...plan, settings: read.settings }, 'mongodb://x');
    expect(environment['HUTONG_PUBLIC_URL']).toBe('https://id.example.test');
  });

  test.each([
    [{ HUTONG_PORT: '65530' }, 'port_invalid'],
    [{ HUTONG_PORT: 'http' }, 'port_invalid'],
    [{ HUTONG_PUBLIC_URL: 'https://id.example.test/path' }, 'public_url_invalid'],
    [{ HUTONG_PUBLIC_URL: 'ftp://id.example.test' }, 'public_url_invalid'],
  ])('refuses %o', (environment, reason) => {
    expect(readDemoSettings(environment, '/nowhere')).toMatchObject({ ok: false, reason });
  });
});
