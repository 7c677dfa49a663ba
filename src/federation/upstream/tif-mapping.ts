// A user object of the tif dialect (Guangdong) in our terms.
import type { RealNameLevel } from '../../accounts/account.ts';
import type { Peer } from '../../peers/peer.ts';
import type {
  StatedParent,
  StatedRepresentative,
  UpstreamIdentity,
  VerificationStatement,
} from '../upstream-identity.ts';
import { readPlatformTime } from './dialect-request.ts';
import {
  guangdongTypes,
  propertiesFromGuangdong,
  provincialLevels,
  waysFromGuangdong,
} from './provincial-codes.ts';
import { StatedFields, asText, isRecord, levelNamed, printable, valueAt } from './stated-fields.ts';
import type { Dialect, Mapped } from './stated-fields.ts';

export const tifDialect: Dialect = {
  fields: {
    subject: ['userobj.useridcode'],
    kind: ['userobj.usertype'],
    name: ['userobj.cn'],
    certificateType: ['userobj.idcardtype'],
    certificateNumber: ['userobj.idcardnumber'],
    uscc: ['userobj.idcardnumber'],
    phone: ['userobj.telephonenumber'],
    email: ['userobj.mail'],
    level: [
      'userobj.creditable_level_of_account',
      'user_creditable_level.creditable_level_of_account',
    ],
    ways: ['userobj.creditable_level_of_account_way'],
    version: ['userobj.uversion'],
    origin: ['userobj.origin'],
    strength: ['userobj.accout_type', 'userobj.account_type'],
    sessionId: ['userobj.tokenid', 'tokenid'],
    representativeName: ['userobj.link_person_name'],
    representativeCertificateType: ['userobj.link_person_type'],
    representativeCertificateNumber: ['userobj.link_person_code'],
  },
  levels: { ...provincialLevels.guangdongOld, ...provincialLevels.guangdongNew },
  certificateTypes: guangdongTypes,
  absent: new Set(['-1']),
};

const KINDS: Readonly<Record<string, UpstreamIdentity['kind']>> = {
  '1': 'naturalPerson',
  '2': 'legalEntity',
};
const USCC_TYPE = '001';
/** `accout_type` 2: a digital certificate. The others are not said to be more than one factor. */
const STRENGTHS: Readonly<Record<string, string>> = { '2': '3' };
/** The new names are written with and without what they are a level of. */
const LEVEL_PREFIX = /^(?:可信)?(?:等级)?/u;
const MOST_WAYS = 50;

/** As a level of an account that is named so. */
export function tifLevelNamed(peer: Peer, name: string): RealNameLevel | undefined {
  return levelNamed(peer, tifDialect, name.replace(LEVEL_PREFIX, ''));
}

/** @param answer of `tokeninfo`: `userobj`, `pareobj`, `user_creditable_level` */
export function mapTifUser(peer: Peer, answer: unknown, now: Date): Mapped {
  const fields = new StatedFields(withProperties(answer), { peer, dialect: tifDialect, now });
  if (isTrue(valueAt(answer, 'userobj.anon_flag'))) fields.problems.push('anon_flag');
  const kind = readKind(fields);
  const isPerson = kind === 'naturalPerson';
  const parent = isPerson ? undefined : readParent(answer);
  const statedLevel = (fields.text('level') ?? '').replace(LEVEL_PREFIX, '');
  const level = fields.level(statedLevel);
  return fields.mapped({
    subject: fields.subject(),
    kind,
    name: fields.name(),
    certificate: isPerson ? fields.certificate() : undefined,
    uscc: isPerson || parent ? undefined : readUscc(fields),
    parent,
    phone: fields.phone(),
    email: fields.email(),
    level: isFalse(answer) ? 1 : level,
    statedLevel: printable(statedLevel),
    ways: readWays(fields, answer, now),
    version: fields.text('version'),
    origin: fields.text('origin'),
    strength: readStrength(fields, peer),
    sessionId: fields.text('sessionId'),
    representative: isPerson ? undefined : readRepresentative(fields, answer),
  });
}

