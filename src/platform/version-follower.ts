// Follows a collection whose changes are numbered. A change made by any process arrives within
// milliseconds by the change stream, and within a second without it.
import { pause } from './beat.ts';
import type { Logger } from './logger.ts';

export interface VersionSource<Row> {
  /** What was changed or removed after that version, oldest first; version 0: everything. */
  changedSince(version: number): Promise<Row[]>;
  /** Calls back soon after any process has changed something; `onEnd` when it stops doing so. */
  watch(onChange: () => void, onEnd: () => void): { close(): Promise<void> };
}

interface VersionFollowerDependencies<Row> {
  source: VersionSource<Row>;
  /** Called for each change, in their order. */
  apply: (row: Row) => void;
  /** What is followed, for the log. */
  name: string;
  logger: Logger;
  pollMs?: number | undefined;
  /** Milliseconds that only go forward. */
  uptime?: (() => number) | undefined;
}

const POLL_MS = 1000;
const STREAM_RETRY_POLLS = 30;

export class VersionFollower<Row extends { version: number }> {
  readonly #deps: VersionFollowerDependencies<Row>;
  readonly #uptime: () => number;
  readonly #stopping = new AbortController();
  #version = 0;
  #refreshing: Promise<void> | undefined;
  #isStale = false;
  #readAt = Number.NEGATIVE_INFINITY;
  #stream: { close(): Promise<void> } | undefined;
  #polling: Promise<void> | undefined;

  constructor(deps: VersionFollowerDependencies<Row>) {
    this.#deps = deps;
    this.#uptime = deps.uptime ?? (() => performance.now());
  }

  /** How long what is known may have been overtaken, in milliseconds. */
  get ageMs(): number {
    return this.#uptime() - this.#readAt;
  }

  /** Reads everything. @throws when the database does not answer. */
  async start(): Promise<void> {
    await this.refresh();
    this.#openStream();
    this.#polling ??= this.#poll();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#polling;
    await this.#stream?.close();
    await this.#refreshing?.catch(() => undefined);
  }

  /** Brings this process up to date now, also with what was written while it was reading. */
  async refresh(): Promise<void> {
    this.#isStale = true;
    this.#refreshing ??= this.#readChanges().finally(() => {
      this.#refreshing = undefined;
    });
    await this.#refreshing;
  }

  async #readChanges(): Promise<void> {
    while (this.#isStale) {
      this.#isStale = false;
      const begunAt = this.#uptime();
      const changed = await this.#deps.source.changedSince(this.#version);
      for (const row of changed) {
        this.#deps.apply(row);
        this.#version = row.version;
      }
      this.#readAt = begunAt;
    }
  }

  #openStream(): void {
    const stream = this.#deps.source.watch(
      () => void this.#refreshQuietly(),
      () => {
        if (this.#stream === stream) this.#stream = undefined;
        void stream.close().catch(() => undefined);
      },
    );
    this.#stream = stream;
  }

  /** Finds what the stream has missed, and opens it again after it ended. */
  async #poll(): Promise<void> {
    let polls = 0;
    const { signal } = this.#stopping;
    for (;;) {
      await pause(this.#deps.pollMs ?? POLL_MS, signal);
      if (signal.aborted) return;
      polls += 1;
      await this.#refreshQuietly();
      if (!this.#stream && polls % STREAM_RETRY_POLLS === 0) this.#openStream();
    }
  }

  async #refreshQuietly(): Promise<void> {
    try {
      await this.refresh();
    } catch (error) {
      // What is known stays; the next poll tries again.
      const { logger, name } = this.#deps;
      logger.warn({ err: error }, `${name} not refreshed`);
    }
  }
}
