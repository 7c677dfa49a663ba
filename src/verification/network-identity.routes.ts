// The network identity: what is told to whom, the way to the service, the way back. Only where the city
// has configured it; nobody needs one.
import { z } from 'zod';
import type { Visitor } from '../account/account-access.ts';
import { maskNumber } from '../accounts/masking.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { allowFormAction } from '../platform/http/headers.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { verifiedClaim } from './compare-face.ts';
import { ageAt, GUARDIAN_AGE } from '../accounts/age.ts';
import { readIdentityForm } from './identity-form.ts';
import { beginNetwork, finishNetwork, lacksNumber } from './prove-network-identity.ts';
import type { NetworkCallback } from './prove-network-identity.ts';
import type { IdentityClaim } from './provider.ts';
import {
  canVerify,
  showUnfinished,
  takeUpVerification,
  verificationFrame,
  verificationPaths,
  verifyingReader,
  verifyingVisitor,
} from './verification-access.ts';
import type { IdentityPage, VerificationPageDependencies } from './verification-access.ts';
import type { NetworkPurpose, UnfinishedReason } from './verification.views.ts';

const typedText = z.string().max(200).default('');

const networkBody = z.object({
  name: typedText,
  number: typedText,
  with_name: z.literal('yes').optional(),
});
type NetworkBody = z.output<typeof networkBody>;

const returnQuery = z.object({
  state: z.string().max(100).default(''),
  code: z.string().max(2000).optional(),
  error: z
    .string()
    .max(50)
    .regex(/^[\w-]+$/u)
    .optional()
    .catch('unreadable'),
  iss: z.string().max(500).optional(),
});

export function networkIdentityRoutes(deps: VerificationPageDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: verificationPaths.network,
      name: 'verification.network_page',
      async handle(ctx) {
        const visitor = await verifyingReader(deps, ctx, 'network');
        const typed = { name: '', number: '' };
        if (visitor) await showNetwork(deps, ctx, { visitor, typed, errors: [] });
      },
    }),
    defineRoute({
      method: 'POST',
      path: verificationPaths.network,
      name: 'verification.network',
      limiter: 'verification',
      csrf: 'token',
      input: { body: networkBody },
      async handle(ctx, { body }) {
        const visitor = await verifyingVisitor(deps, ctx, 'network');
        if (visitor) await begin(deps, ctx, { visitor, body });
      },
    }),
    defineRoute({
      method: 'GET',
      path: verificationPaths.networkReturn,
      name: 'verification.network_return',
      limiter: 'verification',
      input: { query: returnQuery },
      handle: (ctx, { query }) => takeUp(deps, ctx, query),
    }),
  ];
}

function purposeOf({ account }: Visitor): NetworkPurpose {
  if (verifiedClaim(account)) return 'verified';
  return lacksNumber(account) ? 'number' : 'first';
}

async function showNetwork(
  deps: VerificationPageDependencies,
  ctx: HttpContext,
  { visitor, typed, errors }: IdentityPage,
): Promise<void> {
  const verified = verifiedClaim(visitor.account);
  const can = canVerify(deps, visitor);
  const { network } = deps.verification;
  if (network) allowFormAction(ctx, network.pageUrl);
  ctx.render(
    'verification/network-identity',
    {
      ...(await verificationFrame(deps, ctx, visitor)),
      form: { action: verificationPaths.network },
      purpose: purposeOf(visitor),
      typed: { name: typed.name, number: typed.number },
      ...(verified ? { maskedNumber: maskNumber(verified.certificate.number, 'signedIn') } : {}),
      errors,
      hasFace: can.face,
      hasReview: can.review,
    },
    { status: errors.length > 0 ? 422 : 200 },
  );
}

async function begin(
  deps: VerificationPageDependencies,
  ctx: HttpContext,
  { visitor, body }: { visitor: Visitor; body: NetworkBody },
): Promise<void> {
  const { verification, visitors } = deps;
  const purpose = purposeOf(visitor);
  let claim: IdentityClaim | undefined = verifiedClaim(visitor.account);
  if (purpose === 'number') {
    const now = verification.clock.now();
    const form = readIdentityForm(body, now);
    if (!form.ok) {
      return showNetwork(deps, ctx, { visitor, typed: body, errors: form.errors });
    }
    if (ageAt(form.birthDate, now) < GUARDIAN_AGE) {
      return showUnfinished(deps, ctx, { visitor, reason: 'minor' });
    }
    ({ claim } = form);
  }
  const begun = await beginNetwork(verification, visitor.account, {
    claim,
    wantsName: purpose === 'first' && body.with_name === 'yes',
    sid: visitor.session.sid,
    address: ctx.ip,
    redirectUri: `${visitors.issuer}${verificationPaths.networkReturn}`,
  });
  if (begun.ok) return redirect(ctx, begun.page.href);
  await showUnfinished(deps, ctx, { visitor, reason: begun.reason });
}

function takeUp(
  deps: VerificationPageDependencies,
  ctx: HttpContext,
  query: NetworkCallback,
): Promise<void> {
  return takeUpVerification(deps, ctx, {
    finish: ({ account, session: { sid } }) =>
      finishNetwork(deps.verification, account, { ...query, sid, address: ctx.ip }),
    retryHrefOf: (reason) => retryHrefOf(reason, query),
  });
}

function retryHrefOf(reason: UnfinishedReason, query: NetworkCallback): string | undefined {
  if (reason === 'not_completed' || reason === 'minor') return undefined;
  return reason === 'unavailable' ? againHref(query) : verificationPaths.network;
}

/** A service that did not answer is asked once more about the same. */
function againHref({ state, code = '', iss = '' }: NetworkCallback): string {
  const query = new URLSearchParams({ state, code, iss });
  return `${verificationPaths.networkReturn}?${query.toString()}`;
}
