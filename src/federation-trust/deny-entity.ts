// The kill switch of this side: an entity, and everybody below it, is believed no more from now on, whatever
// its superiors say. What came in by it ends.
import type { ClientStore } from '../clients/client-store.ts';
import type { Database } from '../platform/mongo.ts';
import type { DenialStore } from './denial-store.ts';
import { holdOfficers } from './hold-officers.ts';
import type { HoldOfficersDependencies, Officers } from './hold-officers.ts';
import { endTrustedClient } from './trusted-clients.ts';
import type { EndClientDependencies } from './trusted-clients.ts';

export interface DenyDependencies extends EndClientDependencies {
  clients: EndClientDependencies['clients'] & Pick<ClientStore, 'byTrust'>;
  denials: Pick<DenialStore, 'deny' | 'allow'>;
  database: Pick<Database, 'transaction'>;
}

/** @returns the clients that ended; undefined when it was denied before */
export async function denyEntity(
  deps: DenyDependencies,
  of: { entityId: string; reason: string; actor: string },
): Promise<number | undefined> {
  const { audit, clock, denials, database } = deps;
  const { entityId, reason, actor } = of;
  const isNew = await database.transaction(async (session) => {
    const denial = { entityId, reason, deniedBy: actor, deniedAt: clock.now() };
    if (!(await denials.deny(denial, session))) return false;
    const details = { entity: entityId, grounds: reason };
    await audit.record(
      { type: 'federation_trust.entity_denied', actor, result: 'done', details },
      session,
    );
    return true;
  });
  // Again also when it was denied before: a client may have come in between.
  const ended = await deps.clients.byTrust(entityId);
  for (const { id } of ended) await endTrustedClient(deps, id);
  return isNew ? ended.length : undefined;
}

/** False when it was not denied. */
export async function allowEntity(
  deps: Pick<DenyDependencies, 'audit' | 'denials' | 'database'> & HoldOfficersDependencies,
  entityId: string,
  officers: Officers & { approvedBy: string },
): Promise<boolean> {
  const { audit, denials, database } = deps;
  const { decidedBy: actor, approvedBy } = officers;
  return database.transaction(async (session) => {
    if (!(await denials.allow(entityId, session))) return false;
    await holdOfficers(deps, officers, session);
    const details = { entity: entityId, approvedBy };
    await audit.record(
      { type: 'federation_trust.entity_allowed', actor, result: 'done', details },
      session,
    );
    return true;
  });
}
