// `hutong migrate`: brings the database up to this release, and leaves what would take something
// away from an older one until none of its processes lives. `status` only tells what it would do.
import { allMigrations } from '../migrations.ts';
import { loadConfig } from '../platform/config.ts';
import { listLiveProcesses } from '../platform/live-processes-store.ts';
import { migrateAll, planMigrations } from '../platform/migrations.ts';
import type { Migration, MigrationPlan } from '../platform/migrations.ts';
import { connectDatabase } from '../platform/mongo.ts';
import type { Database } from '../platform/mongo.ts';
import { systemRandom } from '../platform/random.ts';
import { exitCode } from '../platform/terminal.ts';
import type { Terminal } from '../platform/terminal.ts';
import type { CommandHost } from './invocation.ts';

const QUESTIONS = new Set(['status', '--dry-run']);

export async function runMigrate(
  args: readonly string[],
  { terminal, settings }: CommandHost,
): Promise<number> {
  const [asked, ...rest] = args;
  if (rest.length > 0 || (asked !== undefined && !QUESTIONS.has(asked))) {
    terminal.complain(terminal.t('cli.migrate.usage'));
    return exitCode.usage;
  }
  const config = loadConfig(await settings());
  const database = await connectDatabase({ uri: config.database.uri });
  try {
    await (asked === undefined ? apply : tell)({ database, terminal, migrations: allMigrations });
    return exitCode.done;
  } finally {
    await database.close();
  }
}

interface MigrateDependencies {
  database: Database;
  terminal: Pick<Terminal, 'print' | 't'>;
  migrations: readonly Migration[];
}

async function apply({ database, terminal, migrations }: MigrateDependencies): Promise<void> {
  const liveReleases = () => releasesOf(database);
  const holder = systemRandom.id();
  const applied = await migrateAll(database, migrations, { holder, liveReleases });
  const values = { count: applied.length, ids: applied.join(', ') };
  terminal.print(terminal.t(`cli.migrate.${applied.length > 0 ? 'done' : 'nothing'}`, values));
  tellWaiting(terminal, await planMigrations(database, migrations, liveReleases));
}

async function tell({ database, terminal, migrations }: MigrateDependencies): Promise<void> {
  const plan = await planMigrations(database, migrations, () => releasesOf(database));
  const due = [
    ...plan.expand,
    ...plan.contract.filter(({ blockedBy }) => blockedBy.length === 0).map(({ id }) => id),
  ];
  terminal.print(terminal.t('cli.migrate.applied', { count: plan.applied.length }));
  const values = { count: due.length, ids: due.join(', ') };
  terminal.print(terminal.t(`cli.migrate.${due.length > 0 ? 'due' : 'nothing'}`, values));
  tellWaiting(terminal, plan);
}

function tellWaiting({ print, t }: MigrateDependencies['terminal'], plan: MigrationPlan): void {
  for (const { id, oldestRelease, blockedBy } of plan.contract) {
    if (blockedBy.length === 0) continue;
    print(t('cli.migrate.waiting', { id, oldestRelease, live: blockedBy.join(', ') }));
  }
}

async function releasesOf(database: Database): Promise<string[]> {
  return (await listLiveProcesses(database)).map(({ release }) => release);
}
