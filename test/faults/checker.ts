// Reads a history and says what may not have happened: something acknowledged was lost, something
// one-time worked twice, something that had ended worked again. What is `unknown` excuses whatever
// it may have done, and nothing else.
import type { History, Recorded } from './history.ts';
import { describe, groupKey, HistoryIndex } from './history-index.ts';
import type { Group, Of, Use } from './history-index.ts';

export interface Violation {
  rule:
    | 'lost'
    | 'used_twice'
    | 'alive_again'
    | 'subject_changed'
    | 'notice_missing'
    | 'notice_unfounded';
  what: string;
}

const MINUTE = 60_000;
/** Shorter than the shortest life of each, so that nothing that has run out counts as lost. */
const LIVES = { code: 0.75 * MINUTE, access: 8 * MINUTE, session: 25 * MINUTE };
/** Clocks of processes and the duration of an answer are no reason for a verdict. */
const GRACE_SLACK_MS = 1500;
/** What nobody answered for may still be carried out by a server that stood still. */
const LATE_EFFECT_MS = 20_000;

export function check(history: History): Violation[] {
  const index = new HistoryIndex(history);
  return [
    ...usedTwice(history, index),
    ...aliveAgain(index),
    ...lost(history, index),
    ...subjects(index),
    ...notices(history, index),
  ];
}

function usedTwice({ graceSeconds }: History, index: HistoryIndex): Violation[] {
  const found: Violation[] = [];
  const once = (what: string, uses: readonly Recorded[], key: (use: never) => string) => {
    const worked = uses.filter(({ outcome }) => outcome === 'ok') as never[];
    for (const [value, same] of Map.groupBy(worked, key)) {
      if (same.length < 2) continue;
      found.push({
        rule: 'used_twice',
        what: `${what} ${value}: ${same.map(describe).join('; ')}`,
      });
    }
  };
  once('code', index.all('redeem'), ({ code }: Of<'redeem'>) => code);
  once('assertion', index.all('assertion'), ({ value }: Of<'assertion'>) => value);
  once('request_uri', index.all('request_uri'), ({ value }: Of<'request_uri'>) => value);
  if (graceSeconds === 0) {
    once('refresh token', index.all('refresh'), ({ token }: Of<'refresh'>) => token);
    return found;
  }
  const rotations = index.all('refresh').filter(({ outcome }) => outcome === 'ok');
  for (const [token, same] of Map.groupBy(rotations, (use) => use.token)) {
    const successors = new Set(same.map(({ successor }) => successor));
    if (successors.size > 1) {
      found.push({
        rule: 'used_twice',
        what: `refresh token ${token} has ${successors.size} successors`,
      });
    }
  }
  return found;
}

/** True from the acknowledged end on; `isBefore` when the session was complete before it began. */
function hasEnded(index: HistoryIndex, use: Use): Recorded | undefined {
  const began = index.origin(use.session)?.ended ?? Number.POSITIVE_INFINITY;
  const endings = index.endings(use);
  return endings.find((ending) => {
    if (ending.outcome !== 'ok' || ending.ended >= use.began) return false;
    if (ending.op === 'logout') return true;
    if (ending.op === 'unlock') return false;
    if (began < ending.began) return true;
    // Signed in while the account was being locked: nothing works as long as the lock stands.
    return ending.op === 'lock' && !mayBeUnlocked(endings, ending, use.ended);
  });
}

function mayBeUnlocked(endings: readonly Recorded[], lock: Recorded, until: number): boolean {
  return endings.some(({ op, began }) => op === 'unlock' && began >= lock.began && began <= until);
}

function aliveAgain(index: HistoryIndex): Violation[] {
  const uses = index.all('silent', 'redeem', 'refresh', 'userinfo', 'introspect');
  const found: Violation[] = [];
  for (const use of uses) {
    if (use.outcome !== 'ok') continue;
    const ending = hasEnded(index, use) ?? revocationOf(index, use);
    if (ending) {
      found.push({ rule: 'alive_again', what: `${describe(use)} after ${describe(ending)}` });
    }
  }
  for (const entry of index.all('sign_in')) {
    if (entry.outcome !== 'ok') continue;
    const endings = index.endings(entry);
    const lock = endings.find(
      (ending) =>
        ending.op === 'lock' &&
        ending.outcome === 'ok' &&
        ending.ended < entry.began &&
        !mayBeUnlocked(endings, ending, entry.ended),
    );
    if (lock) {
      found.push({ rule: 'alive_again', what: `${describe(entry)} after ${describe(lock)}` });
    }
  }
  return found;
}

