// What ends with a mandate: every authorization in that capacity, its place in the session, and the
// client's own session, which is told. Nothing else of the person ends.
import type { AuditLog } from '../../audit/audit-log.ts';
import type {
  ActingConnection,
  AuthorizationsEndReason,
  MandateAuthorizations,
} from '../../mandates/mandate-events.ts';
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
  artefacts: Pick<ArtefactStore, 'removeAllByGrant'>;
  grants: GrantStore;
  sessions: SessionStore;
  outbox: Pick<LogoutOutboxStore, 'enqueue'>;
  clock: Clock;
  audit: AuditLog;
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
    for (const grant of doomed) await this.#end(grant, { reason }, session);
    return () => {
      // Nothing of it is accepted any more; what is not cleared away now is purged when it is over.
      for (const { key } of doomed)
        this.#deps.artefacts.removeAllByGrant(key).catch(() => undefined);
    };
  }

  /** Ends what one person has at one client for an organisation; the mandates stay. */
  async endConnection(of: ActingConnection, session: ClientSession): Promise<() => void> {
    const upon = await this.#deps.acting.actingUpon(of.mandateIds, session);
    const doomed = upon.filter(
      ({ accountId, clientId, entityId }) =>
        accountId === of.personId && clientId === of.clientId && entityId === of.entityId,
    );
    const by = { reason: 'ended_by_entity', actor: of.actor, address: of.address };
    for (const grant of doomed) await this.#end(grant, by, session);
    return () => {
      for (const { key } of doomed)
        this.#deps.artefacts.removeAllByGrant(key).catch(() => undefined);
    };
  }

  /** Ends one that was found not to count any more. */
  async endGrant(grantId: string, reason: IdentityRefusal): Promise<void> {
    const key = this.#deps.grants.key(grantId);
    await this.#deps.database.transaction(async (session) => {
      const grant = await this.#deps.acting.find(key, session);
      if (grant) await this.#end(grant, { reason }, session);
    });
    await this.#deps.artefacts.removeAllByGrant(key);
  }

  async #end(
    grant: ActingGrant,
    { reason, actor = 'system', address }: { reason: string; actor?: string; address?: string },
    session: ClientSession,
  ): Promise<void> {
    const { key, accountId, clientId, entityId, sessionKey } = grant;
    if (!(await this.#deps.grants.revoke(key, session))) return;
    await this.#deps.audit.record(
      {
        type: 'oidc.identity_ended',
        actor,
        address,
        subject: accountId,
        clientId,
        result: 'done',
        reason,
        details: { entity: entityId },
      },
      session,
    );
    if (sessionKey === undefined) return;
    const part = { clientId, grantKey: key };
    const removed = await this.#deps.sessions.endClient(sessionKey, part, session);
    if (!removed) return;
    const { sid } = removed.slot;
    const notBefore = this.#deps.clock.now();
    const notice = { clientId, accountId, sid, reason: 'mandate_ended' as const, notBefore };
    await this.#deps.outbox.enqueue([notice], session);
  }
}
