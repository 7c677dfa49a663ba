// How this platform takes part in mutual recognition: strangers are looked up, our own people registered.
import { setTimeout as delay } from 'node:timers/promises';
import type { Account } from '../../accounts/account.ts';
import type { AuditLog } from '../../audit/audit-log.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Keyring } from '../../platform/crypto.ts';
import type { Logger } from '../../platform/logger.ts';
import type { Metrics } from '../../platform/metrics.ts';
import type { Database } from '../../platform/mongo.ts';
import type { Outbound } from '../../platform/outbound.ts';
import type { Random } from '../../platform/random.ts';
import type { RecognitionConfig } from '../../platform/recognition-config.ts';
import { repeatedWork } from '../../platform/repeat.ts';
import { AccountMarkStore } from './account-mark-store.ts';
import { HomeFinder } from './find-home.ts';
import { IndexComputer } from './index-computer.ts';
import { observePlatform } from './observe-platform.ts';
import { reconcile } from './reconcile.ts';
import type { EpochReport, ReconcileDependencies } from './reconcile.ts';
import { Registrar } from './registrar.ts';
import type { RegistrarDependencies } from './registrar.ts';
import { RegistrationStore } from './registration-store.ts';
import { ServiceClient } from './service-client.ts';

export interface RecognitionClientBase {
  database: Database;
  keyring: Keyring;
  clock: Clock;
  random: Random;
  audit: AuditLog;
  logger: Logger;
  outbound: Pick<Outbound, 'fetch'>;
  /** Missing in commands. */
  metrics?: Pick<Metrics, 'observe'>;
  accounts: { findById(id: string): Promise<Account | undefined> };
  people: RegistrarDependencies['people'];
}

export interface RecognitionClient {
  findHome: HomeFinder['findHome'];
  /** Undefined when hub or key holder did not answer. */
  reconcile(): Promise<EpochReport[] | undefined>;
  work: { start(): void; stop(): Promise<void> };
}

const EVERY_MS = 2000;
/** Rounds in a row, so that a large load does not wait between them. */
const MOST_ROUNDS = 200;
/** As long as a turn may be held by somebody who has died, and some more. */
const MOST_LOOKS = 350;
const LOOK_MS = 200;
const RENEW_MS = 15_000;
const DAY_SECONDS = 86_400;
const RETRY_SECONDS = 600;

export function openRecognitionClient(
  base: RecognitionClientBase,
  config: RecognitionConfig,
): RecognitionClient {
  const { platformId, signingKey, decryptionKey } = config;
  const signer = { ...base, platformId, key: signingKey };
  const hub = new ServiceClient(signer, config.hub);
  const keyHolder = new ServiceClient(signer, config.keyHolder);
  const computer = new IndexComputer({ client: keyHolder, clock: base.clock, pinned: config.keys });
  const marks = new AccountMarkStore(base);
  const registrations = new RegistrationStore(base);
  const own = { ...base, hub, computer, marks, registrations };
  const { metrics } = base;
  if (metrics) observePlatform({ metrics, registrations, marks });
  const registrar = new Registrar(own);
  const finder = new HomeFinder({ ...own, platformId, decryptionKey });
  const holder = base.random.id();
  const follow = async () => {
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      if (!(await marks.takeTurn(holder))) return;
      const outcome = await registrar.round();
      if (outcome === 'idle') await reconcileDaily(own);
      if (outcome !== 'worked') break;
    }
    await marks.leaveTurn(holder);
  };
  const repeated = { name: 'recognition registrar', everyMs: EVERY_MS, logger: base.logger };
  const following = repeatedWork(follow, repeated);
  return {
    findHome: (...of) => finder.findHome(...of),
    reconcile: () => inTurn(own, () => reconcile(own)),
    work: {
      start: () => following.start(),
      stop: () => following.stop(),
    },
  };
}

/** Part of the background work, which has the turn. */
async function reconcileDaily(deps: ReconcileDependencies): Promise<void> {
  if (!(await deps.marks.isDue('reconciliation', DAY_SECONDS))) return;
  const reports = await reconcile(deps);
  if (!reports) return deps.marks.setDue('reconciliation', RETRY_SECONDS);
  for (const report of reports) deps.logger.info(report, 'compared with the recognition hub');
}

/** Nothing is registered while both sides are compared; undefined when the turn does not come. */
async function inTurn<T>(
  { marks, random }: { marks: AccountMarkStore; random: Random },
  work: () => Promise<T>,
): Promise<T | undefined> {
  const holder = random.id();
  for (let look = 0; look < MOST_LOOKS; look += 1) {
    if (await marks.takeTurn(holder)) {
      const renewal = setInterval(() => void marks.takeTurn(holder), RENEW_MS);
      try {
        return await work();
      } finally {
        clearInterval(renewal);
        await marks.leaveTurn(holder);
      }
    }
    await delay(LOOK_MS);
  }
  return undefined;
}
