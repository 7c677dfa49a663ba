// The papers of an application, sent one by one; then consent, and all of it goes to staff. How far it
// is, and taking it back.
import { z } from 'zod';
import { accountFrame } from '../account/account-access.ts';
import type { Visitor } from '../account/account-access.ts';
import { mayAppoint } from '../mandates/mandate.ts';
import { caseStatusRoutes } from '../papers/case-status-pages.ts';
import {
  applicationField,
  confirming,
  handInFields,
  paperFilesRoutes,
} from '../papers/paper-files-pages.ts';
import type { PaperPlace } from '../papers/paper-files.ts';
import type { PaperFilesPages } from '../papers/paper-files-pages.ts';
import { presentPapers, presentStatus, sendingProblems } from '../papers/present-papers.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import {
  caseOf,
  giveUpApplication,
  placeOf,
  sendApplication,
  slotRules,
} from './apply-qualification.ts';
import type { QualificationSlot } from './intermediaries.ts';
import { applying, certificateView, ownApplication } from './intermediaries-access.ts';
import type { IntermediaryPageDependencies, OwnApplication } from './intermediaries-access.ts';
import type {
  QualificationPapersLocals,
  QualificationStatusLocals,
} from './intermediaries.views.ts';
import {
  applyHref,
  changeHref,
  intermediaryPaths,
  listHref,
  papersHref,
  statusHref,
} from './intermediary-paths.ts';

const sendBody = z.object({ application: applicationField, ...handInFields });
type SendBody = z.output<typeof sendBody>;

interface Applicant {
  person: Visitor;
  cause: OwnApplication;
}

export function qualificationPaperRoutes(deps: IntermediaryPageDependencies): Route[] {
  const pages: PaperFilesPages<Visitor, OwnApplication, QualificationSlot> = {
    name: 'intermediaries.review',
    limiter: 'verification',
    paths: { files: intermediaryPaths.papers, removeFile: intermediaryPaths.removeFile },
    papers: deps.intermediaries.papers,
    who: (ctx, does) => applying(deps, ctx, does),
    causeOf: (ctx, of) => toSend(deps, ctx, of),
    placeOf: (of) => ownPlace(deps, of),
    hrefOf: papersHref,
    show: (ctx, page) => showPapers(deps, ctx, page),
    confirm: confirming(deps.visitors),
  };
  return [
    ...paperFilesRoutes(pages),
    defineRoute({
      method: 'POST',
      path: intermediaryPaths.send,
      name: 'intermediaries.send',
      limiter: 'verification',
      csrf: 'token',
      input: { body: sendBody },
      async handle(ctx, { body }) {
        ctx.state.pageAddress = papersHref(body.application);
        const person = await applying(deps, ctx, 'sends');
        const { application } = body;
        const cause = person && (await toSend(deps, ctx, { person, application }));
        if (person && cause) await send(deps, ctx, { person, cause, body });
      },
    }),
    ...statusRoutes(deps),
  ];
}

function statusRoutes(deps: IntermediaryPageDependencies): Route[] {
  return caseStatusRoutes<Visitor, OwnApplication>({
    name: 'intermediaries.review',
    paths: { status: intermediaryPaths.status, withdraw: intermediaryPaths.withdraw },
    who: (ctx, does) => applying(deps, ctx, does),
    causeOf: (ctx, of) => ownApplication(deps, ctx, of),
    hrefOf: statusHref,
    show: (ctx, of) => showStatus(deps, ctx, of),
    takeBack: ({ person, cause: { of }, address }) =>
      giveUpApplication(deps.intermediaries, of, { personId: person.account.id, address }),
    nextHref: ({ of }) => listHref(of.entityId),
    confirm: confirming(deps.visitors),
  });
}

/** What cannot be sent leads to the page that tells why. */
async function toSend(
  deps: IntermediaryPageDependencies,
  ctx: HttpContext,
  of: { person: Visitor; application: string },
): Promise<OwnApplication | undefined> {
  const own = await ownApplication(deps, ctx, of);
  if (!own || own.of.state === 'draft') return own;
  const present = await caseOf(deps.intermediaries, own.of);
  if (present?.state === 'more_needed') return own;
  redirect(ctx, present ? statusHref(own.of.id) : listHref(own.of.entityId));
  return undefined;
}

