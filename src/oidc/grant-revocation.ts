// Ending a grant ends all that came from it. The first caller writes the audit record; a reuse of
// a spent refresh token is also told to the person, because somebody may hold a copy.
import type { AuditEventType } from '../audit/events.ts';
import type { AuditLog } from '../audit/audit-store.ts';
import type { ArtefactStore } from './artefact-store.ts';
import type { GrantStore } from './grant-store.ts';

export type RevocationReason =
  | 'code_replayed'
  | 'refresh_reused'
  | 'revoked_by_client'
  | 'consent_withdrawn'
  | 'account_unavailable'
  | 'level_fell'
  | 'replaced'
  | (string & {});

const EVENT_OF_REASON: Record<string, AuditEventType> = {
  code_replayed: 'oidc.code_replayed',
  refresh_reused: 'oidc.refresh_reused',
};

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
    const { artefacts, grants, audit } = this.#deps;
    const revoked = await grants.revoke(grantKey);
    await artefacts.removeAllByGrant(grantKey);
    if (!revoked) return false;
    await audit.record({
      type: EVENT_OF_REASON[reason] ?? 'oidc.grant_revoked',
      actor: reason === 'consent_withdrawn' ? revoked.accountId : 'system',
      subject: revoked.accountId,
      clientId: revoked.clientId,
      result: 'done',
      reason,
    });
    if (reason === 'refresh_reused') {
      await this.#deps.onRefreshReused(revoked.accountId, revoked.clientId);
    }
    return true;
  }

  /** Ends all grants of an account, at one client or at all. */
  async revokeOfAccount(accountId: string, reason: RevocationReason, clientId?: string) {
    const keys = await this.#deps.grants.keysOfAccount(accountId, clientId);
    await Promise.all(keys.map((key) => this.revokeByKey(key, reason)));
  }
}
