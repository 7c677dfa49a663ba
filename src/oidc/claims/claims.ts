// Which scope releases which claims, and what they are worth for one account. Nothing is decrypted
// that was not asked for.
import { maskName } from '../../accounts/masking.ts';
import { VERIFIED_LEVEL } from '../../accounts/account.ts';
import type { Account } from '../../accounts/account.ts';
import type { Certificate } from '../../accounts/identity-number.ts';
import type { ActingIdentity } from '../../mandates/acting.ts';
import { toldRoles } from '../../mandates/mandate.ts';
import type { Provenance } from '../../verification/provenance.ts';
import type { Operator } from '../../entity-sign-in/operator.ts';
import { loginStrength } from './assurance.ts';
import type { ClientExtras } from './client-extras.ts';

/** For whom, and by whom: of the scope `legal_entity`. */
export const ACTING_CLAIMS = ['acting_as', 'operator'] as const;

/** By what the identity was verified, and by whom. */
export const PROVENANCE_CLAIMS = ['verification_methods', 'origin'] as const;
/** How often what this client receives has changed. */
export const VIEW_CLAIMS = ['account_version', 'identity_updated_at'] as const;

/** Scope → claims, as the library's `claims` option wants it. */
export const scopeClaims = {
  openid: [
    'sub',
    'subject_type',
    'acr',
    'amr',
    'auth_time',
    'real_name_level',
    'login_strength',
    'former_subs',
  ],
  profile: ['name', 'preferred_username', 'zoneinfo', 'locale', 'updated_at'],
  phone: ['phone_number', 'phone_number_verified'],
  email: ['email', 'email_verified'],
  real_name: [
    'name',
    'real_name_level',
    'real_name_verified_at',
    ...PROVENANCE_CLAIMS,
    ...VIEW_CLAIMS,
  ],
  id_document: ['id_document'],
  legal_entity: ['legal_entity', ...ACTING_CLAIMS],
  civil_servant: ['civil_servant'],
  offline_access: [],
} as const satisfies Record<string, readonly string[]>;

export type ScopeName = keyof typeof scopeClaims;
export const scopeNames = Object.keys(scopeClaims) as ScopeName[];

/** Scopes that need an approval of their own, and consent items that are asked for separately. */
export const sensitiveScopes: ReadonlySet<string> = new Set(['id_document', 'real_name']);

/** Under `openid`, though no specification puts them there. */
const CITY_CLAIMS = ['subject_type', 'real_name_level', 'login_strength', 'former_subs'] as const;
const BARE_SCOPES = new Set(['openid', 'offline_access']);
const STANDARD_SCOPES = new Set(['openid', 'profile', 'phone', 'email', 'offline_access']);

const SUBJECT_TYPES = {
  naturalPerson: 'natural_person',
  legalEntity: 'legal_entity',
  civilServant: 'civil_servant',
} as const;

type ClaimValue =
  | string
  | number
  | boolean
  | readonly string[]
  | Readonly<Record<string, unknown>>
  | readonly Readonly<Record<string, unknown>>[];

/** Shown where the full name was not released. The zone is the country's only one. */
const ZONE = 'Asia/Shanghai';

export interface ClaimSource {
  account: Account;
  /** Where another platform keeps the number: what it said at this sign-in. */
  certificate?: Certificate | undefined;
  /** Scopes of the release; `name` is masked without `real_name`. */
  scopes: ReadonlySet<string>;
  /** Factors of the sign-in behind this release, when it is an ID token. */
  amr: readonly string[] | undefined;
  /** Pairwise identifier of a legal entity for this client. */
  entityId: (accountId: string) => string;
  /** What the staff directory says, where it was asked for. */
  staff?: object | undefined;
  /** The subject that this client knows an account by. */
  subjectOf: (accountId: string) => string;
  /** For whom the person acts under this very grant, as it stands now. */
  acting?: ActingIdentity | undefined;
  /** Who was at the keyboard of an organisation that signed in by itself. */
  operator?: Operator | undefined;
  /** Codes that the client serves. */
  services?: readonly string[];
  /** By what the identity was verified, where it was asked for. */
  provenance?: Provenance | undefined;
  /** What this client knows of the account, where it was asked for. */
  view?: { version: number; changedAt: Date | undefined } | undefined;
}

