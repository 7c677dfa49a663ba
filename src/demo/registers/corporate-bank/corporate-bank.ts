// The bank of organisations of the demonstration: pays what it is told to, each order once, and shows
// everybody's statement, so that who tries the city out can read how much arrived.
import { bodyParser } from '@koa/bodyparser';
import type Koa from 'koa';
import type { Context } from 'koa';
import { z } from 'zod';
import { Faults } from '../faults.ts';
import { registeredEntities } from '../legal-entities/companies.ts';
import { createRegisterApp, requireKey } from '../register-app.ts';
import type { RegisterPart } from '../register-part.ts';

export type CorporateBankDependencies = Omit<RegisterPart, 'port'> & {
  readonly log: (line: object) => void;
};

export type BankAccount = {
  readonly account: string;
  readonly bank: string;
  readonly holder: string;
  readonly isOfPerson?: true;
};

const orderSchema = z.object({
  payee_name: z.string().min(1).max(200),
  account: z.string().max(32),
  bank: z.string().max(100),
  amount_fen: z.int().min(1).max(999),
});
type Order = z.infer<typeof orderSchema>;

type Payment = { readonly order: Order; readonly id: string; readonly at: Date };

const BANK = '样例银行示例支行';
const DIGITS = 16;
const MAX_KEPT = 1000;

/** One for each registered body, and one of a person. */
export const bankAccounts: readonly BankAccount[] = [
  ...registeredEntities.map(({ name }, index) => ({
    account: `440${String(index + 1).padStart(DIGITS, '0')}`,
    bank: BANK,
    holder: name,
  })),
  { account: `621${'9'.repeat(DIGITS)}`, bank: BANK, holder: '赵样本', isOfPerson: true },
];

/** Payments by the key of their order: the same key never pays twice. */
class Ledger {
  readonly #payments = new Map<string, Payment>();

  /** Undefined for a key that paid something else. */
  pay(key: string, order: Order): Payment | undefined {
    const before = this.#payments.get(key);
    if (before) {
      return JSON.stringify(before.order) === JSON.stringify(order) ? before : undefined;
    }
    const payment = { order, id: `P${this.#payments.size + 1}`, at: new Date() };
    if (this.#payments.size < MAX_KEPT) this.#payments.set(key, payment);
    return payment;
  }

  /** Newest first. */
  statement(account: string): { amount: string; at: Date; id: string }[] {
    return [...this.#payments.values()]
      .filter(({ order }) => order.account === account)
      .map(({ order, at, id }) => ({ amount: (order.amount_fen / 100).toFixed(2), at, id }))
      .reverse();
  }
}

export function createCorporateBank({ key, ...shell }: CorporateBankDependencies): Koa {
  const faults = new Faults();
  const ledger = new Ledger();
  const parseJson = bodyParser({ enableTypes: ['json'], jsonLimit: '4kb' });
  return createRegisterApp({ ...shell, key: 'corporateBank' }, (router, pages) => {
    router.get('/', (ctx) => {
      const accounts = bankAccounts.map((each) => ({
        ...each,
        entries: ledger.statement(each.account),
      }));
      pages.show(ctx, { page: 'corporate-bank', accounts, mode: faults.mode });
    });
    router.get('/accounts/:account/statement', (ctx) => {
      ctx.body = { entries: ledger.statement(String(ctx.params['account'])) };
    });
    faults.addRoutes(router);
    router.post('/payments', requireKey(key), faults.guard, parseJson, (ctx) =>
      pay(ctx, ledger, faults),
    );
  });
}

function pay(ctx: Context, ledger: Ledger, { mode }: Faults): void {
  const parsed = orderSchema.safeParse(ctx.request.body);
  const paymentKey = ctx.get('Idempotency-Key');
  if (!parsed.success || paymentKey === '') {
    ctx.status = 400;
    ctx.body = { error: 'not an order' };
    return;
  }
  const { data: order } = parsed;
  const payee = bankAccounts.find(({ account }) => account === order.account);
  // What it is wrong about: it pays to anybody.
  const refusal = mode === 'wrong' ? undefined : refusalOf(payee, order);
  if (refusal !== undefined) {
    ctx.body = { code: refusal, payment_key: paymentKey };
    return;
  }
  const payment = ledger.pay(paymentKey, order);
  if (!payment) {
    ctx.status = 409;
    ctx.body = { error: 'the key has paid something else' };
    return;
  }
  ctx.body = {
    code: '00',
    payment_key: mode === 'contradictory' ? 'of another payment' : paymentKey,
    account: order.account,
    amount_fen: order.amount_fen,
    holder_name: payee?.holder ?? order.payee_name,
    payment_id: payment.id,
  };
}

/** 01 another holder, 02 no such account, 03 of a person. */
function refusalOf(payee: BankAccount | undefined, order: Order): string | undefined {
  if (!payee) return '02';
  if (payee.isOfPerson) return '03';
  return plain(payee.holder) === plain(order.payee_name) ? undefined : '01';
}

function plain(name: string): string {
  return name.normalize('NFKC').replaceAll(/\s/gu, '').toLowerCase();
}
