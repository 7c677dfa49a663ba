import type { KoaContextWithOIDC } from 'oidc-provider';
import { describe, expect, test } from 'vitest';
import { limitToRegistration } from './requested-items.ts';

function limited(params: Record<string, unknown>, registered: Record<string, unknown> = {}) {
  const client = { clientId: 'portal', allowed_scope: 'openid phone', ...registered };
  limitToRegistration({ oidc: { params, client } } as unknown as KoaContextWithOIDC);
  return params;
}

describe('scopes', () => {
  test.each([
    ['openid phone', 'openid phone'],
    ['openid real_name phone', 'openid phone'],
    ['openid made_up', 'openid'],
    ['openid constructor toString __proto__', 'openid'],
    ['real_name', undefined],
    ['', undefined],
  ])('of %j, %j is left', (asked, left) => {
    expect(limited({ scope: asked })['scope']).toBe(left);
  });

  test('services of the client stay, those of others do not', () => {
    const services = ['records.read'];
    const { scope } = limited({ scope: 'openid records.read records.write' }, { services });
    expect(scope).toBe('openid records.read');
  });

  test('a service cannot stand for a scope of people', () => {
    const services = ['id_document'];
    expect(limited({ scope: 'openid id_document' }, { services })['scope']).toBe('openid');
  });
});

describe('single claims', () => {
  const ask = (claims: object) =>
    JSON.parse(String(limited({ claims: JSON.stringify(claims) })['claims'])) as object;

  test('are kept where their scope was registered, in both places', () => {
    const wanted = { phone_number: null, id_document: { essential: true }, acr: null };
    expect(ask({ userinfo: wanted, id_token: wanted })).toEqual({
      userinfo: { phone_number: null, acr: null },
      id_token: { phone_number: null, acr: null },
    });
  });

  test('keep what a request says of them', () => {
    const acr = { essential: true, values: ['urn:hutong:level:3'] };
    expect(ask({ id_token: { acr } })).toEqual({ id_token: { acr } });
  });
});

test('without a client nothing is touched', () => {
  const params = { scope: 'made_up' };
  limitToRegistration({ oidc: { params } } as unknown as KoaContextWithOIDC);
  expect(params).toEqual({ scope: 'made_up' });
});
