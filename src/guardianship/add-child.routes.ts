// The form on which a guardian adds a child, with the separate agreement for children's information.
import { z } from 'zod';
import { accountFrame, confirmOn } from '../account/account-access.ts';
import type { Visitor } from '../account/account-access.ts';
import { agreementPath } from '../agreements/agreement-path.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import type { FormTarget } from '../platform/http/view-locals.ts';
import { RESIDENT_ID } from '../verification/identity-form.ts';
import { addChild } from './add-child.ts';
import { readChildForm } from './child-form.ts';
import type { TypedChild } from './child-form.ts';
import {
  guardianReading,
  guardianSending,
  showUnfinished,
  strongGuardian,
} from './guardianship-access.ts';
import type { GuardianshipPageDependencies, Who } from './guardianship-access.ts';
import { childHref, childPaths, reviewFilesHref, reviewHref } from './guardianship-paths.ts';
import { CHILD_AGREEMENT } from './guardianship.ts';
import type { AddChildLocals } from './guardianship.views.ts';

const typedText = z.string().max(200).default('');
const body = z.object({
  name: typedText,
  number: typedText,
  relation: z.string().max(20).default(''),
  agree: z.literal('yes').optional().catch(undefined),
  agreement_version: z.coerce.number().int().min(0).max(1e9).catch(0),
});

const NOTHING: TypedChild = {
  type: RESIDENT_ID,
  country: '',
  name: '',
  number: '',
  birthDate: '',
  relation: '',
  isAgreed: false,
  agreementVersion: 0,
};

export function addChildRoutes(deps: GuardianshipPageDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: childPaths.add,
      name: 'guardianship.add_page',
      async handle(ctx) {
        const visitor = await adding(deps, ctx, guardianReading);
        if (visitor) await showForm(deps, ctx, { visitor, typed: NOTHING, errors: [] });
      },
    }),
    defineRoute({
      method: 'POST',
      path: childPaths.add,
      name: 'guardianship.add',
      limiter: 'verification',
      csrf: 'token',
      input: { body },
      async handle(ctx, { body: { agree, agreement_version, ...fields } }) {
        const visitor = await adding(deps, ctx, guardianSending);
        if (!visitor) return;
        const agreed = { isAgreed: agree === 'yes', agreementVersion: agreement_version };
        await add(deps, ctx, { visitor, typed: { ...NOTHING, ...fields, ...agreed } });
      },
    }),
    defineRoute({
      method: 'POST',
      path: childPaths.addAgain,
      name: 'guardianship.add_again',
      limiter: 'account',
      csrf: 'token',
      input: { body },
      async handle(ctx, { body: { agree, agreement_version: _, ...fields } }) {
        const visitor = await adding(deps, ctx, guardianSending);
        if (!visitor) return;
        ctx.state.pageAddress = childPaths.add;
        const typed = { ...NOTHING, ...fields, isAgreed: agree === 'yes' };
        await showForm(deps, ctx, { visitor, typed, errors: [] });
      },
    }),
  ];
}

/** Who may add; undefined when it has been answered what is due. */
async function adding(
  deps: GuardianshipPageDependencies,
  ctx: HttpContext,
  who: Who,
): Promise<Visitor | undefined> {
  if (deps.guardianship.households) {
    return strongGuardian(deps, ctx, { who, returnTo: childPaths.add });
  }
  const visitor = await who(deps, ctx);
  if (visitor) redirect(ctx, childPaths.list);
  return undefined;
}

interface AddPage {
  visitor: Visitor;
  typed: TypedChild;
  errors: AddChildLocals['errors'];
}

async function showForm(
  { visitors, guardianship }: GuardianshipPageDependencies,
  ctx: HttpContext,
  { visitor, typed, errors }: AddPage,
): Promise<void> {
  const { version, texts } = guardianship.agreements.current(CHILD_AGREEMENT);
  const { type, name, number, relation } = typed;
  ctx.render(
    'guardianship/add',
    {
      ...(await accountFrame(visitors, visitor)),
      form: { action: childPaths.add, fields: { agreement_version: String(version) } },
      typed: { type, name, number, relation },
      agreement: {
        title: texts[ctx.state.locale].title,
        href: agreementPath(CHILD_AGREEMENT, version),
      },
      isTicked: typed.isAgreed,
      ...(guardianship.review ? { detailsHref: childPaths.details } : {}),
      errors,
    },
    { status: errors.length > 0 ? 422 : 200 },
  );
}

async function add(
  deps: GuardianshipPageDependencies,
  ctx: HttpContext,
  { visitor, typed }: Omit<AddPage, 'errors'>,
): Promise<void> {
  const { guardianship, visitors } = deps;
  const { account: guardian } = visitor;
  const { version } = guardianship.agreements.current(CHILD_AGREEMENT);
  const now = guardianship.clock.now();
  const form = readChildForm(typed, { guardian, now, version });
  if (!form.ok) return showForm(deps, ctx, { visitor, typed, errors: form.errors });
  const under = await guardianship.applications.ofChild(guardian.id, form.child.claim.certificate);
  if (under && (await guardianship.review?.isOpen(under)))
    return redirect(ctx, reviewHref(under.id));
  const agreement = { version, language: ctx.state.locale, address: ctx.ip };
  const outcome = await addChild(guardianship, { guardian, child: form.child, agreement });
  if (outcome.ok) {
    const page = childHref(outcome.childId);
    if (!outcome.isNew) return redirect(ctx, page);
    return confirmOn(visitors, ctx, { visitor, page, notice: 'account.notice.child_added' });
  }
  const { reason, applicationId } = outcome;
  if (reason === 'agreement_changed') {
    const errors = [{ field: 'agree', key: 'agreement.changed' }] as const;
    return showForm(deps, ctx, { visitor, typed, errors });
  }
  const again = reason === 'tries_used_up' ? {} : { againForm: againForm(typed) };
  const papers =
    guardianship.review && applicationId !== undefined
      ? { reviewHref: reviewFilesHref(applicationId) }
      : {};
  await showUnfinished(deps, ctx, { visitor, reason, ...again, ...papers });
}

/** Back to the form as it was filled in. */
function againForm({ name, number, relation, agreementVersion }: TypedChild): FormTarget {
  const agreed = { agree: 'yes', agreement_version: String(agreementVersion) };
  return { action: childPaths.addAgain, fields: { name, number, relation, ...agreed } };
}
