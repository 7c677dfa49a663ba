// The papers of an organisation for staff: sent one by one, removed as long as they were not handed
// in; then what it is, the agreement and the consent, and the form goes to staff.
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
import type { EntityApplication } from './entity-application-store.ts';
import { entityPaths, reviewFilesHref, reviewHref } from './entity-paths.ts';
import { registeredSubtypes } from './entity-register.ts';
import { ownApplication, reviewing } from './entity-review-access.ts';
import type { EntityReviewDependencies } from './entity-review-access.ts';
import { placeOf, slotRules } from './entity-review.ts';
import type { EntitySlot } from './entity-review.ts';
import { entityAgreement } from './legal-entities-access.ts';
import type { EntityReviewFilesLocals } from './legal-entities.views.ts';

const sendBody = z.object({
  application: applicationField,
  subtype: z.enum(registeredSubtypes).optional().catch(undefined),
  ...handInFields,
  agree: z.literal('yes').optional().catch(undefined),
  agreement_version: z.coerce.number().int().min(0).max(1e9).catch(0),
});
type SendBody = z.output<typeof sendBody>;

export function entityReviewFilesRoutes(deps: EntityReviewDependencies): Route[] {
  const pages: PaperFilesPages<Visitor, EntityApplication, EntitySlot> = {
    name: 'legal_entities.review',
    limiter: 'verification',
    paths: { files: entityPaths.reviewFiles, removeFile: entityPaths.reviewRemoveFile },
    papers: deps.review.papers,
    who: (ctx, does) => reviewing(deps, ctx, does),
    causeOf: (ctx, of) => toSend(deps, ctx, of),
    placeOf: ({ person, application }) => placeOf({ personId: person.account.id, id: application }),
    hrefOf: reviewFilesHref,
    show: (ctx, page) => showFiles(deps, ctx, page),
    confirm: confirming(deps.visitors),
  };
  return [
    ...paperFilesRoutes(pages),
    defineRoute({
      method: 'POST',
      path: entityPaths.reviewSend,
      name: 'legal_entities.review_send',
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
  deps: EntityReviewDependencies,
  ctx: HttpContext,
  of: { person: Visitor; application: string },
): Promise<EntityApplication | undefined> {
  const application = await ownApplication(deps, ctx, { ...of, whenGone: 'over' });
  if (!application || deps.review.isOffered(application)) return application;
  const present = await deps.review.caseOf(application);
  if (present?.state === 'more_needed') return application;
  redirect(ctx, present ? reviewHref(application.id) : entityPaths.list);
  return undefined;
}

interface FilesPage {
  person: Visitor;
  cause: EntityApplication;
  errors: EntityReviewFilesLocals['errors'];
  status?: number;
  typed?: SendBody;
}

async function showFiles(
  deps: EntityReviewDependencies,
  ctx: HttpContext,
  { person, cause: application, errors, status = 422, typed }: FilesPage,
): Promise<void> {
  const asked = await deps.review.caseOf(application);
  const place = placeOf(application);
  const { id, name, uscc } = application;
  const agreement = entityAgreement(deps);
  const { version } = agreement;
  const fields = { application: id };
  ctx.render(
    'legal-entities/review-files',
    {
      ...(await accountFrame(deps.visitors, person)),
      form: {
        action: entityPaths.reviewSend,
        fields: { ...fields, agreement_version: String(version) },
      },
      uploadForm: { action: entityPaths.reviewFiles, fields },
      removeForm: { action: entityPaths.reviewRemoveFile, fields },
      name,
      uscc,
      ...(application.isHeld ? { isHeld: true } : {}),
      ...(await presentPapers(deps.review.papers, {
        place,
        rules: slotRules,
        asked,
        sent: typed,
        errors,
      })),
      subtype: typed?.subtype ?? application.subtype ?? '',
      subtypes: registeredSubtypes,
      agreement: {
        title: agreement.texts[ctx.state.locale].title,
        href: agreementPath(agreement.name, version),
      },
      isTicked: typed?.agree === 'yes',
      backHref: asked ? reviewHref(id) : entityPaths.list,
    },
    { status: errors.length > 0 ? status : 200 },
  );
}

async function send(
  deps: EntityReviewDependencies,
  ctx: HttpContext,
  { person, cause, body }: { person: Visitor; cause: EntityApplication; body: SendBody },
): Promise<void> {
  const refuse = (page: Pick<FilesPage, 'errors' | 'status'>) =>
    showFiles(deps, ctx, { person, cause, typed: body, ...page });
  const errors = formProblems(body, entityAgreement(deps).version);
  const { subtype, remark, agreement_version: version } = body;
  if (errors.length > 0 || !subtype) return refuse({ errors });
  const agreement = { version, language: ctx.state.locale, address: ctx.ip };
  const given = { subtype, remark, agreement };
  const sent = await deps.review.send(person.account, cause, given);
  if (!sent.ok) return refuse(sendingProblems(sent));
  const page = reviewHref(cause.id);
  await confirming(deps.visitors)(ctx, { person, page, notice: 'account.notice.review_sent' });
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
