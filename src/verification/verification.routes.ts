// Every address of the real-name verification, and its overview.
import { visitorOrSignIn } from '../account/account-access.ts';
import type { Visitor } from '../account/account-access.ts';
import { realNameLevels, VERIFIED_LEVEL } from '../accounts/account.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { faceRoutes } from './face.routes.ts';
import { matchRoutes } from './match.routes.ts';
import { networkIdentityRoutes } from './network-identity.routes.ts';
import { confirmedSoFar, offeredElements } from './offered-ways.ts';
import { lacksNumber } from './prove-network-identity.ts';
import { reviewRoutes } from './review.routes.ts';
import {
  canVerify,
  elementPaths,
  keepOnward,
  overviewQuery,
  verificationFrame,
  verificationPaths,
} from './verification-access.ts';
import type { VerificationPageDependencies } from './verification-access.ts';
import type { WayView } from './verification.views.ts';

const WINDOW_LEVEL = 4;

export function verificationRoutes(deps: VerificationPageDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: verificationPaths.overview,
      name: 'verification.overview',
      input: { query: overviewQuery },
      async handle(ctx, { query }) {
        const onward = query.continue ?? query.onward;
        if (onward !== undefined) {
          keepOnward(deps, ctx, onward);
          redirect(ctx, verificationPaths.overview);
          return;
        }
        const visitor = await visitorOrSignIn(deps.visitors, ctx);
        if (visitor) await showOverview(deps, ctx, visitor);
      },
    }),
    ...matchRoutes(deps),
    ...networkIdentityRoutes(deps),
    ...faceRoutes(deps),
    ...reviewRoutes(deps),
  ];
}

async function showOverview(
  deps: VerificationPageDependencies,
  ctx: HttpContext,
  visitor: Visitor,
): Promise<void> {
  const can = canVerify(deps, visitor);
  const { verification } = deps;
  const { face, network, review } = verification;
  const { account } = visitor;
  const { realNameLevel } = account;
  const now = verification.clock.now();
  const evidence = await verification.evidence.listOfAccount(account.id);
  const elements = offeredElements(account, { ...verification, evidence, now });
  const hasReviewCase =
    review !== undefined && (await review.caseOf(visitor.account.id)) !== undefined;
  const ways: WayView[] = [
    ...elements.map(({ source, level, isPartOf }) => ({
      way: source,
      href: elementPaths[source],
      level: isPartOf ?? level,
      ...(isPartOf === undefined ? {} : { isPart: true }),
    })),
    ...(can.network && network
      ? [
          {
            way: 'networkIdentity',
            href: verificationPaths.network,
            level: Math.max(network.config.cap, realNameLevel),
          } as const,
        ]
      : []),
    ...(can.face && face
      ? [
          {
            way: 'face',
            href: verificationPaths.face,
            level: Math.max(face.config.cap, realNameLevel),
          } as const,
        ]
      : []),
    ...(can.review && review
      ? [{ way: 'review', href: verificationPaths.review, level: review.config.cap } as const]
      : []),
    ...(realNameLevel < WINDOW_LEVEL ? [{ way: 'window', level: WINDOW_LEVEL } as const] : []),
  ];
  ctx.render('verification/overview', {
    ...(await verificationFrame(deps, ctx, visitor)),
    realNameLevel,
    higherLevels: realNameLevels.filter((level) => level > realNameLevel),
    lacksNumber: lacksNumber(account),
    confirmed: confirmedSoFar(account, { evidence, now }),
    ways,
    hasReviewCase,
    ...(can.review && realNameLevel < VERIFIED_LEVEL
      ? { certificatesHref: verificationPaths.certificates }
      : {}),
  });
}
