// The way out to another platform, by a button or by `idp_hint` of the client.
import { isEntityId } from '../federation-trust/entity-id.ts';
import {
  IDP_HINT_PARAMETER,
  newTraceId,
  readTraceId,
  TRACE_PARAMETER,
} from '../oidc/claims/upstream-hints.ts';
import { demandOf } from '../oidc/claims/demand.ts';
import { clientExtras } from '../oidc/claims/client-extras.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { heldAccount } from './held-account.ts';
import type { OpenInteraction } from './interaction-access.ts';
import type { InteractionDependencies } from './interaction-deps.ts';
import { textParam } from './sign-in-situation.ts';
import { servedKinds } from './sign-in-page.ts';
import { showStopped } from './upstream-pages.ts';

export async function beginUpstream(
  deps: InteractionDependencies,
  ctx: HttpContext,
  of: {
    open: OpenInteraction;
    peerId: string;
    /** Of a platform that nobody has registered here. */
    issuer?: string;
    isRegistration?: boolean;
    /** Whoever is signed in there is not whom it is for. */
    isAnew?: boolean;
    traceId?: string;
  },
): Promise<void> {
  const { open, peerId, issuer, isRegistration } = of;
  const { interaction, client } = open;
  const { params, uid } = interaction;
  const held = await heldAccount(deps, open);
  const { level } = demandOf({ params, client: clientExtras(client) }, deps.services);
  const traceId = of.traceId ?? readTraceId(params[TRACE_PARAMETER]);
  const begun = await deps.federation.begin({
    peerId,
    issuer,
    place: { kind: 'sign_in', uid },
    clientId: client.clientId,
    address: ctx.ip,
    // Whoever is asked once more is asked there, too.
    isForced:
      of.isAnew === true ||
      held !== undefined ||
      interaction.prompt.reasons.includes('login_prompt'),
    ...(isRegistration === true ? { isRegistration } : {}),
    ...(level > 0 ? { neededLevel: level } : {}),
    ...(traceId === undefined ? {} : { traceId }),
  });
  if (begun.ok) return redirect(ctx, begun.page.href);
  const peer = deps.federation.offered.find(({ id }) => id === peerId);
  const { traceId: seen } = begun;
  if (begun.reason === 'not_trusted') {
    return showStopped(deps, ctx, { open, ...begun, peer, traceId: seen });
  }
  const reason = begun.reason === 'unavailable' ? 'unavailable' : 'suspended';
  showStopped(deps, ctx, { open, reason, peer, traceId: seen });
}

/** The same to the platform of this issuer, which only the federation may know. */
export async function beginAtIssuer(
  deps: InteractionDependencies,
  ctx: HttpContext,
  of: { open: OpenInteraction; issuer: string; traceId?: string },
): Promise<void> {
  const { open, issuer } = of;
  const { client, interaction } = open;
  const found = await deps.federation.peerOfIssuer(issuer, () => deps.maySearchTrust(ctx.ip));
  if (found.ok) return beginUpstream(deps, ctx, { ...of, peerId: found.peer.id });
  const given = of.traceId ?? readTraceId(interaction.params[TRACE_PARAMETER]);
  const traceId = given ?? newTraceId(deps);
  const { refusal } = found;
  const page = { open, peer: undefined, traceId };
  if (!refusal) return showStopped(deps, ctx, { ...page, reason: 'suspended' });
  const noted = { issuer, refusal, address: ctx.ip, traceId, clientId: client.clientId };
  await deps.federation.noteUntrusted(noted);
  showStopped(deps, ctx, { ...page, reason: 'not_trusted', refusal });
}

/** The platform that the client names by id or issuer, where nobody is signed in yet. */
export async function hintedPeer(
  { federation, maySearchTrust }: Pick<InteractionDependencies, 'federation' | 'maySearchTrust'>,
  open: OpenInteraction,
  address: string,
): Promise<{ peerId: string } | { issuer: string } | undefined> {
  const hint = textParam(open.interaction.params, IDP_HINT_PARAMETER);
  if (hint === undefined || open.interaction.session?.accountId !== undefined) return undefined;
  if (!servedKinds(open).includes('naturalPerson')) return undefined;
  const peerId = federation.offered.find(({ id }) => id === hint)?.id;
  if (peerId !== undefined) return { peerId };
  if (!isEntityId(hint)) return undefined;
  const found = await federation.peerOfIssuer(hint, () => maySearchTrust(address));
  // What neither an officer has registered nor the federation has a word on is no hint.
  return found.ok || found.refusal ? { issuer: hint } : undefined;
}

/** The province, for who comes from a page of ours that leads there. */
export function aimedProvince(
  { mode }: Pick<InteractionDependencies, 'mode'>,
  { aim }: OpenInteraction,
): string | undefined {
  return aim === 'sign_up' || aim === 'province' ? mode.activeProvince?.id : undefined;
}
