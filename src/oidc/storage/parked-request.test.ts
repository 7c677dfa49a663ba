import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toQuery } from './parked-request.ts';

test('repeated parameters stay repeated, in their order', () => {
  expect(toQuery({ resource: ['urn:a', 'urn:b'], state: 'x' })).toBe(
    'resource=urn%3Aa&resource=urn%3Ab&state=x',
  );
});

test('whatever was posted is what will be read', () => {
  const value = fc.string({ unit: 'binary' });
  const fields = fc.dictionary(
    fc.string({ minLength: 1 }),
    fc.oneof(value, fc.array(value, { minLength: 1 })),
  );
  fc.assert(
    fc.property(fields, (posted) => {
      const read = new URLSearchParams(toQuery(posted));
      for (const [name, values] of Object.entries(posted)) {
        const wanted = typeof values === 'string' ? [values] : values;
        expect(read.getAll(name)).toEqual(wanted.map((each) => each.toWellFormed()));
      }
    }),
  );
});
