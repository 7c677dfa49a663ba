// Numbers and chains new records within a second of their commit. Any number of processes run one;
// a lease lets one of them work. What keeps the chain right is not the lease but the order of steps:
// read the last seal, mark its records, read what is pending, insert the next seal under the next
// number. Where this sealer has marked the last seal itself, the first and third are one command: what is
// pending first, so that a sealer who came between shows in the seal. If another sealer came between, the
// insert fails and nothing has happened; if this one dies anywhere, the next begins by marking what the
// last seal holds.
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { Logger } from '../platform/logger.ts';
import type { Random } from '../platform/random.ts';
import type { AnchorWriter } from './anchor-writer.ts';
import { isAuthentic } from './audit-record.ts';
import type { AuditRecord } from './audit-record.ts';
import {
  EMPTY_CHAIN,
  headOf,
  isHeadAuthentic,
  isSealAuthentic,
  makeSeal,
  signHead,
  unsignedHead,
} from './seal.ts';
import type { Head, Seal, SignedHead } from './seal.ts';
import type { SealStore } from './seal-store.ts';

const RECORDS_PER_SEAL = 1000;
/** A third of the lease, so that two renewals may be late. */
const RENEW_MS = 1300;

interface SealerDependencies {
  seals: SealStore;
  anchor: AnchorWriter;
  keyring: Keyring;
  clock: Clock;
  random: Random;
  logger: Logger;
}

export interface SealerState {
  isSealing: boolean;
  sealedCount: number;
  /** Of the first record that waits. */
  oldestUnsealedAt: Date | undefined;
}

export class Sealer {
  readonly #deps: SealerDependencies;
  readonly #holder: string;
  /** Monotonic milliseconds. */
  #leaseAskedAt = Number.NEGATIVE_INFINITY;
  #isSealing = false;
  #markedSeal: number | undefined;
  #head: SignedHead | undefined;
  #oldestUnsealedAt: Date | undefined;

  constructor(deps: SealerDependencies) {
    this.#deps = deps;
    this.#holder = deps.random.id();
  }

  get state(): SealerState {
    return {
      isSealing: this.#isSealing,
      sealedCount: this.#head?.count ?? 0,
      oldestUnsealedAt: this.#oldestUnsealedAt,
    };
  }

