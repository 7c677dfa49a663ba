// The pages of a relying party: its home before and after sign-in, what it says after signing out,
// its privacy notice and its emblem.
import { readFileSync } from 'node:fs';
import Router from '@koa/router';
import type { Context } from 'koa';
import { dropSessionId, isOwnForm, readSessionId } from './browser-session.ts';
import { describePerson } from './claims-view.ts';
import { refreshPerson } from './refresh.ts';
import type { Found, LocalSession } from './local-sessions.ts';
import type { RelyingParty } from './party.ts';
import { showProblem } from './sign-in.routes.ts';

export function pageRoutes(party: RelyingParty): Router {
  const router = new Router();
  const emblem = readFileSync(new URL(`./emblems/${party.site.key}.svg`, import.meta.url), 'utf8');
  router.get('/', (ctx) => showHome(party, ctx));
  router.get('/signed-out', (ctx) => showSignedOut(party, ctx));
  router.get('/policy', (ctx) =>
    party.pages.show(ctx, {
      page: 'policy',
      scopes: party.settings.registration.scope.split(' ').filter((scope) => scope !== 'openid'),
    }),
  );
  router.get('/logo.svg', (ctx) => {
    ctx.type = 'image/svg+xml';
    ctx.set('Cache-Control', 'max-age=3600');
    ctx.body = emblem;
  });
  if (party.site.usesRefreshTokens) router.post('/refresh', (ctx) => refresh(party, ctx));
  return router;
}

async function showHome(party: RelyingParty, ctx: Context): Promise<void> {
  const id = readSessionId(party, ctx);
  const found = party.sessions.find(id);
  switch (found.state) {
    case 'none':
      party.pages.show(ctx, { page: 'welcome', links: party.settings.links });
      return;
    case 'ended':
      party.sessions.close(id);
      dropSessionId(party, ctx);
      showEnded(party, ctx, found);
      return;
    case 'active':
      await showSignedIn(party, ctx, found.session);
  }
}

async function showSignedIn(party: RelyingParty, ctx: Context, session: LocalSession) {
  const isStale = session.tokens.accessExpiresAt <= Date.now();
  if (party.site.usesRefreshTokens && isStale) {
    const result = await refreshPerson(party, session);
    if (!result.ok && result.reason === 'grant_ended') return endLocally(party, ctx);
  }
  party.pages.show(ctx, {
    page: 'home',
    links: party.settings.links,
    person: describePerson(session),
    refreshedAt: session.refreshedAt === undefined ? undefined : new Date(session.refreshedAt),
    usesRefreshTokens: party.site.usesRefreshTokens,
  });
}

async function refresh(party: RelyingParty, ctx: Context): Promise<void> {
  if (!isOwnForm(party, ctx)) {
    party.pages.show(ctx, { page: 'problem', status: 403, problem: 'foreign_form' });
    return;
  }
  const found = party.sessions.find(readSessionId(party, ctx));
  if (found.state === 'active') {
    const result = await refreshPerson(party, found.session);
    if (!result.ok && result.reason === 'grant_ended') return endLocally(party, ctx);
    if (!result.ok) return showProblem(party, ctx, result.problem);
  }
  ctx.status = 303;
  ctx.redirect('/');
}

function endLocally(party: RelyingParty, ctx: Context): void {
  const id = readSessionId(party, ctx);
  if (id !== undefined) party.sessions.endById(id, 'grant_ended');
  const found = party.sessions.find(id);
  party.sessions.close(id);
  dropSessionId(party, ctx);
  if (found.state === 'ended') showEnded(party, ctx, found);
}

/** For whom it was, where it was for somebody, and why: as far as the provider has told. */
function showEnded(
  party: RelyingParty,
  ctx: Context,
  { reason, acting, mandateEnd }: Extract<Found, { state: 'ended' }>,
): void {
  party.pages.show(ctx, { page: 'ended', reason, acting, mandateEnd });
}

function showSignedOut(party: RelyingParty, ctx: Context): void {
  const id = readSessionId(party, ctx);
  const found = party.sessions.find(id);
  if (found.state === 'active') {
    ctx.status = 303;
    ctx.redirect('/');
    return;
  }
  party.sessions.close(id);
  if (id !== undefined) dropSessionId(party, ctx);
  party.pages.show(ctx, { page: 'signed-out', links: party.settings.links });
}
