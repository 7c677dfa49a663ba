// What staff need to decide about an old account: pictures one by one, then name and number, the
// consent, and sending. A new case needs the old password within the hour; what was asked for does not.
import { z } from 'zod';
import { accountFrame, confirmOn } from '../account/account-access.ts';
import type { Visitor } from '../account/account-access.ts';
import { ageAt, GUARDIAN_AGE } from '../accounts/age.ts';
import { maskName, maskNumber } from '../accounts/masking.ts';
import { remarkText } from '../papers/hand-in.ts';
import { confirming, handInFields, paperFilesRoutes } from '../papers/paper-files-pages.ts';
import type { PaperFilesPages } from '../papers/paper-files-pages.ts';
import { presentPapers, sendingProblems } from '../papers/present-papers.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { readIdentityForm, tellsBirthDate } from '../verification/identity-form.ts';
import type { IdentityClaim } from '../verification/provider.ts';
import { slotsOf } from '../verification/review-slots.ts';
import type { ReviewSlot } from '../verification/review-slots.ts';
import { migrationPaths, stockReviewPaths } from './migration-pages.ts';
import { identityTexts } from './stock-case.ts';
import { placeOf } from './stock-review.ts';
import type { StockReviewFilesLocals } from './stock-accounts.views.ts';
import { toReview, whoReviews } from './stock-review-access.ts';
import type { StockReviewDependencies, ToReview } from './stock-review-access.ts';

const typedText = z.string().max(200).default('');
const sendBody = z.object({
  name: typedText,
  number: typedText,
  birth_date: z.string().max(10).default(''),
  ...handInFields,
});
type SendBody = z.output<typeof sendBody>;

export function stockReviewFilesRoutes(deps: StockReviewDependencies): Route[] {
  const pages: PaperFilesPages<Visitor, ToReview, ReviewSlot> = {
    name: 'stock_accounts.review',
    limiter: 'verification',
    paths: { files: stockReviewPaths.files, removeFile: stockReviewPaths.removeFile },
    papers: deps.review.papers,
    who: (ctx, does) => whoReviews(deps, ctx, does),
    causeOf: (ctx, { person }) => dueOrLedOn(deps, ctx, person),
    placeOf: ({ person }) => placeOf(person.account.id),
    hrefOf: () => stockReviewPaths.files,
    show: (ctx, { person: visitor, cause: what, ...page }) =>
      showFiles(deps, ctx, { visitor, what, ...page }),
    confirm: confirming(deps.visitors),
  };
  return [
    ...paperFilesRoutes(pages),
    defineRoute({
      method: 'POST',
      path: stockReviewPaths.send,
      name: 'stock_accounts.review_send',
      limiter: 'verification',
      csrf: 'token',
      input: { body: sendBody },
      async handle(ctx, { body }) {
        const visitor = await whoReviews(deps, ctx, 'sends');
        const what = visitor && (await dueOrLedOn(deps, ctx, visitor));
        if (visitor && what) await send(deps, ctx, { visitor, what, body });
      },
    }),
  ];
}

async function dueOrLedOn(
  deps: StockReviewDependencies,
  ctx: HttpContext,
  visitor: Visitor,
): Promise<ToReview | undefined> {
  const due = await toReview(deps, ctx, visitor);
  if (due.is !== 'due') {
    redirect(ctx, due.is === 'under_way' ? stockReviewPaths.status : migrationPaths.start);
    return undefined;
  }
  return due.what;
}

interface FilesPage {
  visitor: Visitor;
  what: ToReview;
  errors: StockReviewFilesLocals['errors'];
  status?: number;
  typed?: SendBody;
}

async function showFiles(
  deps: StockReviewDependencies,
  ctx: HttpContext,
  { visitor, what, errors, status = 422, typed }: FilesPage,
): Promise<void> {
  const { review } = deps;
  const { present, own, type } = what;
  const place = placeOf(visitor.account.id);
  const rules = slotsOf(type, review.config.cap);
  const before = present?.claimed;
  ctx.render(
    'stock-accounts/review-files',
    {
      ...(await accountFrame(deps.visitors, visitor)),
      form: { action: stockReviewPaths.send },
      uploadForm: { action: stockReviewPaths.files },
      removeForm: { action: stockReviewPaths.removeFile },
      system: what.source.name[ctx.state.locale],
      type,
      ...(own
        ? {
            own: {
              maskedName: maskName(own.name),
              maskedNumber: maskNumber(own.certificate.number, 'signedIn'),
            },
          }
        : {}),
      typed: {
        name: typed?.name ?? before?.name ?? '',
        number: typed?.number ?? before?.certificateNumber ?? '',
        birthDate: typed?.birth_date ?? before?.birthDate ?? '',
      },
      asksBirthDate: !tellsBirthDate(type),
      ...(await presentPapers(review.papers, {
        place,
        rules,
        asked: present,
        sent: typed,
        errors,
      })),
      backHref: present ? stockReviewPaths.status : migrationPaths.start,
    },
    { status: errors.length > 0 ? status : 200 },
  );
}

async function send(
  deps: StockReviewDependencies,
  ctx: HttpContext,
  { visitor, what, body }: { visitor: Visitor; what: ToReview; body: SendBody },
): Promise<void> {
  const refuse = (page: Pick<FilesPage, 'errors' | 'status'>) =>
    showFiles(deps, ctx, { visitor, what, typed: body, ...page });
  const read = readClaim(what, body, deps.binding.clock.now());
  const consent = { field: 'consent', key: 'verification-review.problem.consent_missing' } as const;
  const errors = [...(read.ok ? [] : read.errors), ...(body.consent ? [] : [consent])];
  if (!read.ok || errors.length > 0) return refuse({ errors });
  const { claim, birthDate } = read;
  const { account } = visitor;
  const { old, refusedFor, present } = what;
  const of = { account, claim, birthDate, remark: body.remark, address: ctx.ip };
  const claimed = { ...identityTexts(claim, birthDate), ...remarkText(body.remark) };
  const sent = present
    ? await deps.review.supply(account, present, { claimed, address: ctx.ip })
    : await deps.review.open({ ...of, old, refusedFor });
  if (!sent.ok) return refuse(sendingProblems(sent));
  const notice = 'account.notice.review_sent';
  await confirmOn(deps.visitors, ctx, { visitor, page: stockReviewPaths.status, notice });
}

type ReadClaim =
  | { ok: true; claim: IdentityClaim; birthDate: string | undefined }
  | { ok: false; errors: FilesPage['errors'] };

/** Who is verified claims what is verified; anybody else what stands on the document. */
function readClaim({ own, type, country }: ToReview, body: SendBody, now: Date): ReadClaim {
  if (own) return { ok: true, claim: own, birthDate: undefined };
  const { name, number, birth_date: birthDate } = body;
  const form = readIdentityForm({ type, country, name, number, birthDate }, now);
  if (!form.ok) return form;
  if (ageAt(form.birthDate, now) >= GUARDIAN_AGE) return form;
  return { ok: false, errors: [{ field: 'number', key: 'migrate.review.minor' }] };
}
