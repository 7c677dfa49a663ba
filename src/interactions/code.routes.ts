// Signing in with a code in place of the password: the same pages and answers for every login name.
// What a code opens by itself stands in sign-in-steps.ts.
import { z } from 'zod';
import { accountKinds } from '../accounts/account.ts';
import type { SignInCodeProblem } from '../credentials/credentials.views.ts';
import { epochSeconds } from '../platform/clock.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import type { FieldError } from '../platform/http/view-locals.ts';
import { codeProblem, sendProblem } from './contact-code-page.ts';
import { deviceCookie } from './finish-sign-in.ts';
import { interactionParams, interactionPath } from './interaction-access.ts';
import type { OpenInteraction } from './interaction-access.ts';
import type { InteractionDependencies } from './interaction-deps.ts';
import { keepProgress } from './interaction-result.ts';
import { servedKinds } from './sign-in-page.ts';
import { readProgress } from './sign-in-progress.ts';
import type { SignInProgress } from './sign-in-progress.ts';
import { gatherSituation } from './sign-in-situation.ts';
import { typedCode } from './sign-in-step-form.ts';
import { nextStep } from './sign-in-steps.ts';
import { openSignIn } from './sign-in.routes.ts';

const kind = z.enum(accountKinds).catch('naturalPerson');
const askBody = z.object({
  login: z.string().max(200).default(''),
  kind,
  channel: z.enum(['sms', 'mail']).catch('sms'),
});
type Asked = NonNullable<SignInProgress['codeFor']>;

export function codeRoutes(deps: InteractionDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/interaction/:uid/code',
      name: 'interactions.code_page',
      input: { params: interactionParams, query: z.object({ for: kind.optional() }) },
      async handle(ctx, { params, query }) {
        const open = await openForCode(deps, ctx, params.uid);
        if (open) await showCode(deps, ctx, { open, kind: query.for });
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/interaction/:uid/code/send',
      name: 'interactions.send_code',
      limiter: 'signIn',
      csrf: 'token',
      input: { params: interactionParams, body: askBody },
      async handle(ctx, { params, body }) {
        const open = await openForCode(deps, ctx, params.uid);
        if (open) await send(deps, ctx, { open, asked: body });
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/interaction/:uid/code',
      name: 'interactions.code',
      limiter: 'signIn',
      csrf: 'token',
      input: {
        params: interactionParams,
        body: z.object({ code: z.string().max(50).default('') }),
      },
      async handle(ctx, { params, body }) {
        const open = await openForCode(deps, ctx, params.uid);
        if (open) await verify(deps, ctx, { open, code: typedCode(body.code) });
      },
    }),
  ];
}

/** Where nobody has signed in yet; anybody else is led to what is due. */
async function openForCode(
  deps: InteractionDependencies,
  ctx: HttpContext,
  uid: string,
): Promise<OpenInteraction | undefined> {
  const open = await openSignIn(deps, ctx, uid);
  if (!open) return undefined;
  ctx.state.pageAddress = `${interactionPath(uid)}/code`;
  // Whoever is signed in is asked once more who it is: for that a code is not enough, because what
  // follows may change the factors themselves.
  const isSignedIn = open.interaction.session?.accountId !== undefined;
  if (!isSignedIn && nextStep(await gatherSituation(deps, open)).step === 'password') return open;
  redirect(ctx, interactionPath(uid));
  return undefined;
}

async function send(
  deps: InteractionDependencies,
  ctx: HttpContext,
  { open, asked }: { open: OpenInteraction; asked: z.output<typeof askBody> },
): Promise<void> {
  const { uid } = open.interaction;
  const login = asked.login.trim();
  const codeFor = { ...asked, login, at: epochSeconds(deps.clock) };
  if (login === '') {
    const missing = { field: 'login', key: 'sign-in.login_missing' } as const;
    return showCode(deps, ctx, { open, asked: codeFor, isAsking: true, errors: [missing] });
  }
  const sent = await deps.signInCodes.send({
    ...asked,
    login,
    boundTo: uid,
    address: ctx.ip,
    language: ctx.state.locale,
  });
  const isOnItsWay =
    sent.ok ||
    (sent.reason === 'too_soon' &&
      (await deps.signInCodes.isUnderWay({ ...asked, login, boundTo: uid })));
  if (isOnItsWay) {
    await keepProgress(deps, open.interaction, { codeFor });
    redirect(ctx, `${interactionPath(uid)}/code`);
    return;
  }
  ctx.set('Retry-After', String(sent.retryAfterSeconds));
  const error = { ...sendProblem(sent), field: 'login' };
  await showCode(deps, ctx, { open, asked: codeFor, isAsking: true, errors: [error], status: 429 });
}

async function verify(
  deps: InteractionDependencies,
  ctx: HttpContext,
  { open, code }: { open: OpenInteraction; code: string },
): Promise<void> {
  const { uid } = open.interaction;
  const asked = askedIn(deps, open);
  if (!asked) return redirect(ctx, `${interactionPath(uid)}/code`);
  if (code === '') {
    const missing = { field: 'code', key: 'contact-code.code_missing' } as const;
    return showCode(deps, ctx, { open, asked, errors: [missing] });
  }
  const outcome = await deps.signInCodes.verify({
    ...asked,
    boundTo: uid,
    code,
    address: ctx.ip,
    deviceCookie: deviceCookie(deps, ctx),
  });
  if (!outcome.ok) {
    deps.metrics.signIn('code_wrong');
    // Sent twice, the first was right: the second is led on.
    const again = await openForCode(deps, ctx, uid);
    if (again) await showCode(deps, ctx, { open, asked, errors: [codeProblem(outcome)] });
    return;
  }
  const { account, channel, contactSince, isKnownDevice } = outcome;
  const at = epochSeconds(deps.clock);
  const proven = { accountId: account.id, at, channel, contactSince, isKnownDevice };
  await keepProgress(deps, open.interaction, { code: proven });
  redirect(ctx, interactionPath(uid));
}

function askedIn(deps: InteractionDependencies, { interaction }: OpenInteraction) {
  return readProgress(interaction, epochSeconds(deps.clock)).codeFor;
}

interface CodePage {
  open: OpenInteraction;
  kind?: Asked['kind'] | undefined;
  asked?: Asked;
  /** The name is asked for, whatever was sent before. */
  isAsking?: boolean;
  errors?: readonly FieldError<SignInCodeProblem>[];
  status?: number;
}

async function showCode(
  deps: InteractionDependencies,
  ctx: HttpContext,
  page: CodePage,
): Promise<void> {
  const { open, errors = [], isAsking = false } = page;
  const { uid } = open.interaction;
  const path = interactionPath(uid);
  const asked = page.asked ?? askedIn(deps, open);
  const served = servedKinds(open).filter((each) => each !== 'civilServant');
  const chosen = page.kind ?? asked?.kind;
  const shown = served.find((each) => each === chosen) ?? served[0] ?? 'naturalPerson';
  const isSent = !isAsking && asked !== undefined && page.kind === undefined;
  ctx.render(
    'credentials/sign-in-code',
    {
      relyingParty: open.relyingParty,
      kind: shown,
      login: asked?.login ?? '',
      channel: asked?.channel ?? 'sms',
      isSent,
      sendForm: { action: `${path}/code/send`, fields: { kind: shown } },
      form: { action: `${path}/code` },
      otherHref: `${path}/code?for=${shown}`,
      passwordHref: path,
      errors,
      cancelForm: { action: `${path}/cancel` },
    },
    { status: page.status ?? (errors.length > 0 ? 422 : 200) },
  );
}
