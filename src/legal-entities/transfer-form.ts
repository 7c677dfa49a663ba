// An organisation's bank account and the amount that arrived there, as people type them.
import type { FieldError } from '../platform/http/view-locals.ts';

export type TransferFormProblem = `entity-proof.transfer.problem.${
  | 'account_missing'
  | 'account_wrong'
  | 'bank_missing'
  | 'bank_wrong'}`;

const ACCOUNT = /^\d{9,32}$/u;
const BANK = /^[\p{L}\p{M}\p{N}\p{P}\p{Zs}]{2,60}$/u;
const AMOUNT = /^(?<yuan>\d?)(?:\.(?<part>\d{1,2}))?$/u;

export type TransferFormOutcome =
  | { ok: true; account: string; bank: string }
  | { ok: false; errors: FieldError<TransferFormProblem>[] };

export function readTransferForm(typed: { account: string; bank: string }): TransferFormOutcome {
  const account = typed.account.normalize('NFKC').replaceAll(/[\s-]/gu, '');
  const bank = typed.bank.normalize('NFC').replaceAll(/\s+/gu, ' ').trim();
  const errors: FieldError<TransferFormProblem>[] = [];
  const complain = (
    field: string,
    key: 'account_missing' | 'account_wrong' | 'bank_missing' | 'bank_wrong',
  ) => errors.push({ field, key: `entity-proof.transfer.problem.${key}` });
  if (account === '') complain('account', 'account_missing');
  else if (!ACCOUNT.test(account)) complain('account', 'account_wrong');
  if (bank === '') complain('bank', 'bank_missing');
  else if (!BANK.test(bank)) complain('bank', 'bank_wrong');
  return errors.length > 0 ? { ok: false, errors } : { ok: true, account, bank };
}

/** In yuan as a statement shows it: `3.37`, `.5`, `￥3.37元`. @returns fen; undefined when it is none */
export function readAmount(typed: string): number | undefined {
  const plain = typed
    .normalize('NFKC')
    .replaceAll(/[\s¥元+]|CNY|RMB/giu, '')
    .replace('。', '.');
  const found = AMOUNT.exec(plain)?.groups;
  if (!found) return undefined;
  const { yuan = '', part = '' } = found;
  const fen = Number(yuan) * 100 + Number(part.padEnd(2, '0'));
  return fen > 0 ? fen : undefined;
}

/** The last four digits, as banks print them. */
export function maskAccount(account: string): string {
  return `**** ${account.slice(-4)}`;
}
