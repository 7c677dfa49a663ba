// The papers of an organisation for staff: sent one by one, removed as long as they were not handed
// in; then what it is, the agreement and the consent, and the form goes to staff.
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
import type { EntityApplication } from './entity-application-store.ts';
import { entityPaths, reviewFilesHref, reviewHref } from './entity-paths.ts';
import { registeredSubtypes } from './entity-register.ts';
import { ownApplication } from './entity-review-access.ts';
import type { EntityReviewDependencies } from './entity-review-access.ts';
import { entitySlots, isRequired } from './entity-review.ts';
import type { EntitySlot } from './entity-review.ts';
import {
  entityAgreement,
  personReading,
  personSending,
  registering,
} from './legal-entities-access.ts';
import type { EntityReviewFilesLocals, EntityReviewProblem } from './legal-entities.views.ts';

/** One file at a time: a slow line need not repeat what has arrived. */
const UPLOAD = { fileBytes: 10 * 1024 * 1024, files: 1 } as const;
const applicationId = z.string().max(100).default('');

const sendBody = z.object({
  application: applicationId,
  subtype: z.enum(registeredSubtypes).optional().catch(undefined),
  remark: z.string().max(1000).default(''),
  consent: z.literal('yes').optional().catch(undefined),
  agree: z.literal('yes').optional().catch(undefined),
  agreement_version: z.coerce.number().int().min(0).max(1e9).catch(0),
});
type SendBody = z.output<typeof sendBody>;

export function entityReviewFilesRoutes(deps: EntityReviewDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: entityPaths.reviewFiles,
      name: 'legal_entities.review_files_page',
      input: { query: z.object({ application: applicationId }) },
      async handle(ctx, { query }) {
        const visitor = await registering(deps, ctx, personReading);
        const application =
          visitor && (await toSend(deps, ctx, { visitor, id: query.application }));
        if (application) await showFiles(deps, ctx, { visitor, application, errors: [] });
      },
    }),
    uploadRoute(deps),
    defineRoute({
      method: 'POST',
      path: entityPaths.reviewRemoveFile,
      name: 'legal_entities.review_remove_file',
      limiter: 'verification',
      csrf: 'token',
      input: { body: z.object({ application: applicationId, file: z.string().max(50) }) },
      async handle(ctx, { body }) {
        const visitor = await registering(deps, ctx, personSending);
        if (visitor) await remove(deps, ctx, { visitor, ...body });
      },
    }),
    defineRoute({
      method: 'POST',
      path: entityPaths.reviewSend,
      name: 'legal_entities.review_send',
      limiter: 'verification',
      csrf: 'token',
      input: { body: sendBody },
      async handle(ctx, { body }) {
        ctx.state.pageAddress = reviewFilesHref(body.application);
        const visitor = await registering(deps, ctx, personSending);
        const application = visitor && (await toSend(deps, ctx, { visitor, id: body.application }));
        if (application) await send(deps, ctx, { visitor, application, body });
      },
    }),
  ];
}

function uploadRoute(deps: EntityReviewDependencies): Route {
  return defineRoute({
    method: 'POST',
    path: entityPaths.reviewFiles,
    name: 'legal_entities.review_upload',
    limiter: 'upload',
    csrf: 'token',
    input: {
      body: z.object({ application: applicationId, slot: z.enum(entitySlots) }),
      upload: UPLOAD,
    },
    admit: async (ctx) => (await registering(deps, ctx, personSending)) !== undefined,
    async handle(ctx, { body, upload }) {
      ctx.state.pageAddress = reviewFilesHref(body.application);
      const visitor = await registering(deps, ctx, personSending);
      const application = visitor && (await toSend(deps, ctx, { visitor, id: body.application }));
      if (application) await add(deps, ctx, { visitor, application, slot: body.slot, upload });
    },
  });
}

/** What cannot be sent leads to the page that tells why. */
async function toSend(
  deps: EntityReviewDependencies,
  ctx: HttpContext,
  of: { visitor: Visitor; id: string },
): Promise<EntityApplication | undefined> {
  const application = await ownApplication(deps, ctx, of);
  if (!application || deps.review.isOffered(application)) return application;
  const present = await deps.review.caseOf(application);
  if (present?.state === 'more_needed') return application;
  redirect(ctx, present ? reviewHref(application.id) : entityPaths.list);
  return undefined;
}

