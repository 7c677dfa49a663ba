// Ending a grant ends all that came from it. The first caller writes the audit record; a reuse of
// a spent refresh token is also told to the person, because somebody may hold a copy.
import type { AuditEventType } from '../../audit/events.ts';
import type { AuditLog } from '../../audit/audit-log.ts';
import type { ClientSession } from '../../platform/mongo.ts';
import type { SessionEndReason } from '../../sessions/session-codec.ts';
import type { ArtefactStore } from './artefact-store.ts';
import type { GrantStore } from './grant-store.ts';

/** Of the end of a session, or of a grant alone. */
export type RevocationReason =
  | SessionEndReason
  | 'code_replayed'
  | 'refresh_reused'
  | 'revoked_by_client'
  | 'consent_withdrawn'
  | 'client_ended'
  | 'replaced';

const EVENT_OF_REASON: Partial<Record<RevocationReason, AuditEventType>> = {
  code_replayed: 'oidc.code_replayed',
  refresh_reused: 'oidc.refresh_reused',
};

const AT_ONCE = 50;

interface GrantRevocationDependencies {
  artefacts: ArtefactStore;
  grants: GrantStore;
  audit: AuditLog;
  /** Tells the person that a refresh token was used twice. */
  onRefreshReused(accountId: string, clientId: string): Promise<void>;
}

export class GrantRevocation {
  readonly #deps: GrantRevocationDependencies;

  constructor(deps: GrantRevocationDependencies) {
    this.#deps = deps;
  }

  async revoke(grantId: string, reason: RevocationReason): Promise<boolean> {
    return this.revokeByKey(this.#deps.grants.key(grantId), reason);
  }

  /** False when it was revoked already; its artefacts are removed either way. */
  async revokeByKey(grantKey: string, reason: RevocationReason): Promise<boolean> {
    const revoked = await this.#tombstone(grantKey, reason);
    await this.#deps.artefacts.removeAllByGrant(grantKey);
    if (!revoked) return false;
    if (reason === 'refresh_reused') {
      await this.#deps.onRefreshReused(revoked.accountId, revoked.clientId);
    }
    return true;
  }

  /**
   * Ends all grants of an account, at one client or at all, inside the caller's transaction: from its commit
   * on nothing that came from them is accepted. What this returns then clears away what is left.
   */
  async revokeWithin(
    of: { accountId: string; clientId?: string; reason: RevocationReason },
    session: ClientSession,
  ): Promise<() => Promise<void>> {
    const { artefacts, grants } = this.#deps;
    const keys = await grants.keysOfAccount(of.accountId, of.clientId, session);
    for (const key of keys) await this.#tombstone(key, of.reason, session);
    return async () => {
      await Promise.all(keys.map((key) => artefacts.removeAllByGrant(key)));
    };
  }

  /** The same for single grants. */
  async revokeEachWithin(
    grantIds: readonly string[],
    reason: RevocationReason,
    session: ClientSession,
  ): Promise<() => Promise<void>> {
    const { artefacts, grants } = this.#deps;
    const keys = grantIds.map((grantId) => grants.key(grantId));
    for (const key of keys) await this.#tombstone(key, reason, session);
    return async () => {
      await Promise.all(keys.map((key) => artefacts.removeAllByGrant(key)));
    };
  }

  /** Ends all grants of an account but those with the kept keys. */
  async revokeOfAccount(
    accountId: string,
    reason: RevocationReason,
    { keptKeys = [] }: { keptKeys?: readonly string[] } = {},
  ): Promise<void> {
    const keys = await this.#deps.grants.keysOfAccount(accountId);
    const doomed = keys.filter((key) => !keptKeys.includes(key));
    await Promise.all(doomed.map((key) => this.revokeByKey(key, reason)));
  }

  /** Ends all that was given out upon a sign-in at a peer, in whatever session. */
  async revokeOfUpstream(signInId: string, reason: RevocationReason): Promise<void> {
    const keys = await this.#deps.grants.keysOfUpstream(signInId);
    await Promise.all(keys.map((key) => this.revokeByKey(key, reason)));
  }

  /** Ends all grants of a client that is no client any more. */
  async revokeOfClient(clientId: string): Promise<void> {
    const next = () => this.#deps.grants.keysOfClient(clientId, AT_ONCE);
    for (let keys = await next(); keys.length > 0; keys = await next()) {
      await Promise.all(keys.map((key) => this.revokeByKey(key, 'client_ended')));
    }
  }

  /** Removes what is left of an account that is deleted, inside the caller's transaction. */
  async eraseOfAccount(accountId: string, session: ClientSession): Promise<void> {
    const keys = await this.#deps.grants.eraseOfAccount(accountId, session);
    await this.#deps.artefacts.eraseByGrants(keys, session);
  }

  /** Ends the other grants of an account at a client that release what was refused now. */
  async revokeHolding(of: {
    accountId: string;
    clientId: string;
    items: readonly string[];
    exceptGrantId: string;
  }): Promise<void> {
    const kept = this.#deps.grants.key(of.exceptGrantId);
    const keys = await this.#deps.grants.keysHolding(of);
    const others = keys.filter((key) => key !== kept);
    await Promise.all(others.map((key) => this.revokeByKey(key, 'consent_withdrawn')));
  }

  async #tombstone(grantKey: string, reason: RevocationReason, session?: ClientSession) {
    const revoked = await this.#deps.grants.revoke(grantKey, session);
    if (!revoked) return undefined;
    const { accountId, clientId } = revoked;
    await this.#deps.audit.record(
      {
        type: EVENT_OF_REASON[reason] ?? 'oidc.grant_revoked',
        actor: reason === 'consent_withdrawn' ? accountId : 'system',
        subject: accountId,
        clientId,
        result: 'done',
        reason,
      },
      session,
    );
    return revoked;
  }
}
