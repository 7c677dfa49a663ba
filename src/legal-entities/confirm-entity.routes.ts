// The end of a registration of an organisation: what the register said, the agreement, the account.
import { z } from 'zod';
import { accountFrame, confirmOn } from '../account/account-access.ts';
import type { Visitor } from '../account/account-access.ts';
import { agreementPath } from '../agreements/agreement-path.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import type { EntityApplication } from './entity-application-store.ts';
import { confirmHref, entityHref, entityPaths } from './entity-paths.ts';
import {
  entityAgreement,
  offeredReview,
  personReading,
  personSending,
  registering,
  showUnfinished,
} from './legal-entities-access.ts';
import type { LegalEntitiesPageDependencies } from './legal-entities-access.ts';
import type { ConfirmEntityLocals } from './legal-entities.views.ts';
import { registerEntity } from './register-entity.ts';
import type { RegisterEntityOutcome } from './register-entity.ts';

const applicationId = z.string().max(100).default('');

const confirmBody = z.object({
  application: applicationId,
  agree: z.literal('yes').optional().catch(undefined),
  agreement_version: z.coerce.number().int().min(0).max(1e9).catch(0),
});
type ConfirmBody = z.output<typeof confirmBody>;

export function confirmEntityRoutes(deps: LegalEntitiesPageDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: entityPaths.confirm,
      name: 'legal_entities.confirm_page',
      input: { query: z.object({ application: applicationId }) },
      async handle(ctx, { query }) {
        const visitor = await registering(deps, ctx, personReading);
        const application =
          visitor && (await confirmed(deps, ctx, { visitor, id: query.application }));
        if (application) await showConfirm(deps, ctx, { visitor, application, errors: [] });
      },
    }),
    defineRoute({
      method: 'POST',
      path: entityPaths.confirm,
      name: 'legal_entities.confirm',
      limiter: 'verification',
      csrf: 'token',
      input: { body: confirmBody },
      async handle(ctx, { body }) {
        ctx.state.pageAddress = confirmHref(body.application);
        const visitor = await registering(deps, ctx, personSending);
        const application =
          visitor && (await confirmed(deps, ctx, { visitor, id: body.application }));
        if (application) await finish(deps, ctx, { visitor, application, body });
      },
    }),
  ];
}

type Confirmed = EntityApplication & { confirmed: NonNullable<EntityApplication['confirmed']> };

async function confirmed(
  deps: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  { visitor, id }: { visitor: Visitor; id: string },
): Promise<Confirmed | undefined> {
  const application = await deps.legalEntities.applications.find(id, visitor.account.id);
  if (application?.confirmed && application.stage === 'confirmed') {
    return { ...application, confirmed: application.confirmed };
  }
  await showUnfinished(deps, ctx, { visitor, reason: 'over' });
  return undefined;
}

async function showConfirm(
  deps: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  page: {
    visitor: Visitor;
    application: Confirmed;
    errors: ConfirmEntityLocals['errors'];
    isTicked?: boolean;
  },
): Promise<void> {
  const { visitor, application, errors, isTicked = false } = page;
  const agreement = entityAgreement(deps);
  const { id, name, uscc, confirmed } = application;
  const { version } = agreement;
  const fields = { application: id, agreement_version: String(version) };
  ctx.render(
    'legal-entities/confirm',
    {
      ...(await accountFrame(deps.visitors, visitor)),
      name,
      uscc,
      subtype: confirmed.subtype,
      role: application.proof?.role ?? 'legalRepresentative',
      ...(application.proof ? { shownBy: application.proof.source } : {}),
      agreement: {
        title: agreement.texts[ctx.state.locale].title,
        href: agreementPath(agreement.name, version),
      },
      isTicked,
      form: { action: entityPaths.confirm, fields },
      errors,
    },
    { status: errors.length > 0 ? 422 : 200 },
  );
}

async function finish(
  deps: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  of: { visitor: Visitor; application: Confirmed; body: ConfirmBody },
): Promise<void> {
  const { visitor, application, body } = of;
  const { legalEntities } = deps;
  const { register } = legalEntities;
  if (!register) return redirect(ctx, entityPaths.list);
  const isAgreed = body.agree === 'yes';
  const outcome = await registerEntity(
    { ...legalEntities, register },
    {
      person: visitor.account,
      application,
      agreement: {
        isAgreed,
        version: body.agreement_version,
        language: ctx.state.locale,
        address: ctx.ip,
      },
    },
  );
  await answer(deps, ctx, { visitor, application, outcome, isTicked: isAgreed });
}

async function answer(
  deps: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  of: {
    visitor: Visitor;
    application: Confirmed;
    outcome: RegisterEntityOutcome;
    isTicked: boolean;
  },
): Promise<void> {
  const { visitor, application, outcome, isTicked } = of;
  if (outcome.ok) {
    const page = entityHref(outcome.entityId);
    await confirmOn(deps.visitors, ctx, {
      visitor,
      page,
      notice: 'account.notice.entity_registered',
    });
    return;
  }
  switch (outcome.reason) {
    case 'not_ticked':
    case 'agreement_changed': {
      const key = outcome.reason === 'not_ticked' ? 'not_ticked' : 'changed';
      const errors = [{ field: 'agree', key: `agreement.${key}` }] as const;
      await showConfirm(deps, ctx, { visitor, application, errors, isTicked });
      return;
    }
    case 'changed_meanwhile':
      // Sent twice: the list has what the first has made.
      redirect(ctx, entityPaths.list);
      return;
    case 'unavailable': {
      const retryForm = { action: entityPaths.retry, fields: { application: application.id } };
      await showUnfinished(deps, ctx, { visitor, reason: 'unavailable', retryForm });
      return;
    }
    case 'has_others':
      await showUnfinished(deps, ctx, { visitor, reason: 'has_others' });
      return;
    case 'not_completed': {
      const { applications } = deps.legalEntities;
      const left = await applications.ofCode(visitor.account.id, application.uscc);
      const offered = offeredReview(deps, left);
      await showUnfinished(deps, ctx, { visitor, reason: 'not_completed', ...offered });
    }
  }
}
