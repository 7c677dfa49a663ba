// The letter of authority of a request: as it may be printed and signed, its upload, and the form with
// which it goes to staff. How far it is stands on the page of the request.
import { z } from 'zod';
import { accountFrame } from '../../account/account-access.ts';
import type { Visitor } from '../../account/account-access.ts';
import { maskNumber } from '../../accounts/masking.ts';
import { personReading, personSending } from '../../legal-entities/legal-entities-access.ts';
import type { LegalEntitiesPageDependencies } from '../../legal-entities/legal-entities-access.ts';
import {
  applicationField,
  confirming,
  handInFields,
  paperFilesRoutes,
} from '../../papers/paper-files-pages.ts';
import { presentPapers, sendingProblems } from '../../papers/present-papers.ts';
import type { HttpContext } from '../../platform/http/context.ts';
import { redirect } from '../../platform/http/redirect.ts';
import { defineRoute } from '../../platform/http/route.ts';
import type { Route } from '../../platform/http/route.ts';
import { letterHref, letterPaperHref, mandatePaths, requestHref } from '../mandate-paths.ts';
import type { HandlerRequest } from './handler-request.ts';
import { letterPlace, letterSlotRules } from './letter-review.ts';
import type { LetterReview, LetterSlot, SendLetterRefusal } from './letter-review.ts';
import { presentRequest } from './present-request.ts';
import { ownRequest } from './request-access.ts';
import type { LetterPapersLocals } from './requests.views.ts';

const sendBody = z.object({ application: applicationField, ...handInFields });
type SendBody = z.output<typeof sendBody>;

interface LetterPageDependencies extends LegalEntitiesPageDependencies {
  review: LetterReview;
}

interface Applicant {
  person: Visitor;
  cause: HandlerRequest;
}

export function letterRoutes(deps: LegalEntitiesPageDependencies): Route[] {
  const { letterReview: review } = deps.legalEntities;
  if (!review) return [];
  const own = { ...deps, review };
  return [
    paperRoute(own),
    ...paperFilesRoutes<Visitor, HandlerRequest, LetterSlot>({
      name: 'mandates.review',
      limiter: 'verification',
      paths: { files: mandatePaths.letter, removeFile: mandatePaths.letterRemoveFile },
      papers: review.papers,
      who: (ctx, does) => visiting(own, ctx, does),
      causeOf: (ctx, of) => toSend(own, ctx, of),
      placeOf: ({ person, application: id }) => letterPlace({ personId: person.account.id, id }),
      hrefOf: letterHref,
      show: (ctx, page) => showPapers(own, ctx, page),
      confirm: confirming(deps.visitors),
    }),
    sendRoute(own),
  ];
}

/** Two factors were asked for with the request; what counts now is the word of staff. */
function visiting(
  deps: LetterPageDependencies,
  ctx: HttpContext,
  does: 'reads' | 'sends',
): Promise<Visitor | undefined> {
  return (does === 'reads' ? personReading : personSending)(deps, ctx);
}

function sendRoute(deps: LetterPageDependencies): Route {
  return defineRoute({
    method: 'POST',
    path: mandatePaths.letterSend,
    name: 'mandates.letter_send',
    limiter: 'verification',
    csrf: 'token',
    input: { body: sendBody },
    async handle(ctx, { body }) {
      const { application } = body;
      ctx.state.pageAddress = letterHref(application);
      const person = await visiting(deps, ctx, 'sends');
      const cause = person && (await toSend(deps, ctx, { person, application }));
      if (person && cause) await send(deps, ctx, { person, cause, body });
    },
  });
}

/** To be printed, signed by the representative, and sealed. */
function paperRoute(deps: LetterPageDependencies): Route {
  return defineRoute({
    method: 'GET',
    path: mandatePaths.letterPaper,
    name: 'mandates.letter_paper',
    input: { query: z.object({ request: applicationField }) },
    async handle(ctx, { query: { request: application } }) {
      const person = await visiting(deps, ctx, 'reads');
      const cause = person && (await toSend(deps, ctx, { person, application }));
      if (!person || !cause) return;
      ctx.render('mandates/letter-paper', {
        ...(await accountFrame(deps.visitors, person)),
        request: presentRequest(deps.legalEntities, cause, ctx.state.locale),
        applicant: {
          name: cause.person.name,
          maskedNumber: maskNumber(cause.person.number, 'signedIn'),
        },
        singleUseHours: deps.legalEntities.mandateLimits.singleUseHours,
        uploadHref: letterHref(cause.id),
      });
    },
  });
}

/** What cannot be sent leads to the page that tells why. */
async function toSend(
  deps: LetterPageDependencies,
  ctx: HttpContext,
  { person: visitor, application: requestId }: { person: Visitor; application: string },
): Promise<HandlerRequest | undefined> {
  const request = await ownRequest(deps, ctx, { visitor, requestId });
  if (!request || (await deps.review.isWanted(request))) return request;
  redirect(ctx, requestHref(request.id));
  return undefined;
}

async function showPapers(
  deps: LetterPageDependencies,
  ctx: HttpContext,
  page: Applicant & {
    errors: LetterPapersLocals['errors'];
    status?: number;
    typed?: SendBody;
  },
): Promise<void> {
  const { person, cause: request, errors, status = 422, typed } = page;
  const { legalEntities, review } = deps;
  const asked = await review.caseOf(request);
  const fields = { application: request.id };
  ctx.render(
    'mandates/letter',
    {
      ...(await accountFrame(deps.visitors, person)),
      ...(await presentPapers(review.papers, {
        place: letterPlace(request),
        rules: letterSlotRules,
        asked,
        sent: typed,
        errors,
      })),
      form: { action: mandatePaths.letterSend, fields },
      uploadForm: { action: mandatePaths.letter, fields },
      removeForm: { action: mandatePaths.letterRemoveFile, fields },
      request: presentRequest(legalEntities, request, ctx.state.locale),
      singleUseHours: legalEntities.mandateLimits.singleUseHours,
      paperHref: letterPaperHref(request.id),
      backHref: requestHref(request.id),
    },
    { status: errors.length > 0 ? status : 200 },
  );
}

async function send(
  deps: LetterPageDependencies,
  ctx: HttpContext,
  { person, cause, body }: Applicant & { body: SendBody },
): Promise<void> {
  const refuse = (page: { errors: LetterPapersLocals['errors']; status?: number }) =>
    showPapers(deps, ctx, { person, cause, typed: body, ...page });
  if (!body.consent) {
    return refuse({ errors: [{ field: 'consent', key: 'mandates.letter.consent_missing' }] });
  }
  const given = { remark: body.remark, address: ctx.ip };
  const sent = await deps.review.send(person.account, cause, given);
  if (!sent.ok) return refuse(problemsOf(sent));
  const page = requestHref(cause.id);
  await confirming(deps.visitors)(ctx, { person, page, notice: 'account.notice.review_sent' });
}

function problemsOf(sent: SendLetterRefusal) {
  if (sent.reason === 'term_over' || sent.reason === 'applicant_not_verified') {
    return { errors: [{ key: `mandates.request.refused.${sent.reason}` } as const], status: 409 };
  }
  return sendingProblems(sent);
}
