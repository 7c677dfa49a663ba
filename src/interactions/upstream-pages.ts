// The pages of people who come from another platform: what is taken over, whether an account is linked,
// and why it did not work. What the platform wrote itself is never shown.
import { displayName } from '../account/account-access.ts';
import { accountPaths } from '../account/account-paths.ts';
import { arrivedView } from '../federation/arrived-view.ts';
import { isBusy } from '../federation-trust/trust-refusal.ts';
import type { TrustRefusal } from '../federation-trust/trust-refusal.ts';
import type { ReadArrival } from '../federation/read-arrival.ts';
import type { ArrivalLocals, BindProblem, StopReason } from '../federation/federation.views.ts';
import { namedReason } from '../federation/named-peer.ts';
import type { Peer } from '../peers/peer.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { interactionPath, upstreamHref } from './interaction-access.ts';
import type { OpenInteraction } from './interaction-access.ts';
import type { InteractionDependencies } from './interaction-deps.ts';
import { recoverHref, servedKinds } from './sign-in-page.ts';
import { accountOf } from './sign-in-situation.ts';
import type { StepPage } from './sign-in-step-form.ts';

export function showArrival(
  _deps: InteractionDependencies,
  ctx: HttpContext,
  of: { open: OpenInteraction; read: ReadArrival; errors?: ArrivalLocals['errors'] },
): void {
  const { open, read, errors = [] } = of;
  const path = `${interactionPath(open.interaction.uid)}/arrival`;
  const isKnown = read.decision.outcome === 'prove';
  ctx.state.pageAddress = path;
  ctx.render(
    'federation/arrival',
    {
      relyingParty: open.relyingParty,
      peerName: read.peer.names[ctx.state.locale],
      peerNotice: read.peer.notice[ctx.state.locale],
      arrived: arrivedView(read),
      isKnown,
      ...(isKnown ? {} : { createForm: { action: `${path}/create` } }),
      proveForm: { action: `${path}/prove` },
      declineForm: { action: `${path}/decline` },
      errors,
    },
    { status: errors.length > 0 ? 422 : 200 },
  );
}

export function showBinding(
  _deps: InteractionDependencies,
  ctx: HttpContext,
  page: StepPage<BindProblem> & { read: ReadArrival },
): void {
  const { open, situation, read, errors = [] } = page;
  const path = `${interactionPath(open.interaction.uid)}/bind`;
  ctx.render(
    'federation/bind',
    {
      relyingParty: open.relyingParty,
      peerName: read.peer.names[ctx.state.locale],
      maskedAccount: displayName(accountOf(situation)),
      arrived: arrivedView(read),
      bindForm: { action: `${path}/agree` },
      skipForm: { action: `${path}/skip` },
      errors,
    },
    { status: errors.length > 0 ? 422 : 200 },
  );
}

const STATUS: Partial<Record<StopReason, number>> = {
  unavailable: 503,
  suspended: 503,
  unnamed: 503,
  not_trusted: 403,
  busy: 503,
  over: 410,
  changed_there: 410,
  replayed: 410,
  invalid: 502,
  contradictory: 502,
};
/** The same request to the peer may go better; of the others it would not. */
const AGAIN: ReadonlySet<StopReason> = new Set([
  'refused',
  'replayed',
  'invalid',
  'contradictory',
  'unavailable',
  'over',
  'changed_there',
]);

export function showStopped(
  _deps: InteractionDependencies,
  ctx: HttpContext,
  of: {
    open: OpenInteraction;
    reason: StopReason;
    peer: Peer | undefined;
    traceId?: string | undefined;
    /** Why the federation does not vouch for it. */
    refusal?: TrustRefusal | undefined;
  },
): void {
  const { open, peer, traceId } = of;
  // Of the entity that says nothing.
  const isNobodyAsked = of.refusal !== undefined && isBusy(of.refusal);
  const reason = isNobodyAsked ? 'busy' : namedReason(of);
  const refusal = isNobodyAsked ? undefined : of.refusal;
  const { uid } = open.interaction;
  const path = interactionPath(uid);
  ctx.state.pageAddress = path;
  ctx.render(
    'federation/stopped',
    {
      relyingParty: open.relyingParty,
      reason,
      ...(peer ? { peerName: peer.names[ctx.state.locale] } : {}),
      ...(traceId === undefined ? {} : { traceId }),
      ...(refusal ? { trust: refusal } : {}),
      ...(peer && AGAIN.has(reason) ? { againHref: upstreamHref(uid, peer.id) } : {}),
      signInHref: path,
      ...(reason === 'unnamed' && servedKinds(open).includes('naturalPerson')
        ? { signUpHref: `/sign-up?interaction=${uid}` }
        : {}),
      recoverHref: recoverHref(open),
      cancelForm: { action: `${path}/cancel` },
    },
    { status: STATUS[reason] ?? 422 },
  );
}

/** Nobody has been looked up: which organisations have an account here is not told. */
export function showOrganisationArrived(
  { federation }: InteractionDependencies,
  ctx: HttpContext,
  { open, peer, traceId }: { open: OpenInteraction; peer: Peer; traceId: string },
): void {
  const { uid } = open.interaction;
  const path = interactionPath(uid);
  const kinds = servedKinds(open);
  const canAskAnew = federation.offeredAnew.some(({ id }) => id === peer.id);
  ctx.state.pageAddress = path;
  ctx.render(
    'federation/organisation',
    {
      relyingParty: open.relyingParty,
      peerName: peer.names[ctx.state.locale],
      traceId,
      personHref: `${path}?kind=naturalPerson`,
      ...(canAskAnew ? { personThereHref: `${upstreamHref(uid, peer.id)}?anew=yes` } : {}),
      ...(kinds.includes('legalEntity') ? { ownHref: `${path}?kind=legalEntity` } : {}),
      registerHref: accountPaths.registerEntity,
      cancelForm: { action: `${path}/cancel` },
    },
    { status: 422 },
  );
}