function revocationOf(index: HistoryIndex, use: Use): Recorded | undefined {
  if (!('token' in use)) return undefined;
  return index
    .all('revoke')
    .find(
      ({ token, outcome, ended }) => token === use.token && outcome === 'ok' && ended < use.began,
    );
}

function lost({ graceSeconds }: History, index: HistoryIndex): Violation[] {
  const suspicions = suspiciousMoments(index, graceSeconds);
  const found: Violation[] = [];
  const report = (record: Recorded) => found.push({ rule: 'lost', what: describe(record) });
  for (const use of index.all('silent', 'redeem', 'userinfo', 'introspect', 'refresh')) {
    if (use.outcome !== 'refused' || !wasGoodBefore(index, use)) continue;
    if (index.endings(use).some((ending) => ending.op !== 'unlock' && ending.began < use.ended)) {
      // An account that was unlocked again is of no matter to a session that began later.
      if (!beganAfterAll(index, use)) continue;
    }
    if (use.op !== 'silent') {
      const moment = suspicions.get(groupKey(use)) ?? Number.POSITIVE_INFINITY;
      if (moment < use.ended) continue;
    }
    if (use.op === 'refresh' && wasTriedBefore(index, use, graceSeconds)) continue;
    if (use.op === 'introspect' && maybeRotated(index, use)) continue;
    report(use);
  }
  for (const entry of index.all('sign_in')) {
    if (entry.outcome === 'refused' && !wasMaybeLocked(index, entry)) report(entry);
  }
  for (const end of index.all('logout')) if (end.outcome === 'refused') report(end);
  return found;
}

/** All that could have ended this session was over before the session began. */
function beganAfterAll(index: HistoryIndex, use: Use): boolean {
  const session = index.origin(use.session);
  if (!session) return false;
  const endings = index.endings(use);
  return endings
    .filter(({ began }) => began < use.ended)
    .every((ending) => ending.op !== 'logout' && isOver(ending, endings, session.began));
}

/** Whether what an operator did to an account can have no effect any more. */
function isOver(ending: Recorded, all: readonly Recorded[], at: number): boolean {
  if (ending.outcome === 'ok') return ending.ended < at;
  if (ending.op === 'sign_out_everywhere') return ending.ended + LATE_EFFECT_MS < at;
  const undone = all.find(
    ({ op, outcome, began }) => op === 'unlock' && outcome === 'ok' && began > ending.ended,
  );
  return undone !== undefined && undone.ended + LATE_EFFECT_MS < at;
}

function wasMaybeLocked(index: HistoryIndex, entry: Of<'sign_in'>): boolean {
  const endings = index.endings(entry);
  return endings
    .filter(({ op, began }) => op === 'lock' && began < entry.ended)
    .some(
      (lock) =>
        !endings.some(
          ({ op, outcome, began, ended }) =>
            op === 'unlock' && outcome === 'ok' && began > lock.ended && ended < entry.began,
        ),
    );
}

function wasGoodBefore(index: HistoryIndex, use: Use): boolean {
  if (use.op === 'silent') return isYoung(index.origin(use.session), use, LIVES.session);
  const value = use.op === 'redeem' ? use.code : use.token;
  const origin = index.origin(value);
  if (use.op === 'redeem') return isYoung(origin, use, LIVES.code);
  const isRefresh = origin && 'refresh' in origin && origin.refresh === value;
  const isSuccessor = origin && 'successor' in origin && origin.successor === value;
  return isYoung(origin, use, isRefresh || isSuccessor ? LIVES.session : LIVES.access);
}

function isYoung(origin: Recorded | undefined, use: Recorded, life: number): boolean {
  return origin !== undefined && origin.ended < use.began && use.ended - origin.began < life;
}

