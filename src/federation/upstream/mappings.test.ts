// What platforms write, in our terms: the vectors, and the oddities of each dialect.
import { describe, expect, it } from 'vitest';
import vectors from '../../../test/fixtures/identity-vectors.json' with { type: 'json' };
import { samplePeer } from '../../../test/support/upstream-peer.ts';
import type { Peer, PeerProtocol } from '../../peers/peer.ts';
import type { UpstreamIdentity } from '../upstream-identity.ts';
import { mapJisUser } from './jis-mapping.ts';
import { mapOidcClaims } from './oidc-mapping.ts';
import type { Mapped } from './stated-fields.ts';
import { mapTifUser } from './tif-mapping.ts';
import { mapZhejiangUser } from './zhejiang-mapping.ts';

const NOW = new Date('2026-11-23T00:00:00Z');

type Changes = Partial<Omit<Peer, 'connection'>>;
const peer = (protocol: PeerProtocol, changes: Changes = {}) =>
  samplePeer({ connection: { protocol }, ...changes });

const tifUser = (userobj: object, others: object = {}) => ({
  userobj: { useridcode: 'u-1', usertype: '1', ...userobj },
  ...others,
});
const tif = (userobj: object, others?: object, changes?: Changes) =>
  mapTifUser(peer('tif', changes), tifUser(userobj, others), NOW);
const jis = (user: object, changes?: Changes) => mapJisUser(peer('jis', changes), user, NOW);
const zhejiang = (user: object, changes?: Changes) =>
  mapZhejiangUser(peer('zhejiang', changes), user, NOW);
const oidc = (claims: object, changes?: Changes) =>
  mapOidcClaims(peer('oidc', changes), { sub: 'o-1', ...claims }, NOW);

function identityOf(mapped: Mapped): UpstreamIdentity {
  if (!mapped.ok) throw new Error(mapped.problems.join(' '));
  return mapped.identity;
}

describe('the vectors', () => {
  it('of levels', () => {
    const { guangdongOld, guangdongNew, shandong, zhejiangLegalRealLevel } = vectors.levels;
    for (const [name, level] of Object.entries({ ...guangdongOld, ...guangdongNew })) {
      const stated = { creditable_level_of_account: name };
      expect(identityOf(tif(stated))).toMatchObject({ level, statedLevel: name });
      expect(identityOf(tif({}, { user_creditable_level: stated })).level).toBe(level);
    }
    for (const [name, level] of Object.entries(shandong)) {
      expect(identityOf(jis({ uuid: 'j', authlevel: name })).level).toBe(level);
      expect(identityOf(jis({ uuid: 'j', authLevel: name })).level).toBe(level);
    }
    const uscc = vectors.unifiedSocialCreditCode.valid[0];
    for (const [realLevel, level] of Object.entries(zhejiangLegalRealLevel)) {
      expect(identityOf(zhejiang({ uniscid: uscc, realLevel })).level).toBe(level);
      expect(identityOf(zhejiang({ uniscid: uscc, realLevel: Number(realLevel) })).level).toBe(
        level,
      );
    }
  });

  it('of identity numbers', () => {
    const { valid, validLowercaseX, residencePermit, invalid } = vectors.residentIdNumber;
    const read = (number: string) => tif({ idcardtype: '10', idcardnumber: number });
    for (const { number } of valid) {
      expect(identityOf(read(number)).certificate).toEqual({ type: '111', number });
    }
    expect(identityOf(read(validLowercaseX)).certificate?.number).toBe(
      validLowercaseX.toUpperCase(),
    );
    for (const { number, region } of residencePermit) {
      const type = region === 'TW' ? '156' : '155';
      expect(identityOf(read(number)).certificate).toEqual({ type, number });
    }
    for (const { number } of invalid) {
      expect(read(number)).toEqual({ ok: false, problems: ['certificateNumber'] });
    }
  });

  it('of social credit codes, with the lawful ones whose check digit fails', () => {
    const { valid, lawfulButCheckDigitFails, invalid } = vectors.unifiedSocialCreditCode;
    const read = (uscc: string) => jis({ usertype: 2, cornumber: uscc });
    for (const uscc of [...valid, ...lawfulButCheckDigitFails]) {
      expect(identityOf(read(uscc))).toMatchObject({ uscc, kind: 'legalEntity' });
    }
    for (const { code } of invalid) {
      expect(read(code)).toEqual({ ok: false, problems: ['uscc'] });
    }
  });

  it('of certificate types, as far as a person has them', () => {
    const numbers = { '111': '11010519491231002X', '414': 'E12345678', '999': 'K-1' } as const;
    for (const [code, type] of Object.entries(vectors.guangdongCertificateTypes)) {
      const number = type in numbers ? numbers[type as keyof typeof numbers] : 'K-1';
      const mapped = tif({ idcardtype: code, idcardnumber: number });
      const isWhole = type === '111' || type === '999';
      // A passport without its country is no key for anybody.
      expect(identityOf(mapped).certificate).toEqual(isWhole ? { type, number } : undefined);
      expect(mapped.ok && mapped.unread.length > 0).toBe(!isWhole);
    }
  });

  it('of ways', () => {
    const { input, expect: ways } = vectors.guangdongWays;
    const mapped = identityOf(tif({ creditable_level_of_account_way: input }));
    expect(mapped.ways).toEqual(ways.map(({ level, way }) => ({ level, way })));
  });

  it('of properties, for a table of the peer', () => {
    const { input } = vectors.guangdongExtProperties;
    const attributeMap = { origin: 'ext.cert_ca', version: 'ext.tax_code' };
    const mapped = identityOf(tif({ extproperties: input }, {}, { attributeMap }));
    expect(mapped).toMatchObject({ origin: 'NETCA', version: undefined });
  });
});

