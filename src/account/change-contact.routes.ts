// The pages that change the phone or the mail of an account, and their forms. Who opens one has signed
// in minutes ago and proven more than the password; see contact-holding.ts for the number of a
// verified account.
import { z } from 'zod';
import { codeProblem, maskedContact, sendProblem } from '../interactions/contact-code-page.ts';
import { typedCode } from '../interactions/sign-in-step-form.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import type { FieldError } from '../platform/http/view-locals.ts';
import { readContact } from '../registration/sign-up-contact.ts';
import { accountFrame, confirmOn, visitorOrExplanation } from './account-access.ts';
import type { Visitor } from './account-access.ts';
import type { AccountNotice } from './account.views.ts';
import type { ContactChangeProblem } from './change-contact.views.ts';
import type { AccountDependencies } from './account-deps.ts';
import { accountPaths, contactChangePaths } from './account-paths.ts';
import type { ContactChangePage } from './account-paths.ts';
import {
  confirmNewContact,
  isCodeUnderWay,
  removalRefusal,
  removeContact,
  sendNewContactCode,
  typedContact,
} from './change-contact.ts';
import { channelOf, isHeld, presentContact } from './contact-holding.ts';
import { provenPage } from './factor-proof.routes.ts';
import { isFresh, isMeaningful, newFactorProofDue } from './fresh-sign-in.ts';
import { endOthers } from './sessions.routes.ts';

const PAGES = { phone: accountPaths.changePhone, mail: accountPaths.changeMail } as const;

const end_others = z.literal('yes').optional();
const enterBody = z.object({ contact: z.string().max(320).default('') });
const confirmBody = z.object({ code: z.string().max(50).default(''), end_others });
const removeBody = z.object({ end_others });

interface Changing {
  visitor: Visitor;
  page: ContactChangePage;
}
type Problem = FieldError<ContactChangeProblem>;
interface Extras {
  error?: Problem;
  typed?: string;
  status?: number;
}

export function changeContactRoutes(deps: AccountDependencies): Route[] {
  return Object.entries(PAGES).flatMap(([name, page]) => [
    provenPage(deps, {
      page,
      name: `account.contact_${name}`,
      show: (_, ctx, { visitor }) => showChange(deps, ctx, { visitor, page }),
    }),
    ...formRoutes(deps, { name, page }),
  ]);
}

function formRoutes(
  deps: AccountDependencies,
  { name, page }: { name: string; page: ContactChangePage },
): Route[] {
  const paths = contactChangePaths(page);
  const own = { method: 'POST', csrf: 'token' } as const;
  return [
    defineRoute({
      ...own,
      path: paths.enter,
      name: `account.enter_${name}`,
      limiter: 'enrolment',
      input: { body: enterBody },
      handle: (ctx, { body }) =>
        changing(deps, ctx, {
          page,
          act: (of) => enter(deps, ctx, { ...of, typed: body.contact }),
        }),
    }),
    defineRoute({
      ...own,
      path: paths.sendAgain,
      name: `account.send_${name}_code_again`,
      limiter: 'enrolment',
      input: { body: z.object({}) },
      handle: (ctx) => changing(deps, ctx, { page, act: (of) => sendAgain(deps, ctx, of) }),
    }),
    defineRoute({
      ...own,
      path: paths.forget,
      name: `account.enter_other_${name}`,
      limiter: 'account',
      input: { body: z.object({}) },
      handle: (ctx) => changing(deps, ctx, { page, act: (of) => forget(deps, ctx, of) }),
    }),
    defineRoute({
      ...own,
      path: paths.confirm,
      name: `account.confirm_${name}`,
      limiter: 'secondFactor',
      input: { body: confirmBody },
      handle: (ctx, { body }) =>
        changing(deps, ctx, { page, act: (of) => confirm(deps, ctx, { ...of, body }) }),
    }),
    defineRoute({
      ...own,
      path: paths.remove,
      name: `account.remove_${name}`,
      limiter: 'account',
      input: { body: removeBody },
      handle: (ctx, { body }) =>
        changing(deps, ctx, { page, act: (of) => remove(deps, ctx, { ...of, body }) }),
    }),
  ];
}

/** For forms: who may not go on is led to the page, which says what is due. */
async function changing(
  deps: AccountDependencies,
  ctx: HttpContext,
  { page, act }: { page: ContactChangePage; act: (of: Changing) => Promise<void> },
): Promise<void> {
  const visitor = await visitorOrExplanation(deps, ctx);
  if (!visitor) return;
  const isProven = isFresh(deps, visitor) && (await newFactorProofDue(deps, visitor)) === 'none';
  const mayGoOn = isProven && isHeld(deps, visitor, page);
  if (mayGoOn && (await isMeaningful(deps, page, visitor))) await act({ visitor, page });
  else redirect(ctx, page);
}

