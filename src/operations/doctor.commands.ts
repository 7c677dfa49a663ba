// `hutong doctor [--json]`: what each check found, in the reader's language. Exit code 1 when
// something failed; warnings and notes do not count.
import { exitCode } from '../platform/terminal.ts';
import type { Terminal } from '../platform/terminal.ts';
import { examine, worst } from './doctor.ts';
import type { Check, CheckResult, Finding, Severity } from './doctor.ts';

const SIGNS: Readonly<Record<Severity, string>> = {
  ok: '✓',
  note: '·',
  warning: '!',
  failed: '✗',
};

/** @returns the exit code: 0 nothing failed, 1 something did, 2 not understood */
export async function runDoctorCommand(
  args: readonly string[],
  deps: { checks: readonly Check[]; terminal: Terminal },
): Promise<number> {
  const { terminal, checks } = deps;
  const isJson = args.length === 1 && args[0] === '--json';
  if (args.length > 0 && !isJson) {
    terminal.complain(terminal.t('doctor.usage'));
    return exitCode.usage;
  }
  const all: Finding[] = [];
  for await (const result of examine(checks)) {
    all.push(...result.findings);
    terminal.print(isJson ? JSON.stringify(result) : inWords(terminal, result));
  }
  const count = (severity: Severity) => all.filter((each) => each.severity === severity).length;
  const values = { failed: count('failed'), warnings: count('warning') };
  const verdict = worst(all);
  if (!isJson) terminal.print(terminal.t(`doctor.verdict.${verdict}`, values));
  return verdict === 'failed' ? exitCode.refused : exitCode.done;
}

function inWords({ t }: Terminal, { name, findings }: CheckResult): string {
  const lines = findings.map(({ severity, code, values }) => {
    const key = code === 'broken' ? 'doctor.broken' : `doctor.${name}.${code}`;
    return `  ${SIGNS[severity]} ${t(key, values)}`;
  });
  return [t(`doctor.${name}.title`), ...lines].join('\n');
}
