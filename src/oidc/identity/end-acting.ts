// What ends with a mandate: every authorization in that capacity, its place in the session, and the
// client's own session, which is told. Nothing else of the person ends.
import type { AuditLog } from '../../audit/audit-log.ts';
import type {
  ActingConnection,
  AuthorizationsEndReason,
  MandateAuthorizations,
} from '../../mandates/mandate-events.ts';
import { batchesOf } from '../../platform/batches.ts';
import type { Clock } from '../../platform/clock.ts';
import type { ClientSession, Database } from '../../platform/mongo.ts';
import type { LogoutOutboxStore } from '../../sessions/logout-outbox-store.ts';
import type { SessionStore } from '../../sessions/session-store.ts';
import type { ActingGrant, ActingGrantStore } from '../storage/acting-grant-store.ts';
import type { ArtefactStore } from '../storage/artefact-store.ts';
import type { GrantStore } from '../storage/grant-store.ts';
import type { IdentityRefusal } from './identity-at-client.ts';

export interface ActingEndingDependencies {
  database: Pick<Database, 'transaction'>;
  acting: ActingGrantStore;
  artefacts: Pick<ArtefactStore, 'removeAllByGrants'>;
  grants: GrantStore;
  sessions: SessionStore;
  outbox: Pick<LogoutOutboxStore, 'enqueue'>;
  clock: Clock;
  audit: AuditLog;
}

interface EndedBy {
  reason: string;
  actor?: string;
  address?: string;
}

export class ActingEnding implements MandateAuthorizations {
  readonly #deps: ActingEndingDependencies;

  constructor(deps: ActingEndingDependencies) {
    this.#deps = deps;
  }

  /**
   * Ends every authorization that stands on one of these mandates, inside the caller's transaction:
   * from its commit on nothing that came from them is accepted. What this returns then clears away
   * what is left.
   */
  async endOfMandates(
    mandateIds: readonly string[],
    reason: AuthorizationsEndReason,
    session: ClientSession,
  ): Promise<() => void> {
    if (mandateIds.length === 0) return () => undefined;
    const doomed = await this.#deps.acting.actingUpon(mandateIds, session);
    return this.#endAll(doomed, { reason }, session);
  }

  /** Ends what one person has at one client for an organisation; the mandates stay. */
  async endConnection(of: ActingConnection, session: ClientSession): Promise<() => void> {
    const upon = await this.#deps.acting.actingUpon(of.mandateIds, session);
    const doomed = upon.filter(
      ({ accountId, clientId, entityId }) =>
        accountId === of.personId && clientId === of.clientId && entityId === of.entityId,
    );
    const by = { reason: 'ended_by_entity', actor: of.actor, address: of.address };
    return this.#endAll(doomed, by, session);
  }

  /** Ends one that was found not to count any more. */
  async endGrant(grantId: string, reason: IdentityRefusal): Promise<void> {
    const key = this.#deps.grants.key(grantId);
    await this.#deps.database.transaction(async (session) => {
      const grant = await this.#deps.acting.find(key, session);
      if (grant) await this.#end([grant], { reason }, session);
    });
    await this.#deps.artefacts.removeAllByGrants([key]);
  }

  async #endAll(doomed: readonly ActingGrant[], by: EndedBy, session: ClientSession) {
    for (const grants of batchesOf(doomed)) await this.#end(grants, by, session);
    const keys = doomed.map(({ key }) => key);
    return () => {
      // Nothing of it is accepted any more; what is not cleared away now is purged when it is over.
      this.#deps.artefacts.removeAllByGrants(keys).catch(() => undefined);
    };
  }

  /** @param doomed living in the snapshot of the transaction: nobody else ends them meanwhile */
  async #end(
    doomed: readonly ActingGrant[],
    { reason, actor = 'system', address }: EndedBy,
    session: ClientSession,
  ): Promise<void> {
    const { grants, audit, sessions, outbox, clock } = this.#deps;
    await grants.revokeAll(
      doomed.map(({ key }) => key),
      session,
    );
    const event = { type: 'oidc.identity_ended', actor, address, result: 'done', reason } as const;
    const records = doomed.map(({ accountId: subject, clientId, entityId }) => {
      return { ...event, subject, clientId, details: { entity: entityId } };
    });
    await audit.recordAll(records, session);
    const parts = doomed.flatMap(({ key: grantKey, clientId, sessionKey }) =>
      sessionKey === undefined ? [] : [{ key: sessionKey, clientId, grantKey }],
    );
    if (parts.length === 0) return;
    const owners = new Map(doomed.map(({ key, accountId }) => [key, accountId]));
    const ended = await sessions.endClients(parts, session);
    const told = { reason: 'mandate_ended', notBefore: clock.now() } as const;
    const notices = ended.map(({ clientId, grantKey, slot }) => {
      return { ...told, clientId, accountId: owners.get(grantKey) ?? '', sid: slot.sid };
    });
    await outbox.enqueue(notices, session);
  }
}
