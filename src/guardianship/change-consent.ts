// Consent taken back and given again, and the end of what the child's account had open.
import type { Account } from '../accounts/account.ts';
import { maskName } from '../accounts/masking.ts';
import type { ClientSession } from '../platform/mongo.ts';
import { allOrNothing } from '../platform/overtaken.ts';
import { recordConsent } from './add-child.ts';
import type { AddedChild } from './add-child.ts';
import type { Guardianship } from './guardianship.ts';
import { guardianIn, isStopped } from './ward.ts';
import type { Ward } from './ward.ts';

/** What every end and every new beginning of a ward needs. */
export type WardDependencies = Pick<
  Guardianship,
  'wards' | 'accounts' | 'notices' | 'ending' | 'audit' | 'clock' | 'logger'
>;

export type ChangeConsentOutcome = 'done' | 'changed_meanwhile';

/**
 * Nobody can use the child's account from the commit on. With `isErasing` it is closed for good, and
 * what it holds is erased as that of any closed account; one that an operator has locked is not, or the
 * child could be added anew.
 */
export async function withdrawConsent(
  deps: Guardianship,
  ward: Ward,
  by: { guardian: Account; isErasing: boolean; address: string },
): Promise<ChangeConsentOutcome> {
  const { guardian, isErasing, address } = by;
  const isDone = await inTransaction(deps, async (session) => {
    const gone = isErasing ? { guardians: [] } : {};
    const patch = { state: 'withdrawn', isEnding: true, ...gone } as const;
    if (!(await deps.wards.change(ward, patch, session))) return undefined;
    if (isErasing && isStopped(ward, await deps.accounts.findById(ward.id))) return undefined;
    const change = { actor: guardian.id, address, reason: 'guardian', within: session } as const;
    if (isErasing) await deps.accounts.close(ward.id, change);
    else await deps.accounts.rest(ward.id, change);
    await deps.audit.record(
      {
        type: 'guardianship.withdrawn',
        actor: guardian.id,
        subject: ward.id,
        address,
        result: 'done',
        ...(isErasing ? { reason: 'erasure' } : {}),
      },
      session,
    );
    return tellGuardians(deps, ward, {
      template: isErasing ? 'guardianship_erased' : 'guardianship_withdrawn',
      session,
    });
  });
  if (!isDone) return 'changed_meanwhile';
  await endWhatIsOpen(deps, ward.id, guardian.id);
  return 'done';
}

/** After a withdrawal, or where the agreement has changed since. */
export async function consentAgain(
  deps: Guardianship,
  ward: Ward,
  by: Pick<AddedChild, 'guardian' | 'agreement'>,
): Promise<ChangeConsentOutcome> {
  const { guardian, agreement } = by;
  const { version, language } = agreement;
  const consent = { version, language, at: deps.clock.now() };
  const guardians = ward.guardians.map((each) =>
    each.accountId === guardian.id ? { ...each, consent, isResting: undefined } : each,
  );
  const isDone = await inTransaction(deps, async (session) => {
    const child = await deps.accounts.findById(ward.id);
    if (child?.state === 'closed' || !guardianIn(ward, guardian.id)) return undefined;
    const patch = { state: 'active', guardians: guardians.map(withoutUndefined) } as const;
    if (!(await deps.wards.change(ward, patch, session))) return undefined;
    if (ward.state !== 'active') {
      const { address } = agreement;
      const change = { actor: guardian.id, address, reason: 'guardian', within: session };
      await deps.accounts.resume(ward.id, change);
    }
    await recordConsent(deps, session, { ...by, childId: ward.id });
    return () => undefined;
  });
  return isDone ? 'done' : 'changed_meanwhile';
}

function withoutUndefined(guardian: Ward['guardians'][number]): Ward['guardians'][number] {
  const { isResting, ...others } = guardian;
  return isResting ? guardian : others;
}

/** To everybody who is guardian of the child, in the caller's transaction; called after the commit. */
export async function tellGuardians(
  deps: Pick<Guardianship, 'accounts' | 'notices'>,
  ward: Ward,
  {
    template,
    session,
  }: {
    template: Parameters<Guardianship['notices']['guardianshipChanged']>[0]['template'];
    session: ClientSession;
  },
): Promise<() => void> {
  const child = await deps.accounts.findById(ward.id);
  const childName = maskName(child?.name ?? '');
  const tells: (() => void)[] = [];
  for (const { accountId } of ward.guardians) {
    tells.push(await deps.notices.guardianshipChanged({ accountId, template, childName }, session));
  }
  return () => {
    for (const tell of tells) tell();
  };
}

/** Sessions, grants and tokens; also done by the background work, for a process that ended before. */
export async function endWhatIsOpen(
  { ending, wards }: Pick<Guardianship, 'ending' | 'wards'>,
  childId: string,
  actor = 'system',
): Promise<void> {
  await ending.endAllOfAccount(childId, { reason: 'account_unavailable', actor });
  await wards.ended(childId);
}

/** True when all of it was done; `work` returns what is to be called after the commit. */
export function inTransaction(
  { accounts }: { accounts: Pick<Guardianship['accounts'], 'transaction'> },
  work: (session: ClientSession) => Promise<(() => void) | undefined>,
): Promise<boolean> {
  return allOrNothing(accounts, async (session) => (await work(session)) ?? false);
}
