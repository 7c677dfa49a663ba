// What doctor says of the settings, of the audit records, and of what waits to be delivered.
import type { AuditVerdict } from '../audit/verify-audit.ts';
import type { SyncState } from '../directory/source/staff-sync-store.ts';
import type { Config } from '../platform/config.ts';
import type { Backlog } from '../platform/outbox-store.ts';
import type { Finding } from './doctor.ts';

const LANES = ['notices', 'messages', 'mandate_events', 'account_events'] as const;
const LATE_MS = 15 * 60_000;

export function judgeSettings(config: Config): Finding[] {
  const { mode, issuer } = config;
  const node = process.versions.node;
  const findings: Finding[] = [{ severity: 'ok', code: 'read', values: { mode, issuer, node } }];
  if (mode === 'demonstration') findings.push({ severity: 'note', code: 'demonstration' });
  return findings;
}

export function judgeAudit(
  { finding, checkedCount, unsealedCount, anchors }: AuditVerdict,
  { anchorFiles, mode }: { anchorFiles: readonly string[]; mode: Config['mode'] },
): Finding[] {
  const count = checkedCount;
  if (finding) {
    const { problem, sequence = '-' } = finding;
    return [{ severity: 'failed', code: 'not_intact', values: { problem, sequence } }];
  }
  const values = { count, unsealed: unsealedCount, anchored: anchors.matchedCount };
  const intact: Finding = { severity: 'ok', code: 'intact', values };
  if (anchorFiles.length > 0) return [intact];
  const severity = mode === 'production' ? 'warning' : 'note';
  return [intact, { severity, code: 'no_anchor' }];
}

export function judgeDeliveries(
  backlogs: Readonly<Record<(typeof LANES)[number], Backlog>>,
  now: Date,
): Finding[] {
  return LANES.flatMap((lane): Finding[] => {
    const { waiting, oldestAt, failed } = backlogs[lane];
    const ageMs = oldestAt ? now.getTime() - oldestAt.getTime() : 0;
    const values = { waiting, failed, minutes: Math.round(ageMs / 60_000) };
    const code = (state: 'waiting' | 'late' | 'failed') => `${lane}.${state}`;
    const findings: Finding[] = [
      ageMs > LATE_MS
        ? { severity: 'warning', code: code('late'), values }
        : { severity: 'ok', code: code('waiting'), values },
    ];
    if (failed > 0) findings.push({ severity: 'note', code: code('failed'), values });
    return findings;
  });
}

/** @param everyMinutes undefined: nothing is imported at an interval */
export function judgeStaffImport(
  state: SyncState | undefined,
  everyMinutes: number | undefined,
  now: Date,
): Finding[] {
  if (everyMinutes === undefined) return [{ severity: 'ok', code: 'not_set' }];
  const { lastRun, lastDoneAt } = state ?? {};
  if (!lastRun) return [{ severity: 'note', code: 'never' }];
  const minutes = Math.round((now.getTime() - (lastDoneAt ?? lastRun.at).getTime()) / 60_000);
  const { outcome, counts } = lastRun;
  if (outcome !== 'done') {
    const values = { minutes, leaving: counts?.leaving ?? 0, failed: counts?.failed ?? 0 };
    return [{ severity: 'warning', code: outcome, values }];
  }
  // Two runs that did not come are no chance.
  const isLate = minutes > 2 * everyMinutes + 15;
  return [
    { severity: isLate ? 'warning' : 'ok', code: isLate ? 'late' : 'done', values: { minutes } },
  ];
}