interface FilesPage {
  visitor: Visitor;
  application: EntityApplication;
  errors: EntityReviewFilesLocals['errors'];
  status?: number;
  typed?: SendBody;
}

async function showFiles(
  deps: EntityReviewDependencies,
  ctx: HttpContext,
  { visitor, application, errors, status = 422, typed }: FilesPage,
): Promise<void> {
  const [files, present] = await Promise.all([
    deps.review.filesOf(application),
    deps.review.caseOf(application),
  ]);
  const isSupply = present !== undefined;
  const { id, name, uscc } = application;
  const agreement = entityAgreement(deps);
  const { version } = agreement;
  const fields = { application: id };
  ctx.render(
    'legal-entities/review-files',
    {
      ...(await accountFrame(deps.visitors, visitor)),
      form: {
        action: entityPaths.reviewSend,
        fields: { ...fields, agreement_version: String(version) },
      },
      uploadForm: { action: entityPaths.reviewFiles, fields },
      removeForm: { action: entityPaths.reviewRemoveFile, fields },
      name,
      uscc,
      slots: entitySlots.map((slot) => ({
        slot,
        isRequired: isRequired(slot) && !isSupply,
        files: files
          .filter(({ shows }) => shows === slot)
          .map((file) => ({ id: file.id, pages: file.pages.length, addedAt: file.addedAt })),
      })),
      subtype: typed?.subtype ?? application.subtype ?? '',
      subtypes: registeredSubtypes,
      remark: typed?.remark ?? '',
      agreement: {
        title: agreement.texts[ctx.state.locale].title,
        href: agreementPath(agreement.name, version),
      },
      isTicked: typed?.agree === 'yes',
      keptDays: deps.review.keptDays,
      isSupply,
      backHref: isSupply ? reviewHref(id) : entityPaths.list,
      errors,
    },
    { status: errors.length > 0 ? status : 200 },
  );
}

async function add(
  deps: EntityReviewDependencies,
  ctx: HttpContext,
  of: { visitor: Visitor; application: EntityApplication; slot: EntitySlot; upload: Upload },
): Promise<void> {
  const { visitor, application, slot, upload } = of;
  const refuse = (key: EntityReviewProblem, status = 422) =>
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
  deps: EntityReviewDependencies,
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
  deps: EntityReviewDependencies,
  ctx: HttpContext,
  {
    visitor,
    application,
    body,
  }: { visitor: Visitor; application: EntityApplication; body: SendBody },
): Promise<void> {
  const refuse = (errors: FilesPage['errors'], status = 422) =>
    showFiles(deps, ctx, { visitor, application, errors, typed: body, status });
  const problems = formProblems(body, entityAgreement(deps).version);
  const { subtype, remark, agreement_version: version } = body;
  if (problems.length > 0 || !subtype) return refuse(problems);
  const agreement = { version, language: ctx.state.locale, address: ctx.ip };
  const sent = { subtype, remark, agreement };
  const outcome = await deps.review.send(visitor.account, application, sent);
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
    case 'tries_used_up':
      return refuse([{ key: 'verification-review.problem.tries_used_up' }], 429);
    case 'changed_meanwhile':
      return refuse([{ key: 'verification-review.problem.changed_meanwhile' }], 409);
  }
}

function formProblems(
  { subtype, consent, agree, agreement_version: version }: SendBody,
  current: number,
): FilesPage['errors'] {
  return [
    ...(subtype
      ? []
      : [{ field: 'subtype', key: 'legal-entities.review.subtype_missing' } as const]),
    ...(consent
      ? []
      : [{ field: 'consent', key: 'legal-entities.review.consent_missing' } as const]),
    ...(agree ? [] : [{ field: 'agree', key: 'agreement.not_ticked' } as const]),
    ...(version === current ? [] : [{ field: 'agree', key: 'agreement.changed' } as const]),
  ];
}
