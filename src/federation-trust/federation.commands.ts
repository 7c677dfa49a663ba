// `hutong federation …`: who is below this hub, whom this platform no longer trusts, and what it makes of a
// chain.
import { parseArgs } from 'node:util';
import type { Account, AccountRole } from '../accounts/account.ts';
import type { AccountStore } from '../accounts/account-store.ts';
import type { FederationConfig } from '../platform/federation-config.ts';
import { Overtaken } from '../platform/overtaken.ts';
import { exitCode, formatTable } from '../platform/terminal.ts';
import type { Terminal } from '../platform/terminal.ts';
import { EITHER, holdsOneOf, SECURITY, SYSTEM } from '../roles/officer-power.ts';
import { officerAtTerminal } from '../roles/officer-at-terminal.commands.ts';
import type { OfficerOutcome } from '../roles/prove-officer.ts';
import { isSamePerson } from '../roles/role-rules.ts';
import { moveSubordinate } from './admit-subordinate.ts';
import type { AdmitDependencies } from './admit-subordinate.ts';
import type { Officers } from './hold-officers.ts';
import { allowEntity, denyEntity } from './deny-entity.ts';
import type { DenyDependencies } from './deny-entity.ts';
import type { DenialStore } from './denial-store.ts';
import { importSubordinate } from './import-subordinate.commands.ts';
import { sayRefusal } from './say-refusal.commands.ts';
import type { SubordinateState } from './subordinate.ts';
import type { SubordinateStore } from './subordinate-store.ts';
import type { TrustResolver } from './trust-resolver.ts';

export interface FederationCommandDependencies extends AdmitDependencies {
  config: FederationConfig;
  terminal: Terminal;
  accounts: AdmitDependencies['accounts'] & Pick<AccountStore, 'findByLogin'>;
  prove: (who: string) => Promise<OfficerOutcome>;
  staffIdOf(accountId: string): Promise<string | undefined>;
  subordinates: AdmitDependencies['subordinates'] & Pick<SubordinateStore, 'list'>;
  denials: DenyDependencies['denials'] & Pick<DenialStore, 'list'>;
  denying: Omit<DenyDependencies, 'denials'>;
  resolver: Pick<TrustResolver, 'resolve'>;
}

export interface FederationOptions {
  terms?: string;
  'decided-by'?: string;
  'approved-by'?: string;
  reason?: string;
  type?: string;
  yes?: boolean;
}

const PREFIX = 'federation-trust.command';

/** @returns the exit code: 0 done, 1 refused, 2 not understood */
export async function runFederationCommand(
  args: readonly string[],
  deps: FederationCommandDependencies,
): Promise<number> {
  try {
    return await run(args, deps);
  } catch (error) {
    if (error instanceof Overtaken) return refuse(deps, 'no_officer_now');
    throw error;
  }
}

async function run(args: readonly string[], deps: FederationCommandDependencies): Promise<number> {
  const { words, options } = readCommand(args) ?? { words: [], options: {} };
  const [subject, verb = '', target = ''] = words;
  if (subject === 'subordinates') return runSubordinates(deps, { verb, target, options });
  if (subject === undefined || words.length > 2) return usage(deps);
  switch (subject) {
    case 'denied':
      return list(deps, await deniedRows(deps));
    case 'deny':
      return deny(deps, verb, options);
    case 'allow':
      return allow(deps, verb, options);
    case 'resolve':
      return resolve(deps, verb, options.type ?? 'openid_provider');
    default:
      return usage(deps);
  }
}

async function runSubordinates(
  deps: FederationCommandDependencies,
  { verb, target, options }: { verb: string; target: string; options: FederationOptions },
): Promise<number> {
  if (!deps.config.hub) return refuse(deps, 'no_federation');
  if (verb === 'list') return list(deps, await subordinateRows(deps));
  const states: Partial<Record<string, SubordinateState>> = {
    suspend: 'suspended',
    resume: 'active',
    remove: 'removed',
  };
  const state = states[verb];
  const isIncomplete = target === '' || (state === 'suspended' && !options.reason);
  if (isIncomplete || (!state && verb !== 'import')) return usage(deps);
  const officers = await officersOf(deps, options, state !== 'suspended');
  // Without --yes an import only shows what would be admitted.
  const isShown = !state && options.yes !== true;
  if (!officers || !(isShown || (await areThere(deps, officers)))) return exitCode.refused;
  if (!state) return importSubordinate(deps, { source: target, options, officers });
  const to = { entityId: target, state, reason: options.reason };
  const outcome = await moveSubordinate(deps, to, officers);
  return outcome === 'done' ? say(deps, outcome) : refuse(deps, outcome);
}

async function deny(
  deps: FederationCommandDependencies,
  entityId: string,
  options: FederationOptions,
): Promise<number> {
  const { reason } = options;
  if (entityId === '' || !reason) return usage(deps);
  const officers = await officersOf(deps, options, false);
  if (!officers) return exitCode.refused;
  const of = { entityId, reason, actor: officers.decidedBy };
  const count = await denyEntity({ ...deps.denying, denials: deps.denials }, of);
  if (count === undefined) return say(deps, 'denied_before');
  return say(deps, 'denied', { count });
}

