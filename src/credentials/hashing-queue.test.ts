import { describe, expect, it } from 'vitest';
import { HashingQueue } from './hashing-queue.ts';

/** Work that ends when told to. */
function held() {
  let release: () => void = () => undefined;
  const done = new Promise<string>((resolve) => {
    release = () => resolve('done');
  });
  return { work: () => done, release: () => release() };
}

const stranger = (source: string) => ({ source, isKnownDevice: false });
const known = (source: string) => ({ source, isKnownDevice: true });
const overloaded = { ok: false, reason: 'overloaded' };

describe('hashing queue', () => {
  it('lets no more than two entries of one source wait', async () => {
    const queue = new HashingQueue({ concurrency: 1, maxWaiting: 20, maxWaitingPerAddress: 2 });
    const first = held();
    const running = queue.run(stranger('a'), first.work);
    const waiting = [queue.run(stranger('a'), first.work), queue.run(stranger('a'), first.work)];
    expect(await queue.run(stranger('a'), first.work)).toEqual(overloaded);
    const other = queue.run(stranger('b'), first.work);
    first.release();
    for (const entry of [running, ...waiting, other]) expect((await entry).ok).toBe(true);
    expect((await queue.run(stranger('a'), first.work)).ok).toBe(true);
  });

  it('keeps a quarter of the queue for known devices and serves them first', async () => {
    const queue = new HashingQueue({ concurrency: 1, maxWaiting: 4, maxWaitingPerAddress: 1 });
    const first = held();
    const running = queue.run(stranger('x'), first.work);
    const order: string[] = [];
    const note = (name: string) => async () => {
      order.push(name);
    };
    const strangers = ['a', 'b', 'c'].map((name) => queue.run(stranger(name), note(name)));
    expect(await queue.run(stranger('d'), note('d'))).toEqual(overloaded);
    const owner = queue.run(known('own'), note('own'));
    expect(await queue.run(known('late'), note('late'))).toEqual(overloaded);
    first.release();
    await Promise.all([running, owner, ...strangers]);
    expect(order).toEqual(['own', 'a', 'b', 'c']);
  });

  it('never runs more than its places, and frees the place of work that fails', async () => {
    const queue = new HashingQueue({ concurrency: 2, maxWaiting: 50, maxWaitingPerAddress: 50 });
    let running = 0;
    let most = 0;
    const entries = Array.from({ length: 30 }, (_, i) =>
      queue
        .run(stranger('a'), async () => {
          running += 1;
          most = Math.max(most, running);
          await new Promise((resolve) => setImmediate(resolve));
          running -= 1;
          if (i % 3 === 0) throw new Error('broken');
        })
        .catch((error: Error) => error.message),
    );
    const outcomes = await Promise.all(entries);
    expect(most).toBe(2);
    expect(outcomes.filter((outcome) => outcome === 'broken')).toHaveLength(10);
    expect((await queue.run(stranger('a'), async () => 1)).ok).toBe(true);
  });
});