  /** Seals all that waits, when it is this process's turn, and tells the anchor. */
  async run(): Promise<void> {
    await this.#seeToLease();
    if (!this.#isSealing) return;
    while (await this.#sealNext()) await this.#seeToLease();
    if (this.#head) this.#deps.anchor.offer(this.#head);
  }

  /** The last run; another process may seal at once after it. Gives the end of what it sealed. */
  async finish(): Promise<SignedHead | undefined> {
    this.#leaseAskedAt = Number.NEGATIVE_INFINITY;
    await this.run();
    if (!this.#isSealing) return undefined;
    this.#isSealing = false;
    await this.#deps.seals.giveUpLease(this.#holder);
    return this.#head;
  }

  async #seeToLease(): Promise<void> {
    const now = performance.now();
    if (now - this.#leaseAskedAt < RENEW_MS) return;
    this.#leaseAskedAt = now;
    const { seals } = this.#deps;
    const wasSealing = this.#isSealing;
    if (!wasSealing && !(await this.#mayTakeLease())) return;
    const head = wasSealing ? this.#head : undefined;
    this.#isSealing = await seals.takeLease(this.#holder, head);
    if (this.#isSealing && wasSealing) return;
    this.#known(await seals.keptHead());
    if (this.#isSealing) {
      this.#markedSeal = undefined;
      await this.#reconsiderPutAside();
      await this.#endAt(await seals.lastSeal());
    } else {
      this.#oldestUnsealedAt = await seals.oldestPending();
    }
  }

  /** False while another holds it; then what it does is known all the same. */
  async #mayTakeLease(): Promise<boolean> {
    const { seals } = this.#deps;
    const [{ isFree, head }, oldest] = await Promise.all([
      seals.leaseState(this.#holder),
      seals.oldestPending(),
    ]);
    if (isFree) return true;
    this.#known(head);
    this.#oldestUnsealedAt = oldest;
    return false;
  }

  /** True when more may be waiting. */
  async #sealNext(): Promise<boolean> {
    const { seals, keyring, clock } = this.#deps;
    this.#oldestUnsealedAt = await seals.oldestPending();
    if (!this.#oldestUnsealedAt) return false;
    const { head, pending } = await this.#readWaiting();
    const records = await this.#onlyAuthentic(pending);
    if (records.length === 0) return pending.length > 0;
    const seal = makeSeal(keyring, { head, records, now: clock.now() });
    if (!(await seals.append(seal))) return true;
    this.#head = signHead(keyring, headOf(seal), { now: clock.now() });
    await this.#mark(seal);
    this.#leaseAskedAt = performance.now();
    this.#isSealing = await seals.takeLease(this.#holder, this.#head);
    this.#oldestUnsealedAt = undefined;
    return this.#isSealing && pending.length === RECORDS_PER_SEAL;
  }

  /** What is pending, once the records of all seals below it are marked. */
  async #readWaiting(): Promise<{ head: Head; pending: AuditRecord[] }> {
    const { seals } = this.#deps;
    const { last, pending } = await seals.pendingAndLast(RECORDS_PER_SEAL);
    const wasMarked = !last || last._id === this.#markedSeal;
    const head = await this.#endAt(last);
    return { head, pending: wasMarked ? pending : await seals.pending(RECORDS_PER_SEAL) };
  }

  /** Where the chain goes on behind its last seal, whose records are marked. */
  async #endAt(last: Seal | undefined): Promise<Head> {
    const { keyring, logger, clock } = this.#deps;
    const known = this.#head ? unsignedHead(this.#head) : EMPTY_CHAIN;
    if (last && !isSealAuthentic(keyring, last)) {
      logger.error({ seal: last._id }, 'an audit seal is not as it was made');
      // The chain goes on behind it, so that new records are sealed and the trace stays.
      return { ...known, count: Math.max(known.count, lastNumber(last)) };
    }
    if (last && last._id !== this.#markedSeal) await this.#mark(last);
    const end = last ? headOf(last) : EMPTY_CHAIN;
    if (end.count < known.count) {
      logger.error({ count: known.count, found: end.count }, 'audit seals are missing');
      return known;
    }
    if (end.count > known.count) this.#head = signHead(keyring, end, { now: clock.now() });
    return end;
  }

  /** A head that somebody has put there is worth nothing; an older one neither. */
  #known(head: SignedHead | undefined): void {
    if (!head || !isHeadAuthentic(this.#deps.keyring, head)) return;
    if (head.count > (this.#head?.count ?? 0)) this.#head = head;
  }

  async #mark(seal: Seal): Promise<void> {
    await this.#deps.seals.mark(seal);
    this.#markedSeal = seal._id;
  }

  async #onlyAuthentic(pending: readonly AuditRecord[]): Promise<AuditRecord[]> {
    const { seals, keyring, logger } = this.#deps;
    const forged = pending.filter((record) => !isAuthentic(keyring, record));
    if (forged.length === 0) return [...pending];
    const ids = forged.map(({ _id }) => _id);
    logger.error({ records: ids.slice(0, 20), count: ids.length }, 'audit records are not genuine');
    await seals.putAside(ids);
    return pending.filter((record) => !forged.includes(record));
  }

  /** A process that lacked a new audit key could not know better. */
  async #reconsiderPutAside(): Promise<void> {
    const { seals, keyring } = this.#deps;
    const aside = await seals.putAsideRecords(RECORDS_PER_SEAL);
    const genuine = aside.filter((record) => isAuthentic(keyring, record));
    if (genuine.length > 0) await seals.takeBack(genuine.map(({ _id }) => _id));
  }
}

function lastNumber({ _id, entries }: Seal): number {
  return Array.isArray(entries) ? _id + Math.max(entries.length, 1) - 1 : _id;
}
