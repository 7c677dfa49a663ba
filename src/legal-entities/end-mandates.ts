// The end of mandates, each with its record and a notice to who held it; whatever ends them.
import type { AuditLog } from '../audit/audit-log.ts';
import type { SecurityNotices } from '../notification/security-notices.ts';
import type { ClientSession } from '../platform/mongo.ts';
import type { Mandate, MandateEndReason } from './mandate.ts';
import type { InvitationStore } from './invitation-store.ts';
import type { MandateStore } from './mandate-store.ts';

export interface EndMandatesDependencies {
  mandates: MandateStore;
  invitations: InvitationStore;
  audit: AuditLog;
  notices: Pick<SecurityNotices, 'mandateChanged'>;
}

export interface MandateEnding {
  entityName: string;
  reason: MandateEndReason;
  /** An account id, or `system`. */
  actor: string;
  address?: string | undefined;
}

/** Part of the caller's transaction; what it returns is called after the commit. */
export async function endMandates(
  deps: EndMandatesDependencies,
  doomed: readonly Mandate[],
  by: MandateEnding & { session: ClientSession },
): Promise<() => void> {
  const { entityName, reason, actor, address, session } = by;
  const told: (() => void)[] = [];
  for (const { id, entityId, personId, role } of doomed) {
    if (!(await deps.mandates.end(id, reason, session))) continue;
    await deps.audit.record(
      {
        type: 'mandates.ended',
        actor,
        address,
        subject: entityId,
        reason,
        result: 'done',
        details: { mandate: id, person: personId, role },
      },
      session,
    );
    await deps.invitations.withdrawOf(entityId, personId, session);
    // The notice that the entity has ended says it all.
    if (reason === 'entity_cancelled' || reason === 'entity_revoked') continue;
    const template = templateOf(reason);
    told.push(
      await deps.notices.mandateChanged(
        { accountId: personId, template, entityName, role },
        session,
      ),
    );
  }
  return () => {
    for (const tell of told) tell();
  };
}

function templateOf(reason: MandateEndReason) {
  if (reason === 'resigned') return 'mandate_resigned';
  return reason.startsWith('holder_') ? 'mandate_lapsed' : 'mandate_ended';
}

/** All that anybody holds, and what is offered: nobody acts for the entity any more. */
export async function endAllOfEntity(
  deps: EndMandatesDependencies,
  entityId: string,
  by: MandateEnding & { session: ClientSession },
): Promise<() => void> {
  await deps.invitations.withdrawAll(entityId, by.session);
  return endMandates(deps, await deps.mandates.ofEntity(entityId, by.session), by);
}
