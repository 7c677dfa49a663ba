// The slot that a request holds for its client: on the library's session, and in what counts as read.
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { ClientSlot } from '../../sessions/session-codec.ts';
import { requestMemo } from '../storage/request-memo.ts';

/** Undefined also for what the library has begun without a grant. */
export function heldSlot(ctx: KoaContextWithOIDC): ClientSlot | undefined {
  const { session, client } = ctx.oidc;
  if (!session || !client) return undefined;
  const held = session.authorizations?.[client.clientId] as Partial<ClientSlot> | undefined;
  if (held?.sid === undefined || held.grantId === undefined) return undefined;
  return held as ClientSlot;
}

/** Puts a stored slot on the session, in the place of another. */
export function holdSlot(ctx: KoaContextWithOIDC, clientId: string, slot: ClientSlot): void {
  const { session } = ctx.oidc;
  if (!session) return;
  const { authorizations } = session as { authorizations?: Record<string, object> };
  if (authorizations) authorizations[clientId] = {};
  session.sidFor(clientId, slot.sid);
  session.grantIdFor(clientId, slot.grantId);
  Object.assign(session.authorizationFor(clientId), slot);
  const memo = requestMemo(ctx);
  if (memo.session?.uid === session.uid) memo.session.authorizations[clientId] = { ...slot };
}

/** A slot that has ended in the store: this request must not go on with it. */
export function dropSlot(ctx: KoaContextWithOIDC, clientId: string): void {
  const { session } = ctx.oidc;
  if (!session) return;
  delete session.authorizations?.[clientId];
  const memo = requestMemo(ctx);
  if (memo.session?.uid === session.uid) delete memo.session.authorizations[clientId];
}
