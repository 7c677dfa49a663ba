// The embedded database against `kill -9` of every party, and against places that belong to others.
// Needs a program to start; with MONGODB_URI there is none, and nothing here to test.
import mongoose from 'mongoose';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { readLockPid } from './embedded-mongod-leftover.ts';
import { startEmbeddedMongod } from './embedded-mongod.ts';
import type { EmbeddedMongodOptions } from './embedded-mongod.ts';
import { lookUpProcess } from './process-table.ts';

const STARTER = fileURLToPath(
  new URL('../../test/support/embedded-mongod-starter.ts', import.meta.url),
);
const PATIENCE = { timeout: 20_000, interval: 20 };

const binary = inject('mongodBinary');

describe.skipIf(binary === undefined)('an embedded database', { timeout: 40_000 }, () => {
  let folder: string;
  let children: ChildProcess[];

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'hutong-embedded-'));
    children = [];
  });

  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL');
    await serverEnd();
    await rm(folder, { recursive: true, force: true });
  });

  const options = (more: Partial<EmbeddedMongodOptions> = {}): EmbeddedMongodOptions => ({
    binary: binary ?? '',
    folder,
    ...more,
  });
  const serverPid = () => readLockPid(path.join(folder, 'db'));
  const isRunning = async (pid: number | undefined) =>
    pid !== undefined && (await lookUpProcess(pid)) !== undefined;
  const serverEnd = () =>
    vi.waitFor(async () => expect(await isRunning(await serverPid())).toBe(false), PATIENCE);

  /** Starts it in another process and returns when at least `count` writes were acknowledged. */
  async function startElsewhere(count: number, more: Partial<EmbeddedMongodOptions> = {}) {
    const child = spawn(process.execPath, [STARTER, JSON.stringify(options(more))], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    const stored: number[] = [];
    await new Promise<void>((resolve, reject) => {
      child.once('exit', () => reject(new Error('The starter ended by itself')));
      createInterface(child.stdout).on('line', (line) => {
        if (line.startsWith('stored ')) stored.push(Number(line.slice('stored '.length)));
        if (stored.length >= count) resolve();
      });
    });
    const pid = await serverPid();
    if (pid === undefined || child.pid === undefined) throw new Error('no process id');
    const supervisorPid = (await lookUpProcess(pid))?.parentPid ?? 0;
    return { child, stored, pids: { starter: child.pid, supervisor: supervisorPid, server: pid } };
  }

  async function readNumbers(uri: string): Promise<number[]> {
    const client = await new mongoose.mongo.MongoClient(uri).connect();
    try {
      const found = client.db('survival').collection('numbers').find().sort({ _id: 1 });
      return (await found.toArray()).map(({ _id }) => Number(_id));
    } finally {
      await client.close();
    }
  }

  it('refuses a port that another program holds, and names that program', async () => {
    const stranger = createServer().listen(0, '127.0.0.1');
    await once(stranger, 'listening');
    const { port } = stranger.address() as AddressInfo;
    await expect(startEmbeddedMongod(options({ port }))).rejects.toMatchObject({
      name: 'MongodError',
      reason: 'port_held',
      message: expect.stringContaining(`Port ${port} is held by process ${process.pid} (`),
    });
    stranger.close();
  });

  it('refuses a folder that is in use, names who uses it, and leaves that one running', async () => {
    const { pids, stored } = await startElsewhere(1);
    await expect(startEmbeddedMongod(options())).rejects.toMatchObject({
      reason: 'folder_in_use',
      message: expect.stringContaining(`in use by process ${pids.starter}.`),
    });
    const before = stored.length;
    await vi.waitFor(() => expect(stored.length).toBeGreaterThan(before), PATIENCE);
  });

  it('lets exactly one of two simultaneous starts on one folder have it', async () => {
    const starts = await Promise.allSettled([
      startEmbeddedMongod(options()),
      startEmbeddedMongod(options()),
    ]);
    const [won] = starts.filter((start) => start.status === 'fulfilled');
    const [lost] = starts.filter((start) => start.status === 'rejected');
    expect(lost?.reason).toMatchObject({ reason: 'folder_in_use' });
    expect(await readNumbers(won?.value.uri ?? '')).toEqual([]);
    await won?.value.stop();
  });

  it('refuses a program that cannot be run, in words', async () => {
    const start = startEmbeddedMongod(options({ binary: path.join(folder, 'missing') }));
    await expect(start).rejects.toMatchObject({ reason: 'not_runnable' });
  });

  it('never touches a stranger whose process id stands in a stale lock file', async () => {
    const stranger = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)']);
    children.push(stranger);
    await mkdir(path.join(folder, 'db'));
    await writeFile(path.join(folder, 'db', 'mongod.lock'), `${stranger.pid}\n`);
    const database = await startEmbeddedMongod(options());
    expect(await isRunning(stranger.pid)).toBe(true);
    await database.stop();
    expect(await isRunning(stranger.pid)).toBe(true);
  });

  it.each([
    { killed: ['starter'] as const },
    { killed: ['starter', 'supervisor'] as const },
    { killed: ['starter', 'supervisor', 'server'] as const },
  ])('has every acknowledged write after kill -9 of $killed', async ({ killed }) => {
    const { pids, stored } = await startElsewhere(30);
    for (const party of killed) process.kill(pids[party], 'SIGKILL');
    const database = await startEmbeddedMongod(options());
    expect(await isRunning(pids.server)).toBe(false);
    expect(await readNumbers(database.uri)).toEqual(expect.arrayContaining(stored));
    await database.stop();
    expect(await isRunning(await serverPid())).toBe(false);
  });

  it('ends by itself, and takes its folder along if ephemeral, when its starter is killed', async () => {
    const { pids } = await startElsewhere(1, { isEphemeral: true });
    process.kill(pids.starter, 'SIGKILL');
    await vi.waitFor(async () => expect(await isRunning(pids.server)).toBe(false), PATIENCE);
    await vi.waitFor(() => expect(access(folder)).rejects.toThrow('ENOENT'), PATIENCE);
  });

  it('does not outlive a supervisor that was killed alone', async () => {
    const { pids } = await startElsewhere(1);
    process.kill(pids.supervisor, 'SIGKILL');
    await vi.waitFor(async () => expect(await isRunning(pids.server)).toBe(false), PATIENCE);
  });

  it('takes its data along to another port', async () => {
    const first = await startEmbeddedMongod(options());
    const client = await new mongoose.mongo.MongoClient(first.uri).connect();
    await client
      .db('survival')
      .collection('numbers')
      .insertOne({ _id: 7 as never });
    await client.close();
    await first.stop();
    const second = await startEmbeddedMongod(options());
    expect(second.port).not.toBe(first.port);
    expect(await readNumbers(second.uri)).toEqual([7]);
    await second.stop();
  });
});
