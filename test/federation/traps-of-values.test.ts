// The traps of federation with provinces that lie in what a province writes, by number. The others:
// traps.test.ts; all of them: docs/federation.md.
import { describe, expect, test } from 'vitest';
import { isMinor } from '../../src/federation/capped.ts';
import { mapTifUser } from '../../src/federation/upstream/tif-mapping.ts';
import { mapZhejiangUser } from '../../src/federation/upstream/zhejiang-mapping.ts';
import type { UpstreamIdentity } from '../../src/federation/upstream-identity.ts';
import vectors from '../fixtures/identity-vectors.json' with { type: 'json' };
import { samplePeer } from '../support/upstream-peer.ts';

const NOW = new Date('2026-11-23T00:00:00Z');

describe('what a province writes', () => {
  const read = (userobj: object) => {
    const answer = { userobj: { useridcode: 'u-1', usertype: '1', ...userobj } };
    return mapTifUser(samplePeer({ connection: { protocol: 'tif' } }), answer, NOW);
  };
  const numberOf = (idcardnumber: string) => {
    const mapped = read({ idcardtype: '10', idcardnumber });
    return mapped.ok ? mapped.identity.certificate : mapped.problems;
  };

  test('1 levels that run backwards: 1 is the highest of Zhejiang, 4 the lowest', () => {
    const zhejiang = samplePeer({ connection: { protocol: 'zhejiang' } });
    const [uniscid] = vectors.unifiedSocialCreditCode.valid;
    const levels = ['1', '2', '3', '4'].map((realLevel) => {
      const mapped = mapZhejiangUser(zhejiang, { uniscid, realLevel }, NOW);
      return mapped.ok && mapped.identity.level;
    });
    expect(levels).toEqual([4, 4, 2, 1]);
  });

  test('2 “-1” is no name, no number and no telephone', () => {
    const mapped = read({ cn: '-1', idcardtype: '10', idcardnumber: '-1', telephonenumber: '-1' });
    expect(mapped.ok && [mapped.identity.name, mapped.identity.phone]).toEqual([
      undefined,
      undefined,
    ]);
    expect(mapped.ok && mapped.identity.certificate).toBeUndefined();
  });

  test('4 a lawful code of an organisation whose check digit fails is kept', () => {
    for (const idcardnumber of vectors.unifiedSocialCreditCode.lawfulButCheckDigitFails) {
      const mapped = read({ usertype: '2', idcardtype: '49', idcardnumber });
      expect(mapped.ok && mapped.identity.uscc).toBe(idcardnumber);
    }
  });

  test('5 residence permits of Hong Kong, Macao and Taiwan are no identity cards', () => {
    for (const { number, region } of vectors.residentIdNumber.residencePermit) {
      expect(numberOf(number)).toEqual({ type: region === 'TW' ? '156' : '155', number });
    }
  });

  test('6 a county code that was revoked lives on in the cards', () => {
    // 崇文区 of Beijing, until 2010.
    expect(numberOf('110103198001010013')).toEqual({ type: '111', number: '110103198001010013' });
  });

  test('7 a lower-case x is the same number', () => {
    const { validLowercaseX: number } = vectors.residentIdNumber;
    expect(numberOf(number)).toEqual({ type: '111', number: number.toUpperCase() });
  });

  test('19 who turns 14 today is a minor until midnight of the city', () => {
    const certificate = { type: '111', number: '440000201211240016' } as const;
    const identity = { certificate } as UpstreamIdentity;
    expect(isMinor(identity, new Date('2026-11-23T15:59:59Z'))).toBe(true);
    expect(isMinor(identity, new Date('2026-11-23T16:00:00Z'))).toBe(false);
  });
});
