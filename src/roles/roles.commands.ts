// `hutong roles …` and `hutong approve`: one officer asks for a role, another one approves. Each proves
// with password and authenticator to be there; who sits at the terminal is not known otherwise.
import { parseArgs } from 'node:util';
import { accountRoles } from '../accounts/account.ts';
import type { Account, AccountRole } from '../accounts/account.ts';
import { exitCode } from '../platform/terminal.ts';
import type { Terminal } from '../platform/terminal.ts';
import type { OfficerOutcome } from './prove-officer.ts';
import { readRequestId } from './role-request.ts';
import type { RoleChangeWanted, RoleRequest } from './role-request.ts';
import type { RoleRefusal, RoleRequests } from './role-requests.ts';

export interface RolesCommandDependencies {
  accounts: {
    findById(id: string): Promise<Account | undefined>;
    findByLogin(text: string, options: { kind: 'civilServant' }): Promise<Account | undefined>;
  };
  roles: { list(): Promise<Account[]> };
  requests: RoleRequests;
  open: { list(): Promise<RoleRequest[]> };
  /** The id of a department by its id or code; undefined when there is none. */
  findDepartment: (text: string) => Promise<string | undefined>;
  prove: (who: string) => Promise<OfficerOutcome>;
  terminal: Terminal;
}

interface ChangeCommand {
  verb: 'grant' | 'revoke';
  role: AccountRole;
  names: string[];
  officer: string;
  department: string | undefined;
  reason: string | undefined;
}

const PREFIX = 'roles-command';
/** Ids are base64url: one in 64 begins with a dash. */
const DASHED_ID = /^-[\w-]{21}$/u;
const DASHED = 'dashed-id-';
/** Nothing that could write over what the second officer reads. */
const REASON = /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]{0,200}$/u;

/** @returns the exit code: 0 done, asked or so already, 1 refused, 2 not understood */
export async function runRolesCommand(
  args: readonly string[],
  deps: RolesCommandDependencies,
): Promise<number> {
  if (args.length === 1 && args[0] === 'list') return list(deps);
  if (args.length === 1 && args[0] === 'requests') return listRequests(deps);
  if (args[0] === 'withdraw') return decide(args.slice(1), deps, 'withdraw');
  const command = readChange(args);
  if (!command) return usage(deps, `${PREFIX}.usage`);
  return change(deps, command);
}

/** `hutong approve REQUEST … --officer ACCOUNT`. */
export function runApproveCommand(
  args: readonly string[],
  deps: RolesCommandDependencies,
): Promise<number> {
  return decide(args, deps, 'approve');
}

async function change(deps: RolesCommandDependencies, command: ChangeCommand): Promise<number> {
  const { requests, terminal } = deps;
  const { verb, role, officer, reason } = command;
  const departmentId =
    command.department === undefined ? undefined : await deps.findDepartment(command.department);
  if (command.department !== undefined && departmentId === undefined) {
    return refuse(deps, 'department_unknown', { who: command.department });
  }
  const wanted: (RoleChangeWanted & { name: string })[] = [];
  for (const name of command.names) {
    const account = await findStaff(deps, name);
    if (!account) return refuse(deps, 'account_unknown', { who: name });
    const each: RoleChangeWanted = { change: verb, role, accountId: account.id, departmentId };
    const present = await requests.present(each);
    if (present === 'already') terminal.print(terminal.t(`${PREFIX}.already`, { who: name }));
    else if (present) sayRequest(deps, present, { key: 'asked_already', who: name });
    else wanted.push({ ...each, name });
  }
  if (wanted.length === 0) return exitCode.done;
  const proven = await deps.prove(officer);
  if (!proven.ok) return refuseOfficer(deps, proven);
  let code: number = exitCode.done;
  for (const { name: who, ...each } of wanted) {
    const outcome = await requests.ask(proven.officer, { ...each, reason });
    if (!outcome.ok) code = refuse(deps, outcome.reason, { who });
    else if (outcome.isDone) terminal.print(terminal.t(`${PREFIX}.done.${verb}`, { who }));
    else sayRequest(deps, outcome.request, { key: 'asked', who });
  }
  return code;
}

async function decide(
  args: readonly string[],
  deps: RolesCommandDependencies,
  verb: 'approve' | 'withdraw',
): Promise<number> {
  const { requests, terminal } = deps;
  const given = readDecision(args);
  if (!given) return usage(deps, verb === 'approve' ? 'approve-command.usage' : `${PREFIX}.usage`);
  // What is decided is shown before it is: an id alone says nothing.
  const open = await deps.open.list();
  const named = given.ids.map((typed) => readRequestId(typed) ?? typed);
  for (const request of open) if (named.includes(request.id)) await describe(deps, request);
  const proven = await deps.prove(given.officer);
  if (!proven.ok) return refuseOfficer(deps, proven);
  let code: number = exitCode.done;
  for (const typed of given.ids) {
    const id = readRequestId(typed);
    const outcome = await (verb === 'approve'
      ? requests.approve(proven.officer, id ?? typed)
      : requests.withdraw(proven.officer, id ?? typed));
    if (!outcome.ok) {
      code = refuse(deps, outcome.reason, { who: typed });
      continue;
    }
    const { change: what, accountId: who } = outcome.request;
    const key = verb === 'approve' ? `done.${what}` : 'withdrawn';
    terminal.print(terminal.t(`${PREFIX}.${key}`, { who, id: outcome.request.id }));
  }
  return code;
}

