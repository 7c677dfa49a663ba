// The identities elsewhere that an account is linked to: seen, added after the proofs that a new way in
// needs, and taken away as long as another way in is left.
import { z } from 'zod';
import {
  accountFrame,
  confirmOn,
  visitorOrExplanation,
  visitorOrSignIn,
} from '../account/account-access.ts';
import type { Visitor } from '../account/account-access.ts';
import { accountPaths } from '../account/account-paths.ts';
import { freshOrSignIn, isFresh, isGuardProven } from '../account/fresh-sign-in.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import type { ArrivalPlace } from './arrival.ts';
import { namedPeer, namedReason } from './named-peer.ts';
import type { Peer } from '../peers/peer.ts';
import { peerInAddress } from '../peers/peer-in-address.ts';
import { arrivedView } from './arrived-view.ts';
import { openAnswer } from './carried-answer.ts';
import { endLink } from './end-link.ts';
import type { BindProblem, StopReason } from './federation.views.ts';
import { removableLinks, showLinks } from './links-page.ts';
import type { LinkPageDependencies } from './links-page.ts';
import type { ReadArrival } from './read-arrival.ts';

const state = z.string().max(100).default('');
const answer = z.string().max(16_000).default('');
const link = z.string().max(64);

export function linkRoutes(deps: LinkPageDependencies): Route[] {
  const { visitors } = deps;
  return [
    defineRoute({
      method: 'GET',
      path: accountPaths.links,
      name: 'federation.links',
      async handle(ctx) {
        const visitor = await visitorOrSignIn(visitors, ctx);
        if (visitor) await showLinks(deps, ctx, visitor);
      },
    }),
    deps.provenPage({
      page: accountPaths.addLink,
      name: 'federation.add_link',
      show: (_, ctx, { visitor }) => showPeers(deps, ctx, visitor),
    }),
    defineRoute({
      method: 'GET',
      path: `${accountPaths.addLink}/:peer`,
      name: 'federation.begin_link',
      limiter: 'enrolment',
      input: { params: z.object({ peer: peerInAddress }) },
      async handle(ctx, { params }) {
        const visitor = await visitorOrSignIn(visitors, ctx);
        if (visitor) await begin(deps, ctx, { visitor, peerId: params.peer });
      },
    }),
    defineRoute({
      method: 'GET',
      path: accountPaths.linkArrived,
      name: 'federation.link_arrived',
      limiter: 'enrolment',
      input: { query: z.object({ state, answer }) },
      async handle(ctx, { query }) {
        const visitor = await visitorOrSignIn(visitors, ctx);
        if (visitor) await takeUp(deps, ctx, { visitor, ...query });
      },
    }),
    ...linkForms(deps),
  ];
}

function linkForms(deps: LinkPageDependencies): Route[] {
  const { visitors } = deps;
  return [
    defineRoute({
      method: 'POST',
      path: accountPaths.bindLink,
      name: 'federation.bind_link',
      limiter: 'enrolment',
      csrf: 'token',
      input: { body: z.object({ state }) },
      async handle(ctx, { body }) {
        ctx.state.pageAddress = accountPaths.links;
        const visitor = await visitorOrExplanation(visitors, ctx);
        if (visitor) await bind(deps, ctx, { visitor, state: body.state });
      },
    }),
    defineRoute({
      method: 'POST',
      path: accountPaths.removeLink,
      name: 'federation.remove_link',
      limiter: 'account',
      csrf: 'token',
      input: { body: z.object({ link }) },
      async handle(ctx, { body }) {
        ctx.state.pageAddress = accountPaths.links;
        const visitor = await visitorOrExplanation(visitors, ctx);
        if (visitor) await remove(deps, ctx, { visitor, linkId: body.link });
      },
    }),
  ];
}

function placeOf({ account, session }: Visitor): ArrivalPlace {
  return { kind: 'link', accountId: account.id, sid: session.sid };
}

async function showPeers(
  deps: LinkPageDependencies,
  ctx: HttpContext,
  visitor: Visitor,
): Promise<void> {
  const links = await deps.federation.links.listByAccount(visitor.account.id);
  const linked = new Set(links.map(({ issuer }) => issuer));
  const { locale } = ctx.state;
  ctx.render('federation/add-link', {
    ...(await accountFrame(deps.visitors, visitor)),
    peers: deps.signIns.offeredAnew
      .filter(({ issuer }) => !linked.has(issuer))
      .map(({ id, names, notice }) => ({
        name: names[locale],
        notice: notice[locale],
        href: `${accountPaths.addLink}/${id}`,
      })),
    backHref: accountPaths.links,
  });
}

async function begin(
  deps: LinkPageDependencies,
  ctx: HttpContext,
  { visitor, peerId }: { visitor: Visitor; peerId: string },
): Promise<void> {
  if (visitor.account.kind !== 'naturalPerson' || !(await isGuardProven(deps.visitors, visitor))) {
    return redirect(ctx, accountPaths.addLink);
  }
  const begun = await deps.signIns.begin({
    peerId,
    place: placeOf(visitor),
    address: ctx.ip,
    // Whoever left a session open there must not give it to whoever sits here.
    isForced: true,
  });
  if (begun.ok) return redirect(ctx, begun.page.href);
  const reason = begun.reason === 'unavailable' ? 'unavailable' : 'suspended';
  const peer = namedPeer(deps.federation, peerId);
  await showStopped(deps, ctx, { visitor, reason, traceId: begun.traceId, peer });
}

