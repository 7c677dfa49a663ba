// `hutong retention …` on this database, by the table of the application.
import { retentionDays, retentionTable } from '../app/retention-table.ts';
import { runRetentionCommand } from '../privacy/retention.commands.ts';
import type { Invocation } from './invocation.ts';

export function runRetention(args: readonly string[], invocation: Invocation): Promise<number> {
  const days = retentionDays(invocation.config);
  return runRetentionCommand(args, { ...invocation, rules: retentionTable, days });
}
