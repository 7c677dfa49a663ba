// `hutong intermediaries list | withdraw`: what an organisation is recognised as, and the end of it by
// the word of the approving department. A withdrawal names who decided it and who looked a second time.
import { parseArgs } from 'node:util';
import type { Account } from '../accounts/account.ts';
import type { AccountStore } from '../accounts/account-store.ts';
import { findOperated, reasonProblem } from '../accounts/operate-account.ts';
import { defaultLocale } from '../platform/http/locale.ts';
import { exitCode, formatTable } from '../platform/terminal.ts';
import type { Terminal } from '../platform/terminal.ts';
import { shownState } from './qualification.ts';
import type { Qualification } from './qualification.ts';
import { withdrawQualification } from './withdraw-qualification.ts';
import type { WithdrawDependencies } from './withdraw-qualification.ts';

export interface IntermediariesCommandDependencies extends WithdrawDependencies {
  accounts: WithdrawDependencies['accounts'] & Pick<AccountStore, 'findByLogin'>;
  terminal: Terminal;
}

interface WithdrawCommand {
  verb: 'withdraw';
  id: string;
  decidedBy: string;
  approvedBy: string;
  reason: string;
  isConfirmed: boolean;
}
type Command = { verb: 'list'; entity: string } | WithdrawCommand;

const PREFIX = 'intermediaries-command';
/** Ids are base64url: one in 64 begins with a dash and is no option. */
const DASHED_ID = /^-[\w-]{21}$/u;
const DASHED = 'dashed-id-';

/** @returns the exit code: 0 done, 1 refused, 2 not understood */
export async function runIntermediariesCommand(
  args: readonly string[],
  deps: IntermediariesCommandDependencies,
): Promise<number> {
  const { terminal } = deps;
  const command = readCommand(args);
  if (!command) {
    terminal.complain(terminal.t(`${PREFIX}.usage`));
    return exitCode.usage;
  }
  return command.verb === 'list' ? list(deps, command.entity) : withdraw(deps, command);
}

async function list(deps: IntermediariesCommandDependencies, who: string): Promise<number> {
  const { qualifications, clock, terminal } = deps;
  const found = await findOperated(deps.accounts, who);
  if (!found.ok || found.account.kind !== 'legalEntity') return refuse(deps, 'entity_unknown');
  const all = await qualifications.ofEntity(found.account.id);
  const rows = all
    .filter(({ state }) => state !== 'draft')
    .map((each) => [
      each.id,
      each.names.kind[defaultLocale],
      each.number ?? '-',
      each.authority,
      `${each.validFrom} – ${each.validUntil}`,
      terminal.t(`intermediary.state.${shownState(each, clock.now())}`),
    ]);
  terminal.print(rows.length > 0 ? formatTable(rows) : terminal.t(`${PREFIX}.none`));
  return exitCode.done;
}

async function withdraw(
  deps: IntermediariesCommandDependencies,
  command: WithdrawCommand,
): Promise<number> {
  const { terminal } = deps;
  const found = await deps.qualifications.find(command.id);
  const entity = found && (await deps.accounts.findById(found.entityId));
  if (!found || !entity) return refuse(deps, 'qualification_unknown');
  const problem = reasonProblem(command.reason, { account: entity, typed: command.id });
  if (problem) return refuse(deps, problem);
  const [decidedBy, approvedBy] = [
    await staff(deps, command.decidedBy),
    await staff(deps, command.approvedBy),
  ];
  if (!decidedBy || !approvedBy) return refuse(deps, 'not_staff');
  if (!command.isConfirmed) {
    return refuse(deps, 'not_confirmed', { what: describe(found, entity) });
  }
  const { id, reason: grounds } = command;
  const outcome = await withdrawQualification(deps, { id, decidedBy, approvedBy, grounds });
  if (!outcome.ok) return refuse(deps, outcome.reason);
  const values = { what: describe(found, entity), count: outcome.count };
  terminal.print(terminal.t(`${PREFIX}.withdrawn`, values));
  return exitCode.done;
}

async function staff(
  { accounts }: IntermediariesCommandDependencies,
  who: string,
): Promise<Account | undefined> {
  const byId = await accounts.findById(who);
  return byId ?? accounts.findByLogin(who, { kind: 'civilServant' });
}

/** Of an organisation everything here is public. */
function describe({ names, number, validUntil }: Qualification, entity: Account): string {
  return [entity.name, names.kind[defaultLocale], number, validUntil]
    .filter((text) => text !== undefined)
    .join(' · ');
}

function refuse(
  { terminal: { complain, t } }: IntermediariesCommandDependencies,
  why: string,
  values: Readonly<Record<string, string>> = {},
): number {
  complain(t(`${PREFIX}.cannot.${why}`, values));
  return exitCode.refused;
}

function readCommand(args: readonly string[]): Command | undefined {
  const dashed = args.filter((arg) => DASHED_ID.test(arg));
  const own = (text: string | undefined) =>
    text?.startsWith(DASHED) ? dashed[Number(text.slice(DASHED.length))] : text;
  try {
    const { values, positionals } = parseArgs({
      args: args.map((arg) => (DASHED_ID.test(arg) ? `${DASHED}${dashed.indexOf(arg)}` : arg)),
      allowPositionals: true,
      options: {
        'decided-by': { type: 'string' },
        'approved-by': { type: 'string' },
        reason: { type: 'string' },
        yes: { type: 'boolean', default: false },
      },
    });
    const [verb, typed, ...more] = positionals;
    const id = own(typed);
    if (id === undefined || more.length > 0) return undefined;
    const decidedBy = own(values['decided-by']);
    const approvedBy = own(values['approved-by']);
    const { reason, yes: isConfirmed } = values;
    const hasOptions = decidedBy !== undefined || approvedBy !== undefined || reason !== undefined;
    if (verb === 'list') return hasOptions || isConfirmed ? undefined : { verb, entity: id };
    if (verb !== 'withdraw' || decidedBy === undefined) return undefined;
    if (approvedBy === undefined || reason === undefined) return undefined;
    return { verb, id, decidedBy, approvedBy, reason, isConfirmed };
  } catch {
    return undefined;
  }
}
