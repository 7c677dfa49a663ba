// The pieces that a token or a session stands on, and how to begin reading them before the library
// asks for each.
import { currentMemo, readAhead } from './request-memo.ts';

/** What the library asks for after it has found a token or a session. */
export interface StandingReaders {
  session(uid: string): Promise<unknown>;
  grant(id: string): Promise<unknown>;
  account(id: string): Promise<unknown>;
}

export interface StoodUpon {
  sessionUid?: string;
  grantId?: string;
  accountId?: string;
}

/** Begun together the reads share one command; nothing happens outside a protocol request. */
export function readStandingAhead(
  readers: StandingReaders,
  { sessionUid, grantId, accountId }: StoodUpon,
): void {
  const memo = currentMemo();
  if (!memo) return;
  if (sessionUid !== undefined) {
    readAhead(memo, ['Session', sessionUid], () => readers.session(sessionUid));
  }
  if (accountId !== undefined) {
    readAhead(memo, ['Account', accountId], () => readers.account(accountId));
  }
  if (grantId !== undefined) readAhead(memo, ['Grant', grantId], () => readers.grant(grantId));
}
