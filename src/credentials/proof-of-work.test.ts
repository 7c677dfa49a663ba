import { solveChallenge } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2';
import { beforeAll, describe, expect, it } from 'vitest';
import { identityStores } from '../../test/support/identity-stores.ts';
import { ProofOfWork } from './proof-of-work.ts';
import type { ProofChallenge } from './proof-of-work.ts';
import { SpentProofStore } from './spent-proof-store.ts';

const stores = identityStores();
const here = { address: '192.0.2.5', failures: 1 };
let proofs: ProofOfWork;

beforeAll(() => {
  proofs = new ProofOfWork({ ...stores, spent: new SpentProofStore(stores.database) });
});

async function solve({ challenge }: ProofChallenge): Promise<string> {
  const solution = await solveChallenge({ challenge, deriveKey });
  return encode({ challenge, solution });
}

function encode(payload: unknown): string {
  return Buffer.from(JSON.stringify(payload)).toString('base64');
}

describe('proof of work', () => {
  it('is good for one of 50 parallel uses', async () => {
    const altcha = await solve(await proofs.createChallenge(here));
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, () => proofs.check({ altcha }, here)),
    );
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    expect(
      outcomes.filter((outcome) => !outcome.ok && outcome.reason === 'proof_spent'),
    ).toHaveLength(49);
  });

  it('is refused when altered, unsolved, foreign, over-long or not a proof at all', async () => {
    const { challenge } = await proofs.createChallenge(here);
    const solution = await solveChallenge({ challenge, deriveKey });
    if (!solution) throw new Error('not solved');
    const easier = { ...challenge.parameters, data: { difficulty: 5, expiresAt: 4e9 } };
    for (const altcha of [
      encode({ challenge: { ...challenge, parameters: easier }, solution }),
      encode({ challenge, solution: { ...solution, derivedKey: '00'.repeat(32) } }),
      encode({ challenge: { ...challenge, signature: '00'.repeat(32) }, solution }),
      encode({ challenge: { parameters: challenge.parameters }, solution }),
      encode({ challenge, solution: null }),
      encode(null),
      'no base64 {',
      'A'.repeat(5000),
    ]) {
      expect(await proofs.check({ altcha }, here)).toEqual({ ok: false, reason: 'proof_invalid' });
    }
    expect(await proofs.check({}, here)).toEqual({ ok: false, reason: 'proof_missing' });
    expect((await proofs.check({ altcha: encode({ challenge, solution }) }, here)).ok).toBe(true);
  });

  it('grows with the failures, and an old cheap proof falls short', async () => {
    const cheap = await solve(await proofs.createChallenge(here));
    const difficultyOf = async (failures: number) => {
      const { challenge } = await proofs.createChallenge({ ...here, failures });
      return challenge.parameters.data?.['difficulty'];
    };
    expect(await Promise.all([1, 2, 3, 4, 9, 1000].map(difficultyOf))).toEqual([1, 2, 2, 3, 4, 5]);
    expect((await proofs.check({ altcha: cheap }, { ...here, failures: 4 })).ok).toBe(false);
    expect((await proofs.check({ altcha: cheap }, { ...here, failures: 2 })).ok).toBe(true);
  });

  it('expires by our own clock', async () => {
    const altcha = await solve(await proofs.createChallenge(here));
    stores.clock.advance(1201);
    expect(await proofs.check({ altcha }, here)).toMatchObject({ reason: 'proof_invalid' });
  });

  it('may be a wait instead: not too early, not too late, once, and only where it was issued', async () => {
    const { waitTicket, waitSeconds } = await proofs.createChallenge(here);
    const early = await proofs.check({ waitTicket }, here);
    expect(early).toEqual({ ok: false, reason: 'proof_too_early', waitSeconds });
    stores.clock.advance(waitSeconds);
    const elsewhere = { ...here, address: '192.0.2.6' };
    expect((await proofs.check({ waitTicket }, elsewhere)).ok).toBe(false);
    const sooner = waitTicket.replace(/^\d+/u, '1');
    expect((await proofs.check({ waitTicket: sooner }, here)).ok).toBe(false);
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () => proofs.check({ waitTicket }, here)),
    );
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    const late = await proofs.createChallenge(here);
    stores.clock.advance(waitSeconds + 1201);
    expect((await proofs.check({ waitTicket: late.waitTicket }, here)).ok).toBe(false);
  });

  it('gives eight page loads one attempt for one wait, and the next for the next', async () => {
    const place = { address: '192.0.2.9', failures: 1 };
    const pages = await Promise.all(Array.from({ length: 8 }, () => proofs.createChallenge(place)));
    const { waitSeconds = 0 } = pages[0] ?? {};
    let tickets = pages.map(({ waitTicket }) => waitTicket);
    for (let attempts = 1; attempts <= 3; attempts += 1) {
      stores.clock.advance(waitSeconds);
      const outcomes = await Promise.all(
        tickets.map((waitTicket) => proofs.check({ waitTicket }, place)),
      );
      expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
      const early = { ok: false, reason: 'proof_too_early', waitSeconds };
      expect(outcomes.filter(({ ok }) => !ok)).toEqual(tickets.slice(1).map(() => early));
      tickets = tickets.filter((_, index) => !outcomes[index]?.ok);
    }
  });

  it('punishes nobody for a page that is loaded anew, and no neighbour', async () => {
    const place = { address: '2001:db8:7:1::1', failures: 1 };
    const first = await proofs.createChallenge(place);
    for (let loads = 0; loads < 20; loads += 1) await proofs.createChallenge(place);
    const last = await proofs.createChallenge(place);
    stores.clock.advance(last.waitSeconds);
    expect(await proofs.check({ waitTicket: last.waitTicket }, place)).toEqual({ ok: true });
    const sameNetwork = { ...place, address: '2001:db8:7:1::2' };
    stores.clock.advance(5);
    expect(await proofs.check({ waitTicket: first.waitTicket }, sameNetwork)).toEqual({
      ok: false,
      reason: 'proof_too_early',
      waitSeconds: last.waitSeconds - 5,
    });
    const neighbour = { ...place, address: '2001:db8:7:2::1' };
    const { waitTicket, waitSeconds } = await proofs.createChallenge(neighbour);
    stores.clock.advance(waitSeconds);
    expect((await proofs.check({ waitTicket }, neighbour)).ok).toBe(true);
    // A ticket that was used burns no turn of others.
    expect(await proofs.check({ waitTicket }, neighbour)).toMatchObject({ reason: 'proof_spent' });
    expect((await proofs.check({ waitTicket: first.waitTicket }, place)).ok).toBe(true);
    stores.clock.advance(waitSeconds);
    expect(await proofs.check({ waitTicket: first.waitTicket }, place)).toMatchObject({
      reason: 'proof_spent',
    });
  });

  it('stores no address in the clear', async () => {
    const cursor = stores.database.collection('spentProofs').find({}, { raw: true });
    const bytes = Buffer.concat((await cursor.toArray()) as unknown as Uint8Array[]);
    expect(bytes.length).toBeGreaterThan(0);
    for (const text of ['192.0.2.9', '2001:db8:7']) expect(bytes.includes(text)).toBe(false);
  });
});
