// What doctor says of the settings, of the audit records, and of what waits to be delivered.
import type { AuditVerdict } from '../audit/verify-audit.ts';
import type { Config } from '../platform/config.ts';
import type { Backlog } from '../platform/outbox-store.ts';
import type { Finding } from './doctor.ts';

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
  backlogs: { notices: Backlog; messages: Backlog },
  now: Date,
): Finding[] {
  return (['notices', 'messages'] as const).flatMap((lane): Finding[] => {
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