describe('Guangdong’s dialect', () => {
  it('has no -1', () => {
    const absent = {
      cn: '-1',
      idcardnumber: '-1',
      telephonenumber: '-1',
      mail: -1,
      uversion: '-1',
    };
    const mapped = identityOf(tif({ ...absent, creditable_level_of_account: '-1' }));
    expect(mapped).toMatchObject({ level: 1, statedLevel: '' });
    for (const name of ['name', 'certificate', 'phone', 'email', 'version'] as const) {
      expect(mapped[name]).toBeUndefined();
    }
    expect(tif({ useridcode: '-1' })).toEqual({ ok: false, problems: ['subject'] });
  });

  it('denies a level to who is not real, and knows no anonymous ones', () => {
    const high = { creditable_level_of_account: 'L3' };
    for (const denial of [{ isreal: 'false' }, { is_real: false }, { isreal: '0' }]) {
      expect(identityOf(tif({ ...high, ...denial })).level).toBe(1);
    }
    expect(identityOf(tif({ ...high, isreal: 'true' })).level).toBe(4);
    expect(tif({ anon_flag: '1' })).toEqual({ ok: false, problems: ['anon_flag'] });
    expect(tif({ usertype: '3' })).toEqual({ ok: false, problems: ['kind'] });
  });

  it('gives a sub-account neither the number of the organisation above it nor its name', () => {
    const [uscc] = vectors.unifiedSocialCreditCode.valid;
    const above = { useridcode: 'u-0', cn: '示例公司', idcardtype: '49', idcardnumber: uscc };
    const own = { usertype: '2', cn: '第一营业部', idcardtype: '49', idcardnumber: uscc };
    const mapped = identityOf(tif({ ...own, parent_uidcode: 'u-0' }, { pareobj: above }));
    expect(mapped).toMatchObject({
      subject: 'u-1',
      name: '第一营业部',
      uscc: undefined,
      parent: { subject: 'u-0', name: '示例公司', uscc },
    });
    expect(identityOf(tif({ ...own, parent_uidcode: '-1' })).uscc).toBe(uscc);
  });

  it('is one factor, unless it was a certificate or the peer’s settings know better', () => {
    expect(identityOf(tif({ accout_type: '2' })).strength).toBe(3);
    expect(identityOf(tif({ accout_type: '4' })).strength).toBe(1);
    const connection = { protocol: 'tif', settings: { strength_of_4: '2' } } as const;
    const known = samplePeer({ connection });
    expect(identityOf(mapTifUser(known, tifUser({ accout_type: '4' }), NOW)).strength).toBe(2);
  });
});

