// `hutong deliveries list`: which logout notices reached their clients, and why others did not.
import { parseArgs } from 'node:util';
import { exitCode, formatTable } from '../platform/terminal.ts';
import type { Terminal } from '../platform/terminal.ts';
import type { LogoutOutboxStore } from './logout-outbox-store.ts';

interface DeliveryCommandDependencies {
  outbox: Pick<LogoutOutboxStore, 'listDeliveries'>;
  terminal: Terminal;
}

const MOST_ROWS = 1000;

/** @returns the exit code: 0 done, 2 not understood */
export async function runDeliveriesCommand(
  args: readonly string[],
  { outbox, terminal }: DeliveryCommandDependencies,
): Promise<number> {
  const options = parseOptions(args);
  const { t } = terminal;
  if (!options) {
    terminal.complain(t('deliveries.usage'));
    return exitCode.usage;
  }
  const deliveries = await outbox.listDeliveries(options);
  if (options.isJson) {
    terminal.print(JSON.stringify(deliveries, null, 2));
    return exitCode.done;
  }
  if (deliveries.length === 0) {
    terminal.print(t('deliveries.empty'));
    return exitCode.done;
  }
  const columns = ['created', 'client', 'reason', 'state', 'attempts', 'result', 'next'] as const;
  const rows = deliveries.map((row) => [
    row.createdAt.toISOString(),
    row.lane,
    row.reason,
    row.state,
    String(row.attempts),
    row.lastResult ?? '-',
    row.state === 'pending' ? row.nextAttemptAt.toISOString() : '-',
  ]);
  terminal.print(formatTable([columns.map((column) => t(`deliveries.${column}`)), ...rows]));
  return exitCode.done;
}

function parseOptions(args: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: {
        client: { type: 'string' },
        limit: { type: 'string', default: '100' },
        json: { type: 'boolean', default: false },
      },
      allowPositionals: true,
    });
    const limit = Number(values.limit);
    const isUnderstood =
      positionals.join(' ') === 'list' &&
      Number.isInteger(limit) &&
      limit >= 1 &&
      limit <= MOST_ROWS;
    return isUnderstood ? { clientId: values.client, limit, isJson: values.json } : undefined;
  } catch {
    return undefined;
  }
}
