// The papers of a guardianship for staff: sent one by one, removed as long as they were not handed in;
// then the agreement and the consent, and all of it goes to staff.
import { z } from 'zod';
import { accountFrame } from '../account/account-access.ts';
import type { Visitor } from '../account/account-access.ts';
import { agreementPath } from '../agreements/agreement-path.ts';
import {
  applicationField,
  confirming,
  handInFields,
  paperFilesRoutes,
} from '../papers/paper-files-pages.ts';
import type { PaperFilesPages } from '../papers/paper-files-pages.ts';
import { presentPapers, sendingProblems } from '../papers/present-papers.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import type { ChildApplication } from './child-application-store.ts';
import { ownApplication, reviewing, reviewedChild } from './child-review-access.ts';
import type { ChildReviewPageDependencies } from './child-review-access.ts';
import { placeOf, slotRules } from './child-review.ts';
import type { ChildSlot } from './child-review.ts';
import { childPaths, reviewFilesHref, reviewHref } from './guardianship-paths.ts';
import { CHILD_AGREEMENT } from './guardianship.ts';
import type { ChildReviewFilesLocals } from './guardianship.views.ts';

const sendBody = z.object({
  application: applicationField,
  ...handInFields,
  agree: z.literal('yes').optional().catch(undefined),
  agreement_version: z.coerce.number().int().min(0).max(1e9).catch(0),
});
type SendBody = z.output<typeof sendBody>;

export function childReviewFilesRoutes(deps: ChildReviewPageDependencies): Route[] {
  const pages: PaperFilesPages<Visitor, ChildApplication, ChildSlot> = {
    name: 'guardianship.review',
    limiter: 'verification',
    paths: { files: childPaths.reviewFiles, removeFile: childPaths.reviewRemoveFile },
    papers: deps.review.papers,
    who: (ctx, does) => reviewing(deps, ctx, does),
    causeOf: (ctx, of) => toSend(deps, ctx, of),
    placeOf: ({ person, application }) =>
      placeOf({ guardianId: person.account.id, id: application }),
    hrefOf: reviewFilesHref,
    show: (ctx, page) => showFiles(deps, ctx, page),
    confirm: confirming(deps.visitors),
  };
  return [
    ...paperFilesRoutes(pages),
    defineRoute({
      method: 'POST',
      path: childPaths.reviewSend,
      name: 'guardianship.review_send',
      limiter: 'verification',
      csrf: 'token',
      input: { body: sendBody },
      async handle(ctx, { body }) {
        const person = await reviewing(deps, ctx, 'sends');
        if (!person) return;
        ctx.state.pageAddress = reviewFilesHref(body.application);
        const cause = await toSend(deps, ctx, { person, application: body.application });
        if (cause) await send(deps, ctx, { person, cause, body });
      },
    }),
  ];
}

/** What cannot be sent leads to the page that tells why. */
async function toSend(
  deps: ChildReviewPageDependencies,
  ctx: HttpContext,
  of: { person: Visitor; application: string },
): Promise<ChildApplication | undefined> {
  const application = await ownApplication(deps, ctx, { ...of, whenGone: 'over' });
  if (!application) return undefined;
  const present = await deps.review.caseOf(application);
  if (!present || present.state === 'more_needed') return application;
  redirect(ctx, reviewHref(application.id));
  return undefined;
}

interface FilesPage {
  person: Visitor;
  cause: ChildApplication;
  errors: ChildReviewFilesLocals['errors'];
  status?: number;
  typed?: SendBody;
}

async function showFiles(
  { review, visitors, guardianship }: ChildReviewPageDependencies,
  ctx: HttpContext,
  { person, cause: application, errors, status = 422, typed }: FilesPage,
): Promise<void> {
  const asked = await review.caseOf(application);
  const place = placeOf(application);
  const rules = slotRules(application);
  const { version, texts } = guardianship.agreements.current(CHILD_AGREEMENT);
  const fields = { application: application.id };
  ctx.render(
    'guardianship/review-files',
    {
      ...(await accountFrame(visitors, person)),
      form: {
        action: childPaths.reviewSend,
        fields: { ...fields, agreement_version: String(version) },
      },
      uploadForm: { action: childPaths.reviewFiles, fields },
      removeForm: { action: childPaths.reviewRemoveFile, fields },
      ...reviewedChild(application),
      ...(await presentPapers(review.papers, { place, rules, asked, sent: typed, errors })),
      agreement: {
        title: texts[ctx.state.locale].title,
        href: agreementPath(CHILD_AGREEMENT, version),
      },
      isTicked: typed?.agree === 'yes',
      backHref: asked ? reviewHref(application.id) : childPaths.list,
    },
    { status: errors.length > 0 ? status : 200 },
  );
}

async function send(
  deps: ChildReviewPageDependencies,
  ctx: HttpContext,
  { person, cause, body }: { person: Visitor; cause: ChildApplication; body: SendBody },
): Promise<void> {
  const refuse = (page: Pick<FilesPage, 'errors' | 'status'>) =>
    showFiles(deps, ctx, { person, cause, typed: body, ...page });
  const { version: current } = deps.guardianship.agreements.current(CHILD_AGREEMENT);
  const errors = formProblems(body, current);
  const { remark, agreement_version: version } = body;
  if (errors.length > 0) return refuse({ errors });
  const agreement = { version, language: ctx.state.locale, address: ctx.ip };
  const sent = await deps.review.send(person.account, cause, { remark, agreement });
  if (sent.ok) {
    const page = reviewHref(cause.id);
    return confirming(deps.visitors)(ctx, { person, page, notice: 'account.notice.review_sent' });
  }
  if (sent.reason !== 'family_missing') return refuse(sendingProblems(sent));
  const key = 'guardianship.review.family_missing';
  return refuse({ errors: [{ field: 'file-child_household', key }] });
}

function formProblems(
  { consent, agree, agreement_version: version }: SendBody,
  current: number,
): FilesPage['errors'] {
  return [
    ...(consent ? [] : [{ field: 'consent', key: 'guardianship.review.consent_missing' } as const]),
    ...(agree ? [] : [{ field: 'agree', key: 'agreement.not_ticked' } as const]),
    ...(version === current ? [] : [{ field: 'agree', key: 'agreement.changed' } as const]),
  ];
}
