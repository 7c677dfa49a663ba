// Levels, certificates and ways as the provinces write them.
import { expect, it } from 'vitest';
import vectors from '../../../test/fixtures/identity-vectors.json' with { type: 'json' };
import {
  guangdongTypes,
  propertiesFromGuangdong,
  provincialLevels,
  waysFromGuangdong,
} from './provincial-codes.ts';

it('has the levels of the vectors, and no other', () => {
  expect(provincialLevels).toEqual(vectors.levels);
});

it('has the certificate types of Guangdong', () => {
  expect(guangdongTypes).toEqual(vectors.guangdongCertificateTypes);
});

it('reads the ways of Guangdong, with identifiers that hold the separator', () => {
  const { input, expect: ways } = vectors.guangdongWays;
  expect(waysFromGuangdong(input)).toEqual(ways);
  expect(waysFromGuangdong('')).toEqual([]);
  expect(waysFromGuangdong('L2@YSS||@GW@1||L3@GW@9')).toEqual([
    { level: 'L3', way: 'GW', id: '9' },
  ]);
});

it('reads the properties of Guangdong; -1 is none, and values may hold the equals sign', () => {
  const { input, expect: properties } = vectors.guangdongExtProperties;
  expect(propertiesFromGuangdong(input)).toEqual(properties);
  expect(propertiesFromGuangdong(['=x', 'y', 'z='])).toEqual({ z: '' });
});
