// `hutong keys list`: each key with its next step, and which processes know the present set.
import { exitCode, formatTable } from '../platform/terminal.ts';
import type { Terminal } from '../platform/terminal.ts';
import { readinessOf, removalDueAt, rotationDueAt } from './key-schedule.ts';
import type { KeyPolicy } from './key-schedule.ts';
import type { KeyCommandDependencies } from './keys.commands.ts';
import { keyIn } from './signing-key.ts';
import type { SigningKeyRecord } from './signing-key.ts';
import type { KeySetOverview } from './signing-key-store.ts';

type ListDependencies = Pick<
  KeyCommandDependencies,
  'signingKeys' | 'processes' | 'policy' | 'terminal'
>;

interface NextStep {
  step: 'rotates' | 'waits' | 'rests' | 'ready' | 'leaves' | 'never';
  at?: Date;
}

interface KeyRow extends NextStep {
  algorithm: string;
  kid: string;
  state: SigningKeyRecord['state'] | 'compromised';
  since: Date;
}

export async function listKeys(deps: ListDependencies, isJson: boolean): Promise<number> {
  const { signingKeys, processes, policy, terminal } = deps;
  const overview = await signingKeys.overview();
  const rows = [
    ...overview.keys.map((key) => describe(key, overview, policy)),
    ...overview.compromised.map((key) => ({
      algorithm: key.algorithm,
      kid: key.kid,
      state: 'compromised' as const,
      since: key.compromisedAt,
      step: 'never' as const,
    })),
  ];
  const live = (await processes.list()).map(({ id, host, pid, release, knows }) => {
    const revision = knows[signingKeys.kind.name] ?? 0;
    return { id, host, pid, release, revision, isPresent: revision >= overview.revision };
  });
  if (isJson) {
    const { revision } = overview;
    terminal.print(JSON.stringify({ revision, keys: rows, processes: live }, null, 2));
    return exitCode.done;
  }
  printKeys(terminal, rows);
  printProcesses(terminal, overview.revision, live);
  return exitCode.done;
}

function describe(key: SigningKeyRecord, overview: KeySetOverview, policy: KeyPolicy): KeyRow {
  const { algorithm, kid, state } = key;
  const since = { active: key.activatedAt, next: key.publishedAt, retired: key.retiredAt }[state];
  const common = { algorithm, kid, state, since: since ?? key.createdAt };
  return { ...common, ...nextStep(key, overview, policy) };
}

function nextStep(key: SigningKeyRecord, overview: KeySetOverview, policy: KeyPolicy): NextStep {
  if (key.state === 'retired') return { step: 'leaves', at: removalDueAt(key) };
  if (key.state === 'active') return { step: 'rotates', at: rotationDueAt(key, policy) };
  const readiness = readinessOf(key, overview.now, policy);
  if (!readiness.isReady) {
    return readiness.reason === 'unpublished'
      ? { step: 'waits' }
      : { step: 'rests', at: readiness.readyAt };
  }
  const active = keyIn(overview.keys, key.algorithm, 'active');
  return { step: 'ready', at: active ? rotationDueAt(active, policy) : overview.now };
}

function printKeys({ print, t }: Terminal, rows: readonly KeyRow[]): void {
  if (rows.length === 0) {
    print(t('signing-keys.list.empty'));
    return;
  }
  const columns = ['algorithm', 'kid', 'state', 'since', 'next'] as const;
  const header = columns.map((column) => t(`signing-keys.list.${column}`));
  const lines = rows.map((row) => [
    row.algorithm,
    row.kid,
    t(`signing-keys.state.${row.state}`),
    row.since.toISOString(),
    t(`signing-keys.step.${row.step}`, { at: row.at?.toISOString() ?? '' }),
  ]);
  print(formatTable([header, ...lines]));
}

function printProcesses(
  { print, t }: Terminal,
  revision: number,
  live: readonly {
    host: string;
    pid: number;
    release: string;
    revision: number;
    isPresent: boolean;
  }[],
): void {
  const count = live.filter(({ isPresent }) => isPresent).length;
  print(`\n${t('signing-keys.processes.summary', { known: count, all: live.length, revision })}`);
  if (live.length === 0) return;
  const columns = ['process', 'release', 'knows'] as const;
  const header = columns.map((column) => t(`signing-keys.processes.${column}`));
  const lines = live.map((each) => [
    `${each.host}:${each.pid}`,
    each.release,
    t(`signing-keys.processes.${each.isPresent ? 'present' : 'behind'}`, {
      revision: each.revision,
    }),
  ]);
  print(formatTable([header, ...lines]));
}
