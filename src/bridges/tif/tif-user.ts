// A person, or the organisation acted for, as a user object of the tif dialect: made of what our userinfo
// endpoint released to the very token, so that nothing is told here that is not released there. What is
// missing is `-1`, as the dialect wants it.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { chinaTime } from '../../federation/upstream/dialect-request.ts';

const text = z.string();
const entitySchema = z.looseObject({
  id: text,
  name: text.optional(),
  uscc: text.optional(),
  role: text.optional(),
  real_name_level: z.int().optional(),
  parent: z.looseObject({ id: text, name: text.optional(), uscc: text.optional() }).optional(),
});
const releasedSchema = z.looseObject({
  sub: text,
  name: text.optional(),
  preferred_username: text.optional(),
  phone_number: text.optional(),
  email: text.optional(),
  real_name_level: z.int().default(1),
  id_document: z.looseObject({ type: text, number: text }).optional(),
  acting_as: entitySchema.optional(),
  verification_methods: z
    .array(z.looseObject({ way_code: text, level: z.int(), auth_time: z.int() }))
    .default([]),
  origin: text.optional(),
  account_version: z.int().optional(),
});
type Released = z.infer<typeof releasedSchema>;
type Entity = z.infer<typeof entitySchema>;

export interface TifSource {
  /** What userinfo answered. */
  released: unknown;
  /** Factors of the sign-in. */
  amr: readonly string[];
  /** Of the session at this client. */
  sid: string | undefined;
  issuer: string;
}

const ABSENT = '-1';
/** Numbers of the mainland stand without it. */
const MAINLAND = /^\+86/u;
const LEVELS = ['L0', 'L1', 'L2', 'L3'] as const;
const RESIDENT_ID = '111';
/** GA/T 2000.156 → `idcardtype`; what is not here is another document (40). */
const PERSON_TYPES: Readonly<Record<string, string>> = {
  [RESIDENT_ID]: '10',
  '154': '10',
  '155': '10',
  '156': '10',
  '411': '20',
  '412': '20',
  '413': '20',
  '414': '20',
};
const OTHER_DOCUMENT = '40';
const USCC = '49';
const OTHER_ENTITY = '80';
/** Ways of verification whose code there is documented. */
const WAY_CODES: Readonly<Record<string, string>> = { two_element: 'PLV', network_identity: 'PLV' };

/** @throws z.ZodError when userinfo answers otherwise than it does */
export function tifAnswer(source: TifSource) {
  const released = releasedSchema.parse(source.released);
  const { acting_as: entity } = released;
  const ways = entity ? [] : waysOf(released);
  const userobj = {
    ...common(source, released),
    ...(entity ? entityFields(released, entity) : personFields(released)),
    creditable_level_of_account_way: ways.length > 0 ? ways.map(wayText).join('||') : ABSENT,
    extproperties: [`sub=${released.sub}`],
  };
  return {
    userobj,
    pareobj: entity?.parent ? parentFields(entity.parent) : {},
    user_creditable_level: {
      creditable_level_of_account: userobj.creditable_level_of_account,
      creditable_level_of_account_way_list: ways.map((way) => wayFields(released, way)),
    },
  };
}

/** 32 hexadecimal digits for what this client knows somebody by. */
export function useridcode(subject: string): string {
  return createHash('sha256').update(subject).digest('hex').slice(0, 32);
}

function common({ amr, sid, issuer }: TifSource, released: Released) {
  const { origin, account_version: version } = released;
  return {
    uid: released.preferred_username ?? useridcode(released.sub),
    telephonenumber: released.phone_number?.replace(MAINLAND, '') ?? ABSENT,
    mail: released.email ?? ABSENT,
    address: ABSENT,
    area: ABSENT,
    origin: origin === undefined || origin === issuer ? new URL(issuer).host : origin,
    accout_type: signInType(amr),
    createtime: ABSENT,
    uversion: version === undefined ? ABSENT : String(version),
    tokenid: sid ?? ABSENT,
    anon_flag: '0',
    authloc: ABSENT,
  };
}

