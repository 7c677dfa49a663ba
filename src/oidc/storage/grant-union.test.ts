import fc from 'fast-check';
import { expect, test } from 'vitest';
import { uniteGrants } from './grant-union.ts';
import type { GrantPayload } from './grant-union.ts';

function grant(extra: Partial<GrantPayload> = {}): GrantPayload {
  return { kind: 'Grant', accountId: 'zhang', clientId: 'portal', iat: 1, exp: 10, ...extra };
}

test('scopes, claims and resource scopes of both writes are kept, once', () => {
  const a = grant({
    openid: { scope: 'openid profile', claims: ['phone_number'] },
    resources: { 'urn:a': 'read' },
  });
  const b = grant({
    openid: { scope: 'openid email', claims: ['phone_number', 'email'] },
    resources: { 'urn:a': 'write read', 'urn:b': 'read' },
  });
  expect(uniteGrants(a, b)).toMatchObject({
    openid: { scope: 'openid profile email', claims: ['phone_number', 'email'] },
    resources: { 'urn:a': 'read write', 'urn:b': 'read' },
  });
});

test('it begins with the first write and ends with the later end', () => {
  const united = uniteGrants(grant({ iat: 5, exp: 90 }), grant({ iat: 7, exp: 80 }));
  expect(united).toMatchObject({ iat: 5, exp: 90 });
});

test('what is rejected is what the later write says', () => {
  const rejected = { openid: { scope: 'real_name' } };
  expect(uniteGrants(grant({ rejected }), grant())).not.toHaveProperty('rejected');
  expect(uniteGrants(grant(), grant({ rejected }))).toMatchObject({ rejected });
});

test('a part that only one write has is kept', () => {
  const openid = { scope: 'openid' };
  const resources = { 'urn:a': 'read' };
  expect(uniteGrants(grant({ openid }), grant({ resources }))).toMatchObject({ openid, resources });
  expect(uniteGrants(grant(), grant())).not.toHaveProperty('openid');
});

test('the order of parallel writes does not matter for what is allowed', () => {
  const names = fc.subarray(['openid', 'profile', 'phone', 'email']);
  const allowed = (payload: GrantPayload) => new Set(payload.openid?.scope?.split(' '));
  fc.assert(
    fc.property(names, names, names, (first, second, third) => {
      const [a, b, c] = [first, second, third].map((scopes) =>
        grant({ openid: { scope: scopes.join(' ') } }),
      );
      if (!a || !b || !c) throw new Error('three grants');
      const one = allowed(uniteGrants(uniteGrants(a, b), c));
      const other = allowed(uniteGrants(uniteGrants(c, a), b));
      expect(one).toEqual(other);
    }),
  );
});
