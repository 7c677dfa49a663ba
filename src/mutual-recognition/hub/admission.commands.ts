// `hutong recognition platforms import | proposals | approve | withdraw | suspend | resume`: who takes part,
// decided by two officers of the hub, each with password and authenticator.
import { parseArgs } from 'node:util';
import { exitCode, formatTable } from '../../platform/terminal.ts';
import type { AskingTerminal } from '../../platform/terminal.ts';
import { officerAtTerminal } from '../../roles/officer-at-terminal.commands.ts';
import type { OfficerOutcome } from '../../roles/prove-officer.ts';
import type { ProvenOfficer } from '../../roles/officer-power.ts';
import { readPlatforms, refuse } from '../platforms.commands.ts';
import type { AdmissionOffice, AdmissionOutcome } from './admission-office.ts';
import type { Proposal, ProposalStore } from './proposal-store.ts';

export interface AdmissionCommandDependencies {
  office: AdmissionOffice;
  proposals: Pick<ProposalStore, 'find' | 'list'>;
  prove: (who: string) => Promise<OfficerOutcome>;
  terminal: AskingTerminal;
}

const PREFIX = 'recognition-command';
const REASON = /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]{1,200}$/u;

type AdmissionVerb = 'import' | 'approve' | 'withdraw' | 'suspend' | 'resume';

interface Order {
  verb: AdmissionVerb;
  target: string;
  officer: string;
  /** Of a suspension, and of nothing else. */
  reason: string;
}

export type AdmissionOrder = { verb: 'proposals' } | Order;

const VERBS: ReadonlySet<string> = new Set<AdmissionVerb>([
  'import',
  'approve',
  'withdraw',
  'suspend',
  'resume',
]);

/** Undefined when that is no command of admission: nobody is asked anything for it. */
export function readAdmissionOrder([verb = '', ...rest]: readonly string[]):
  | AdmissionOrder
  | undefined {
  if (verb === 'proposals') return rest.length === 0 ? { verb } : undefined;
  if (!isVerb(verb)) return undefined;
  const read = readArguments(rest);
  if (!read) return undefined;
  const { target, officer, reason = '' } = read;
  if ((read.reason !== undefined) !== (verb === 'suspend')) return undefined;
  return { verb, target, officer, reason };
}

export function runAdmissionCommand(
  order: AdmissionOrder,
  deps: AdmissionCommandDependencies,
): Promise<number> {
  const { verb } = order;
  switch (verb) {
    case 'proposals':
      return list(deps);
    case 'import':
      return propose(deps, order);
    case 'approve':
      return decide(deps, order, (who, proposal) => deps.office.approve(who, proposal));
    case 'withdraw':
      return decide(deps, order, (who, proposal) => deps.office.withdraw(who, proposal));
    case 'suspend':
      return move(deps, order, (who) => deps.office.suspend(who, order.target, order.reason));
    case 'resume':
      return move(deps, order, (who) => deps.office.resume(who, order.target));
    default:
      return verb satisfies never;
  }
}

async function list({ proposals, terminal }: AdmissionCommandDependencies): Promise<number> {
  const rows = (await proposals.list()).map(({ platform, authors, proposedAt }) => [
    platform.id,
    platform.issuer,
    proposedAt.toISOString(),
    authors.join(', '),
  ]);
  terminal.print(rows.length > 0 ? formatTable(rows) : terminal.t(`${PREFIX}.empty`));
  return exitCode.done;
}

async function propose(deps: AdmissionCommandDependencies, order: Order): Promise<number> {
  const platforms = await readPlatforms(deps.terminal, order.target);
  const who = platforms && (await officerAtTerminal(deps, order.officer));
  if (!platforms || !who) return exitCode.refused;
  let code: number = exitCode.done;
  for (const platform of platforms) {
    const outcome = await deps.office.propose(who, platform);
    code = Math.max(code, tell(deps, { outcome, id: platform.id, done: 'import' }));
  }
  return code;
}

/** What is decided is shown before it is, and is decided as it was shown. */
async function decide(
  deps: AdmissionCommandDependencies,
  order: Order,
  step: (who: ProvenOfficer, proposal: Proposal) => Promise<AdmissionOutcome>,
): Promise<number> {
  const proposal = await deps.proposals.find(order.target);
  const { terminal } = deps;
  if (!proposal) {
    return refuse(terminal, terminal.t(`${PREFIX}.cannot.no_proposal`, { id: order.target }));
  }
  terminal.print(JSON.stringify(proposal.platform, null, 2));
  return move(deps, order, (who) => step(who, proposal));
}

async function move(
  deps: AdmissionCommandDependencies,
  { target: id, officer }: Order,
  step: (who: ProvenOfficer) => Promise<AdmissionOutcome>,
): Promise<number> {
  const who = await officerAtTerminal(deps, officer);
  if (!who) return exitCode.refused;
  return tell(deps, { outcome: await step(who), id, done: 'decided' });
}

function tell(
  { terminal }: AdmissionCommandDependencies,
  { outcome, id, done }: { outcome: AdmissionOutcome; id: string; done: 'import' | 'decided' },
): number {
  if (!outcome.ok) {
    return refuse(terminal, terminal.t(`${PREFIX}.refusal.${outcome.reason}`, { id }));
  }
  terminal.print(terminal.t(`${PREFIX}.admission.${done}`, { id }));
  return exitCode.done;
}

function isVerb(verb: string): verb is AdmissionVerb {
  return VERBS.has(verb);
}

function readArguments(
  args: readonly string[],
): { target: string; officer: string; reason: string | undefined } | undefined {
  try {
    const options = { officer: { type: 'string' }, reason: { type: 'string' } } as const;
    const parsed = parseArgs({ args: [...args], allowPositionals: true, options });
    const { officer, reason } = parsed.values;
    const [target, ...more] = parsed.positionals;
    if (target === undefined || officer === undefined || more.length > 0) return undefined;
    return reason === undefined || REASON.test(reason) ? { target, officer, reason } : undefined;
  } catch {
    return undefined;
  }
}
