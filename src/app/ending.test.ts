// A process ends once, in order, however and however often it is asked to.
import { describe, expect, it } from 'vitest';
import { createLogger } from '../platform/logger.ts';
import { Ending } from './ending.ts';

function subject({ drainSeconds = 0, stop = () => Promise.resolve() } = {}) {
  const steps: string[] = [];
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  const logger = createLogger({ level: 'silent', service: 'test' });
  const ending = new Ending(
    {
      drain: () => steps.push('drain'),
      insist: () => steps.push('insist'),
      stop: () => {
        steps.push('stop');
        return stop();
      },
    },
    {
      drainSeconds,
      logger,
      exit: (code) => {
        steps.push(`exit ${code}`);
        resolve();
      },
    },
  );
  return { ending, steps, ended };
}

const FOR_EVER = 1000;

describe('a process that ends', () => {
  it('drains, stops and leaves with 0, once though it is told by all sides', async () => {
    const { ending, steps, ended } = subject();
    ending.onSignal('SIGTERM');
    ending.begin({ order: 'stop' });
    await ended;
    expect(steps).toEqual(['drain', 'stop', 'exit 0']);
  });

  it('stops waiting at the second signal and lets go of everybody', async () => {
    const { ending, steps, ended } = subject({ drainSeconds: FOR_EVER });
    ending.onSignal('SIGTERM');
    ending.onSignal('SIGTERM');
    await ended;
    expect(steps).toEqual(['drain', 'insist', 'stop', 'exit 0']);
  });

  it('leaves at the third signal, whatever it is doing', async () => {
    const { ending, steps, ended } = subject({ stop: () => new Promise(() => undefined) });
    for (const signal of ['SIGINT', 'SIGINT', 'SIGINT']) ending.onSignal(signal);
    await ended;
    expect(steps.at(-1)).toBe('exit 1');
  });

  it('does not drain when another has already taken its place', async () => {
    const { ending, steps, ended } = subject({ drainSeconds: FOR_EVER });
    ending.begin({ order: 'retire' }, { drainSeconds: 0 });
    await ended;
    expect(steps).toEqual(['drain', 'stop', 'exit 0']);
  });

  it('leaves with 1 when it could not stop in order', async () => {
    const { ending, steps, ended } = subject({ stop: () => Promise.reject(new Error('broken')) });
    ending.onSignal('SIGTERM');
    await ended;
    expect(steps.at(-1)).toBe('exit 1');
  });
});

describe('a failure that nobody caught', () => {
  it('ends the process in order and at once, with 1', async () => {
    const { ending, steps, ended } = subject({ drainSeconds: FOR_EVER });
    ending.onFailure(new Error('unknown'));
    await ended;
    expect(steps).toEqual(['drain', 'stop', 'exit 1']);
  });

  it('while it ends makes it leave', async () => {
    const { ending, steps, ended } = subject({ stop: () => new Promise(() => undefined) });
    ending.onFailure(new Error('unknown'));
    ending.onFailure(new Error('another'));
    await ended;
    expect(steps.at(-1)).toBe('exit 1');
  });
});
