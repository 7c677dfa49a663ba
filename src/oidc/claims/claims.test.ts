import { describe, expect, it } from 'vitest';
import { requestedClaims } from './claims.ts';

const cityClaims = ['subject_type', 'real_name_level', 'login_strength'];

function released(
  scope: string,
  registered: { scope: string; minimumLevel?: number; profile?: 'standard' | 'fapi2' },
  single: string[] = [],
) {
  return requestedClaims({
    scopes: new Set(scope.split(' ')),
    single,
    client: {
      profile: registered.profile ?? 'standard',
      allowedScopes: new Set(registered.scope.split(' ')),
      minimumLevel: registered.minimumLevel,
    },
  });
}

describe('claims of the city', () => {
  it('stay away from FAPI 2.0 clients that registered standard scopes alone', () => {
    const names = released('openid profile', {
      profile: 'fapi2',
      scope: 'openid profile phone email offline_access',
    });
    expect(names).toContain('preferred_username');
    for (const claim of cityClaims) expect(names).not.toContain(claim);
  });

  it('stay away from a bare sign-in at a client of standard scopes, and come with any other', () => {
    const client = { scope: 'openid profile' };
    for (const claim of cityClaims) expect(released('openid', client)).not.toContain(claim);
    expect([...released('openid profile', client)]).toEqual(expect.arrayContaining(cityClaims));
  });

  it.each([
    ['a scope of the city', { profile: 'fapi2' as const, scope: 'openid profile real_name' }],
    ['a minimum level', { profile: 'fapi2' as const, scope: 'openid', minimumLevel: 2 }],
  ])('always go to a client registered for %s', (_title, registered) => {
    expect([...released('openid', registered)]).toEqual(expect.arrayContaining(cityClaims));
  });

  it('are released one by one to whoever asks', () => {
    const client = { profile: 'fapi2' as const, scope: 'openid profile' };
    const names = released('openid', client, ['real_name_level']);
    expect(names).toContain('real_name_level');
    expect(names).not.toContain('subject_type');
  });
});
