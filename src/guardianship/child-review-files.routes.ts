// The papers of a guardianship for staff: sent one by one, removed as long as they were not handed in;
// then the agreement and the consent, and all of it goes to staff.
import { z } from 'zod';
import { accountFrame, confirmOn } from '../account/account-access.ts';
import type { Visitor } from '../account/account-access.ts';
import { agreementPath } from '../agreements/agreement-path.ts';
import { AppError } from '../platform/errors.ts';
import type { HttpContext } from '../platform/http/context.ts';
import type { Upload } from '../platform/http/multipart.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import type { ChildApplication } from './child-application-store.ts';
import { ownApplication, reviewing, reviewedChild } from './child-review-access.ts';
import type { ChildReviewPageDependencies } from './child-review-access.ts';
import { childSlots, isRequired } from './child-review.ts';
import type { ChildSlot } from './child-review.ts';
import { guardianReading, guardianSending } from './guardianship-access.ts';
import { childPaths, reviewFilesHref, reviewHref } from './guardianship-paths.ts';
import { CHILD_AGREEMENT } from './guardianship.ts';
import type { ChildReviewFilesLocals, ChildReviewProblem } from './guardianship.views.ts';

/** One file at a time: a slow line need not repeat what has arrived. */
const UPLOAD = { fileBytes: 10 * 1024 * 1024, files: 1 } as const;
const applicationId = z.string().max(100).default('');

const sendBody = z.object({
  application: applicationId,
  remark: z.string().max(1000).default(''),
  consent: z.literal('yes').optional().catch(undefined),
  agree: z.literal('yes').optional().catch(undefined),
  agreement_version: z.coerce.number().int().min(0).max(1e9).catch(0),
});
type SendBody = z.output<typeof sendBody>;

export function childReviewFilesRoutes(deps: ChildReviewPageDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: childPaths.reviewFiles,
      name: 'guardianship.review_files_page',
      input: { query: z.object({ application: applicationId }) },
      async handle(ctx, { query }) {
        const visitor = await reviewing(deps, ctx, guardianReading);
        const application =
          visitor && (await toSend(deps, ctx, { visitor, id: query.application }));
        if (application) await showFiles(deps, ctx, { visitor, application, errors: [] });
      },
    }),
    uploadRoute(deps),
    defineRoute({
      method: 'POST',
      path: childPaths.reviewRemoveFile,
      name: 'guardianship.review_remove_file',
      limiter: 'verification',
      csrf: 'token',
      input: { body: z.object({ application: applicationId, file: z.string().max(50) }) },
      async handle(ctx, { body }) {
        const visitor = await reviewing(deps, ctx, guardianSending);
        if (visitor) await remove(deps, ctx, { visitor, ...body });
      },
    }),
    defineRoute({
      method: 'POST',
      path: childPaths.reviewSend,
      name: 'guardianship.review_send',
      limiter: 'verification',
      csrf: 'token',
      input: { body: sendBody },
      async handle(ctx, { body }) {
        ctx.state.pageAddress = reviewFilesHref(body.application);
        const visitor = await reviewing(deps, ctx, guardianSending);
        const application = visitor && (await toSend(deps, ctx, { visitor, id: body.application }));
        if (application) await send(deps, ctx, { visitor, application, body });
      },
    }),
  ];
}

function uploadRoute(deps: ChildReviewPageDependencies): Route {
  return defineRoute({
    method: 'POST',
    path: childPaths.reviewFiles,
    name: 'guardianship.review_upload',
    limiter: 'upload',
    csrf: 'token',
    input: {
      body: z.object({ application: applicationId, slot: z.enum(childSlots) }),
      upload: UPLOAD,
    },
    admit: async (ctx) => (await reviewing(deps, ctx, guardianSending)) !== undefined,
    async handle(ctx, { body, upload }) {
      ctx.state.pageAddress = reviewFilesHref(body.application);
      const visitor = await reviewing(deps, ctx, guardianSending);
      const application = visitor && (await toSend(deps, ctx, { visitor, id: body.application }));
      if (application) await add(deps, ctx, { visitor, application, slot: body.slot, upload });
    },
  });
}

/** What cannot be sent leads to the page that tells why. */
async function toSend(
  deps: ChildReviewPageDependencies,
  ctx: HttpContext,
  of: { visitor: Visitor; id: string },
): Promise<ChildApplication | undefined> {
  const application = await ownApplication(deps, ctx, of);
  if (!application) return undefined;
  const present = await deps.review.caseOf(application);
  if (!present || present.state === 'more_needed') return application;
  redirect(ctx, reviewHref(application.id));
  return undefined;
}

interface FilesPage {
  visitor: Visitor;
  application: ChildApplication;
  errors: ChildReviewFilesLocals['errors'];
  status?: number;
  typed?: SendBody;
}

