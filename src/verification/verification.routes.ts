// The overview of the real-name verification, and the check of name and number.
import { z } from 'zod';
import { visitorOrSignIn } from '../account/account-access.ts';
import type { Visitor } from '../account/account-access.ts';
import { realNameLevels } from '../accounts/account.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import type { FieldError } from '../platform/http/view-locals.ts';
import { faceRoutes } from './face.routes.ts';
import { readIdentityForm } from './identity-form.ts';
import { matchIdentity } from './match-identity.ts';
import {
  canVerify,
  confirmVerified,
  keepOnward,
  overviewQuery,
  showUnfinished,
  verificationFrame,
  verificationPaths,
  verifyingReader,
  verifyingVisitor,
} from './verification-access.ts';
import type { VerificationPageDependencies } from './verification-access.ts';
import type { IdentityFormProblem, WayView } from './verification.views.ts';

const typedText = z.string().max(200).default('');
const WINDOW_LEVEL = 4;

export function verificationRoutes(deps: VerificationPageDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: verificationPaths.overview,
      name: 'verification.overview',
      input: { query: overviewQuery },
      async handle(ctx, { query }) {
        if (query.continue !== undefined) {
          keepOnward(deps, ctx, query.continue);
          ctx.status = 303;
          ctx.redirect(verificationPaths.overview);
          return;
        }
        const visitor = await visitorOrSignIn(deps.visitors, ctx);
        if (visitor) await showOverview(deps, ctx, visitor);
      },
    }),
    defineRoute({
      method: 'GET',
      path: verificationPaths.match,
      name: 'verification.match_page',
      async handle(ctx) {
        const visitor = await verifyingReader(deps, ctx, 'match');
        if (visitor) await showMatch(deps, ctx, { visitor, name: '', number: '', errors: [] });
      },
    }),
    defineRoute({
      method: 'POST',
      path: verificationPaths.match,
      name: 'verification.match',
      limiter: 'verification',
      csrf: 'token',
      input: { body: z.object({ name: typedText, number: typedText }) },
      async handle(ctx, { body }) {
        const visitor = await verifyingVisitor(deps, ctx, 'match');
        if (visitor) await match(deps, ctx, { visitor, typed: body });
      },
    }),
    ...faceRoutes(deps),
  ];
}

async function showOverview(
  deps: VerificationPageDependencies,
  ctx: HttpContext,
  visitor: Visitor,
): Promise<void> {
  const { realNameLevel } = visitor.account;
  const can = canVerify(deps, visitor);
  const { register, face } = deps.verification;
  const ways: WayView[] = [
    ...(can.match && register
      ? [{ way: 'match', href: verificationPaths.match, level: register.provider.cap } as const]
      : []),
    ...(can.face && face
      ? [{ way: 'face', href: verificationPaths.face, level: face.config.cap } as const]
      : []),
    ...(realNameLevel < WINDOW_LEVEL ? [{ way: 'window', level: WINDOW_LEVEL } as const] : []),
  ];
  ctx.render('verification/overview', {
    ...(await verificationFrame(deps, ctx, visitor)),
    realNameLevel,
    higherLevels: realNameLevels.filter((level) => level > realNameLevel),
    ways,
  });
}

interface MatchPage {
  visitor: Visitor;
  name: string;
  number: string;
  errors: readonly FieldError<IdentityFormProblem>[];
}

async function showMatch(
  deps: VerificationPageDependencies,
  ctx: HttpContext,
  { visitor, name, number, errors }: MatchPage,
): Promise<void> {
  ctx.render(
    'verification/match',
    {
      ...(await verificationFrame(deps, ctx, visitor)),
      form: { action: verificationPaths.match },
      name,
      number,
      errors,
      hasFace: canVerify(deps, visitor).face,
    },
    { status: errors.length > 0 ? 422 : 200 },
  );
}

async function match(
  deps: VerificationPageDependencies,
  ctx: HttpContext,
  { visitor, typed }: { visitor: Visitor; typed: { name: string; number: string } },
): Promise<void> {
  const { verification } = deps;
  const form = readIdentityForm(typed, verification.clock.now());
  if (!form.ok) return showMatch(deps, ctx, { visitor, ...typed, errors: form.errors });
  const { claim } = form;
  const outcome = await matchIdentity(verification, visitor.account, { claim, address: ctx.ip });
  if (outcome.ok) return confirmVerified(deps, ctx, { visitor, hasRisen: outcome.hasRisen });
  if (outcome.reason === 'mismatched') {
    const errors = [{ field: 'name', key: 'verification.form.mismatched' }] as const;
    return showMatch(deps, ctx, { visitor, ...typed, errors });
  }
  const retryHref = outcome.reason === 'unavailable' ? verificationPaths.match : undefined;
  await showUnfinished(deps, ctx, { visitor, reason: outcome.reason, retryHref });
}
