// Marks accounts that change, for the index of mutual recognition to follow: where this platform takes part.
import type { OnAccountTouched } from '../accounts/account-writer-store.ts';
import { AccountMarkStore } from '../mutual-recognition/platform/account-mark-store.ts';
import type { Clock } from '../platform/clock.ts';
import type { Config } from '../platform/config.ts';
import type { Database } from '../platform/mongo.ts';

export function recognitionMarker(
  base: { database: Database; clock: Clock },
  { recognition }: Pick<Config, 'recognition'>,
): OnAccountTouched | undefined {
  if (!recognition) return undefined;
  const marks = new AccountMarkStore(base);
  return (accountId, session) => marks.mark(accountId, session);
}
