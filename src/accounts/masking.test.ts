import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import vectors from '../../test/fixtures/identity-vectors.json' with { type: 'json' };
import { maskEmail, maskName, maskNumber, maskPhone } from './masking.ts';

describe('masking', () => {
  it.each(vectors.masking)('masks $kind as agreed', (vector) => {
    if (vector.kind === 'phone') {
      expect(maskPhone(vector.input)).toBe(vector.signedIn);
      expect(maskPhone(`+86${vector.input}`)).toBe(vector.signedIn);
    } else {
      expect(maskNumber(vector.input, 'signedIn')).toBe(vector.signedIn);
      expect(maskNumber(vector.input, 'sharedScreen')).toBe(vector.sharedScreen);
    }
  });

  it('keeps the length and shows no more than the agreed ends', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 40, unit: 'binary-ascii' }), (number) => {
        const signedIn = maskNumber(number, 'signedIn');
        const shared = maskNumber(number, 'sharedScreen');
        expect(signedIn).toHaveLength(number.length);
        expect(shared).toHaveLength(number.length);
        expect([...shared].filter((c, i) => c === number[i] && c !== '*').length).toBeLessThan(3);
        expect([...signedIn].filter((c, i) => c === number[i] && c !== '*').length).toBeLessThan(8);
        expect([...signedIn].filter((c) => c === '*').length).toBeGreaterThanOrEqual(
          Math.ceil(number.length / 3),
        );
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
