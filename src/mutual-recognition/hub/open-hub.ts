// The mutual-recognition service 用户互认服务 of a hub: its addresses, and what it keeps up beside them.
import type { Config } from '../../platform/config.ts';
import type { HttpMiddleware } from '../../platform/http/context.ts';
import type { Logger } from '../../platform/logger.ts';
import type { Metrics } from '../../platform/metrics.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Keyring } from '../../platform/crypto.ts';
import type { Database } from '../../platform/mongo.ts';
import type { Random } from '../../platform/random.ts';
import type { AuditLog } from '../../audit/audit-log.ts';
import type { RouteLimiters } from '../../platform/http/limits.ts';
import { repeatedWork } from '../../platform/repeat.ts';
import { RecognitionPlatforms, RecognitionPlatformStore } from '../recognition-platform-store.ts';
import { serviceMount, signedEndpoint } from '../service-mount.ts';
import type { ServiceEndpoint } from '../service-mount.ts';
import { RecognitionUsage } from '../usage-store.ts';
import { ConflictStore } from './conflict-store.ts';
import { DecoyHomes } from './decoy-homes.ts';
import { changeEntries, compareDigests, compareEntries, tellConflicts } from './entry-service.ts';
import type { EntryDependencies } from './entry-service.ts';
import * as over from './hub-interface.ts';
import { HubStateStore } from './hub-state-store.ts';
import { observeHub } from './observe-hub.ts';
import { observeUsage } from '../observe-usage.ts';
import { IndexEntryStore } from './index-entry-store.ts';
import { answerLookups } from './lookup-service.ts';
import { issueTickets } from './lookup-ticket.ts';
import type { LookupDependencies } from './lookup-service.ts';
import { ReconciliationStore } from './reconciliation-store.ts';
import type { AnswerSigner } from './seal-answer.ts';

export interface HubBase {
  issuer: string;
  database: Database;
  keyring: Keyring;
  clock: Clock;
  random: Random;
  audit: AuditLog;
  logger: Logger;
  signingKeys: AnswerSigner['signingKeys'];
  limiters: Pick<RouteLimiters, 'reserve'>;
  metrics: Pick<Metrics, 'observe'>;
}

export interface RecognitionHub {
  mount: HttpMiddleware;
  work: { start(): void; stop(): Promise<void> };
}

const STATE_POLL_MS = 10_000;
/** Between two countings of the entries. */
const COUNTING_SECONDS = 3600;
const SMALL_BYTES = 64 * 1024;
const LARGE_BYTES = 2 * 1024 * 1024;

export async function openRecognitionHub(
  base: HubBase,
  config: NonNullable<Config['recognitionHub']>,
): Promise<RecognitionHub> {
  const records = new RecognitionPlatformStore(base);
  const platforms = new RecognitionPlatforms({ platforms: records, logger: base.logger });
  const entries = new IndexEntryStore(base);
  const state = new HubStateStore(base);
  let decoys = new DecoyHomes(Buffer.alloc(0), []);
  const renew = async () => {
    if (await state.takeTurn(COUNTING_SECONDS)) {
      const counts = await entries.counts();
      await state.setCounts(new Map(counts.map(({ home, count }) => [home, count])));
    }
    const { secret, counts } = await state.load();
    const active = platforms.all().filter((each) => each.state === 'active');
    const weighted = active.map(({ id }) => ({ id, entries: counts.get(id) ?? 0 }));
    decoys = new DecoyHomes(secret, weighted);
  };
  await platforms.refresh();
  await state.load();
  await renew();
  const usage = new RecognitionUsage(base);
  const conflicts = new ConflictStore(base);
  const reconciliations = new ReconciliationStore(base);
  observeHub({ ...base, state, reconciliations });
  observeUsage({ ...base, platforms, usage });
  const { bucketQuotas, answerAfterMs } = config;
  const own = { ...base, platforms, usage, entries, conflicts, reconciliations };
  const lookups = { ...own, decoys: () => decoys, bucketQuotas, answerAfterMs };
  const mount = serviceMount({ ...own, audience: base.issuer }, endpoints(own, lookups));
  const renewal = { name: 'recognition decoys', everyMs: STATE_POLL_MS, logger: base.logger };
  const renewing = repeatedWork(renew, renewal);
  return {
    mount,
    work: {
      start() {
        platforms.start();
        renewing.start();
      },
      async stop() {
        await renewing.stop();
        await platforms.stop();
      },
    },
  };
}

function endpoints(own: EntryDependencies, lookups: LookupDependencies): ServiceEndpoint[] {
  const small = { method: 'POST', maxBytes: SMALL_BYTES } as const;
  const large = { method: 'POST', maxBytes: LARGE_BYTES } as const;
  return [
    signedEndpoint({
      ...large,
      path: over.ENTRIES_PATH,
      name: 'recognition.entries',
      schema: over.entriesSchema,
      handle: (platform, body) => changeEntries(own, platform, body),
    }),
    signedEndpoint({
      ...small,
      path: over.CONFLICTS_PATH,
      name: 'recognition.conflicts',
      schema: over.conflictsSchema,
      handle: (platform, { since }) => tellConflicts(own, platform, new Date(since * 1000)),
    }),
    signedEndpoint({
      ...small,
      path: over.TICKETS_PATH,
      mayRepeat: true,
      name: 'recognition.tickets',
      schema: over.ticketsSchema,
      handle(platform, { trace_ids }) {
        const tickets = issueTickets(lookups, platform.id, trace_ids);
        return Promise.resolve({ status: 200, body: { tickets, expires_in: over.TICKET_SECONDS } });
      },
    }),
    signedEndpoint({
      ...small,
      path: over.LOOKUPS_PATH,
      name: 'recognition.lookups',
      schema: over.lookupsSchema,
      handle: (platform, body) => answerLookups(lookups, platform, body.lookups),
    }),
    signedEndpoint({
      ...large,
      path: over.RECONCILIATIONS_PATH,
      name: 'recognition.reconcile',
      schema: over.reconciliationSchema,
      handle: (platform, body) => compareDigests(own, platform, body),
    }),
    signedEndpoint({
      ...large,
      path: over.DIFFERENCES_PATH,
      name: 'recognition.differences',
      schema: over.differencesSchema,
      handle: (platform, body) => compareEntries(own, platform, body),
    }),
  ];
}
