// Signing in and out at a relying party: begin, answer, end.
import Router from '@koa/router';
import type { Context } from 'koa';
import { setCookie } from '../pages/site-shell.ts';
import { dropSessionId, isOwnForm, keepSessionId, readSessionId } from './browser-session.ts';
import { pendingCookieName, pendingTtlSeconds } from './pending-sign-ins.ts';
import type { RelyingParty } from './party.ts';
import { completeSignIn, explainFailure } from './sign-in.ts';
import type { SignInProblem } from './sign-in.ts';

const callbackPath = '/callback';

export function signInRoutes(party: RelyingParty): Router {
  const router = new Router();
  router.get('/sign-in', (ctx) => beginSignIn(party, ctx));
  router.get(callbackPath, (ctx) => answerSignIn(party, ctx));
  router.post('/sign-out', (ctx) => signOut(party, ctx));
  return router;
}

/** Answers third-party initiated sign-in as well: OpenID Connect Core 1.0, section 4. */
async function beginSignIn(party: RelyingParty, ctx: Context): Promise<void> {
  const { iss, login_hint: loginHint } = ctx.query;
  if (iss !== undefined && iss !== party.provider.issuer) {
    party.pages.show(ctx, { page: 'problem', status: 400, problem: 'foreign_issuer' });
    return;
  }
  const begun = await party.pending.begin(party.site.key);
  const chosenLanguage = ctx.cookies.get(`${party.site.key}_lang`);
  try {
    const url = await party.provider.authorizationUrl({
      begun,
      extra: {
        ...party.site.authorizationExtras,
        ...(chosenLanguage === undefined ? {} : { ui_locales: chosenLanguage }),
        // 切换身份: asked for again, whoever was chosen before.
        ...(ctx.query['switch'] === undefined ? {} : { prompt: 'choose_identity' }),
        ...(typeof loginHint === 'string' && loginHint.length <= 200
          ? { login_hint: loginHint }
          : {}),
      },
    });
    setCookie(ctx, party.settings, {
      name: begun.cookieName,
      value: begun.browserSecret,
      path: callbackPath,
      maxAgeSeconds: pendingTtlSeconds,
    });
    ctx.status = 303;
    ctx.redirect(url.href);
  } catch (error) {
    showProblem(party, ctx, explainFailure(error));
  }
}

async function answerSignIn(party: RelyingParty, ctx: Context): Promise<void> {
  const answer = new URL(ctx.originalUrl, party.settings.publicUrl);
  const [state, ...more] = answer.searchParams.getAll('state');
  const pending =
    state === undefined || more.length > 0 ? undefined : takePending(party, ctx, state);
  if (!pending) {
    answerUnknown(party, ctx);
    return;
  }
  const result = await completeSignIn(party, answer, pending);
  if (!result.ok) {
    showProblem(party, ctx, result);
    return;
  }
  closeForeignSession(party, ctx, result.sessionId);
  keepSessionId(party, ctx, result.sessionId);
  ctx.status = 303;
  ctx.redirect('/');
}

function takePending(party: RelyingParty, ctx: Context, state: string) {
  const name = pendingCookieName(party.site.key, state);
  const pending = party.pending.take(state, ctx.cookies.get(name));
  if (pending) {
    setCookie(ctx, party.settings, { name, value: '', path: callbackPath, maxAgeSeconds: 0 });
  }
  return pending;
}

/** Another tab of the same sign-in keeps its session for its last requests; anyone else's ends. */
function closeForeignSession(party: RelyingParty, ctx: Context, newId: string): void {
  const previousId = readSessionId(party, ctx);
  const previous = party.sessions.find(previousId);
  const opened = party.sessions.find(newId);
  if (previous.state !== 'active' || opened.state !== 'active') return;
  if (previous.session.subject !== opened.session.subject) party.sessions.close(previousId);
}

/** Back button, refresh, an answer of another browser: harmless for who is signed in already. */
function answerUnknown(party: RelyingParty, ctx: Context): void {
  if (party.sessions.find(readSessionId(party, ctx)).state === 'active') {
    ctx.status = 303;
    ctx.redirect('/');
    return;
  }
  party.pages.show(ctx, { page: 'problem', status: 400, problem: 'answer_unknown' });
}

async function signOut(party: RelyingParty, ctx: Context): Promise<void> {
  if (!isOwnForm(party, ctx)) {
    party.pages.show(ctx, { page: 'problem', status: 403, problem: 'foreign_form' });
    return;
  }
  const id = readSessionId(party, ctx);
  const found = party.sessions.find(id);
  party.sessions.close(id);
  dropSessionId(party, ctx);
  ctx.status = 303;
  if (found.state !== 'active') {
    ctx.redirect('/signed-out');
    return;
  }
  try {
    const language = ctx.cookies.get(`${party.site.key}_lang`);
    ctx.redirect((await party.provider.endSessionUrl(found.session.idToken, language)).href);
  } catch (error) {
    showProblem(party, ctx, explainFailure(error));
  }
}

const refusals = new Map([
  ['access_denied', 'access_denied'],
  ['unmet_authentication_requirements', 'level_unmet'],
  ['login_required', 'sign_in_needed'],
  ['interaction_required', 'sign_in_needed'],
  ['account_selection_required', 'sign_in_needed'],
  ['consent_required', 'consent_needed'],
  ['temporarily_unavailable', 'unreachable'],
  ['server_error', 'unreachable'],
]);

export function showProblem(party: RelyingParty, ctx: Context, result: SignInProblem): void {
  const { page, log } = { page: party.pages, log: party.log };
  switch (result.reason) {
    case 'refused': {
      const problem = refusals.get(result.error) ?? 'refused_otherwise';
      const { error, description } = result;
      log({ event: 'sign_in_refused', error, description });
      page.show(ctx, { page: 'problem', status: 403, problem, error, description });
      return;
    }
    case 'answer_invalid': {
      const { error, description } = result;
      log({ event: 'answer_invalid', error, description });
      page.show(ctx, {
        page: 'problem',
        status: 400,
        problem: 'answer_invalid',
        error,
        description,
      });
      return;
    }
    case 'unreachable':
      log({ event: 'provider_unreachable', cause: String(result.cause) });
      page.show(ctx, { page: 'problem', status: 503, problem: 'unreachable' });
      return;
    case 'level_too_low':
      log({ event: 'level_too_low', level: result.level });
      page.show(ctx, { page: 'problem', status: 403, problem: 'level_unmet' });
      return;
    case 'ended_meanwhile':
      page.show(ctx, { page: 'problem', status: 403, problem: 'ended_meanwhile' });
  }
}
