// Three `mongod` processes on this machine as one replica set, each of which can be killed, started
// again, held still, or told to step down.
import mongoose from 'mongoose';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findFreePortBlock } from '../support/free-ports.ts';
import type { OwnedProcess, OwnedProcesses } from './owned-processes.ts';

const NAME = 'faults';
const MEMBERS = 3;
const START_LIMIT_MS = 60_000;

export interface ReplicaSetOptions {
  /** How long the members miss a primary before they elect another one; MongoDB's default: 10,000. */
  electionTimeoutMs: number;
}

interface Member {
  port: number;
  folder: string;
  running: OwnedProcess | undefined;
}

export class ReplicaSet {
  readonly #processes: OwnedProcesses;
  readonly #binary: string;
  readonly #members: Member[] = [];

  private constructor(processes: OwnedProcesses, binary: string) {
    this.#processes = processes;
    this.#binary = binary;
  }

  static async start(
    processes: OwnedProcesses,
    binary: string,
    options: ReplicaSetOptions,
  ): Promise<ReplicaSet> {
    const set = new ReplicaSet(processes, binary);
    const folder = await processes.folder('faults');
    const first = await findFreePortBlock();
    for (const index of Array(MEMBERS).keys()) {
      const own = path.join(folder, `member-${index}`);
      await mkdir(own);
      set.#members.push({ port: first + index, folder: own, running: undefined });
    }
    for (const index of set.#members.keys()) set.restart(index);
    await set.#initiate(options);
    await set.untilHealthy();
    return set;
  }

  uri(database: string): string {
    const hosts = this.#members.map(({ port }) => `127.0.0.1:${port}`).join(',');
    return `mongodb://${hosts}/${database}?replicaSet=${NAME}`;
  }

  /** Starts a member that is not running. */
  restart(index: number): void {
    const member = this.#member(index);
    const settings = {
      dbpath: member.folder,
      port: member.port,
      bind_ip: '127.0.0.1',
      replSet: NAME,
      oplogSize: 64,
      wiredTigerCacheSizeGB: 0.25,
    };
    // With test commands the server can be told to have no disk left.
    const parameters = ['diagnosticDataCollectionEnabled=false', 'enableTestCommands=1'];
    member.running = this.#processes.start(this.#binary, [
      ...Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]),
      ...parameters.flatMap((parameter) => ['--setParameter', parameter]),
      '--nounixsocket',
      '--quiet',
    ]);
  }

  async kill(index: number): Promise<void> {
    await this.#member(index).running?.kill();
  }

  /** Stands still from now on: its connections stay open and nobody answers. */
  hold(index: number): void {
    this.#member(index).running?.child.kill('SIGSTOP');
  }

  goOn(index: number): void {
    this.#member(index).running?.child.kill('SIGCONT');
  }

  /** The number of the member that calls itself primary, by its own word. */
  async primary(): Promise<number> {
    const deadline = performance.now() + START_LIMIT_MS;
    while (performance.now() < deadline) {
      for (const index of this.#members.keys()) {
        const hello = await this.#ask(index, { hello: 1 }).catch(() => undefined);
        if (hello?.['isWritablePrimary'] === true) return index;
      }
      await delay(100);
    }
    throw new Error('no primary within a minute');
  }

  /** The primary hands over to another member and does not come back for `seconds`. */
  async stepDown(seconds: number): Promise<void> {
    const index = await this.primary();
    const command = { replSetStepDown: seconds, secondaryCatchUpPeriodSecs: seconds / 2 };
    // When nobody can take over in time it steps down all the same, and there is an election.
    await this.#ask(index, command).catch(() => this.#ask(index, { ...command, force: true }));
  }

  /** Sends an administrator's command to one member. */
  command(index: number, command: Readonly<Record<string, unknown>>) {
    return this.#ask(index, command);
  }

  /** All members are primary or secondary again. */
  async untilHealthy(): Promise<void> {
    const deadline = performance.now() + START_LIMIT_MS;
    while (performance.now() < deadline) {
      if (await this.#isHealthy().catch(() => false)) return;
      await delay(100);
    }
    throw new Error('the replica set is not whole within a minute');
  }

  async #isHealthy(): Promise<boolean> {
    const status = await this.#ask(await this.primary(), { replSetGetStatus: 1 });
    const states = (status['members'] as { stateStr: string }[]).map(({ stateStr }) => stateStr);
    return states.every((state) => state === 'PRIMARY' || state === 'SECONDARY');
  }

  async #initiate({ electionTimeoutMs }: ReplicaSetOptions): Promise<void> {
    const members = this.#members.map(({ port }, _id) => ({ _id, host: `127.0.0.1:${port}` }));
    const settings = { electionTimeoutMillis: electionTimeoutMs };
    const command = { replSetInitiate: { _id: NAME, members, settings } };
    const deadline = performance.now() + START_LIMIT_MS;
    for (;;) {
      try {
        await this.#ask(0, command);
        return;
      } catch (error) {
        if (performance.now() > deadline) throw error;
        await delay(100);
      }
    }
  }

  async #ask(index: number, command: Readonly<Record<string, unknown>>) {
    const { port } = this.#member(index);
    const client = new mongoose.mongo.MongoClient(
      `mongodb://127.0.0.1:${port}/?directConnection=true`,
      { serverSelectionTimeoutMS: 500, connectTimeoutMS: 500, socketTimeoutMS: 20_000 },
    );
    try {
      return await client.db('admin').command(command);
    } finally {
      await client.close();
    }
  }

  #member(index: number): Member {
    const member = this.#members[index];
    if (!member) throw new RangeError(`no member ${index}`);
    return member;
  }
}
