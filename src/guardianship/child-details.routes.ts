// A child whose document the registers cannot tell of: what stands on it, and when the child was born,
// for staff who look at papers.
import { z } from 'zod';
import { accountFrame } from '../account/account-access.ts';
import type { Visitor } from '../account/account-access.ts';
import { certificateTypeRule, isCertificateType } from '../accounts/certificate-types.ts';
import { countryChoices } from '../accounts/countries.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { RESIDENT_ID } from '../verification/identity-form.ts';
import { certificateGroups, personalTypes } from '../verification/review-slots.ts';
import { readChildForm } from './child-form.ts';
import { guardianReading, guardianSending, strongGuardian } from './guardianship-access.ts';
import type { GuardianshipPageDependencies } from './guardianship-access.ts';
import { childPaths, reviewFilesHref, reviewHref } from './guardianship-paths.ts';
import { CHILD_AGREEMENT } from './guardianship.ts';
import type { ChildDetailsLocals } from './guardianship.views.ts';

const typedText = z.string().max(200).default('');
const body = z.object({
  type: z.string().max(3).default(''),
  name: typedText,
  number: typedText,
  country: z.string().max(3).default(''),
  birth_date: z.string().max(10).default(''),
  relation: z.string().max(20).default(''),
});
type Typed = ChildDetailsLocals['typed'];
const NOTHING: Typed = {
  type: RESIDENT_ID,
  name: '',
  number: '',
  country: '',
  birthDate: '',
  relation: '',
};

export function childDetailsRoutes(deps: GuardianshipPageDependencies): Route[] {
  if (!deps.guardianship.review) return [];
  return [
    defineRoute({
      method: 'GET',
      path: childPaths.details,
      name: 'guardianship.details_page',
      async handle(ctx) {
        const at = { who: guardianReading, returnTo: childPaths.list };
        const visitor = await strongGuardian(deps, ctx, at);
        if (visitor) await showDetails(deps, ctx, { visitor, typed: NOTHING, errors: [] });
      },
    }),
    defineRoute({
      method: 'POST',
      path: childPaths.details,
      name: 'guardianship.details',
      limiter: 'verification',
      csrf: 'token',
      input: { body },
      async handle(ctx, { body: { birth_date: birthDate, ...typed } }) {
        const at = { who: guardianSending, returnTo: childPaths.list };
        const visitor = await strongGuardian(deps, ctx, at);
        if (visitor) await keep(deps, ctx, { visitor, typed: { ...typed, birthDate } });
      },
    }),
  ];
}

interface DetailsPage {
  visitor: Visitor;
  typed: Typed;
  errors: ChildDetailsLocals['errors'];
}

async function showDetails(
  { visitors, guardianship }: GuardianshipPageDependencies,
  ctx: HttpContext,
  { visitor, typed, errors }: DetailsPage,
): Promise<void> {
  const countries = countryChoices(ctx.state.locale);
  ctx.render(
    'guardianship/details',
    {
      ...(await accountFrame(visitors, visitor)),
      form: { action: childPaths.details },
      groups: certificateGroups,
      countries: countries.map(({ code, name }) => ({ value: code, label: name })),
      typed,
      backHref: guardianship.households ? childPaths.add : childPaths.list,
      errors,
    },
    { status: errors.length > 0 ? 422 : 200 },
  );
}

async function keep(
  deps: GuardianshipPageDependencies,
  ctx: HttpContext,
  { visitor, typed }: Omit<DetailsPage, 'errors'>,
): Promise<void> {
  const { guardianship } = deps;
  const { account: guardian } = visitor;
  const type = isCertificateType(typed.type) ? typed.type : RESIDENT_ID;
  const known = personalTypes.includes(type) ? type : RESIDENT_ID;
  // What is asked of passports only is not taken from others.
  const country = certificateTypeRule(known).needsCountry ? typed.country : '';
  const { version } = guardianship.agreements.current(CHILD_AGREEMENT);
  // The agreement follows with the papers.
  const agreed = { isAgreed: true, agreementVersion: version };
  const now = guardianship.clock.now();
  const form = readChildForm(
    { ...typed, type: known, country, ...agreed },
    { guardian, now, version },
  );
  if (!form.ok) return showDetails(deps, ctx, { visitor, typed, errors: form.errors });
  const { claim, birthDate, relation } = form.child;
  const { applications, review } = guardianship;
  const former = await applications.ofChild(guardian.id, claim.certificate);
  if (former && (await review?.isOpen(former))) return redirect(ctx, reviewHref(former.id));
  const answers = former?.answers ?? [];
  const content = { ...claim, birthDate, relation, answers };
  const kept = await applications.put(guardian.id, content, former);
  redirect(ctx, kept ? reviewFilesHref(kept.id) : childPaths.list);
}