const makers: Record<string, (source: ClaimSource) => ClaimValue | undefined> = {
  subject_type: ({ account }) => SUBJECT_TYPES[account.kind],
  real_name_level: ({ account }) => account.realNameLevel,
  login_strength: ({ amr }) => (amr ? loginStrength(amr) : undefined),
  former_subs: ({ account: { formerIds }, subjectOf }) =>
    formerIds.length > 0 ? formerIds.map((id) => subjectOf(id)) : undefined,
  name: ({ account, scopes }) => displayName(account, scopes),
  preferred_username: ({ account }) => account.login,
  zoneinfo: () => ZONE,
  locale: () => 'zh-CN',
  updated_at: ({ account }) => toEpoch(account.updatedAt),
  phone_number: ({ account }) => account.phone,
  phone_number_verified: ({ account }) =>
    account.phone === undefined ? undefined : isVerified(account, 'phone'),
  email: ({ account }) => account.email,
  email_verified: ({ account }) =>
    account.email === undefined ? undefined : isVerified(account, 'email'),
  real_name_verified_at: ({ account }) =>
    account.realNameVerifiedAt && toEpoch(account.realNameVerifiedAt),
  verification_methods: ({ provenance }) => verificationMethods(provenance),
  origin: ({ account, provenance }) =>
    isIdentityVerified(account) ? provenance?.origin : undefined,
  account_version: ({ view }) => view?.version,
  identity_updated_at: ({ account, view }) => updatedAt(account, view),
  id_document: (source) => idDocument(source),
  legal_entity: ({ account }) => legalEntity(account),
  acting_as: (source) => actingAs(source),
  operator: (source) => operatorClaim(source),
  civil_servant: ({ account, staff }) => civilServant(account, staff),
};

/** The claims that `names` ask for and the account has. Times in epoch seconds. */
export function claimsOf(names: ReadonlySet<string>, source: ClaimSource) {
  const claims: Record<string, ClaimValue> = {};
  for (const name of names) {
    const value = makers[name]?.(source);
    if (value !== undefined) claims[name] = value;
  }
  return claims;
}

/** What was asked for: by scopes, by single claims, and by the registration itself. */
interface ClaimRequest {
  scopes: ReadonlySet<string>;
  /** The claims parameter. */
  single: readonly string[];
  client: Pick<ClientExtras, 'profile' | 'allowedScopes' | 'minimumLevel'>;
}

/** Names of the claims that may be released together. */
export function requestedClaims({ scopes, single, client }: ClaimRequest): Set<string> {
  const names = new Set<string>();
  for (const scope of scopes) {
    for (const claim of scopeClaims[scope as ScopeName] ?? []) names.add(claim);
  }
  if (!speaksOurLanguage(client, scopes)) for (const claim of CITY_CLAIMS) names.delete(claim);
  for (const claim of single) names.add(claim);
  return names;
}

// Whoever asks for anything beyond `openid`, or registered for anything of the city's, gets the
// city's claims; a bare sign-in and a FAPI 2.0 client of standard scopes get what the specification
// lists. `acr` names the level anyway.
function speaksOurLanguage(
  { profile, allowedScopes, minimumLevel }: ClaimRequest['client'],
  scopes: ReadonlySet<string>,
): boolean {
  const hasOurScopes = [...allowedScopes].some((scope) => !STANDARD_SCOPES.has(scope));
  if (hasOurScopes || minimumLevel !== undefined) return true;
  return profile !== 'fapi2' && [...scopes].some((scope) => !BARE_SCOPES.has(scope));
}

