// The library's Session model on our session store. The library writes the whole session back at
// the end of a request; this adapter turns that into the difference to what the request had read.
import type { Adapter, AdapterPayload } from 'oidc-provider';
import type { AuditLog } from '../../audit/audit-log.ts';
import { epochSeconds } from '../../platform/clock.ts';
import type { Clock } from '../../platform/clock.ts';
import type { ClientSlot, SessionChange, SessionState } from '../../sessions/session-codec.ts';
import type { SessionEnding } from '../../sessions/session-ending.ts';
import type { SessionStore } from '../../sessions/session-store.ts';
import { levelOfAcr } from '../claims/assurance.ts';
import { storing } from './database-failure.ts';
import { endedMeanwhile, hasEndedMeanwhile } from './ended-meanwhile.ts';
import type { EndedMeanwhileDependencies } from './ended-meanwhile.ts';
import {
  answerAwaits,
  currentMemo,
  currentRequest,
  operatorOf,
  provenFactorAt,
  takeAhead,
  upstreamSignInOf,
} from './request-memo.ts';
import type { SessionStanding } from './session-standing.ts';

interface SessionAdapterDependencies extends Pick<
  EndedMeanwhileDependencies,
  'entitySignIns' | 'upstreamSignIns'
> {
  audit: AuditLog;
  clock: Clock;
  sessions: SessionStore;
  standing: SessionStanding;
  ending: SessionEnding;
}

export class SessionAdapter implements Adapter {
  readonly #deps: SessionAdapterDependencies;

  constructor(deps: SessionAdapterDependencies) {
    this.#deps = deps;
  }

  async find(cookieId: string): Promise<AdapterPayload | undefined> {
    const { sessions, standing } = this.#deps;
    const key = sessions.cookieKey(cookieId);
    standing.readAhead(key);
    const session = await storing(() => sessions.findByCookie(cookieId));
    if (!session) return undefined;
    standing.learn(key, session);
    standing.readAhead(key);
    const memo = currentMemo();
    if (memo) memo.session = structuredClone(session);
    return toPayload(session, cookieId);
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    const session = await storing(
      () =>
        takeAhead<SessionState | undefined>(['Session', uid]) ?? this.#deps.sessions.findByUid(uid),
    );
    return session && toPayload(session);
  }

