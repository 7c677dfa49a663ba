// What one protocol request has already read, so that a write can store only its own difference
// and the three probes of an introspection share one read. Lives and dies with the request.
import { Provider } from 'oidc-provider';
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { Account } from '../../accounts/account.ts';
import type { TrustRefusal } from '../../federation-trust/trust-refusal.ts';
import type { Operator } from '../../entity-sign-in/operator.ts';
import type { ActingIdentity } from '../../mandates/acting.ts';
import type { RequestIdentity } from '../identity/request-identity.ts';
import type { GrantPayload } from './grant-union.ts';
import type { ClientSlot, SessionEndReason, SessionState } from '../../sessions/session-codec.ts';

export interface RequestMemo {
  /** The session as it was read, before the library changed it. */
  session?: SessionState;
  /** Whom this request signs in, and how often everything of that account had been ended before. */
  signingIn?: {
    accountId: string;
    endings: number;
    /** By what an organisation signs in by itself. */
    entitySignInId?: string | undefined;
    /** By what somebody comes from a peer. */
    upstreamSignInId?: string | undefined;
  };
  /** A cookie id that the library is about to replace. */
  rotatedFrom?: string;
  /** Pending or finished reads of token documents by their key. */
  reads: Map<string, Promise<unknown>>;
  /** Accounts that were read, by their id. */
  accounts: Map<string, Promise<Account | undefined>>;
  /** Reads that were begun because they will be asked for, by `aheadKey`; each serves once. */
  ahead: Map<string, Promise<unknown>>;
  /** Grants as they were read, by their id. */
  grants: Map<string, GrantPayload>;
  /** Grants that act for an organisation and were looked at, by their id. */
  acting: Map<string, ActingIdentity>;
  /** As whom this authorization is answered. */
  identity?: RequestIdentity;
  /** The value the client receives instead of the refresh token the library minted. */
  refreshSuccessor?: string;
  /** An interaction this request came for, which was answered before. */
  spentInteraction?: string;
  /** The id of a grant that this request has made up. */
  newGrant?: string;
  /** Stores under way of what the answer gives out or tells; it waits for them. Absent: nobody would. */
  writes?: Promise<void>[];
  /** Why this request destroys the session; a sign-out unless it says otherwise. */
  endReason?: SessionEndReason;
  /** A client that a chain of trust was looked for, and why it was not believed. */
  trustAsked?: string;
  trustRefusal?: TrustRefusal;
  /** What broke inside the library, when it was no refusal. */
  failure?: Error;
  /** Clients that this request has signed out, with what the session held for them. */
  endedSlots?: Record<string, ClientSlot>;
}

const MEMO = Symbol('requestMemo');

/**
 * On the request itself: what the values of a long-lived WeakMap lead to survives every collection
 * of the young generation.
 */
export function requestMemo(ctx: object): RequestMemo {
  const holder = ctx as { [MEMO]?: RequestMemo };
  holder[MEMO] ??= {
    reads: new Map(),
    accounts: new Map(),
    ahead: new Map(),
    grants: new Map(),
    acting: new Map(),
  };
  return holder[MEMO];
}

/**
 * The request goes on while this is stored, and its answer waits for it (protocol-mount.ts): writes
 * of one request then wait together for a majority. Where no answer would wait, the caller does.
 */
export async function answerAwaits(write: Promise<void>): Promise<void> {
  const writes = currentMemo()?.writes;
  if (!writes) return write;
  // Heard where the answer waits for it; until then it must not count as unhandled.
  write.catch(() => undefined);
  writes.push(write);
  return undefined;
}

/** The protocol request that is being answered; undefined in background work. */
export function currentRequest(): KoaContextWithOIDC | undefined {
  return (Provider as unknown as { ctx: KoaContextWithOIDC | undefined }).ctx;
}

export function currentMemo(): RequestMemo | undefined {
  const ctx = currentRequest();
  return ctx && requestMemo(ctx);
}

/**
 * When the person of this request's session gave a second factor last, epoch seconds: as stored, or
 * in the interaction that the request comes from.
 */
export function provenFactorAt(ctx: KoaContextWithOIDC): number | undefined {
  const { session, result } = ctx.oidc;
  const accountId = session?.accountId;
  if (accountId === undefined) return undefined;
  const stored = requestMemo(ctx).session;
  const { login } = (result ?? {}) as { login?: { accountId?: string; factorAt?: number } };
  const given = login?.accountId === accountId ? login.factorAt : undefined;
  const kept = stored?.accountId === accountId ? stored.factorAt : undefined;
  const latest = Math.max(given ?? 0, kept ?? 0);
  return latest > 0 ? latest : undefined;
}

/** Who is at the keyboard of this request's organisation: as stored, or as it has just signed in. */
export function operatorOf(ctx: KoaContextWithOIDC): Operator | undefined {
  const { session, result } = ctx.oidc;
  const accountId = session?.accountId;
  if (accountId === undefined) return undefined;
  const stored = requestMemo(ctx).session;
  const { login } = (result ?? {}) as { login?: { accountId?: string; operator?: Operator } };
  if (login?.accountId === accountId && login.operator) return login.operator;
  return stored?.accountId === accountId ? stored.operator : undefined;
}

/**
 * What this request's session stands on at a peer: as stored, as it was just signed in by, or nothing any
 * more once the person has proven herself here.
 */
export function upstreamSignInOf(ctx: KoaContextWithOIDC): string | undefined {
  const { session, result } = ctx.oidc;
  const accountId = session?.accountId;
  if (accountId === undefined) return undefined;
  const stored = requestMemo(ctx).session;
  const { login } = (result ?? {}) as {
    login?: { accountId?: string; upstreamSignInId?: string | null };
  };
  const given = login?.accountId === accountId ? login.upstreamSignInId : undefined;
  if (given !== undefined) return given ?? undefined;
  return stored?.accountId === accountId ? stored.upstreamSignInId : undefined;
}

type AheadModel = 'Account' | 'Grant' | 'Session';

/** Begins a read that this request will ask for, so that it shares a command with others. */
export function readAhead(
  memo: RequestMemo,
  key: readonly [AheadModel, string],
  read: () => Promise<unknown>,
): void {
  const name = key.join(':');
  if (memo.ahead.has(name)) return;
  const pending = read();
  // Whoever asks for it hears of a failure.
  pending.catch(() => undefined);
  memo.ahead.set(name, pending);
}

/** The same without taking it away. */
export function seeAhead<T>(key: readonly [AheadModel, string]): Promise<T> | undefined {
  return currentMemo()?.ahead.get(key.join(':')) as Promise<T> | undefined;
}

/** The read that was begun ahead, for the first who asks; later ones read what is stored then. */
export function takeAhead<T>(key: readonly [AheadModel, string]): Promise<T> | undefined {
  const memo = currentMemo();
  const name = key.join(':');
  const pending = memo?.ahead.get(name) as Promise<T> | undefined;
  if (pending) memo?.ahead.delete(name);
  return pending;
}
