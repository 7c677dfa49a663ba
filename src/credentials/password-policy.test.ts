import { dictionary } from '@zxcvbn-ts/language-common';
import { describe, expect, it } from 'vitest';
import {
  isPasswordDue,
  passwordPreset,
  passwordProblems,
  personalWords,
} from './password-policy.ts';

const citizen = passwordPreset('naturalPerson');
const staff = passwordPreset('civilServant');

describe('password policy', () => {
  it.each([
    '12345678',
    'password1',
    'woaini1314',
    'a123456789',
    'qwertyuiop',
    'zhangwei123',
    '11111111111',
  ])('refuses %s, which is tried first', (password) => {
    expect(passwordProblems(password, citizen, [])).toEqual(['too_common']);
  });

  it('refuses what has leaked most often, as far down the list as it is looked at', () => {
    const leaked = dictionary['passwords-common'].filter(({ length }) => length >= 8);
    expect(leaked.length).toBeGreaterThan(10_000);
    const looked = leaked.filter((_, rank) => rank < 300 || rank % 50 === 0);
    const taken = looked.filter((each) => passwordProblems(each, citizen, []).length === 0);
    expect(taken).toEqual([]);
  });

  it('takes long ones, with any characters', () => {
    for (const length of [64, 128, 256]) {
      const password = '胡同 Q7 槐花-zephyr/9 '.repeat(20).slice(0, length);
      expect({ length, problems: passwordProblems(password, citizen, []) }).toEqual({
        length,
        problems: [],
      });
    }
  });

  it('counts characters, not bytes', () => {
    expect(passwordProblems('胡同里的槐花香', citizen, [])).toContain('too_short');
    expect(passwordProblems('胡同里的槐花开了', citizen, [])).toEqual([]);
  });

  it('refuses what is longer than any password', () => {
    expect(passwordProblems('x1Y!'.repeat(65), citizen, [])).toEqual(['too_long']);
  });

  it('refuses name, number, birth date, phone and city inside a password', () => {
    const words = personalWords(
      {
        login: 'ou_yang',
        name: '欧阳锋',
        phone: '+8613812345678',
        email: 'westpoison@example.com',
        certificate: { type: '111', number: '11010519491231002X' },
        uscc: undefined,
      },
      'zhongshan',
    );
    for (const part of [
      'ou_yang',
      'OU_YANG',
      '欧阳锋',
      '13812345678',
      '12345678',
      '345678',
      'westpoison',
      '19491231',
      '491231',
      '31002x',
      'Zhongshan',
    ]) {
      const problems = passwordProblems(`Kq7-${part}-vT!`, citizen, words);
      expect({ part, problems }).toEqual({ part, problems: ['contains_personal'] });
    }
    expect(passwordProblems('Kq7-something else-vT!', citizen, words)).toEqual([]);
  });

  it('asks four kinds of characters of staff only', () => {
    const password = 'correct horse battery staple';
    expect(passwordProblems(password, citizen, [])).toEqual([]);
    expect(passwordProblems(password, staff, [])).toEqual(['four_kinds_needed']);
    expect(passwordProblems('Correct-horse-9-staple', staff, [])).toEqual([]);
  });

  it('lets a citizen keep a password and makes staff change it after 90 days', () => {
    const credential = { mustChange: false, changedAt: new Date('2026-01-01T00:00:00Z') };
    expect(isPasswordDue('naturalPerson', credential, new Date('2036-01-01T00:00:00Z'))).toBe(
      false,
    );
    expect(isPasswordDue('civilServant', credential, new Date('2026-03-31T00:00:00Z'))).toBe(false);
    expect(isPasswordDue('civilServant', credential, new Date('2026-04-02T00:00:00Z'))).toBe(true);
    expect(isPasswordDue('naturalPerson', { ...credential, mustChange: true }, new Date())).toBe(
      true,
    );
  });
});
