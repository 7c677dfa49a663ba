// Looks over an installation: one check after the other, each with what it found. Nothing is
// changed. A check that cannot be made is a finding, not the end.

export type Severity = 'ok' | 'note' | 'warning' | 'failed';

export interface Finding {
  severity: Severity;
  /** The words are `doctor.<check>.<code>`. */
  code: string;
  values?: Readonly<Record<string, string | number>>;
}

export const checkNames = [
  'configuration',
  'database',
  'clock',
  'migrations',
  'writing',
  'indexes',
  'keys',
  'audit',
  'processes',
  'deliveries',
  'staff_import',
  'gateways',
  'clients',
  'peers',
  'recognition',
  'federation_trust',
] as const;
export type CheckName = (typeof checkNames)[number];

export interface Check {
  name: CheckName;
  look: () => Promise<readonly Finding[]>;
}

export interface CheckResult {
  name: CheckName;
  findings: readonly Finding[];
}

/** In order; the next check begins when the one before has been told of. */
export async function* examine(checks: readonly Check[]): AsyncGenerator<CheckResult> {
  for (const { name, look } of checks) {
    try {
      yield { name, findings: await look() };
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      yield { name, findings: [{ severity: 'failed', code: 'broken', values: { problem } }] };
    }
  }
}

const ORDER: readonly Severity[] = ['ok', 'note', 'warning', 'failed'];

export function worst(findings: readonly Finding[]): Severity {
  const rank = Math.max(0, ...findings.map(({ severity }) => ORDER.indexOf(severity)));
  return ORDER[rank] ?? 'ok';
}
