// Background work: guardianships end with the fourteenth birthday, rest while no guardian suffices
// (level, lock, end of the account), and go on when one does again. Any number of processes may do it
// side by side: each step is decided by the ward's revision.
import type { Account } from '../accounts/account.ts';
import { repeatedWork } from '../platform/repeat.ts';
import { endWhatIsOpen, inTransaction, tellGuardians } from './change-consent.ts';
import type { WardDependencies } from './change-consent.ts';
import { comeOfAge } from './come-of-age.ts';
import { isOfAge, suffices } from './ward.ts';
import type { Guardian, Ward } from './ward.ts';

const EVERY_MS = 60_000;
const BATCH = 200;

export function settleWardsWork(deps: WardDependencies) {
  const { logger } = deps;
  const options = { name: 'guardianship', everyMs: EVERY_MS, logger };
  return repeatedWork(() => settleWards(deps), options);
}

/** One round; returns how many were looked at. */
export async function settleWards(deps: WardDependencies): Promise<number> {
  const due = await deps.wards.takeDue(BATCH);
  for (const ward of due) {
    try {
      await settleWard(deps, ward);
    } catch (error) {
      // One that cannot be looked at must not keep the others waiting.
      deps.logger.error({ err: error, account: ward.id }, 'a ward was not looked at');
    }
  }
  return due.length;
}

export async function settleWard(deps: WardDependencies, ward: Ward): Promise<void> {
  if (ward.isEnding) await endWhatIsOpen(deps, ward.id);
  const child = await deps.accounts.findById(ward.id);
  // Removed with what is left of the account.
  if (!child || child.state === 'closed' || ward.state === 'grown') return;
  if (isOfAge(ward, deps.clock.now())) {
    await comeOfAge(deps, ward);
    return;
  }
  const accounts = await Promise.all(
    ward.guardians.map(({ accountId }) => deps.accounts.findById(accountId)),
  );
  const guardians = ward.guardians.map((guardian, index) => asItIs(guardian, accounts[index]));
  const hasChanged = guardians.some(
    ({ isResting }, index) => isResting !== ward.guardians[index]?.isResting,
  );
  const isCared = guardians.some(({ isResting }) => isResting !== true);
  const isToRest = ward.state === 'active' && !isCared;
  const isToGoOn = ward.state === 'resting' && isCared;
  if (!hasChanged && !isToRest && !isToGoOn) return;
  await write(deps, ward, { guardians, isToRest, isToGoOn });
}

async function write(
  deps: WardDependencies,
  ward: Ward,
  to: { guardians: readonly Guardian[]; isToRest: boolean; isToGoOn: boolean },
): Promise<void> {
  const { guardians, isToRest, isToGoOn } = to;
  const state = isToRest ? 'resting' : isToGoOn ? 'active' : ward.state;
  const isDone = await inTransaction(deps, async (session) => {
    const patch = { state, guardians, ...(isToRest ? { isEnding: true } : {}) };
    if (!(await deps.wards.change(ward, patch, session))) return undefined;
    if (!isToRest && !isToGoOn) {
      // One of two: the other one is told, and all goes on.
      return tellGuardians(deps, ward, { template: 'guardian_changed', session });
    }
    const change = { actor: 'system', reason: 'guardian', within: session } as const;
    await (isToRest ? deps.accounts.rest(ward.id, change) : deps.accounts.resume(ward.id, change));
    const type = isToRest ? 'guardianship.rested' : 'guardianship.resumed';
    await deps.audit.record({ type, actor: 'system', subject: ward.id, result: 'done' }, session);
    const template = isToRest ? 'guardianship_rested' : 'guardianship_resumed';
    return tellGuardians(deps, ward, { template, session });
  });
  if (isDone && isToRest) await endWhatIsOpen(deps, ward.id);
}

function asItIs(guardian: Guardian, account: Account | undefined): Guardian {
  const { isResting: _former, ...facts } = guardian;
  return suffices(account) ? facts : { ...facts, isResting: true };
}
