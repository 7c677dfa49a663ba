// The consent page: who receives what for which purpose; sensitive items are allowed one by one.
import type { Grant } from 'oidc-provider';
import { z } from 'zod';
import { bothForms, formatConsentItem } from '../consent/consent-item.ts';
import type { ConsentItem } from '../consent/consent-item.ts';
import { sensitiveScopes } from '../oidc/claims/claims.ts';
import { clientOperator } from '../oidc/claims/client-name.ts';
import {
  addItems,
  askedClaims,
  liftRejections,
  rejectItems,
} from '../oidc/claims/requested-items.ts';
import type { ActingReference } from '../mandates/acting.ts';
import { CHOOSE_IDENTITY } from '../oidc/identity/identity-demand.ts';
import type { ChoiceResult } from '../oidc/identity/request-identity.ts';
import { AppError } from '../platform/errors.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute, repeated } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import type { ConsentItemView } from '../consent/consent.views.ts';
import { interactionParams, interactionPath, openInteraction } from './interaction-access.ts';
import type { OpenInteraction } from './interaction-access.ts';
import type { InteractionDependencies } from './interaction-deps.ts';
import { settle } from './interaction-result.ts';
import { textParam } from './sign-in-situation.ts';

const consentBody = z.object({ item: repeated(z.string().max(100), 50) });

export function consentRoutes(deps: InteractionDependencies): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/interaction/:uid/consent',
      name: 'interactions.consent',
      limiter: 'consent',
      csrf: 'token',
      input: { params: interactionParams, body: consentBody },
      async handle(ctx, { params, body }) {
        const open = await openInteraction(deps, ctx, params.uid);
        if (!open) return;
        if (open.interaction.prompt.name !== 'consent') {
          redirect(ctx, interactionPath(params.uid));
          return;
        }
        await accept(deps, ctx, { open, chosen: new Set(body.item) });
      },
    }),
  ];
}

export function showConsent(ctx: HttpContext, open: OpenInteraction): void {
  const path = interactionPath(open.interaction.uid);
  const items = wantedItems(open);
  const names = items.map(({ name }) => name);
  const { purposes } = open.client as { purposes?: Readonly<Record<string, string>> };
  const operator = clientOperator(open.client, ctx.state.locale);
  const stated = names.map((name) => purposes?.[name]).filter((text) => text !== undefined);
  const purpose = stated.length > 0 ? [...new Set(stated)].join('；') : undefined;
  ctx.render('consent/consent', {
    relyingParty: open.relyingParty,
    ...(operator === undefined ? {} : { operator }),
    ...(purpose === undefined ? {} : { purpose }),
    items: items.map(itemView).filter(({ name }, index) => {
      const isSaidElsewhere = name === 'openid' || name === 'offline_access';
      return !isSaidElsewhere && names.indexOf(name) === index;
    }),
    isOffline: names.includes('offline_access'),
    form: { action: `${path}/consent` },
    cancelForm: { action: `${path}/cancel` },
    errors: [],
  });
}

interface MissingDetails {
  missingOIDCScope?: string[];
  missingOIDCClaims?: string[];
  missingResourceScopes?: Record<string, string[]>;
}

/** Items the library found missing, or all that were asked for when the client forces the page. */
function wantedItems(open: OpenInteraction): ConsentItem[] {
  const details = open.interaction.prompt.details as MissingDetails;
  const asked = (textParam(open.interaction.params, 'scope') ?? '').split(' ').filter(Boolean);
  const isForced = open.interaction.prompt.reasons.includes('consent_prompt');
  const scopes = isForced ? asked : (details.missingOIDCScope ?? []);
  const claims = isForced
    ? askedClaims(textParam(open.interaction.params, 'claims') ?? '{}')
    : (details.missingOIDCClaims ?? []);
  const resources = Object.entries(details.missingResourceScopes ?? {});
  return [
    ...scopes.map((name) => ({ kind: 'scope' as const, name })),
    ...claims.map((name) => ({ kind: 'claim' as const, name })),
    ...resources.flatMap(([indicator, names]) =>
      names.map((name) => ({ kind: 'resource' as const, indicator, name })),
    ),
  ];
}