function displayName(account: Account, scopes: ReadonlySet<string>): string | undefined {
  const { name } = account;
  // The name of an entity is public (GB 32100 register); a person's is masked without real_name, and
  // where nobody has ever compared it.
  if (name === undefined || account.kind === 'legalEntity') return name;
  return scopes.has('real_name') && isIdentityVerified(account) ? name : maskName(name);
}

function verificationMethods(provenance: ClaimSource['provenance']) {
  const methods = provenance?.methods ?? [];
  if (methods.length === 0) return undefined;
  return methods.map(({ method, level, at }) => ({
    way_code: method,
    level,
    auth_time: toEpoch(at),
  }));
}

function updatedAt({ realNameVerifiedAt }: Account, view: ClaimSource['view']) {
  const last = view?.changedAt ?? realNameVerifiedAt;
  return last && toEpoch(last);
}

function isVerified(account: Account, attribute: 'phone' | 'email'): boolean {
  return account.attribute(attribute)?.verifiedAt !== undefined;
}

function isIdentityVerified({ realNameLevel }: Account): boolean {
  return realNameLevel >= VERIFIED_LEVEL;
}

function idDocument({ account, certificate = account.certificate }: ClaimSource) {
  // What was only typed, or no longer stands, is nobody's number.
  if (!certificate || !isIdentityVerified(account)) return undefined;
  const { type, number, country } = certificate;
  return { type, number, ...(country === undefined ? {} : { country }) };
}

function civilServant(account: Account, staff: ClaimSource['staff']) {
  if (account.kind !== 'civilServant') return undefined;
  if (staff) return { ...staff };
  return account.name === undefined ? undefined : { name: account.name };
}

function legalEntity(account: Account) {
  if (account.kind !== 'legalEntity') return undefined;
  const { uscc, name, subtype } = account;
  return {
    ...(uscc === undefined ? {} : { uscc }),
    ...(name === undefined ? {} : { name }),
    ...(subtype === undefined ? {} : { subtype }),
  };
}

function actingAs({ account, acting, entityId, services = [] }: ClaimSource) {
  if (!acting) return ownActing(account, entityId);
  const { entity, role, mandate, agency, expiresAt } = acting;
  return {
    ...entityFacts(entity, entityId),
    role: toldRoles[role],
    mandate_id: mandate.id,
    ...(agency ? { agency: publicFacts(agency, entityId) } : {}),
    services: [...(acting.services ?? services)],
    ...(expiresAt === undefined ? {} : { expires_at: toEpoch(expiresAt) }),
  };
}

/** A legal entity that signed in itself acts as itself, without a mandate. */
function ownActing(account: Account, entityId: ClaimSource['entityId']) {
  return account.kind === 'legalEntity' ? entityFacts(account, entityId) : undefined;
}

/** Nobody where nobody is known: an organisation's password names no person. */
function operatorClaim({ account, operator, scopes, entityId }: ClaimSource) {
  if (account.kind !== 'legalEntity' || !operator) return undefined;
  const { name, source, role, accountId } = operator;
  return {
    type: 'natural_person',
    ...(accountId === undefined ? {} : { id: entityId(accountId) }),
    name: scopes.has('real_name') ? name : maskName(name),
    ...(role === undefined ? {} : { role }),
    source,
  };
}

function entityFacts(entity: Account, entityId: ClaimSource['entityId']) {
  const { parent, realNameLevel } = entity;
  return {
    type: 'legal_entity',
    ...publicFacts(entity, entityId),
    real_name_level: realNameLevel,
    // A branch or department has no number: whoever knows organisations by theirs does not take it for one.
    ...(parent ? { parent: publicFacts(parent, entityId) } : {}),
  };
}

function publicFacts({ id, uscc, name }: Account, entityId: ClaimSource['entityId']) {
  return {
    id: entityId(id),
    ...(uscc === undefined ? {} : { uscc }),
    ...(name === undefined ? {} : { name }),
  };
}

function toEpoch(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
