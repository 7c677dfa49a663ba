// What all pages of the real-name verification share: who is there, the frame, the way back to the
// request that asked for a higher level.
import { z } from 'zod';
import {
  accountFrame,
  confirmOn,
  visitorOrExplanation,
  visitorOrSignIn,
} from '../account/account-access.ts';
import type { Visitor } from '../account/account-access.ts';
import type { AccountDependencies } from '../account/account-deps.ts';
import { VERIFIED_LEVEL } from '../accounts/account.ts';
import type { Account } from '../accounts/account.ts';
import { accountPaths, ONWARD_TO_ENTITIES } from '../account/account-paths.ts';
import { interactionParams, interactionPath } from '../interactions/interaction-access.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { cookieOptions } from '../platform/http/headers.ts';
import { redirect } from '../platform/http/redirect.ts';
import type { FieldError } from '../platform/http/view-locals.ts';
import type { ElementSource } from '../platform/verification-config.ts';
import { RESIDENT_ID } from './identity-form.ts';
import { canBeReviewed } from './manual-review.ts';
import { canCompare } from './offered-ways.ts';
import type { Verification } from './open-verification.ts';
import { lacksNumber } from './prove-network-identity.ts';
import type {
  IdentityFormProblem,
  UnfinishedReason,
  VerificationFrame,
} from './verification.views.ts';

export interface VerificationPageDependencies {
  visitors: AccountDependencies;
  verification: Verification;
}

export const verificationPaths = {
  overview: accountPaths.verification,
  network: accountPaths.verificationNetwork,
  networkReturn: `${accountPaths.verificationNetwork}/return`,
  face: accountPaths.verificationFace,
  faceReturn: `${accountPaths.verificationFace}/return`,
  certificates: accountPaths.certificates,
  review: accountPaths.review,
  reviewDetails: accountPaths.reviewDetails,
  reviewFiles: accountPaths.reviewFiles,
  reviewRemoveFile: `${accountPaths.reviewFiles}/remove`,
  reviewSend: `${accountPaths.reviewFiles}/send`,
  reviewWithdraw: `${accountPaths.review}/withdraw`,
} as const;

/** The page of each source that compares elements. */
export const elementPaths: Readonly<Record<ElementSource, string>> = {
  population: accountPaths.verificationMatch,
  socialSecurity: accountPaths.verificationSocialSecurity,
  operator: accountPaths.verificationOperator,
  bank: accountPaths.verificationBank,
};

const ONWARD_COOKIE = 'hutong_verification_onward';
const ONWARD_SECONDS = 3600;

/** Pages of ours that wait for a higher level, by the name that leads back to them. */
const ONWARD_PAGES: Readonly<Record<string, string>> = {
  [ONWARD_TO_ENTITIES]: accountPaths.registerEntity,
};

/**
 * `?continue=<interaction>`, `?onward=<page>`: nothing but the id of an interaction of ours, or the
 * name of a page, gets through.
 */
export const overviewQuery = z.object({
  continue: interactionParams.shape.uid.optional(),
  onward: z.literal(ONWARD_TO_ENTITIES).optional().catch(undefined),
});

export function keepOnward(
  { visitors }: VerificationPageDependencies,
  ctx: HttpContext,
  onward: string,
) {
  ctx.cookies.set(visitors.cookies.host(ONWARD_COOKIE), onward, {
    ...cookieOptions(visitors),
    signed: false,
    maxAge: ONWARD_SECONDS * 1000,
  });
}

export async function verificationFrame(
  { visitors }: VerificationPageDependencies,
  ctx: HttpContext,
  visitor: Visitor,
): Promise<VerificationFrame> {
  const cookie = ctx.cookies.get(visitors.cookies.host(ONWARD_COOKIE), { signed: false });
  const uid = interactionParams.shape.uid.safeParse(cookie);
  const page = ONWARD_PAGES[cookie ?? ''];
  return {
    ...(await accountFrame(visitors, visitor)),
    ...(page === undefined
      ? uid.success
        ? { onwardHref: interactionPath(uid.data) }
        : {}
      : { onwardHref: page }),
  };
}

/** Only people are verified online; staff and entities come from their directories. */
export function canVerify(deps: VerificationPageDependencies, { account }: Visitor) {
  const { registers, face, network, review } = deps.verification;
  const isPerson = account.kind === 'naturalPerson';
  const type = certificateToCompare(account);
  const isNumberless = lacksNumber(account);
  const canRise = (cap: number) => isPerson && account.realNameLevel < cap;
  const compare = (source: ElementSource) => canCompare(account, source, registers);
  return {
    population: compare('population'),
    socialSecurity: compare('socialSecurity'),
    operator: compare('operator'),
    bank: compare('bank'),
    network:
      network !== undefined &&
      (canRise(network.config.cap) || isNumberless) &&
      network.config.certificateTypes.includes(type),
    // What compares a number says nothing of who the network identity is of.
    face:
      face !== undefined &&
      !isNumberless &&
      canRise(face.config.cap) &&
      face.config.certificateTypes.includes(type),
    review: review !== undefined && !isNumberless && canBeReviewed(account, review.config.cap),
  };
}

