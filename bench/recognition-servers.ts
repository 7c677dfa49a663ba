// A hub with a large index and a key holder, each with its process and database in production mode, and
// platforms that ask them. The entries are put in directly: computing a million would take hours.
import { randomBytes } from 'node:crypto';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { RECOGNITION_ENTRIES } from '../src/mutual-recognition/hub/index-entry-store.ts';
import { indexOf } from '../src/mutual-recognition/recognition-index.ts';
import type { FoundBy } from '../src/mutual-recognition/recognition-index.ts';
import { connectDatabase } from '../src/platform/mongo.ts';
import { makePlatform, signedToken } from '../test/support/recognition-office.ts';
import type { TestPlatform } from '../test/support/recognition-office.ts';
import { HttpLane } from './http-lane.ts';
import type { Reply } from './http-lane.ts';
import { end, startApp, startDatabase } from './hutong-target.ts';
import { limits } from './limits.ts';
import { processFigures } from './process-figures.ts';
import type { ServerFigures } from './report.ts';

const CLI = fileURLToPath(new URL('../src/cli.ts', import.meta.url));
const KEY_HOLDER = 'src/mutual-recognition/key-holder/main.ts';
const run = promisify(execFile);
const HUB = 'https://hub.bench-province.gov.cn';
const KEYS = 'https://key.bench-province.gov.cn';
const SEEDED_AT_ONCE = 10_000;
const KNOWN = 20_000;
const EVERYTHING = { perMinute: 1_000_000_000, perDay: 1_000_000_000 };

export interface RecognitionServers {
  /** Some of those who are registered. */
  known: readonly FoundBy[];
  ask(service: 'hub' | 'keyHolder', path: string, body: object): Promise<Reply>;
  figures(service: 'hub' | 'keyHolder'): ServerFigures;
  stop(): Promise<void>;
}

export async function startRecognition(options: {
  entries: number;
  answerAfterMs: number;
  profile: string | undefined;
  connections: number;
}): Promise<RecognitionServers> {
  const folder = await mkdtemp(path.join(tmpdir(), 'hutong-bench-recognition-'));
  const database = await startDatabase(folder, options.entries);
  const uris = {
    hub: database.uri.replace('/?', '/hub?'),
    keys: database.uri.replace('/?', '/keys?'),
  };
  const quotas = {
    evaluations: EVERYTHING,
    lookups: EVERYTHING,
    entries: EVERYTHING,
    conflicts: EVERYTHING,
  };
  const [city, ...homes] = await Promise.all(
    ['asking', 'east', 'west', 'north'].map((name) => makePlatform(`city-${name}`, { quotas })),
  );
  if (!city) throw new Error('no platform');
  const files = await writeFiles(folder, { platforms: [city, ...homes], ...options });
  const hubEnvironment = environmentOf(HUB, uris.hub, files);
  const keyEnvironment = environmentOf(KEYS, uris.keys, files);
  for (const env of [hubEnvironment, keyEnvironment]) {
    await run(process.execPath, [CLI, 'recognition-key', 'platforms', 'import', files.platforms], {
      env,
    });
  }
  const known = await seed(uris.hub, { count: options.entries, homes });
  const of = { profile: options.profile, workers: 1 };
  const hub = await startApp({ ...hubEnvironment, HUTONG_RECOGNITION_HUB: files.hub }, of);
  const probe = '/recognition-key/keys';
  const keys = await startApp(keyEnvironment, { ...of, entry: KEY_HOLDER, probe });
  const lanes = {
    hub: new HttpLane(HUB, [`http://127.0.0.1:${hub.port}`], options.connections),
    keyHolder: new HttpLane(KEYS, [`http://127.0.0.1:${keys.port}`], options.connections),
  };
  const children = { hub: hub.child, keyHolder: keys.child };
  return {
    known,
    async ask(service, address, body) {
      const audience = service === 'hub' ? HUB : KEYS;
      const text = JSON.stringify(body);
      const token = await signedToken(city, { path: address, body: text, audience });
      const headers = { authorization: `Bearer ${token}`, accept: 'application/json' };
      return lanes[service].send(address, { json: body, headers }, '192.0.2.1');
    },
    figures: (service) => ({
      app: processFigures([children[service].pid ?? 0]),
      database: processFigures([database.pid]),
    }),
    async stop() {
      await Promise.all([lanes.hub.close(), lanes.keyHolder.close()]);
      await Promise.all([end(hub.child), end(keys.child)]);
      await database.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

type Files = Record<'platforms' | 'hub' | 'limits', string>;

async function writeFiles(
  folder: string,
  of: { platforms: readonly TestPlatform[]; answerAfterMs: number },
): Promise<Files> {
  const bucketQuotas = { perPlatformPerDay: 1_000_000, perDay: 1_000_000 };
  const contents = {
    platforms: { platforms: of.platforms.map(({ record }) => record) },
    hub: { answerAfterMs: of.answerAfterMs, bucketQuotas },
    limits,
  };
  const written = Object.entries(contents).map(async ([name, content]) => {
    const file = path.join(folder, `${name}.json`);
    await writeFile(file, JSON.stringify(content));
    return [name, file] as const;
  });
  return Object.fromEntries(await Promise.all(written)) as Files;
}

function environmentOf(address: string, uri: string, files: Files): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HUTONG_MODE: 'production',
    HUTONG_PUBLIC_URL: address,
    HUTONG_TRUSTED_PROXIES: '127.0.0.0/8',
    HUTONG_LIMITS: files.limits,
    HUTONG_MASTER_KEY: randomBytes(32).toString('base64url'),
    HUTONG_DRAIN_SECONDS: '0',
    HUTONG_OPERATIONS_PORT: 'off',
    MONGODB_URI: uri,
  };
}

/** Outputs as the oblivious function has them: 64 bytes that look like chance. */
export function somebody(): FoundBy {
  const output = () => randomBytes(64).toString('base64url');
  return { subject: output(), bucket: output() };
}

async function seed(
  uri: string,
  { count, homes }: { count: number; homes: readonly TestPlatform[] },
): Promise<FoundBy[]> {
  const database = await connectDatabase({ uri });
  const known = Array.from({ length: Math.min(KNOWN, count) }, somebody);
  const later = new Date(Date.now() + 365 * 86_400_000);
  try {
    const collection = database.collection<{ _id: string }>(RECOGNITION_ENTRIES);
    for (let from = 0; from < count; from += SEEDED_AT_ONCE) {
      const documents = Array.from(
        { length: Math.min(SEEDED_AT_ONCE, count - from) },
        (_, turn) => {
          const place = from + turn;
          const person = known[place];
          return {
            _id: person ? indexOf(person) : randomBytes(32).toString('base64url'),
            epoch: 1,
            home: homes[place % homes.length]?.id ?? '',
            level: 3,
            version: 1,
            expiresAt: later,
            purgeAt: later,
          };
        },
      );
      await collection.insertMany(documents, { ordered: false, writeConcern: { w: 1 } });
    }
  } finally {
    await database.close();
  }
  return known;
}
