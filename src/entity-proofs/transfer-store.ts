// Payments by which organisations show their accounts: one open for each person and organisation, so
// that a form sent twice pays once; each step is a compare-and-set, each try counted before it is
// looked at.
import { z } from 'zod';
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import { isDuplicateKey } from '../platform/mongo.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import type { SealedPlace } from '../platform/sealed-place.ts';

const sealedSchema = z.object({
  uscc: z.string(),
  /** As registered. */
  name: z.string(),
  account: z.string(),
  bank: z.string(),
  amountFen: z.int().min(1).max(999),
  /** Of the order: the same however often it is sent. */
  key: z.string(),
});
export type TransferContent = z.infer<typeof sealedSchema>;

/** Whose it is: a person, and the organisation that is to show more; absent: one is to be registered. */
export interface TransferOf {
  accountId: string;
  entityId?: string | undefined;
}

export interface Transfer extends TransferContent {
  /** Forms name it, so that one of a former payment does nothing. */
  round: string;
  /** Ordered, and perhaps paid; paid; the right amount was told. */
  state: 'paying' | 'paid' | 'proven';
  triesLeft: number;
  expiresAt: Date;
}

interface TransferDocument {
  /** Keyed hash of whose it is. */
  _id: string;
  accountId: string;
  round: string;
  state: Transfer['state'] | 'over';
  tries: number;
  sealed: Buffer;
  expiresAt: Date;
  schemaVersion: 1;
}

export const BANK_TRANSFERS = 'bankTransfers';
export const TRANSFER_SECONDS = 72 * 3600;
export const TRANSFER_TRIES = 3;

interface TransferStoreDependencies {
  database: Database;
  keyring: Keyring;
  clock: Clock;
  random: Random;
}

export class TransferStore {
  readonly #deps: TransferStoreDependencies;

  constructor(deps: TransferStoreDependencies) {
    this.#deps = deps;
  }

  /** Undefined when one is open already. */
  async insert(of: TransferOf, content: TransferContent): Promise<Transfer | undefined> {
    const { keyring, clock, random } = this.#deps;
    const _id = this.#id(of);
    const ended = [
      { state: 'over' as const },
      { tries: { $gte: TRANSFER_TRIES }, state: 'paid' as const },
      { expiresAt: { $lte: clock.now() } },
    ];
    const document: Omit<TransferDocument, '_id'> = {
      accountId: of.accountId,
      round: random.id(),
      state: 'paying',
      tries: 0,
      sealed: keyring.encryptJson(sealedSchema.parse(content), context(_id)),
      expiresAt: secondsFromNow(clock, TRANSFER_SECONDS),
      schemaVersion: 1,
    };
    try {
      await this.#transfers.replaceOne({ _id, $or: ended }, document, { upsert: true });
    } catch (error) {
      if (isDuplicateKey(error)) return undefined;
      throw error;
    }
    return this.#transferOf({ _id, ...document });
  }

  /** Undefined when none is open. */
  async find(of: TransferOf): Promise<Transfer | undefined> {
    const document = await this.#transfers.findOne({
      _id: this.#id(of),
      state: { $ne: 'over' },
      expiresAt: { $gt: this.#deps.clock.now() },
    });
    const isOpen = document && (document.state !== 'paid' || document.tries < TRANSFER_TRIES);
    return isOpen ? this.#transferOf(document) : undefined;
  }

  /** From now on the amount can be told. */
  async markPaid(of: TransferOf, round: string): Promise<boolean> {
    return this.#step(of, round, { from: ['paying'], to: 'paid' });
  }

  /** One try, counted whatever comes of it; undefined when none is left. */
  async takeTry(of: TransferOf, round: string): Promise<Transfer | undefined> {
    const document = await this.#transfers.findOneAndUpdate(
      {
        _id: this.#id(of),
        round,
        state: 'paid',
        tries: { $lt: TRANSFER_TRIES },
        expiresAt: { $gt: this.#deps.clock.now() },
      },
      { $inc: { tries: 1 } },
      { returnDocument: 'after' },
    );
    return document ? this.#transferOf(document) : undefined;
  }

  /** The right amount was told within a try. */
  markProven(of: TransferOf, round: string): Promise<boolean> {
    return this.#step(of, round, { from: ['paid'], to: 'proven' });
  }

  /** True for the one call that uses what was proven. */
  use(of: TransferOf, round: string): Promise<boolean> {
    return this.#step(of, round, { from: ['proven'], to: 'over' });
  }

  /** Given up, or refused by the bank. */
  end(of: TransferOf, round: string): Promise<boolean> {
    return this.#step(of, round, { from: ['paying', 'paid', 'proven'], to: 'over' });
  }

  async #step(
    of: TransferOf,
    round: string,
    by: { from: Transfer['state'][]; to: TransferDocument['state'] },
  ): Promise<boolean> {
    const expiresAt = { $gt: this.#deps.clock.now() };
    const { modifiedCount } = await this.#transfers.updateOne(
      { _id: this.#id(of), round, state: { $in: by.from }, expiresAt },
      { $set: { state: by.to } },
    );
    return modifiedCount === 1;
  }

  #transferOf({ _id, round, state, tries, sealed, expiresAt }: TransferDocument): Transfer {
    if (state === 'over') throw new Error('a payment that is over is not shown');
    const content = sealedSchema.parse(this.#deps.keyring.decryptJson(sealed, context(_id)));
    return { ...content, round, state, triesLeft: TRANSFER_TRIES - tries, expiresAt };
  }

  #id({ accountId, entityId = '' }: TransferOf): string {
    const of = JSON.stringify([accountId, entityId]);
    const mac = this.#deps.keyring.mac('artefactId', 'entity-proofs.transfer', of);
    return mac.toString('base64url');
  }

  get #transfers() {
    return this.#deps.database.collection<TransferDocument>(BANK_TRANSFERS);
  }
}

/** Part of the removal of the account. */
export async function eraseBankTransfers(
  database: Database,
  accountId: string,
  session: ClientSession,
): Promise<void> {
  const transfers = database.collection<TransferDocument>(BANK_TRANSFERS);
  await transfers.deleteMany({ accountId }, { session });
}

function context(id: string): string {
  return `entity-proofs.transfer:${id}`;
}

export const sealedBankTransfers: SealedPlace = {
  collection: BANK_TRANSFERS,
  fields: ['sealed'],
  valuesOf: (document) => {
    const { _id, sealed } = document as TransferDocument;
    return [{ path: 'sealed', sealed, context: context(_id) }];
  },
};
