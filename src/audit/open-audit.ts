// The audit log of one process: the store that records, and the sealer and anchor that run beside.
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { Logger } from '../platform/logger.ts';
import type { Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import { repeat } from '../platform/repeat.ts';
import { AnchorWriter } from './anchor-writer.ts';
import { AuditStore } from './audit-store.ts';
import { Sealer } from './sealer.ts';
import { SealStore } from './seal-store.ts';

/** One beat (beat.ts): every second round shares its commands with the work of each second. */
const ROUND_MS = 500;
/** After a failure, which is nearly always the database's. */
const PAUSE_MS = 2000;
const PATIENCE_MS = 3000;

export interface AuditOptions {
  /** Anchor files, absolute paths. */
  anchorFiles: readonly string[];
}

/** For metrics; as of the last second. */
export interface AuditStatus {
  sealedCount: number;
  /** Age of the record that waits longest; 0 when none waits. Above 10 something is wrong. */
  oldestUnsealedSeconds: number;
  anchorFailing: boolean;
  /** True in the process that seals at present. */
  isSealing: boolean;
}

interface AuditDependencies {
  database: Database;
  keyring: Keyring;
  clock: Clock;
  random: Random;
  logger: Logger;
}

export function openAudit(deps: AuditDependencies, options: AuditOptions) {
  const { logger, database, clock } = deps;
  const anchor = new AnchorWriter({ files: options.anchorFiles, logger });
  const sealer = new Sealer({ ...deps, seals: new SealStore(database), anchor });
  let rounds: ReturnType<typeof repeat> | undefined;
  let restsUntil = 0;
  const round = async () => {
    if (performance.now() < restsUntil) return;
    restsUntil = performance.now() + PAUSE_MS;
    await sealer.run();
    restsUntil = 0;
  };
  return {
    audit: new AuditStore(deps),
    start() {
      if (!anchor.isConfigured) {
        logger.warn('no HUTONG_AUDIT_ANCHOR: only the lines "audit head" of this log are anchors');
      }
      rounds ??= repeat(round, { name: 'audit sealer', everyMs: ROUND_MS, logger });
    },
    /** Seals the rest and anchors the head, unless another process does. After all who record. */
    async stop(): Promise<void> {
      await rounds?.stop();
      rounds = undefined;
      try {
        const head = await sealer.finish();
        if (head) await anchor.flush(head, PATIENCE_MS);
      } catch (error) {
        logger.warn({ err: error }, 'audit records are left to the next sealer');
      }
    },
    status(): AuditStatus {
      const { oldestUnsealedAt, sealedCount, isSealing } = sealer.state;
      const waiting = oldestUnsealedAt ? clock.now().getTime() - oldestUnsealedAt.getTime() : 0;
      const oldestUnsealedSeconds = Math.max(0, waiting / 1000);
      return { sealedCount, oldestUnsealedSeconds, anchorFailing: anchor.isFailing, isSealing };
    },
  };
}
