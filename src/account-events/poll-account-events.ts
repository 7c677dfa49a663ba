// Events of accounts for a client that comes for them (RFC 8936). What is handed out is kept back from other
// requests of the client for a minute; then, unless it was acknowledged, it is handed out again.
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../platform/logger.ts';
import type { Random } from '../platform/random.ts';
import type { AccountEventOutbox } from './account-event-outbox-store.ts';
import { rowOfJti } from './account-event-outbox-store.ts';
import { tokenOfRow } from './account-event-token.ts';
import type { AccountEventTokenDependencies } from './account-event-token.ts';
import { eventErrorCodes } from './event-delivery-error.ts';

export interface PollAccountEventsDependencies extends AccountEventTokenDependencies {
  accountEvents: Pick<AccountEventOutbox, 'leaseIn' | 'settle' | 'conclude' | 'isWaitingIn'>;
  random: Random;
  logger: Logger;
  /** The process should let go of whoever waits. */
  isEnding: () => boolean;
}

export interface PollRequest {
  clientId: string;
  /** Undefined: as many as we give at once. */
  maxEvents: number | undefined;
  returnImmediately: boolean;
  /** Names of events that have arrived. */
  ack: readonly string[];
  /** Name of an event that the client does not take → the error's code. */
  setErrs: Readonly<Record<string, { err: string }>>;
}

export interface PollAnswer {
  /** Name → token. */
  sets: Record<string, string>;
  moreAvailable: boolean;
}

const AT_ONCE = 20;
const MOST_AT_ONCE = 100;
const HANDED_OUT_MS = 60_000;
/** Below what proxies in front allow a request. */
const LONGEST_WAIT_MS = 20_000;
const LOOK_EVERY_MS = 500;
const MOST_WAITING = 200;
const MOST_WAITING_PER_CLIENT = 5;

export function accountEventPolls(deps: PollAccountEventsDependencies) {
  const waiting = new Map<string, number>();
  let allWaiting = 0;
  const mayWait = (clientId: string) =>
    allWaiting < MOST_WAITING && (waiting.get(clientId) ?? 0) < MOST_WAITING_PER_CLIENT;
  const count = (clientId: string, change: 1 | -1) => {
    allWaiting += change;
    const own = (waiting.get(clientId) ?? 0) + change;
    if (own === 0) waiting.delete(clientId);
    else waiting.set(clientId, own);
  };
  return async function poll(request: PollRequest, signal: AbortSignal): Promise<PollAnswer> {
    await settleNamed(deps, request);
    const answer = await handOut(deps, request);
    const { clientId, maxEvents, returnImmediately } = request;
    const isAnswered = returnImmediately || maxEvents === 0 || Object.keys(answer.sets).length > 0;
    if (isAnswered || !mayWait(clientId)) return answer;
    count(clientId, 1);
    try {
      return await waitForSome(deps, request, signal);
    } finally {
      count(clientId, -1);
    }
  };
}

async function waitForSome(
  deps: PollAccountEventsDependencies,
  request: PollRequest,
  signal: AbortSignal,
): Promise<PollAnswer> {
  const until = performance.now() + LONGEST_WAIT_MS;
  while (performance.now() < until && !signal.aborted && !deps.isEnding()) {
    await delay(LOOK_EVERY_MS);
    // Nobody is there any more to hand anything to.
    if (signal.aborted) break;
    const answer = await handOut(deps, request);
    if (Object.keys(answer.sets).length > 0) return answer;
  }
  return { sets: {}, moreAvailable: false };
}

/** Names that are not ours, or are settled already, are passed over: an answer may have been lost. */
async function settleNamed(
  { accountEvents, logger }: PollAccountEventsDependencies,
  { clientId, ack, setErrs }: PollRequest,
): Promise<void> {
  for (const jti of ack) {
    const row = rowOfJti(clientId, jti);
    if (row) await accountEvents.conclude(row, { state: 'delivered', result: 'acknowledged' });
  }
  for (const [jti, { err }] of Object.entries(setErrs)) {
    const row = rowOfJti(clientId, jti);
    const code = eventErrorCodes.find((each) => each === err) ?? 'other';
    const result = `receiver_${code}`;
    if (row && (await accountEvents.conclude(row, { state: 'failed', result }))) {
      logger.warn({ clientId, row: row.id, result }, 'an event was not taken by its receiver');
    }
  }
}

async function handOut(
  deps: PollAccountEventsDependencies,
  { clientId, maxEvents = AT_ONCE }: PollRequest,
): Promise<PollAnswer> {
  const { accountEvents, random } = deps;
  const most = Math.min(maxEvents, MOST_AT_ONCE);
  const holding = { holder: random.id(), leaseMs: HANDED_OUT_MS };
  const sets: Record<string, string> = {};
  for (let found = 0; found < most;) {
    const row = await accountEvents.leaseIn(clientId, holding);
    if (!row) return { sets, moreAvailable: false };
    const made = await tokenOfRow(deps, row);
    if (made.ok) {
      sets[made.jti] = made.token;
      found += 1;
    } else {
      await accountEvents.settle(row, { state: made.outcome, result: made.result });
    }
  }
  return { sets, moreAvailable: await accountEvents.isWaitingIn(clientId) };
}
