import { describe, expect, it } from 'vitest';
import type { RecognitionKeyRecord } from '../mutual-recognition/key-holder/recognition-key.ts';
import { judgePlatform, judgeRecognitionHub, judgeRecognitionKeys } from './check-recognition.ts';
import type { PlatformFacts } from './check-recognition.ts';
import { judgeTrust } from './check-federation-trust.ts';
import type { Finding } from './doctor.ts';

const now = new Date('2026-07-01T00:00:00Z');
const before = (days: number) => new Date(now.getTime() - days * 86_400_000);
const codes = (findings: readonly Finding[]) =>
  findings.map(({ severity, code }) => `${severity} ${code}`);
const key = (epoch: number, state: string, publicKey = 'A') => ({ epoch, state, publicKey });

function platform(more: Partial<PlatformFacts>): string[] {
  const facts: PlatformFacts = {
    look: { keys: [key(1, 'active')], proof: 'proven', hub: 'answers' },
    pinned: [{ epoch: 1, publicKey: 'A' }],
    hosts: { keyHolder: 'k', hub: 'h' },
    reconciledAt: before(1),
    counts: [{ state: 'registered', count: 3 }],
    ...more,
  };
  return codes(judgePlatform(facts, now));
}

describe('a platform', () => {
  it('is warned when it was not compared for long, or people are registered elsewhere', () => {
    expect(platform({ reconciledAt: before(3) })).toContain('warning reconciled_late');
    expect(platform({ reconciledAt: undefined })).toContain('warning never_reconciled');
    const counts = [
      { state: 'conflict', count: 1 },
      { state: 'lost', count: 2 },
    ] as const;
    expect(platform({ counts })).toEqual(expect.arrayContaining(['note conflicts', 'note lost']));
  });

  it('is told what to do with each key of a change', () => {
    const keys = [key(1, 'former'), key(2, 'active'), key(3, 'announced')];
    const pinned = [0, 1, 2].map((epoch) => ({ epoch, publicKey: 'A' }));
    expect(platform({ look: { keys, proof: 'proven', hub: 'answers' }, pinned })).toEqual(
      expect.arrayContaining(['note epoch_ending', 'note epoch_over', 'warning epoch_announced']),
    );
  });

  it('is told of a key holder without a key, or at the end of its quota', () => {
    const look = { keys: [], proof: undefined, hub: 'answers' } as const;
    expect(platform({ look })).toContain('failed no_key');
    const spent = { keys: [key(1, 'active')], proof: 'quota', hub: 'answers' } as const;
    expect(platform({ look: spent })).toContain('warning holder_quota');
  });
});

it('a hub names the platforms that do not compare, and those that are suspended', () => {
  const platforms = [
    { id: 'a', state: 'active' },
    { id: 'b', state: 'active' },
    { id: 'c', state: 'suspended' },
  ];
  const findings = judgeRecognitionHub({ platforms, latest: new Map([['a', before(1)]]) }, now);
  expect(findings.map(({ code, values }) => [code, values?.['platform']])).toEqual([
    ['platforms', undefined],
    ['platform_silent', 'b'],
    ['platform_suspended', 'c'],
  ]);
});

it('a key holder is warned of a change of keys that does not end, and of having none', () => {
  const record = (epoch: number, state: RecognitionKeyRecord['state'], days: number) => {
    const at = before(days);
    const publicKey = Buffer.from('');
    return { epoch, state, publicKey, createdAt: at, activatedAt: at, retiredAt: undefined };
  };
  const change = [record(1, 'former', 90), record(2, 'active', 40), record(3, 'announced', 5)];
  expect(codes(judgeRecognitionKeys(change, now))).toEqual([
    'ok key_active',
    'warning key_former',
    'note key_announced',
  ]);
  expect(codes(judgeRecognitionKeys([record(1, 'retired', 1)], now))).toEqual([
    'failed key_missing',
  ]);
});

it('a chain that ends soon and subordinates that cannot be read are named', () => {
  const own = { ok: true, expiresAt: new Date(now.getTime() + 120_000) } as const;
  const subordinates = [
    { entityId: 'https://a.example', state: 'active', problem: 'unreachable' },
    { entityId: 'https://b.example', state: 'suspended', problem: undefined },
  ] as const;
  expect(codes(judgeTrust({ anchors: [], own, subordinates }, now))).toEqual([
    'warning chain_ending',
    'warning subordinate_unread',
    'note suspended',
  ]);
});
