// The page of a payment to an organisation's account: ordered by a form, open for three days, with
// the amount told in another form. It can be left and come back to.
import { z } from 'zod';
import { accountFrame } from '../account/account-access.ts';
import type { Transfer } from '../entity-proofs/transfer-store.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { readEntityForm } from './entity-form.ts';
import { entityHref, entityPaths, transferHref } from './entity-paths.ts';
import { leadOn, proving } from './entity-proof-access.ts';
import type { Prover } from './entity-proof-access.ts';
import { personReading, personSending } from './legal-entities-access.ts';
import type { LegalEntitiesPageDependencies } from './legal-entities-access.ts';
import type { TransferLocals } from './legal-entities.views.ts';
import { orderTransfer, payTransfer, reportTransfer } from './prove-transfer.ts';
import type { OrderOutcome, ProveTransferDependencies, TransferRefusal } from './prove-transfer.ts';
import { maskAccount, readTransferForm } from './transfer-form.ts';

const id = z.string().max(100).default('');
const text = z.string().max(500).default('');
const open = z.object({ entity: id, transfer: id });

interface TransferDependencies extends LegalEntitiesPageDependencies {
  proving: ProveTransferDependencies;
}

type Typed = Record<'name' | 'uscc' | 'account' | 'bank', string>;
const NOTHING_TYPED: Typed = { name: '', uscc: '', account: '', bank: '' };

export function transferRoutes(deps: TransferDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: entityPaths.transfer,
      name: 'legal_entities.transfer_page',
      limiter: 'account',
      input: { query: z.object({ entity: id }) },
      async handle(ctx, { query }) {
        const prover = await proverOf(deps, ctx, { who: personReading, ...query });
        if (prover) await showPage(deps, ctx, { ...prover, errors: [] });
      },
    }),
    orderRoute(deps),
    payRoute(deps),
    defineRoute({
      method: 'POST',
      path: entityPaths.transferReport,
      name: 'legal_entities.transfer_report',
      limiter: 'verification',
      csrf: 'token',
      input: { body: open.extend({ amount: z.string().max(50).default('') }) },
      async handle(ctx, { body }) {
        const prover = await proverOf(deps, ctx, { who: personSending, ...body });
        if (!prover) return;
        const outcome = await reportTransfer(deps.proving, prover.visitor.account, {
          entityId: prover.entity?.id,
          round: body.transfer,
          amount: body.amount,
          address: ctx.ip,
        });
        const reason = await leadOn(deps, ctx, { visitor: prover.visitor, outcome });
        if (!reason) return;
        const status = STATUS[reason] ?? 422;
        await showPage(deps, ctx, { ...prover, errors: errorsOf(reason), status });
      },
    }),
    defineRoute({
      method: 'POST',
      path: entityPaths.transferGiveUp,
      name: 'legal_entities.transfer_give_up',
      limiter: 'account',
      csrf: 'token',
      input: { body: open },
      async handle(ctx, { body }) {
        const prover = await proverOf(deps, ctx, { who: personSending, ...body });
        if (!prover) return;
        await deps.proving.transfers.end(ofProver(prover), body.transfer);
        redirect(ctx, transferHref(prover.entity?.id ?? ''));
      },
    }),
  ];
}

function orderRoute(deps: TransferDependencies): Route {
  return defineRoute({
    method: 'POST',
    path: entityPaths.transfer,
    name: 'legal_entities.transfer_order',
    limiter: 'verification',
    csrf: 'token',
    input: { body: z.object({ entity: id, name: text, uscc: text, account: text, bank: text }) },
    async handle(ctx, { body }) {
      const prover = await proverOf(deps, ctx, { who: personSending, ...body });
      if (!prover) return;
      const { visitor, entity } = prover;
      const { entity: _id, ...typed } = body;
      const known = entity && { name: entity.name ?? '', uscc: entity.uscc ?? '' };
      const form = known ? ({ ok: true, entity: known } as const) : readEntityForm(typed);
      const to = readTransferForm(typed);
      if (!form.ok || !to.ok) {
        const errors = [...(form.ok ? [] : form.errors), ...(to.ok ? [] : to.errors)];
        return showPage(deps, ctx, { ...prover, typed, errors, status: 422 });
      }
      const { account, bank } = to;
      const outcome = await orderTransfer(deps.proving, visitor.account, {
        entityId: entity?.id,
        entity: form.entity,
        account,
        bank,
        address: ctx.ip,
      });
      await answerOrder(deps, ctx, { prover, typed, outcome });
    },
  });
}

