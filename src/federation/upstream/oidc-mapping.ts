// Claims of an OpenID provider in our terms. A Hutong peer is read by its own claims, any other product by
// the standard ones and by the tables of the peer.
import { acrValues, loginStrength } from '../../oidc/claims/assurance.ts';
import type { Peer } from '../../peers/peer.ts';
import type {
  StatedRepresentative,
  UpstreamIdentity,
  VerificationStatement,
} from '../upstream-identity.ts';
import type { RealNameLevel } from '../../accounts/account.ts';
import { StatedFields, canonicalTypes, isRecord, printable } from './stated-fields.ts';
import type { Dialect, Mapped } from './stated-fields.ts';

export const oidcDialect: Dialect = {
  fields: {
    subject: ['sub'],
    kind: ['subject_type'],
    name: ['name', 'legal_entity.name'],
    certificateType: ['id_document.type'],
    certificateNumber: ['id_document.number'],
    certificateCountry: ['id_document.country'],
    uscc: ['legal_entity.uscc'],
    phone: ['phone_number'],
    email: ['email'],
    level: ['acr'],
    ways: ['verification_methods'],
    version: ['account_version', 'updated_at'],
    origin: ['origin'],
    authenticatedAt: ['auth_time'],
    strength: ['login_strength'],
    sessionId: ['sid'],
    representativeName: ['operator.name'],
    representativeRole: ['operator.role'],
  },
  levels: Object.fromEntries(acrValues.map((acr, index) => [acr, (index + 1) as RealNameLevel])),
  certificateTypes: canonicalTypes,
};

const KINDS: Readonly<Record<string, UpstreamIdentity['kind']>> = {
  natural_person: 'naturalPerson',
  naturalPerson: 'naturalPerson',
  legal_entity: 'legalEntity',
  legalEntity: 'legalEntity',
};

const ROLES = {
  legal_representative: 'legalRepresentative',
  administrator: 'administrator',
  handler: 'handler',
} as const;

/** @param claims of the ID token and of userinfo together */
export function mapOidcClaims(peer: Peer, claims: unknown, now: Date): Mapped {
  const fields = new StatedFields(claims, { peer, dialect: oidcDialect, now });
  const kind = readKind(fields, peer);
  const isPerson = kind === 'naturalPerson';
  const statedLevel = readStatedLevel(fields, claims);
  return fields.mapped({
    subject: fields.subject(),
    kind,
    name: fields.name(),
    certificate: isPerson ? fields.certificate() : undefined,
    uscc: isPerson ? undefined : fields.uscc(),
    phone: isDenied(claims, 'phone_number_verified') ? undefined : fields.phone(),
    email: isDenied(claims, 'email_verified') ? undefined : fields.email(),
    level: fields.level(statedLevel),
    statedLevel: printable(statedLevel),
    ways: readWays(fields, now),
    version: fields.text('version'),
    origin: fields.text('origin'),
    authenticatedAt: readTime(fields.raw('authenticatedAt'), now),
    strength: readStrength(fields, claims),
    sessionId: fields.text('sessionId'),
    representative: isPerson ? undefined : readRepresentative(fields),
  });
}

/** `settings.subject_kind` where the product does not say it. Staff of elsewhere are neither. */
function readKind(fields: StatedFields, peer: Peer): UpstreamIdentity['kind'] {
  const stated = fields.text('kind') ?? peer.connection.settings['subject_kind'];
  if (stated === undefined) return 'naturalPerson';
  if (Object.hasOwn(KINDS, stated)) return KINDS[stated] ?? 'naturalPerson';
  fields.problems.push('kind');
  return 'naturalPerson';
}

/** A level by itself says more than `acr`, which a weak sign-in lowers. */
function readStatedLevel(fields: StatedFields, claims: unknown): string {
  const own = isRecord(claims) ? claims['real_name_level'] : undefined;
  if (fields.isMapped('level') || own === undefined) return fields.text('level') ?? '';
  return (Number.isInteger(own) ? acrValues[Number(own) - 1] : undefined) ?? '';
}

function readStrength(fields: StatedFields, claims: unknown): 1 | 2 | 3 {
  const stated = fields.text('strength');
  if (stated === '3') return 3;
  if (stated === '2') return 2;
  if (stated !== undefined) return 1;
  const amr = isRecord(claims) ? claims['amr'] : undefined;
  if (!Array.isArray(amr)) return 1;
  const methods = amr.filter((method): method is string => typeof method === 'string');
  // RFC 8176: several factors were used, without a word about which.
  if (methods.includes('mfa')) return methods.includes('hwk') ? 3 : 2;
  return loginStrength(methods);
}

function readWays(fields: StatedFields, now: Date): VerificationStatement[] {
  const stated = fields.raw('ways');
  if (!Array.isArray(stated)) return [];
  return stated.slice(0, 50).flatMap((each: unknown) => {
    if (!isRecord(each)) return [];
    const { level, way_code: way, auth_time: at } = each;
    if (typeof way !== 'string' || (typeof level !== 'string' && typeof level !== 'number')) {
      return [];
    }
    return [{ level: printable(String(level)), way: printable(way), at: readTime(at, now) }];
  });
}

/** Epoch seconds; undefined for what is not a time, or lies ahead. */
function readTime(seconds: unknown, now: Date): Date | undefined {
  if (typeof seconds !== 'number' || !Number.isFinite(seconds) || seconds <= 0) return undefined;
  const time = new Date(seconds * 1000);
  return time.getTime() <= now.getTime() + AHEAD_MS ? time : undefined;
}

/** Clocks differ a little. */
const AHEAD_MS = 60_000;

function readRepresentative(fields: StatedFields): StatedRepresentative {
  const role = fields.text('representativeRole') ?? '';
  return {
    name: fields.name('representativeName'),
    role: Object.hasOwn(ROLES, role) ? ROLES[role as keyof typeof ROLES] : undefined,
  };
}

function isDenied(claims: unknown, name: string): boolean {
  return isRecord(claims) && claims[name] === false;
}
