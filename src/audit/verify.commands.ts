// `hutong audit verify`: says in words whether the log is as it was written, and what is wrong first.
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import { exitCode } from '../platform/terminal.ts';
import type { Terminal } from '../platform/terminal.ts';
import type { AuditArguments } from './audit-arguments.ts';
import type { AuditFinding } from './audit-finding.ts';
import { verifyExport } from './export-file.ts';
import type { SealStore } from './seal-store.ts';
import { verifyAudit } from './verify-audit.ts';
import type { AuditVerdict } from './verify-audit.ts';

export interface VerifyCommandDependencies {
  seals: SealStore;
  keyring: Keyring;
  clock: Clock;
  terminal: Terminal;
  /** Of the configuration; used unless the command names others. */
  anchorFiles: readonly string[];
}

const PARTS = ['sequence', 'upTo', 'recordId', 'type', 'at', 'place'] as const;

/** Exit code 0 when everything is intact, else 1. */
export async function runVerify(
  deps: VerifyCommandDependencies,
  { anchor, file, json }: AuditArguments,
): Promise<number> {
  const { terminal } = deps;
  const onProgress = (count: number) =>
    terminal.complain(terminal.t('cli.audit.checked', { count }));
  const verdict: Partial<AuditVerdict> & { checkedCount: number } =
    file === undefined
      ? await verifyAudit(deps, { anchorFiles: anchor ?? deps.anchorFiles, onProgress })
      : await verifyExport(deps.keyring, file, onProgress);
  const { finding } = verdict;
  if (json) terminal.print(JSON.stringify({ isIntact: !finding, ...verdict }));
  else terminal.print(finding ? inWords(terminal, finding) : praise(terminal, verdict));
  return finding ? exitCode.refused : exitCode.done;
}

function praise(
  { t }: Terminal,
  verdict: Partial<AuditVerdict> & { checkedCount: number },
): string {
  const { checkedCount, anchors, unsealedCount = 0, prunedCount = 0 } = verdict;
  const { matched, matchedCount } = anchors ?? { matched: 0, matchedCount: 0 };
  const anchored = matched > 0 ? 'anchored' : 'not_anchored';
  return [
    t('cli.audit.intact', { count: checkedCount - prunedCount }),
    ...(anchors ? [t(`cli.audit.${anchored}`, { matched, count: matchedCount })] : []),
    ...(unsealedCount > 0 ? [t('cli.audit.waiting', { count: unsealedCount })] : []),
    ...(prunedCount > 0 ? [t('cli.audit.pruned', { count: prunedCount })] : []),
  ].join('\n');
}

export function inWords({ t }: Terminal, finding: AuditFinding): string {
  const details = PARTS.flatMap((part) => {
    const value = finding[part];
    if (value === undefined || (part === 'upTo' && value === finding.sequence)) return [];
    const text = value instanceof Date ? value.toISOString() : String(value);
    return [`  ${t(`cli.audit.part.${part}`)} ${text}`];
  });
  return [t('cli.audit.broken'), t(`cli.audit.problem.${finding.problem}`), ...details].join('\n');
}
