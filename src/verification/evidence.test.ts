// Which level evidence gives: the policy's "N of these", expiry, revocation, carried levels.
import { describe, expect, it } from 'vitest';
import type { LevelPolicy } from '../platform/verification-config.ts';
import { levelOf } from './evidence.ts';
import type { Evidence } from './evidence.ts';
import type { EntityProofSource } from '../platform/entity-proof-config.ts';
import { fallenLevel } from './level-expiry.ts';

const now = new Date('2026-11-22T00:00:00Z');
const before = new Date('2026-11-21T23:59:59Z');
const after = new Date('2026-11-22T00:00:01Z');

const policy: LevelPolicy = [
  { level: 2, anyOf: [{ count: 1, of: ['population', 'face'] }] },
  { level: 3, anyOf: [{ count: 1, of: ['face'] }] },
];
const both: LevelPolicy = [
  { level: 2, anyOf: [{ count: 1, of: ['population'] }] },
  { level: 3, anyOf: [{ count: 2, of: ['population', 'face'] }] },
];

const METHODS = {
  population: 'two_element',
  socialSecurity: 'two_element',
  operator: 'three_element',
  bank: 'four_element',
  networkIdentity: 'network_identity',
  face: 'face',
  review: 'manual_review',
  stock: 'stock_account',
  carried: 'carried',
  federation: 'federation',
} as const;

const ELEMENT_LEVELS = { population: 2, socialSecurity: 2, operator: 2, bank: 2 } as const;

type PersonSource = Exclude<Evidence['source'], 'legalEntities' | EntityProofSource>;

function evidence(source: PersonSource, more: Partial<Evidence> = {}): Evidence {
  const levels = {
    ...ELEMENT_LEVELS,
    networkIdentity: 3,
    face: 3,
    review: 2,
    stock: 2,
    carried: 3,
    federation: 3,
  } as const;
  return {
    id: source,
    accountId: 'a',
    source,
    method: METHODS[source],
    at: before,
    terminal: 'online',
    resultCode: '00',
    grade: 'A',
    level: levels[source],
    ...more,
  };
}

describe('the level of evidence', () => {
  it.each([
    ['nothing', [], policy, 1],
    ['a match', [evidence('population')], policy, 2],
    ['what an old system had verified', [evidence('stock')], policy, 2],
    ['a match, many times', [evidence('population'), evidence('population')], both, 2],
    ['a face', [evidence('face')], policy, 3],
    ['a face without the match that is also needed', [evidence('face')], both, 1],
    [
      'a face and a match where both are needed',
      [evidence('population'), evidence('face')],
      both,
      3,
    ],
    ['a face whose cap was lower then', [evidence('face', { level: 2 })], policy, 2],
    [
      'an expired face and a match',
      [evidence('population'), evidence('face', { expiresAt: now })],
      policy,
      2,
    ],
    ['a face that expires in a second', [evidence('face', { expiresAt: after })], policy, 3],
    ['a revoked face', [evidence('face', { revokedAt: before })], policy, 1],
    ['what was carried over', [evidence('carried'), evidence('population')], policy, 3],
  ] as const)('%s', (...[, given, rules, level]) => {
    expect(levelOf(given, rules, now)).toBe(level);
  });
});

describe('a level whose evidence has expired', () => {
  const expired = evidence('face', { expiresAt: before });
  it.each([
    ['falls to what is left', 3, [evidence('population'), expired], 2],
    ['falls to 1 with nothing left', 3, [expired], 1],
    ['stays when an operator gave more', 4, [expired], undefined],
    ['stays when it was carried over', 3, [evidence('carried'), expired], undefined],
    ['stays while there is evidence', 3, [evidence('face'), expired], undefined],
    ['is not raised', 1, [evidence('population'), expired], undefined],
  ] as const)('%s', (...[, present, given, level]) => {
    expect(fallenLevel(present, given, { policy, now })).toBe(level);
  });
});