function payRoute(deps: TransferDependencies): Route {
  return defineRoute({
    method: 'POST',
    path: entityPaths.transferPay,
    name: 'legal_entities.transfer_pay',
    limiter: 'verification',
    csrf: 'token',
    input: { body: open },
    async handle(ctx, { body }) {
      const prover = await proverOf(deps, ctx, { who: personSending, ...body });
      if (!prover) return;
      const of = ofProver(prover);
      const transfer = await deps.proving.transfers.find(of);
      const isAsked = transfer?.state === 'paying' && transfer.round === body.transfer;
      const outcome: OrderOutcome = isAsked
        ? await payTransfer(deps.proving, prover.visitor.account, {
            of,
            transfer,
            address: ctx.ip,
          })
        : { ok: true };
      await answerOrder(deps, ctx, { prover, typed: NOTHING_TYPED, outcome });
    },
  });
}

function ofProver({ visitor, entity }: Prover) {
  return { accountId: visitor.account.id, entityId: entity?.id };
}

/** Undefined when it has been answered what is due. */
function proverOf(
  deps: TransferDependencies,
  ctx: HttpContext,
  { who, entity }: { who: typeof personReading; entity: string },
): Promise<Prover | undefined> {
  return proving(deps, ctx, { who, entity, page: transferHref(entity) });
}

const STATUS: Partial<Record<TransferRefusal, number>> = {
  over: 410,
  tries_used_up: 429,
  transfers_used_up: 429,
  bank_silent: 503,
  unavailable: 503,
  changed_meanwhile: 409,
};

const FIELDS: Partial<Record<TransferRefusal, string>> = {
  unknown: 'uscc',
  name_differs: 'name',
  holder_differs: 'account',
  no_such_account: 'account',
  not_of_organisation: 'account',
  amount_unreadable: 'amount',
  amount_wrong: 'amount',
};

function errorsOf(reason: TransferRefusal): TransferLocals['errors'] {
  const field = FIELDS[reason];
  const key = `entity-proof.transfer.problem.${reason}` as const;
  return [field === undefined ? { key } : { field, key }];
}

async function answerOrder(
  deps: TransferDependencies,
  ctx: HttpContext,
  of: { prover: Prover; typed: Typed; outcome: OrderOutcome },
): Promise<void> {
  const { prover, typed, outcome } = of;
  if (outcome.ok) return redirect(ctx, transferHref(prover.entity?.id ?? ''));
  const { reason } = outcome;
  const status = STATUS[reason] ?? 422;
  await showPage(deps, ctx, { ...prover, typed, errors: errorsOf(reason), status });
}

async function showPage(
  { visitors, proving: { transfers } }: TransferDependencies,
  ctx: HttpContext,
  page: Prover & { typed?: Typed; errors: TransferLocals['errors']; status?: number },
): Promise<void> {
  const { visitor, entity, typed = NOTHING_TYPED, errors, status = 200 } = page;
  const transfer = await transfers.find(ofProver(page));
  const form = { action: entityPaths.transfer, fields: entity ? { entity: entity.id } : {} };
  // What is said of a field that is not there belongs to the page.
  const isShown = (field: string | undefined) => (field === 'amount') === (transfer !== undefined);
  ctx.render(
    'legal-entities/transfer',
    {
      ...(await accountFrame(visitors, visitor)),
      level: transfers.cap,
      ...(entity ? { entity: { name: entity.name ?? '', uscc: entity.uscc ?? '' } } : {}),
      ...(transfer ? { open: openOf(transfer, entity?.id) } : { asking: { form, ...typed } }),
      backHref: entity ? entityHref(entity.id) : entityPaths.register,
      errors: errors.map((error) => (isShown(error.field) ? error : { key: error.key })),
    },
    { status },
  );
}

function openOf(
  { state, name, account, bank, expiresAt, triesLeft, round }: Transfer,
  entityId: string | undefined,
): NonNullable<TransferLocals['open']> {
  const fields = { transfer: round, ...(entityId === undefined ? {} : { entity: entityId }) };
  return {
    state,
    name,
    maskedAccount: maskAccount(account),
    bank,
    until: expiresAt,
    triesLeft,
    payForm: { action: entityPaths.transferPay, fields },
    reportForm: { action: entityPaths.transferReport, fields },
    giveUpForm: { action: entityPaths.transferGiveUp, fields },
  };
}