  async upsert(cookieId: string, payload: AdapterPayload, expiresIn: number): Promise<void> {
    const memo = currentMemo();
    const before = memo?.session;
    const session = withFactor(withoutDevice(fromPayload(payload), before));
    const rotatedFrom = memo?.rotatedFrom;
    this.#deps.standing.learn(this.#deps.sessions.cookieKey(cookieId), session);
    if (memo) {
      delete memo.rotatedFrom;
      memo.session = structuredClone(session);
    }
    if (before?.uid !== session.uid) {
      await storing(() => this.#deps.sessions.create(cookieId, session, currentDevice()));
      await this.#endIfLate(session);
      await this.#recordStart(session);
      return;
    }
    for (const [clientId, slot] of Object.entries(before.authorizations)) {
      if (session.authorizations[clientId]) continue;
      const isEnded = await storing(() => this.#deps.ending.endClient(session.uid, clientId));
      if (isEnded && memo) memo.endedSlots = { ...memo.endedSlots, [clientId]: slot };
    }
    const change = sessionDifference(before, session);
    if (rotatedFrom !== undefined) {
      const keepsOld = before.accountId !== undefined && before.accountId === session.accountId;
      change.rotation = { newCookieId: cookieId, keepsOld };
    }
    if (Object.keys(change).length === 0) {
      // Its end lies further off than one idle period: touched less than a minute ago.
      if (before.exp > epochSeconds(this.#deps.clock) + expiresIn) return;
      await storing(() => this.#deps.sessions.touch(session.uid, expiresIn));
      return;
    }
    await storing(() =>
      this.#deps.sessions.apply(session.uid, { ...change, idleSeconds: expiresIn }),
    );
    if (before.accountId === session.accountId) return;
    await this.#endIfLate(session);
    await this.#recordStart(session);
  }

  /** A sign-in that comes too late, because everything of its account was ended meanwhile. */
  async #endIfLate({ uid, accountId }: SessionState): Promise<void> {
    const { ending } = this.#deps;
    if (accountId === undefined || !(await hasEndedMeanwhile(this.#deps, accountId))) return;
    await storing(() => ending.end(uid, { reason: 'account_unavailable', actor: 'system' }));
    throw endedMeanwhile();
  }

  /** The library calls this both when it rotates a cookie id and when a person signs out. */
  async destroy(cookieId: string): Promise<void> {
    const session = currentRequest()?.oidc.session;
    const memo = currentMemo();
    if (session && memo && 'oldId' in session && session.oldId === cookieId) {
      memo.rotatedFrom = cookieId;
      return;
    }
    // "It is gone" is told to the person as a sign-out: it must not come back.
    const stored = await storing(() =>
      this.#deps.sessions.findByCookie(cookieId, { asAgreed: true }),
    );
    if (!stored) return;
    const initiator = (session?.state as { clientId?: string } | undefined)?.clientId;
    await storing(() =>
      this.#deps.ending.end(stored.uid, {
        reason: memo?.endReason ?? 'signed_out',
        onEnded: ({ authorizations }) => {
          if (memo) memo.endedSlots = authorizations;
        },
        ...(initiator === undefined ? {} : { initiatingClientId: initiator }),
      }),
    );
  }

  async #recordStart({ accountId, acr }: SessionState): Promise<void> {
    if (accountId === undefined) return;
    const { address } = currentDevice();
    const level = levelOfAcr(acr);
    const event = { type: 'sessions.started', actor: accountId, address, level } as const;
    await answerAwaits(storing(() => this.#deps.audit.record({ ...event, result: 'done' })));
  }

  consume(): Promise<never> {
    return Promise.reject(new Error('a session is not consumable'));
  }

  findByUserCode(): Promise<never> {
    return Promise.reject(new Error('a session has no user code'));
  }

  revokeByGrantId(): Promise<never> {
    return Promise.reject(new Error('a session is not revoked by grant'));
  }
}

function currentDevice() {
  const ctx = currentRequest();
  return { userAgent: ctx?.get('user-agent').slice(0, 300) ?? '', address: ctx?.ip ?? '' };
}

/** A device that is signed in from here has no part in this browser's session. */
function withoutDevice(session: SessionState, before: SessionState | undefined): SessionState {
  if (currentRequest()?.oidc.route !== 'device_resume') return session;
  const authorizations = before?.uid === session.uid ? before.authorizations : {};
  return { ...session, authorizations };
}

/** The library's session knows no time of the second factor, no operator, and no peer. */
function withFactor(session: SessionState): SessionState {
  const ctx = currentRequest();
  const factorAt = ctx && provenFactorAt(ctx);
  const operator = ctx && operatorOf(ctx);
  const upstreamSignInId = ctx && upstreamSignInOf(ctx);
  return {
    ...session,
    ...(factorAt === undefined ? {} : { factorAt }),
    ...(operator ? { operator } : {}),
    ...(upstreamSignInId === undefined ? {} : { upstreamSignInId }),
  };
}

/** What a request changed, slots that it removed excepted. */
export function sessionDifference(before: SessionState, after: SessionState): SessionChange {
  const change: SessionChange = {};
  if (coreText(before) !== coreText(after)) {
    change.core = after;
    if (before.accountId !== after.accountId) change.device = currentDevice();
  }
  if (after.state === undefined && before.state !== undefined) change.dropState = true;
  if (after.state !== undefined && !isSame(before.state, after.state)) change.state = after.state;
  const slots = Object.entries(after.authorizations).filter(
    ([clientId, slot]) => !isSame(before.authorizations[clientId], slot),
  );
  if (slots.length > 0) change.slots = Object.fromEntries(slots);
  return change;
}

function coreText(session: SessionState): string {
  const { accountId, loginTs, amr, acr, factorAt, operator, upstreamSignInId, transient } = session;
  const standing = [operator, upstreamSignInId, transient];
  return JSON.stringify([accountId, loginTs, amr, acr, factorAt, ...standing]);
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function toPayload(session: SessionState, cookieId?: string): AdapterPayload {
  return {
    ...session,
    kind: 'Session',
    ...(cookieId === undefined ? {} : { jti: cookieId }),
  } as unknown as AdapterPayload;
}

function fromPayload(payload: AdapterPayload): SessionState {
  const { jti: _jti, kind: _kind, authorizations, ...rest } = payload as Record<string, unknown>;
  const slots = Object.entries((authorizations ?? {}) as Record<string, Partial<ClientSlot>>)
    // A container the library made without a grant holds nothing that could be signed out.
    .filter((entry): entry is [string, ClientSlot] => Boolean(entry[1].sid && entry[1].grantId));
  return { ...rest, authorizations: Object.fromEntries(slots) } as unknown as SessionState;
}