/**
 * From when on the tokens of a session at one client may rightly end: a code that was tried twice,
 * a refresh token that was used again outside its grace, a revocation.
 */
function suspiciousMoments(index: HistoryIndex, graceSeconds: number): Map<string, number> {
  const moments = new Map<string, number>();
  const note = (group: Group, at: number) =>
    moments.set(groupKey(group), Math.min(at, moments.get(groupKey(group)) ?? at));
  for (const revocation of index.all('revoke')) note(revocation, revocation.began);
  for (const [, uses] of Map.groupBy(index.all('redeem'), ({ code }) => code)) {
    const [, second] = uses.toSorted((a, b) => a.began - b.began);
    if (second) note(second, second.began);
  }
  const graceMs = graceSeconds * 1000 - GRACE_SLACK_MS;
  for (const [, uses] of Map.groupBy(index.all('refresh'), ({ token }) => token)) {
    const [first, ...others] = uses.toSorted((a, b) => a.began - b.began);
    const late = others.find((use) => first && use.ended - first.began > graceMs);
    if (late) note(late, late.began);
  }
  return moments;
}

/** Whether its being refused is right: it was used before, outside the grace or on to the next. */
function wasTriedBefore(index: HistoryIndex, use: Use, graceSeconds: number): boolean {
  if (use.op !== 'refresh') return false;
  const others = index.all('refresh').filter((other) => other !== use && other.began < use.ended);
  const same = others.filter(({ token }) => token === use.token);
  if (same.length === 0) return false;
  const graceMs = graceSeconds * 1000 - GRACE_SLACK_MS;
  if (same.some(({ began }) => use.ended - began > graceMs)) return true;
  const successors = new Set(same.map(({ successor }) => successor));
  return others.some(({ token }) => successors.has(token));
}

/** A refresh token that was exchanged is no longer active, also when nobody heard of the exchange. */
function maybeRotated(index: HistoryIndex, use: { token: string; ended: number }): boolean {
  return index
    .all('refresh')
    .some(
      ({ token, outcome, began }) =>
        token === use.token && outcome !== 'refused' && began < use.ended,
    );
}

function subjects(index: HistoryIndex): Violation[] {
  const found: Violation[] = [];
  const known = new Map<string, string>();
  const stable = (key: string, value: string, record: Recorded) => {
    const before = known.get(key);
    known.set(key, value);
    if (before !== undefined && before !== value) {
      found.push({ rule: 'subject_changed', what: `${key}: ${before}, then ${describe(record)}` });
    }
  };
  for (const redeemed of index.all('redeem')) {
    const { account, session, client, sub, sid } = redeemed;
    if (sub !== undefined) {
      stable(`sub of ${account} at ${client}`, sub, redeemed);
      stable(`account of ${sub}`, account, redeemed);
    }
    if (sid !== undefined) {
      stable(`sid of ${session} at ${client}`, sid, redeemed);
      stable(`session of ${sid}`, session, redeemed);
    }
  }
  return found;
}

function notices(history: History, index: HistoryIndex): Violation[] {
  const told = new Set(history.notices.map(({ client, sid }) => `${client} ${sid}`));
  const found: Violation[] = [];
  for (const redeemed of index.all('redeem')) {
    const { client, sid, outcome } = redeemed;
    if (sid === undefined || outcome !== 'ok') continue;
    const session = index.origin(redeemed.session);
    const endings = index.endings(redeemed).filter(({ op }) => op !== 'unlock');
    const isTold = told.has(`${client} ${sid}`);
    // A part that came up while the session was ending is not in what was ended.
    const isDue = endings.some(
      ({ op, outcome: ended, began }) =>
        ended === 'ok' &&
        redeemed.ended < began &&
        (op === 'logout' || (session !== undefined && session.ended < began)),
    );
    if (isDue && !isTold) found.push({ rule: 'notice_missing', what: describe(redeemed) });
    if (isTold && endings.length === 0) {
      found.push({ rule: 'notice_unfounded', what: describe(redeemed) });
    }
  }
  return found;
}
