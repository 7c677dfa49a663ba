import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import vectors from '../../test/fixtures/identity-vectors.json' with { type: 'json' };
import { certificateTypeCodes } from './certificate-types.ts';
import type { CertificateType } from './certificate-types.ts';
import { checkCertificate } from './identity-number.ts';
import { checkResidentId, residentIdCheckDigit, upgradeResidentId } from './resident-id.ts';
import { checkSocialCreditCode, socialCreditCheckDigit } from './social-credit-code.ts';

const now = new Date('2026-11-22T06:00:00Z');
const { residentIdNumber, unifiedSocialCreditCode } = vectors;

function outcomeOf(type: CertificateType, number: string, country?: string): string {
  const checked = checkCertificate({ type, number, country }, now);
  return checked.outcome === 'invalid' ? checked.reason : checked.outcome;
}

describe('resident ID number', () => {
  it.each(residentIdNumber.invalid)('refuses $number: $why', ({ number }) => {
    expect(checkResidentId(number, now).outcome).toBe('invalid');
  });

  it.each([
    ['15000019970319128X', 'check_digit_wrong'],
    ['110105194902300020', 'date_impossible'],
    ['11010519491231002', 'length_wrong'],
    ['110105194912310O2X', 'characters_wrong'],
    ['110105209912310029', 'date_in_future'],
    ['990105194912310023', 'province_unknown'],
    ['610104620927690', 'old_15_digits'],
    ['810000199408230021', 'certificate_type_wrong'],
    ['', 'length_wrong'],
  ])('says why %s is refused: %s', (number, reason) => {
    expect(checkResidentId(number, now)).toEqual({ outcome: 'invalid', reason });
  });

  it.each(residentIdNumber.valid)('reads $number', ({ number, birthDate, sex }) => {
    expect(checkResidentId(number, now)).toEqual({ outcome: 'valid', number, birthDate, sex });
  });

  it('makes a lower-case x upper case', () => {
    const checked = checkCertificate(
      { type: '111', number: residentIdNumber.validLowercaseX },
      now,
    );
    expect(checked).toMatchObject({
      outcome: 'valid',
      certificate: { number: '11010519491231002X' },
    });
  });

  it('takes the date of the city, not of Greenwich', () => {
    const digits = '11010520261122001';
    const number = digits + residentIdCheckDigit(digits);
    expect(checkResidentId(number, new Date('2026-11-21T15:59:59Z')).outcome).toBe('invalid');
    expect(checkResidentId(number, new Date('2026-11-21T16:00:00Z')).outcome).toBe('valid');
  });

  it.each(residentIdNumber.residencePermit)('keeps permit $number of $region apart', (permit) => {
    const type = permit.region === 'TW' ? '156' : '155';
    const other = permit.region === 'TW' ? '155' : '156';
    expect(outcomeOf(type, permit.number)).toBe('valid');
    expect(outcomeOf(other, permit.number)).toBe('certificate_type_wrong');
    expect(outcomeOf('111', permit.number)).toBe('certificate_type_wrong');
  });

  it.each(residentIdNumber.upgrade15to18)('upgrades $from to $to', ({ from, to }) => {
    expect(upgradeResidentId(from)).toBe(to);
    expect(upgradeResidentId(to)).toBeUndefined();
  });

  const citizens = fc
    .record({
      province: fc.constantFrom('11', '44', '42', '71', '65'),
      county: fc.integer({ min: 0, max: 9999 }),
      born: fc.date({
        min: new Date('1880-01-01T00:00:00Z'),
        max: new Date('2026-11-21T00:00:00Z'),
        noInvalidDate: true,
      }),
      serial: fc.integer({ min: 0, max: 999 }),
    })
    .map(({ province, county, born, serial }) => {
      const date = born.toISOString().slice(0, 10).replaceAll('-', '');
      const digits = `${province}${String(county).padStart(4, '0')}${date}${String(serial).padStart(3, '0')}`;
      return digits + residentIdCheckDigit(digits);
    });

  it('accepts every number that is built by the rule', () => {
    fc.assert(
      fc.property(citizens, (number) => {
        expect(checkResidentId(number, now).outcome).toBe('valid');
      }),
    );
  });

  it('detects every single wrong digit and every swap of neighbours', () => {
    fc.assert(
      fc.property(citizens, fc.nat(16), fc.nat(9), (number, place, digit) => {
        const wrong = number.slice(0, place) + digit + number.slice(place + 1);
        const swapped =
          number.slice(0, place) + number[place + 1] + number[place] + number.slice(place + 2);
        for (const changed of [wrong, swapped]) {
          if (changed === number) continue;
          expect(checkResidentId(changed, now).outcome).toBe('invalid');
        }
      }),
    );
  });

  it('never throws on any text', () => {
    fc.assert(
      fc.property(fc.constantFrom(...certificateTypeCodes), fc.string(), (type, number) => {
        expect(['valid', 'needs_register', 'invalid']).toContain(
          checkCertificate({ type, number, country: 'KOR' }, now).outcome,
        );
      }),
    );
  });
});