/** 1 password, 2 digital certificate; of our other ways the dialect knows none. */
function signInType(amr: readonly string[]): string {
  if (amr.includes('pop')) return '2';
  return amr.includes('pwd') ? '1' : ABSENT;
}

function personFields(released: Released) {
  const { id_document: document, real_name_level: level } = released;
  return {
    useridcode: useridcode(released.sub),
    usertype: '1',
    cn: released.name ?? ABSENT,
    idcardtype: document ? (PERSON_TYPES[document.type] ?? OTHER_DOCUMENT) : ABSENT,
    idcardnumber: document?.number ?? ABSENT,
    sex: document?.type === RESIDENT_ID ? sexOf(document.number) : ABSENT,
    parent_uidcode: ABSENT,
    ...levelFields(level, 'PLV'),
  };
}

/** Who acts is its contact; the same person is named as its representative where that is so. */
function entityFields(released: Released, entity: Entity) {
  const { id_document: document, name } = released;
  const person = {
    name: name ?? ABSENT,
    type: document ? (PERSON_TYPES[document.type] ?? OTHER_DOCUMENT) : ABSENT,
    code: document?.number ?? ABSENT,
  };
  const isRepresentative = entity.role === 'legal_representative';
  const legal = isRepresentative ? person : { name: ABSENT, type: ABSENT, code: ABSENT };
  return {
    useridcode: useridcode(entity.id),
    usertype: '2',
    cn: entity.name ?? ABSENT,
    idcardtype: entity.uscc === undefined ? OTHER_ENTITY : USCC,
    idcardnumber: entity.uscc ?? ABSENT,
    sex: ABSENT,
    link_person_name: person.name,
    link_person_type: person.type,
    link_person_code: person.code,
    legal_person: legal.name,
    legal_id_type: legal.type,
    legal_code: legal.code,
    parent_uidcode: entity.parent ? useridcode(entity.parent.id) : ABSENT,
    ...levelFields(Math.min(entity.real_name_level ?? 1, released.real_name_level), 'IC'),
  };
}

function parentFields(parent: NonNullable<Entity['parent']>) {
  return {
    useridcode: useridcode(parent.id),
    usertype: '2',
    cn: parent.name ?? ABSENT,
    idcardtype: parent.uscc === undefined ? OTHER_ENTITY : USCC,
    idcardnumber: parent.uscc ?? ABSENT,
  };
}

function levelFields(level: number, source: string) {
  const isReal = level >= 2;
  return {
    isreal: String(isReal),
    is_real: String(isReal),
    realtype: isReal ? source : ABSENT,
    creditable_level_of_account: levelName(level),
  };
}

function levelName(level: number): string {
  return LEVELS[Math.max(0, level - 1)] ?? 'L0';
}

interface Way {
  level: string;
  code: string;
  id: string;
  method: string;
  at: Date;
}

function waysOf({ verification_methods: methods, sub }: Released): Way[] {
  return methods.map(({ way_code: method, level, auth_time: at }) => ({
    level: levelName(level),
    code: WAY_CODES[method] ?? method,
    id: useridcode(sub),
    method,
    at: new Date(at * 1000),
  }));
}

function wayText({ level, code, id }: Way): string {
  return `${level}@${code}@${id}`;
}

function wayFields({ name, id_document: document }: Released, way: Way) {
  return {
    auth_time: chinaTime(way.at),
    uniqueid: way.id,
    user_name: name ?? ABSENT,
    auth_identification: way.method,
    identity_level: way.level,
    credential_no: document?.number ?? ABSENT,
    way_code: way.code,
  };
}

/** GB 11643: the 17th digit is odd for men. */
function sexOf(number: string): string {
  const digit = Number(number[16]);
  return Number.isInteger(digit) ? (digit % 2 === 1 ? '1' : '2') : ABSENT;
}
