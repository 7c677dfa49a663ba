// Names and certificates as people type them.
import { describe, expect, it } from 'vitest';
import vectors from '../../test/fixtures/identity-vectors.json' with { type: 'json' };
import type { CertificateType } from '../accounts/certificate-types.ts';
import { countryChoices } from '../accounts/countries.ts';
import { canonicalName } from './canonical-name.ts';
import { ageAt } from '../accounts/age.ts';
import { readIdentityForm } from './identity-form.ts';
import type { TypedIdentity } from './identity-form.ts';

const now = new Date('2026-11-22T06:00:00Z');

describe('a name', () => {
  it.each([
    ['张三', '张三'],
    ['张 三', '张三'],
    ['　张三　', '张三'],
    ['阿卜杜拉·热合曼', '阿卜杜拉·热合曼'],
    ['阿卜杜拉・热合曼', '阿卜杜拉·热合曼'],
    ['阿卜杜拉．热合曼', '阿卜杜拉·热合曼'],
    ['阿卜杜拉 • 热合曼', '阿卜杜拉·热合曼'],
    ['阿卜杜拉.热合曼', '阿卜杜拉·热合曼'],
    ['买买提·艾力·吐尔逊', '买买提·艾力·吐尔逊'],
    ['〇一', '〇一'],
    ['𠮷样例', '𠮷样例'],
    ['𬭎', '𬭎'],
    ['王\u{31350}', '王\u{31350}'],
    ['李\u{323B0}', '李\u{323B0}'],
    ['王\uE815', '王\uE815'],
    ['ＳＭＩＴＨ', 'SMITH'],
    ['Suharto', 'Suharto'],
    ['SMITH, John Q.', 'SMITH John Q'],
    ['SMITH<JOHN', 'SMITH JOHN'],
    ['O’Brien', "O'Brien"],
    ['Jean‐Luc', 'Jean-Luc'],
    ['Nguyễn Thị Ánh', 'Nguyễn Thị Ánh'],
    ['محمد علي', 'محمد علي'],
    ['ཚེ་རིང'.replaceAll('་', ' '), 'ཚེ རིང'],
  ])('%s is read as %s', (typed, name) => {
    expect(canonicalName(typed)).toBe(name);
  });

  it('keeps ideographs apart that a normalisation would make one', () => {
    expect(canonicalName('\uF900')).not.toBe(canonicalName('\u8C48'));
  });

  it.each(['', ' ', '·', '张·', '张三3', '张三!', '<script>', '张\u0000三', 'x'.repeat(101), '😀'])(
    '%j is none',
    (typed) => {
      expect(canonicalName(typed)).toBeUndefined();
    },
  );
});

function problems(typed: Partial<TypedIdentity>): string[] {
  const read = readIdentityForm({ name: '张三', number: '', ...typed }, now);
  return read.ok ? [] : read.errors.map(({ field, key }) => `${field}: ${key.split('.').at(-1)}`);
}

const born = { birthDate: '1990-03-07' };

describe('a certificate', () => {
  const { residentIdNumber } = vectors;

  it.each(residentIdNumber.residencePermit)('permit $number of $region', ({ number, region }) => {
    const type = region === 'TW' ? '156' : '155';
    const read = readIdentityForm({ type, name: '张三', number }, now);
    expect(read).toMatchObject({ ok: true, claim: { certificate: { type, number } } });
    expect(problems({ number })).toEqual(['number: number_permit']);
  });

  it.each<[CertificateType, string, string | undefined]>([
    ['414', 'e12345678', 'CHN'],
    ['414', 'X1234567', 'usa'],
    ['411', 'DE 1234567', 'FRA'],
    ['511', '12345678', undefined],
    ['511', '1234567890A', undefined],
    ['516', 'H12345678', undefined],
    ['516', 'm1234567801', undefined],
    ['553', 'USA110123456789', undefined],
    ['553', '911124198108030024', undefined],
    ['114', '军字第1234567号', undefined],
    ['122', '武字1234', undefined],
    ['999', 'A/1-2', undefined],
  ])('of type %s: %s is accepted', (type, number, country) => {
    const read = readIdentityForm({ type, number, country, name: 'Suharto', ...born }, now);
    expect(read).toMatchObject({ ok: true, birthDate: born.birthDate });
    if (!read.ok) return;
    const { certificate } = read.claim;
    expect(certificate.number).toBe(number.normalize('NFKC').replaceAll(' ', '').toUpperCase());
    expect(certificate.country).toBe(country?.toUpperCase());
  });

  it.each<[string, Partial<TypedIdentity>, string[]]>([
    [
      'a passport without its country',
      { type: '414', number: 'E12345678', ...born },
      ['country: country_missing'],
    ],
    [
      'a number with other characters',
      { type: '414', number: 'E-1', country: 'CHN', ...born },
      ['number: number_format'],
    ],
    ['a pass of other length', { type: '511', number: '123', ...born }, ['number: number_format']],
    ['nothing', { type: '516' }, ['number: number_missing', 'birth_date: birth_date_wrong']],
    [
      'a day that is none',
      { type: '999', number: 'A1', birthDate: '1990-02-30' },
      ['birth_date: birth_date_wrong'],
    ],
    [
      'a day to come',
      { type: '999', number: 'A1', birthDate: '2026-11-23' },
      ['birth_date: birth_date_wrong'],
    ],
    ['a wrong check digit', { number: '15000019970319128X' }, ['number: number_wrong']],
    ['an old number', { number: '610104620927690' }, ['number: number_old']],
  ])('%s is asked again', (_name, typed, expected) => {
    expect(problems(typed)).toEqual(expected);
  });
});

it('every country has one name in both languages', () => {
  for (const locale of ['zh-CN', 'en']) {
    const choices = countryChoices(locale);
    expect(choices.find(({ code }) => code === 'FRA')?.name).toBe(
      locale === 'en' ? 'France' : '法国',
    );
    expect(new Set(choices.map(({ name }) => name)).size).toBe(choices.length);
    expect(choices.every(({ code }) => /^[A-Z]{3}$/u.test(code))).toBe(true);
  }
});

it('a birthday counts from midnight in the city', () => {
  expect(ageAt('2012-11-23', new Date('2026-11-22T15:59:59Z'))).toBe(13);
  expect(ageAt('2012-11-23', new Date('2026-11-22T16:00:00Z'))).toBe(14);
});
