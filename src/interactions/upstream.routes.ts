// Signing in at another platform: out, back, and what becomes of who comes back. The interaction's own
// cookie says that it is the browser that went there.
import { z } from 'zod';
import { openAnswer } from '../federation/carried-answer.ts';
import type { ReadArrival } from '../federation/read-arrival.ts';
import { peerInAddress } from '../peers/peer-in-address.ts';
import { epochSeconds } from '../platform/clock.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { acceptArrival, resumeArrival } from './accept-arrival.ts';
import { heldAccount } from './held-account.ts';
import { interactionParams, interactionPath } from './interaction-access.ts';
import type { OpenInteraction } from './interaction-access.ts';
import type { InteractionDependencies } from './interaction-deps.ts';
import { keepProgress } from './interaction-result.ts';
import { gatherSituation } from './sign-in-situation.ts';
import { nextStep } from './sign-in-steps.ts';
import type { SignInStep } from './sign-in-steps.ts';
import { openSignIn } from './sign-in.routes.ts';
import { placeOf, takeWaiting } from './waiting-arrival.ts';
import type { Waiting } from './waiting-arrival.ts';
import { showArrival, showOrganisationArrived, showStopped } from './upstream-pages.ts';
import { beginUpstream } from './begin-upstream.ts';

const state = z.string().max(100).default('');
const anew = z.literal('yes').optional().catch(undefined);
const register = z.literal('yes').optional().catch(undefined);
const answer = z.string().max(16_000).default('');
const empty = z.object({});

export function upstreamRoutes(deps: InteractionDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/interaction/:uid/upstream/:peer',
      name: 'interactions.upstream',
      limiter: 'signIn',
      input: {
        params: interactionParams.extend({ peer: peerInAddress }),
        query: z.object({ register, anew }),
      },
      async handle(ctx, { params, query }) {
        const open = await openForUpstream(deps, ctx, params.uid);
        const isRegistration = query.register === 'yes';
        const isAnew = query.anew === 'yes';
        const wanted = { peerId: params.peer, isRegistration, isAnew };
        if (open) await beginUpstream(deps, ctx, { open, ...wanted });
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/interaction/:uid/arrived',
      name: 'interactions.upstream_arrived',
      limiter: 'signIn',
      input: { params: interactionParams, query: z.object({ state, answer }) },
      async handle(ctx, { params: { uid }, query }) {
        const open = await openForUpstream(deps, ctx, uid);
        if (open) await takeUp(deps, ctx, { open, ...query });
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/interaction/:uid/arrival',
      name: 'interactions.arrival',
      input: { params: interactionParams },
      async handle(ctx, { params: { uid } }) {
        const waiting = await waitingArrival(deps, ctx, { uid, mayResume: true });
        if (waiting) showArrival(deps, ctx, waiting);
      },
    }),
    ...arrivalForms(deps),
  ];
}

function arrivalForms(deps: InteractionDependencies): Route[] {
  const form = (name: string, handle: (ctx: HttpContext, of: Waiting) => Promise<void>) =>
    defineRoute({
      method: 'POST',
      path: `/interaction/:uid/arrival/${name}`,
      name: `interactions.arrival_${name}`,
      limiter: 'signIn',
      csrf: 'token',
      input: { params: interactionParams, body: empty },
      async handle(ctx, { params: { uid } }) {
        const waiting = await waitingArrival(deps, ctx, { uid, mayResume: name === 'create' });
        if (waiting) await handle(ctx, waiting);
      },
    });
  return [
    form('create', (ctx, waiting) => create(deps, ctx, waiting)),
    form('prove', async (ctx, { open, arrival }) => {
      // It waits until an account is proven.
      await keepProgress(deps, open.interaction, { arrival: { ...arrival, isToBind: true } });
      redirect(ctx, interactionPath(open.interaction.uid));
    }),
    form('decline', async (ctx, { open, read }) => {
      await deps.federation.decline(read, ctx.ip);
      await keepProgress(deps, open.interaction, { arrival: undefined });
      redirect(ctx, interactionPath(open.interaction.uid));
    }),
  ];
}

/** Where the way to a peer is offered; the others where people are the province's and verified there. */
const LEADING_OUT: ReadonlySet<SignInStep['step']> = new Set([
  'password',
  'province',
  'link_due',
  'level_unmet',
]);
/** Others may sign in by the same link at the same moment; each looks anew. */
const MOST_LOOKS = 3;

/** Only where somebody may sign in anew: a step of a sign-in that has come further is not undone. */
export async function openForUpstream(
  deps: InteractionDependencies,
  ctx: HttpContext,
  uid: string,
): Promise<OpenInteraction | undefined> {
  const open = await openSignIn(deps, ctx, uid);
  if (!open) return undefined;
  const situation = await gatherSituation(deps, open);
  if (LEADING_OUT.has(nextStep(situation).step)) return open;
  redirect(ctx, interactionPath(uid));
  return undefined;
}

/**
 * Undefined when the browser has been led to what is due instead. `mayResume`: whoever asks for it wants to be
 * signed in by it.
 */
