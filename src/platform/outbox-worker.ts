// Delivers the rows of an outbox. Any number of processes run one; a lane that hangs or fails gets
// few places, so that the others go on. Woken at once after an enqueue, else by its poll.
import { pause } from './beat.ts';
import { secondsFromNow } from './clock.ts';
import type { Clock } from './clock.ts';
import type { Logger } from './logger.ts';
import type { LeasedRow, OutboxEntry, OutboxStore, Settlement } from './outbox-store.ts';
import type { Random } from './random.ts';

/**
 * `retry_slowly`: the receiver answered and does not want it; asking again seldom helps.
 * `dropped`: there is no receiver; the row leaves no record.
 */
export interface DeliveryResult {
  outcome: 'delivered' | 'retry' | 'retry_slowly' | 'failed' | 'refused' | 'dropped';
  /** A closed word for the record. */
  result: string;
}

type Intake<Payload> = Pick<OutboxStore<Payload>, 'enqueue' | 'enqueueLeased'>;

interface OutboxWorkerOptions<Payload> {
  name: string;
  store: Pick<OutboxStore<Payload>, 'isAnyDue' | 'lease' | 'settle'>;
  /** Must end within the lease. What it throws is logged and tried again. */
  deliver: (row: LeasedRow<Payload>) => Promise<DeliveryResult>;
  clock: Clock;
  random: Random;
  logger: Logger;
  concurrency?: number;
  laneConcurrency?: number;
  pollMs?: number;
  leaseMs?: number;
  giveUpAfterSeconds?: number;
  maxAttempts?: number;
}

const DEFAULTS = {
  concurrency: 48,
  laneConcurrency: 4,
  pollMs: 1000,
  leaseMs: 15_000,
  giveUpAfterSeconds: 86_400,
  maxAttempts: Number.POSITIVE_INFINITY,
};

const RETRY = { firstSeconds: 1, longestSeconds: 600 };
const RETRY_SLOWLY = { firstSeconds: 30, longestSeconds: 3600 };

export class OutboxWorker<Payload> {
  readonly #options: Required<OutboxWorkerOptions<Payload>>;
  readonly #holder: string;
  readonly #underWay = new Set<Promise<void>>();
  readonly #perLane = new Map<string, number>();
  /** Lanes whose last delivery from here failed; together they get half of the places at most. */
  readonly #troubled = new Set<string>();
  #run: Promise<void> | undefined;
  #isStopping = false;
  #isWoken = false;
  /** Something may be due that found no place: the next place that is free is for it. */
  #isHeldBack = false;
  #wakeUp = () => {};

  constructor(options: OutboxWorkerOptions<Payload>) {
    this.#options = { ...DEFAULTS, ...options };
    this.#holder = options.random.id();
  }

  start(): void {
    this.#run ??= this.#loop();
  }

  /** Something may be due: looks at once. Call it after the enqueuing transaction has committed. */
  wake(): void {
    this.#isWoken = true;
    this.#wakeUp();
  }

