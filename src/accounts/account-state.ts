// What each change of state does to an account. A freeze is a lock that its owner has asked for: the
// owner's recovery ends it, and an operator's lock takes its place. A child's account rests while no
// guardian consents; an operator's lock stands beside that, and neither end opens what the other holds.
import type { Account } from './account.ts';
import type { Decision } from './account-writer-store.ts';

const RELEASED_ON_CLOSE = { phoneIndex: 1, identityIndex: 1, numberIndex: 1 } as const;
const FREEZE = { frozenAt: 1 } as const;
const REST = { restingAt: 1, isLockedBesides: 1 } as const;
/** Whoever has reason to lock an account may not know who asked for its end. */
const CLOSING = { closing: 1 } as const;

export function lockDecision(account: Account): Decision {
  if (account.isResting) {
    if (account.isLockedBesides) return undefined;
    const update = { $set: { isLockedBesides: true }, $unset: CLOSING };
    return { audit: { type: 'accounts.locked', isLockedAnyway: true }, update };
  }
  if (account.state === 'locked' && !account.isFrozen) return undefined;
  return {
    audit: { type: 'accounts.locked' },
    update: { $set: { state: 'locked' }, $unset: { ...FREEZE, ...CLOSING } },
  };
}

export function unlockDecision(account: Account): Decision {
  if (account.isResting) {
    if (!account.isLockedBesides) return undefined;
    const audit = { type: 'accounts.unlocked', isLockedAnyway: true } as const;
    return { audit, update: { $unset: { isLockedBesides: 1 } } };
  }
  if (account.isActive || account.closing?.stage === 'ending') return undefined;
  return {
    audit: { type: 'accounts.unlocked' },
    update: { $set: { state: 'active' }, $unset: FREEZE },
  };
}

/** The store answers for one that is closed already. */
export function closeDecision(): Decision {
  return {
    audit: { type: 'accounts.closed' },
    update: { $set: { state: 'closed' }, $unset: { ...RELEASED_ON_CLOSE, ...FREEZE, ...REST } },
  };
}

export function freezeDecision(account: Account, now: Date): Decision {
  if (!account.isActive) return undefined;
  return {
    audit: { type: 'accounts.frozen' },
    update: { $set: { state: 'locked', frozenAt: now }, $unset: CLOSING },
  };
}

/** Nobody answers for the child any more, or the guardian has taken the consent back. */
export function restDecision(account: Account, now: Date): Decision {
  if (account.isResting) return undefined;
  const isLocked = account.state === 'locked';
  const besides = isLocked ? { isLockedBesides: true } : {};
  return {
    audit: { type: 'accounts.rested', isLockedAnyway: isLocked },
    update: {
      $set: { state: 'locked', restingAt: now, ...besides },
      $unset: { ...FREEZE, ...CLOSING },
    },
  };
}

export function resumeDecision(account: Account): Decision {
  if (!account.isResting) return undefined;
  const isLocked = account.isLockedBesides;
  const audit = { type: 'accounts.resumed', isLockedAnyway: isLocked } as const;
  const state = isLocked ? {} : { $set: { state: 'active' } };
  return { audit, update: { ...state, $unset: REST } };
}
