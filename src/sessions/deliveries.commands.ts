// `hutong deliveries list`: which logout notices, or events of mandates or accounts, reached their clients,
// and why others did not.
import { parseArgs } from 'node:util';
import { exitCode, formatTable } from '../platform/terminal.ts';
import type { Terminal } from '../platform/terminal.ts';
import type { DeliveryRecord } from '../platform/outbox-store.ts';

interface DeliveryCommandDependencies {
  outboxes: Readonly<Record<(typeof KINDS)[number], DeliveryList>>;
  terminal: Terminal;
}

interface DeliveryList {
  listDeliveries(filter: {
    clientId?: string | undefined;
    limit?: number;
  }): Promise<DeliveryRecord[]>;
}

const KINDS = ['logout', 'mandates', 'accounts'] as const;
const MOST_ROWS = 1000;

/** @returns the exit code: 0 done, 2 not understood */
export async function runDeliveriesCommand(
  args: readonly string[],
  { outboxes, terminal }: DeliveryCommandDependencies,
): Promise<number> {
  const options = parseOptions(args);
  const { t } = terminal;
  if (!options) {
    terminal.complain(t('deliveries.usage'));
    return exitCode.usage;
  }
  const deliveries = await outboxes[options.kind].listDeliveries(options);
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
        kind: { type: 'string', default: 'logout' },
        limit: { type: 'string', default: '100' },
        json: { type: 'boolean', default: false },
      },
      allowPositionals: true,
    });
    const limit = Number(values.limit);
    const kind = KINDS.find((each) => each === values.kind);
    const isUnderstood =
      positionals.join(' ') === 'list' &&
      Number.isInteger(limit) &&
      limit >= 1 &&
      limit <= MOST_ROWS;
    if (!isUnderstood || !kind) return undefined;
    return { clientId: values.client, kind, limit, isJson: values.json };
  } catch {
    return undefined;
  }
}
