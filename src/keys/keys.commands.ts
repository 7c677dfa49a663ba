// `hutong keys list | rotate`: the signing keys from the command line, while the city runs.
import { parseArgs } from 'node:util';
import type { AuditLog } from '../audit/audit-log.ts';
import type { LiveProcess } from '../platform/live-processes-store.ts';
import { exitCode } from '../platform/terminal.ts';
import type { Terminal } from '../platform/terminal.ts';
import { dropKeys } from './drop-keys.commands.ts';
import type { KeyPolicy } from './key-schedule.ts';
import { listKeys } from './list-keys.commands.ts';
import { rotateKeys } from './rotate-keys.commands.ts';
import { keySetKinds, protocolKeys } from './signing-key.ts';
import type { KeySetKind, SigningAlgorithm } from './signing-key.ts';
import type { SigningKeyStore } from './signing-key-store.ts';

export interface KeyCommandDependencies {
  signingKeys: Pick<SigningKeyStore, 'kind' | 'overview' | 'change' | 'markPublished'>;
  audit: AuditLog;
  terminal: Terminal;
  policy: KeyPolicy;
  processes: {
    list(): Promise<LiveProcess[]>;
    /** Not heard of any more, without having said that they end. */
    listSilent(): Promise<LiveProcess[]>;
  };
  /** Undefined when there is nobody to ask. */
  confirm: (question: string) => Promise<boolean | undefined>;
}

export interface KeysCommandDependencies extends Omit<
  KeyCommandDependencies,
  'signingKeys' | 'policy'
> {
  open: (kind: KeySetKind) => Pick<KeyCommandDependencies, 'signingKeys' | 'policy'>;
}

/** @returns the exit code: 0 done, 1 refused or not yet everywhere, 2 not understood */
export async function runKeysCommand(
  args: readonly string[],
  { open, ...tools }: KeysCommandDependencies,
): Promise<number> {
  const { command, set, ...options } = parseCommand(args) ?? NOT_UNDERSTOOD;
  const kind = keySetKinds.find(({ name }) => name === (set ?? protocolKeys.name));
  const deps = { ...tools, ...open(kind ?? protocolKeys) };
  if (command === 'list' && kind && isPlainList(options)) {
    return listKeys(deps, options.json === true);
  }
  const algorithms = kind && algorithmsOf(options.algorithm, kind);
  if (command !== 'rotate' || !algorithms || options.json === true || !isRotation(options)) {
    deps.terminal.complain(deps.terminal.t('signing-keys.usage'));
    return exitCode.usage;
  }
  const { kid, all, yes } = options;
  return options.compromised === true
    ? dropKeys(deps, { algorithms, kid, isAll: all === true, isConfirmed: yes === true })
    : rotateKeys(deps, algorithms, options.wait === true);
}

const OPTIONS = {
  json: { type: 'boolean' },
  set: { type: 'string' },
  algorithm: { type: 'string' },
  wait: { type: 'boolean' },
  compromised: { type: 'boolean' },
  kid: { type: 'string' },
  all: { type: 'boolean' },
  yes: { type: 'boolean' },
} as const;

type Options = {
  [name in keyof typeof OPTIONS]?: (typeof OPTIONS)[name]['type'] extends 'string'
    ? string
    : boolean;
};

const NOT_UNDERSTOOD: Options & { command: string } = { command: '' };

function parseCommand(args: readonly string[]): (Options & { command: string }) | undefined {
  try {
    const parsed = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
    const [command, ...more] = parsed.positionals;
    if (command === undefined || more.length > 0) return undefined;
    return { ...parsed.values, command };
  } catch {
    return undefined;
  }
}

function isPlainList(options: Options): boolean {
  return Object.keys(options).every((name) => name === 'json');
}

function isRotation({ compromised, kid, all, yes, wait, algorithm }: Options): boolean {
  if (compromised !== true) return kid === undefined && all !== true && yes !== true;
  const ways = [kid !== undefined, all === true].filter(Boolean);
  return wait !== true && ways.length <= 1 && (kid === undefined || algorithm === undefined);
}

/** All of them when none was named; undefined for one that there is not. */
function algorithmsOf(
  name: string | undefined,
  kind: KeySetKind,
): readonly SigningAlgorithm[] | undefined {
  if (name === undefined) return kind.algorithms;
  const found = kind.algorithms.find((algorithm) => algorithm === name);
  return found && [found];
}
