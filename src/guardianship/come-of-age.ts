// The fourteenth birthday ends a guardianship by itself: what the guardians allowed ends, they have no
// more access, and the young person goes on alone. An account that nobody can sign in to is closed, so
// that the young person can register.
import { endWhatIsOpen, inTransaction, tellGuardians } from './change-consent.ts';
import type { WardDependencies } from './change-consent.ts';
import type { Ward } from './ward.ts';

/** False when it was done already. */
export async function comeOfAge(deps: WardDependencies, ward: Ward): Promise<boolean> {
  const isDone = await inTransaction(deps, async (session) => {
    const patch = { state: 'grown', guardians: [], isEnding: true } as const;
    if (!(await deps.wards.change(ward, patch, session))) return undefined;
    const change = { actor: 'system', reason: 'came_of_age', within: session } as const;
    await deps.accounts.close(ward.id, change);
    await deps.audit.record(
      { type: 'guardianship.ended', actor: 'system', subject: ward.id, result: 'done' },
      session,
    );
    return tellGuardians(deps, ward, { template: 'guardianship_ended', session });
  });
  if (isDone) await endWhatIsOpen(deps, ward.id);
  return isDone;
}
