// The page on which the legal representative sets, changes or takes away the password by which the
// organisation signs in by itself.
import { z } from 'zod';
import { accountFrame, confirmOn } from '../../account/account-access.ts';
import type { Visitor } from '../../account/account-access.ts';
import type { Account } from '../../accounts/account.ts';
import { isPasswordOver } from '../../credentials/password-policy.ts';
import { secondFactorsOf } from '../../credentials/second-factor.ts';
import { powerfulVisitor } from '../../mandates/mandate-access.ts';
import { AppError } from '../../platform/errors.ts';
import type { HttpContext } from '../../platform/http/context.ts';
import { redirect } from '../../platform/http/redirect.ts';
import { defineRoute } from '../../platform/http/route.ts';
import type { Route } from '../../platform/http/route.ts';
import { entityHref, entityPasswordHref, entityPaths } from '../entity-paths.ts';
import type { LegalEntitiesPageDependencies } from '../legal-entities-access.ts';
import { entityQuery } from '../space/space-access.ts';
import type { EntityPasswordLocals } from './password.views.ts';
import { removeEntityPassword, representedBy, setEntityPassword } from './set-entity-password.ts';
import type { EntityPasswordDependencies, EntityPasswordOutcome } from './set-entity-password.ts';

const id = z.string().max(100).default('');
const body = z.object({
  entity: id,
  new_password: z.string().max(1000).default(''),
  end_factors: z.literal('yes').optional().catch(undefined),
});

export function entityPasswordRoutes(deps: LegalEntitiesPageDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: entityPaths.password,
      name: 'legal_entities.password_page',
      input: { query: entityQuery },
      async handle(ctx, { query: { entity: entityId } }) {
        const page = await passwordPage(deps, ctx, { does: 'reads', entityId });
        if (page) await showPassword(deps, ctx, { ...page, errors: [] });
      },
    }),
    defineRoute({
      method: 'POST',
      path: entityPaths.password,
      name: 'legal_entities.set_password',
      limiter: 'account',
      csrf: 'token',
      input: { body },
      async handle(ctx, { body: sent }) {
        const page = await passwordPage(deps, ctx, { does: 'sends', entityId: sent.entity });
        if (page) await set(deps, ctx, { page, sent });
      },
    }),
    defineRoute({
      method: 'POST',
      path: entityPaths.removePassword,
      name: 'legal_entities.remove_password',
      limiter: 'account',
      csrf: 'token',
      input: { body: z.object({ entity: id }) },
      async handle(ctx, { body: { entity: entityId } }) {
        const page = await passwordPage(deps, ctx, { does: 'sends', entityId });
        if (!page) return;
        const given = { person: page.visitor.account, entityId, address: ctx.ip };
        const outcome = await removeEntityPassword(dependencies(deps), given);
        const notice = outcome.ok ? 'removed' : 'meanwhile';
        await done(deps, ctx, { page, notice });
      },
    }),
  ];
}

function dependencies({
  visitors,
  legalEntities,
}: LegalEntitiesPageDependencies): EntityPasswordDependencies {
  const { credentials, ending, notices } = visitors;
  const { entitySignIns: signIns } = legalEntities;
  return { ...legalEntities, credentials, ending, notices, signIns };
}

interface PasswordPage {
  visitor: Visitor;
  entity: Account;
}

/** Who represents it, signed in strongly a moment ago; undefined when it has been answered what is due. */
async function passwordPage(
  deps: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  { does, entityId }: { does: 'reads' | 'sends'; entityId: string },
): Promise<PasswordPage | undefined> {
  const page = entityPasswordHref(entityId);
  if (does === 'sends') ctx.state.pageAddress = page;
  const from = entityHref(entityId);
  const visitor = await powerfulVisitor(deps, ctx, { does, page, from });
  if (!visitor) return undefined;
  const found = await representedBy(deps.legalEntities, { person: visitor.account, entityId });
  if (found) return { visitor, entity: found.entity };
  // Also said to an administrator, on the page that tells whose it is.
  redirect(ctx, entityHref(entityId));
  return undefined;
}

async function set(
  deps: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  { page, sent }: { page: PasswordPage; sent: z.output<typeof body> },
): Promise<void> {
  const { new_password: newPassword } = sent;
  if (newPassword === '') {
    const missing = { field: 'new-password', key: 'entity-password.problem.missing' } as const;
    return showPassword(deps, ctx, { ...page, errors: [missing] });
  }
  const outcome = await setEntityPassword(dependencies(deps), {
    person: page.visitor.account,
    entityId: page.entity.id,
    newPassword,
    endsFactors: sent.end_factors === 'yes',
    address: ctx.ip,
  });
  if (!outcome.ok) return refuse(deps, ctx, { page, outcome });
  await done(deps, ctx, { page, notice: outcome.isFirst ? 'set' : 'changed' });
}

async function refuse(
  deps: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  { page, outcome }: { page: PasswordPage; outcome: EntityPasswordOutcome & { ok: false } },
): Promise<void> {
  switch (outcome.reason) {
    case 'overloaded':
      throw new AppError('overloaded', { retryAfterSeconds: outcome.retryAfterSeconds });
    case 'password_unfit': {
      const errors = outcome.problems.map((problem) => ({
        field: 'new-password',
        key: `entity-password.problem.${problem}` as const,
      }));
      return showPassword(deps, ctx, { ...page, errors });
    }
    case 'changed_meanwhile':
    case 'not_entitled':
      return done(deps, ctx, { page, notice: 'meanwhile' });
    default:
      outcome satisfies never;
  }
}

async function done(
  deps: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  of: { page: PasswordPage; notice: 'set' | 'changed' | 'removed' | 'meanwhile' },
): Promise<void> {
  const { visitor, entity } = of.page;
  const notice = `account.notice.entity_password_${of.notice}` as const;
  await confirmOn(deps.visitors, ctx, { visitor, page: entityHref(entity.id), notice });
}

async function showPassword(
  { visitors, legalEntities }: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  of: PasswordPage & Pick<EntityPasswordLocals, 'errors'>,
): Promise<void> {
  const { visitor, entity, errors } = of;
  const { id: entityId, name = '', uscc = '' } = entity;
  const { credentials } = visitors;
  const [frame, password, { hasTotp, hasPasskey }] = await Promise.all([
    accountFrame(visitors, visitor),
    credentials.passwords.find(entityId),
    secondFactorsOf(credentials, entityId),
  ]);
  const isThere = password && !isPasswordOver(password, legalEntities.clock.now());
  const fields = { entity: entityId };
  ctx.render(
    'legal-entities/password',
    {
      ...frame,
      entityName: name,
      uscc,
      ...(isThere ? { changedAt: password.changedAt } : {}),
      hasFactors: hasTotp || hasPasskey,
      form: { action: entityPaths.password, fields },
      ...(isThere ? { removeForm: { action: entityPaths.removePassword, fields } } : {}),
      backHref: entityHref(entityId),
      errors,
    },
    { status: errors.length > 0 ? 422 : 200 },
  );
}