describe('JIS and Zhejiang', () => {
  it('are read in their old and new names', () => {
    const number = '11010519491231002X';
    for (const each of [
      { cardid: number },
      { certNo: number },
      { paperstype: '111', papersnumber: number },
    ]) {
      expect(identityOf(jis({ uuid: 'j', ...each })).certificate).toEqual({ type: '111', number });
    }
    // Without its type it may be any certificate.
    expect(identityOf(jis({ uuid: 'j', papersnumber: number })).certificate).toBeUndefined();
    const newest = { userId: 'z', certificateType: 'ID_CARD', certificateNumber: number };
    expect(identityOf(zhejiang({ ...newest, phoneNumber: '13800138000' }))).toMatchObject({
      subject: 'z',
      certificate: { type: '111', number },
      phone: '+8613800138000',
    });
  });

  it('tell the businesses of one person from enterprises by their code', () => {
    const subtype = (uniscid: string, OrgType: string | number) =>
      identityOf(zhejiang({ uniscid, OrgType })).subtype;
    const [enterprise = '', , institution = ''] = vectors.unifiedSocialCreditCode.valid;
    expect(subtype(enterprise, 1)).toBe('enterprise');
    expect(subtype('92440000MA0DEMB05J', '1')).toBe('individualBusiness');
    expect(subtype(institution, '5')).toBe('governmentBody');
    expect(subtype(enterprise, 'x')).toBeUndefined();
  });

  it('do not read a person’s level by the table of organisations', () => {
    expect(identityOf(zhejiang({ userid: 'z', authlevel: '1' })).level).toBe(1);
    const levelMap = { '1': 4, 'authlevel:1': 2 } as const;
    expect(identityOf(zhejiang({ userid: 'z', authlevel: '1' }, { levelMap })).level).toBe(2);
  });
});

describe('an OpenID provider', () => {
  it('of our own kind is read by its own claims', () => {
    const claims = { acr: 'urn:hutong:level:2', real_name_level: 3, login_strength: 2, sid: 's' };
    const ways = [{ level: 3, way_code: 'face', auth_time: 1_767_576_600 }, { way_code: 'x' }, 'y'];
    expect(
      identityOf(
        oidc({ ...claims, verification_methods: ways, account_version: 4, updated_at: 9 }),
      ),
    ).toMatchObject({
      level: 3,
      statedLevel: 'urn:hutong:level:3',
      strength: 2,
      sessionId: 's',
      version: '4',
      ways: [{ level: '3', way: 'face', at: new Date('2026-01-05T01:30:00Z') }],
    });
    const [uscc] = vectors.unifiedSocialCreditCode.valid;
    const entity = { subject_type: 'legal_entity', legal_entity: { uscc, name: '示例公司' } };
    const operator = { name: '王*', role: 'handler' };
    expect(identityOf(oidc({ ...entity, operator }))).toMatchObject({
      kind: 'legalEntity',
      uscc,
      name: '示例公司',
      representative: { name: undefined, role: 'handler' },
    });
  });

  it('of another kind is read by the tables of the peer', () => {
    const mapped = oidc(
      { family: '王演示', cert: { no: '11010519491231002x', kind: 'id' }, loa: 'gold' },
      {
        attributeMap: {
          name: 'family',
          certificateNumber: 'cert.no',
          certificateType: 'cert.kind',
          level: 'loa',
          phone: 'mobile',
        },
        certificateTypeMap: { id: '111' },
        levelMap: { gold: 3 },
      },
    );
    expect(identityOf(mapped)).toMatchObject({
      name: '王演示',
      certificate: { type: '111', number: '11010519491231002X' },
      level: 3,
    });
  });

  it('signs in no staff of elsewhere, takes no masks for names and nothing it denies', () => {
    expect(oidc({ subject_type: 'civil_servant' })).toEqual({ ok: false, problems: ['kind'] });
    const mapped = oidc({
      name: '王**',
      phone_number: '13800138000',
      phone_number_verified: false,
      email: 'a@example.com',
      email_verified: true,
      id_document: { type: '111', number: '110***********002X' },
    });
    expect(identityOf(mapped)).toMatchObject({
      name: undefined,
      phone: undefined,
      email: 'a@example.com',
      certificate: undefined,
    });
    expect(mapped.ok && mapped.unread).toEqual(['name', 'certificateNumber']);
  });

  it.each<[string[], number]>([
    [['pwd'], 1],
    [['pwd', 'sms'], 1],
    [['pwd', 'otp'], 2],
    [['pwd', 'mfa'], 2],
    [['mfa', 'hwk'], 3],
    [[], 1],
  ])('that signed in by %j has strength %i', (amr, strength) => {
    expect(identityOf(oidc({ amr })).strength).toBe(strength);
  });
});
