// The page on which a legal representative registers an organisation: name and code, and what the
// register says to them.
import { z } from 'zod';
import { accountFrame } from '../account/account-access.ts';
import type { Visitor } from '../account/account-access.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { checkEntity } from './check-entity.ts';
import type { CheckEntityOutcome } from './check-entity.ts';
import { readEntityForm } from './entity-form.ts';
import { confirmHref, entityPaths, reviewHref } from './entity-paths.ts';
import {
  offeredReview,
  personReading,
  personSending,
  registering,
  showUnfinished,
} from './legal-entities-access.ts';
import type { LegalEntitiesPageDependencies } from './legal-entities-access.ts';
import type { RegisterEntityLocals } from './legal-entities.views.ts';

const typedText = z.string().max(300).default('');
const applicationId = z.string().max(100).default('');

export function registerEntityRoutes(deps: LegalEntitiesPageDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: entityPaths.register,
      name: 'legal_entities.register_page',
      async handle(ctx) {
        const visitor = await registering(deps, ctx, personReading);
        if (visitor) await showForm(deps, ctx, { visitor, name: '', uscc: '', errors: [] });
      },
    }),
    defineRoute({
      method: 'POST',
      path: entityPaths.register,
      name: 'legal_entities.register',
      limiter: 'verification',
      csrf: 'token',
      input: { body: z.object({ name: typedText, uscc: typedText }) },
      async handle(ctx, { body }) {
        const visitor = await registering(deps, ctx, personSending);
        if (!visitor) return;
        const form = readEntityForm(body);
        if (form.ok) await ask(deps, ctx, { visitor, entity: form.entity });
        else await showForm(deps, ctx, { visitor, ...body, errors: form.errors });
      },
    }),
    defineRoute({
      method: 'POST',
      path: entityPaths.retry,
      name: 'legal_entities.retry',
      limiter: 'verification',
      csrf: 'token',
      input: { body: z.object({ application: applicationId }) },
      async handle(ctx, { body }) {
        const visitor = await registering(deps, ctx, personSending);
        if (!visitor) return;
        const { applications } = deps.legalEntities;
        const entity = await applications.find(body.application, visitor.account.id);
        if (entity) await ask(deps, ctx, { visitor, entity });
        else await showUnfinished(deps, ctx, { visitor, reason: 'over' });
      },
    }),
  ];
}

interface EntityForm extends Pick<RegisterEntityLocals, 'name' | 'uscc' | 'reviewHref' | 'errors'> {
  visitor: Visitor;
}

async function showForm(
  { visitors, legalEntities: { certificates, licences, transfers } }: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  { visitor, ...of }: EntityForm,
): Promise<void> {
  const form = { action: entityPaths.register };
  ctx.render(
    'legal-entities/register',
    {
      ...(await accountFrame(visitors, visitor)),
      form,
      ...(certificates ? { certificateHref: entityPaths.certificate } : {}),
      ...(licences ? { licenceHref: entityPaths.licence } : {}),
      ...(transfers ? { transferHref: entityPaths.transfer } : {}),
      ...of,
    },
    { status: of.errors.length > 0 ? 422 : 200 },
  );
}

async function ask(
  deps: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  { visitor, entity }: { visitor: Visitor; entity: { name: string; uscc: string } },
): Promise<void> {
  const { name, uscc } = entity;
  const given = { entity: { name, uscc }, address: ctx.ip };
  const outcome = await checkEntity(deps.legalEntities, visitor.account, given);
  if (outcome.ok) return redirect(ctx, confirmHref(outcome.application.id));
  await refuse(deps, ctx, { visitor, entity, outcome });
}

async function refuse(
  deps: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  of: {
    visitor: Visitor;
    entity: { name: string; uscc: string };
    outcome: CheckEntityOutcome & { ok: false };
  },
): Promise<void> {
  const { visitor, entity, outcome } = of;
  const { reason } = outcome;
  switch (reason) {
    case 'unknown':
    case 'name_differs': {
      const [field, key] =
        reason === 'unknown'
          ? (['uscc', 'legal-entities.form.uscc_unknown'] as const)
          : (['name', 'legal-entities.form.name_differs'] as const);
      const offered = offeredReview(deps, outcome.application);
      await showForm(deps, ctx, { visitor, ...entity, ...offered, errors: [{ field, key }] });
      return;
    }
    case 'unavailable': {
      const { application } = outcome;
      const retryForm = { action: entityPaths.retry, fields: { application: application.id } };
      const offered = offeredReview(deps, application);
      await showUnfinished(deps, ctx, { visitor, reason, retryForm, ...offered });
      return;
    }
    case 'in_review':
      redirect(ctx, reviewHref(outcome.application.id));
      return;
    case 'not_representative': {
      const offered = offeredReview(deps, outcome.application);
      await showUnfinished(deps, ctx, { visitor, reason, ...offered });
      return;
    }
    case 'cancelled':
    case 'revoked':
    case 'tries_used_up':
      await showUnfinished(deps, ctx, { visitor, reason });
  }
}
