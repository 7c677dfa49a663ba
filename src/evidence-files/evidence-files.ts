// Puts the parts of this domain together: files are converted, kept sealed for as long as their case
// needs them, and erased after it.
import type { AuditLog } from '../audit/audit-log.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { Logger } from '../platform/logger.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import { repeatedWork } from '../platform/repeat.ts';
import type { FileRefusal } from './conversion.ts';
import { EvidenceFileStore } from './evidence-file-store.ts';
import type { EvidenceFile } from './evidence-file-store.ts';
import { FileConverter } from './file-converter.ts';

/** Of one account that wait to be sent. */
export const MAX_LOOSE_FILES = 12;

export interface EvidenceFilesDependencies {
  database: Database;
  keyring: Keyring;
  clock: Clock;
  random: Random;
  logger: Logger;
  audit: AuditLog;
}

export type AddFileOutcome =
  | { ok: true; id: string }
  | { ok: false; reason: FileRefusal | 'too_many_files' };

const DAY_SECONDS = 86_400;
const EVERY_MS = 60_000;
const BATCH = 50;

export class EvidenceFiles {
  readonly #deps: EvidenceFilesDependencies;
  readonly #store: EvidenceFileStore;
  readonly #converter: FileConverter;
  /** After the decision of a case. */
  readonly keptDays: number;
  readonly #work: ReturnType<typeof repeatedWork>;

  constructor(
    deps: EvidenceFilesDependencies,
    options: { keptDays: number; converter?: FileConverter },
  ) {
    this.#deps = deps;
    this.#store = new EvidenceFileStore(deps);
    this.#converter = options.converter ?? new FileConverter();
    this.keptDays = options.keptDays;
    const rounds = { name: 'evidence files', everyMs: EVERY_MS, logger: deps.logger };
    this.#work = repeatedWork(() => this.eraseDue(), rounds);
  }

  /** @throws AppError `overloaded` when too many are being converted. */
  async add(
    of: {
      ownerId: string;
      slot: string;
      address: string;
      /** An account id, or `anonymous`. Absent: the owner. */
      actor?: string;
    },
    bytes: Buffer,
  ): Promise<AddFileOutcome> {
    const { ownerId, slot, address, actor = ownerId } = of;
    if ((await this.looseOf(ownerId)).length >= MAX_LOOSE_FILES) {
      return { ok: false, reason: 'too_many_files' };
    }
    const converted = await this.#converter.convert(bytes);
    if (!converted.ok) {
      const record = { type: 'evidence.file_refused', actor, address } as const;
      await this.#deps.audit.record({ ...record, result: 'refused', reason: converted.reason });
      return converted;
    }
    const id = await this.#store.add({ ownerId, slot }, converted.pages);
    return { ok: true, id };
  }

  /** What the account has added and not sent yet. */
  looseOf(ownerId: string): Promise<EvidenceFile[]> {
    return this.#store.looseOf(ownerId);
  }

  /** False for a file that is unknown, another's, or sent already. */
  discard(id: string, ownerId: string): Promise<boolean> {
    return this.#store.discard(id, ownerId);
  }

  /** False when one of them is not this account's or not there: then nothing may be committed. */
  attach(
    ids: readonly string[],
    to: { ownerId: string; caseId: string; newOwnerId?: string },
    session: ClientSession,
  ): Promise<boolean> {
    return this.#store.attach(ids, to, session);
  }

  ofCase(caseId: string): Promise<EvidenceFile[]> {
    return this.#store.ofCase(caseId);
  }

  /** To be called in the transaction that decides a case. */
  caseDecided(caseId: string, session: ClientSession): Promise<void> {
    return this.#store.endCase(caseId, this.keptDays * DAY_SECONDS, session);
  }

  /** The applicant took it back: nobody needs them any more. */
  caseWithdrawn(caseId: string, session: ClientSession): Promise<void> {
    return this.#store.endCase(caseId, 0, session);
  }

  /**
   * One page for the eyes of a reviewer, as a JPEG. The caller has made sure that this reviewer may
   * see this case. Undefined for what there is not, or not in this case.
   */
  async view(
    of: { caseId: string; fileId: string; page: number },
    by: { actor: string; address: string },
  ): Promise<Buffer | undefined> {
    const { caseId, fileId, page } = of;
    const bytes = await this.#store.page(fileId, caseId, page);
    if (!bytes) return undefined;
    await this.#deps.audit.record({
      type: 'evidence.file_viewed',
      ...by,
      result: 'done',
      details: { case: caseId, file: fileId, page },
    });
    return bytes;
  }

  /** Part of the removal of an account. */
  erase(ownerId: string, session: ClientSession): Promise<void> {
    return this.#store.erase(ownerId, session);
  }

  /** One round; returns how many files went. */
  async eraseDue(): Promise<number> {
    let erased = 0;
    for (;;) {
      const count = await this.#store.eraseDue(BATCH);
      erased += count;
      if (count < BATCH) return erased;
    }
  }

  /** Background work; any number of processes may do it side by side. */
  start(): void {
    this.#work.start();
  }

  stop(): Promise<void> {
    return this.#work.stop();
  }
}
