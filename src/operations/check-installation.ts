// What doctor says of the database, its clock and indexes, the signing keys and the processes.
import type { KeyPolicy } from '../keys/key-schedule.ts';
import { rotationDueAt } from '../keys/key-schedule.ts';
import { keyIn, signingAlgorithms } from '../keys/signing-key.ts';
import type { KeySetOverview } from '../keys/signing-key-store.ts';
import type { LiveProcess } from '../platform/live-processes-store.ts';
import type { MigrationPlan } from '../platform/migrations.ts';
import { compareReleases } from '../platform/release.ts';
import type { DatabaseFacts, IndexDifference } from './database-facts-store.ts';
import type { Finding } from './doctor.ts';

const OLDEST_SERVER = '6.0.0';
const SLOW_WRITE_MS = 100;
const SKEW_NOTED_MS = 500;
/** Codes live for a minute, and relying parties allow a few seconds. */
const SKEW_FAILS_MS = 5000;
const MEMBERS_FOR_FAILOVER = 3;

export function judgeDatabase(facts: DatabaseFacts, mode: string): Finding[] {
  const { version, replicaSet, members } = facts;
  const values = { version, members, replicaSet: replicaSet ?? '-' };
  const findings: Finding[] = [{ severity: 'ok', code: 'reached', values }];
  if (compareReleases(version, OLDEST_SERVER) < 0) {
    findings.push({ severity: 'failed', code: 'too_old', values });
  }
  if (replicaSet === undefined) findings.push({ severity: 'failed', code: 'no_replica_set' });
  else if (mode === 'production' && members < MEMBERS_FOR_FAILOVER) {
    findings.push({ severity: 'warning', code: 'no_failover', values });
  }
  return findings;
}

export function judgeWriting(writeMs: number): Finding {
  const values = { ms: Math.round(writeMs) };
  return writeMs > SLOW_WRITE_MS
    ? { severity: 'warning', code: 'slow', values }
    : { severity: 'ok', code: 'writable', values };
}

export function judgeClock({ clockSkewMs }: DatabaseFacts): Finding[] {
  const ms = Math.round(clockSkewMs);
  const skew = Math.abs(ms);
  if (skew >= SKEW_FAILS_MS) return [{ severity: 'failed', code: 'wrong', values: { ms } }];
  if (skew >= SKEW_NOTED_MS) return [{ severity: 'warning', code: 'differs', values: { ms } }];
  return [{ severity: 'ok', code: 'agrees', values: { ms } }];
}

export function judgeMigrations(plan: MigrationPlan): Finding[] {
  if (plan.expand.length > 0) {
    const ids = plan.expand.join(', ');
    return [{ severity: 'failed', code: 'pending', values: { ids } }];
  }
  if (plan.contract.length > 0) {
    const ids = plan.contract.map(({ id }) => id).join(', ');
    return [{ severity: 'note', code: 'contract_waits', values: { ids } }];
  }
  return [{ severity: 'ok', code: 'complete', values: { count: plan.applied.length } }];
}

export function judgeIndexes(difference: IndexDifference | undefined): Finding[] {
  if (!difference) return [{ severity: 'note', code: 'no_right' }];
  const { missing, foreign } = difference;
  const findings: Finding[] = [];
  if (missing.length > 0) {
    findings.push({ severity: 'failed', code: 'missing', values: { names: missing.join(', ') } });
  }
  if (foreign.length > 0) {
    findings.push({ severity: 'note', code: 'foreign', values: { names: foreign.join(', ') } });
  }
  return findings.length > 0 ? findings : [{ severity: 'ok', code: 'complete' }];
}

export function judgeKeys(set: KeySetOverview, policy: KeyPolicy): Finding[] {
  const findings = signingAlgorithms.flatMap((algorithm): Finding[] => {
    const active = keyIn(set.keys, algorithm, 'active');
    const values = { algorithm };
    if (!active) return [{ severity: 'failed', code: 'no_active', values }];
    if (!keyIn(set.keys, algorithm, 'next')) {
      return [{ severity: 'warning', code: 'no_next', values }];
    }
    const isOverdue = rotationDueAt(active, policy) < set.now;
    return isOverdue ? [{ severity: 'warning', code: 'overdue', values }] : [];
  });
  const count = set.keys.length;
  return findings.length > 0 ? findings : [{ severity: 'ok', code: 'in_order', values: { count } }];
}

export function judgeProcesses(live: readonly LiveProcess[], release: string): Finding[] {
  if (live.length === 0) return [{ severity: 'note', code: 'none' }];
  const releases = [...new Set(live.map((each) => each.release))].sort();
  const values = { count: live.length, releases: releases.join(', ') };
  const findings: Finding[] = [{ severity: 'ok', code: 'alive', values }];
  if (releases.length > 1) findings.push({ severity: 'note', code: 'mixed', values });
  if (releases.some((other) => compareReleases(other, release) > 0)) {
    findings.push({ severity: 'warning', code: 'command_older', values: { release } });
  }
  return findings;
}
