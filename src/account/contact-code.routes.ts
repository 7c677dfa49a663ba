// A code to a confirmed contact, before a first authenticator is set up in the account centre.
import { z } from 'zod';
import { typedCode } from '../interactions/sign-in-step-form.ts';
import {
  confirmedContacts,
  findContactCode,
  sendContactCode,
  verifyContactCode,
} from '../credentials/contact-code.ts';
import type { CodePlace } from '../credentials/contact-code.ts';
import { codeProblem, maskedContact, sendProblem } from '../interactions/contact-code-page.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import type { ContactCodeProblem } from '../credentials/credentials.views.ts';
import type { FieldError } from '../platform/http/view-locals.ts';
import { redirect, visitorOrExplanation } from './account-access.ts';
import type { Visitor } from './account-access.ts';
import type { AccountDependencies } from './account-deps.ts';
import { accountPaths } from './account-paths.ts';
import { isFresh, isMeaningful } from './fresh-sign-in.ts';

type Channel = 'sms' | 'mail';

export function contactCodeRoutes(deps: AccountDependencies): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: accountPaths.sendCode,
      name: 'account.send_contact_code',
      limiter: 'enrolment',
      csrf: 'token',
      input: { body: z.object({ channel: z.enum(['sms', 'mail']).optional() }) },
      async handle(ctx, { body }) {
        const visitor = await enrollingVisitor(deps, ctx);
        if (visitor) await send(deps, ctx, { visitor, channel: body.channel });
      },
    }),
    defineRoute({
      method: 'POST',
      path: accountPaths.contactCode,
      name: 'account.contact_code',
      limiter: 'secondFactor',
      csrf: 'token',
      input: { body: z.object({ code: z.string().max(50).default('') }) },
      async handle(ctx, { body }) {
        const visitor = await enrollingVisitor(deps, ctx);
        const code = typedCode(body.code);
        if (visitor) await verify(deps, ctx, { visitor, code });
      },
    }),
  ];
}

/** Who may go on here; anybody else is led to the page, which says what is due. */
async function enrollingVisitor(
  deps: AccountDependencies,
  ctx: HttpContext,
): Promise<Visitor | undefined> {
  const visitor = await visitorOrExplanation(deps, ctx);
  if (!visitor) return undefined;
  if (isFresh(deps, visitor) && (await isMeaningful(deps, accountPaths.totp, visitor))) {
    return visitor;
  }
  redirect(ctx, accountPaths.totp);
  return undefined;
}

async function send(
  deps: AccountDependencies,
  ctx: HttpContext,
  { visitor, channel }: { visitor: Visitor; channel: Channel | undefined },
): Promise<void> {
  const contacts = confirmedContacts(visitor.account);
  const sent = await sendContactCode(
    { ...deps.credentials, sendCode: deps.sendCode },
    {
      ...placeOf(visitor),
      contact: contacts.find((each) => each.channel === channel) ?? contacts[0],
      address: ctx.ip,
      language: ctx.state.locale,
    },
  );
  if (sent.ok) return redirect(ctx, accountPaths.totp);
  ctx.set('Retry-After', String(sent.retryAfterSeconds));
  await showContactCode(deps, ctx, { visitor, error: sendProblem(sent), status: 429 });
}

async function verify(
  deps: AccountDependencies,
  ctx: HttpContext,
  { visitor, code }: { visitor: Visitor; code: string },
): Promise<void> {
  if (code === '') {
    const error = { field: 'code', key: 'contact-code.code_missing' } as const;
    return showContactCode(deps, ctx, { visitor, error });
  }
  const contacts = confirmedContacts(visitor.account);
  const given = { ...placeOf(visitor), code, contacts, address: ctx.ip };
  const outcome = await verifyContactCode(deps.credentials, given);
  if (!outcome.ok) return showContactCode(deps, ctx, { visitor, error: codeProblem(outcome) });
  await deps.accountSessions.noteContactProven(visitor.session.key);
  redirect(ctx, accountPaths.totp);
}

export async function showContactCode(
  deps: AccountDependencies,
  ctx: HttpContext,
  page: { visitor: Visitor; error?: FieldError<ContactCodeProblem>; status?: number },
): Promise<void> {
  const { visitor, error, status = error ? 422 : 200 } = page;
  const contacts = confirmedContacts(visitor.account).map(maskedContact);
  const pending = await findContactCode(deps.credentials, placeOf(visitor));
  const sentTo = contacts.find(({ channel }) => channel === pending?.channel);
  ctx.render(
    'credentials/contact-code',
    {
      contacts,
      ...(sentTo ? { sentTo } : {}),
      sendForm: { action: accountPaths.sendCode },
      form: { action: accountPaths.contactCode },
      errors: error ? [error] : [],
      cancelHref: accountPaths.security,
    },
    { status },
  );
}

function placeOf({ account, session }: Visitor): CodePlace {
  return { owner: account.id, purpose: 'enrol_second_factor', boundTo: session.sid };
}
