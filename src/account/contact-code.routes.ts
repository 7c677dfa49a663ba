// A code to a confirmed contact, before the first second factor is set up or a contact is changed in
// the account centre.
import { z } from 'zod';
import { typedCode } from '../interactions/sign-in-step-form.ts';
import {
  findContactCode,
  sendContactCode,
  verifyContactCode,
} from '../credentials/contact-code.ts';
import type { CodePlace, CodePurpose } from '../credentials/contact-code.ts';
import { codeProblem, maskedContact, sendProblem } from '../interactions/contact-code-page.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import type { ContactCodeProblem } from '../credentials/credentials.views.ts';
import type { FieldError } from '../platform/http/view-locals.ts';
import { visitorOrExplanation } from './account-access.ts';
import type { Visitor } from './account-access.ts';
import type { AccountDependencies } from './account-deps.ts';
import { accountPaths, isContactChange, proofPaths } from './account-paths.ts';
import type { ContactPage } from './account-paths.ts';
import { channelOf, contactsToProve } from './contact-holding.ts';
import { isFresh, isMeaningful, proofDue } from './fresh-sign-in.ts';

type Channel = 'sms' | 'mail';

/** Who has lost the number goes on there: with the new one, by other proofs and a waiting time. */
const RECOVERY = '/recover';

const PURPOSES: Readonly<Record<ContactPage, CodePurpose>> = {
  [accountPaths.totp]: 'enrol_second_factor',
  [accountPaths.passkeys]: 'add_passkey',
  [accountPaths.changePhone]: 'change_contact',
  [accountPaths.changeMail]: 'change_contact',
};

const PAGES = {
  enrol_second_factor: accountPaths.totp,
  add_passkey: accountPaths.passkeys,
  change_phone: accountPaths.changePhone,
  change_mail: accountPaths.changeMail,
} as const;

export function contactCodeRoutes(deps: AccountDependencies): Route[] {
  return Object.entries(PAGES).flatMap(([name, page]) => routesOf(deps, { name, page }));
}

function routesOf(
  deps: AccountDependencies,
  { name, page }: { name: string; page: ContactPage },
): Route[] {
  const paths = proofPaths(page);
  const names = `account.${name}`;
  return [
    defineRoute({
      method: 'POST',
      path: paths.sendCode,
      name: `${names}_send_contact_code`,
      limiter: 'enrolment',
      csrf: 'token',
      input: { body: z.object({ channel: z.enum(['sms', 'mail']).optional() }) },
      async handle(ctx, { body }) {
        const visitor = await enrollingVisitor(deps, ctx, page);
        if (visitor) await send(deps, ctx, { visitor, page, channel: body.channel });
      },
    }),
    defineRoute({
      method: 'POST',
      path: paths.contactCode,
      name: `${names}_contact_code`,
      limiter: 'secondFactor',
      csrf: 'token',
      input: { body: z.object({ code: z.string().max(50).default('') }) },
      async handle(ctx, { body }) {
        const visitor = await enrollingVisitor(deps, ctx, page);
        const code = typedCode(body.code);
        if (visitor) await verify(deps, ctx, { visitor, page, code });
      },
    }),
  ];
}

/** Who may go on here; anybody else is led to the page, which says what is due. */
async function enrollingVisitor(
  deps: AccountDependencies,
  ctx: HttpContext,
  page: ContactPage,
): Promise<Visitor | undefined> {
  const visitor = await visitorOrExplanation(deps, ctx);
  if (!visitor) return undefined;
  if (isFresh(deps, visitor) && (await isMeaningful(deps, page, visitor))) {
    // A code is no proof for who has a second factor.
    if ((await proofDue(deps, visitor)) !== 'factor') return visitor;
  }
  redirect(ctx, page);
  return undefined;
}

async function send(
  deps: AccountDependencies,
  ctx: HttpContext,
  { visitor, page, channel }: { visitor: Visitor; page: ContactPage; channel: Channel | undefined },
): Promise<void> {
  const contacts = contactsToProve(visitor, page);
  const sent = await sendContactCode(
    { ...deps.credentials, sendCode: deps.sendCode },
    {
      ...placeOf(visitor, page),
      contact: contacts.find((each) => each.channel === channel) ?? contacts[0],
      address: ctx.ip,
      language: ctx.state.locale,
    },
  );
  if (sent.ok) return redirect(ctx, page);
  ctx.set('Retry-After', String(sent.retryAfterSeconds));
  await showContactCode(deps, ctx, { visitor, page, error: sendProblem(sent), status: 429 });
}

async function verify(
  deps: AccountDependencies,
  ctx: HttpContext,
  { visitor, page, code }: { visitor: Visitor; page: ContactPage; code: string },
): Promise<void> {
  if (code === '') {
    const error = { field: 'code', key: 'contact-code.code_missing' } as const;
    return showContactCode(deps, ctx, { visitor, page, error });
  }
  const contacts = contactsToProve(visitor, page);
  const given = { ...placeOf(visitor, page), code, contacts, address: ctx.ip };
  const outcome = await verifyContactCode(deps.credentials, given);
  if (!outcome.ok)
    return showContactCode(deps, ctx, { visitor, page, error: codeProblem(outcome) });
  const [only, other] = contacts;
  await deps.accountSessions.noteContactProven(visitor.session.key, other ? undefined : only);
  redirect(ctx, page);
}

export async function showContactCode(
  deps: AccountDependencies,
  ctx: HttpContext,
  shown: {
    visitor: Visitor;
    page: ContactPage;
    error?: FieldError<ContactCodeProblem>;
    status?: number;
  },
): Promise<void> {
  const { visitor, page, error, status = error ? 422 : 200 } = shown;
  const paths = proofPaths(page);
  const contacts = contactsToProve(visitor, page).map(maskedContact);
  const pending = await findContactCode(deps.credentials, placeOf(visitor, page));
  const sentTo = contacts.find(({ channel }) => channel === pending?.channel);
  ctx.render(
    'credentials/contact-code',
    {
      contacts,
      ...(sentTo ? { sentTo } : {}),
      sendForm: { action: paths.sendCode },
      form: { action: paths.contactCode },
      ...(isContactChange(page) ? { changes: channelOf(page), lostHref: RECOVERY } : {}),
      errors: error ? [error] : [],
      cancelHref: accountPaths.security,
    },
    { status },
  );
}

function placeOf({ account, session }: Visitor, page: ContactPage): CodePlace {
  return { owner: account.id, purpose: PURPOSES[page], boundTo: session.sid };
}
