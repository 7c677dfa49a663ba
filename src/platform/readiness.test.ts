import { describe, expect, it } from 'vitest';
import { Readiness } from './readiness.ts';

describe('a process', () => {
  it('is ready when every check holds', async () => {
    const readiness = new Readiness({ one: () => true, other: () => Promise.resolve(true) });
    expect(await readiness.report()).toEqual({ isReady: true, reasons: [] });
  });

  it('names every check that fails or throws, and nothing of what it threw', async () => {
    const readiness = new Readiness({
      database_not_writable: () => Promise.reject(new Error('mongodb://secret@host')),
      lease_lost: () => false,
      fine: () => true,
    });
    const reasons = ['database_not_writable', 'lease_lost'];
    expect(await readiness.report()).toEqual({ isReady: false, reasons });
  });

  it('takes a check that never answers for a failed one', async () => {
    const readiness = new Readiness(
      { silent: () => new Promise<boolean>(() => undefined) },
      { timeoutMs: 20 },
    );
    expect(await readiness.report()).toEqual({ isReady: false, reasons: ['silent'] });
  });

  it('asks once for many probes at the same moment', async () => {
    let asked = 0;
    const readiness = new Readiness({ counting: () => (asked += 1) > 0 });
    await Promise.all(Array.from({ length: 50 }, () => readiness.report()));
    expect(asked).toBe(1);
  });

  it('gives its last word while it looks anew, and then the new one', async () => {
    let asked = 0;
    const { promise: slow, resolve } = Promise.withResolvers<boolean>();
    const readiness = new Readiness({ changing: () => ((asked += 1) === 1 ? true : slow) });
    expect(await readiness.report()).toMatchObject({ isReady: true });
    // It does not wait for the slow check, which begins when the first result is no longer fresh.
    await expect.poll(async () => [(await readiness.report()).isReady, asked]).toEqual([true, 2]);
    expect(await readiness.report()).toMatchObject({ isReady: true });
    resolve(false);
    await expect.poll(async () => (await readiness.report()).isReady).toBe(false);
  });

  it('that drains says so at once and asks nothing', async () => {
    const readiness = new Readiness({ never: () => Promise.reject(new Error('asked')) });
    readiness.drain();
    expect(await readiness.report()).toEqual({ isReady: false, reasons: ['draining'] });
    expect(readiness.isEnding).toBe(true);
  });

  it('that leaves its place to another stays ready, and lets connections move', async () => {
    const readiness = new Readiness({});
    readiness.leave();
    expect(await readiness.report()).toEqual({ isReady: true, reasons: [] });
    expect(readiness.isEnding).toBe(true);
  });
});
