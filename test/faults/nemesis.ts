// What goes wrong, one kind at a time. Each resolves with the moment from which on the city has to
// be whole again by itself within 15 seconds: nobody does anything more for it.
import { setTimeout as delay } from 'node:timers/promises';
import type { AppProcess } from './app-process.ts';
import type { Chance } from './chance.ts';
import type { FaultCity } from './fault-city.ts';

/** Out of disk space, as the server says it when a write finds none. */
const OUT_OF_DISK = 14_031;

type Fault = (city: FaultCity, chance: Chance) => Promise<{ since: number; undo?: () => void }>;

export const faults = {
  /** `kill -9` of an app process; its supervisor starts another one. */
  app_killed: async (city, chance) => {
    const since = performance.now();
    await anApp(city, chance).kill();
    return { since };
  },
  /** The primary hands over. */
  step_down: async ({ members }) => {
    const since = performance.now();
    await members.stepDown(10);
    return { since };
  },
  /** `kill -9` of the primary; it comes back as a secondary. */
  primary_killed: async ({ members }) => {
    const primary = await members.primary();
    const since = performance.now();
    await members.kill(primary);
    return { since, undo: () => members.restart(primary) };
  },
  app_killed_and_step_down: async (city, chance) => {
    const since = performance.now();
    await Promise.all([anApp(city, chance).kill(), city.members.stepDown(10)]);
    return { since };
  },
  /** Stands still for a while, then goes on in the midst of what it did. */
  app_held: async (city, chance) => {
    const app = anApp(city, chance);
    app.hold();
    await delay(chance.between(500, 4000));
    app.goOn();
    return { since: performance.now() };
  },
  /** Until another one is elected, and beyond. */
  primary_held: async ({ members }) => {
    const primary = await members.primary();
    const since = performance.now();
    members.hold(primary);
    return { since, undo: () => members.goOn(primary) };
  },
  /** Shorter than anybody would elect for, again and again: the database is slow. */
  primary_stutters: async ({ members }, chance) => {
    const primary = await members.primary();
    for (let times = 0; times < 5; times += 1) {
      members.hold(primary);
      await delay(chance.between(50, 400));
      members.goOn(primary);
      await delay(chance.between(20, 200));
    }
    return { since: performance.now() };
  },
  app_and_primary_held: async ({ members, apps }, chance) => {
    const primary = await members.primary();
    const app = chance.pick(apps);
    members.hold(primary);
    app.hold();
    await delay(chance.between(1000, 4000));
    members.goOn(primary);
    app.goOn();
    return { since: performance.now() };
  },
  /** An hour ahead for a while, then right again. */
  clock_jumps: async (city, chance) => {
    const app = anApp(city, chance);
    app.jumpClock();
    await delay(chance.between(1500, 3000));
    app.jumpClock();
    return { since: performance.now() };
  },
  /** The primary's disk is full: it reads and refuses to write. */
  disk_full: async ({ members }, chance) => {
    const primary = await members.primary();
    const failPoint = { configureFailPoint: 'failCommand' };
    const failCommands = ['insert', 'update', 'findAndModify', 'delete'];
    const data = { errorCode: OUT_OF_DISK, failCommands };
    await members.command(primary, { ...failPoint, mode: 'alwaysOn', data });
    await delay(chance.between(500, 2000));
    await members.command(primary, { ...failPoint, mode: 'off' });
    return { since: performance.now() };
  },
} as const satisfies Record<string, Fault>;

export type FaultName = keyof typeof faults;
export const faultNames = Object.keys(faults) as FaultName[];

function anApp({ apps }: FaultCity, chance: Chance): AppProcess {
  return chance.pick(apps);
}
