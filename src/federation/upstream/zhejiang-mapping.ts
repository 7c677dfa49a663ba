// Users of Zhejiang's platform in our terms: natural persons in the old and the newest names of the fields,
// legal entities with levels that run backwards.
import type { LegalEntitySubtype, RealNameLevel } from '../../accounts/account.ts';
import type { Peer } from '../../peers/peer.ts';
import type { StatedRepresentative } from '../upstream-identity.ts';
import { provincialLevels } from './provincial-codes.ts';
import {
  canonicalTypes,
  StatedFields,
  isRecord,
  levelNamed,
  printable,
  valueAt,
} from './stated-fields.ts';
import type { Dialect, Mapped } from './stated-fields.ts';

/** `51` was the code of identity cards before; the newest interface has words. */
const certificateTypes = { ...canonicalTypes, '51': '111', ID_CARD: '111' };

const personDialect: Dialect = {
  fields: {
    subject: ['userid', 'userId'],
    name: ['username', 'name'],
    certificateType: ['idtype', 'certificateType'],
    certificateNumber: ['idnum', 'certificateNumber'],
    phone: ['mobile', 'phoneNumber'],
    level: ['authlevel', 'authLevel'],
    version: ['uversion'],
  },
  // No document says what its values mean.
  levels: {},
  certificateTypes,
};

const entityDialect: Dialect = {
  fields: {
    subject: ['uniscid', 'creditCode'],
    name: ['CompanyName', 'companyName'],
    uscc: ['uniscid', 'creditCode'],
    phone: ['attnPhone'],
    level: ['realLevel'],
    version: ['uversion'],
    strength: ['loginType'],
    representativeName: ['attnName'],
    representativeCertificateType: ['attnIDType'],
    representativeCertificateNumber: ['attnIDNo'],
  },
  levels: provincialLevels.zhejiangLegalRealLevel,
  certificateTypes,
};

/** In a table that serves both, levels of persons are written `authlevel:3`: a bare 1 would be the highest. */
const PERSON_LEVEL_PREFIX = 'authlevel:';

/** As a level of a person that is named so. */
export function zhejiangLevelNamed(peer: Peer, name: string): RealNameLevel | undefined {
  return levelNamed(peer, personDialect, `${PERSON_LEVEL_PREFIX}${name}`);
}

const STRENGTHS = { Cert: 3, Elicense: 2 } as const;

const SUBTYPES: Readonly<Record<string, LegalEntitySubtype>> = {
  '1': 'enterprise',
  '2': 'other',
  '4': 'institution',
  '5': 'governmentBody',
  '6': 'socialOrganization',
  '7': 'socialOrganization',
  '8': 'socialOrganization',
  '9': 'other',
  '11': 'other',
};
/** Of businesses of one person, by their code (GB 32100); `OrgType` has them with the enterprises. */
const INDIVIDUAL_BUSINESS = '92';

/** @param user `info` of the query for legal entities, or what `getUserInfo` answers */
export function mapZhejiangUser(peer: Peer, user: unknown, now: Date): Mapped {
  return isEntity(user) ? mapEntity(peer, user, now) : mapPerson(peer, user, now);
}

function isEntity(user: unknown): boolean {
  if (!isRecord(user)) return false;
  return 'uniscid' in user || 'realLevel' in user || user['userType'] === 'LEGAL_UAA';
}

function mapPerson(peer: Peer, user: unknown, now: Date): Mapped {
  const fields = new StatedFields(user, { peer, dialect: personDialect, now });
  const statedLevel = fields.text('level') ?? '';
  return fields.mapped({
    subject: fields.subject(),
    kind: 'naturalPerson',
    name: fields.name(),
    certificate: fields.certificate(),
    phone: fields.phone(),
    level: fields.level(statedLevel === '' ? '' : `${PERSON_LEVEL_PREFIX}${statedLevel}`),
    statedLevel: printable(statedLevel),
    ways: [],
    version: fields.text('version'),
    strength: 1,
  });
}

function mapEntity(peer: Peer, user: unknown, now: Date): Mapped {
  const fields = new StatedFields(user, { peer, dialect: entityDialect, now });
  const statedLevel = fields.text('level') ?? '';
  const uscc = fields.uscc();
  const loginType = fields.text('strength') ?? '';
  return fields.mapped({
    subject: fields.subject(),
    kind: 'legalEntity',
    name: fields.name(),
    uscc,
    subtype: readSubtype(user, uscc),
    phone: fields.phone(),
    level: fields.level(statedLevel),
    statedLevel: printable(statedLevel),
    ways: [],
    version: fields.text('version'),
    strength: Object.hasOwn(STRENGTHS, loginType)
      ? STRENGTHS[loginType as keyof typeof STRENGTHS]
      : 1,
    representative: readRepresentative(fields),
  });
}

function readSubtype(user: unknown, uscc: string | undefined): LegalEntitySubtype | undefined {
  const stated = valueAt(user, 'OrgType');
  const code = typeof stated === 'number' ? String(stated) : stated;
  if (typeof code !== 'string' || !Object.hasOwn(SUBTYPES, code)) return undefined;
  const subtype = SUBTYPES[code];
  const isIndividual = subtype === 'enterprise' && uscc?.startsWith(INDIVIDUAL_BUSINESS) === true;
  return isIndividual ? 'individualBusiness' : subtype;
}

/** `attn…` is the contact who signed in. */
function readRepresentative(fields: StatedFields): StatedRepresentative {
  return {
    name: fields.name('representativeName'),
    certificate: fields.certificate('representativeCertificate'),
    role: 'handler',
  };
}
