import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatUserCode, readUserCode } from './device-code.ts';

const LETTERS = 'BCDFGHJKLMNPQRSTVWXZ';
const code = fc.string({
  unit: fc.constantFrom(...Array.from(LETTERS)),
  minLength: 8,
  maxLength: 8,
});
const wide = (text: string) =>
  Array.from(text, (each) => String.fromCodePoint(each.charCodeAt(0) + 0xfee0)).join('');

test.each([
  '',
  'BBBB-BBB',
  'BBBB-BBBBB',
  'BBBB-BB4B',
  '我的代码是八位字',
  'ВВВВ-ВВВВ',
  '👍'.repeat(8),
])('what cannot be a code is none: %j', (typed) => {
  expect(readUserCode(typed)).toBeUndefined();
});

test('a code is read in any case, width and grouping', () => {
  fc.assert(
    fc.property(
      code,
      fc.constantFrom('', '-', ' ', '—', '－', '　', '·', ' - '),
      fc.constantFrom(
        (text: string) => text,
        (text: string) => text.toLowerCase(),
        wide,
      ),
      (letters, dash, write) => {
        const typed = ` ${write(letters.slice(0, 4))}${dash}${write(letters.slice(4))}\n`;
        expect(readUserCode(typed)).toBe(letters);
        expect(readUserCode(formatUserCode(letters))).toBe(letters);
      },
    ),
  );
});

test('a character that codes do not have is read as the one it looks like', () => {
  expect(readUserCode('5IO8-26U7')).toBe('SLQBZGVT');
});
