// The checker of histories has to be able to fail: each kind of wrong history is told from the
// right one beside it.
import { describe, expect, test } from 'vitest';
import { check } from './checker.ts';
import type { Attempt, Notice, Outcome, Recorded } from './history.ts';

const SESSION = { account: 'zhang', session: 's1' };
const FAMILY = { ...SESSION, client: 'portal', family: 'c1' };

/** One attempt after the other, a second apart, each taking half a second. */
function history(...attempts: [Attempt, Outcome, at?: number][]): Recorded[] {
  return attempts.map(([attempt, outcome, at], index) => {
    const began = (at ?? index) * 1000;
    return { ...attempt, outcome, began, ended: began + 500, seen: '' };
  });
}

const entered: [Attempt, Outcome] = [
  { op: 'sign_in', ...SESSION, client: 'portal', code: 'c1' },
  'ok',
];
const redeemed: [Attempt, Outcome] = [
  { op: 'redeem', ...FAMILY, code: 'c1', access: 'a1', refresh: 'r1', sub: 'p1', sid: 'i1' },
  'ok',
];
const BASIS = [entered, redeemed];

const silent: Attempt = { op: 'silent', ...SESSION, client: 'hall' };
const userinfo: Attempt = { op: 'userinfo', ...FAMILY, token: 'a1' };
const introspect: Attempt = { op: 'introspect', ...FAMILY, token: 'r1' };
const refresh = (token: string, successor: string): Attempt => ({
  op: 'refresh',
  ...FAMILY,
  token,
  access: `a-${successor}`,
  successor,
});
const refused = (token: string): Attempt => ({ op: 'refresh', ...FAMILY, token });
const logout: Attempt = { op: 'logout', ...SESSION };
const lock: Attempt = { op: 'lock', account: 'zhang' };
const unlock: Attempt = { op: 'unlock', account: 'zhang' };
const everywhere: Attempt = { op: 'sign_out_everywhere', account: 'zhang' };
const again: Attempt = { op: 'redeem', ...FAMILY, code: 'c1' };
const revoke: Attempt = { op: 'revoke', ...FAMILY, token: 'r1' };
const told: Notice[] = [{ client: 'portal', sid: 'i1' }];

function rules(
  records: Recorded[],
  { notices = [], graceSeconds = 10 }: { notices?: Notice[]; graceSeconds?: number } = {},
): string[] {
  return check({ records, notices, graceSeconds }).map(({ rule }) => rule);
}

describe('something acknowledged is lost when', () => {
  test.each<[string, [Attempt, Outcome, at?: number][]]>([
    ['a session is not known any more', [[silent, 'refused']]],
    ['an access token is refused', [[userinfo, 'refused']]],
    ['a refresh token is not active', [[introspect, 'refused']]],
    ['a refresh token is refused', [[refused('r1'), 'refused']]],
    [
      'a successor is refused',
      [
        [refresh('r1', 'r2'), 'ok'],
        [refused('r2'), 'refused'],
      ],
    ],
    [
      'the same successor is denied inside the grace',
      [
        [refresh('r1', 'r2'), 'ok'],
        [refused('r1'), 'refused'],
      ],
    ],
    ['a sign-out is refused', [[logout, 'refused']]],
    [
      'a session that began after the unlock is gone',
      [
        [lock, 'ok'],
        [unlock, 'ok'],
        [{ op: 'sign_in', ...SESSION, session: 's2', client: 'portal' }, 'ok'],
        [{ ...silent, session: 's2' } as Attempt, 'refused'],
      ],
    ],
  ])('%s', (_, attempts) => {
    expect(
      rules(history(...BASIS, ...attempts), {
        notices: attempts.some(([{ op }]) => op === 'lock') ? told : [],
      }),
    ).toEqual(['lost']);
  });

  test('a right password is refused', () => {
    expect(rules(history([entered[0], 'refused']))).toEqual(['lost']);
  });

  test('a fresh code is refused', () => {
    expect(rules(history(entered, [again, 'refused']))).toEqual(['lost']);
  });
});

describe('nothing is lost when', () => {
  test.each<[string, [Attempt, Outcome, at?: number][], number?]>([
    [
      'all works',
      [
        [silent, 'ok'],
        [userinfo, 'ok'],
        [refresh('r1', 'r2'), 'ok'],
        [refused('r2'), 'ok'],
      ],
    ],
    [
      'nobody knows whether it was signed out',
      [
        [logout, 'unknown'],
        [silent, 'refused'],
        [userinfo, 'ok'],
      ],
    ],
    [
      'the code was tried again',
      [
        [again, 'refused'],
        [userinfo, 'refused'],
      ],
    ],
    [
      'the client revoked it',
      [
        [revoke, 'unknown'],
        [introspect, 'refused'],
        [userinfo, 'refused'],
      ],
    ],
    [
      'a refresh token was perhaps exchanged before it is looked at',
      [
        [refused('r1'), 'unknown'],
        [introspect, 'refused'],
      ],
    ],
    [
      'a refresh token was perhaps used before, without grace',
      [
        [refused('r1'), 'unknown'],
        [refused('r1'), 'refused'],
        [userinfo, 'refused'],
      ],
      0,
    ],
    [
      'a refresh token comes again after the grace',
      [
        [refresh('r1', 'r2'), 'ok'],
        [refused('r1'), 'refused', 14],
        [refused('r2'), 'refused', 15],
      ],
    ],
    [
      'its successor has been used',
      [
        [refresh('r1', 'r2'), 'ok'],
        [refresh('r2', 'r3'), 'ok'],
        [refused('r1'), 'refused'],
      ],
    ],
    ['an access token has run out', [[userinfo, 'refused', 600]]],
    [
      'no answer came',
      [
        [silent, 'unknown'],
        [userinfo, 'unknown'],
        [refused('r1'), 'unknown'],
      ],
    ],
  ])('%s', (_, attempts, graceSeconds = 10) => {
    expect(rules(history(...BASIS, ...attempts), { graceSeconds })).toEqual([]);
  });

  test('the account is locked, or perhaps', () => {
    const entry = { op: 'sign_in', ...SESSION, session: 's2', client: 'portal' } as const;
    for (const outcome of ['ok', 'unknown'] as const) {
      expect(rules(history([lock, outcome], [entry, 'refused']))).toEqual([]);
    }
    expect(rules(history([lock, 'ok'], [unlock, 'ok'], [entry, 'refused']))).toEqual(['lost']);
  });
});

