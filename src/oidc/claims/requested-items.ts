// What an authorization request asks for, item by item, and what a grant already holds of it.
// Items have the form the consent records use.
import { errors } from 'oidc-provider';
import type { Grant, KoaContextWithOIDC } from 'oidc-provider';
import { parseConsentItem } from '../../consent/consent-item.ts';
import { scopeClaims } from './claims.ts';
import type { ScopeName } from './claims.ts';
import { clientExtras } from './client-extras.ts';
import { SERVICE_PARAMETER, SUSPICION_PARAMETER } from './demand.ts';
import { ownApiScopes } from './own-apis.ts';
import type { GrantedPart } from '../storage/grant-union.ts';

/** Claims about the sign-in itself; they need nobody's consent (the library's own list). */
const PROTOCOL_CLAIMS = new Set(['sub', 'sid', 'auth_time', 'acr', 'amr', 'iss']);

/**
 * Scopes that were not registered are ignored, not errors; the same for single claims whose scope
 * was not registered. Runs before anything looks at the request.
 */
export function limitToRegistration(ctx: KoaContextWithOIDC): void {
  const { params, client } = ctx.oidc;
  if (!params || !client) return;
  const { allowedScopes, services } = clientExtras(client);
  if (typeof params['scope'] === 'string') {
    const isOurs = (scope: string) => scope in scopeClaims || ownApiScopes.includes(scope);
    const kept = params['scope']
      .split(' ')
      .filter((scope) => (isOurs(scope) ? allowedScopes.has(scope) : services.includes(scope)));
    params['scope'] = kept.length > 0 ? kept.join(' ') : undefined;
  }
  if (typeof params['claims'] === 'string') {
    params['claims'] = limitClaims(params['claims'], allowedScopes);
  }
}

/**
 * A service that is named decides what is asked of the person, so a slip must not ask less. What the
 * gateway finds is not for the sender to say.
 * @throws InvalidRequest for a service that the client has not registered
 */
export function checkService({ oidc: { params, client } }: KoaContextWithOIDC): void {
  if (!params || !client) return;
  delete params[SUSPICION_PARAMETER];
  const service = params[SERVICE_PARAMETER];
  if (service === undefined) return;
  const isRegistered = clientExtras(client).services.some((code) => code === service);
  if (!isRegistered) throw new errors.InvalidRequest(NOT_REGISTERED);
}

const NOT_REGISTERED = `${SERVICE_PARAMETER} must be one of the codes registered as services`;

function limitClaims(text: string, allowedScopes: ReadonlySet<string>): string {
  const allowed = new Set<string>(PROTOCOL_CLAIMS);
  for (const scope of allowedScopes) {
    for (const claim of scopeClaims[scope as ScopeName] ?? []) allowed.add(claim);
  }
  const parsed = JSON.parse(text) as Record<string, unknown>;
  for (const target of ['userinfo', 'id_token']) {
    const asked = parsed[target];
    if (typeof asked !== 'object' || asked === null) continue;
    parsed[target] = Object.fromEntries(
      Object.entries(asked).filter(([claim]) => allowed.has(claim)),
    );
  }
  return JSON.stringify(parsed);
}

/** The single claims of a `claims` parameter that somebody must allow. */
export function askedClaims(text: string): string[] {
  const parsed = JSON.parse(text) as Record<string, object | null | undefined>;
  const names = ['userinfo', 'id_token'].flatMap((target) => Object.keys(parsed[target] ?? {}));
  return [...new Set(names)].filter((name) => !PROTOCOL_CLAIMS.has(name));
}

/** Everything this request asks for that somebody must allow. */
export function requestedItems(ctx: KoaContextWithOIDC): string[] {
  const { oidc } = ctx;
  const scopes = [...oidc.requestParamOIDCScopes].map((scope) => `scope:${scope}`);
  const claims = [...oidc.requestParamClaims]
    .filter((claim) => !PROTOCOL_CLAIMS.has(claim))
    .map((claim) => `claim:${claim}`);
  const resources = Object.entries(oidc.resourceServers ?? {}).flatMap(([indicator, server]) =>
    [...oidc.requestParamScopes]
      .filter((scope) => server.scopes.has(scope))
      .map((scope) => `resource:${indicator} ${scope}`),
  );
  return [...scopes, ...claims, ...resources];
}

/** The items of `wanted` that the grant lacks. */
export function missingItems(grant: Grant, wanted: readonly string[]): string[] {
  const scopes = new Set(grant.getOIDCScope().split(' '));
  const claims = new Set(grant.getOIDCClaims());
  return wanted.filter((item) => {
    const parsed = parseConsentItem(item);
    if (parsed.kind === 'scope') return !scopes.has(parsed.name);
    if (parsed.kind === 'claim') return !claims.has(parsed.name);
    return !grant.getResourceScope(parsed.indicator).split(' ').includes(parsed.name);
  });
}

export function addItems(grant: Grant, items: readonly string[]): void {
  for (const item of items) {
    const parsed = parseConsentItem(item);
    if (parsed.kind === 'scope') grant.addOIDCScope(parsed.name);
    else if (parsed.kind === 'claim') grant.addOIDCClaims([parsed.name]);
    else grant.addResourceScope(parsed.indicator, parsed.name);
  }
}

/** Keeps these back, whatever the grant holds of them. Resources are not kept back one by one. */
export function rejectItems(grant: Grant, items: readonly string[]): void {
  for (const { kind, name } of items.map(parseConsentItem)) {
    if (kind === 'scope') grant.rejectOIDCScope(name);
    else if (kind === 'claim') grant.rejectOIDCClaims([name]);
  }
}

/** Takes back an earlier rejection: what is added to a grant counts only when it is not rejected. */
export function liftRejections(grant: Grant, names: ReadonlySet<string>): void {
  const { openid } = (grant as { rejected?: { openid?: GrantedPart } }).rejected ?? {};
  if (!openid) return;
  const isKept = (name: string) => !names.has(name);
  if (openid.scope) openid.scope = openid.scope.split(' ').filter(isKept).join(' ');
  if (openid.claims) openid.claims = openid.claims.filter(isKept);
}