  /**
   * Stores entries, outside of any transaction, and resolves when they are stored. What there is a
   * place for is delivered from here at once, without asking the database what is due.
   */
  async submit(entries: readonly OutboxEntry<Payload>[], store: Intake<Payload>): Promise<void> {
    await Promise.all(entries.map((entry) => this.#submit(entry, store)));
  }

  /** Takes nothing new and waits for what is under way. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#wakeUp();
    await this.#run;
    await Promise.all(this.#underWay);
  }

  async #loop(): Promise<void> {
    while (!this.#isStopping) {
      const isWoken = this.#isWoken;
      this.#isWoken = false;
      try {
        if (isWoken || (await this.#isAnyDue())) await this.#takeWhatIsDue();
      } catch (error) {
        this.#options.logger.error({ err: error, outbox: this.#options.name }, 'outbox not read');
      }
      await this.#pause();
    }
  }

  /** Unasked it looks first: what writes, though it finds nothing, costs the database far more. */
  async #isAnyDue(): Promise<boolean> {
    const excludedLanes = this.#fullLanes();
    const isAnyDue = await this.#options.store.isAnyDue(excludedLanes);
    if (!isAnyDue) this.#isHeldBack = excludedLanes.length > 0;
    return isAnyDue;
  }

  async #takeWhatIsDue(): Promise<void> {
    const { store, concurrency, leaseMs } = this.#options;
    this.#isHeldBack = true;
    while (!this.#isStopping && this.#underWay.size < concurrency) {
      const excludedLanes = this.#fullLanes();
      const row = await store.lease({ holder: this.#holder, leaseMs, excludedLanes });
      if (!row) {
        this.#isHeldBack = excludedLanes.length > 0;
        return;
      }
      this.#carryOut(row.lane, () => this.#deliver(row));
    }
  }

  async #submit(entry: OutboxEntry<Payload>, store: Intake<Payload>): Promise<void> {
    const { leaseMs } = this.#options;
    if (entry.notBefore !== undefined || !this.#hasPlace(entry.lane)) {
      await store.enqueue([entry]);
      this.wake();
      return;
    }
    const storing = store.enqueueLeased(entry, { holder: this.#holder, leaseMs });
    this.#carryOut(entry.lane, async () => {
      // A failure is the caller's, who waits for the same.
      const row = await storing.catch(() => undefined);
      if (row) await this.#deliver(row);
    });
    await storing;
  }

  #hasPlace(lane: string): boolean {
    if (!this.#run || this.#isStopping) return false;
    if (this.#underWay.size >= this.#options.concurrency) return false;
    return !this.#fullLanes().includes(lane);
  }

  #carryOut(lane: string, deliver: () => Promise<void>): void {
    this.#count(lane, 1);
    const work: Promise<void> = deliver().finally(() => {
      this.#underWay.delete(work);
      this.#count(lane, -1);
      if (this.#isHeldBack) this.wake();
    });
    this.#underWay.add(work);
  }

  async #deliver(row: LeasedRow<Payload>): Promise<void> {
    const { store, deliver, logger, name } = this.#options;
    const about = { outbox: name, lane: row.lane, row: row.id, attempt: row.attempt };
    let delivery: DeliveryResult;
    try {
      delivery = await deliver(row);
    } catch (error) {
      logger.error({ ...about, err: error }, 'delivery broke');
      delivery = { outcome: 'retry', result: 'not_sent' };
    }
    if (delivery.outcome === 'retry') this.#troubled.add(row.lane);
    else this.#troubled.delete(row.lane);
    try {
      const settlement = this.#settlement(row, delivery);
      if (await store.settle(row, settlement)) {
        logger.info({ ...about, state: settlement.state, result: settlement.result }, 'delivery');
      }
    } catch (error) {
      // The lease will end and the row will be delivered again.
      logger.error({ ...about, err: error }, 'delivery not recorded');
    }
  }

  #settlement(row: LeasedRow<Payload>, { outcome, result }: DeliveryResult): Settlement {
    if (outcome !== 'retry' && outcome !== 'retry_slowly') return { state: outcome, result };
    const { clock, maxAttempts, giveUpAfterSeconds } = this.#options;
    const nextAttemptAt = secondsFromNow(clock, this.#retrySeconds(row.attempt, outcome));
    const lastMoment = row.createdAt.getTime() + giveUpAfterSeconds * 1000;
    const isOver = row.attempt >= maxAttempts || nextAttemptAt.getTime() > lastMoment;
    return isOver ? { state: 'failed', result } : { state: 'pending', result, nextAttemptAt };
  }

  /** Doubles with each attempt; a fifth of chance keeps rows that failed together apart. */
  #retrySeconds(attempt: number, outcome: 'retry' | 'retry_slowly'): number {
    const { firstSeconds, longestSeconds } = outcome === 'retry' ? RETRY : RETRY_SLOWLY;
    const seconds = Math.min(longestSeconds, firstSeconds * 2 ** Math.min(attempt - 1, 20));
    return seconds * (0.9 + Number(this.#options.random.digits(3)) / 5000);
  }

  #fullLanes(): string[] {
    const { concurrency, laneConcurrency } = this.#options;
    const troubledPlaces = [...this.#troubled].reduce(
      (sum, lane) => sum + (this.#perLane.get(lane) ?? 0),
      0,
    );
    const isHalfTroubled = troubledPlaces >= Math.max(1, Math.floor(concurrency / 2));
    const full = [...this.#perLane].filter(([, count]) => count >= laneConcurrency);
    const lanes = new Set(full.map(([lane]) => lane));
    for (const lane of this.#troubled) {
      // One delivery at a time shows whether a troubled receiver is back.
      if (isHalfTroubled || (this.#perLane.get(lane) ?? 0) > 0) lanes.add(lane);
    }
    return [...lanes];
  }

  #count(lane: string, change: number): void {
    const count = (this.#perLane.get(lane) ?? 0) + change;
    if (count === 0) this.#perLane.delete(lane);
    else this.#perLane.set(lane, count);
  }

  async #pause(): Promise<void> {
    if (this.#isWoken || this.#isStopping) return;
    const waking = new AbortController();
    this.#wakeUp = () => waking.abort();
    await pause(this.#options.pollMs, waking.signal);
  }
}
