// The end of mandates, each with its record, what was passed on from it, what clients were given upon
// it, and notices to both sides; whatever ends them.
import type { AccountStore } from '../accounts/account-store.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { SecurityNotices } from '../notification/security-notices.ts';
import type { ClientSession } from '../platform/mongo.ts';
import type { Mandate, MandateEndReason } from './mandate.ts';
import { importFacts } from './imported.ts';
import type { Imported } from './imported.ts';
import type { InvitationStore } from './invitation-store.ts';
import type { MandateAuthorizations } from './mandate-events.ts';
import { leadersOver } from './leaders-over.ts';
import type { EndNote } from './mandate-document.ts';
import type { MandateStore } from './mandate-store.ts';
import { peopleBehind } from './people-behind.ts';
import { payersFor } from './who-pays.ts';

export interface EndMandatesDependencies {
  mandates: MandateStore;
  invitations: InvitationStore;
  authorizations: MandateAuthorizations;
  accounts: Pick<AccountStore, 'findById' | 'subAccounts'>;
  audit: AuditLog;
  notices: Pick<SecurityNotices, 'mandateChanged'>;
}

export interface MandateEnding {
  entityName: string;
  reason: MandateEndReason;
  /** What who takes it back says about why. */
  note?: EndNote | undefined;
  /** An account id, or `system`. */
  actor: string;
  address?: string | undefined;
  imported?: Imported | undefined;
}

/** Of the organisation: its notices count against its own budget, too. */
const OWN_DOING: ReadonlySet<MandateEndReason> = new Set([
  'removed',
  'entity_closed',
  'parent_ended',
]);

type Ending = MandateEnding & { session: ClientSession };

/** Part of the caller's transaction; what it returns is called after the commit. */
export async function endMandates(
  deps: EndMandatesDependencies,
  doomed: readonly Mandate[],
  by: Ending,
): Promise<() => void> {
  const { session, reason } = by;
  const told: (() => void)[] = [];
  const ended: Mandate[] = [];
  for (const mandate of doomed) {
    if (!(await deps.mandates.end(mandate.id, by, session))) continue;
    ended.push(mandate);
    told.push(...(await noteEnd(deps, mandate, by)));
  }
  if (ended.length > 0) {
    const ids = ended.map(({ id }) => id);
    told.push(await deps.authorizations.endOfMandates(ids, reason, session));
    const passedOn = await deps.mandates.standing({ parentIds: ids }, session);
    const { note: _of, ...same } = by;
    told.push(await endMandates(deps, passedOn, { ...same, reason: 'parent_ended' }));
  }
  return () => {
    for (const tell of told) tell();
  };
}

async function noteEnd(
  deps: EndMandatesDependencies,
  mandate: Mandate,
  { reason, actor, address, entityName, imported, session }: Ending,
): Promise<(() => void)[]> {
  const { id, entityId, holderId, role } = mandate;
  const origin = importFacts(imported);
  await deps.audit.record(
    {
      type: 'mandates.ended',
      actor,
      ...origin.facts,
      address,
      subject: entityId,
      reason,
      result: 'done',
      details: { mandate: id, person: holderId, role, ...origin.details },
    },
    session,
  );
  if (role === 'handler') await deps.invitations.withdrawUpon(id, session);
  else await deps.invitations.withdrawOf(entityId, holderId, session);
  // The notice that the entity has ended says it all; of one that goes on there is nothing to say.
  const isSaid = reason === 'entity_cancelled' || reason === 'entity_revoked';
  if (isSaid || reason === 'replaced' || reason === 'account_merged') return [];
  const told: (() => void)[] = [];
  const template = templateOf(reason);
  const paidBy = OWN_DOING.has(reason) ? await payersFor(deps, entityId, session) : [];
  for (const accountId of await peopleBehind(deps, holderId, session)) {
    const notice = { accountId, template, entityName, role, reason } as const;
    told.push(await deps.notices.mandateChanged({ ...notice, paidBy }, session));
  }
  return [...told, ...(await tellGranter(deps, mandate, { reason, actor, entityName, session }))];
}

/** Who appointed a handler reads that it is over, unless he did it himself. */
async function tellGranter(
  deps: EndMandatesDependencies,
  { entityId, grantedBy, role, holderId }: Mandate,
  by: Pick<Ending, 'reason' | 'actor' | 'entityName' | 'session'>,
): Promise<(() => void)[]> {
  const { reason, actor, entityName, session } = by;
  const isTold = reason === 'resigned' || reason === 'expired' || reason === 'parent_ended';
  if (role !== 'handler' || !isTold || grantedBy === actor || grantedBy === holderId) return [];
  const leaders = await leadersOver(deps, entityId, session);
  if (!leaders.some((each) => each.holderId === grantedBy)) return [];
  const template = 'mandate_over_granter';
  const notice = { accountId: grantedBy, template, entityName, role, reason } as const;
  return [await deps.notices.mandateChanged(notice, session)];
}

function templateOf(reason: MandateEndReason) {
  if (reason === 'resigned') return 'mandate_resigned';
  return reason.startsWith('holder_') ? 'mandate_lapsed' : 'mandate_over';
}

/**
 * All that anybody holds, and what is offered: nobody acts for the entity any more, nor for its branches
 * and departments, whose power came from it.
 */
export async function endAllOfEntity(
  deps: EndMandatesDependencies,
  entityId: string,
  by: Ending,
): Promise<() => void> {
  await deps.invitations.withdrawAll(entityId, by.session);
  const standing = await deps.mandates.standing({ entityId }, by.session);
  // What was passed on ends for the reason of all, not for the end of what it came from.
  const rooted = standing.toSorted((a, b) => Number(!a.parentId) - Number(!b.parentId));
  const told = [await endMandates(deps, rooted, by)];
  for (const { id, name = '' } of await deps.accounts.subAccounts.of(entityId, by.session)) {
    const isGoingOn = by.reason === 'representative_changed';
    const reason = isGoingOn ? by.reason : 'entity_parent_ended';
    told.push(await endAllOfEntity(deps, id, { ...by, entityName: name, reason }));
  }
  return () => {
    for (const tell of told) tell();
  };
}
