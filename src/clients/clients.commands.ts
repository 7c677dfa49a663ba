// `hutong clients import | export | list | remove`: the register of clients from the command line.
import { parseArgs } from 'node:util';
import { exitCode, formatTable } from '../platform/terminal.ts';
import type { Terminal } from '../platform/terminal.ts';
import type { ClientProblem } from './client-problem.ts';
import type { ClientStore, StoredClient } from './client-store.ts';
import { registerClient, removeClient } from './register-client.ts';
import type { RegisterClientDependencies, RegisterClientResult } from './register-client.ts';

export interface ClientCommandDependencies extends RegisterClientDependencies {
  clients: Pick<ClientStore, 'get' | 'save' | 'list'>;
  terminal: Terminal;
}

const ACTOR = 'operator';

/** @returns the exit code: 0 done, 1 something was refused, 2 not understood */
export async function runClientsCommand(
  args: readonly string[],
  deps: ClientCommandDependencies,
): Promise<number> {
  const parsed = parseCommand(args);
  if (!parsed) return usage(deps.terminal);
  const { command, operand, withSecrets } = parsed;
  switch (command) {
    case 'import':
      return operand === undefined ? usage(deps.terminal) : importClients(deps, operand);
    case 'export':
      return exportClients(deps, operand, withSecrets);
    case 'list':
      return operand === undefined ? listClients(deps) : usage(deps.terminal);
    case 'remove':
      return operand === undefined ? usage(deps.terminal) : remove(deps, operand);
    case undefined:
    default:
      return usage(deps.terminal);
  }
}

function parseCommand(args: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { 'with-secrets': { type: 'boolean', default: false } },
      allowPositionals: true,
    });
    const [command, operand, ...more] = positionals;
    if (more.length > 0) return undefined;
    return { command, operand, withSecrets: values['with-secrets'] };
  } catch {
    return undefined;
  }
}

function usage({ complain, t }: Terminal): number {
  complain(t('clients.usage'));
  return exitCode.usage;
}

async function importClients(deps: ClientCommandDependencies, file: string): Promise<number> {
  const { terminal } = deps;
  const inputs = await readClients(terminal, file);
  if (!inputs) return exitCode.refused;
  const counts = { created: 0, updated: 0, unchanged: 0, refused: 0 };
  const seen = new Set<string>();
  for (const [index, input] of inputs.entries()) {
    const result = await importOne(deps, input, seen);
    counts[result.ok ? result.change : 'refused'] += 1;
    terminal.print(describeResult(terminal, result, index));
  }
  terminal.print(terminal.t('clients.import.summary', counts));
  return counts.refused > 0 ? exitCode.refused : exitCode.done;
}

async function importOne(
  deps: ClientCommandDependencies,
  input: unknown,
  seen: Set<string>,
): Promise<RegisterClientResult> {
  const clientId = clientIdOf(input);
  if (clientId !== undefined && seen.has(clientId)) {
    const problems: ClientProblem[] = [{ field: 'client_id', code: 'twice_in_file', values: {} }];
    return { ok: false, clientId, problems };
  }
  if (clientId !== undefined) seen.add(clientId);
  return registerClient(deps, input, ACTOR);
}

function clientIdOf(input: unknown): string | undefined {
  if (typeof input !== 'object' || input === null || !('client_id' in input)) return undefined;
  return typeof input.client_id === 'string' ? input.client_id : undefined;
}

/** A list, `{"clients": […]}` as in demo.json, or one client by itself. */
async function readClients(terminal: Terminal, file: string): Promise<unknown[] | undefined> {
  let content: unknown;
  try {
    content = JSON.parse(await terminal.read(file));
  } catch (error) {
    const key = error instanceof SyntaxError ? 'not_json' : 'not_readable';
    terminal.complain(terminal.t(`clients.import.${key}`, { file }));
    return undefined;
  }
  const list =
    typeof content === 'object' && content !== null && 'clients' in content
      ? content.clients
      : content;
  if (Array.isArray(list)) return list;
  if (clientIdOf(list) !== undefined) return [list];
  terminal.complain(terminal.t('clients.import.no_list', { file }));
  return undefined;
}

function describeResult({ t }: Terminal, result: RegisterClientResult, index: number): string {
  const clientId = result.clientId ?? t('clients.import.nameless', { number: index + 1 });
  if (!result.ok) {
    const lines = result.problems.map((found) => `    ${describeProblem(t, found)}`);
    return [t('clients.import.refused', { clientId }), ...lines].join('\n');
  }
  const line = t(`clients.import.${result.change}`, { clientId });
  if (result.generatedSecret === undefined) return line;
  return `${line}\n    ${t('clients.import.secret', { secret: result.generatedSecret })}`;
}

export function describeProblem(t: Terminal['t'], { field, code, values }: ClientProblem): string {
  const words = t(`clients.problem.${code}`, values);
  return field === '' ? words : t('clients.problem_of_field', { field, words });
}

/** One or all; alphabetical, with every default spelled out, so that two exports can be compared. */
async function exportClients(
  deps: ClientCommandDependencies,
  clientId: string | undefined,
  withSecrets: boolean,
): Promise<number> {
  const all = await deps.clients.list();
  const clients = clientId === undefined ? all : all.filter(({ id }) => id === clientId);
  if (clientId !== undefined && clients.length === 0) {
    deps.terminal.complain(deps.terminal.t('clients.remove.unknown', { clientId }));
    return exitCode.refused;
  }
  if (withSecrets) {
    await deps.audit.record({
      type: 'clients.secrets_exported',
      actor: ACTOR,
      result: 'done',
      details: { clients: clients.length },
    });
  }
  const exported = clients.map(({ registration, secret }) => ({
    ...registration,
    ...(withSecrets && secret !== undefined ? { client_secret: secret } : {}),
  }));
  deps.terminal.print(JSON.stringify(exported, null, 2));
  return exitCode.done;
}

async function listClients({ clients, terminal }: ClientCommandDependencies): Promise<number> {
  const all = await clients.list();
  const { t } = terminal;
  if (all.length === 0) {
    terminal.print(t('clients.list.empty'));
    return exitCode.done;
  }
  const columns = ['client_id', 'name', 'profile', 'auth', 'consent', 'level', 'sector'] as const;
  const header = columns.map((column) => t(`clients.list.${column}`));
  terminal.print(formatTable([header, ...all.map(listRow)]));
  terminal.print(t('clients.list.count', { count: all.length }));
  return exitCode.done;
}

function listRow({ registration, sectorHost }: StoredClient): string[] {
  return [
    registration.client_id,
    registration.client_name,
    registration.profile,
    registration.token_endpoint_auth_method,
    registration.consent,
    registration.minimum_level === undefined ? '-' : String(registration.minimum_level),
    registration.subject_type === 'public' ? 'public' : sectorHost,
  ];
}

async function remove(deps: ClientCommandDependencies, clientId: string): Promise<number> {
  const isRemoved = await removeClient(deps, clientId, ACTOR);
  deps.terminal.print(
    deps.terminal.t(`clients.remove.${isRemoved ? 'done' : 'unknown'}`, { clientId }),
  );
  return isRemoved ? exitCode.done : exitCode.refused;
}
