// Inviting a second guardian, taking the invitation back, and accepting one with its code.
import { z } from 'zod';
import { accountFrame, confirmOn } from '../account/account-access.ts';
import type { Visitor } from '../account/account-access.ts';
import { maskName } from '../accounts/masking.ts';
import { agreementPath } from '../agreements/agreement-path.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { childId } from './children.routes.ts';
import {
  childInCare,
  guardianReading,
  guardianSending,
  showUnfinished,
  strongGuardian,
} from './guardianship-access.ts';
import type { GuardianshipPageDependencies, InCare } from './guardianship-access.ts';
import { childHref, childPaths } from './guardianship-paths.ts';
import { CHILD_AGREEMENT } from './guardianship.ts';
import type { JoinChildLocals } from './guardianship.views.ts';
import {
  inviteGuardian,
  isAgreementCurrent,
  joinByInvitation,
  revokeInvitation,
} from './invite-guardian.ts';
import { relations } from './ward.ts';

const joinBody = z.object({
  code: z.string().max(50).default(''),
  relation: z.enum(relations).optional().catch(undefined),
  agree: z.literal('yes').optional().catch(undefined),
  agreement_version: z.coerce.number().int().min(0).max(1e9).catch(0),
});
type JoinBody = z.output<typeof joinBody>;

export function inviteRoutes(deps: GuardianshipPageDependencies): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: childPaths.invite,
      name: 'guardianship.invite',
      limiter: 'account',
      csrf: 'token',
      input: { body: z.object({ child: childId }) },
      async handle(ctx, { body }) {
        ctx.state.pageAddress = childHref(body.child);
        const found = await childInCare(deps, ctx, { who: guardianSending, childId: body.child });
        if (found) await invite(deps, ctx, found);
      },
    }),
    defineRoute({
      method: 'POST',
      path: childPaths.revoke,
      name: 'guardianship.revoke_invitation',
      limiter: 'account',
      csrf: 'token',
      input: { body: z.object({ child: childId }) },
      async handle(ctx, { body }) {
        ctx.state.pageAddress = childHref(body.child);
        const found = await childInCare(deps, ctx, { who: guardianSending, childId: body.child });
        if (found) await revoke(deps, ctx, found);
      },
    }),
    ...joinRoutes(deps),
  ];
}

function joinRoutes(deps: GuardianshipPageDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: childPaths.join,
      name: 'guardianship.join_page',
      async handle(ctx) {
        const at = { who: guardianReading, returnTo: childPaths.join };
        const visitor = await strongGuardian(deps, ctx, at);
        if (visitor) await showJoin(deps, ctx, { visitor, relation: '', errors: [] });
      },
    }),
    defineRoute({
      method: 'POST',
      path: childPaths.join,
      name: 'guardianship.join',
      limiter: 'verification',
      csrf: 'token',
      input: { body: joinBody },
      async handle(ctx, { body }) {
        const at = { who: guardianSending, returnTo: childPaths.join };
        const visitor = await strongGuardian(deps, ctx, at);
        if (visitor) await join(deps, ctx, { visitor, body });
      },
    }),
  ];
}

async function invite(
  { guardianship, visitors }: GuardianshipPageDependencies,
  ctx: HttpContext,
  { visitor, ward, child }: InCare,
): Promise<void> {
  const by = { guardianId: visitor.account.id, address: ctx.ip };
  const outcome = await inviteGuardian(guardianship, ward, by);
  const page = childHref(child.id);
  if (!outcome.ok) {
    return confirmOn(visitors, ctx, { visitor, page, notice: 'account.notice.child_meanwhile' });
  }
  const { code, expiresAt } = outcome;
  // Shown this once: it is kept as a hash.
  ctx.render('guardianship/invite', {
    ...(await accountFrame(visitors, visitor)),
    maskedName: maskName(child.name ?? ''),
    code,
    expiresAt,
    backHref: page,
  });
}

async function revoke(
  { guardianship, visitors }: GuardianshipPageDependencies,
  ctx: HttpContext,
  { visitor, ward, child }: InCare,
): Promise<void> {
  const by = { guardianId: visitor.account.id, address: ctx.ip };
  const isDone = await revokeInvitation(guardianship, ward, by);
  const notice = isDone ? 'account.notice.invitation_withdrawn' : 'account.notice.invitation_gone';
  await confirmOn(visitors, ctx, { visitor, page: childHref(child.id), notice });
}

interface JoinPage {
  visitor: Visitor;
  relation: string;
  errors: JoinChildLocals['errors'];
}

async function showJoin(
  { guardianship, visitors }: GuardianshipPageDependencies,
  ctx: HttpContext,
  { visitor, relation, errors }: JoinPage,
): Promise<void> {
  const { version, texts } = guardianship.agreements.current(CHILD_AGREEMENT);
  ctx.render(
    'guardianship/join',
    {
      ...(await accountFrame(visitors, visitor)),
      form: { action: childPaths.join, fields: { agreement_version: String(version) } },
      relation,
      agreement: {
        title: texts[ctx.state.locale].title,
        href: agreementPath(CHILD_AGREEMENT, version),
      },
      isTicked: false,
      errors,
    },
    { status: errors.length > 0 ? 422 : 200 },
  );
}

async function join(
  deps: GuardianshipPageDependencies,
  ctx: HttpContext,
  { visitor, body }: { visitor: Visitor; body: JoinBody },
): Promise<void> {
  const { guardianship, visitors } = deps;
  const { code, relation, agreement_version: version } = body;
  const isCurrent = isAgreementCurrent(guardianship, version);
  const errors = problemsOf(body, isCurrent);
  const again = { visitor, relation: relation ?? '' };
  if (errors.length > 0 || !relation) return showJoin(deps, ctx, { ...again, errors });
  const agreement = { version, language: ctx.state.locale, address: ctx.ip };
  const joining = { guardian: visitor.account, agreement, code, relation };
  const outcome = await joinByInvitation(guardianship, joining);
  if (outcome.ok) {
    const page = childHref(outcome.childId);
    return confirmOn(visitors, ctx, { visitor, page, notice: 'account.notice.child_joined' });
  }
  const { reason } = outcome;
  if (reason === 'code_wrong') {
    const wrong = [{ field: 'code', key: 'guardianship.join.code_wrong' }] as const;
    return showJoin(deps, ctx, { ...again, errors: wrong });
  }
  const back = reason === 'tries_used_up' ? {} : { againHref: childPaths.join };
  await showUnfinished(deps, ctx, { visitor, reason, ...back });
}

function problemsOf({ code, relation, agree }: JoinBody, isCurrent: boolean): JoinPage['errors'] {
  return [
    ...(code.trim() === ''
      ? [{ field: 'code', key: 'guardianship.join.code_missing' } as const]
      : []),
    ...(relation
      ? []
      : [{ field: 'relation', key: 'guardianship.form.relation_missing' } as const]),
    ...(agree ? [] : [{ field: 'agree', key: 'agreement.not_ticked' } as const]),
    ...(agree && !isCurrent ? [{ field: 'agree', key: 'agreement.changed' } as const] : []),
  ];
}
