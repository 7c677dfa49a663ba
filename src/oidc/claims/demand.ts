// What a request demands of the sign-in, put together from everybody who may ask for something (the
// application, its registration, the service, the gateway in front), and the cheapest way to it.
import type { ServiceCatalogue } from '../../clients/service-catalogue.ts';
import { assuranceLevel, HIGHEST_LEVEL, levelOfAcr, loginStrength } from './assurance.ts';
import type { ClientExtras } from './client-extras.ts';

/** Above every level: a demand that nothing meets. */
export const UNREACHABLE_LEVEL = HIGHEST_LEVEL + 1;

/** The acr Claim of the `claims` parameter (OpenID Connect Core 5.5.1.1), unchecked. */
export type AcrClaim =
  | { essential?: boolean | undefined; value?: unknown; values?: unknown }
  | null
  | undefined;

export interface LevelRequest {
  /** The `acr_values` parameter: a list separated by spaces. */
  acrValues?: string | undefined;
  /** The `acr` member of `claims.id_token`. */
  acrClaim?: AcrClaim;
  /** Registered with the client. */
  minimumLevel?: number | undefined;
  /** Of the services that the request is for. */
  serviceLevel?: number | undefined;
}

/**
 * The level that a request demands. A list means its lowest known level; unknown values are ignored,
 * but an essential claim of unknown values alone is never met. Minimums are combined by max.
 */
export function demandedLevel(request: LevelRequest): number {
  const { acrValues, acrClaim, minimumLevel = 0, serviceLevel = 0 } = request;
  const listed = lowestKnown(acrValues?.split(' ') ?? []) ?? 0;
  return Math.max(listed, essentialDemand(acrClaim), minimumLevel, serviceLevel);
}

function essentialDemand(claim: AcrClaim): number {
  if (!claim) return 0;
  const asked = [claim.value, ...(Array.isArray(claim.values) ? claim.values : [])].filter(
    (value): value is string => typeof value === 'string',
  );
  if (asked.length === 0) return 0;
  const lowest = lowestKnown(asked);
  if (lowest !== undefined) return lowest;
  return claim.essential === true ? UNREACHABLE_LEVEL : 0;
}

