// Before a first authenticator is set up: a code to a contact that the person confirmed earlier.
// A password alone must not be enough to bind somebody else's phone to an account.
import { z } from 'zod';
import { confirmedContacts } from '../credentials/contact-code.ts';
import type { CodePlace, Contact } from '../credentials/contact-code.ts';
import { epochSeconds } from '../platform/clock.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import type { ContactCodeProblem } from '../credentials/credentials.views.ts';
import { demandView } from './demand-view.ts';
import { codeProblem, maskedContact, sendProblem } from './contact-code-page.ts';
import { interactionParams, interactionPath } from './interaction-access.ts';
import type { InteractionDependencies } from './interaction-deps.ts';
import { keepProgress } from './interaction-result.ts';
import { accountOf } from './sign-in-situation.ts';
import { dueStep, typedCode } from './sign-in-step-form.ts';
import type { StepPage } from './sign-in-step-form.ts';

const sendBody = z.object({ channel: z.enum(['sms', 'mail']).optional() });
const verifyBody = z.object({ code: z.string().max(50).default('') });

export function contactCodeRoutes(deps: InteractionDependencies): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/interaction/:uid/contact-code/send',
      name: 'interactions.send_contact_code',
      limiter: 'enrolment',
      csrf: 'token',
      input: { params: interactionParams, body: sendBody },
      handle: (ctx, { params, body }) =>
        send(deps, ctx, { uid: params.uid, channel: body.channel }),
    }),
    defineRoute({
      method: 'POST',
      path: '/interaction/:uid/contact-code',
      name: 'interactions.contact_code',
      limiter: 'secondFactor',
      csrf: 'token',
      input: { params: interactionParams, body: verifyBody },
      handle: (ctx, { params, body }) => verify(deps, ctx, { uid: params.uid, code: body.code }),
    }),
  ];
}

async function send(
  deps: InteractionDependencies,
  ctx: HttpContext,
  given: { uid: string; channel: Contact['channel'] | undefined },
): Promise<void> {
  const page = await dueStep(deps, ctx, { uid: given.uid, step: 'contact_code' });
  if (!page) return;
  const contacts = confirmedContacts(accountOf(page.situation));
  const sent = await deps.contactCodes.send({
    ...placeOf(page),
    contact: contacts.find(({ channel }) => channel === given.channel) ?? contacts[0],
    address: ctx.ip,
    language: ctx.state.locale,
  });
  if (sent.ok) {
    redirect(ctx, interactionPath(given.uid));
    return;
  }
  ctx.set('Retry-After', String(sent.retryAfterSeconds));
  await showContactCode(deps, ctx, { ...page, errors: [sendProblem(sent)], status: 429 });
}

async function verify(
  deps: InteractionDependencies,
  ctx: HttpContext,
  given: { uid: string; code: string },
): Promise<void> {
  const page = await dueStep(deps, ctx, { uid: given.uid, step: 'contact_code' });
  if (!page) return;
  const code = typedCode(given.code);
  if (code === '') {
    const missing = { field: 'code', key: 'contact-code.code_missing' } as const;
    await showContactCode(deps, ctx, { ...page, errors: [missing] });
    return;
  }
  const account = accountOf(page.situation);
  const contacts = confirmedContacts(account);
  const place = placeOf(page);
  const outcome = await deps.contactCodes.verify({ ...place, code, contacts, address: ctx.ip });
  if (!outcome.ok) {
    // Sent twice, the first was right: the second is led on.
    if (!(await dueStep(deps, ctx, { uid: given.uid, step: 'contact_code' }))) return;
    await showContactCode(deps, ctx, { ...page, errors: [codeProblem(outcome)] });
    return;
  }
  const contact = { accountId: account.id, at: epochSeconds(deps.clock) };
  await keepProgress(deps, page.open.interaction, { ...page.situation.progress, contact });
  redirect(ctx, interactionPath(given.uid));
}

export async function showContactCode(
  deps: InteractionDependencies,
  ctx: HttpContext,
  page: StepPage<ContactCodeProblem> & { status?: number },
): Promise<void> {
  const path = interactionPath(page.open.interaction.uid);
  const errors = page.errors ?? [];
  const contacts = confirmedContacts(accountOf(page.situation)).map(maskedContact);
  const channel = await deps.contactCodes.pending(placeOf(page));
  const sentTo = contacts.find((contact) => contact.channel === channel);
  ctx.render(
    'credentials/contact-code',
    {
      relyingParty: page.open.relyingParty,
      ...demandView(deps, ctx, page.situation),
      contacts,
      ...(sentTo ? { sentTo } : {}),
      sendForm: { action: `${path}/contact-code/send` },
      form: { action: `${path}/contact-code` },
      errors,
      cancelForm: { action: `${path}/cancel` },
    },
    { status: page.status ?? (errors.length > 0 ? 422 : 200) },
  );
}

function placeOf({ open, situation }: StepPage): CodePlace {
  const boundTo = open.interaction.uid;
  return { owner: accountOf(situation).id, purpose: 'enrol_second_factor', boundTo };
}
