// An organisation shows its bank account: a small amount is paid to it, and whoever acts for it, or is
// to, tells how much arrived. Paid only to an account whose holder is named as the register names it.
import type { Account } from '../accounts/account.ts';
import type { BankTransfers } from '../entity-proofs/bank-transfers.ts';
import type { PaymentRefusal } from '../entity-proofs/transfer-bank.ts';
import type { Transfer, TransferOf } from '../entity-proofs/transfer-store.ts';
import { verifiedClaim } from '../verification/compare-face.ts';
import { takeEntityTry } from '../verification/verification-tries.ts';
import type { ProofRefusal } from './apply-proof.ts';
import { noteRefusal as noteAnswer, refusalOf } from './check-entity.ts';
import { plainEntityName } from './entity-register.ts';
import { readAmount } from './transfer-form.ts';
import { useProof } from './use-proof.ts';
import type { ProofOutcome, UseProofDependencies } from './use-proof.ts';

export interface ProveTransferDependencies extends UseProofDependencies {
  transfers: BankTransfers;
}

export type TransferRefusal =
  | ProofRefusal
  | 'account_missing'
  | 'account_wrong'
  | 'bank_missing'
  | 'bank_wrong'
  | 'tries_used_up'
  /** Of this organisation, or to this account, within a month. */
  | 'transfers_used_up'
  | 'holder_differs'
  | 'no_such_account'
  | 'not_of_organisation'
  /** It may have been paid or not. */
  | 'bank_silent'
  | 'amount_unreadable'
  | 'amount_wrong'
  | 'amount_wrong_last'
  /** Too late, used, or given up. */
  | 'over'
  | 'changed_meanwhile';

export type OrderOutcome = { ok: true } | { ok: false; reason: TransferRefusal };

export type ReportTransferOutcome = ProofOutcome<TransferRefusal>;

export interface TransferOrder {
  /** That is to show more; absent: one is to be registered. */
  entityId?: string | undefined;
  entity: { name: string; uscc: string };
  account: string;
  bank: string;
  address: string;
}

const REFUSALS = {
  '01': 'holder_differs',
  '02': 'no_such_account',
  '03': 'not_of_organisation',
} as const satisfies Record<PaymentRefusal, TransferRefusal>;

export async function orderTransfer(
  deps: ProveTransferDependencies,
  person: Account,
  order: TransferOrder,
): Promise<OrderOutcome> {
  const { transfers, budgets, tries } = deps;
  const { entity, account, bank, entityId, address } = order;
  const of = { accountId: person.id, entityId };
  // The form of a payment that is under way already: shown, not paid again.
  if (await transfers.find(of)) return { ok: true };
  const registered = await registeredName(deps, person, order);
  if (!registered.ok) return registered;
  const taken = await budgets.reserve([
    { ...tries.transferPerEntity, key: `transfer-entity:${entity.uscc}` },
    { ...tries.transferPerBankAccount, key: `transfer-account:${account}` },
  ]);
  if (!taken.ok) {
    await note(deps, { person, entityId, address, result: 'refused', code: 'transfers_used_up' });
    return { ok: false, reason: 'transfers_used_up' };
  }
  const to = { uscc: entity.uscc, name: registered.name, account, bank };
  const transfer = await transfers.open(of, to);
  if (transfer) return payTransfer(deps, person, { of, transfer, address });
  await budgets.giveBack(taken.reservations);
  return { ok: true };
}

/** Sends the order, or the same order again: what the bank has paid it does not pay twice. */
export async function payTransfer(
  deps: ProveTransferDependencies,
  person: Account,
  { of, transfer, address }: { of: TransferOf; transfer: Transfer; address: string },
): Promise<OrderOutcome> {
  const { transfers } = deps;
  const { entityId } = of;
  const { round, name } = transfer;
  const answer = await transfers.pay(of, transfer);
  if (!answer) {
    await note(deps, { person, entityId, address, result: 'refused', code: 'bank_silent' });
    return { ok: false, reason: 'bank_silent' };
  }
  const refusal = answer.state === 'refused' ? REFUSALS[answer.code] : undefined;
  const isOfIt =
    answer.state === 'paid' && plainEntityName(answer.holderName) === plainEntityName(name);
  if (refusal || !isOfIt) {
    const reason = refusal ?? 'holder_differs';
    await transfers.end(of, round);
    await note(deps, { person, entityId, address, result: 'refused', code: reason });
    return { ok: false, reason };
  }
  // Another form may have heard it first; one that was given up stays so.
  if (await transfers.markPaid(of, round)) {
    await note(deps, { person, entityId, address, result: 'done', code: 'paid' });
  }
  return { ok: true };
}

export async function reportTransfer(
  deps: ProveTransferDependencies,
  person: Account,
  given: { entityId?: string | undefined; round: string; amount: string; address: string },
): Promise<ReportTransferOutcome> {
  const { transfers } = deps;
  const { entityId, round, amount, address } = given;
  const of = { accountId: person.id, entityId };
  const open = await transfers.find(of);
  if (!open || open.round !== round || open.state === 'paying') {
    return { ok: false, reason: 'over' };
  }
  if (open.state === 'paid') {
    const amountFen = readAmount(amount);
    if (amountFen === undefined) return { ok: false, reason: 'amount_unreadable' };
    const reported = await transfers.report(of, round, amountFen);
    if (!reported) return { ok: false, reason: 'over' };
    if (!reported.isRight) {
      const reason = reported.triesLeft > 0 ? 'amount_wrong' : 'amount_wrong_last';
      await note(deps, { person, entityId, address, result: 'refused', code: reason });
      return { ok: false, reason };
    }
  }
  const use = () => transfers.use(of, open.round);
  const proof = transfers.proofOf(open);
  return useProof(deps, person, { entityId, proof, address, use });
}

/** The name to which is paid: the register's, of an organisation that operates. */
async function registeredName(
  deps: ProveTransferDependencies,
  person: Account,
  { entity, address }: TransferOrder,
): Promise<{ ok: true; name: string } | { ok: false; reason: TransferRefusal }> {
  const representative = verifiedClaim(person);
  if (!representative) throw new Error('only who was verified in person orders a payment');
  const taken = await takeEntityTry(deps, { accountId: person.id, address });
  if (!taken.ok) return { ok: false, reason: 'tries_used_up' };
  const answer = await deps.register?.check({ ...entity, representative });
  if (!answer || answer.outcome === 'unavailable' || answer.outcome === 'contradictory') {
    await deps.budgets.giveBack(taken.reservations);
    if (answer) await noteAnswer(deps, person.id, { answer, address, reason: answer.outcome });
    return { ok: false, reason: 'unavailable' };
  }
  const refusal = refusalOf(answer);
  const isRefused = refusal !== undefined && refusal !== 'not_representative';
  if (answer.outcome === 'found' && !isRefused) {
    return { ok: true, name: answer.facts.name ?? entity.name };
  }
  const reason = isRefused ? refusal : 'unknown';
  await noteAnswer(deps, person.id, { answer, address, reason });
  return { ok: false, reason };
}

async function note(
  { audit }: Pick<ProveTransferDependencies, 'audit'>,
  of: {
    person: Account;
    entityId: string | undefined;
    address: string;
    result: 'done' | 'refused';
    code: string;
  },
): Promise<void> {
  const { person, entityId, address, result, code } = of;
  await audit.record({
    type: 'verification.checked',
    actor: person.id,
    ...(entityId === undefined ? {} : { subject: entityId }),
    address,
    result,
    ...(result === 'refused' ? { reason: code } : {}),
    details: { source: 'bankTransfer', resultCode: code },
  });
}
