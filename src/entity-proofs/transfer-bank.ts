// The bank that pays small amounts to organisations' accounts 对公打款. Every order carries a key of
// its own: sent again it pays nothing more, so that a time limit never pays twice.
import { z } from 'zod';
import type { BankTransferConfig } from '../platform/entity-proof-config.ts';
import type { Outbound } from '../platform/outbound.ts';
import { ContradictoryAnswer, SourceFailure } from '../verification/connector-runner.ts';
import type { CallResult, ConnectorRunner } from '../verification/connector-runner.ts';

export interface PaymentOrder {
  /** The same for the same payment, however often it is sent. */
  key: string;
  /** The organisation's name as registered: the bank compares it with the holder's. */
  name: string;
  account: string;
  bank: string;
  /** 1 to 999. */
  amountFen: number;
}

/** 01 the account has another holder; 02 no such account; 03 no account of an organisation. */
export const paymentRefusals = ['01', '02', '03'] as const;
export type PaymentRefusal = (typeof paymentRefusals)[number];

export type PaymentAnswer =
  | { state: 'paid'; holderName: string; reference: string }
  | { state: 'refused'; code: PaymentRefusal };

const answerSchema = z.discriminatedUnion('code', [
  z.object({
    code: z.literal('00'),
    payment_key: z.string(),
    account: z.string(),
    amount_fen: z.int(),
    holder_name: z.string().min(1).max(200),
    payment_id: z.string().regex(/^[\w-]{1,100}$/u),
  }),
  z.object({ code: z.enum(paymentRefusals), payment_key: z.string() }),
]);

export class TransferBank {
  readonly config: BankTransferConfig;
  readonly #deps: { outbound: Pick<Outbound, 'fetch'>; runner: ConnectorRunner };

  constructor(
    deps: { outbound: Pick<Outbound, 'fetch'>; runner: ConnectorRunner },
    config: BankTransferConfig,
  ) {
    this.#deps = deps;
    this.config = config;
  }

  /** `unavailable`, `contradictory`: it may have been paid or not; the same order may be sent again. */
  pay(order: PaymentOrder): Promise<CallResult<PaymentAnswer>> {
    return this.#deps.runner.run((signal) => this.#pay(order, signal));
  }

  async #pay(order: PaymentOrder, signal: AbortSignal): Promise<PaymentAnswer> {
    const { key, name, account, bank, amountFen } = order;
    const response = await this.#deps.outbound.fetch(this.config.url, {
      method: 'POST',
      signal,
      headers: {
        authorization: `Bearer ${this.config.key}`,
        'content-type': 'application/json',
        'idempotency-key': key,
      },
      body: JSON.stringify({ payee_name: name, account, bank, amount_fen: amountFen }),
    });
    if (response.status !== 200 && response.status !== 201) {
      throw new SourceFailure(String(response.status));
    }
    const parsed = answerSchema.safeParse(await response.json().catch(() => undefined));
    if (!parsed.success) throw new ContradictoryAnswer('not an answer');
    const { data: answer } = parsed;
    if (answer.payment_key !== key) throw new ContradictoryAnswer('another payment');
    if (answer.code !== '00') return { state: 'refused', code: answer.code };
    if (answer.account !== account || answer.amount_fen !== amountFen) {
      throw new ContradictoryAnswer('another payment');
    }
    return { state: 'paid', holderName: answer.holder_name, reference: answer.payment_id };
  }
}