function certificateToCompare({ realNameLevel, certificate }: Account): string {
  return realNameLevel < VERIFIED_LEVEL || !certificate ? RESIDENT_ID : certificate.type;
}

type Way = ElementSource | 'network' | 'face' | 'review';

/** For a page of one way; undefined when it has been answered what is due. */
export async function verifyingReader(
  deps: VerificationPageDependencies,
  ctx: HttpContext,
  way: Way,
): Promise<Visitor | undefined> {
  return onlyIfOffered(deps, ctx, { way, visitor: await visitorOrSignIn(deps.visitors, ctx) });
}

/** The same for what a form sends. */
export async function verifyingVisitor(
  deps: VerificationPageDependencies,
  ctx: HttpContext,
  way: Way,
): Promise<Visitor | undefined> {
  return onlyIfOffered(deps, ctx, { way, visitor: await visitorOrExplanation(deps.visitors, ctx) });
}

function onlyIfOffered(
  deps: VerificationPageDependencies,
  ctx: HttpContext,
  { visitor, way }: { visitor: Visitor | undefined; way: Way },
): Visitor | undefined {
  if (!visitor || canVerify(deps, visitor)[way]) return visitor;
  redirect(ctx, verificationPaths.overview);
  return undefined;
}

/** A form that asks for name and number, where the account does not tell them. */
export interface IdentityPage {
  visitor: Visitor;
  typed: { name: string; number: string };
  errors: readonly FieldError<IdentityFormProblem>[];
}

/** Where a service that says who somebody is leads back to. */
export async function takeUpVerification(
  deps: VerificationPageDependencies,
  ctx: HttpContext,
  of: {
    finish(
      visitor: Visitor,
    ): Promise<{ ok: true; hasRisen: boolean } | { ok: false; reason: UnfinishedReason }>;
    retryHrefOf(reason: UnfinishedReason): string | undefined;
  },
): Promise<void> {
  ctx.state.pageAddress = verificationPaths.overview;
  const visitor = await visitorOrSignIn(deps.visitors, ctx);
  if (!visitor) return;
  const outcome = await of.finish(visitor);
  if (outcome.ok) return confirmVerified(deps, ctx, { visitor, hasRisen: outcome.hasRisen });
  const { reason } = outcome;
  await showUnfinished(deps, ctx, { visitor, reason, retryHref: of.retryHrefOf(reason) });
}

/** Leads to the overview, which says what has been reached. */
export function confirmVerified(
  deps: VerificationPageDependencies,
  ctx: HttpContext,
  { visitor, hasRisen }: { visitor: Visitor; hasRisen: boolean },
): Promise<void> {
  const notice = hasRisen ? 'account.notice.level_raised' : 'account.notice.verified';
  return confirmOn(deps.visitors, ctx, { visitor, page: verificationPaths.overview, notice });
}

const STATUS: Readonly<Record<UnfinishedReason, number>> = {
  not_completed: 409,
  sources_disagree: 409,
  unavailable: 503,
  tries_used_up: 429,
  face_refused: 422,
  face_cancelled: 200,
  face_invalid: 400,
  network_cancelled: 200,
  network_invalid: 400,
  network_refused: 422,
  network_other_person: 422,
  minor: 422,
};

export async function showUnfinished(
  deps: VerificationPageDependencies,
  ctx: HttpContext,
  of: { visitor: Visitor; reason: UnfinishedReason; retryHref?: string | undefined },
): Promise<void> {
  const { visitor, reason, retryHref } = of;
  const can = canVerify(deps, visitor);
  ctx.render(
    'verification/unfinished',
    {
      ...(await verificationFrame(deps, ctx, visitor)),
      reason,
      ...(retryHref === undefined ? {} : { retryHref }),
      isUnderReview: reason === 'sources_disagree' && deps.verification.review !== undefined,
      // For every reason that is not told: whether there is another account is not told either.
      ...(reason === 'not_completed' ? { mergeHref: accountPaths.merge } : {}),
      hasFace: can.face && reason !== 'minor' && retryHref !== verificationPaths.face,
      hasNetwork: can.network && reason !== 'minor' && retryHref !== verificationPaths.network,
      hasReview: can.review && reason !== 'minor',
    },
    { status: STATUS[reason] },
  );
}