async function takeUp(
  deps: LinkPageDependencies,
  ctx: HttpContext,
  of: { visitor: Visitor; state: string; answer: string },
): Promise<void> {
  const { visitor, state: under } = of;
  const callback = openAnswer(deps.visitors.keyring, of);
  const at = { state: under, place: placeOf(visitor), address: ctx.ip, callback };
  const redeemed = await deps.signIns.redeem(at);
  if (!redeemed.ok) {
    const { reason, traceId, peer, result } = redeemed;
    if (callback && result) return confirmLinked(deps, ctx, visitor);
    return showStopped(deps, ctx, { visitor, reason, traceId, peer });
  }
  const { read } = redeemed;
  const reason = await decidedAgainst(deps, ctx, { visitor, read });
  if (!reason) return showConfirm(deps, ctx, { visitor, read });
  const { traceId } = read.arrival.request;
  await showStopped(deps, ctx, { visitor, reason, traceId, peer: read.peer });
}

/** As at a sign-in: what is refused to everybody, and what goes to the reviewers. */
async function decidedAgainst(
  { signIns }: LinkPageDependencies,
  { ip }: HttpContext,
  { visitor: { account }, read }: { visitor: Visitor; read: ReadArrival },
): Promise<StopReason | undefined> {
  const { decision, identity } = read;
  if (identity.kind !== 'naturalPerson') return 'kind_not_served';
  if (decision.outcome === 'refused') return decision.reason;
  // Of one that is linked, whoever agrees to another link is told.
  if (decision.outcome !== 'conflict' || decision.link) return undefined;
  await signIns.freeze(read, ip, account.id);
  return 'conflict';
}

async function showConfirm(
  deps: LinkPageDependencies,
  ctx: HttpContext,
  of: { visitor: Visitor; read: ReadArrival; problem?: BindProblem },
): Promise<void> {
  const { visitor, read, problem } = of;
  const { peer: from, arrival } = read;
  const peerName = from.names[ctx.state.locale];
  ctx.render(
    'federation/confirm-link',
    {
      ...(await accountFrame(deps.visitors, visitor)),
      peerName,
      peerNotice: from.notice[ctx.state.locale],
      arrived: arrivedView(read),
      bindForm: { action: accountPaths.bindLink, fields: { state: arrival.state } },
      backHref: accountPaths.links,
      errors: problem === undefined ? [] : [{ key: problem, values: { peer: peerName } }],
    },
    { status: problem === undefined ? 200 : 422 },
  );
}

async function bind(
  deps: LinkPageDependencies,
  ctx: HttpContext,
  { visitor, state: under }: { visitor: Visitor; state: string },
): Promise<void> {
  if (!(await isGuardProven(deps.visitors, visitor))) return redirect(ctx, accountPaths.addLink);
  const place = placeOf(visitor);
  const redeemed = await deps.signIns.redeem({ state: under, place, address: ctx.ip });
  if (!redeemed.ok) {
    const { reason, traceId, peer, result } = redeemed;
    if (result) return confirmLinked(deps, ctx, visitor);
    const over = { page: accountPaths.links, notice: 'account.notice.link_over' } as const;
    if (reason === 'over') return confirmOn(deps.visitors, ctx, { visitor, ...over });
    return showStopped(deps, ctx, { visitor, reason, traceId, peer });
  }
  const { read } = redeemed;
  const bound = await deps.signIns.bind(read, visitor.account, ctx.ip);
  if (!bound.ok) {
    const problem = `federation.bind.problem.${bound.reason}` as const;
    return showConfirm(deps, ctx, { visitor, read, problem });
  }
  await confirmLinked(deps, ctx, visitor);
}

/** Also to whom the first answer did not reach. */
function confirmLinked(
  { visitors }: LinkPageDependencies,
  ctx: HttpContext,
  visitor: Visitor,
): Promise<void> {
  const notice = 'account.notice.linked';
  return confirmOn(visitors, ctx, { visitor, page: accountPaths.links, notice });
}

async function remove(
  deps: LinkPageDependencies,
  ctx: HttpContext,
  { visitor, linkId }: { visitor: Visitor; linkId: string },
): Promise<void> {
  const { account } = visitor;
  const page = accountPaths.links;
  if (!isFresh(deps.visitors, visitor)) {
    await freshOrSignIn(deps.visitors, ctx, { visitor, returnTo: page });
    return;
  }
  const links = await deps.federation.links.listByAccount(account.id);
  const mine = links.find(({ id }) => id === linkId);
  if (!mine) {
    return confirmOn(deps.visitors, ctx, { visitor, page, notice: 'account.notice.link_over' });
  }
  if (!(await removableLinks(deps, visitor, links)).has(mine.id)) {
    return confirmOn(deps.visitors, ctx, { visitor, page, notice: 'account.notice.link_kept' });
  }
  await endLink(deps.federation, {
    link: mine,
    reason: 'removed_by_person',
    actor: account.id,
    address: ctx.ip,
    peer: deps.federation.peers.find(mine.peerId),
  });
  await confirmOn(deps.visitors, ctx, { visitor, page, notice: 'account.notice.unlinked' });
}

async function showStopped(
  deps: LinkPageDependencies,
  ctx: HttpContext,
  of: {
    visitor: Visitor;
    reason: StopReason;
    traceId: string | undefined;
    peer?: Peer | undefined;
  },
): Promise<void> {
  const { visitor, reason, traceId, peer } = of;
  ctx.render(
    'federation/link-stopped',
    {
      ...(await accountFrame(deps.visitors, visitor)),
      ...(peer ? { peerName: peer.names[ctx.state.locale] } : {}),
      reason: namedReason(of),
      ...(traceId === undefined ? {} : { traceId }),
      backHref: accountPaths.links,
    },
    { status: reason === 'unavailable' || reason === 'suspended' ? 503 : 422 },
  );
}
