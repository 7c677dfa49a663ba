// Users of a JIS platform (Shandong, Jiangsu) in our terms, in the old and the new names of its fields.
import type { Peer } from '../../peers/peer.ts';
import type { StatedRepresentative, UpstreamIdentity } from '../upstream-identity.ts';
import { provincialLevels } from './provincial-codes.ts';
import { StatedFields, asText, canonicalTypes, printable, valueAt } from './stated-fields.ts';
import type { Dialect, FieldNames, Mapped } from './stated-fields.ts';

const ID_CARD = '111';

const personFields: FieldNames = {
  subject: ['uuid'],
  name: ['name', 'userName'],
  certificateType: ['paperstype', 'certType'],
  certificateNumber: ['papersnumber', 'cardid', 'certNo'],
  phone: ['mobile'],
  email: ['email'],
  level: ['authlevel', 'authLevel'],
  version: ['uversion'],
};

/** An organisation is known by its code: `uuid` may be the one of the person who came for it. */
const entityFields: FieldNames = {
  subject: ['cornumber', 'creditCode'],
  name: ['corname', 'corporationName'],
  uscc: ['cornumber', 'creditCode'],
  phone: ['corusermobile', 'corUserMobile'],
  level: ['authlevel', 'authLevel'],
  version: ['uversion'],
  representativeName: ['corusername', 'corUserName'],
  representativeCertificateType: ['corusercardtype', 'corUserCertType'],
  representativeCertificateNumber: ['corusercardid', 'corUserCertNo'],
  representativeRole: ['corrole', 'corUserRole'],
};

const words: Pick<Dialect, 'levels' | 'certificateTypes'> = {
  levels: provincialLevels.shandong,
  certificateTypes: canonicalTypes,
};
export const jisPersonDialect: Dialect = { ...words, fields: personFields };
const entityDialect: Dialect = { ...words, fields: entityFields };

const ROLES = { '0': 'handler', '1': 'administrator', '2': 'legalRepresentative' } as const;
const USER_TYPES: Readonly<Record<string, UpstreamIdentity['kind']>> = {
  '1': 'naturalPerson',
  '2': 'legalEntity',
};

/** @param user as the platform gives it, with the `usertype` of its ticket */
export function mapJisUser(peer: Peer, user: unknown, now: Date): Mapped {
  const stated = valueAt(user, 'usertype') ?? impliedType(user);
  const kind = USER_TYPES[asText(stated) ?? ''];
  if (kind === undefined) return { ok: false, problems: ['kind'] };
  const isPerson = kind === 'naturalPerson';
  const dialect = isPerson ? jisPersonDialect : entityDialect;
  const fields = new StatedFields(user, { peer, dialect, now });
  const statedLevel = fields.text('level') ?? '';
  return fields.mapped({
    subject: fields.subject(),
    kind,
    name: fields.name(),
    certificate: isPerson ? readCertificate(fields, user) : undefined,
    uscc: isPerson ? undefined : fields.uscc(),
    phone: fields.phone(),
    email: fields.email(),
    level: fields.level(statedLevel),
    statedLevel: printable(statedLevel),
    ways: [],
    version: fields.text('version'),
    strength: 1,
    representative: isPerson ? undefined : readRepresentative(fields),
  });
}

/** For a sample without its ticket. */
function impliedType(user: unknown): string {
  const isEntity = ['cornumber', 'creditCode'].some((name) => valueAt(user, name) !== undefined);
  return isEntity ? '2' : '1';
}

/** `cardid` and `certNo` are of identity cards, where no type stands beside them. */
function readCertificate(fields: StatedFields, user: unknown) {
  const isImplied = valueAt(user, 'papersnumber') === undefined;
  return fields.certificate('certificate', isImplied ? ID_CARD : '');
}

function readRepresentative(fields: StatedFields): StatedRepresentative {
  const role = fields.text('representativeRole') ?? '';
  return {
    name: fields.name('representativeName'),
    certificate: fields.certificate('representativeCertificate', ID_CARD),
    role: Object.hasOwn(ROLES, role) ? ROLES[role as keyof typeof ROLES] : undefined,
  };
}
