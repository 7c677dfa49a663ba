// The endpoints of OpenID Federation 1.0: what we say of ourselves for everybody, and in the role of a hub
// what we say of those below us. Everything is signed; errors are as section 8.9 has them.
import { z } from 'zod';
import { epochSeconds } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import { AppError } from '../platform/errors.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import type { FederationConfig } from '../platform/federation-config.ts';
import { federationPaths } from './federation-paths.ts';
import type { OwnKeys, OwnStatements } from './own-statements.ts';
import { STATEMENT_TYPE } from './read-statement.ts';
import { judgeTrustMark } from './own-trust-marks.ts';
import type { SubordinateStore } from './subordinate-store.ts';
import type { TrustChain } from './trust-chain.ts';
import { TRUST_MARK_TYPE, validTrustMarks } from './trust-marks.ts';
import type { TrustRefusal } from './trust-refusal.ts';
import type { TrustResolver } from './trust-resolver.ts';

export interface FederationRoutesDependencies {
  issuer: string;
  config: FederationConfig;
  clock: Clock;
  own: OwnStatements;
  subordinates: Pick<SubordinateStore, 'get' | 'list'>;
  resolver: TrustResolver;
  keys: OwnKeys & {
    /** False when this process may have missed that a key was declared compromised. */
    isCurrent(): boolean;
  };
}

const RESOLVE_TYPE = 'resolve-response+jwt';
const STATUS_TYPE = 'trust-mark-status-response+jwt';

/** Also for parameters of which we know nothing: they are left out of account (8). */
const text = z.string().max(512).optional();
const type = z.string().max(500).optional();
const answer404 = { not_found: 404, invalid_trust_anchor: 404 } as const;

export function federationRoutes(deps: FederationRoutesDependencies): Route[] {
  const configuration = defineRoute({
    method: 'GET',
    path: federationPaths.configuration,
    name: 'federation_trust.configuration',
    limiter: 'federation',
    async handle(ctx) {
      requireCurrentKeys(deps);
      answerSigned(ctx, STATEMENT_TYPE, await deps.own.ofUs());
    },
  });
  if (!deps.config.hub) return [configuration];
  return [
    configuration,
    fetchRoute(deps),
    listRoute(deps),
    resolveRoute(deps),
    trustMarkRoute(deps),
    trustMarkStatusRoute(deps),
  ];
}

function fetchRoute(deps: FederationRoutesDependencies): Route {
  return defineRoute({
    method: 'GET',
    path: federationPaths.fetch,
    name: 'federation_trust.fetch',
    limiter: 'federation',
    input: { query: z.looseObject({ sub: text }) },
    async handle(ctx, { query: { sub } }) {
      requireCurrentKeys(deps);
      if (sub === undefined || sub === deps.issuer) return refuse(ctx, 'invalid_request', 'sub');
      const found = await deps.subordinates.get(sub);
      if (found?.state !== 'active') return refuse(ctx, 'not_found', 'sub');
      answerSigned(ctx, STATEMENT_TYPE, await deps.own.ofSubordinate(found));
    },
  });
}

function listRoute({ subordinates }: FederationRoutesDependencies): Route {
  return defineRoute({
    method: 'GET',
    path: federationPaths.list,
    name: 'federation_trust.list',
    limiter: 'federation',
    input: {
      query: z.looseObject({
        entity_type: text,
        trust_marked: text,
        trust_mark_type: type,
        intermediate: text,
      }),
    },
    async handle(ctx, { query }) {
      const { entity_type: role, trust_marked: marked, trust_mark_type: mark } = query;
      const active = (await subordinates.list()).filter(({ state }) => state === 'active');
      const found = active
        .filter(({ entityTypes }) => role === undefined || entityTypes.includes(role))
        .filter(({ terms }) => marked !== 'true' || terms.trustMarks.length > 0)
        .filter(({ terms }) => mark === undefined || terms.trustMarks.includes(mark))
        .filter(({ isIntermediate }) => {
          return (
            query.intermediate === undefined || isIntermediate === (query.intermediate === 'true')
          );
        });
      ctx.body = found.map(({ entityId }) => entityId);
      ctx.set('Cache-Control', 'no-store');
    },
  });
}

