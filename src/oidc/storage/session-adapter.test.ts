import { describe, expect, test } from 'vitest';
import type { SessionState } from '../../sessions/session-codec.ts';
import { sessionDifference } from './session-adapter.ts';

const portal = { sid: 'sid-1', grantId: 'grant-1' };
const hall = { sid: 'sid-2', grantId: 'grant-2' };

function session(extra: Partial<SessionState> = {}): SessionState {
  const base = { uid: 'u', accountId: 'zhang', loginTs: 5, amr: ['pwd'], acr: 'a', exp: 100 };
  return { ...base, authorizations: { portal }, ...extra };
}

describe('what a request changed in a session', () => {
  test('is nothing, when only its end moved', () => {
    expect(sessionDifference(session(), session({ exp: 200 }))).toEqual({});
  });

  test('is a client that came, without those that were there', () => {
    const after = session({ authorizations: { portal, hall } });
    expect(sessionDifference(session(), after)).toEqual({ slots: { hall } });
  });

  test('is not a client that is gone: that is a sign-out of its own', () => {
    expect(sessionDifference(session(), session({ authorizations: {} }))).toEqual({});
  });

  test('is a grant that outlives the sign-out from now on', () => {
    const kept = { ...portal, persistsLogout: true };
    const after = session({ authorizations: { portal: kept } });
    expect(sessionDifference(session(), after)).toEqual({ slots: { portal: kept } });
  });

  test('is another factor, without the device', () => {
    const after = session({ amr: ['pwd', 'otp'] });
    expect(sessionDifference(session(), after)).toEqual({ core: after });
  });

  test('is a sign-in, with the device it came from', () => {
    const { accountId: _, ...anonymous } = session({ authorizations: {} });
    const after = session({ authorizations: {} });
    expect(sessionDifference(anonymous, after)).toEqual({
      core: after,
      device: { userAgent: '', address: '' },
    });
  });

  test('is a question that was asked or answered', () => {
    const asked = session({ state: { secret: 'x' } });
    expect(sessionDifference(session(), asked)).toEqual({ state: { secret: 'x' } });
    expect(sessionDifference(asked, session())).toEqual({ dropState: true });
    expect(sessionDifference(asked, structuredClone(asked))).toEqual({});
  });
});