async function enter(
  deps: AccountDependencies,
  ctx: HttpContext,
  { typed, ...of }: Changing & { typed: string },
): Promise<void> {
  const { visitor, page } = of;
  const channel = channelOf(page);
  const refuse = (key: ContactChangeProblem) =>
    showChange(deps, ctx, { ...of, typed, error: { field: 'contact', key } });
  const read = readContact({ channel, text: typed }, deps.clock.now());
  if (!read.ok) {
    const { problem } = read;
    if (problem === 'missing') return refuse(`sign-up.problem.missing_${channel}`);
    return refuse(`sign-up.problem.${problem}`);
  }
  const { contact } = read;
  if (presentContact(visitor.account, page)?.address === contact.address) {
    return refuse(`account-contact.same.${channel}`);
  }
  const before = typedContact(visitor, page);
  const isSame = before?.address === contact.address;
  // The form was sent twice: the code of the first time is on its way.
  if (isSame && (await isCodeUnderWay(deps, visitor, contact))) return redirect(ctx, page);
  const sent = await send(deps, ctx, { visitor, contact });
  if (!sent.ok) {
    const error = { ...sendProblem(sent), field: 'contact' } as const;
    return showChange(deps, ctx, { ...of, typed, error, status: 429 });
  }
  await deps.accountSessions.keepNewContact(visitor.session.key, contact);
  redirect(ctx, page);
}

async function sendAgain(deps: AccountDependencies, ctx: HttpContext, of: Changing): Promise<void> {
  const contact = typedContact(of.visitor, of.page);
  if (!contact) return redirect(ctx, of.page);
  const sent = await send(deps, ctx, { visitor: of.visitor, contact });
  if (sent.ok) return redirect(ctx, of.page);
  await showChange(deps, ctx, { ...of, error: sendProblem(sent), status: 429 });
}

async function forget(deps: AccountDependencies, ctx: HttpContext, of: Changing): Promise<void> {
  await deps.accountSessions.forgetNewContact(of.visitor.session.key);
  redirect(ctx, of.page);
}

async function send(
  deps: AccountDependencies,
  ctx: HttpContext,
  { visitor, contact }: { visitor: Visitor; contact: Parameters<typeof maskedContact>[0] },
) {
  const from = { address: ctx.ip, language: ctx.state.locale };
  const sent = await sendNewContactCode(deps, visitor, { contact, ...from });
  if (!sent.ok) ctx.set('Retry-After', String(sent.retryAfterSeconds));
  return sent;
}

async function confirm(
  deps: AccountDependencies,
  ctx: HttpContext,
  { body, ...of }: Changing & { body: z.output<typeof confirmBody> },
): Promise<void> {
  const contact = typedContact(of.visitor, of.page);
  if (!contact) return redirect(ctx, of.page);
  const code = typedCode(body.code);
  if (code === '') {
    const error = { field: 'code', key: 'contact-code.code_missing' } as const;
    return showChange(deps, ctx, { ...of, error });
  }
  const given = { contact, code, address: ctx.ip };
  const outcome = await confirmNewContact(deps, of.visitor, given);
  if (outcome.ok) return finish(deps, ctx, { ...of, body, done: 'changed' });
  if (outcome.reason === 'changed_meanwhile') return sayMeanwhile(deps, ctx, of);
  await showChange(deps, ctx, { ...of, error: codeProblem(outcome) });
}

async function remove(
  deps: AccountDependencies,
  ctx: HttpContext,
  { body, ...of }: Changing & { body: z.output<typeof removeBody> },
): Promise<void> {
  const outcome = await removeContact(deps, of.visitor, { page: of.page, address: ctx.ip });
  if (outcome.ok) return finish(deps, ctx, { ...of, body, done: 'removed' });
  if (outcome.reason === 'changed_meanwhile') return sayMeanwhile(deps, ctx, of);
  const error = { key: `account-contact.keep.${outcome.reason}` } as const;
  await showChange(deps, ctx, { ...of, error, status: 409 });
}

async function finish(
  deps: AccountDependencies,
  ctx: HttpContext,
  of: Changing & { body: { end_others?: 'yes' | undefined }; done: 'changed' | 'removed' },
): Promise<void> {
  const { visitor, page, body, done } = of;
  if (body.end_others === 'yes') await endOthers(deps, visitor);
  const name = channelOf(page) === 'sms' ? 'phone' : 'mail';
  const notice: AccountNotice = `account.notice.${name}_${done}`;
  await confirmOn(deps, ctx, { visitor, page: accountPaths.security, notice });
}

function sayMeanwhile(deps: AccountDependencies, ctx: HttpContext, { visitor }: Changing) {
  const notice = 'account.notice.contact_meanwhile';
  return confirmOn(deps, ctx, { visitor, page: accountPaths.security, notice });
}

async function showChange(
  deps: AccountDependencies,
  ctx: HttpContext,
  shown: Changing & Extras,
): Promise<void> {
  const { visitor, page, error, typed = '', status = error ? 422 : 200 } = shown;
  const paths = contactChangePaths(page);
  const present = presentContact(visitor.account, page);
  const sentTo = typedContact(visitor, page);
  const refusal = present && removalRefusal(visitor.account, page);
  const removal = refusal ? { refusal } : { form: { action: paths.remove } };
  ctx.render(
    'account/change-contact',
    {
      ...(await accountFrame(deps, visitor)),
      channel: channelOf(page),
      ...(present ? { present: maskedContact(present).masked, removal } : {}),
      ...(sentTo ? { sentTo: maskedContact(sentTo) } : {}),
      isOver: sentTo !== undefined && !(await isCodeUnderWay(deps, visitor, sentTo)),
      contact: typed,
      enterForm: { action: paths.enter },
      confirmForm: { action: paths.confirm },
      sendForm: { action: paths.sendAgain },
      otherForm: { action: paths.forget },
      backHref: accountPaths.security,
      errors: error ? [error] : [],
    },
    { status },
  );
}