describe('unified social credit code', () => {
  it.each(unifiedSocialCreditCode.invalid)('refuses $code: $why', ({ code }) => {
    expect(checkSocialCreditCode(code).outcome).toBe('invalid');
  });

  it.each(unifiedSocialCreditCode.valid)('accepts %s in either case', (code) => {
    expect(checkSocialCreditCode(code)).toEqual({ outcome: 'valid', number: code });
    expect(checkSocialCreditCode(code.toLowerCase())).toEqual({ outcome: 'valid', number: code });
  });

  it.each(unifiedSocialCreditCode.lawfulButCheckDigitFails)(
    'asks the register about %s instead of refusing it',
    (code) => {
      expect(checkSocialCreditCode(code)).toEqual({ outcome: 'needs_register', number: code });
    },
  );

  it('accepts exactly one check character', () => {
    const alphabet = Array.from('0123456789ABCDEFGHJKLMNPQRTUWXY');
    const bodies = fc.array(fc.constantFrom(...alphabet), { minLength: 17, maxLength: 17 });
    fc.assert(
      fc.property(bodies, (characters) => {
        const body = characters.join('');
        const accepted = alphabet.filter(
          (last) => checkSocialCreditCode(body + last).outcome === 'valid',
        );
        expect(accepted).toEqual([socialCreditCheckDigit(body)]);
      }),
    );
  });
});

describe('other certificates', () => {
  it('needs the issuing country of a passport and of nothing else', () => {
    expect(outcomeOf('414', 'E12345678')).toBe('country_needed');
    expect(outcomeOf('414', 'E12345678', 'Korea')).toBe('country_wrong');
    const passport = checkCertificate({ type: '414', number: ' e12345678 ', country: 'kor' }, now);
    expect(passport).toEqual({
      outcome: 'valid',
      certificate: { type: '414', number: 'E12345678', country: 'KOR' },
    });
    const card = checkCertificate(
      { type: '111', number: '440524188001010014', country: 'CHN' },
      now,
    );
    expect(card).toMatchObject({ certificate: { type: '111', number: '440524188001010014' } });
    expect(card).not.toHaveProperty('certificate.country');
  });

  it.each([
    ['511', '12345678', 'valid'],
    ['511', '1234567', 'format_wrong'],
    ['516', 'H12345678', 'valid'],
    ['516', 'h1234567890', 'valid'],
    ['516', 'H1', 'format_wrong'],
    ['553', 'KOR123456789012', 'valid'],
    ['553', '911111199001010010', 'needs_register'],
    ['553', '9111111990010100', 'format_wrong'],
    ['114', '南字第12345号', 'valid'],
    ['999', 'x', 'valid'],
    ['999', 'x'.repeat(33), 'format_wrong'],
    ['099', '', 'format_wrong'],
    ['001', '91350200MA2YJ1XR9G', 'valid'],
  ] as const)('%s %s is %s', (type, number, expected) => {
    expect(outcomeOf(type, number)).toBe(expected);
  });
});
