// The buttons that send the browser back to the client with an error: which one depends on what the
// person did not want to do.
import { z } from 'zod';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { refuseRequest } from './finish-sign-in.ts';
import { interactionParams, openInteraction } from './interaction-access.ts';
import type { OpenInteraction } from './interaction-access.ts';
import type { InteractionDependencies } from './interaction-deps.ts';
import { gatherSituation } from './sign-in-situation.ts';
import { isStepUp } from './sign-in-steps.ts';

export function refusalRoutes(deps: InteractionDependencies): Route[] {
  return [
    refusalRoute(deps, {
      path: '/interaction/:uid/cancel',
      name: 'interactions.cancel',
      refusalOf: async (open) => ((await declinesStepUp(deps, open)) ? DECLINED : CANCELLED),
    }),
    refusalRoute(deps, {
      path: '/interaction/:uid/unmet',
      name: 'interactions.level_unmet',
      refusalOf: () => UNMET,
    }),
  ];
}

interface ErrorAnswer {
  error: string;
  error_description: string;
}

const CANCELLED: ErrorAnswer = {
  error: 'access_denied',
  error_description: 'the person chose not to go on',
};
const UNMET: ErrorAnswer = {
  error: 'unmet_authentication_requirements',
  error_description: 'the account is not verified to the requested level',
};
const DECLINED: ErrorAnswer = {
  error: 'unmet_authentication_requirements',
  error_description: 'the person did not confirm what the request demands',
};

async function declinesStepUp(
  deps: InteractionDependencies,
  open: OpenInteraction,
): Promise<boolean> {
  if (open.interaction.prompt.name !== 'login') return false;
  return isStepUp(await gatherSituation(deps, open));
}

/** A button that sends the browser back to the client with an error. */
function refusalRoute(
  deps: InteractionDependencies,
  refusal: {
    path: string;
    name: string;
    refusalOf: (open: OpenInteraction) => ErrorAnswer | Promise<ErrorAnswer>;
  },
): Route {
  const { path, name, refusalOf } = refusal;
  return defineRoute({
    method: 'POST',
    path,
    name,
    limiter: 'signIn',
    csrf: 'token',
    input: { params: interactionParams, body: z.object({}) },
    async handle(ctx, { params }) {
      const open = await openInteraction(deps, ctx, params.uid);
      if (open) await refuseRequest(deps, ctx, { open, ...(await refusalOf(open)) });
    },
  });
}
