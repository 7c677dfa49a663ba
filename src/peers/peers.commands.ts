// `hutong peers …`: peers from the command line. What changes one is done by an officer who proves with
// password and authenticator to be there.
import { parseArgs } from 'node:util';
import type { Account } from '../accounts/account.ts';
import type { Clock } from '../platform/clock.ts';
import { exitCode } from '../platform/terminal.ts';
import type { AskingTerminal } from '../platform/terminal.ts';
import { officerAtTerminal } from '../roles/officer-at-terminal.commands.ts';
import type { OfficerOutcome } from '../roles/prove-officer.ts';
import { describeDryRun, describePeer, describeProblem, listPeers } from './describe-peers.ts';
import { dryRun } from './dry-run.ts';
import type { ReadSample } from './dry-run.ts';
import type { PeerLook } from './look-at-peer.ts';
import type { Peer } from './peer.ts';
import type { PeerOffice, RegisterOutcome } from './peer-office.ts';
import type { PeerRecord } from './peer-record.ts';
import { readPeerSecrets } from './peer-registration.ts';
import type { PeerSightingStore } from './peer-sighting-store.ts';
import type { PeerOfficer, PeerOutcome, PeerRefusal } from './peer-steps.ts';
import type { PeerStore } from './peer-store.ts';

export interface PeersCommandDependencies {
  peers: Pick<PeerStore, 'find' | 'list'>;
  sightings: Pick<PeerSightingStore, 'find' | 'all' | 'note'>;
  office: PeerOffice;
  prove: (who: string) => Promise<OfficerOutcome>;
  /** For names in what is printed. */
  findAccount: (id: string) => Promise<Account | undefined>;
  look: (peer: Peer) => Promise<PeerLook>;
  readSample: ReadSample;
  /** Of this platform. */
  issuer: string;
  clock: Clock;
  terminal: AskingTerminal;
}

interface Order {
  id: string;
  officer: string | undefined;
  reason: string | undefined;
  sample: string | undefined;
  key: string | undefined;
  /** The third word. */
  more: string | undefined;
}

const PREFIX = 'peers-command';
const REASON = /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]{1,200}$/u;
const KEY_NAME = /^[\x21-\x7E]{1,200}$/u;
const plainSteps = ['approve', 'activate', 'resume', 'remove'] as const;

/** @returns the exit code: 0 done, 1 refused, 2 not understood */
export async function runPeersCommand(
  args: readonly string[],
  deps: PeersCommandDependencies,
): Promise<number> {
  const { terminal } = deps;
  const [verb, ...rest] = args;
  const order = readOrder(rest);
  const run = order && commandOf(verb, order);
  if (run) return run(deps);
  if (verb === 'list' && rest.length === 0) {
    terminal.print(listPeers(deps, await deps.peers.list(), await deps.sightings.all()));
    return exitCode.done;
  }
  terminal.complain(terminal.t(`${PREFIX}.usage`));
  return exitCode.usage;
}

type Run = (deps: PeersCommandDependencies) => Promise<number>;

/** Undefined where something is missing or too much. */
function commandOf(verb: string | undefined, order: Order): Run | undefined {
  const { officer, reason, sample, key, more } = order;
  const hasNone = (...of: (string | undefined)[]) => of.every((each) => each === undefined);
  if (verb === 'show' && hasNone(officer, reason, sample, key, more)) {
    return (deps) => withPeer(deps, order, () => Promise.resolve(exitCode.done));
  }
  if (verb === 'test' && hasNone(reason, key, more)) return (deps) => test(deps, order);
  if (officer === undefined) return undefined;
  const by = { ...order, officer };
  if (verb === 'import' && hasNone(reason, sample, key, more)) return (deps) => register(deps, by);
  const step = plainSteps.find((each) => each === verb);
  if (step && hasNone(reason, sample, key, more)) {
    const take: Decide = (office, who, seen) => office[step](who, by.id, seen);
    return (deps) => decide(deps, by, { step: take, done: step });
  }
  if (verb === 'suspend' && reason !== undefined && hasNone(sample, key, more)) {
    const take: Decide = (office, who) => office.suspend(who, by.id, reason);
    return (deps) => decide(deps, by, { step: take, done: verb });
  }
  if (verb === 'drop-key' && more !== undefined && hasNone(reason, sample, key)) {
    const take: Decide = (office, who) => office.dropKey(who, by.id, more);
    return (deps) => decide(deps, by, { step: take, done: verb });
  }
  if (verb === 'replace-secret' && hasNone(reason, sample, more)) {
    return (deps) => replaceSecret(deps, by);
  }
  return undefined;
}

