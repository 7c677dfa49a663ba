// Every way a session ends goes through here: tombstone, logout notices to the clients that had
// a part in it, and the audit record stand in one transaction.
import type { AuditLog } from '../audit/audit-log.ts';
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { ClientSlot, SessionEndReason, SessionState } from './session-codec.ts';
import type { SessionStore } from './session-store.ts';

/** Products that broker for others answer the returning browser with an error when told too soon. */
const INITIATOR_DELAY_SECONDS = 3;
/** The same for a client at which the person has become somebody else. */
export const SWITCH_NOTICE_SECONDS = INITIATOR_DELAY_SECONDS;

export interface LogoutNotice {
  clientId: string;
  accountId: string;
  sid: string;
  reason: SessionEndReason;
  notBefore: Date;
}

export interface SessionEndingDependencies {
  database: Database;
  sessions: SessionStore;
  audit: AuditLog;
  clock: Clock;
  outbox: {
    enqueue(notices: LogoutNotice[], session: ClientSession): Promise<void>;
    wake(): void;
  };
  grants: {
    revoke(grantId: string, reason: SessionEndReason): Promise<unknown>;
    /** Within the caller's transaction; what it returns clears away what is left, after it. */
    revokeEachWithin(
      grantIds: readonly string[],
      reason: SessionEndReason,
      transaction: ClientSession,
    ): Promise<() => Promise<void>>;
    /** All of an account, likewise. */
    revokeWithin(
      of: { accountId: string; reason: SessionEndReason },
      transaction: ClientSession,
    ): Promise<() => Promise<void>>;
    /** All of an account but those with the kept keys. */
    revokeOfAccount(
      accountId: string,
      reason: SessionEndReason,
      options: { keptKeys: readonly string[] },
    ): Promise<void>;
    /** All that was given out upon a sign-in at a peer. */
    revokeOfUpstream(signInId: string, reason: SessionEndReason): Promise<void>;
  };
  logger: Logger;
}

interface EndOptions {
  reason: SessionEndReason;
  /** Who did it, when not the account itself. */
  actor?: string;
  initiatingClientId?: string;
  /** Told by the one call that ended it what the session held. */
  onEnded?: (session: SessionState) => void;
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
    const { database, outbox } = this.#deps;
    const ended = await database.transaction((transaction) =>
      this.#endWithin(key, options, transaction),
    );
    if (!ended) return false;
    outbox.wake();
    await ended.clearAway();
    options.onEnded?.(ended.session);
    return true;
  }

  async #endWithin(key: string, options: EndOptions, transaction: ClientSession) {
    const { sessions, outbox, grants } = this.#deps;
    const session = await sessions.end(key, options.reason, transaction);
    if (!session) return undefined;
    await outbox.enqueue(this.#notices(session, options), transaction);
    if (session.accountId !== undefined) await this.#record(session, options, transaction);
    const doomed = doomedGrants(session, options.reason);
    const clearAway = await grants.revokeEachWithin(doomed, options.reason, transaction);
    return { session, clearAway };
  }

  /**
   * Ends all that an account has open inside the caller's transaction: from its commit on none of it is
   * accepted. What was opened beside it is the caller's to end after the commit, by `endAllOfAccount`.
   */
  async endAllWithin(
    accountId: string,
    options: EndOptions,
    transaction: ClientSession,
  ): Promise<void> {
    const { sessions, grants } = this.#deps;
    await sessions.endings.note(accountId, transaction);
    for (const key of await sessions.keysOfAccount(accountId, transaction)) {
      await this.#endWithin(key, options, transaction);
    }
    await grants.revokeWithin({ accountId, reason: options.reason }, transaction);
  }

  /**
   * Ends every session of an account but, if given, the one that asks for it; also the offline
   * access that sessions left behind when they ended. A sign-in that is under way and is stored
   * after the list was made ends itself (session-adapter.ts).
   */
  async endAllOfAccount(accountId: string, options: EndOptions & { exceptKey?: string }) {
    const { sessions, grants } = this.#deps;
    await sessions.endings.note(accountId);
    const keys = await sessions.keysOfAccount(accountId);
    const others = keys.filter((key) => key !== options.exceptKey);
    await Promise.all(others.map((key) => this.endByKey(key, options)));
    const keptKeys = options.exceptKey ? await sessions.grantKeysOf(options.exceptKey) : [];
    await grants.revokeOfAccount(accountId, options.reason, { keptKeys });
    return others.length;
  }

  /** Ends what stands on a sign-in at a peer: sessions, and what was given out upon it in any session. */
  async endAllOfUpstream(signInId: string, options: EndOptions): Promise<void> {
    const { sessions, grants } = this.#deps;
    for (const key of await sessions.keysOfUpstream(signInId)) await this.endByKey(key, options);
    await grants.revokeOfUpstream(signInId, options.reason);
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
    const [removed] = await sessions.endClients([{ key, clientId }], transaction);
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
      try {
        if (await this.endByKey(key, { reason: 'idle', actor: 'system' })) count += 1;
      } catch (error) {
        // One that cannot be ended must not keep the others open.
        this.#deps.logger.error({ err: error, session: key }, 'an overdue session was not ended');
      }
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

  #later(): Date {
    return secondsFromNow(this.#deps.clock, INITIATOR_DELAY_SECONDS);
  }
}

/** Offline grants survive a plain sign-out; every forced end takes them along. */
function doomedGrants(session: SessionState, reason: SessionEndReason): string[] {
  const sparesOffline = reason === 'signed_out' || reason === 'idle';
  return Object.values(session.authorizations)
    .filter((slot) => !(sparesOffline && slot.persistsLogout))
    .map((slot) => slot.grantId);
}