async function allow(
  deps: FederationCommandDependencies,
  entityId: string,
  options: FederationOptions,
): Promise<number> {
  if (entityId === '') return usage(deps);
  const officers = await officersOf(deps, options, true);
  if (!officers?.approvedBy || !(await areThere(deps, officers))) return exitCode.refused;
  const { decidedBy, approvedBy } = officers;
  const { accounts, denials, denying } = deps;
  const by = { decidedBy, approvedBy };
  const isAllowed = await allowEntity({ ...denying, accounts, denials }, entityId, by);
  if (!isAllowed) return refuse(deps, 'not_denied');
  return say(deps, 'done');
}

async function resolve(
  deps: FederationCommandDependencies,
  entity: string,
  entityType: string,
): Promise<number> {
  if (entity === '') return usage(deps);
  const resolved = await deps.resolver.resolve(entity, entityType);
  if (!resolved.ok) return sayRefusal(deps.terminal, resolved.refusal);
  const { entities, metadata, expiresAt } = resolved.chain;
  const values = { entities: entities.join(' → '), until: expiresAt.toISOString() };
  say(deps, 'chain', values);
  deps.terminal.print(JSON.stringify(metadata[entityType], null, 2));
  return exitCode.done;
}

/** A system administrator decides; what widens trust is approved by a security administrator. */
async function officersOf(
  deps: FederationCommandDependencies,
  options: FederationOptions,
  needsTwo: boolean,
): Promise<Officers | undefined> {
  const decider = await officer(deps, options['decided-by'], needsTwo ? SYSTEM : EITHER);
  if (!decider) return undefined;
  if (!needsTwo) return { decidedBy: decider.id };
  const approver = await officer(deps, options['approved-by'], SECURITY);
  if (!approver) return undefined;
  const of = async (account: Account) => ({ account, staffId: await deps.staffIdOf(account.id) });
  if (isSamePerson(await of(decider), await of(approver))) {
    refuse(deps, 'same_person');
    return undefined;
  }
  return { decidedBy: decider.id, approvedBy: approver.id };
}

/** Both prove with password and authenticator to be there; whoever ends trust alone is not held up by it. */
async function areThere(
  deps: FederationCommandDependencies,
  { decidedBy, approvedBy }: Officers,
): Promise<boolean> {
  if (approvedBy === undefined) return true;
  for (const who of [decidedBy, approvedBy]) {
    const { login: name = who } = (await deps.accounts.findById(who)) ?? {};
    deps.terminal.complain(deps.terminal.t(`${PREFIX}.ask`, { who: name }));
    if (!(await officerAtTerminal(deps, who))) return false;
  }
  return true;
}

async function officer(
  deps: FederationCommandDependencies,
  who: string | undefined,
  roles: readonly AccountRole[],
): Promise<Account | undefined> {
  const byId = who === undefined ? undefined : await deps.accounts.findById(who);
  const found =
    byId ?? (who && (await deps.accounts.findByLogin(who, { kind: 'civilServant' }))) ?? undefined;
  if (found && holdsOneOf(found, roles)) return found;
  refuse(deps, 'not_officer', { who: who ?? '-' });
  return undefined;
}

async function subordinateRows({ subordinates, terminal }: FederationCommandDependencies) {
  return (await subordinates.list()).map((each) => [
    each.entityId,
    terminal.t(`${PREFIX}.state.${each.state}`),
    String(each.terms.levelCap),
    each.entityTypes.join(','),
    each.readAt.toISOString(),
    each.problem === undefined ? '-' : terminal.t(`federation-trust.reason.${each.problem}`),
  ]);
}

async function deniedRows({ denials }: FederationCommandDependencies): Promise<string[][]> {
  return (await denials.list()).map(({ entityId, reason, deniedBy, deniedAt }) => {
    return [entityId, deniedAt.toISOString(), deniedBy, reason];
  });
}

function list({ terminal }: FederationCommandDependencies, rows: string[][]): number {
  terminal.print(rows.length > 0 ? formatTable(rows) : terminal.t(`${PREFIX}.none`));
  return exitCode.done;
}

type Told = Pick<FederationCommandDependencies, 'terminal'>;
type Values = Readonly<Record<string, string | number>>;

function say({ terminal: { print, t } }: Told, key: string, values: Values = {}): number {
  print(t(`${PREFIX}.${key}`, values));
  return exitCode.done;
}

function refuse({ terminal: { complain, t } }: Told, key: string, values: Values = {}): number {
  complain(t(`${PREFIX}.${key}`, values));
  return exitCode.refused;
}

function usage({ terminal }: FederationCommandDependencies): number {
  terminal.complain(terminal.t(`${PREFIX}.usage`));
  return exitCode.usage;
}

function readCommand(
  args: readonly string[],
): { words: readonly string[]; options: FederationOptions } | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        terms: { type: 'string' },
        'decided-by': { type: 'string' },
        'approved-by': { type: 'string' },
        reason: { type: 'string' },
        type: { type: 'string' },
        yes: { type: 'boolean' },
      },
    });
    return positionals.length > 3 ? undefined : { words: positionals, options: values };
  } catch {
    return undefined;
  }
}
