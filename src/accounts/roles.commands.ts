// `hutong roles list | grant | revoke`: who may review. A grant names another member of staff who
// approved it; nobody approves for himself, with whichever of his accounts.
import { parseArgs } from 'node:util';
import { exitCode } from '../platform/terminal.ts';
import type { Terminal } from '../platform/terminal.ts';
import { accountRoles } from './account.ts';
import type { Account, AccountRole } from './account.ts';
import type { AccountRoles } from './account-role-store.ts';
import type { AccountStore } from './account-store.ts';

export interface RolesCommandDependencies {
  accounts: Pick<AccountStore, 'findById' | 'findByLogin'>;
  roles: AccountRoles;
  terminal: Terminal;
}

interface Command {
  verb: 'grant' | 'revoke';
  role: AccountRole;
  who: string;
  approvedBy: string | undefined;
  reason: string | undefined;
}

const PREFIX = 'roles-command';
const LEAST_LEVEL = 3;
/** Ids are base64url: one in 64 begins with a dash. */
const DASHED_ID = /^-[\w-]{21}$/u;
const DASHED = 'dashed-id';

/** @returns the exit code: 0 done or so already, 1 refused, 2 not understood */
export async function runRolesCommand(
  args: readonly string[],
  deps: RolesCommandDependencies,
): Promise<number> {
  const { terminal } = deps;
  if (args.length === 1 && args[0] === 'list') return list(deps);
  const command = readCommand(args);
  if (!command) {
    terminal.complain(terminal.t(`${PREFIX}.usage`));
    return exitCode.usage;
  }
  const account = await find(deps, command.who);
  if (!account) return refuse(deps, 'not_found', command.who);
  if (command.verb === 'revoke') {
    return report(deps, 'revoked', await deps.roles.revoke(account.id, command.role, command));
  }
  const officer = await find(deps, command.approvedBy ?? '');
  if (!officer) return refuse(deps, 'not_found', command.approvedBy ?? '');
  if (!isStaff(account) || !isStaff(officer)) return refuse(deps, 'not_staff');
  if (account.realNameLevel < LEAST_LEVEL) return refuse(deps, 'level_low');
  if (isSamePerson(account, officer)) return refuse(deps, 'self');
  const change = { reason: command.reason, approvedBy: officer.id };
  return report(deps, 'granted', await deps.roles.grant(account.id, command.role, change));
}

function isStaff({ kind, isActive }: Account): boolean {
  return kind === 'civilServant' && isActive;
}

function isSamePerson(one: Account, other: Account): boolean {
  const number = one.certificate?.number;
  return one.id === other.id || (number !== undefined && number === other.certificate?.number);
}

async function find({ accounts }: RolesCommandDependencies, who: string) {
  if (who === '') return undefined;
  const byId = await accounts.findById(who);
  return byId ?? accounts.findByLogin(who, { kind: 'civilServant' });
}

async function list({ roles, terminal }: RolesCommandDependencies): Promise<number> {
  const accounts = await roles.list();
  if (accounts.length === 0) terminal.print(terminal.t(`${PREFIX}.none`));
  for (const { id, login = '', roles: own } of accounts) {
    terminal.print(terminal.t(`${PREFIX}.row`, { id, login, roles: own.join(' ') }));
  }
  return exitCode.done;
}

function report(
  deps: RolesCommandDependencies,
  done: 'granted' | 'revoked',
  outcome: Awaited<ReturnType<AccountRoles['grant']>>,
): number {
  const { terminal } = deps;
  if (!outcome.ok) return refuse(deps, 'not_staff');
  const { id } = outcome.account;
  terminal.print(terminal.t(`${PREFIX}.${outcome.hasChanged ? done : 'already'}`, { id }));
  return exitCode.done;
}

function refuse(
  { terminal }: RolesCommandDependencies,
  reason: 'not_found' | 'not_staff' | 'level_low' | 'self',
  who = '',
): number {
  terminal.complain(terminal.t(`${PREFIX}.cannot.${reason}`, { who }));
  return exitCode.refused;
}

function readCommand(args: readonly string[]): Command | undefined {
  const dashed = args.find((arg) => DASHED_ID.test(arg));
  try {
    const { values, positionals } = parseArgs({
      // A place holder: an id that begins with a dash is no option.
      args: args.map((arg) => (arg === dashed ? DASHED : arg)),
      allowPositionals: true,
      options: { 'approved-by': { type: 'string' }, reason: { type: 'string' } },
    });
    const own = (text: string | undefined) => (text === DASHED ? dashed : text);
    const [verb, roleText, typed, ...more] = positionals;
    const who = own(typed);
    const role = accountRoles.find((known) => known === roleText);
    const approvedBy = own(values['approved-by']);
    const isVerb = verb === 'grant' || verb === 'revoke';
    if (!isVerb || !role || !who || more.length > 0) return undefined;
    if ((verb === 'grant') !== (approvedBy !== undefined)) return undefined;
    return { verb, role, who, approvedBy, reason: values.reason };
  } catch {
    return undefined;
  }
}