function lowestKnown(values: readonly string[]): number | undefined {
  const known = values.map(levelOfAcr).filter((level) => level !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

export interface Demand {
  /** Of the person's sign-in: 0 for none, UNREACHABLE_LEVEL for what nothing meets. */
  level: number;
  /** Of the organisation acted for, by its own real-name level; 0 for none. */
  entityLevel: number;
  /** The service whose minimum decides the level; undefined when the application asks for it. */
  service: string | undefined;
  /** The gateway found the request suspicious: two factors, one of them given since (epoch seconds). */
  factorSince: number | undefined;
}

/** An authorization request, as far as it says what it demands. */
export interface DemandingRequest {
  params: Readonly<Record<string, unknown>>;
  client: Pick<ClientExtras, 'minimumLevel' | 'minimumEntityLevel' | 'services'>;
}

/** Parameter of a request: the code of the service that it is for. */
export const SERVICE_PARAMETER = 'service';

/** How old a factor may be that a suspicious request still accepts. */
export const SUSPICION_FACTOR_SECONDS = 300;

export function demandOf(
  { params, client }: DemandingRequest,
  catalogue: ServiceCatalogue,
): Demand {
  const named = namedServices(params, client.services);
  // Whoever does not say for what is held to what any use of this client takes.
  const minimum = (of: 'minimumLevel' | 'minimumEntityLevel') =>
    named.length > 0 ? catalogue.minimumOf(named, of) : catalogue.leastOf(client.services, of);
  const serviceLevel = minimum('minimumLevel');
  const acrValues = params['acr_values'];
  const asked = demandedLevel({
    acrValues: typeof acrValues === 'string' ? acrValues : undefined,
    acrClaim: acrClaimOf(params),
    minimumLevel: client.minimumLevel,
  });
  const raisedAt = suspectedAt(params);
  return {
    level: Math.max(asked, serviceLevel),
    entityLevel: Math.max(client.minimumEntityLevel ?? 0, minimum('minimumEntityLevel')),
    service:
      serviceLevel > asked
        ? named.find((code) => catalogue.find(code)?.minimumLevel === serviceLevel)
        : undefined,
    factorSince: raisedAt === undefined ? undefined : raisedAt - SUSPICION_FACTOR_SECONDS,
  };
}

/**
 * As the client sent it: where there are `acr_values`, too, the library puts them in its place among
 * the claims that it has parsed, and what was essential would be lost.
 */
function acrClaimOf({ claims }: Readonly<Record<string, unknown>>): AcrClaim {
  if (typeof claims !== 'string') return undefined;
  // The library has parsed it before and would have refused anything else.
  const parsed = JSON.parse(claims) as { id_token?: Record<string, AcrClaim> | null };
  return parsed.id_token?.['acr'];
}

/** The codes a request names, by the parameter or as scopes; of those that its client serves. */
export function namedServices(
  params: Readonly<Record<string, unknown>>,
  served: readonly string[],
): string[] {
  const { [SERVICE_PARAMETER]: service, scope } = params;
  const scopes = typeof scope === 'string' ? scope.split(' ') : [];
  return [...new Set([service, ...scopes])].filter(
    (code): code is string => typeof code === 'string' && served.includes(code),
  );
}

/**
 * Whether the organisation acted for is verified far enough. `acr` never speaks of it.
 * @param entityLevel its real-name level now
 */
export function isEntitySufficient(
  { entityLevel: demanded }: Pick<Demand, 'entityLevel'>,
  entityLevel: number,
): boolean {
  return entityLevel >= demanded;
}

/** What was proven for a session so far. */
export interface Proven {
  amr: readonly string[];
  /** When a second factor was given last, epoch seconds. */
  factorAt: number | undefined;
}

/** True when a suspicious request still waits for a second factor. */
export function isFactorStale(
  { factorSince }: Pick<Demand, 'factorSince'>,
  { amr, factorAt }: Proven,
): boolean {
  if (factorSince === undefined) return false;
  return loginStrength(amr) < 2 || factorAt === undefined || factorAt < factorSince;
}

/** True when nothing more has to be asked for. */
export function isMet(demand: Demand, proven: Proven & { realNameLevel: number }): boolean {
  const level = assuranceLevel(proven.realNameLevel, proven.amr);
  return level >= demand.level && !isFactorStale(demand, proven);
}

export type StepUp =
  | { step: 'none' }
  | { step: 'second_factor' }
  /** Only verification can raise the account; signing in more strongly would not help. */
  | { step: 'real_name'; currentLevel: number }
  | { step: 'impossible' };

/** The cheapest step that meets a demanded level. */
export function cheapestStep(
  demand: number,
  account: { realNameLevel: number },
  amr: readonly string[],
): StepUp {
  if (demand >= UNREACHABLE_LEVEL) return { step: 'impossible' };
  if (assuranceLevel(account.realNameLevel, amr) >= demand) return { step: 'none' };
  if (account.realNameLevel < demand) {
    return { step: 'real_name', currentLevel: account.realNameLevel };
  }
  return { step: 'second_factor' };
}

/** Where the parameters of a request keep what the gateway said; never taken from who sends it. */
export const SUSPICION_PARAMETER = 'hutong_suspicion';

/** @param at epoch seconds */
export function suspicion(reason: string, at: number): string {
  return `${reason}@${at}`;
}

function suspectedAt(params: Readonly<Record<string, unknown>>): number | undefined {
  const value = params[SUSPICION_PARAMETER];
  if (typeof value !== 'string') return undefined;
  const at = Number(value.slice(value.lastIndexOf('@') + 1));
  return Number.isSafeInteger(at) ? at : undefined;
}
