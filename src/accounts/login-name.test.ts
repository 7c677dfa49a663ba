import { describe, expect, it } from 'vitest';
import { loginNameProblem, normaliseLoginName, readLogin } from './login-name.ts';

describe('login name', () => {
  it.each([
    '13800138000',
    '110105194912310021',
    '11010519491231002x',
    'e12345678',
    'h1234567890',
    '91350200ma2yj1xr9g',
    '138-0013-8000',
  ])('may not look like a number: %s', (name) => {
    expect(loginNameProblem(normaliseLoginName(name))).toBe('login_looks_like_number');
  });

  it.each(['', 'ab', 'a b c', '-abc', 'a'.repeat(65), 'a\u0000bc', 'x<script>'])(
    'has to be a name: %j',
    (name) => {
      expect(loginNameProblem(normaliseLoginName(name))).toBe('login_format_wrong');
    },
  );

  it.each([
    'zhangshili',
    'li.si',
    'wang_wu-1',
    '欧阳锋',
    'li198012',
    'someone@example.com',
    'test',
  ])('may be %s', (name) => {
    expect(loginNameProblem(normaliseLoginName(name))).toBeUndefined();
  });

  it('counts all spellings of one login under one text', () => {
    const spellings = [
      '13800138000',
      '+86 138 0013 8000',
      '138-0013-8000',
      '１３８００１３８０００',
    ];
    expect(new Set(spellings.map((text) => readLogin(text).canonical)).size).toBe(1);
    expect(readLogin(' ZhangSan ').canonical).toBe(readLogin('zhangsan').canonical);
    expect(readLogin('11010519491231002X').canonical).toBe(
      readLogin('11010519491231002x').canonical,
    );
  });

  it('cuts what is too long to be a login', () => {
    expect(readLogin('x'.repeat(100_000)).canonical).toHaveLength(128);
  });
});
