// A peer that fails is left alone, and found again by itself.
import { describe, expect, it } from 'vitest';
import { samplePeer } from '../../test/support/peer-samples.ts';
import { TestClock } from '../../test/support/test-clock.ts';
import { createLogger } from '../platform/logger.ts';
import type { PeerLook } from './look-at-peer.ts';
import type { Peer } from './peer.ts';
import { PeerFailure, PeerHealth } from './peer-health.ts';
import type { PeerSighting } from './peer-sighting-store.ts';
import { lookAround } from './peer-watch.ts';

const logger = createLogger({ level: 'silent', service: 'hutong-test' });
const OPEN_SECONDS = 30;

function setUp() {
  const clock = new TestClock();
  return { clock, health: new PeerHealth({ clock, logger }) };
}

const failing = () => Promise.reject(new PeerFailure('http_503'));

async function broken({ health }: ReturnType<typeof setUp>) {
  for (const _ of Array.from({ length: 5 })) await health.run('province', failing);
}

describe('a peer', () => {
  it('is not asked after five failures, and nothing of that touches another', async () => {
    const of = setUp();
    await broken(of);
    let calls = 0;
    const call = () => Promise.resolve((calls += 1));
    expect(await of.health.run('province', call)).toMatchObject({ reason: 'circuit_open' });
    expect(calls).toBe(0);
    expect(of.health.figures('province')).toMatchObject({
      circuit: 'open',
      failed: 5,
      spared: 1,
      failure: 'http_503',
    });
    expect(await of.health.run('city-b', call)).toEqual({ ok: true, value: 1 });
  });

  it('is tried by one call after a while, which closes the circuit or leaves it open', async () => {
    const of = setUp();
    await broken(of);
    of.clock.advance(OPEN_SECONDS);
    expect(await of.health.run('province', failing)).toMatchObject({ reason: 'failed' });
    expect(of.health.figures('province').circuit).toBe('open');
    of.clock.advance(OPEN_SECONDS);
    expect(await of.health.run('province', () => Promise.resolve('back'))).toMatchObject({
      ok: true,
    });
    expect(of.health.figures('province').circuit).toBe('closed');
  });

  it('is not blamed for what is ours', async () => {
    const { health } = setUp();
    const mistake = () => Promise.reject(new Error('ours'));
    await expect(health.run('province', mistake)).rejects.toThrow('ours');
    expect(health.figures('province')).toMatchObject({ failed: 0, circuit: 'closed' });
  });
});

describe('the watch', () => {
  it('finds a peer that is back without anybody asking, and looks at each once an hour', async () => {
    const of = setUp();
    const peer: Peer = { ...samplePeer(), droppedKeys: [], state: 'active', revision: 1 };
    const suspended: Peer = { ...peer, id: 'other', state: 'suspended' };
    const seen = new Map<string, PeerSighting>();
    const asked: string[] = [];
    let isUp = false;
    const outbound = {
      fetch: (url: string | URL) => {
        asked.push(String(url));
        const body = String(url).endsWith('/keys')
          ? { keys: [{ kty: 'EC', kid: 'k1' }] }
          : { issuer: peer.issuer, jwks_uri: `${peer.issuer}/keys` };
        return Promise.resolve(Response.json(body, { status: isUp ? 200 : 503 }));
      },
      certificateEnd: () => undefined,
    };
    const sightings = {
      note: (peerId: string, found: PeerLook) =>
        Promise.resolve(void seen.set(peerId, { ...found, peerId, seenAt: of.clock.now() })),
      all: () => Promise.resolve(seen),
    };
    const peers = { all: () => [peer, suspended], isFresh: true, onChange: () => () => undefined };
    const round = () => lookAround({ ...of, peers, sightings, outbound, logger });
    await broken(of);
    await round();
    expect(asked).toEqual([]);
    of.clock.advance(OPEN_SECONDS);
    await round();
    expect(of.health.figures('province').circuit).toBe('open');
    isUp = true;
    of.clock.advance(OPEN_SECONDS);
    await round();
    expect(of.health.figures('province').circuit).toBe('closed');
    expect(seen.get('province')).toMatchObject({ problems: [], credentials: [{ name: 'k1' }] });
    const calls = asked.length;
    await round();
    expect(asked).toHaveLength(calls);
    of.clock.advance(3600);
    await round();
    expect(asked.length).toBeGreaterThan(calls);
    expect([...seen.keys()]).toEqual(['province']);
  });
});