function resolveRoute(deps: FederationRoutesDependencies): Route {
  return defineRoute({
    method: 'GET',
    path: federationPaths.resolve,
    name: 'federation_trust.resolve',
    // It makes us ask around.
    limiter: 'trustSearch',
    input: { query: z.looseObject({ sub: text, trust_anchor: text, entity_type: text }) },
    async handle(ctx, { query }) {
      requireCurrentKeys(deps);
      const { sub, trust_anchor: anchor, entity_type: role } = query;
      if (sub === undefined || anchor === undefined)
        return refuse(ctx, 'invalid_request', 'sub, trust_anchor');
      const resolved = await deps.resolver.resolve(sub, role ?? 'federation_entity');
      if (!resolved.ok) return refuseChain(ctx, resolved.refusal);
      const { chain } = resolved;
      if (chain.anchor !== anchor) return refuse(ctx, 'invalid_trust_anchor', 'trust_anchor');
      answerSigned(ctx, RESOLVE_TYPE, await resolveResponse(deps, chain, role));
    },
  });
}

async function resolveResponse(
  { own, issuer, clock, resolver }: FederationRoutesDependencies,
  chain: TrustChain,
  role: string | undefined,
): Promise<string> {
  const { metadata, subject, configuration, subordinates, anchorConfiguration } = chain;
  const marks = await validTrustMarks(chain, {
    now: clock.now(),
    keysOf: (of) => resolver.keysOf(of, chain),
  });
  return own.sign(RESOLVE_TYPE, {
    iss: issuer,
    sub: subject,
    iat: epochSeconds(clock),
    exp: Math.floor(chain.expiresAt.getTime() / 1000),
    metadata: role === undefined ? metadata : { [role]: metadata[role] },
    trust_chain: [configuration, ...subordinates, anchorConfiguration].map(({ jwt }) => jwt),
    ...(marks.length > 0 ? { trust_marks: marks } : {}),
  });
}

function trustMarkRoute(deps: FederationRoutesDependencies): Route {
  return defineRoute({
    method: 'GET',
    path: federationPaths.trustMark,
    name: 'federation_trust.trust_mark',
    limiter: 'federation',
    input: { query: z.looseObject({ sub: text, trust_mark_type: type }) },
    async handle(ctx, { query: { sub, trust_mark_type: mark } }) {
      requireCurrentKeys(deps);
      if (sub === undefined || mark === undefined)
        return refuse(ctx, 'invalid_request', 'sub, trust_mark_type');
      const found = await deps.subordinates.get(sub);
      const isHeld = found?.state === 'active' && found.terms.trustMarks.includes(mark);
      if (!isHeld) return refuse(ctx, 'not_found', 'trust_mark_type');
      answerSigned(ctx, TRUST_MARK_TYPE, await deps.own.trustMark(found, mark));
    },
  });
}

function trustMarkStatusRoute(deps: FederationRoutesDependencies): Route {
  return defineRoute({
    method: 'POST',
    path: federationPaths.trustMarkStatus,
    name: 'federation_trust.trust_mark_status',
    limiter: 'federation',
    csrf: { exempt: 'no session: programs ask, and nothing changes' },
    input: { body: z.looseObject({ trust_mark: z.string().max(16_384).optional() }) },
    async handle(ctx, { body: { trust_mark: jwt } }) {
      requireCurrentKeys(deps);
      if (jwt === undefined) return refuse(ctx, 'invalid_request', 'trust_mark');
      const status = await judgeTrustMark(deps, jwt);
      if (status === undefined) return refuse(ctx, 'not_found', 'trust_mark');
      const iat = epochSeconds(deps.clock);
      const claims = { iss: deps.issuer, iat, trust_mark: jwt, status };
      answerSigned(ctx, STATUS_TYPE, await deps.own.sign(STATUS_TYPE, claims));
    },
  });
}

/** Nobody may sign with a key that others have dropped meanwhile. */
function requireCurrentKeys({ keys }: FederationRoutesDependencies): void {
  if (keys.isCurrent()) return;
  const details = { reason: 'federation_keys_not_current' };
  throw new AppError('database_unavailable', { details });
}

function answerSigned(ctx: HttpContext, type: string, jwt: string): void {
  ctx.body = jwt;
  ctx.type = `application/${type}`;
  // Whoever relies on it keeps it as long as it says itself.
  ctx.set('Cache-Control', 'no-store');
}

function refuse(
  ctx: HttpContext,
  error: 'invalid_request' | keyof typeof answer404 | 'invalid_trust_chain',
  about: string,
): void {
  ctx.status = error in answer404 ? 404 : 400;
  ctx.body = { error, error_description: about };
  ctx.set('Cache-Control', 'no-store');
}

function refuseChain(ctx: HttpContext, { reason, entity }: TrustRefusal): void {
  const isAnchor = reason === 'anchor_unknown';
  refuse(ctx, isAnchor ? 'invalid_trust_anchor' : 'invalid_trust_chain', `${reason}: ${entity}`);
}
