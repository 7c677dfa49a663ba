// Consent to a child's account taken back, with or without erasure, and given again.
import { z } from 'zod';
import { accountFrame, confirmOn } from '../account/account-access.ts';
import { maskName, maskNumber } from '../accounts/masking.ts';
import { agreementPath } from '../agreements/agreement-path.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { consentAgain, withdrawConsent } from './change-consent.ts';
import { childId } from './children.routes.ts';
import { childInCare, guardianReading, guardianSending } from './guardianship-access.ts';
import type { GuardianshipPageDependencies, InCare } from './guardianship-access.ts';
import { childHref, childPaths, hrefOf } from './guardianship-paths.ts';
import { CHILD_AGREEMENT } from './guardianship.ts';
import type { ConsentAgainLocals } from './guardianship.views.ts';
import { isStopped } from './ward.ts';

const agreeBody = z.object({
  child: childId,
  agree: z.literal('yes').optional().catch(undefined),
  agreement_version: z.coerce.number().int().min(0).max(1e9).catch(0),
});

export function childConsentRoutes(deps: GuardianshipPageDependencies): Route[] {
  return [
    ...endRoutes(deps, { path: childPaths.withdraw, name: 'withdraw' }),
    ...endRoutes(deps, { path: childPaths.erase, name: 'erase' }),
    defineRoute({
      method: 'GET',
      path: childPaths.consent,
      name: 'guardianship.consent_page',
      input: { query: z.object({ child: childId }) },
      async handle(ctx, { query }) {
        const found = await childInCare(deps, ctx, { who: guardianReading, childId: query.child });
        if (found) await showConsent(deps, ctx, { ...found, errors: [] });
      },
    }),
    defineRoute({
      method: 'POST',
      path: childPaths.consent,
      name: 'guardianship.consent',
      limiter: 'account',
      csrf: 'token',
      input: { body: agreeBody },
      async handle(ctx, { body }) {
        ctx.state.pageAddress = hrefOf(childPaths.consent, body.child);
        const found = await childInCare(deps, ctx, { who: guardianSending, childId: body.child });
        if (found) await agree(deps, ctx, { ...found, body });
      },
    }),
  ];
}

function endRoutes(
  deps: GuardianshipPageDependencies,
  { path, name }: { path: string; name: 'withdraw' | 'erase' },
): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path,
      name: `guardianship.${name}_page`,
      input: { query: z.object({ child: childId }) },
      async handle(ctx, { query }) {
        const found = await childInCare(deps, ctx, { who: guardianReading, childId: query.child });
        if (!found) return;
        const { visitor, ward, child } = found;
        if (name === 'erase' && isStopped(ward, child)) return redirect(ctx, childHref(child.id));
        ctx.render(`guardianship/${name}`, {
          ...(await accountFrame(deps.visitors, visitor)),
          maskedName: maskName(child.name ?? ''),
          maskedNumber: maskNumber(child.certificate?.number ?? '', 'signedIn'),
          hasOther: ward.guardians.length > 1,
          form: { action: path, fields: { child: child.id } },
          backHref: childHref(child.id),
        });
      },
    }),
    defineRoute({
      method: 'POST',
      path,
      name: `guardianship.${name}`,
      limiter: 'account',
      csrf: 'token',
      input: { body: z.object({ child: childId }) },
      async handle(ctx, { body }) {
        ctx.state.pageAddress = hrefOf(path, body.child);
        const found = await childInCare(deps, ctx, { who: guardianSending, childId: body.child });
        if (found) await end(deps, ctx, { ...found, isErasing: name === 'erase' });
      },
    }),
  ];
}

async function end(
  { guardianship, visitors }: GuardianshipPageDependencies,
  ctx: HttpContext,
  { visitor, ward, child, isErasing }: InCare & { isErasing: boolean },
): Promise<void> {
  const page = isErasing ? childPaths.list : childHref(ward.id);
  // Sent twice: the first has done it.
  if (ward.state === 'withdrawn' && !isErasing) return redirect(ctx, page);
  if (isErasing && isStopped(ward, child)) return redirect(ctx, childHref(ward.id));
  const by = { guardian: visitor.account, isErasing, address: ctx.ip };
  const outcome = await withdrawConsent(guardianship, ward, by);
  const done = isErasing ? 'account.notice.child_erased' : 'account.notice.child_withdrawn';
  const notice = outcome === 'done' ? done : 'account.notice.child_meanwhile';
  await confirmOn(visitors, ctx, { visitor, page, notice });
}

async function showConsent(
  { guardianship, visitors }: GuardianshipPageDependencies,
  ctx: HttpContext,
  { visitor, child, errors }: InCare & Pick<ConsentAgainLocals, 'errors'>,
): Promise<void> {
  const { version, texts } = guardianship.agreements.current(CHILD_AGREEMENT);
  const fields = { child: child.id, agreement_version: String(version) };
  const href = agreementPath(CHILD_AGREEMENT, version);
  ctx.render(
    'guardianship/consent',
    {
      ...(await accountFrame(visitors, visitor)),
      maskedName: maskName(child.name ?? ''),
      agreement: { title: texts[ctx.state.locale].title, href },
      isTicked: false,
      form: { action: childPaths.consent, fields },
      backHref: childHref(child.id),
      errors,
    },
    { status: errors.length > 0 ? 422 : 200 },
  );
}

async function agree(
  deps: GuardianshipPageDependencies,
  ctx: HttpContext,
  of: InCare & { body: z.output<typeof agreeBody> },
): Promise<void> {
  const { guardianship, visitors } = deps;
  const { visitor, ward, body } = of;
  const { version } = guardianship.agreements.current(CHILD_AGREEMENT);
  const problem = body.agree !== 'yes' ? 'agreement.not_ticked' : 'agreement.changed';
  if (body.agree !== 'yes' || body.agreement_version !== version) {
    return showConsent(deps, ctx, { ...of, errors: [{ field: 'agree', key: problem }] });
  }
  const agreement = { version, language: ctx.state.locale, address: ctx.ip };
  const by = { guardian: visitor.account, agreement };
  const outcome = await consentAgain(guardianship, ward, by);
  const notice =
    outcome === 'done' ? 'account.notice.child_consented' : 'account.notice.child_meanwhile';
  await confirmOn(visitors, ctx, { visitor, page: childHref(ward.id), notice });
}
