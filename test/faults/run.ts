// One run: citizens live, faults strike one after the other, after each the city has to come back
// by itself; in the end everything is used once more and the history is judged.
import { setTimeout as delay } from 'node:timers/promises';
import { Chance } from './chance.ts';
import { check } from './checker.ts';
import type { Violation } from './checker.ts';
import { Citizen } from './citizen.ts';
import type { FaultCity } from './fault-city.ts';
import { Recorder } from './history.ts';
import type { History } from './history.ts';
import { Life } from './life.ts';
import { faults } from './nemesis.ts';
import type { FaultName } from './nemesis.ts';

const PROBE_LIMIT_MS = 60_000;
const NOTICE_LIMIT_MS = 40_000;
/** Longer than any answer is waited for. */
const EVENING_LIMIT_MS = 90_000;

export interface RunOptions {
  seed: number;
  /** One round each, in this order. */
  rounds: readonly FaultName[];
  graceSeconds: number;
  /** How long the load goes on undisturbed between two faults, in milliseconds at most. */
  calmMs: number;
  /** From the fault on until every operation works again, in milliseconds. */
  recoveryLimitMs: number;
  onRound?: (round: Round) => void;
}

export interface Round {
  number: number;
  fault: FaultName;
  recoveryMs: number;
}

export interface RunReport {
  history: History;
  rounds: readonly Round[];
  problems: readonly string[];
}

export async function runHistory(city: FaultCity, options: RunOptions): Promise<RunReport> {
  const chance = new Chance(options.seed);
  const recorder = new Recorder();
  const [prober, ...people] = city.accounts;
  if (!prober) throw new Error('the city has no citizens');
  const lives = people.map(
    (account) =>
      new Life(new Citizen(city.issuer, account, recorder), chance.fork(), { ...city, recorder }),
  );
  const problemsBefore = city.door.wrong.length;
  const noticesBefore = city.receiver.received.length;
  const evening = new AbortController();
  const lived = Promise.all(lives.map((life) => life.live(evening.signal)));
  const rounds: Round[] = [];
  try {
    for (const [number, fault] of options.rounds.entries()) {
      await delay(chance.below(options.calmMs));
      const recoveryMs = await strike(city, {
        fault,
        chance,
        prober: new Citizen(city.issuer, prober, recorder),
      });
      const round = { number: number + 1, fault, recoveryMs };
      rounds.push(round);
      options.onRound?.(round);
    }
  } finally {
    evening.abort();
    await untilHome(lived, recorder);
  }
  await Promise.all(lives.map((life) => life.takeStock()));
  const history = () => ({
    records: recorder.records,
    notices: city.receiver.received
      .slice(noticesBefore)
      .map(({ clientId: client, sid }) => ({ client, sid })),
    graceSeconds: options.graceSeconds,
  });
  await untilNoticesArrived(history);
  const problems = [
    ...check(history()).map(({ rule, what }) => `${rule}: ${what}`),
    ...city.door.wrong.slice(problemsBefore).map(({ what }) => `answer: ${what}`),
    ...city.receiver.problems.map((problem) => `logout token: ${problem}`),
    ...city.apps.flatMap(({ failures }) => failures.splice(0).map((line) => `broke: ${line}`)),
    ...(await city.audit.problems(recorder.records)),
    ...rounds
      .filter(({ recoveryMs }) => recoveryMs > options.recoveryLimitMs)
      .map(
        ({ number, fault, recoveryMs }) =>
          `recovery: ${Math.round(recoveryMs)} ms after ${fault} (round ${number})`,
      ),
  ];
  return { history: history(), rounds, problems };
}

/** @throws Error with what does not end */
async function untilHome(lived: Promise<unknown>, recorder: Recorder): Promise<void> {
  const done = new AbortController();
  const limit = delay(EVENING_LIMIT_MS, undefined, { signal: done.signal }).then(
    () => {
      throw new Error(`does not end: ${recorder.underWay()}`);
    },
    () => undefined,
  );
  await Promise.race([lived, limit]);
  done.abort();
}

/** Milliseconds from the fault until everything works: the start of the first tour that succeeds. */
async function strike(
  city: FaultCity,
  { fault, chance, prober }: { fault: FaultName; chance: Chance; prober: Citizen },
): Promise<number> {
  const { since, undo } = (await faults[fault](city, chance)) as {
    since: number;
    undo?: () => void;
  };
  try {
    for (;;) {
      const began = performance.now();
      if (await tour(city, prober)) return began - since;
      if (began - since > PROBE_LIMIT_MS) throw new Error(`no recovery after ${fault}`);
      await delay(100);
    }
  } finally {
    undo?.();
    await city.members.untilHealthy();
    await Promise.all(city.apps.map((app) => app.listening()));
  }
}

/** Every kind of operation once; false as soon as one does not work. */
async function tour({ clients }: FaultCity, citizen: Citizen): Promise<boolean> {
  const [first, second = first] = clients;
  if (!first || !second) return false;
  const session = await citizen.signIn(first);
  const [family] = session?.families ?? [];
  if (!session || !family) return false;
  if ((await citizen.userinfo(session, family)) !== 'ok') return false;
  if ((await citizen.introspect(session, family, family.refresh)) !== 'ok') return false;
  if ((await citizen.refresh(session, family)) !== 'ok') return false;
  const answer = await citizen.silent(session, second);
  if (!answer || !(await citizen.redeem(session, answer))) return false;
  return (await citizen.logout(session)) === 'ok';
}

/** They are on their way for a moment, or as long as the lease of a worker that was killed. */
async function untilNoticesArrived(history: () => History): Promise<void> {
  const isMissing = ({ rule }: Violation) => rule === 'notice_missing';
  const deadline = performance.now() + NOTICE_LIMIT_MS;
  while (performance.now() < deadline && check(history()).some(isMissing)) await delay(250);
}
