// The comparison of faces: consent of its own, the way to the face service, the way back.
import { z } from 'zod';
import type { Visitor } from '../account/account-access.ts';
import { checkCertificate } from '../accounts/identity-number.ts';
import { maskNumber } from '../accounts/masking.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { allowFormAction } from '../platform/http/headers.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { beginFace, finishFace, verifiedClaim } from './compare-face.ts';
import { ageAt, GUARDIAN_AGE } from '../accounts/age.ts';
import { readIdentityForm } from './identity-form.ts';
import type { IdentityFormOutcome } from './identity-form.ts';
import {
  showUnfinished,
  takeUpVerification,
  verificationFrame,
  verificationPaths,
  verifyingReader,
  verifyingVisitor,
} from './verification-access.ts';
import type { IdentityPage, VerificationPageDependencies } from './verification-access.ts';
import type { UnfinishedReason } from './verification.views.ts';

const typedText = z.string().max(200).default('');
/** Of who was verified by a document that does not tell: no child passes a review. */
const UNKNOWN_DAY = '1900-01-01';

const faceBody = z.object({
  name: typedText,
  number: typedText,
  consent: z.literal('yes').optional(),
});
type FaceBody = z.output<typeof faceBody>;

export function faceRoutes(deps: VerificationPageDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: verificationPaths.face,
      name: 'verification.face_page',
      async handle(ctx) {
        const visitor = await verifyingReader(deps, ctx, 'face');
        if (visitor) await showFace(deps, ctx, { visitor, typed: empty, errors: [] });
      },
    }),
    defineRoute({
      method: 'POST',
      path: verificationPaths.face,
      name: 'verification.face',
      limiter: 'verification',
      csrf: 'token',
      input: { body: faceBody },
      async handle(ctx, { body }) {
        const visitor = await verifyingVisitor(deps, ctx, 'face');
        if (visitor) await begin(deps, ctx, { visitor, body });
      },
    }),
    defineRoute({
      method: 'GET',
      path: verificationPaths.faceReturn,
      name: 'verification.face_return',
      limiter: 'verification',
      input: { query: z.object({ state: z.string().max(100).default('') }) },
      handle: (ctx, { query }) => takeUp(deps, ctx, query.state),
    }),
  ];
}

const empty = { name: '', number: '' };

async function showFace(
  deps: VerificationPageDependencies,
  ctx: HttpContext,
  { visitor, typed, errors }: IdentityPage,
): Promise<void> {
  const verified = verifiedClaim(visitor.account);
  // The form is answered with a redirect to the service.
  const { face } = deps.verification;
  if (face) allowFormAction(ctx, face.pageUrl);
  ctx.render(
    'verification/face',
    {
      ...(await verificationFrame(deps, ctx, visitor)),
      form: { action: verificationPaths.face },
      ...(verified
        ? { maskedNumber: maskNumber(verified.certificate.number, 'signedIn') }
        : { typed: { name: typed.name, number: typed.number } }),
      errors,
    },
    { status: errors.length > 0 ? 422 : 200 },
  );
}

async function begin(
  deps: VerificationPageDependencies,
  ctx: HttpContext,
  { visitor, body }: { visitor: Visitor; body: FaceBody },
): Promise<void> {
  const { verification, visitors } = deps;
  const now = verification.clock.now();
  const form = identityOf(visitor, body, now);
  const consent = { field: 'consent', key: 'verification.form.consent_missing' } as const;
  const errors = [...(form.ok ? [] : form.errors), ...(body.consent ? [] : [consent])];
  if (!form.ok || errors.length > 0) return showFace(deps, ctx, { visitor, typed: body, errors });
  if (ageAt(form.birthDate, now) < GUARDIAN_AGE) {
    return showUnfinished(deps, ctx, { visitor, reason: 'minor' });
  }
  const begun = await beginFace(verification, visitor.account, {
    claim: form.claim,
    sid: visitor.session.sid,
    address: ctx.ip,
    returnUri: `${visitors.issuer}${verificationPaths.faceReturn}`,
  });
  if (!begun.ok) {
    const retryHref = begun.reason === 'unavailable' ? verificationPaths.face : undefined;
    return showUnfinished(deps, ctx, { visitor, reason: begun.reason, retryHref });
  }
  redirect(ctx, begun.page.href);
}

/** Who is verified already is compared with that identity, whatever was typed. */
function identityOf({ account }: Visitor, body: FaceBody, now: Date): IdentityFormOutcome {
  const verified = verifiedClaim(account);
  if (!verified) return readIdentityForm(body, now);
  const checked = checkCertificate(verified.certificate, now);
  const birthDate = checked.outcome === 'valid' ? checked.birthDate : undefined;
  return { ok: true, claim: verified, birthDate: birthDate ?? UNKNOWN_DAY };
}

function takeUp(
  deps: VerificationPageDependencies,
  ctx: HttpContext,
  state: string,
): Promise<void> {
  return takeUpVerification(deps, ctx, {
    finish: ({ account, session: { sid } }) =>
      finishFace(deps.verification, account, { state, sid, address: ctx.ip }),
    retryHrefOf: (reason) => retryHrefOf(reason, state),
  });
}

/** A service that did not answer is asked again for the same result; what is over, is over. */
function retryHrefOf(reason: UnfinishedReason, state: string): string | undefined {
  if (reason === 'not_completed') return undefined;
  if (reason !== 'unavailable') return verificationPaths.face;
  return `${verificationPaths.faceReturn}?state=${encodeURIComponent(state)}`;
}
