import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { limitsSchema } from './limits-config.ts';
import { processConfig, shareCores, threadPoolSize } from './process-config.ts';

const given = {
  HUTONG_MODE: 'production',
  HUTONG_PORT: 8100,
  HUTONG_WORKERS: 1,
  HUTONG_OPERATIONS_HOST: '127.0.0.1',
} as const;

describe('processes', () => {
  it('are one, with a drain, and show their state on the loopback interface', () => {
    expect(processConfig(given)).toEqual({
      workers: 1,
      drainSeconds: 10,
      operations: { host: '127.0.0.1', port: 8109 },
    });
    expect(processConfig({ ...given, HUTONG_MODE: 'demonstration' }).drainSeconds).toBe(0);
  });

  it('are as many as there are cores when asked to', () => {
    const { workers } = processConfig({ ...given, HUTONG_WORKERS: 'auto' });
    expect(workers).toBe(Math.min(64, availableParallelism()));
  });

  it('show nothing where that is not wanted', () => {
    const off = { ...given, HUTONG_OPERATIONS_PORT: 'off' } as const;
    expect(processConfig(off).operations).toBeUndefined();
  });

  it('share the cores for hashing, unless a number is given for each', () => {
    const limits = limitsSchema.parse({});
    const shared = shareCores(limits, availableParallelism());
    expect(shared.hashing.concurrency).toBe(1);
    const own = limitsSchema.parse({ hashing: { concurrency: 7 } });
    expect(shareCores(own, 4).hashing.concurrency).toBe(7);
  });

  it('have more threads than may hash at once', () => {
    for (const concurrency of [1, 2, 3, 16]) {
      const limits = limitsSchema.parse({ hashing: { concurrency } });
      expect(threadPoolSize(limits)).toBeGreaterThanOrEqual(concurrency + 2);
    }
  });
});
