// Saying yes or no to who offers somebody to act for an organisation.
import { z } from 'zod';
import { confirmOn } from '../account/account-access.ts';
import { freshOrSignIn } from '../account/fresh-sign-in.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { answerInvitation } from '../mandates/answer-invitation.ts';
import { entityPaths } from './entity-paths.ts';
import { isStrongEnough, personSending } from './legal-entities-access.ts';
import type { LegalEntitiesPageDependencies } from './legal-entities-access.ts';

/** `?offer=accept` of the list: back from the sign-in that accepting asked for. */
export const TO_ACCEPT = 'accept';

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
    input: { body: z.object({ invitation: z.string().max(100).default('') }) },
    async handle(ctx, { body }) {
      const visitor = await personSending(deps, ctx);
      if (!visitor) return;
      const returnTo = `${entityPaths.list}?offer=${TO_ACCEPT}`;
      if (isAccepted && !(await isStrongEnough(deps, ctx, { visitor, returnTo }))) return;
      if (isAccepted && !(await freshOrSignIn(deps.visitors, ctx, { visitor, returnTo }))) return;
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