type ByOfficer = Order & { officer: string };
type Decide = (office: PeerOffice, who: PeerOfficer, seen: number) => Promise<PeerOutcome>;

async function withPeer(
  deps: PeersCommandDependencies,
  { id }: Pick<Order, 'id'>,
  then: (record: PeerRecord) => Promise<number>,
): Promise<number> {
  const record = await deps.peers.find(id);
  if (!record || record.isRemoved) return refuse(deps, 'peer_unknown', id);
  deps.terminal.print(await describePeer(deps, record, await deps.sightings.find(id)));
  return then(record);
}

/** What is decided is shown before it is, and is decided as it was shown. */
function decide(
  deps: PeersCommandDependencies,
  order: ByOfficer,
  { step, done }: { step: Decide; done: string },
): Promise<number> {
  return withPeer(deps, order, async ({ peer }) => {
    const who = await officerAtTerminal(deps, order.officer);
    if (!who) return exitCode.refused;
    const outcome = await step(deps.office, who, peer.revision);
    if (!outcome.ok) return refuse(deps, outcome.reason, order.id);
    return say(deps, `done.${done}`, { id: order.id, state: stateWord(deps, outcome.record) });
  });
}

async function register(deps: PeersCommandDependencies, order: ByOfficer): Promise<number> {
  const inputs = await readPeers(deps, order.id);
  if (!inputs) return exitCode.refused;
  const who = await officerAtTerminal(deps, order.officer);
  if (!who) return exitCode.refused;
  let code: number = exitCode.done;
  for (const [index, input] of inputs.entries()) {
    const outcome = await deps.office.register(who, input);
    const id = (outcome.ok ? outcome.record.peer.id : outcome.id) ?? `${index + 1}`;
    if (outcome.ok)
      say(deps, `import.${outcome.change}`, { id, state: stateWord(deps, outcome.record) });
    else code = sayRefused(deps, outcome, id);
  }
  return code;
}

function sayRefused(
  deps: PeersCommandDependencies,
  outcome: RegisterOutcome & { ok: false },
  id: string,
): number {
  if (outcome.reason !== 'problems') return refuse(deps, outcome.reason, id);
  const { t, complain } = deps.terminal;
  const lines = outcome.problems.map((found) => `    ${describeProblem(t, found)}`);
  complain([t(`${PREFIX}.import.refused`, { id }), ...lines].join('\n'));
  return exitCode.refused;
}

/** A list, `{"peers": […]}`, or one peer by itself; undefined when it has been said why not. */
async function readPeers(
  deps: PeersCommandDependencies,
  file: string,
): Promise<unknown[] | undefined> {
  const content = await readJson(deps, file);
  if (!content) return undefined;
  const { value } = content;
  const isHolder = typeof value === 'object' && value !== null && 'peers' in value;
  const list = isHolder ? value.peers : value;
  return Array.isArray(list) ? list : [list];
}

async function readJson(
  { terminal }: PeersCommandDependencies,
  file: string,
): Promise<{ value: unknown } | undefined> {
  try {
    return { value: JSON.parse(await terminal.read(file)) };
  } catch (error) {
    const key = error instanceof SyntaxError ? 'not_json' : 'not_readable';
    terminal.complain(terminal.t(`${PREFIX}.${key}`, { file }));
    return undefined;
  }
}

