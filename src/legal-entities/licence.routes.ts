// The page with the QR code of an electronic licence: begun by a form, looked at as often as the
// person likes, over after some minutes.
import { z } from 'zod';
import { accountFrame } from '../account/account-access.ts';
import type { Visitor } from '../account/account-access.ts';
import type { LicenceRequest } from '../entity-proofs/licence-request-store.ts';
import { presentedLicence } from '../entity-proofs/presented-licence.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { entityHref, entityPaths, licenceHref } from './entity-paths.ts';
import { leadOn, proving } from './entity-proof-access.ts';
import { personReading, personSending } from './legal-entities-access.ts';
import type { LegalEntitiesPageDependencies } from './legal-entities-access.ts';
import { beginLicence, presentLicence } from './present-licence.ts';
import type { LicenceRefusal, PresentLicenceDependencies } from './present-licence.ts';

const id = z.string().max(100).default('');

interface LicenceDependencies extends LegalEntitiesPageDependencies {
  presenting: PresentLicenceDependencies;
}

export function licenceRoutes(deps: LicenceDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: entityPaths.licence,
      name: 'legal_entities.licence_page',
      limiter: 'account',
      input: { query: z.object({ request: id, entity: id }) },
      async handle(ctx, { query }) {
        const { entity } = query;
        const page = licenceHref({ entityId: entity });
        const prover = await proving(deps, ctx, { who: personReading, entity, page });
        if (!prover) return;
        const { visitor } = prover;
        const request = await deps.presenting.licences.find(query.request, whoOf(visitor));
        const reason = query.request !== '' && !request ? 'over' : undefined;
        const of = { visitor, state: query.request, request, entityId: entity };
        await showPage(deps, ctx, { ...of, reason });
      },
    }),
    defineRoute({
      method: 'POST',
      path: entityPaths.licence,
      name: 'legal_entities.licence_begin',
      limiter: 'verification',
      csrf: 'token',
      input: { body: z.object({ entity: id }) },
      async handle(ctx, { body }) {
        const { entity } = body;
        const page = licenceHref({ entityId: entity });
        const prover = await proving(deps, ctx, { who: personSending, entity, page });
        if (prover) await begin(deps, ctx, { visitor: prover.visitor, entityId: entity });
      },
    }),
    defineRoute({
      method: 'POST',
      path: entityPaths.licenceCheck,
      name: 'legal_entities.licence_check',
      limiter: 'verification',
      csrf: 'token',
      input: { body: z.object({ request: id }) },
      async handle(ctx, { body: { request: state } }) {
        const page = licenceHref({ entityId: '' });
        const prover = await proving(deps, ctx, { who: personSending, entity: '', page });
        if (!prover) return;
        ctx.state.pageAddress = licenceHref({ state });
        const { visitor } = prover;
        const given = { by: whoOf(visitor), state, address: ctx.ip };
        const outcome = await presentLicence(deps.presenting, visitor.account, given);
        const reason = await leadOn(deps, ctx, { visitor, outcome });
        if (!reason) return;
        const request = await deps.presenting.licences.find(state, given.by);
        await showPage(deps, ctx, { visitor, state, request, reason });
      },
    }),
  ];
}

function whoOf({ account, session }: Visitor) {
  return { accountId: account.id, sid: session.sid };
}

async function begin(
  deps: LicenceDependencies,
  ctx: HttpContext,
  { visitor, entityId }: { visitor: Visitor; entityId: string },
): Promise<void> {
  const about = entityId === '' ? undefined : entityId;
  const given = { entityId: about, address: ctx.ip };
  const begun = await beginLicence(deps.presenting, whoOf(visitor), given);
  if (begun.ok) return redirect(ctx, licenceHref({ state: begun.state }));
  const nothing = { state: '', request: undefined };
  await showPage(deps, ctx, { visitor, ...nothing, entityId, reason: begun.reason });
}

const STATUS: Partial<Record<LicenceRefusal | 'tries_used_up', number>> = {
  waiting: 200,
  over: 410,
  tries_used_up: 429,
  platform_unavailable: 503,
  unavailable: 503,
};

async function showPage(
  { visitors, presenting: { licences } }: LicenceDependencies,
  ctx: HttpContext,
  page: {
    visitor: Visitor;
    state: string;
    request: LicenceRequest | undefined;
    entityId?: string | undefined;
    reason: LicenceRefusal | 'tries_used_up' | undefined;
  },
): Promise<void> {
  const { visitor, state, request, reason } = page;
  const entityId = request?.entityId ?? page.entityId ?? '';
  const action = entityPaths.licenceCheck;
  const key = reason && (`entity-proof.licence.problem.${reason}` as const);
  ctx.render(
    'legal-entities/licence',
    {
      ...(await accountFrame(visitors, visitor)),
      level: licences.cap,
      beginForm: { action: entityPaths.licence, fields: { entity: entityId } },
      ...(request ? { presenting: await presentedLicence(request, { action, state }) } : {}),
      isWaiting: reason === 'waiting',
      backHref: entityId === '' ? entityPaths.register : entityHref(entityId),
      errors: key && reason !== 'waiting' ? [{ key }] : [],
    },
    { status: reason ? (STATUS[reason] ?? 422) : 200 },
  );
}
