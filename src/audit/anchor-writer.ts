// The second place that knows how far the chain goes: a file of JSON lines outside the database, and
// the log, which a log shipper takes elsewhere. Sealing never waits for it: what cannot be written
// now is tried again, with the newest head, until it is.
import { open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../platform/logger.ts';
import type { SignedHead } from './seal.ts';

/** At most one line in this time; the file grows by some 200 bytes with each. */
const FILE_MS = 1000;
const LOG_MS = 60_000;
/** A disk that hangs is a disk that fails. */
const SLOW_MS = 10_000;
const WARN_MS = 60_000;

interface AnchorWriterOptions {
  /** Absolute paths. */
  files: readonly string[];
  logger: Logger;
}

export class AnchorWriter {
  readonly #options: AnchorWriterOptions;
  readonly #places: readonly Place[];

  constructor(options: AnchorWriterOptions) {
    const { files, logger } = options;
    this.#options = options;
    const toLog = (head: SignedHead) => Promise.resolve(logger.info(head, 'audit head'));
    const toFile = (file: string) => (head: SignedHead) => appendLine(file, head);
    this.#places = [
      ...files.map((name) => new Place({ name, everyMs: FILE_MS, write: toFile(name), logger })),
      new Place({ name: 'log', everyMs: LOG_MS, write: toLog, logger }),
    ];
  }

  /** True while some file does not take the head, or has not answered for ten seconds. */
  get isFailing(): boolean {
    return this.#places.some((place) => place.isFailing);
  }

  get isConfigured(): boolean {
    return this.#options.files.length > 0;
  }

  /** Writes the head where it is due; returns at once. */
  offer(head: SignedHead): void {
    for (const place of this.#places) place.offer(head);
  }

  /** Writes it wherever it is not written yet; gives up after `patienceMs`. */
  async flush(head: SignedHead, patienceMs: number): Promise<void> {
    const written = Promise.all(this.#places.map((place) => place.flush(head)));
    await Promise.race([written, delay(patienceMs, undefined, { ref: false })]);
  }
}

interface PlaceOptions {
  name: string;
  everyMs: number;
  write: (head: SignedHead) => Promise<void>;
  logger: Logger;
}

class Place {
  readonly #options: PlaceOptions;
  #writtenCount = 0;
  #begunAt = Number.NEGATIVE_INFINITY;
  #underWay: Promise<void> | undefined;
  #hasFailed = false;
  #warnedAt = Number.NEGATIVE_INFINITY;

  constructor(options: PlaceOptions) {
    this.#options = options;
  }

  get isFailing(): boolean {
    const isHanging = this.#underWay !== undefined && performance.now() - this.#begunAt > SLOW_MS;
    return this.#hasFailed || isHanging;
  }

  offer(head: SignedHead): void {
    const isDue = performance.now() - this.#begunAt >= this.#options.everyMs;
    if (isDue && !this.#underWay && head.count > this.#writtenCount) void this.#begin(head);
  }

  async flush(head: SignedHead): Promise<void> {
    await this.#underWay;
    if (head.count > this.#writtenCount) await this.#begin(head);
  }

  #begin(head: SignedHead): Promise<void> {
    this.#begunAt = performance.now();
    this.#underWay = this.#attempt(head).finally(() => (this.#underWay = undefined));
    return this.#underWay;
  }

  async #attempt(head: SignedHead): Promise<void> {
    const { name, write, logger } = this.#options;
    try {
      await write(head);
      if (this.#hasFailed) logger.info({ anchor: name }, 'audit anchor written again');
      this.#writtenCount = head.count;
      this.#hasFailed = false;
    } catch (error) {
      this.#hasFailed = true;
      const now = performance.now();
      if (now - this.#warnedAt < WARN_MS) return;
      this.#warnedAt = now;
      logger.warn({ err: error, anchor: name }, 'audit anchor not written');
    }
  }
}

/** One write of a whole line, so that several processes may append to one file; on disk after. */
async function appendLine(file: string, head: SignedHead): Promise<void> {
  // Opened anew each time: the file may have been rotated, or its disk mounted again.
  const handle = await open(file, 'a', 0o600);
  try {
    await handle.write(`${JSON.stringify(head)}\n`);
    await handle.datasync();
  } finally {
    await handle.close();
  }
}
