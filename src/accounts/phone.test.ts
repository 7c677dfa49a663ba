import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePhone } from './phone.ts';

describe('phone', () => {
  it.each([
    ['13800138000', '+8613800138000'],
    ['138 0013 8000', '+8613800138000'],
    ['+86 138-0013-8000', '+8613800138000'],
    ['008613800138000', '+8613800138000'],
    ['１３８００１３８０００', '+8613800138000'],
    ['+852 9123 4567', '+85291234567'],
    ['+853 66123456', '+85366123456'],
    ['0912 345 678', '+886912345678'],
    ['+886 912345678', '+886912345678'],
    ['+886 0912345678', '+886912345678'],
    ['91234567', '+85291234567'],
  ])('reads %s as %s', (text, e164) => {
    expect(parsePhone(text)).toEqual({ ok: true, e164 });
  });

  it.each(['', '12800138000', '1380013800', '138001380000', '+1 202 555 0100', 'abc', '912345678'])(
    'refuses %s',
    (text) => {
      expect(parsePhone(text)).toEqual({ ok: false, reason: 'phone_invalid' });
    },
  );

  it('asks which region eight digits belong to, when two would do', () => {
    expect(parsePhone('66123456')).toEqual({ ok: false, reason: 'phone_region_needed' });
    expect(parsePhone('66123456', 'MO')).toEqual({ ok: true, e164: '+85366123456' });
    expect(parsePhone('66123456', 'HK')).toEqual({ ok: true, e164: '+85266123456' });
    expect(parsePhone('13800138000', 'HK')).toEqual({ ok: false, reason: 'phone_invalid' });
  });

  it('reads its own output back unchanged, whatever it is given', () => {
    const numbers = fc.integer({ min: 13_000_000_000, max: 19_999_999_999 }).map(String);
    fc.assert(
      fc.property(fc.oneof(fc.string(), numbers), (text) => {
        const parsed = parsePhone(text);
        const again = parsed.ok ? parsePhone(parsed.e164) : parsed;
        expect(again).toEqual(parsed);
      }),
    );
  });
});
