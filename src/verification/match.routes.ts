// The check of name and number with a register that knows the document at hand.
import { z } from 'zod';
import type { Visitor } from '../account/account-access.ts';
import { isCertificateType } from '../accounts/certificate-types.ts';
import type { CertificateType } from '../accounts/certificate-types.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import type { FieldError } from '../platform/http/view-locals.ts';
import {
  ageAt,
  GUARDIAN_AGE,
  readIdentityForm,
  RESIDENT_ID,
  tellsBirthDate,
} from './identity-form.ts';
import type { TypedIdentity } from './identity-form.ts';
import { matchIdentity } from './match-identity.ts';
import type { MatchOutcome } from './match-identity.ts';
import type { DraftAnswer } from './review-draft-store.ts';
import {
  canVerify,
  confirmVerified,
  showUnfinished,
  verificationFrame,
  verificationPaths,
  verifyingReader,
  verifyingVisitor,
} from './verification-access.ts';
import type { VerificationPageDependencies } from './verification-access.ts';
import type { IdentityFormProblem } from './verification.views.ts';

const typedText = z.string().max(200).default('');
const typeText = z.string().max(3).default(RESIDENT_ID);

export function matchRoutes(deps: VerificationPageDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: verificationPaths.match,
      name: 'verification.match_page',
      input: { query: z.object({ type: typeText }) },
      async handle(ctx, { query }) {
        const visitor = await verifyingReader(deps, ctx, 'match');
        const typed = { type: knownType(deps, query.type), name: '', number: '' };
        if (visitor) await showMatch(deps, ctx, { visitor, typed, errors: [] });
      },
    }),
    defineRoute({
      method: 'POST',
      path: verificationPaths.match,
      name: 'verification.match',
      limiter: 'verification',
      csrf: 'token',
      input: { body: z.object({ type: typeText, name: typedText, number: typedText }) },
      async handle(ctx, { body }) {
        const visitor = await verifyingVisitor(deps, ctx, 'match');
        const typed = { ...body, type: knownType(deps, body.type) };
        if (visitor) await match(deps, ctx, { visitor, typed });
      },
    }),
  ];
}

/** Only what the register knows, and whose number tells the age. */
function knownType({ verification }: VerificationPageDependencies, type: string): CertificateType {
  const types = verification.register?.config.certificateTypes ?? [];
  const isKnown = isCertificateType(type) && types.includes(type) && tellsBirthDate(type);
  return isKnown ? type : RESIDENT_ID;
}

interface MatchPage {
  visitor: Visitor;
  typed: TypedIdentity & { type: CertificateType };
  errors: readonly FieldError<IdentityFormProblem>[];
}

async function showMatch(
  deps: VerificationPageDependencies,
  ctx: HttpContext,
  { visitor, typed, errors }: MatchPage,
): Promise<void> {
  const can = canVerify(deps, visitor);
  const { type, name, number } = typed;
  ctx.render(
    'verification/match',
    {
      ...(await verificationFrame(deps, ctx, visitor)),
      form: { action: verificationPaths.match, fields: { type } },
      isResidentId: type === RESIDENT_ID,
      type,
      name,
      number,
      errors,
      hasFace: can.face,
      hasReview: can.review,
      ...(can.review ? { certificatesHref: verificationPaths.certificates } : {}),
    },
    { status: errors.length > 0 ? 422 : 200 },
  );
}

async function match(
  deps: VerificationPageDependencies,
  ctx: HttpContext,
  { visitor, typed }: Omit<MatchPage, 'errors'>,
): Promise<void> {
  const { verification } = deps;
  const now = verification.clock.now();
  const form = readIdentityForm(typed, now);
  if (!form.ok) return showMatch(deps, ctx, { visitor, typed, errors: form.errors });
  const { claim, birthDate } = form;
  if (ageAt(birthDate, now) < GUARDIAN_AGE) {
    return showUnfinished(deps, ctx, { visitor, reason: 'minor' });
  }
  const outcome = await matchIdentity(verification, visitor.account, { claim, address: ctx.ip });
  if (outcome.ok) return confirmVerified(deps, ctx, { visitor, hasRisen: outcome.hasRisen });
  if (canVerify(deps, visitor).review) {
    const answer = answerOf(outcome.reason, now);
    await verification.review?.keepDraft(visitor.account.id, {
      claim,
      birthDate,
      ...(answer ? { answer } : {}),
    });
  }
  if (outcome.reason === 'mismatched') {
    const errors = [{ field: 'name', key: 'verification.form.mismatched' }] as const;
    return showMatch(deps, ctx, { visitor, typed, errors });
  }
  const retryHref = outcome.reason === 'unavailable' ? verificationPaths.match : undefined;
  await showUnfinished(deps, ctx, { visitor, reason: outcome.reason, retryHref });
}

/** What reviewers are told of it, should the person send it to them. */
function answerOf(
  resultCode: (MatchOutcome & { ok: false })['reason'],
  at: Date,
): DraftAnswer | undefined {
  const of = { source: 'population', resultCode, at: at.toISOString() } as const;
  switch (resultCode) {
    case 'mismatched':
      return { ...of, outcome: 'different' };
    case 'unavailable':
      return { ...of, outcome: 'unavailable' };
    // It matched, and belongs to another.
    case 'not_completed':
      return { ...of, outcome: 'matched' };
    case 'tries_used_up':
      return undefined;
  }
}
