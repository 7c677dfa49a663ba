// `hutong entities status | recheck | notices | resume`: how the register of legal entities is followed,
// a new look at one organisation or all, from which notice on it is read, and going on after the brake.
import { parseArgs } from 'node:util';
import type { AccountStore } from '../accounts/account-store.ts';
import { findOperated } from '../accounts/operate-account.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import { exitCode } from '../platform/terminal.ts';
import type { Terminal } from '../platform/terminal.ts';
import type { BrakeStore } from './changes/brake-store.ts';
import type { ChangeFeedStore } from './changes/change-feed-store.ts';
import type { EntityRecordStore } from './entity-record-store.ts';

export interface EntitiesCommandDependencies {
  terminal: Terminal;
  accounts: Pick<AccountStore, 'findById' | 'findByLogin'>;
  records: Pick<EntityRecordStore, 'adopt' | 'hurry' | 'noticedCount'>;
  feed: ChangeFeedStore;
  brake: BrakeStore;
  audit: AuditLog;
}

type Command =
  | { verb: 'status' }
  | { verb: 'recheck'; entity: string | undefined }
  | { verb: 'notices'; after: number }
  | { verb: 'resume'; reason: string };

const PREFIX = 'entities-command';
const MAX_REASON = 200;

/** @returns the exit code: 0 done, 1 refused, 2 not understood */
export async function runEntitiesCommand(
  args: readonly string[],
  deps: EntitiesCommandDependencies,
): Promise<number> {
  const { terminal } = deps;
  const command = readCommand(args);
  if (!command) {
    terminal.complain(terminal.t(`${PREFIX}.usage`));
    return exitCode.usage;
  }
  switch (command.verb) {
    case 'status':
      return status(deps);
    case 'recheck':
      return recheck(deps, command.entity);
    case 'notices':
      return readFrom(deps, command.after);
    case 'resume':
      return resume(deps, command.reason);
  }
}

/** Refused (1) while it is stopped or the notices cannot be read: for a watch that asks regularly. */
async function status(deps: EntitiesCommandDependencies): Promise<number> {
  const { terminal, feed, brake, records } = deps;
  const [read, { recent, stoppedAt }, count] = await Promise.all([
    feed.find(),
    brake.find(),
    records.noticedCount(),
  ]);
  const { after, readAt, failure, gapSince } = read;
  const say = (key: string, values: Readonly<Record<string, string | number>> = {}) =>
    terminal.print(terminal.t(`${PREFIX}.status.${key}`, values));
  if (after === undefined) say('never_read');
  else say('read', { after, at: readAt?.toISOString() ?? '-' });
  if (failure !== undefined) say('failing', { failure });
  if (gapSince) say('gap', { at: gapSince.toISOString() });
  say('waiting', { count });
  say('carried_out', { count: recent });
  if (stoppedAt) say('stopped', { at: stoppedAt.toISOString() });
  return stoppedAt || failure !== undefined ? exitCode.refused : exitCode.done;
}

async function recheck(
  { terminal, accounts, records, audit }: EntitiesCommandDependencies,
  who: string | undefined,
): Promise<number> {
  const found = who === undefined ? undefined : await findOperated(accounts, who);
  const account = found?.ok && found.account.kind === 'legalEntity' ? found.account : undefined;
  if (who !== undefined && !account) {
    terminal.complain(terminal.t(`${PREFIX}.entity_unknown`));
    return exitCode.refused;
  }
  if (account) await records.adopt(account.id, 0);
  const count = await records.hurry(account?.id);
  const details = { count };
  const of = { type: 'entities.recheck_ordered', actor: 'operator', result: 'done' } as const;
  await audit.record({ ...of, ...(account ? { subject: account.id } : {}), details });
  terminal.print(terminal.t(`${PREFIX}.rechecked`, { count }));
  return exitCode.done;
}

async function readFrom(
  { terminal, feed, audit }: EntitiesCommandDependencies,
  after: number,
): Promise<number> {
  await feed.set(after);
  const of = { type: 'entities.recheck_ordered', actor: 'operator', result: 'done' } as const;
  await audit.record({ ...of, details: { after } });
  terminal.print(terminal.t(`${PREFIX}.reads_from`, { after }));
  return exitCode.done;
}

async function resume(
  { terminal, brake, audit }: EntitiesCommandDependencies,
  reason: string,
): Promise<number> {
  if (!(await brake.release())) {
    terminal.complain(terminal.t(`${PREFIX}.not_stopped`));
    return exitCode.refused;
  }
  const of = { type: 'entities.brake_released', actor: 'operator', result: 'done' } as const;
  await audit.record({ ...of, reason });
  terminal.print(terminal.t(`${PREFIX}.resumed`));
  return exitCode.done;
}

function readCommand(args: readonly string[]): Command | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        all: { type: 'boolean', default: false },
        after: { type: 'string' },
        reason: { type: 'string' },
      },
    });
    const [verb, entity, ...more] = positionals;
    if (more.length > 0) return undefined;
    return commandOf({ verb, entity, ...values });
  } catch {
    return undefined;
  }
}

function commandOf(of: {
  verb: string | undefined;
  entity: string | undefined;
  all: boolean;
  after?: string | undefined;
  reason?: string | undefined;
}): Command | undefined {
  const { verb, entity, all, after, reason } = of;
  const isPlain = after === undefined && reason === undefined && !all;
  if (verb === 'status') return isPlain && entity === undefined ? { verb } : undefined;
  if (verb === 'recheck') {
    const isOne = (entity !== undefined) !== all && after === undefined && reason === undefined;
    return isOne ? { verb, entity } : undefined;
  }
  if (entity !== undefined || all) return undefined;
  if (verb === 'notices') {
    const isNumber = after !== undefined && /^\d{1,15}$/u.test(after) && reason === undefined;
    return isNumber ? { verb, after: Number(after) } : undefined;
  }
  const isReason = reason !== undefined && /\S/u.test(reason) && reason.length <= MAX_REASON;
  return verb === 'resume' && isReason && after === undefined ? { verb, reason } : undefined;
}
