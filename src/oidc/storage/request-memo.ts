// What one protocol request has already read, so that a write can store only its own difference
// and the three probes of an introspection share one read. Lives and dies with the request.
import { Provider } from 'oidc-provider';
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { ClientSlot, SessionEndReason, SessionState } from '../../sessions/session-codec.ts';

export interface RequestMemo {
  /** The session as it was read, before the library changed it. */
  session?: SessionState;
  /** Whom this request signs in, and how often everything of that account had been ended before. */
  signingIn?: { accountId: string; endings: number };
  /** A cookie id that the library is about to replace. */
  rotatedFrom?: string;
  /** Pending or finished reads of token documents by their key. */
  reads: Map<string, Promise<unknown>>;
  /** Reads that were begun because they will be asked for, by `aheadKey`; each serves once. */
  ahead: Map<string, Promise<unknown>>;
  /** The value the client receives instead of the refresh token the library minted. */
  refreshSuccessor?: string;
  /** An interaction this request came for, which was answered before. */
  spentInteraction?: string;
  /** The id of a grant that this request has made up. */
  newGrant?: string;
  /** Stores under way of what the answer will give out; it waits for them. Absent: nobody would. */
  writes?: Promise<void>[];
  /** Why this request destroys the session; a sign-out unless it says otherwise. */
  endReason?: SessionEndReason;
  /** What broke inside the library, when it was no refusal. */
  failure?: Error;
  /** Clients that this request has signed out, with what the session held for them. */
  endedSlots?: Record<string, ClientSlot>;
}

const memos = new WeakMap<object, RequestMemo>();

export function requestMemo(ctx: object): RequestMemo {
  let memo = memos.get(ctx);
  if (!memo) {
    memo = { reads: new Map(), ahead: new Map() };
    memos.set(ctx, memo);
  }
  return memo;
}

/** The protocol request that is being answered; undefined in background work. */
export function currentRequest(): KoaContextWithOIDC | undefined {
  return (Provider as unknown as { ctx: KoaContextWithOIDC | undefined }).ctx;
}

export function currentMemo(): RequestMemo | undefined {
  const ctx = currentRequest();
  return ctx && requestMemo(ctx);
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

/** The read that was begun ahead, for the first who asks; later ones read what is stored then. */
export function takeAhead<T>(key: readonly [AheadModel, string]): Promise<T> | undefined {
  const memo = currentMemo();
  const name = key.join(':');
  const pending = memo?.ahead.get(name) as Promise<T> | undefined;
  if (pending) memo?.ahead.delete(name);
  return pending;
}
