// The session cookie of a relying party, and the check that a form was sent from its own pages.
import type { Context } from 'koa';
import { setCookie } from '../pages/site-shell.ts';
import type { RelyingParty } from './party.ts';

function cookieName(party: RelyingParty): string {
  return `${party.site.key}_session`;
}

export function readSessionId(party: RelyingParty, ctx: Context): string | undefined {
  return ctx.cookies.get(cookieName(party));
}

export function keepSessionId(party: RelyingParty, ctx: Context, id: string): void {
  setCookie(ctx, party.settings, { name: cookieName(party), value: id, path: '/' });
}

export function dropSessionId(party: RelyingParty, ctx: Context): void {
  setCookie(ctx, party.settings, {
    name: cookieName(party),
    value: '',
    path: '/',
    maxAgeSeconds: 0,
  });
}

/** Every browser states the origin with a POST; neighbours on other ports are other origins. */
export function isOwnForm(party: RelyingParty, ctx: Context): boolean {
  return ctx.get('Origin') === new URL(party.settings.publicUrl).origin;
}
