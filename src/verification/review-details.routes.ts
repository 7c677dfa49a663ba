// What stands on the document that staff are to look at.
import { z } from 'zod';
import type { Visitor } from '../account/account-access.ts';
import { certificateTypeRule, isCertificateType } from '../accounts/certificate-types.ts';
import type { CertificateType } from '../accounts/certificate-types.ts';
import { countryChoices } from '../accounts/countries.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import type { FieldError } from '../platform/http/view-locals.ts';
import { ageAt, GUARDIAN_AGE } from '../accounts/age.ts';
import { readIdentityForm, tellsBirthDate } from './identity-form.ts';
import type { ManualReview } from './manual-review.ts';
import { personalTypes } from './review-slots.ts';
import {
  showUnfinished,
  verificationFrame,
  verificationPaths,
  verifyingReader,
  verifyingVisitor,
} from './verification-access.ts';
import type { VerificationPageDependencies } from './verification-access.ts';
import type { IdentityFormProblem } from './verification.views.ts';

interface DetailsDependencies extends VerificationPageDependencies {
  review: ManualReview;
}

const typedText = z.string().max(200).default('');

export function reviewDetailsRoutes(deps: DetailsDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: verificationPaths.reviewDetails,
      name: 'verification.review_details_page',
      input: { query: z.object({ type: z.string().max(3).default('') }) },
      async handle(ctx, { query }) {
        const visitor = await verifyingReader(deps, ctx, 'review');
        if (visitor) await openDetails(deps, ctx, { visitor, type: query.type });
      },
    }),
    defineRoute({
      method: 'POST',
      path: verificationPaths.reviewDetails,
      name: 'verification.review_details',
      limiter: 'verification',
      csrf: 'token',
      input: {
        body: z.object({
          type: z.string().max(3).refine(isPersonalType),
          name: typedText,
          number: typedText,
          country: z.string().max(3).default(''),
          birth_date: z.string().max(10).default(''),
        }),
      },
      async handle(ctx, { body }) {
        const visitor = await verifyingVisitor(deps, ctx, 'review');
        const { birth_date: birthDate, ...typed } = body;
        if (visitor) await keepDetails(deps, ctx, { visitor, typed: { ...typed, birthDate } });
      },
    }),
  ];
}

function isPersonalType(type: string): type is CertificateType {
  return isCertificateType(type) && personalTypes.includes(type);
}

async function openDetails(
  deps: DetailsDependencies,
  ctx: HttpContext,
  { visitor, type }: { visitor: Visitor; type: string },
): Promise<void> {
  const draft = await deps.review.draftOf(visitor.account.id);
  const chosen = type === '' ? draft?.type : type;
  if (chosen === undefined || !isPersonalType(chosen)) {
    return redirect(ctx, verificationPaths.certificates);
  }
  const isSame = draft?.type === chosen;
  const { name = '', number = '', country = '', birthDate = '' } = isSame ? draft : {};
  const typed = { type: chosen, name, number, country, birthDate };
  await showDetails(deps, ctx, { visitor, typed, errors: [] });
}

interface DetailsPage {
  visitor: Visitor;
  typed: {
    type: CertificateType;
    name: string;
    number: string;
    country: string;
    birthDate: string;
  };
  errors: readonly FieldError<IdentityFormProblem>[];
}

async function showDetails(
  deps: DetailsDependencies,
  ctx: HttpContext,
  { visitor, typed: { type, ...typed }, errors }: DetailsPage,
): Promise<void> {
  const choices = certificateTypeRule(type).needsCountry
    ? countryChoices(ctx.state.locale).map(({ code, name }) => ({ value: code, label: name }))
    : undefined;
  ctx.render(
    'verification/review-details',
    {
      ...(await verificationFrame(deps, ctx, visitor)),
      form: { action: verificationPaths.reviewDetails, fields: { type } },
      type,
      typed,
      ...(choices ? { countries: choices } : {}),
      asksBirthDate: !tellsBirthDate(type),
      errors,
    },
    { status: errors.length > 0 ? 422 : 200 },
  );
}

async function keepDetails(
  deps: DetailsDependencies,
  ctx: HttpContext,
  { visitor, typed }: Omit<DetailsPage, 'errors'>,
): Promise<void> {
  const now = deps.verification.clock.now();
  const form = readIdentityForm(typed, now);
  if (!form.ok) return showDetails(deps, ctx, { visitor, typed, errors: form.errors });
  const { claim, birthDate } = form;
  if (ageAt(birthDate, now) < GUARDIAN_AGE) {
    return showUnfinished(deps, ctx, { visitor, reason: 'minor' });
  }
  await deps.review.keepDraft(visitor.account.id, { claim, birthDate });
  redirect(ctx, verificationPaths.reviewFiles);
}
