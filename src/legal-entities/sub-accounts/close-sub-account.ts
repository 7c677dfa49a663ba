// The end of a sub-account at the word of who may act for the organisation as a whole: for good, with
// all power over it, in one transaction.
import type { Account } from '../../accounts/account.ts';
import { Overtaken } from '../../platform/overtaken.ts';
import { leadOf, recordStranger, requireLead } from '../entity-lead.ts';
import { leadersNotice, noteChange, tellLeaders } from './make-sub-account.ts';
import type { SubAccountDependencies } from './make-sub-account.ts';

export async function closeSubAccount(
  deps: SubAccountDependencies,
  { person, id, address }: { person: Account; id: string; address: string },
): Promise<'closed' | 'gone'> {
  const found = await closableSubAccount(deps, person, id);
  if (!found) {
    await recordStranger(deps, { person, entityId: id, address, attempt: 'close_sub_account' });
    return 'gone';
  }
  const { by, entity, parentId } = found;
  const name = entity.name ?? '';
  const mayTell = leadersNotice(deps, { entityId: parentId, change: 'closed' });
  const told: (() => void)[] = [];
  try {
    const isClosed = await deps.accounts.transaction(async (session) => {
      told.length = 0;
      await requireLead(deps, session, { person, entityId: parentId, by });
      const reason = 'sub_account_closed';
      const closing = { actor: person.id, address, reason, within: session };
      const outcome = await deps.accounts.close(id, closing);
      if (!outcome.ok) return false;
      await noteChange(deps, session, { id, name, parentId, change: 'closed', person, address });
      const closed = { entityId: parentId, name, change: 'closed', mayTell } as const;
      told.push(...(await tellLeaders(deps, session, closed)));
      return true;
    });
    for (const tell of told) tell();
    return isClosed ? 'closed' : 'gone';
  } catch (error) {
    if (error instanceof Overtaken) return 'gone';
    throw error;
  }
}

/** The sub-account that this person may close; undefined for what is not there, and for others'. */
export async function closableSubAccount(
  deps: Pick<SubAccountDependencies, 'accounts' | 'mandates'>,
  person: Account,
  id: string,
) {
  const entity = await deps.accounts.findById(id);
  const { parentId } = entity ?? {};
  if (!entity || parentId === undefined || entity.state === 'closed') return undefined;
  const by = await leadOf(deps, { entityId: parentId, personId: person.id });
  return by && { entity, parentId, by };
}
