// A clock that jumps is noticed at the next question, and believed again when it is right; a clock
// of the database that jumps is no reason to stop.
import { beforeEach, describe, expect, test } from 'vitest';
import { ClockWatch } from './clock-watch.ts';
import { createLogger } from './logger.ts';

const HOUR = 3_600_000;
const logger = createLogger({ level: 'silent', service: 'test' });

let ownJump: number;
let databaseJump: number;

const db = {
  command: () => Promise.resolve({ localTime: new Date(Date.now() + databaseJump) }),
};
const wallClock = () => Date.now() + ownJump;
const clock = { now: () => new Date(wallClock()) };

function watch() {
  return new ClockWatch({ database: { db: db as never }, logger, wallClock });
}

beforeEach(() => {
  ownJump = 0;
  databaseJump = 0;
});

describe.each([HOUR, -HOUR, 11_000, -11_000])('a jump of %i ms', (jump) => {
  test('is noticed before anything is decided by it, and over when the clock is right', async () => {
    const watched = watch();
    await watched.enter();
    const guarded = watched.guard(clock);
    expect(guarded.now()).toBeInstanceOf(Date);
    ownJump = jump;
    expect(watched.isRight()).toBe(false);
    expect(() => guarded.now()).toThrow('clock_wrong');
    await watched.enter();
    expect(watched.isRight()).toBe(false);
    ownJump = 0;
    expect(watched.isRight()).toBe(true);
  });

  test('that set a wrong clock right is accepted', async () => {
    const watched = watch();
    ownJump = jump;
    await watched.enter();
    expect(watched.isRight()).toBe(false);
    ownJump = 0;
    await watched.enter();
    expect(watched.isRight()).toBe(true);
  });

  test('of the database alone stops nobody who has agreed with it before', async () => {
    const watched = watch();
    await watched.enter();
    databaseJump = jump;
    await watched.enter();
    expect(watched.isRight()).toBe(true);
  });
});

test('small differences are every machine’s', async () => {
  const watched = watch();
  ownJump = 8000;
  await watched.enter();
  expect(watched.isRight()).toBe(true);
});

test('before it was compared no clock is believed', () => {
  expect(watch().isRight()).toBe(false);
});
