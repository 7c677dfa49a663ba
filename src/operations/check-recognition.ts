// What doctor says of mutual recognition: a platform's two services and keys, how well its people are
// registered; a hub's platforms; a key holder's keys.
import type { RecognitionKeyRecord } from '../mutual-recognition/key-holder/recognition-key.ts';
import type { PublishedKey } from '../mutual-recognition/platform/index-computer.ts';
import type { PinnedKey } from '../mutual-recognition/platform/index-computer.ts';
import type { ServicesLook } from '../mutual-recognition/platform/look-at-services.ts';
import type { RegistrationState } from '../mutual-recognition/platform/registration-store.ts';
import type { Finding } from './doctor.ts';

const HOUR_MS = 3_600_000;
/** Both sides are compared once a day. */
const COMPARED_MS = 48 * HOUR_MS;
/** A change of keys should not take longer: two keys that are used are two that can be lost. */
const CHANGE_DAYS = 30;

export interface PlatformFacts {
  look: ServicesLook;
  pinned: readonly PinnedKey[];
  hosts: { keyHolder: string; hub: string };
  reconciledAt: Date | undefined;
  counts: readonly { state: RegistrationState; count: number }[];
}

export function judgePlatform(facts: PlatformFacts, now: Date): Finding[] {
  const of = (state: RegistrationState) =>
    facts.counts.filter((each) => each.state === state).reduce((sum, each) => sum + each.count, 0);
  const [conflicts, lost] = [of('conflict'), of('lost')];
  return [
    ...judgeKeyHolder(facts),
    judgeHub(facts),
    judgeReconciliation(facts.reconciledAt, now),
    { severity: 'ok', code: 'registered', values: { count: of('registered') } },
    ...(conflicts > 0 ? [note('conflicts', { count: conflicts })] : []),
    ...(lost > 0 ? [note('lost', { count: lost })] : []),
  ];
}

function judgeKeyHolder({ look, pinned, hosts }: PlatformFacts): Finding[] {
  const host = hosts.keyHolder;
  if (!look.keys) return [failed('holder_unreachable', { host })];
  const keyOf = (epoch: number) => pinned.find((each) => each.epoch === epoch);
  const differing = look.keys.filter(({ epoch, publicKey }) => {
    const known = keyOf(epoch);
    return known !== undefined && known.publicKey !== publicKey;
  });
  const active = look.keys.find(({ state }) => state === 'active');
  return [
    ...judgeProof(look, { host, active }),
    ...differing.map(({ epoch }) => failed('key_differs', { epoch })),
    ...look.keys.flatMap((key) => judgeEpoch(key, keyOf(key.epoch) !== undefined)),
    ...pinned
      .filter(({ epoch }) => !look.keys?.some((key) => key.epoch === epoch))
      .map(({ epoch }) => note('epoch_over', { epoch })),
  ];
}

function judgeProof(
  { proof }: ServicesLook,
  { host, active }: { host: string; active: PublishedKey | undefined },
): Finding[] {
  if (proof === 'proven') return [{ severity: 'ok', code: 'holder_proven', values: { host } }];
  if (proof === 'quota') return [{ severity: 'warning', code: 'holder_quota', values: { host } }];
  if (proof !== undefined) return [failed(`holder_${proof}`, { host })];
  return active
    ? [failed('key_not_pinned', { epoch: active.epoch })]
    : [failed('no_key', { host })];
}

/** A change of keys that is under way, and what this platform has yet to do in it. */
function judgeEpoch({ epoch, state }: PublishedKey, isPinned: boolean): Finding[] {
  if (state === 'announced' && !isPinned) {
    return [{ severity: 'warning', code: 'epoch_announced', values: { epoch } }];
  }
  return state === 'former' ? [note('epoch_ending', { epoch })] : [];
}

function judgeHub({ look, hosts }: PlatformFacts): Finding {
  const values = { host: hosts.hub };
  if (look.hub === 'answers') return { severity: 'ok', code: 'hub_answers', values };
  return failed(look.hub === 'unavailable' ? 'hub_unreachable' : 'hub_refused', values);
}

function judgeReconciliation(at: Date | undefined, now: Date): Finding {
  if (!at) return { severity: 'warning', code: 'never_reconciled' };
  const age = now.getTime() - at.getTime();
  const values = { hours: Math.floor(age / HOUR_MS) };
  return age > COMPARED_MS
    ? { severity: 'warning', code: 'reconciled_late', values }
    : { severity: 'ok', code: 'reconciled', values };
}

/** @param of.latest when each platform compared last */
export function judgeRecognitionHub(
  of: { platforms: readonly { id: string; state: string }[]; latest: ReadonlyMap<string, Date> },
  now: Date,
): Finding[] {
  const active = of.platforms.filter(({ state }) => state === 'active');
  const silent = active.filter(({ id }) => {
    return now.getTime() - (of.latest.get(id)?.getTime() ?? 0) > COMPARED_MS;
  });
  const suspended = of.platforms.filter(({ state }) => state === 'suspended');
  return [
    { severity: 'ok', code: 'platforms', values: { count: active.length } },
    ...silent.map(({ id }): Finding => {
      return { severity: 'warning', code: 'platform_silent', values: { platform: id } };
    }),
    ...suspended.map(({ id }) => note('platform_suspended', { platform: id })),
  ];
}

export function judgeRecognitionKeys(keys: readonly RecognitionKeyRecord[], now: Date): Finding[] {
  const active = keys.find(({ state }) => state === 'active');
  const days = (since: Date) => Math.floor((now.getTime() - since.getTime()) / (24 * HOUR_MS));
  const slow = keys.flatMap(({ epoch, state, createdAt }): Finding[] => {
    const since = state === 'former' ? active?.activatedAt : createdAt;
    if ((state !== 'announced' && state !== 'former') || !since) return [];
    const values = { epoch, days: days(since) };
    const isSlow = values.days > CHANGE_DAYS;
    return [{ severity: isSlow ? 'warning' : 'note', code: `key_${state}`, values }];
  });
  return [
    active
      ? { severity: 'ok', code: 'key_active', values: { epoch: active.epoch } }
      : { severity: 'failed', code: 'key_missing' },
    ...slow,
  ];
}

function failed(code: string, values: Finding['values'] = {}): Finding {
  return { severity: 'failed', code, values };
}

function note(code: string, values: Finding['values'] = {}): Finding {
  return { severity: 'note', code, values };
}
