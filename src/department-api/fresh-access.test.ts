// Which sign-ins may give and take power through the interface, and what the others are told.
import { expect, test } from 'vitest';
import { TestClock } from '../../test/support/test-clock.ts';
import type { PersonAccess } from '../oidc/bearer/verify-bearer.ts';
import { epochSeconds } from '../platform/clock.ts';
import { insufficientSignIn } from './fresh-access.ts';

const clock = new TestClock();

function judge(of: { level?: number; amr?: string[]; secondsAgo?: number }): string {
  const { level = 3, amr = ['pwd', 'otp'], secondsAgo = 10 } = of;
  const session = { amr, loginTs: epochSeconds(clock) - secondsAgo };
  const access = { account: { realNameLevel: level }, session } as unknown as PersonAccess;
  const refusal = insufficientSignIn({ clock }, access);
  return refusal ? refusal.problem : 'good enough';
}

test.each([
  ['two factors just now', {}, 'good enough'],
  ['a passkey just now', { amr: ['hwk', 'user'] }, 'good enough'],
  ['at the end of its time', { secondsAgo: 900 }, 'good enough'],
  ['after that', { secondsAgo: 901 }, 'authentication_insufficient'],
  ['one factor', { amr: ['pwd'] }, 'authentication_insufficient'],
  ['two factors that are codes', { amr: ['sms', 'otp'] }, 'authentication_insufficient'],
  ['somebody who was not seen in person', { level: 2 }, 'authentication_insufficient'],
])('%s', (_name, sign, expected) => {
  expect(judge(sign)).toBe(expected);
});

test('what goes on without a session is never fresh, and the answer says what is', () => {
  const access = { account: { realNameLevel: 4 } } as unknown as PersonAccess;
  expect(insufficientSignIn({ clock }, access)).toEqual({
    problem: 'authentication_insufficient',
    challenge: { acr_values: 'urn:hutong:level:3', max_age: '300' },
  });
});
