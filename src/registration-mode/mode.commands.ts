// `hutong mode …`: shows the construction mode, rehearses a change of it, and carries out what was
// rehearsed, by two officers who prove with password and authenticator to be there.
import { parseArgs } from 'node:util';
import type { Account } from '../accounts/account.ts';
import { exitCode } from '../platform/terminal.ts';
import type { AskingTerminal } from '../platform/terminal.ts';
import { officerAtTerminal } from '../roles/officer-at-terminal.commands.ts';
import type { ProvenOfficer } from '../roles/officer-power.ts';
import type { OfficerOutcome } from '../roles/prove-officer.ts';
import { describeMode, describePlan } from './describe-mode.ts';
import type { ModeOffice } from './mode-office.ts';
import type { ModeStore } from './mode-store.ts';
import { registrationModes } from '../platform/registration-mode-config.ts';
import type { RegistrationMode } from '../platform/registration-mode-config.ts';

export interface ModeCommandDependencies {
  modes: Pick<ModeStore, 'find' | 'initial'>;
  office: Pick<ModeOffice, 'plan' | 'apply'>;
  prove: (who: string) => Promise<OfficerOutcome>;
  /** For names in what is printed. */
  findAccount: (id: string) => Promise<Account | undefined>;
  terminal: AskingTerminal;
}

type Order =
  | { verb: 'show' }
  | { verb: 'plan'; to: RegistrationMode; provinceId: string | undefined }
  | { verb: 'apply'; planId: string; officer: string; approver: string };

/** @returns the exit code: 0 done, 1 refused, 2 not understood */
export async function runModeCommand(
  args: readonly string[],
  deps: ModeCommandDependencies,
): Promise<number> {
  const { terminal, modes } = deps;
  const order = readOrder(args);
  switch (order?.verb) {
    case 'show':
      terminal.print(await describeMode(deps, (await modes.find()) ?? modes.initial));
      return exitCode.done;
    case 'plan': {
      const drawn = await deps.office.plan(order);
      terminal.print(describePlan(terminal.t, drawn));
      return drawn.plan.stops.length > 0 ? exitCode.refused : exitCode.done;
    }
    case 'apply':
      return apply(deps, order);
    case undefined:
      terminal.complain(terminal.t('mode-command.usage'));
      return exitCode.usage;
    default:
      return order satisfies never;
  }
}

async function apply(
  deps: ModeCommandDependencies,
  { planId, ...who }: Order & { verb: 'apply' },
): Promise<number> {
  const { terminal, office } = deps;
  const { t, print, complain } = terminal;
  const officer = await proven(deps, who.officer);
  const approver = officer && (await proven(deps, who.approver));
  if (!officer || !approver) return exitCode.refused;
  const by = { officer: officer.account, approver: approver.account, address: officer.address };
  const outcome = await office.apply(by, planId, ({ converted }) =>
    complain(t('mode-command.progress', { count: converted })),
  );
  if (!outcome.ok) {
    complain(t(`mode-command.refusal.${outcome.reason}`));
    if (outcome.now) complain(describePlan(t, outcome.now));
    return exitCode.refused;
  }
  if (outcome.isResumed) print(t('mode-command.resumed'));
  print(await describeMode(deps, outcome.record));
  return outcome.record.conversion.isDone ? exitCode.done : exitCode.refused;
}

function proven(deps: ModeCommandDependencies, who: string): Promise<ProvenOfficer | undefined> {
  const { terminal } = deps;
  terminal.complain(terminal.t('mode-command.ask', { who }));
  return officerAtTerminal(deps, who);
}

function readOrder(args: readonly string[]): Order | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        province: { type: 'string' },
        officer: { type: 'string' },
        approver: { type: 'string' },
      },
    });
    return orderOf(positionals, values);
  } catch {
    return undefined;
  }
}

function orderOf(
  [verb, what, ...tooMany]: readonly string[],
  { province, officer, approver }: Readonly<Record<string, string | undefined>>,
): Order | undefined {
  if (tooMany.length > 0) return undefined;
  const hasOfficers = officer !== undefined && approver !== undefined;
  const hasSomebody = officer !== undefined || approver !== undefined;
  if (verb === 'apply' && what !== undefined && hasOfficers && province === undefined) {
    return { verb, planId: what, officer, approver };
  }
  if (hasSomebody) return undefined;
  if (verb === 'show' && what === undefined && province === undefined) return { verb };
  const to = registrationModes.find((mode) => mode === what);
  return verb === 'plan' && to ? { verb, to, provinceId: province } : undefined;
}