/** `extproperties` by name, for an attribute map (`ext.tax_code`). */
function withProperties(answer: unknown): unknown {
  const list = valueAt(answer, 'userobj.extproperties');
  if (!isRecord(answer) || !Array.isArray(list)) return answer;
  const texts = list.filter((each): each is string => typeof each === 'string');
  return { ...answer, ext: propertiesFromGuangdong(texts) };
}

function readKind(fields: StatedFields): UpstreamIdentity['kind'] {
  const stated = fields.text('kind') ?? '';
  if (Object.hasOwn(KINDS, stated)) return KINDS[stated] ?? 'naturalPerson';
  fields.problems.push('kind');
  return 'naturalPerson';
}

/** Only a number that is said to be one: others of an organisation are of no use for a link. */
function readUscc(fields: StatedFields): string | undefined {
  if (fields.isMapped('uscc')) return fields.uscc();
  const code = fields.text('certificateType');
  const number = fields.text('certificateNumber');
  if (code === undefined || number === undefined) return undefined;
  if (fields.certificateType(code, number) === USCC_TYPE) return fields.uscc();
  fields.unread.push('certificateType');
  return undefined;
}

/** Who signed in with a sub-account is not the organisation above it, and does not get its number. */
function readParent(answer: unknown): StatedParent | undefined {
  const own = textAt(answer, 'userobj.useridcode');
  const subject = textAt(answer, 'userobj.parent_uidcode') ?? textAt(answer, 'pareobj.useridcode');
  if (subject === undefined || subject === own) return undefined;
  const isUscc = textAt(answer, 'pareobj.idcardtype') === '49';
  return {
    subject,
    name: textAt(answer, 'pareobj.cn'),
    uscc: isUscc ? textAt(answer, 'pareobj.idcardnumber') : undefined,
  };
}

/** The contact who signed in; named legal representative where both are the same number. */
function readRepresentative(fields: StatedFields, answer: unknown): StatedRepresentative {
  const number = textAt(answer, 'userobj.link_person_code');
  const isLegal = number !== undefined && number === textAt(answer, 'userobj.legal_code');
  return {
    name: fields.name('representativeName'),
    certificate: fields.certificate('representativeCertificate'),
    role: isLegal ? 'legalRepresentative' : undefined,
  };
}

function readStrength(fields: StatedFields, { connection }: Peer): 1 | 2 | 3 {
  const stated = fields.text('strength');
  if (stated === undefined) return 1;
  const strength = connection.settings[`strength_of_${stated}`] ?? STRENGTHS[stated];
  return strength === '3' ? 3 : strength === '2' ? 2 : 1;
}

/** The list with times where there is one, else the line without. Identifiers elsewhere are not kept. */
function readWays(fields: StatedFields, answer: unknown, now: Date): VerificationStatement[] {
  const list = valueAt(answer, 'user_creditable_level.creditable_level_of_account_way_list');
  if (Array.isArray(list) && list.length > 0 && !fields.isMapped('ways')) {
    return list.slice(0, MOST_WAYS).flatMap((each: unknown) => {
      const level = textAt(each, 'identity_level');
      const way = textAt(each, 'way_code');
      if (level === undefined || way === undefined) return [];
      const at = readPlatformTime(valueAt(each, 'auth_time'));
      const isPast = at !== undefined && at.getTime() <= now.getTime() + DAY_MS;
      return [{ level: printable(level), way: printable(way), at: isPast ? at : undefined }];
    });
  }
  const line = fields.text('ways') ?? '';
  return waysFromGuangdong(line)
    .slice(0, MOST_WAYS)
    .map(({ level, way }) => ({ level: printable(level), way: printable(way) }));
}

const DAY_MS = 86_400_000;

/** `isreal` says whether the level is 三级 at least; written both ways. A denial counts more than a level. */
function isFalse(answer: unknown): boolean {
  return ['userobj.isreal', 'userobj.is_real'].some((path) => {
    const value = valueAt(answer, path);
    return value === false || ['false', '0'].includes(textAt(answer, path) ?? '');
  });
}

function isTrue(value: unknown): boolean {
  return value === true || value === 'true' || value === '1' || value === 1;
}

function textAt(answer: unknown, path: string): string | undefined {
  const text = asText(valueAt(answer, path));
  return text === '' || text === '-1' ? undefined : text;
}
