// Every way a session ends goes through here: tombstone, logout notices to the clients that had
// a part in it, and the audit record stand in one transaction.
import type { AuditLog } from '../audit/audit-store.ts';
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { ClientSlot, SessionEndReason, SessionState } from './session-codec.ts';
import type { SessionStore } from './session-store.ts';

/** Products that broker for others answer the returning browser with an error when told too soon. */
const INITIATOR_DELAY_SECONDS = 3;

export interface LogoutNotice {
  clientId: string;
  accountId: string;
  sid: string;
  reason: SessionEndReason;
  notBefore: Date;
}

interface SessionEndingDependencies {
  database: Database;
  sessions: SessionStore;
  audit: AuditLog;
  clock: Clock;
  outbox: {
    enqueue(notices: LogoutNotice[], session: ClientSession): Promise<void>;
    wake(): void;
  };
  /** Ends the tokens of a grant. */
  grants: { revoke(grantId: string, reason: string): Promise<unknown> };
}

interface EndOptions {
  reason: SessionEndReason;
  /** Who did it, when not the account itself. */
  actor?: string;
  initiatingClientId?: string;
}

export class SessionEnding {
  readonly #deps: SessionEndingDependencies;

  constructor(deps: SessionEndingDependencies) {
    this.#deps = deps;
  }

  async end(uid: string, options: EndOptions): Promise<boolean> {
    return this.endByKey(this.#deps.sessions.keyOf(uid), options);
  }

  /** False when it had ended already. */
  async endByKey(key: string, options: EndOptions): Promise<boolean> {
    const { database, sessions, outbox } = this.#deps;
    const ended = await database.transaction(async (transaction) => {
      const session = await sessions.end(key, options.reason, transaction);
      if (!session) return undefined;
      await outbox.enqueue(this.#notices(session, options), transaction);
      if (session.accountId !== undefined) await this.#record(session, options, transaction);
      return session;
    });
    if (!ended) return false;
    outbox.wake();
    await this.#revokeGrants(ended, options.reason);
    return true;
  }

  /** Ends every session of an account but, if given, the one that asks for it. */
  async endAllOfAccount(accountId: string, options: EndOptions & { exceptKey?: string }) {
    const keys = await this.#deps.sessions.keysOfAccount(accountId);
    const others = keys.filter((key) => key !== options.exceptKey);
    await Promise.all(others.map((key) => this.endByKey(key, options)));
    return others.length;
  }

  /** Signs one client out of a session that goes on. */
  async endClient(uid: string, clientId: string): Promise<boolean> {
    const { database, sessions, outbox, grants } = this.#deps;
    const part = { key: sessions.keyOf(uid), clientId, notBefore: this.#later() };
    const ended = await database.transaction((transaction) => this.#endPart(part, transaction));
    if (!ended) return false;
    outbox.wake();
    if (!ended.slot.persistsLogout) await grants.revoke(ended.slot.grantId, 'signed_out');
    return true;
  }

  /**
   * Signs one client out of every session of an account, inside the caller's transaction. The
   * grants are the caller's to end; after the commit it calls what this returns.
   */
  async endClientOfAccount(
    of: { accountId: string; clientId: string },
    transaction: ClientSession,
  ): Promise<{ count: number; committed: () => void }> {
    const { sessions, outbox, clock } = this.#deps;
    let count = 0;
    for (const key of await sessions.keysOfAccount(of.accountId, transaction)) {
      const part = { key, clientId: of.clientId, notBefore: clock.now() };
      if (await this.#endPart(part, transaction)) count += 1;
    }
    return { count, committed: () => outbox.wake() };
  }

  async #endPart(
    part: { key: string; clientId: string; notBefore: Date },
    transaction: ClientSession,
  ): Promise<{ slot: ClientSlot } | undefined> {
    const { sessions, outbox, audit } = this.#deps;
    const { key, clientId, notBefore } = part;
    const removed = await sessions.endClient(key, clientId, transaction);
    if (!removed?.accountId) return undefined;
    const { accountId, slot } = removed;
    const notice = { clientId, accountId, sid: slot.sid, reason: 'signed_out' as const, notBefore };
    await outbox.enqueue([notice], transaction);
    await audit.record(
      { type: 'sessions.client_signed_out', actor: accountId, clientId, result: 'done' },
      transaction,
    );
    return { slot };
  }

  /** Ends what is overdue; to be called every few seconds by any number of processes. */
  async sweep(limit = 200): Promise<number> {
    const keys = await this.#deps.sessions.findOverdue(limit);
    let count = 0;
    for (const key of keys) {
      if (await this.endByKey(key, { reason: 'idle', actor: 'system' })) count += 1;
    }
    return count;
  }

  #notices(session: SessionState, options: EndOptions): LogoutNotice[] {
    const { accountId } = session;
    if (accountId === undefined) return [];
    return Object.entries(session.authorizations).map(([clientId, slot]) => ({
      clientId,
      accountId,
      sid: slot.sid,
      reason: options.reason,
      notBefore: clientId === options.initiatingClientId ? this.#later() : this.#deps.clock.now(),
    }));
  }

  async #record(session: SessionState, options: EndOptions, transaction: ClientSession) {
    const subject = session.accountId ?? 'unknown';
    await this.#deps.audit.record(
      {
        type: 'sessions.ended',
        actor: options.actor ?? subject,
        subject,
        clientId: options.initiatingClientId,
        result: 'done',
        reason: options.reason,
      },
      transaction,
    );
  }

  /** Offline grants survive a plain sign-out; every forced end takes them along. */
  async #revokeGrants(session: SessionState, reason: SessionEndReason): Promise<void> {
    const sparesOffline = reason === 'signed_out' || reason === 'idle';
    const slots = Object.values(session.authorizations);
    const doomed = slots.filter((slot) => !(sparesOffline && slot.persistsLogout));
    await Promise.all(doomed.map((slot) => this.#deps.grants.revoke(slot.grantId, reason)));
  }

  #later(): Date {
    return secondsFromNow(this.#deps.clock, INITIATOR_DELAY_SECONDS);
  }
}