async function list({ roles, terminal }: RolesCommandDependencies): Promise<number> {
  const accounts = await roles.list();
  if (accounts.length === 0) terminal.print(terminal.t(`${PREFIX}.none`));
  for (const { id, login = '', roles: own, administers, isActive } of accounts) {
    const held = own.map((role) =>
      role === 'departmentAdministrator' ? `${role}(${administers.join(',')})` : role,
    );
    const key = isActive ? 'row' : 'row_inactive';
    terminal.print(terminal.t(`${PREFIX}.${key}`, { id, login, roles: held.join(' ') }));
  }
  return exitCode.done;
}

async function listRequests(deps: RolesCommandDependencies): Promise<number> {
  const open = await deps.open.list();
  if (open.length === 0) deps.terminal.print(deps.terminal.t(`${PREFIX}.no_requests`));
  for (const request of open) await describe(deps, request);
  return exitCode.done;
}

async function describe(deps: RolesCommandDependencies, request: RoleRequest): Promise<void> {
  const { accounts, terminal } = deps;
  const { id, change: what, role, departmentId, reason = '-', expiresAt } = request;
  const nameOf = async (accountId: string) =>
    (await accounts.findById(accountId))?.login ?? accountId;
  const until = localTime(expiresAt);
  const values = {
    id,
    role: departmentId === undefined ? role : `${role}(${departmentId})`,
    reason,
    until,
  };
  const people = { who: await nameOf(request.accountId), by: await nameOf(request.requestedBy) };
  terminal.print(terminal.t(`${PREFIX}.request.${what}`, { ...values, ...people }));
}

/** `2026-11-24 08:27`, the city's time. */
function localTime(at: Date): string {
  const form = { timeZone: 'Asia/Shanghai', dateStyle: 'short', timeStyle: 'short' } as const;
  return new Intl.DateTimeFormat('sv-SE', form).format(at);
}

function sayRequest(
  { terminal }: RolesCommandDependencies,
  { id, expiresAt }: RoleRequest,
  { key, who }: { key: 'asked' | 'asked_already'; who: string },
): void {
  const until = localTime(expiresAt);
  terminal.print(terminal.t(`${PREFIX}.${key}`, { id, until, who }));
}

async function findStaff({ accounts }: RolesCommandDependencies, who: string) {
  return (await accounts.findById(who)) ?? accounts.findByLogin(who, { kind: 'civilServant' });
}

function refuseOfficer(
  deps: RolesCommandDependencies,
  { reason, retryAfterSeconds = 0 }: OfficerOutcome & { ok: false },
): number {
  return refuse(deps, reason, { minutes: Math.ceil(retryAfterSeconds / 60) });
}

function refuse(
  { terminal }: RolesCommandDependencies,
  reason: RoleRefusal | (OfficerOutcome & { ok: false })['reason'] | 'department_unknown',
  values: Readonly<Record<string, string | number>>,
): number {
  terminal.complain(terminal.t(`${PREFIX}.cannot.${reason}`, values));
  return exitCode.refused;
}

function usage({ terminal }: RolesCommandDependencies, key: string): number {
  terminal.complain(terminal.t(key));
  return exitCode.usage;
}

function readChange(args: readonly string[]): ChangeCommand | undefined {
  const read = readArguments(args);
  if (!read) return undefined;
  const { officer, department, reason } = read.values;
  const [verb, roleText, ...names] = read.positionals;
  const role = accountRoles.find((known) => known === roleText);
  if ((verb !== 'grant' && verb !== 'revoke') || !role || names.length === 0) return undefined;
  if (officer === undefined || !REASON.test(reason ?? '')) return undefined;
  const isOfDepartment = role === 'departmentAdministrator';
  if (!isOfDepartment && department !== undefined) return undefined;
  if (isOfDepartment && verb === 'grant' && department === undefined) return undefined;
  return { verb, role, names: [...new Set(names)], officer, department, reason };
}

function readDecision(args: readonly string[]): { ids: string[]; officer: string } | undefined {
  const read = readArguments(args);
  if (!read) return undefined;
  const { officer, department, reason } = read.values;
  const ids = [...new Set(read.positionals)];
  if (officer === undefined || department !== undefined || reason !== undefined) return undefined;
  return ids.length > 0 ? { ids, officer } : undefined;
}

function readArguments(args: readonly string[]) {
  // A place holder: an id that begins with a dash is no option.
  const isDashed = (arg: string) => DASHED_ID.test(arg);
  const own = (text: string) =>
    text.startsWith(DASHED) ? (args[Number(text.slice(DASHED.length))] ?? text) : text;
  try {
    const { values, positionals } = parseArgs({
      args: args.map((arg, index) => (isDashed(arg) ? `${DASHED}${index}` : arg)),
      allowPositionals: true,
      options: {
        officer: { type: 'string' },
        department: { type: 'string' },
        reason: { type: 'string' },
      },
    });
    const { officer, ...others } = values;
    const named = officer === undefined ? {} : { officer: own(officer) };
    return { values: { ...others, ...named }, positionals: positionals.map(own) };
  } catch {
    return undefined;
  }
}