/** Of an application that is not this person's: a place where nothing is. */
async function ownPlace(
  { intermediaries: { qualifications, mandates } }: IntermediaryPageDependencies,
  { person, application }: { person: Visitor; application: string },
): Promise<PaperPlace> {
  const of = await qualifications.find(application);
  const mandate = of && (await mandates.between(of.entityId, person.account.id));
  if (!of || !mandate || !mayAppoint(mandate)) return { ownerId: '' };
  return { ...placeOf(of), actor: person.account.id };
}

async function showPapers(
  deps: IntermediaryPageDependencies,
  ctx: HttpContext,
  page: Applicant & {
    errors: QualificationPapersLocals['errors'];
    status?: number;
    typed?: SendBody;
  },
): Promise<void> {
  const { person, cause, errors, status = 422, typed } = page;
  const { of, entity } = cause;
  const { papers } = deps.intermediaries;
  const asked = of.state === 'draft' ? undefined : await caseOf(deps.intermediaries, of);
  const fields = { application: of.id };
  ctx.render(
    'intermediaries/papers',
    {
      ...(await accountFrame(deps.visitors, person)),
      ...(await presentPapers(papers, {
        place: placeOf(of),
        rules: slotRules,
        asked,
        sent: typed,
        errors,
      })),
      form: { action: intermediaryPaths.send, fields },
      uploadForm: { action: intermediaryPaths.papers, fields },
      removeForm: { action: intermediaryPaths.removeFile, fields },
      entityName: entity.name ?? '',
      certificate: certificateView(of, ctx.state.locale),
      changeHref: changeHref(of.id),
      backHref: asked ? statusHref(of.id) : listHref(of.entityId),
    },
    { status: errors.length > 0 ? status : 200 },
  );
}

async function send(
  deps: IntermediaryPageDependencies,
  ctx: HttpContext,
  { person, cause, body }: Applicant & { body: SendBody },
): Promise<void> {
  const refuse = (page: { errors: QualificationPapersLocals['errors']; status?: number }) =>
    showPapers(deps, ctx, { person, cause, typed: body, ...page });
  if (!body.consent) {
    const key = 'intermediary.papers.consent_missing';
    return refuse({ errors: [{ field: 'consent', key }] });
  }
  const by = { person: person.account, remark: body.remark, address: ctx.ip };
  const sent = await sendApplication(deps.intermediaries, cause.of, by);
  if (!sent.ok && sent.reason === 'term_over') {
    const href = changeHref(cause.of.id);
    return refuse({ errors: [{ key: 'intermediary.papers.term_over', href }] });
  }
  if (!sent.ok) return refuse(sendingProblems(sent));
  const page = statusHref(cause.of.id);
  await confirming(deps.visitors)(ctx, { person, page, notice: 'account.notice.review_sent' });
}

async function showStatus(
  deps: IntermediaryPageDependencies,
  ctx: HttpContext,
  { person, cause, errors }: Applicant & { errors: QualificationStatusLocals['errors'] },
): Promise<void> {
  const { of, entity } = cause;
  const present = await caseOf(deps.intermediaries, of);
  if (!present)
    return redirect(ctx, of.state === 'draft' ? papersHref(of.id) : listHref(entity.id));
  ctx.render(
    'intermediaries/status',
    {
      ...(await accountFrame(deps.visitors, person)),
      ...presentStatus(present, {
        supplyHref: papersHref(of.id),
        withdrawForm: { action: intermediaryPaths.withdraw, fields: { application: of.id } },
        againHref: applyHref(entity.id),
      }),
      entityName: entity.name ?? '',
      certificate: certificateView(of, ctx.state.locale),
      listHref: listHref(entity.id),
      errors,
    },
    { status: errors.length > 0 ? 409 : 200 },
  );
}
