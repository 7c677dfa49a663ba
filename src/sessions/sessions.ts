// Puts the parts of this domain together: browser sessions, every way they end, and the delivery
// of what clients are told about it.
import type { AuditLog } from '../audit/audit-log.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { Logger } from '../platform/logger.ts';
import type { Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import { repeat } from '../platform/repeat.ts';
import { LogoutOutboxStore } from './logout-outbox-store.ts';
import { createLogoutWorker } from './logout-worker.ts';
import { SessionActivity } from './session-activity.ts';
import { SessionEnding } from './session-ending.ts';
import type { SessionEndingDependencies } from './session-ending.ts';
import { SessionStore } from './session-store.ts';

const SWEEP_MS = 5000;

export interface SessionsDependencies {
  database: Database;
  keyring: Keyring;
  clock: Clock;
  random: Random;
  logger: Logger;
  audit: AuditLog;
  grants: SessionEndingDependencies['grants'];
  issueLogout: Parameters<typeof createLogoutWorker>[0]['issueLogout'];
}

export function openSessions(deps: SessionsDependencies) {
  const sessions = new SessionStore(deps);
  const activity = new SessionActivity({ ...deps, sessions });
  const outbox = new LogoutOutboxStore(deps);
  const worker = createLogoutWorker({ ...deps, store: outbox });
  const ending = new SessionEnding({
    ...deps,
    sessions,
    outbox: { enqueue: (...args) => outbox.enqueue(...args), wake: () => worker.wake() },
  });
  let sweeper: ReturnType<typeof repeat> | undefined;
  return {
    sessions,
    activity,
    ending,
    outbox,
    start() {
      worker.start();
      const { logger } = deps;
      sweeper ??= repeat(() => ending.sweep(), {
        name: 'session sweep',
        everyMs: SWEEP_MS,
        logger,
      });
    },
    async stop() {
      await Promise.all([sweeper?.stop(), worker.stop()]);
      await activity.settled();
    },
  };
}
