// The end of mandates, each with its record, what was passed on from it, what clients were given upon
// it, and notices to both sides; whatever ends them. An agency or a large employer has thousands, and
// nobody may use one any more from one moment on: so they end in one transaction, in batches, whose
// commands do not become more with the mandates.
import type { AccountStore } from '../accounts/account-store.ts';
import { findAccounts } from '../accounts/find-accounts.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { MandateNotice } from '../notification/entity-notices.ts';
import type { SecurityNotices } from '../notification/security-notices.ts';
import { batchesOf } from '../platform/batches.ts';
import type { ClientSession } from '../platform/mongo.ts';
import type { Mandate, MandateEndReason } from './mandate.ts';
import { importFacts } from './imported.ts';
import type { Imported } from './imported.ts';
import type { InvitationStore } from './invitation-store.ts';
import type { MandateAuthorizations } from './mandate-events.ts';
import { leadersOverEach } from './leaders-over.ts';
import type { EndNote } from './mandate-document.ts';
import type { MandateStore } from './mandate-store.ts';
import { peopleBehindEach } from './people-behind.ts';
import { payersForEach } from './who-pays.ts';

export interface EndMandatesDependencies {
  mandates: MandateStore;
  invitations: InvitationStore;
  authorizations: MandateAuthorizations;
  accounts: Pick<AccountStore, 'findById' | 'subAccounts'>;
  audit: AuditLog;
  notices: Pick<SecurityNotices, 'mandateChanged' | 'mandatesChanged'>;
}

export interface MandateEnding {
  /** Of the organisation, or of each by its id. */
  entityName: string | ReadonlyMap<string, string>;
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

/** Of these nothing is said: another notice says it all, or it goes on. */
const UNTOLD: ReadonlySet<MandateEndReason> = new Set([
  'entity_cancelled',
  'entity_revoked',
  'replaced',
  'account_merged',
]);

/** Who appointed a handler reads that it is over, unless he did it himself. */
const TOLD_TO_GRANTER: ReadonlySet<MandateEndReason> = new Set([
  'resigned',
  'expired',
  'parent_ended',
]);

type Ending = MandateEnding & { session: ClientSession };

/** Part of the caller's transaction; what it returns is called after the commit. */
export function endMandates(
  deps: EndMandatesDependencies,
  doomed: readonly Mandate[],
  by: Ending,
): Promise<() => void> {
  return endPages(deps, batchesOf(doomed), by);
}

/** What was passed on ends after all of them: for their reason, where it is among them. */
async function endPages(
  deps: EndMandatesDependencies,
  pages: AsyncIterable<readonly Mandate[]> | Iterable<readonly Mandate[]>,
  by: Ending,
): Promise<() => void> {
  const { session, reason } = by;
  const told: (() => void)[] = [];
  const ended: string[] = [];
  for await (const page of pages) {
    const ids = page.map(({ id }) => id);
    const now = await deps.mandates.endAll(ids, by, session);
    if (now.length === 0) continue;
    ended.push(...now.map(({ id }) => id));
    told.push(await noteEnds(deps, now, by));
  }
  const { note: _of, ...same } = by;
  for (const ids of batchesOf(ended)) {
    told.push(await deps.authorizations.endOfMandates(ids, reason, session));
    const passedOn = deps.mandates.standing({ parentIds: ids }, session);
    told.push(await endPages(deps, passedOn, { ...same, reason: 'parent_ended' }));
  }
  return () => {
    for (const tell of told) tell();
  };
}

async function noteEnds(
  deps: EndMandatesDependencies,
  ended: readonly Mandate[],
  by: Ending,
): Promise<() => void> {
  const { reason, actor, address, imported, session } = by;
  const origin = importFacts(imported);
  const records = ended.map(
    ({ id, entityId, holderId, role }) =>
      ({
        type: 'mandates.ended',
        actor,
        ...origin.facts,
        address,
        subject: entityId,
        reason,
        result: 'done',
        details: { mandate: id, person: holderId, role, ...origin.details },
      }) as const,
  );
  await deps.audit.recordAll(records, session);
  await deps.invitations.withdrawUpon(ended, session);
  if (UNTOLD.has(reason)) return () => undefined;
  const notices = [
    ...(await noticesToHolders(deps, ended, by)),
    ...(await noticesToGranters(deps, ended, by)),
  ];
  return deps.notices.mandatesChanged(notices, session);
}

async function noticesToHolders(
  deps: EndMandatesDependencies,
  ended: readonly Mandate[],
  by: Ending,
): Promise<MandateNotice[]> {
  const { reason, session } = by;
  const template = templateOf(reason);
  const holderIds = ended.map(({ holderId }) => holderId);
  const people = await peopleBehindEach(deps, holderIds, session);
  const entityIds = OWN_DOING.has(reason) ? ended.map(({ entityId }) => entityId) : [];
  const payers = await payersForEach(deps, entityIds, session);
  return ended.flatMap(({ entityId, holderId, role }) => {
    const paidBy = OWN_DOING.has(reason) ? payers(entityId) : [];
    const about = { template, entityName: nameIn(by, entityId), role, reason, paidBy } as const;
    return people(holderId).map((accountId) => ({ accountId, ...about }));
  });
}

async function noticesToGranters(
  deps: EndMandatesDependencies,
  ended: readonly Mandate[],
  by: Ending,
): Promise<MandateNotice[]> {
  const { reason, actor, session } = by;
  const granted = ended.filter(
    ({ role, grantedBy, holderId }) =>
      role === 'handler' && grantedBy !== actor && grantedBy !== holderId,
  );
  if (!TOLD_TO_GRANTER.has(reason) || granted.length === 0) return [];
  const entityIds = granted.map(({ entityId }) => entityId);
  const leaders = await leadersOverEach(deps, entityIds, session);
  const template = 'mandate_over_granter';
  return granted
    .filter(({ entityId, grantedBy }) => leaders(entityId).some((e) => e.holderId === grantedBy))
    .map(({ entityId, grantedBy: accountId, role }) => {
      return { accountId, template, entityName: nameIn(by, entityId), role, reason };
    });
}

/** Of each organisation, for what ends at several of them. */
export async function entityNames(
  accounts: Pick<AccountStore, 'findById'>,
  entityIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const entities = await findAccounts(accounts, entityIds);
  return new Map([...entities].map(([id, { name = '' }]) => [id, name]));
}

function nameIn({ entityName }: MandateEnding, entityId: string): string {
  return typeof entityName === 'string' ? entityName : (entityName.get(entityId) ?? '');
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
  by: Ending & { entityName: string },
): Promise<() => void> {
  await deps.invitations.withdrawAll(entityId, by.session);
  const told = [await endPages(deps, deps.mandates.standing({ entityId }, by.session), by)];
  for (const { id, name = '' } of await deps.accounts.subAccounts.of(entityId, by.session)) {
    const isGoingOn = by.reason === 'representative_changed';
    const reason = isGoingOn ? by.reason : 'entity_parent_ended';
    told.push(await endAllOfEntity(deps, id, { ...by, entityName: name, reason }));
  }
  return () => {
    for (const tell of told) tell();
  };
}
