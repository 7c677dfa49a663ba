// `hutong accounts lock | unlock | close | delete | level`: what an operator does to one account.
// The account is spoken of by its id: the login that was typed is not printed again.
import { parseArgs } from 'node:util';
import { exitCode } from '../platform/terminal.ts';
import type { Terminal } from '../platform/terminal.ts';
import { realNameLevels } from './account.ts';
import type { Account, RealNameLevel } from './account.ts';
import type { AccountStore } from './account-store.ts';
import {
  closeAccount,
  deleteAccount,
  findOperated,
  lockAccount,
  reasonProblem,
  setAccountLevel,
  unlockAccount,
} from './operate-account.ts';
import type { OperateDependencies, OperateOutcome } from './operate-account.ts';

export interface OperateCommandDependencies extends OperateDependencies {
  accounts: OperateDependencies['accounts'] & Pick<AccountStore, 'findByLogin'>;
  terminal: Terminal;
}

export const operateVerbs = ['lock', 'unlock', 'close', 'delete', 'level'] as const;
type Verb = (typeof operateVerbs)[number];

interface Command {
  verb: Verb;
  /** Id or login; `-` when it is to be read from standard input. */
  typed: string;
  reason: string | undefined;
  isConfirmed: boolean;
  /** Of the verb `level`. */
  to: { level: RealNameLevel; source: string } | undefined;
}

const PREFIX = 'accounts-command';
const OPERATOR = 'operator';
/** Ids are base64url: one in 64 begins with a dash and is no option. */
const DASHED_ID = /^-[\w-]{21}$/u;
/** A closed word, as in `window` or `register:population`. */
const SOURCE = /^[a-z][a-z0-9_-]{0,31}(?::[a-z0-9_-]{1,32})?$/u;

/** @returns the exit code: 0 done or so already, 1 refused, 2 not understood */
export async function runOperateCommand(
  args: readonly string[],
  deps: OperateCommandDependencies,
): Promise<number> {
  const { terminal } = deps;
  const command = readCommand(args);
  if (!command) {
    terminal.complain(terminal.t(`${PREFIX}.usage_of_one`));
    return exitCode.usage;
  }
  const typed = command.typed === '-' ? (await terminal.read('-')).trim() : command.typed;
  const found = await findOperated(deps.accounts, typed);
  if (!found.ok) {
    const accounts = 'accounts' in found ? found.accounts : [];
    const list = accounts.map((account) => describe(terminal, account)).join('\n');
    return refuse(terminal, found.reason, { list });
  }
  const { account } = found;
  const { reason } = command;
  const problem = reason === undefined ? undefined : reasonProblem(reason, { account, typed });
  if (problem) return refuse(terminal, problem);
  if (command.verb === 'delete' && !command.isConfirmed) {
    return refuse(terminal, 'not_confirmed', { account: describe(terminal, account) });
  }
  const outcome = await operate(deps, command, account.id);
  return outcome.ok
    ? report(terminal, { command, account, hasChanged: outcome.hasChanged })
    : refuse(terminal, outcome.reason);
}

function operate(
  deps: OperateCommandDependencies,
  { verb, reason, to }: Command,
  id: string,
): Promise<OperateOutcome> {
  const by = { actor: OPERATOR, reason };
  if (to) return setAccountLevel(deps, id, { ...by, to });
  const useCases = {
    lock: lockAccount,
    unlock: unlockAccount,
    close: closeAccount,
    delete: deleteAccount,
  };
  return useCases[verb as Exclude<Verb, 'level'>](deps, id, by);
}

function report(
  { print, t }: Terminal,
  done: { command: Command; account: Account; hasChanged: boolean },
): number {
  const { verb, to } = done.command;
  const { id, realNameLevel: former } = done.account;
  const level = to?.level ?? former;
  const change = level > former ? 'raised' : 'done';
  print(t(`${PREFIX}.${verb}.${done.hasChanged ? change : 'already'}`, { id, level, former }));
  return exitCode.done;
}

function refuse(
  { complain, t }: Terminal,
  why: string,
  values: Readonly<Record<string, string>> = {},
): number {
  complain(t(`${PREFIX}.cannot.${why}`, values).trimEnd());
  return exitCode.refused;
}

function describe({ t }: Terminal, { id, kind, state, realNameLevel }: Account): string {
  return t(`${PREFIX}.account`, {
    id,
    kind: t(`${PREFIX}.kind.${kind}`),
    state: t(`${PREFIX}.state.${state}`),
    level: realNameLevel,
  });
}

function readCommand(args: readonly string[]): Command | undefined {
  const dashed = args.find((arg) => DASHED_ID.test(arg));
  const parsed = parse(args.filter((arg) => arg !== dashed));
  if (!parsed) return undefined;
  const { values, positionals } = parsed;
  const [word, ...operands] = positionals;
  const verb = operateVerbs.find((known) => known === word);
  const [typed, levelText, ...more] = dashed === undefined ? operands : [dashed, ...operands];
  if (!verb || !typed || more.length > 0) return undefined;
  const { reason, source, yes: isConfirmed } = values;
  const level = realNameLevels.find((known) => String(known) === levelText);
  const to = level !== undefined && source !== undefined ? { level, source } : undefined;
  const isLevel = verb === 'level';
  const isUnderstood = isLevel
    ? to !== undefined && SOURCE.test(to.source)
    : levelText === undefined && source === undefined;
  if (!isUnderstood || (isConfirmed && verb !== 'delete')) return undefined;
  return { verb, typed, reason, isConfirmed, to };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        reason: { type: 'string' },
        source: { type: 'string' },
        yes: { type: 'boolean', default: false },
      },
    });
  } catch {
    return undefined;
  }
}