async function showFiles(
  deps: ChildReviewPageDependencies,
  ctx: HttpContext,
  { visitor, application, errors, status = 422, typed }: FilesPage,
): Promise<void> {
  const [files, present] = await Promise.all([
    deps.review.filesOf(application),
    deps.review.caseOf(application),
  ]);
  const isSupply = present !== undefined;
  const { id } = application;
  const { version, texts } = deps.guardianship.agreements.current(CHILD_AGREEMENT);
  const fields = { application: id };
  ctx.render(
    'guardianship/review-files',
    {
      ...(await accountFrame(deps.visitors, visitor)),
      form: {
        action: childPaths.reviewSend,
        fields: { ...fields, agreement_version: String(version) },
      },
      uploadForm: { action: childPaths.reviewFiles, fields },
      removeForm: { action: childPaths.reviewRemoveFile, fields },
      ...reviewedChild(application),
      slots: childSlots.map((slot) => ({
        slot,
        isRequired: isRequired(slot, application) && !isSupply,
        files: files
          .filter(({ shows }) => shows === slot)
          .map((file) => ({ id: file.id, pages: file.pages.length, addedAt: file.addedAt })),
      })),
      remark: typed?.remark ?? '',
      agreement: {
        title: texts[ctx.state.locale].title,
        href: agreementPath(CHILD_AGREEMENT, version),
      },
      isTicked: typed?.agree === 'yes',
      keptDays: deps.review.keptDays,
      isSupply,
      backHref: isSupply ? reviewHref(id) : childPaths.list,
      errors,
    },
    { status: errors.length > 0 ? status : 200 },
  );
}

async function add(
  deps: ChildReviewPageDependencies,
  ctx: HttpContext,
  of: { visitor: Visitor; application: ChildApplication; slot: ChildSlot; upload: Upload },
): Promise<void> {
  const { visitor, application, slot, upload } = of;
  const refuse = (key: ChildReviewProblem, status = 422) =>
    showFiles(deps, ctx, {
      visitor,
      application,
      status,
      errors: [{ field: `file-${slot}`, key }],
    });
  if (upload.isTooLarge) return refuse('verification-review.problem.too_large', 413);
  const [file] = upload.files;
  if (!file) return refuse('verification-review.problem.no_file');
  const added = await deps.review.addFile(application, { slot, address: ctx.ip }, file.bytes);
  if (!added.ok) return refuse(`verification-review.problem.${added.reason}`);
  const page = reviewFilesHref(application.id);
  await confirmOn(deps.visitors, ctx, { visitor, page, notice: 'account.notice.file_added' });
}

async function remove(
  deps: ChildReviewPageDependencies,
  ctx: HttpContext,
  { visitor, application, file }: { visitor: Visitor; application: string; file: string },
): Promise<void> {
  // Another's is as unknown as one that never was.
  const isRemoved = await deps.review.removeFile(file, visitor.account.id);
  if (!isRemoved) throw new AppError('not_found', { details: { what: 'evidence file' } });
  const page = reviewFilesHref(application);
  await confirmOn(deps.visitors, ctx, { visitor, page, notice: 'account.notice.file_removed' });
}

async function send(
  deps: ChildReviewPageDependencies,
  ctx: HttpContext,
  {
    visitor,
    application,
    body,
  }: { visitor: Visitor; application: ChildApplication; body: SendBody },
): Promise<void> {
  const refuse = (errors: FilesPage['errors'], status = 422) =>
    showFiles(deps, ctx, { visitor, application, errors, typed: body, status });
  const { version: current } = deps.guardianship.agreements.current(CHILD_AGREEMENT);
  const problems = formProblems(body, current);
  const { remark, agreement_version: version } = body;
  if (problems.length > 0) return refuse(problems);
  const agreement = { version, language: ctx.state.locale, address: ctx.ip };
  const outcome = await deps.review.send(visitor.account, application, { remark, agreement });
  if (outcome.ok) {
    const page = reviewHref(application.id);
    return confirmOn(deps.visitors, ctx, { visitor, page, notice: 'account.notice.review_sent' });
  }
  switch (outcome.reason) {
    case 'files_missing':
      return refuse(
        outcome.slots.map((slot) => ({
          field: `file-${slot}`,
          key: `verification-review.problem.missing.${slot}` as const,
        })),
      );
    case 'family_missing':
      return refuse([{ field: 'file-child_household', key: 'guardianship.review.family_missing' }]);
    case 'tries_used_up':
      return refuse([{ key: 'verification-review.problem.tries_used_up' }], 429);
    case 'changed_meanwhile':
      return refuse([{ key: 'verification-review.problem.changed_meanwhile' }], 409);
  }
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
