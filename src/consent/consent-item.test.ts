import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatConsentItem, parseConsentItem } from './consent-item.ts';

const word = fc.stringMatching(/^[!-~]{1,30}$/u);

it.each(['', 'openid', 'scope:', 'colour:red'])('refuses %j', (text) => {
  expect(() => parseConsentItem(text)).toThrow(RangeError);
});

it('reads back what it has written, also names with colons', () => {
  const item = fc.oneof(
    fc.record({ kind: fc.constantFrom('scope' as const, 'claim' as const), name: word }),
    fc.record({ kind: fc.constant('resource' as const), indicator: word, name: word }),
  );
  fc.assert(
    fc.property(item, (each) => {
      expect(parseConsentItem(formatConsentItem(each))).toEqual(each);
    }),
  );
});
