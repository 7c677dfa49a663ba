// As whom an authorization is answered: by the choice that this very request brings, by what stands in
// the client's slot, or not before the person was asked.
import type { KoaContextWithOIDC } from 'oidc-provider';
import { actedFor } from '../../mandates/acting.ts';
import type { ActingReference } from '../../mandates/acting.ts';
import { identitiesInTurn } from '../../mandates/list-identities.ts';
import type { ChosenIdentity } from '../../sessions/session-codec.ts';
import { clientExtras } from '../claims/client-extras.ts';
import type { SignedInAccount } from '../claims/signed-in-account.ts';
import { storing } from '../storage/database-failure.ts';
import { dropSlot, heldSlot, holdSlot } from './held-slot.ts';
import { identityAt, useAt } from './identity-at-client.ts';
import type { IdentityRefusal, IdentityUse } from './identity-at-client.ts';
import {
  CHOOSE_IDENTITY,
  identityDemandOf,
  isAnswered,
  isSameReference,
} from './identity-demand.ts';
import type { IdentityDemand } from './identity-demand.ts';
import type { IdentitySuggestionStore } from './identity-suggestion-store.ts';
import { bindDevice, switchIdentity } from './switch-identity.ts';
import type { SwitchDependencies } from './switch-identity.ts';

export type RequestIdentity =
  /** Absent reference: as himself. */
  | { state: 'settled'; reference?: ActingReference | undefined; choice?: ChosenIdentity }
  | { state: 'ask'; refusal?: IdentityRefusal }
  /** The client does not serve this kind of account, or asks for another organisation than it is. */
  | { state: 'unserved' };

export interface RequestIdentityDependencies extends SwitchDependencies {
  suggestions: IdentitySuggestionStore;
}

/** What the page of a choice hands to the library as the result of its prompt. */
export interface ChoiceResult extends ChosenIdentity {
  accountId: string;
}

const AS_HIMSELF = { state: 'settled' } as const;

export async function requestIdentity(
  deps: RequestIdentityDependencies,
  ctx: KoaContextWithOIDC,
): Promise<RequestIdentity> {
  const { account, client, params } = ctx.oidc;
  if (!account || !client) return AS_HIMSELF;
  const { kind, uscc } = account as SignedInAccount;
  const demand = identityDemandOf(client, params ?? {});
  const { subjects } = clientExtras(client);
  if (kind !== 'naturalPerson') {
    const isServed = subjects === undefined || subjects.has(kind);
    return isServed && isHinted(demand, uscc) ? AS_HIMSELF : { state: 'unserved' };
  }
  if (!demand.offersEntities) {
    if (!demand.offersSelf) return { state: 'unserved' };
    return heldSlot(ctx)?.acting?.reference ? asHimself(deps, ctx, 'unregistered') : AS_HIMSELF;
  }
  const choice = chosenHere(ctx);
  if (choice) return takeEffect(deps, ctx, choice);
  if (ctx.oidc.prompts.has(CHOOSE_IDENTITY)) return { state: 'ask' };
  return ctx.oidc.entities.DeviceCode ? undecided(deps, ctx, demand) : standing(deps, ctx, demand);
}

/** An organisation that is signed in itself answers for no other. */
function isHinted({ usccHint }: IdentityDemand, uscc: string | undefined): boolean {
  return usccHint === undefined || usccHint === uscc;
}

/** A choice of somebody else, who has signed out since, is none. */
function chosenHere({ oidc }: KoaContextWithOIDC): ChoiceResult | undefined {
  const { result } = oidc as { result?: Record<string, unknown> };
  const choice = result?.[CHOOSE_IDENTITY] as ChoiceResult | undefined;
  return choice?.accountId === oidc.account?.accountId ? choice : undefined;
}

async function takeEffect(
  deps: RequestIdentityDependencies,
  ctx: KoaContextWithOIDC,
  { choiceId, reference }: ChoiceResult,
): Promise<RequestIdentity> {
  const choice = reference ? { choiceId, reference } : { choiceId };
  if (ctx.oidc.entities.DeviceCode) return forDevice(deps, ctx, choice);
  if (!reference) {
    await remember(deps, ctx, undefined);
    return asHimself(deps, ctx, choiceId);
  }
  const held = heldSlot(ctx);
  // Done by an earlier round of this request, or nothing new.
  if (isSameReference(held?.acting?.reference, reference)) return stillHeld(deps, ctx, reference);
  const { session } = ctx.oidc;
  if (!session) return { state: 'ask' };
  const of = { ...chooserOf(ctx), uid: session.uid, choice };
  const switched = await storing(() => switchIdentity(deps, of));
  if (!switched.ok) return refused(deps, ctx, { reference, refusal: switched.reason });
  holdSlot(ctx, of.clientId, switched.slot);
  await remember(deps, ctx, reference);
  return { state: 'settled', reference };
}

/** What stands in the slot counts for this request, or the person is asked. */
async function standing(
  deps: RequestIdentityDependencies,
  ctx: KoaContextWithOIDC,
  demand: IdentityDemand,
): Promise<RequestIdentity> {
  const held = heldSlot(ctx)?.acting;
  const { reference } = held ?? {};
  if (reference) {
    const entity = await actedFor(deps, reference.entityId);
    // Whatever it asks for instead: anybody's link can, and ends nothing before the person says so.
    return isAnswered(demand, entity) ? stillHeld(deps, ctx, reference) : { state: 'ask' };
  }
  if (held && isAnswered(demand, undefined)) return AS_HIMSELF;
  return undecided(deps, ctx, demand);
}