describe('something works twice when', () => {
  test.each<[string, [Attempt, Outcome][], number?]>([
    ['a code is redeemed twice', [[again, 'ok']]],
    [
      'a refresh token has two successors',
      [
        [refresh('r1', 'r2'), 'ok'],
        [refresh('r1', 'r3'), 'ok'],
      ],
    ],
    [
      'a refresh token works twice without grace',
      [
        [refresh('r1', 'r2'), 'ok'],
        [refresh('r1', 'r2'), 'ok'],
      ],
      0,
    ],
    ['an assertion is accepted twice', twice({ op: 'assertion', account: 'zhang', value: 'x' })],
    [
      'a pushed request is answered twice',
      twice({ op: 'request_uri', account: 'zhang', value: 'u' }),
    ],
  ])('%s', (_, attempts, graceSeconds = 10) => {
    expect(rules(history(...BASIS, ...attempts), { graceSeconds })).toEqual(['used_twice']);
  });

  test('but not when everybody inside the grace gets the same successor', () => {
    const same = [refresh('r1', 'r2'), 'ok'] as [Attempt, Outcome];
    expect(rules(history(...BASIS, same, same))).toEqual([]);
  });
});

function twice(attempt: Attempt): [Attempt, Outcome][] {
  return [
    [attempt, 'ok'],
    [attempt, 'ok'],
  ];
}

describe('what has ended lives again when', () => {
  const uses: [string, Attempt][] = [
    ['silent', silent],
    ['userinfo', userinfo],
    ['introspection', introspect],
    ['refresh', refresh('r1', 'r2')],
  ];
  describe.each<[string, Attempt]>([
    ['a sign-out', logout],
    ['a lock', lock],
    ['a sign-out everywhere', everywhere],
  ])('after %s', (_, ending) => {
    test.each(uses)('%s works', (_name, use) => {
      const records = history(...BASIS, [ending, 'ok'], [use, 'ok']);
      expect(rules(records, { notices: told })).toEqual(['alive_again']);
    });

    test.each(uses)('but not when nobody knows of the end: %s', (_name, use) => {
      const records = history(...BASIS, [ending, 'unknown'], [use, 'ok']);
      expect(rules(records, { notices: told })).toEqual([]);
    });
  });

  test('a session of before works after the unlock', () => {
    const records = history(...BASIS, [lock, 'ok'], [unlock, 'ok'], [silent, 'ok']);
    expect(rules(records, { notices: told })).toEqual(['alive_again']);
  });

  test('a locked account signs in', () => {
    const entry = { op: 'sign_in', ...SESSION, session: 's2', client: 'portal' } as const;
    expect(rules(history([lock, 'ok'], [entry, 'ok']))).toEqual(['alive_again']);
    expect(rules(history([lock, 'ok'], [unlock, 'unknown'], [entry, 'ok']))).toEqual([]);
  });

  test('a revoked token works', () => {
    const records = history(...BASIS, [revoke, 'ok'], [introspect, 'ok']);
    expect(rules(records)).toEqual(['alive_again']);
  });
});

describe('who somebody is', () => {
  const other = (facts: Partial<Extract<Attempt, { op: 'redeem' }>>): [Attempt, Outcome] => [
    { op: 'redeem', ...FAMILY, family: 'c2', code: 'c2', sub: 'p1', sid: 'i1', ...facts },
    'ok',
  ];

  test.each([
    ['a subject of the same account', { sub: 'p2' }],
    ['an account of the same subject', { account: 'li', session: 's2', sid: 'i2' }],
    ['a sid of the same session', { sid: 'i2' }],
    ['a session of the same sid', { session: 's2' }],
  ])('must not change: %s', (_, facts) => {
    expect(rules(history(...BASIS, other(facts)))).toEqual(['subject_changed']);
  });

  test('stays', () => {
    expect(rules(history(...BASIS, other({})))).toEqual([]);
  });
});

describe('a logout notice', () => {
  test('is missing after an acknowledged end', () => {
    expect(rules(history(...BASIS, [logout, 'ok']))).toEqual(['notice_missing']);
    expect(rules(history(...BASIS, [logout, 'ok']), { notices: told })).toEqual([]);
  });

  test('tells of something that nobody ended', () => {
    expect(rules(history(...BASIS), { notices: told })).toEqual(['notice_unfounded']);
  });
});
