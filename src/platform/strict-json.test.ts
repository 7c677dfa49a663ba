import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseStrictJson } from './strict-json.ts';

test.each([
  ['{"a":1,"a":2}', 'duplicate_member'],
  [String.raw`{"a":1,"\u0061":2}`, 'duplicate_member'],
  ['[{"a":{"b":1,"c":{},"b":2}}]', 'duplicate_member'],
  ['{"__proto__":1,"__proto__":2}', 'duplicate_member'],
  [String.raw`{"a":"\ud800"}`, 'bad_character'],
  [String.raw`{"\u0000":1}`, 'bad_character'],
  ['{"a":1,}', 'syntax'],
  ['', 'syntax'],
  ['[1,2', 'syntax'],
])('%s is refused: %s', (text, problem) => {
  expect(parseStrictJson(text)).toEqual({ ok: false, problem });
});

test('one name may stand in several objects, and in texts', () => {
  const text = String.raw`{"a":[{"b":1},{"b":"{\"b\":1,\"b\":2}"}],"b":{"a":"a"}}`;
  expect(parseStrictJson(text)).toEqual({ ok: true, value: JSON.parse(text) });
});

test('what the language writes is read back', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value);
      const isPlain = !/\\u(?:0000|d[89a-f])/iu.test(text);
      expect(parseStrictJson(text).ok).toBe(isPlain);
    }),
  );
});
