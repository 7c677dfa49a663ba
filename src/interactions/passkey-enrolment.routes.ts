// A first passkey inside a sign-in that needs a second factor of an account without one: made on this
// device, it counts at once. The same conditions hold as for a first authenticator.
import { z } from 'zod';
import { MAX_RESPONSE_LENGTH } from '../credentials/passkey-ceremony.ts';
import { epochSeconds } from '../platform/clock.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { deviceName } from '../platform/http/device-name.ts';
import { interactionParams, interactionPath } from './interaction-access.ts';
import type { InteractionDependencies } from './interaction-deps.ts';
import { keepProgress } from './interaction-result.ts';
import { showEnrolment } from './second-factor.routes.ts';
import { accountOf } from './sign-in-situation.ts';
import { dueStep } from './sign-in-step-form.ts';

const madeBody = z.object({ credential: z.string().max(MAX_RESPONSE_LENGTH).default('') });

export function passkeyEnrolmentRoutes(deps: InteractionDependencies): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/interaction/:uid/enrol/passkey/options',
      name: 'interactions.enrol_passkey_options',
      limiter: 'enrolment',
      csrf: 'origin',
      input: { params: interactionParams, body: z.object({}), bodyType: 'json' },
      async handle(ctx, { params: { uid } }) {
        const page = await dueStep(deps, ctx, { uid, step: 'enrol' });
        if (page) ctx.body = await deps.passkeys.creationOptions(accountOf(page.situation), uid);
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/interaction/:uid/enrol/passkey',
      name: 'interactions.enrol_passkey',
      limiter: 'enrolment',
      csrf: 'token',
      input: { params: interactionParams, body: madeBody },
      handle: (ctx, { params, body }) =>
        enrol(deps, ctx, { uid: params.uid, response: body.credential }),
    }),
  ];
}

async function enrol(
  deps: InteractionDependencies,
  ctx: HttpContext,
  { uid, response }: { uid: string; response: string },
): Promise<void> {
  const step = 'enrol';
  const page = await dueStep(deps, ctx, { uid, step });
  if (!page) return;
  const { id: accountId } = accountOf(page.situation);
  const name = deviceName(ctx.get('user-agent').slice(0, 300)) ?? ctx.t('passkey.default_name');
  const made = await deps.passkeys.add({
    accountId,
    boundTo: uid,
    name,
    response,
    address: ctx.ip,
  });
  if (!made.ok) {
    // Sent twice, the first was right: the second is led on.
    const again = await dueStep(deps, ctx, { uid, step });
    const errors = [{ key: 'totp-enrol.passkey_refused' } as const];
    if (again) await showEnrolment(deps, ctx, { ...again, errors });
    return;
  }
  await deps.notices.changed(accountId, 'passkey_added');
  const passkey = { accountId, at: epochSeconds(deps.clock), id: made.passkeyId };
  await keepProgress(deps, page.open.interaction, { ...page.situation.progress, passkey });
  redirect(ctx, interactionPath(uid));
}
