// The official database server of its makers, downloaded by mongodb-memory-server-core.
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import https from 'node:https';
import path from 'node:path';

const DEFAULT_MIRROR = 'https://fastdl.mongodb.org';
const REACH_LIMIT_MILLISECONDS = 4_000;
const FOLDER_PREFIX = 'mongod-official-';

/**
 * @param {string} cacheDir
 * @returns {Promise<string | undefined>} the newest one that an earlier run has put into the cache
 */
export async function cachedOfficialMongod(cacheDir) {
  const names = await readdir(cacheDir).catch(() => []);
  const newest = names
    .filter((name) => name.startsWith(FOLDER_PREFIX))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .at(-1);
  return newest === undefined ? undefined : path.join(cacheDir, newest, 'mongod');
}

/**
 * @param {{ cacheDir: string, env: NodeJS.ProcessEnv }} where
 * @returns {Promise<string>} path of the unpacked server
 * @throws {Error} within seconds when the network is closed
 */
export async function installOfficialMongod({ cacheDir, env }) {
  await assertReachable(env);
  const { MongoBinary } = await import('mongodb-memory-server-core');
  // The library checks certificates only when npm's own setting says so; its checksum comes from the
  // same place as the program, so without this anybody on the way could hand us another program.
  process.env['npm_config_strict_ssl'] = 'true';
  const workDir = path.join(cacheDir, `unpacking-${randomUUID()}`);
  await mkdir(workDir, { recursive: true });
  try {
    const downloaded = await MongoBinary.getPath({ downloadDir: workDir });
    // Named mongod-<arch>-<distribution>-<version> by the library.
    const version = path.basename(downloaded).replace(/^mongod-/, '');
    const folder = path.join(cacheDir, FOLDER_PREFIX + version);
    await mkdir(folder, { recursive: true });
    const target = path.join(folder, 'mongod');
    await rename(downloaded, target);
    return target;
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}

/**
 * The library waits a minute for a silent network; one short question first makes a closed one plain.
 * Behind a proxy only the library knows how to ask, so the question is left out.
 *
 * @param {NodeJS.ProcessEnv} env
 */
async function assertReachable(env) {
  if (env['HTTPS_PROXY'] ?? env['https_proxy'] ?? env['HTTP_PROXY'] ?? env['http_proxy']) return;
  const mirror = env['MONGOMS_DOWNLOAD_MIRROR'] ?? DEFAULT_MIRROR;
  await new Promise((resolve, reject) => {
    const request = https.request(mirror, {
      method: 'HEAD',
      signal: AbortSignal.timeout(REACH_LIMIT_MILLISECONDS),
    });
    request.on('response', resolve);
    request.on('error', (error) => {
      reject(new Error(`cannot reach ${new URL(mirror).host} (${error.message})`));
    });
    request.end();
  });
}