async function waitingArrival(
  deps: InteractionDependencies,
  ctx: HttpContext,
  { uid, mayResume }: { uid: string; mayResume: boolean },
): Promise<Waiting | undefined> {
  const open = await openForUpstream(deps, ctx, uid);
  if (!open) return undefined;
  const waiting = await takeWaiting(deps, ctx, open);
  if (waiting?.ok === true) return waiting;
  if (waiting && mayResume && (await resumeArrival(deps, ctx, { open, over: waiting }))) {
    return undefined;
  }
  if (waiting?.reason === 'changed_there' || waiting?.reason === 'not_trusted') {
    showStopped(deps, ctx, { open, ...waiting });
    return undefined;
  }
  redirect(ctx, interactionPath(uid));
  return undefined;
}

/** Whoever has come back: signed in, asked, or told why not. */
async function takeUp(
  deps: InteractionDependencies,
  ctx: HttpContext,
  of: { open: OpenInteraction; state: string; answer: string },
): Promise<void> {
  const { open, state: under } = of;
  const callback = openAnswer(deps.keyring, of);
  const at = { state: under, place: placeOf(open), address: ctx.ip, callback };
  const redeemed = await deps.federation.redeem(at);
  if (!redeemed.ok) {
    if (callback && (await resumeArrival(deps, ctx, { open, over: redeemed }))) return;
    deps.metrics.signIn('upstream_failed');
    const { reason, peer: of, traceId, refusal } = redeemed;
    showStopped(deps, ctx, { open, reason, peer: of, traceId, refusal });
    return;
  }
  await decide(deps, ctx, { open, read: redeemed.read });
}

async function decide(
  deps: InteractionDependencies,
  ctx: HttpContext,
  { open, read, looks = 1 }: { open: OpenInteraction; read: ReadArrival; looks?: number },
): Promise<void> {
  const { decision, peer: of, arrival } = read;
  const { traceId } = arrival.request;
  const stop = (reason: Parameters<typeof showStopped>[2]['reason']) =>
    showStopped(deps, ctx, { open, reason, peer: of, traceId });
  switch (decision.outcome) {
    case 'sign_in': {
      const held = await heldAccount(deps, open);
      const { atProvince, account } = await gatherSituation(deps, open);
      // Somebody else's account here has just been proven.
      if (atProvince !== undefined && account?.id !== decision.link.accountId) {
        return stop('other_account');
      }
      if (held?.mayChange === false && held.account.id !== decision.link.accountId) {
        return stop('other_account');
      }
      const signed = await deps.federation.signIn(read, decision.link, ctx.ip);
      if (signed.ok) return acceptArrival(deps, ctx, { open, ...signed, peerId: of.id });
      return looks < MOST_LOOKS ? lookAnew(deps, ctx, { open, read, looks }) : stop('over');
    }
    case 'conflict':
      await deps.federation.freeze(read, ctx.ip);
      return stop('conflict');
    case 'frozen':
      return stop('frozen');
    case 'refused':
      if (decision.reason !== 'kind_not_served') return stop(decision.reason);
      return showOrganisationArrived(deps, ctx, { open, peer: of, traceId });
    case 'new':
    case 'prove': {
      const at = epochSeconds(deps.clock);
      // Whoever has proven an account here has come to link it.
      const situation = await gatherSituation(deps, open);
      const isToBind = situation.atProvince === 'link_due';
      const waiting = { state: arrival.state, at, isToBind };
      const kept = isToBind ? situation.progress : {};
      await keepProgress(deps, open.interaction, { ...kept, arrival: waiting });
      const path = interactionPath(open.interaction.uid);
      return redirect(ctx, isToBind ? path : `${path}/arrival`);
    }
    default:
      return decision satisfies never;
  }
}

async function create(
  deps: InteractionDependencies,
  ctx: HttpContext,
  waiting: Waiting,
): Promise<void> {
  const { open, read } = waiting;
  const held = await heldAccount(deps, open);
  if (held?.mayChange === false) {
    return showStopped(deps, ctx, { open, reason: 'other_account', peer: read.peer });
  }
  const created = await deps.federation.create(read, ctx.ip);
  if (created.ok) return acceptArrival(deps, ctx, { open, ...created, peerId: read.peer.id });
  if (created.reason === 'not_an_account') {
    const peerName = read.peer.names[ctx.state.locale];
    const errors = [
      { key: 'federation.arrival.not_an_account', values: { peer: peerName } },
    ] as const;
    return showArrival(deps, ctx, { ...waiting, errors });
  }
  // Another arrival of the same person was first: this one goes on as whoever is known by now.
  await lookAnew(deps, ctx, { open, read, looks: 0 });
}

/** What has arrived, as things stand by now. */
async function lookAnew(
  deps: InteractionDependencies,
  ctx: HttpContext,
  { open, read, looks }: { open: OpenInteraction; read: ReadArrival; looks: number },
): Promise<void> {
  const { state } = read.arrival;
  const redeemed = await deps.federation.redeem({ state, place: placeOf(open), address: ctx.ip });
  if (!redeemed.ok) {
    if (await resumeArrival(deps, ctx, { open, over: redeemed })) return;
    return showStopped(deps, ctx, { open, ...redeemed, peer: redeemed.peer ?? read.peer });
  }
  await decide(deps, ctx, { open, read: redeemed.read, looks: looks + 1 });
}
