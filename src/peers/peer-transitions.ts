// Which step leads a peer from which state to which. Pure.
import type { PeerState } from './peer.ts';

/**
 * `change`: of what it may do; `reword`: of names and notice alone, which gives it nothing; `test`: one
 * that went well; `compromise`: a key or secret of it is in strange hands.
 */
export type PeerStep =
  | 'change'
  | 'reword'
  | 'test'
  | 'approve'
  | 'activate'
  | 'suspend'
  | 'compromise'
  | 'resume'
  | 'remove';

export interface PeerStanding {
  state: PeerState;
  /** Of a suspended one: where it goes on. */
  resumesTo?: Exclude<PeerState, 'suspended'> | undefined;
}

/** What follows; undefined where the step is out of the question. `remove` leaves it as it is. */
export function standingAfter(of: PeerStanding, step: PeerStep): PeerStanding | undefined {
  const { state } = of;
  switch (step) {
    case 'change':
      return state === 'suspended' ? { state, resumesTo: 'draft' } : { state: 'draft' };
    case 'reword':
      return of;
    case 'test':
      return state === 'draft' ? { state: 'tested' } : of;
    case 'approve':
      return state === 'tested' ? { state: 'approved' } : undefined;
    case 'activate':
      return state === 'approved' ? { state: 'active' } : undefined;
    case 'suspend':
      return state === 'suspended' ? undefined : { state: 'suspended', resumesTo: state };
    case 'compromise':
      return { state: 'suspended', resumesTo: 'draft' };
    case 'resume':
      return state === 'suspended' ? { state: of.resumesTo ?? 'draft' } : undefined;
    case 'remove':
      return state === 'active' ? undefined : of;
  }
}
