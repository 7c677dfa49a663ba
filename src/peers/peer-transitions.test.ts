// Which step leads where: what is refused first.
import { describe, expect, it } from 'vitest';
import { peerStates } from './peer.ts';
import { standingAfter } from './peer-transitions.ts';
import type { PeerStep } from './peer-transitions.ts';

const fromEach = (step: PeerStep) =>
  Object.fromEntries(peerStates.map((state) => [state, standingAfter({ state }, step)?.state]));

describe('a peer', () => {
  it('is approved only after a test, and active only after the approval', () => {
    const nowhere = { draft: undefined, active: undefined, suspended: undefined };
    expect(fromEach('approve')).toEqual({ ...nowhere, tested: 'approved', approved: undefined });
    expect(fromEach('activate')).toEqual({ ...nowhere, tested: undefined, approved: 'active' });
  });

  it('is not removed while it is active, nor suspended or resumed twice', () => {
    expect(fromEach('remove')).toMatchObject({ draft: 'draft', active: undefined });
    expect(standingAfter({ state: 'suspended' }, 'suspend')).toBeUndefined();
    const others = { draft: undefined, tested: undefined, approved: undefined, active: undefined };
    expect(fromEach('resume')).toEqual({ ...others, suspended: 'draft' });
  });

  it('starts over after every change of what it may do, and stays suspended through it', () => {
    const again = { draft: 'draft', tested: 'draft', approved: 'draft', active: 'draft' };
    expect(fromEach('change')).toEqual({ ...again, suspended: 'suspended' });
    const active = { state: 'suspended', resumesTo: 'active' } as const;
    const changed = standingAfter(active, 'change');
    expect(changed).toEqual({ state: 'suspended', resumesTo: 'draft' });
    expect(fromEach('reword')).toEqual(Object.fromEntries(peerStates.map((each) => [each, each])));
  });

  it('is suspended from everywhere, and goes on where it was', () => {
    for (const state of ['draft', 'tested', 'approved', 'active'] as const) {
      const suspended = standingAfter({ state }, 'suspend');
      expect(suspended).toEqual({ state: 'suspended', resumesTo: state });
      expect(suspended && standingAfter(suspended, 'resume')).toEqual({ state });
    }
  });

  it('whose key is lost is suspended and starts over, suspended before or not', () => {
    for (const state of peerStates) {
      const lost = standingAfter({ state, resumesTo: 'active' }, 'compromise');
      expect(lost).toEqual({ state: 'suspended', resumesTo: 'draft' });
    }
  });

  it('is tested anew at any time, which leads only a draft on', () => {
    expect(fromEach('test')).toEqual({
      draft: 'tested',
      tested: 'tested',
      approved: 'approved',
      active: 'active',
      suspended: 'suspended',
    });
  });
});
