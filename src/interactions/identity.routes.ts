// As whom a person goes on to a system: as himself, or for an organisation. What the form says is
// looked up among the person's own, and looked at again when the grant is made.
import { z } from 'zod';
import type { Account } from '../accounts/account.ts';
import { CHOOSE_IDENTITY } from '../oidc/identity/identity-demand.ts';
import type { ChoiceResult } from '../oidc/identity/request-identity.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { chosenIdentity, maySelfBeChosen } from './identity-choices.ts';
import { chooser, SELF, showIdentities } from './identity-page.ts';
import type { Looking } from './identity-page.ts';
import { interactionParams, interactionPath, openInteraction } from './interaction-access.ts';
import type { OpenInteraction } from './interaction-access.ts';
import type { InteractionDependencies } from './interaction-deps.ts';
import { settle } from './interaction-result.ts';

/** What a reader looks for among many. */
export const identityQuery = z.object({
  q: z.string().max(100).default('').catch(''),
  page: z.coerce.number().int().min(1).max(10_000).default(1).catch(1),
});

const body = identityQuery.extend({ identity: z.string().max(400).default('') });

export function identityRoutes(deps: InteractionDependencies): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/interaction/:uid/identity',
      name: 'interactions.identity',
      limiter: 'consent',
      csrf: 'token',
      input: { params: interactionParams, body },
      async handle(ctx, { params, body: { identity, ...looking } }) {
        const open = await openInteraction(deps, ctx, params.uid);
        if (!open) return;
        if (open.interaction.prompt.name === CHOOSE_IDENTITY) {
          await choose(deps, ctx, { open, looking, identity });
        } else {
          redirect(ctx, interactionPath(params.uid));
        }
      },
    }),
  ];
}

async function choose(
  deps: InteractionDependencies,
  ctx: HttpContext,
  { open, looking, identity: key }: { open: OpenInteraction; looking: Looking; identity: string },
): Promise<void> {
  const account = await chooser(deps, open);
  const isSelf = key === SELF && maySelfBeChosen(open, account);
  const found = isSelf ? undefined : await chosenIdentity(deps, open, { account, key });
  if (!isSelf && !found) {
    if (key !== '') await recordForged(deps, ctx, { open, account });
    const problem = key === '' ? 'identity.nothing_chosen' : 'identity.not_offered';
    await showIdentities(deps, ctx, { open, looking, problem });
    return;
  }
  const choice: ChoiceResult = {
    choiceId: deps.random.id(),
    accountId: account.id,
    ...(found ? { reference: found.reference } : {}),
  };
  await settle(deps, open.interaction, { [CHOOSE_IDENTITY]: choice });
  redirect(ctx, open.interaction.returnTo);
}

/** What was never on the page of this person. */
async function recordForged(
  { audit }: InteractionDependencies,
  { ip: address }: HttpContext,
  { open, account }: { open: OpenInteraction; account: Account },
): Promise<void> {
  const { clientId } = open.client;
  const facts = { actor: account.id, clientId, address, reason: 'mandate_missing' };
  await audit.record({ type: 'oidc.identity_refused', result: 'refused', ...facts });
}
