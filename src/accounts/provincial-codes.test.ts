// Levels, certificates and ways as the provinces write them.
import { expect, it } from 'vitest';
import vectors from '../../test/fixtures/identity-vectors.json' with { type: 'json' };
import {
  certificateTypeFromGuangdong,
  levelFromProvince,
  propertiesFromGuangdong,
  provincialLevels,
  waysFromGuangdong,
} from './provincial-codes.ts';
import type { LevelScale } from './provincial-codes.ts';

const scales = Object.keys(provincialLevels) as LevelScale[];

it('knows every scale of the vectors, and no other', () => {
  expect(scales.toSorted()).toEqual(Object.keys(vectors.levels).toSorted());
});

it.each(scales)('reads every level of %s, and nothing into others', (scale) => {
  for (const [name, level] of Object.entries(vectors.levels[scale])) {
    expect(levelFromProvince(scale, name)).toBe(level);
  }
  for (const name of ['', '5', 'L9', '一级', 'toString', '__proto__']) {
    expect(levelFromProvince(scale, name)).toBeUndefined();
  }
});

it('reads the certificate types of Guangdong', () => {
  for (const [code, type] of Object.entries(vectors.guangdongCertificateTypes)) {
    expect(certificateTypeFromGuangdong(code)).toBe(type);
  }
  expect(certificateTypeFromGuangdong('30')).toBeUndefined();
  expect(certificateTypeFromGuangdong('constructor')).toBeUndefined();
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
