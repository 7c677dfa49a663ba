// Saying yes or no to who offers somebody to act for an organisation.
import { z } from 'zod';
import { confirmOn } from '../account/account-access.ts';
import type { SignInPlaces } from '../account/account-access.ts';
import { freshOrSignIn } from '../account/fresh-sign-in.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { answerInvitation } from '../mandates/answer-invitation.ts';
import { offerHref, TO_ACCEPT } from '../mandates/mandate-paths.ts';
import { entityPaths } from './entity-paths.ts';
import { isStrongEnough, personSending } from './legal-entities-access.ts';
import type { LegalEntitiesPageDependencies } from './legal-entities-access.ts';

const answerBody = z.object({
  invitation: z.string().max(100).default(''),
  /** The page of the offer, where it is not the list. */
  from: z.literal('offer').optional().catch(undefined),
});

/** Where the sign-in returns to that accepting may ask for. */
function placesOf({ invitation, from }: z.output<typeof answerBody>): SignInPlaces {
  const page = from ? offerHref(invitation) : entityPaths.list;
  const mark = `${from ? '&' : '?'}offer=${TO_ACCEPT}`;
  return { returnTo: `${page}${mark}`, cancelTo: page };
}

export function offerRoutes(deps: LegalEntitiesPageDependencies): Route[] {
  return [
    answerRoute(deps, { path: entityPaths.accept, isAccepted: true }),
    answerRoute(deps, { path: entityPaths.decline, isAccepted: false }),
  ];
}

function answerRoute(
  deps: LegalEntitiesPageDependencies,
  { path, isAccepted }: { path: string; isAccepted: boolean },
): Route {
  return defineRoute({
    method: 'POST',
    path,
    name: isAccepted ? 'legal_entities.accept' : 'legal_entities.decline',
    limiter: 'account',
    csrf: 'token',
    input: { body: answerBody },
    async handle(ctx, { body }) {
      const visitor = await personSending(deps, ctx);
      if (!visitor) return;
      const places = placesOf(body);
      if (isAccepted && !(await isStrongEnough(deps, ctx, { visitor, ...places }))) return;
      if (isAccepted && !(await freshOrSignIn(deps.visitors, ctx, { visitor, ...places }))) return;
      const outcome = await answerInvitation(deps.legalEntities, visitor.account, {
        invitationId: body.invitation,
        isAccepted,
        address: ctx.ip,
      });
      const notice = `account.notice.invitation_${outcome}` as const;
      await confirmOn(deps.visitors, ctx, { visitor, page: entityPaths.list, notice });
    },
  });
}
