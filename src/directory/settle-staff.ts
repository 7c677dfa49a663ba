// Background work: what leavers had open ends, also where the process that removed them died before,
// and who has joined gets a first password. Any number of processes may do it side by side.
import type { Logger } from '../platform/logger.ts';
import { repeatedWork } from '../platform/repeat.ts';
import type { StaffDirectoryDependencies } from './staff-directory.ts';
import type { StaffEntry } from './staff-entry.ts';
import type { StaffWorkStore } from './staff-work-store.ts';

export interface SettleStaffDependencies extends Pick<StaffDirectoryDependencies, 'endWhatIsOpen'> {
  work: StaffWorkStore;
  /** Sends a first password, or says that the account is open again. */
  invite(entry: StaffEntry): Promise<void>;
  /** Contacts that wait for the end of a power. */
  follow(entry: StaffEntry): Promise<void>;
  logger: Logger;
}

/** Milliseconds: a leaver is out of everything within seconds even if a process dies. */
const EVERY_MS = 2000;
const BATCH = 100;

export function settleStaffWork(deps: SettleStaffDependencies) {
  return repeatedWork(() => settleStaff(deps), {
    name: 'staff directory',
    everyMs: EVERY_MS,
    logger: deps.logger,
  });
}

/** One round; returns how many were settled. */
export async function settleStaff(deps: SettleStaffDependencies): Promise<number> {
  const { work } = deps;
  if (!(await work.isAnyDue())) return 0;
  let count = 0;
  for (const { id, accountId } of await work.ending(BATCH)) {
    const end = async () => {
      await deps.endWhatIsOpen(accountId);
      await work.ended(id);
    };
    if (await isDone(deps, accountId, end)) count += 1;
  }
  for (const entry of await work.keeping(BATCH)) {
    await isDone(deps, entry.accountId, () => deps.follow(entry));
  }
  for (const entry of await work.invitationsDue(BATCH)) {
    if (await isDone(deps, entry.accountId, () => deps.invite(entry))) count += 1;
  }
  return count;
}

/** One with whom it fails must not keep the others waiting: it comes again in the next round. */
async function isDone(
  { logger }: Pick<SettleStaffDependencies, 'logger'>,
  account: string,
  work: () => Promise<void>,
): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    logger.error({ err: error, account }, 'staff was not settled');
    return false;
  }
}
