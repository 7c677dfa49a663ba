// One slot per browser session and client holds the `sid` and the grant, so that a client that is
// opened several times at once gets the same ones in every tab.
import { errors } from 'oidc-provider';
import type { Grant, KoaContextWithOIDC } from 'oidc-provider';
import type { ConsentStore } from '../../consent/consent-store.ts';
import type { ActingReference } from '../../mandates/acting.ts';
import type { ClientSlot } from '../../sessions/session-codec.ts';
import { heldSlot, holdSlot } from '../identity/held-slot.ts';
import { isSameReference } from '../identity/identity-demand.ts';
import { requestIdentity } from '../identity/request-identity.ts';
import type { RequestIdentityDependencies } from '../identity/request-identity.ts';
import { clientExtras } from './client-extras.ts';
import { storing } from '../storage/database-failure.ts';
import type { GrantRevocation } from '../storage/grant-revocation.ts';
import { answerAwaits, requestMemo } from '../storage/request-memo.ts';
import { addItems, missingItems, requestedItems } from './requested-items.ts';

interface ExistingGrantDependencies extends RequestIdentityDependencies {
  revocation: GrantRevocation;
  consents: ConsentStore;
}

/** The library's `loadExistingGrant`. Undefined when nothing has been allowed yet. */
export function createGrantLoader(deps: ExistingGrantDependencies) {
  return async function loadExistingGrant(ctx: KoaContextWithOIDC): Promise<Grant | undefined> {
    const { account, client, session } = ctx.oidc;
    if (!account || !client || !session) return undefined;
    const memo = requestMemo(ctx);
    memo.identity = await requestIdentity(deps, ctx);
    if (memo.identity.state !== 'settled') return undefined;
    const { reference } = memo.identity;
    const wanted = requestedItems(ctx);
    const existing = ctx.oidc.entities.DeviceCode
      ? await deviceGrant(deps, ctx, reference)
      : await slotGrant(deps, ctx, reference);
    // Whatever happened beside this request: nothing is answered under another identity.
    const bound = existing && memo.grants.get(existing.jti)?.acting;
    if ((reference || existing) && !isSameReference(bound, reference)) return askAgain(ctx);
    if (existing && missingItems(existing, wanted).length === 0) return existing;
    const allowed = await allowedItems(deps, ctx, wanted);
    if (allowed.length === 0) return existing;
    const grant = existing ?? (await newGrant(deps, ctx));
    if (!grant) return askAgain(ctx);
    addItems(grant, allowed);
    // Overtaken by another choice, which ended this one.
    if (!(await isSaved(grant, reference))) return askAgain(ctx);
    // What is received under notice was not asked for and is not withdrawn.
    if (clientExtras(client).consent === 'notice') return grant;
    // A consent that was withdrawn between the look and the save takes the grant along.
    const still = new Set(await allowedItems(deps, ctx, wanted));
    if (allowed.every((item) => still.has(item))) return grant;
    await storing(() => deps.revocation.revoke(grant.jti, 'consent_withdrawn'));
    return undefined;
  };
}

async function isSaved(grant: Grant, reference: ActingReference | undefined): Promise<boolean> {
  try {
    await grant.save();
    return true;
  } catch (error) {
    if (reference && error instanceof errors.AccessDenied) return false;
    throw error;
  }
}

function askAgain(ctx: KoaContextWithOIDC): undefined {
  requestMemo(ctx).identity = { state: 'ask' };
}

/** A device has a grant of its own: it goes on when this browser signs out. */
async function deviceGrant(
  deps: ExistingGrantDependencies,
  ctx: KoaContextWithOIDC,
  reference: ActingReference | undefined,
): Promise<Grant> {
  const { account, client, provider, entities } = ctx.oidc;
  if (!account || !client || !entities.DeviceCode) throw new Error('no device is signed in here');
  const { accountId } = account;
  const jti = deps.grants.idForDevice(entities.DeviceCode.jti, accountId, reference);
  const stored = await provider.Grant.find(jti);
  return stored ?? grantWithId(ctx, { jti, accountId, clientId: client.clientId });
}

