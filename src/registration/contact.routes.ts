// The first page of a registration: who registers how, and the contact that a code is sent to.
import { z } from 'zod';
import { sendProblem } from '../interactions/contact-code-page.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import type { FieldError } from '../platform/http/view-locals.ts';
import type { SignUpContactLocals, SignUpContactProblem } from './registration.views.ts';
import type { RegistrationDependencies } from './registration-deps.ts';
import { findSignUp, leadOn, setSignUpCookie, signUpCookie } from './sign-up-access.ts';
import { readContact, signUpContact, startSignUp } from './sign-up-contact.ts';
import type { ContactProblem } from './sign-up-contact.ts';
import { interactionId, signInPath, signUpPaths, signUpStart } from './sign-up-paths.ts';
import type { SignUp } from './sign-up-store.ts';

const query = z.object({
  interaction: interactionId.optional().catch(undefined),
  by: z.enum(['phone', 'mail']).optional().catch(undefined),
  kind: z.enum(['naturalPerson', 'legalEntity']).catch('naturalPerson'),
});

const body = z.object({
  channel: z.enum(['sms', 'mail']).catch('sms'),
  contact: z.string().max(320).default(''),
  interaction: interactionId.optional().catch(undefined),
});
type Body = z.output<typeof body>;

export function contactRoutes(deps: RegistrationDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: signUpPaths.start,
      name: 'registration.start',
      input: { query },
      handle: (ctx, input) => start(deps, ctx, input.query),
    }),
    defineRoute({
      method: 'POST',
      path: signUpPaths.start,
      name: 'registration.contact',
      limiter: 'signUp',
      csrf: 'token',
      input: { body },
      handle: (ctx, input) => takeContact(deps, ctx, input.body),
    }),
    defineRoute({
      method: 'POST',
      path: signUpPaths.keepContact,
      name: 'registration.contact_display',
      limiter: 'signUp',
      csrf: 'token',
      input: { body },
      handle: (ctx, input) => showContact(deps, ctx, { typed: input.body }),
    }),
  ];
}

async function start(
  deps: RegistrationDependencies,
  ctx: HttpContext,
  { interaction, by, kind }: z.output<typeof query>,
): Promise<void> {
  if (kind === 'legalEntity') {
    const { entityPath: onlineHref } = deps;
    ctx.render('registration/sign-up-entity', {
      tabs: tabsOf(interaction, kind),
      ...(onlineHref === undefined ? {} : { onlineHref }),
    });
    return;
  }
  const under = await findSignUp(deps, ctx);
  const before = under?.stage === 'done' ? undefined : under;
  // Before the first form: sent twice, it makes one registration.
  if (signUpCookie(deps, ctx) === undefined) setSignUpCookie(deps, ctx, deps.signUps.newId());
  const channel = by === undefined ? (before?.channel ?? 'sms') : by === 'mail' ? 'mail' : 'sms';
  const contact = before?.channel === channel ? before.typed : '';
  const typed = { channel, contact, interaction: interaction ?? before?.interaction };
  showContact(deps, ctx, { typed });
}

async function takeContact(
  deps: RegistrationDependencies,
  ctx: HttpContext,
  typed: Body,
): Promise<void> {
  const { channel, interaction } = typed;
  const read = readContact({ channel, text: typed.contact }, deps.clock.now());
  if (!read.ok) {
    const key = problemKey(channel, read.problem);
    showContact(deps, ctx, { typed, errors: [{ field: 'contact', key }] });
    return;
  }
  const contact = read.contact.address;
  const content = { channel, contact, typed: typed.contact.trim() };
  const { id, signUp } = await startSignUp(deps, signUpCookie(deps, ctx), {
    ...content,
    ...(interaction === undefined ? {} : { interaction }),
  });
  setSignUpCookie(deps, ctx, id);
  if (signUp.stage === 'contact' && !(await sendFirstCode(deps, ctx, { signUp, typed }))) return;
  // A first form has no cookie to be found by yet.
  await leadOn(deps, ctx, id);
}

/** False when none was sent, and the page says why. */
async function sendFirstCode(
  deps: RegistrationDependencies,
  ctx: HttpContext,
  { signUp, typed }: { signUp: SignUp; typed: Body },
): Promise<boolean> {
  const sent = await signUpContact.send(deps, signUp, {
    address: ctx.ip,
    language: ctx.state.locale,
  });
  if (sent.ok) return true;
  // The form was sent twice, or again: the code of the first time is on its way.
  if (sent.reason === 'too_soon' && (await signUpContact.isUnderWay(deps, signUp))) return true;
  ctx.set('Retry-After', String(sent.retryAfterSeconds));
  const problem: FieldError<SignUpContactProblem> = { ...sendProblem(sent), field: 'contact' };
  showContact(deps, ctx, { typed, errors: [problem], status: 429 });
  return false;
}

function showContact(
  { migratePath }: RegistrationDependencies,
  ctx: HttpContext,
  shown: { typed: Body; errors?: SignUpContactLocals['errors']; status?: number },
): void {
  const { channel, contact, interaction } = shown.typed;
  const { errors = [], status = errors.length > 0 ? 422 : 200 } = shown;
  ctx.state.pageAddress = signUpStart({ interaction, channel });
  ctx.render(
    'registration/sign-up-contact',
    {
      tabs: tabsOf(interaction, 'naturalPerson'),
      channel,
      otherHref: signUpStart({ interaction, channel: channel === 'sms' ? 'mail' : 'sms' }),
      contact,
      form: {
        action: signUpPaths.start,
        fields: { channel, ...(interaction === undefined ? {} : { interaction }) },
      },
      keepForm: { id: 'contact-form', action: signUpPaths.keepContact },
      signInHref: signInPath(interaction),
      ...(migratePath === undefined ? {} : { migrateHref: migratePath }),
      errors,
    },
    { status },
  );
}

function tabsOf(
  interaction: string | undefined,
  current: 'naturalPerson' | 'legalEntity',
): SignUpContactLocals['tabs'] {
  return (['naturalPerson', 'legalEntity'] as const).map((kind) => ({
    kind,
    href: signUpStart({ interaction, kind }),
    isCurrent: kind === current,
  }));
}

function problemKey(channel: Body['channel'], problem: ContactProblem): SignUpContactProblem {
  return problem === 'missing'
    ? `sign-up.problem.missing_${channel}`
    : `sign-up.problem.${problem}`;
}
