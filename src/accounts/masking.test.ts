import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import vectors from '../../test/fixtures/identity-vectors.json' with { type: 'json' };
import { maskEmail, maskName, maskNumber, maskPhone } from './masking.ts';

describe('masking', () => {
  const phones = vectors.masking.filter(({ kind }) => kind === 'phone');
  const numbers = vectors.masking.filter(({ kind }) => kind !== 'phone');

  it.each(phones)('masks the phone $input as agreed', ({ input, signedIn }) => {
    expect(maskPhone(input)).toBe(signedIn);
    expect(maskPhone(`+86${input}`)).toBe(signedIn);
  });

  it.each(numbers)('masks the number $input as agreed', ({ input, signedIn, sharedScreen }) => {
    expect(maskNumber(input, 'signedIn')).toBe(signedIn);
    expect(maskNumber(input, 'sharedScreen')).toBe(sharedScreen);
  });

  it('keeps the length and shows no more than the agreed ends', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 40, unit: 'binary-ascii' }), (number) => {
        const signedIn = maskNumber(number, 'signedIn');
        const shared = maskNumber(number, 'sharedScreen');
        expect(signedIn).toHaveLength(number.length);
        expect(shared).toHaveLength(number.length);
        const shown = (masked: string) =>
          Array.from(masked).filter((character) => character !== '*').length;
        expect(shown(shared)).toBeLessThan(3);
        expect(shown(signedIn)).toBeLessThan(8);
        expect(shown(signedIn)).toBeLessThanOrEqual((number.length * 2) / 3);
      }),
    );
  });

  it.each([
    ['+85291234567', '+852 91****67'],
    ['+886912345678', '+886 91*****78'],
    ['123', '***'],
  ])('masks the phone %s as %s', (phone, masked) => {
    expect(maskPhone(phone)).toBe(masked);
  });

  it('keeps the first character of a name, rare ones whole', () => {
    expect(maskName('张三丰')).toBe('张*');
    expect(maskName('𬴊某')).toBe('𬴊*');
    expect(maskName('')).toBe('');
  });

  it('keeps the first character and the domain of a mail address', () => {
    expect(maskEmail('zhang.san@example.com')).toBe('z***@example.com');
    expect(maskEmail('nonsense')).toBe('***');
  });
});