/** Items that need no question: all under notice, else what the person allowed before. */
async function allowedItems(
  deps: ExistingGrantDependencies,
  ctx: KoaContextWithOIDC,
  wanted: string[],
): Promise<string[]> {
  const accountId = ctx.oidc.account?.accountId ?? '';
  const client = ctx.oidc.client;
  if (!client) return [];
  const { clientId } = client;
  if (clientExtras(client).consent === 'notice') {
    const entry = { accountId, clientId, basis: 'notice' as const, allowed: wanted };
    await answerAwaits(storing(() => deps.consents.remember(entry)));
    return wanted;
  }
  const record = await storing(() => deps.consents.find(accountId, clientId));
  return wanted.filter((item) => record?.items.includes(item));
}

/** The living grant of this client's slot, if it has one. */
async function slotGrant(
  deps: ExistingGrantDependencies,
  ctx: KoaContextWithOIDC,
  reference: ActingReference | undefined,
): Promise<Grant | undefined> {
  const { session, client, provider } = ctx.oidc;
  const held = heldSlot(ctx);
  if (!session || !client || !held) return undefined;
  const grant = await provider.Grant.find(held.grantId);
  if (grant && grant.accountId === session.accountId) return grant;
  // Of an organisation: chosen anew.
  if (reference) return undefined;
  // Revoked (a replay, a withdrawn consent): its id must not carry anything again. The client
  // keeps its sid, because it still counts as signed in.
  if (await storing(() => deps.grants.isRevoked(held.grantId))) {
    await replaceSlot(deps, ctx, { ...held });
    const replaced = session.grantIdFor(client.clientId);
    return replaced === undefined ? undefined : provider.Grant.find(replaced);
  }
  return undefined;
}

/**
 * A grant under the slot's id; the slot is claimed when this request is the first. Undefined when the
 * person has become somebody else there meanwhile.
 */
async function newGrant(
  deps: ExistingGrantDependencies,
  ctx: KoaContextWithOIDC,
): Promise<Grant | undefined> {
  const { session, client, account, provider } = ctx.oidc;
  if (!session || !client || !account) throw new errors.SessionNotFound('no session');
  const slot = await claimSlot(deps, ctx);
  if (slot.acting?.reference) return undefined;
  const { accountId } = account;
  const { clientId } = client;
  const isNew = requestMemo(ctx).newGrant === slot.grantId;
  const stored = isNew ? undefined : await provider.Grant.find(slot.grantId);
  return stored ?? grantWithId(ctx, { jti: slot.grantId, accountId, clientId });
}

/** The library's types know no grant whose id was chosen before. */
function grantWithId(
  { oidc: { provider } }: KoaContextWithOIDC,
  chosen: { jti: string; accountId: string; clientId: string },
): Grant {
  return new provider.Grant(chosen as { accountId: string; clientId: string });
}

async function claimSlot(
  deps: ExistingGrantDependencies,
  ctx: KoaContextWithOIDC,
): Promise<ClientSlot> {
  const { session, client } = ctx.oidc;
  if (!session || !client) throw new errors.SessionNotFound('no session');
  const { clientId } = client;
  const held = heldSlot(ctx);
  if (held) return { ...held };
  const memo = requestMemo(ctx);
  const { choice } = memo.identity?.state === 'settled' ? memo.identity : {};
  const made = { sid: deps.random.id(), grantId: deps.random.id(256) };
  const proposal = choice ? { ...made, acting: choice } : made;
  const isStored = memo.session?.uid === session.uid;
  // A session that this request begins is nobody else's yet; it is stored with the slot in it.
  const slot = isStored
    ? await storing(() => deps.sessions.claimSlot(session.uid, clientId, proposal))
    : proposal;
  if (!slot) throw new errors.SessionNotFound('the session has ended');
  if (slot.grantId === proposal.grantId) memo.newGrant = slot.grantId;
  holdSlot(ctx, clientId, slot);
  return slot;
}

async function replaceSlot(
  deps: ExistingGrantDependencies,
  ctx: KoaContextWithOIDC,
  former: ClientSlot,
): Promise<void> {
  const { session, client } = ctx.oidc;
  if (!session || !client) return;
  const { clientId } = client;
  const grantId = deps.random.id(256);
  const slot = await storing(() =>
    deps.sessions.replaceGrant(session.uid, clientId, { former, grantId }),
  );
  if (!slot) throw new errors.SessionNotFound('the session has ended');
  holdSlot(ctx, clientId, slot);
}
