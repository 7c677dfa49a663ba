// A small amount is paid to an organisation's account; whoever reads it there and tells it has shown
// that the organisation lets him see its account. The order is kept before it is sent, and sent again
// as it was: what the bank has paid once it does not pay again.
import { randomInt } from 'node:crypto';
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { Random } from '../platform/random.ts';
import type { EntityProof } from './entity-proof.ts';
import type { PaymentAnswer, TransferBank } from './transfer-bank.ts';
import type { Transfer, TransferOf, TransferStore } from './transfer-store.ts';

export type ReportOutcome =
  | { isRight: true; transfer: Transfer }
  | { isRight: false; triesLeft: number };

interface BankTransfersDependencies {
  clock: Clock;
  random: Random;
  bank: TransferBank;
  store: TransferStore;
}

const DAY_SECONDS = 86_400;
/** Nine guesses in a month find one of these in less than one case of a hundred. */
const MOST_FEN = 999;

export class BankTransfers {
  readonly #deps: BankTransfersDependencies;

  constructor(deps: BankTransfersDependencies) {
    this.#deps = deps;
  }

  get cap(): number {
    return this.#deps.bank.config.cap;
  }

  /** Undefined when one is open already: nothing is paid for a form that is sent twice. */
  open(
    of: TransferOf,
    to: { uscc: string; name: string; account: string; bank: string },
  ): Promise<Transfer | undefined> {
    const { random, store } = this.#deps;
    return store.insert(of, { ...to, amountFen: randomInt(1, MOST_FEN + 1), key: random.id(256) });
  }

  find(of: TransferOf): Promise<Transfer | undefined> {
    return this.#deps.store.find(of);
  }

  /** Sends the order, or sends it again. Undefined: the bank cannot tell, and nothing has changed. */
  async pay(of: TransferOf, transfer: Transfer): Promise<PaymentAnswer | undefined> {
    const { bank, store } = this.#deps;
    const asked = await bank.pay(transfer);
    if (asked.outcome !== 'answered') return undefined;
    if (asked.value.state === 'refused') await store.end(of, transfer.round);
    return asked.value;
  }

  markPaid(of: TransferOf, round: string): Promise<boolean> {
    return this.#deps.store.markPaid(of, round);
  }

  end(of: TransferOf, round: string): Promise<boolean> {
    return this.#deps.store.end(of, round);
  }

  use(of: TransferOf, round: string): Promise<boolean> {
    return this.#deps.store.use(of, round);
  }

  /** Takes a try. Undefined when none is left, or it is over. */
  async report(
    of: TransferOf,
    round: string,
    amountFen: number,
  ): Promise<ReportOutcome | undefined> {
    const { store } = this.#deps;
    const transfer = await store.takeTry(of, round);
    if (!transfer) return undefined;
    if (transfer.amountFen !== amountFen) return { isRight: false, triesLeft: transfer.triesLeft };
    // Another form with the right amount may have been first: both go on, and one of them uses it.
    await store.markProven(of, round);
    return { isRight: true, transfer };
  }

  /** What the right amount shows. */
  proofOf({ uscc, name, key }: Transfer): EntityProof {
    const { cap, validDays } = this.#deps.bank.config;
    const expiry =
      validDays === undefined
        ? {}
        : { expiresAt: secondsFromNow(this.#deps.clock, validDays * DAY_SECONDS) };
    const facts = { source: 'bankTransfer', grade: 'B', resultCode: 'amount_right' } as const;
    return { ...facts, cap, uscc, name, reference: key, ...expiry };
  }
}