async function undecided(
  deps: RequestIdentityDependencies,
  ctx: KoaContextWithOIDC,
  demand: IdentityDemand,
): Promise<RequestIdentity> {
  if (!demand.offersSelf || demand.wanted === 'legal_entity') return { state: 'ask' };
  const isDevice = ctx.oidc.entities.DeviceCode !== undefined;
  if (demand.wanted === 'self') return isDevice ? AS_HIMSELF : asHimself(deps, ctx, 'requested');
  const { accountId, clientId, client, params } = chooserOf(ctx);
  const suggestion = await deps.suggestions.find(accountId, clientId);
  // Who was there for somebody else reads why that is over before he goes on as himself.
  if (suggestion?.reference) return { state: 'ask' };
  const at = { clientId, client, params };
  return (await storing(() => isSomebodyElse(deps, accountId, at))) ? { state: 'ask' } : AS_HIMSELF;
}

/** Looked at before a person is asked in any case: some agencies hold thousands. */
const MOST_TRIED = 100;

/** Whether there is an organisation that he could act for here. */
async function isSomebodyElse(
  deps: RequestIdentityDependencies,
  accountId: string,
  at: IdentityUse,
): Promise<boolean> {
  let tried = 0;
  const mine = identitiesInTurn(deps, { personId: accountId, use: useAt(at) });
  for await (const { reference } of mine) {
    if ((await identityAt(deps, reference, at)).ok) return true;
    tried += 1;
    if (tried === MOST_TRIED) return true;
  }
  return false;
}

async function stillHeld(
  deps: RequestIdentityDependencies,
  ctx: KoaContextWithOIDC,
  reference: ActingReference,
): Promise<RequestIdentity> {
  const { clientId, client, params } = chooserOf(ctx);
  const held = heldSlot(ctx);
  if (!held) return { state: 'ask' };
  const usedFor = deps.grants.key(held.grantId);
  const at = { clientId, client, usedFor };
  const judge = (of: IdentityUse) => storing(() => identityAt(deps, reference, of));
  const answer = await judge({ ...at, params });
  const isRevoked = await storing(() => deps.grants.isRevoked(held.grantId));
  if (answer.ok && !isRevoked) return { state: 'settled', reference };
  if (!answer.ok && !isRevoked) {
    // Too little for this request only: anybody's link can ask for more, and ends nothing.
    const standing = await judge(at);
    if (standing.ok) return refused(deps, ctx, { reference, refusal: answer.reason });
    await storing(() => deps.actingEnding.endGrant(held.grantId, standing.reason));
  }
  dropSlot(ctx, clientId);
  return answer.ok ? { state: 'ask' } : { state: 'ask', refusal: answer.reason };
}

/** The slot is kept where the person was himself there before. */
async function asHimself(
  deps: RequestIdentityDependencies,
  ctx: KoaContextWithOIDC,
  choiceId: string,
): Promise<RequestIdentity> {
  const { session } = ctx.oidc;
  const held = heldSlot(ctx);
  const choice = { choiceId };
  if (!session) return AS_HIMSELF;
  if (held?.acting?.reference) {
    const of = { ...chooserOf(ctx), uid: session.uid, choice };
    const switched = await storing(() => switchIdentity(deps, of));
    if (!switched.ok) return { state: 'ask', refusal: switched.reason };
    holdSlot(ctx, of.clientId, switched.slot);
  } else if (held) {
    Object.assign(session.authorizationFor(chooserOf(ctx).clientId), { acting: choice });
  }
  return { state: 'settled', choice };
}

async function forDevice(
  deps: RequestIdentityDependencies,
  ctx: KoaContextWithOIDC,
  choice: ChosenIdentity,
): Promise<RequestIdentity> {
  const { reference } = choice;
  const { DeviceCode } = ctx.oidc.entities;
  if (!reference || !DeviceCode) return AS_HIMSELF;
  const of = { ...chooserOf(ctx), choice };
  const grantId = deps.grants.idForDevice(DeviceCode.jti, of.accountId, reference);
  const refusal = await storing(() => bindDevice(deps, { ...of, grantId }));
  if (refusal) return refused(deps, ctx, { reference, refusal });
  return { state: 'settled', reference };
}

async function refused(
  { audit }: RequestIdentityDependencies,
  ctx: KoaContextWithOIDC,
  { reference, refusal }: { reference: ActingReference; refusal: IdentityRefusal },
): Promise<RequestIdentity> {
  const { accountId, clientId, address } = chooserOf(ctx);
  const facts = { actor: accountId, subject: reference.entityId, clientId, address };
  const details = { mandate: reference.mandateIds[0] ?? '' };
  const event = { type: 'oidc.identity_refused', result: 'refused', reason: refusal } as const;
  await storing(() => audit.record({ ...event, ...facts, details }));
  return { state: 'ask', refusal };
}

async function remember(
  { suggestions }: RequestIdentityDependencies,
  ctx: KoaContextWithOIDC,
  reference: ActingReference | undefined,
): Promise<void> {
  const { accountId, clientId } = chooserOf(ctx);
  await storing(() => suggestions.remember(accountId, clientId, reference));
}

function chooserOf({ oidc, ip }: KoaContextWithOIDC) {
  const { account, client } = oidc;
  if (!account || !client) throw new Error('nobody chooses here');
  const { accountId } = account;
  const params = { ...oidc.params };
  return { accountId, clientId: client.clientId, client, params, address: ip };
}