/** By a sample answer, or by a look at its addresses; recorded when an officer stands for it. */
function test(deps: PeersCommandDependencies, order: Order): Promise<number> {
  return withPeer(deps, order, async ({ peer }) => {
    const who =
      order.officer === undefined ? undefined : await officerAtTerminal(deps, order.officer);
    if (order.officer !== undefined && !who) return exitCode.refused;
    const isGood =
      order.sample === undefined
        ? await lookAt(deps, peer)
        : await readSample(deps, peer, order.sample);
    if (!isGood) return exitCode.refused;
    if (!who) {
      deps.terminal.print(deps.terminal.t(`${PREFIX}.test.not_recorded`, { id: peer.id }));
      return exitCode.done;
    }
    const outcome = await deps.office.tested(who, peer.id, peer.revision);
    if (!outcome.ok) return refuse(deps, outcome.reason, peer.id);
    return say(deps, 'done.test', { id: peer.id, state: stateWord(deps, outcome.record) });
  });
}

async function lookAt(deps: PeersCommandDependencies, peer: Peer): Promise<boolean> {
  const { t, print, complain } = deps.terminal;
  const found = await deps.look(peer);
  await deps.sightings.note(peer.id, found);
  for (const { code, values } of found.problems) complain(t(`peers.look.${code}`, values));
  if (found.problems.length === 0) print(t(`${PREFIX}.test.answers`, { id: peer.id }));
  return found.problems.length === 0;
}

async function readSample(
  deps: PeersCommandDependencies,
  peer: Peer,
  file: string,
): Promise<boolean> {
  const { t, print, complain } = deps.terminal;
  const sample = await readJson(deps, file);
  if (!sample) return false;
  const outcome = dryRun(deps.readSample, peer, sample.value);
  if (outcome.ok) print(describeDryRun(t, outcome.run));
  else complain(t(`peers.dry_run.${outcome.reason}`, { fields: outcome.problems.join(', ') }));
  return outcome.ok;
}

/** The secret is typed, the key comes from a file: neither stands in the shell's history. */
async function replaceSecret(deps: PeersCommandDependencies, order: ByOfficer): Promise<number> {
  const { t, askSecretly, complain } = deps.terminal;
  const key = order.key === undefined ? undefined : await readJson(deps, order.key);
  if (order.key !== undefined && !key) return exitCode.refused;
  const secret = key ? undefined : await askSecretly(t(`${PREFIX}.ask.secret`));
  const read = readPeerSecrets(key ? { clientKey: key.value } : { clientSecret: secret });
  if (!read.ok) {
    for (const found of read.problems) complain(describeProblem(t, found));
    return exitCode.refused;
  }
  const step: Decide = (office, who) => office.replaceSecrets(who, order.id, read.secrets);
  return decide(deps, order, { step, done: 'replace-secret' });
}

function stateWord({ terminal }: PeersCommandDependencies, { peer }: PeerRecord): string {
  return terminal.t(`peers.state.${peer.state}`);
}

function say(
  { terminal }: PeersCommandDependencies,
  key: string,
  values: Readonly<Record<string, string>>,
): number {
  terminal.print(terminal.t(`${PREFIX}.${key}`, values));
  return exitCode.done;
}

function refuse({ terminal }: PeersCommandDependencies, reason: PeerRefusal, id: string): number {
  terminal.complain(`${id}: ${terminal.t(`peers.refusal.${reason}`)}`);
  return exitCode.refused;
}

function readOrder(args: readonly string[]): Order | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        officer: { type: 'string' },
        reason: { type: 'string' },
        sample: { type: 'string' },
        key: { type: 'string' },
      },
    });
    const [id, more, ...tooMany] = positionals;
    if (id === undefined || tooMany.length > 0) return undefined;
    if (values.reason !== undefined && !REASON.test(values.reason)) return undefined;
    if (more !== undefined && !KEY_NAME.test(more)) return undefined;
    const { officer, reason, sample, key } = values;
    return { id, more, officer, reason, sample, key };
  } catch {
    return undefined;
  }
}
