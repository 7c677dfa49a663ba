// `hutong migrate`: tells which migrations the step before every command has applied.
import { exitCode } from '../platform/terminal.ts';
import type { Invocation } from './invocation.ts';

export async function reportMigrations(
  args: readonly string[],
  { terminal, migrated }: Invocation,
): Promise<number> {
  if (args.length > 0) {
    terminal.complain(terminal.t('cli.usage'));
    return exitCode.usage;
  }
  const values = { count: migrated.length, ids: migrated.join(', ') };
  terminal.print(terminal.t(`cli.migrate.${migrated.length > 0 ? 'done' : 'nothing'}`, values));
  return exitCode.done;
}