function itemView(item: ConsentItem): ConsentItemView {
  const { name } = item;
  const view = { name, isSensitive: isSensitive(item) };
  if (item.kind === 'claim') return { ...view, words: { key: `consent.claim.${name}` } };
  if (item.kind === 'scope') return view;
  const values = { resource: item.indicator, scope: name };
  return { ...view, words: { key: 'consent.resource', values } };
}

function isSensitive(item: ConsentItem): boolean {
  return item.kind !== 'resource' && sensitiveScopes.has(item.name);
}

async function accept(
  deps: InteractionDependencies,
  ctx: HttpContext,
  { open, chosen }: { open: OpenInteraction; chosen: ReadonlySet<string> },
): Promise<void> {
  const { interaction, client } = open;
  const { clientId } = client;
  const session = interaction.session;
  if (!session?.uid || !session.accountId) throw new AppError('interaction_expired');
  const { accountId } = session;
  const items = wantedItems(open);
  const isRefused = (item: ConsentItem) => isSensitive(item) && !chosen.has(item.name);
  const given = items.filter((item) => !isRefused(item));
  const allowed = given.map(formatConsentItem);
  const refused = items.filter(isRefused).flatMap(({ name }) => bothForms(name));
  const { deviceCode } = interaction as { deviceCode?: string };
  const grant = deviceCode
    ? await deviceGrant(deps, { deviceCode, clientId, accountId, acting: chosenFor(open) })
    : await slotGrant(deps, { sessionUid: session.uid, clientId, accountId });
  liftRejections(grant, new Set(given.map(({ name }) => name)));
  addItems(grant, allowed);
  rejectItems(grant, refused);
  const event = { actor: accountId, clientId, address: ctx.ip, result: 'done' as const };
  const details = { items: allowed.join(' ') };
  await deps.database.transaction(async (transaction) => {
    const decision = { accountId, clientId, basis: 'consent' as const, allowed, refused };
    await deps.consents.remember(decision, transaction);
    await deps.audit.record({ type: 'consent.given', ...event, details }, transaction);
  });
  if (refused.length > 0) {
    const exceptGrantId = grant.jti;
    await deps.revocation.revokeHolding({ accountId, clientId, items: refused, exceptGrantId });
  }
  const consent = { grantId: await grant.save() };
  await settle(deps, interaction, { consent });
  redirect(ctx, interaction.returnTo);
}

/** The grant of this client's slot in the session; both are begun here by the first consent. */
async function slotGrant(
  deps: InteractionDependencies,
  of: { sessionUid: string; clientId: string; accountId: string },
): Promise<Grant> {
  const proposal = { sid: deps.random.id(), grantId: deps.random.id(256) };
  const slot = await deps.sessions.claimSlot(of.sessionUid, of.clientId, proposal);
  if (!slot) throw new AppError('interaction_expired', { details: { reason: 'session_ended' } });
  return grantOf(deps, { jti: slot.grantId, accountId: of.accountId, clientId: of.clientId });
}

/** A device that is signed in from here has a grant of its own. */
async function deviceGrant(
  deps: InteractionDependencies,
  of: DeviceOwner & { deviceCode: string; acting: ActingReference | undefined },
): Promise<Grant> {
  const { deviceCode, acting, ...owner } = of;
  const jti = deps.grants.idForDevice(deviceCode, of.accountId, acting);
  return grantOf(deps, { jti, ...owner });
}

interface DeviceOwner {
  clientId: string;
  accountId: string;
}

/** For whom the person acts, as the page before has asked. */
function chosenFor({ interaction }: OpenInteraction): ActingReference | undefined {
  const { lastSubmission } = interaction as { lastSubmission?: Record<string, unknown> };
  return (lastSubmission?.[CHOOSE_IDENTITY] as ChoiceResult | undefined)?.reference;
}

/** The stored grant of this id, or a new one. */
async function grantOf(
  { provider }: InteractionDependencies,
  chosen: { jti: string; accountId: string; clientId: string },
): Promise<Grant> {
  const { Grant } = provider();
  return (await Grant.find(chosen.jti)) ?? new Grant(chosen);
}
