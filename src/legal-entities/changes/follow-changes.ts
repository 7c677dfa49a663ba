// Background work: reads the change notices of the register, the oldest first, and looks at once after
// each organisation with an account that they speak of. A notice alone changes nothing: it makes us ask
// the register (recheck-entities.ts). Forged, altered, repeated and missing ones are recorded.
import type { AuditLog } from '../../audit/audit-log.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/logger.ts';
import type { Outbound } from '../../platform/outbound.ts';
import { repeatedWork } from '../../platform/repeat.ts';
import type { ChangeNoticesConfig } from '../../platform/change-notices-config.ts';
import { recheckEntity } from '../recheck-entities.ts';
import type { RecheckDependencies } from '../recheck-entities.ts';
import type { ChangeFeedStore, NoticeRefusal } from './change-feed-store.ts';
import { readNotice } from './change-notice.ts';
import type { ChangeNotice } from './change-notice.ts';
import { fetchNotices, NOTICES_A_PAGE } from './change-source.ts';

export interface FollowChangesDependencies extends RecheckDependencies {
  outbound: Pick<Outbound, 'fetch'>;
  feed: ChangeFeedStore;
  audit: AuditLog;
  clock: Clock;
  logger: Logger;
}

const PAGES_A_ROUND = 20;
/** So long a later notice waits for one that is missing before it. */
export const GAP_SECONDS = 30;

export function followChangesWork(deps: FollowChangesDependencies, everySeconds: number) {
  const options = { name: 'entity changes', everyMs: everySeconds * 1000, logger: deps.logger };
  return repeatedWork(() => followChanges(deps), options);
}

/** One round; returns how many notices were looked after. */
export async function followChanges(deps: FollowChangesDependencies): Promise<number> {
  const { feed, logger } = deps;
  const { changes } = deps.register.config;
  const claim = changes && (await feed.claim());
  if (!changes || claim === undefined) return 0;
  let read = 0;
  let failure: string | undefined;
  try {
    for (let page = 0; page < PAGES_A_ROUND; page += 1) {
      const outcome = await readPage(deps, changes);
      read += outcome.read;
      ({ failure } = outcome);
      if (!outcome.isFull) break;
    }
  } catch (error) {
    failure = 'unexpected';
    throw error;
  } finally {
    await feed.release(claim, failure);
    if (failure !== undefined) logger.warn({ failure }, 'change notices were not read');
  }
  return read;
}

interface PageOutcome {
  read: number;
  /** There may be more. */
  isFull: boolean;
  failure?: string | undefined;
}

async function readPage(
  deps: FollowChangesDependencies,
  changes: ChangeNoticesConfig,
): Promise<PageOutcome> {
  const { feed, register, outbound } = deps;
  const { after } = await feed.find();
  const fetched = await fetchNotices({ outbound, config: register.config }, after ?? 0);
  if (!fetched.ok) return { read: 0, isFull: false, failure: fetched.failure };
  const { latest, notices } = fetched.page;
  // What was before our first reading is found by asking about every organisation.
  if (after === undefined) {
    await feed.advance(undefined, latest);
    return { read: 0, isFull: false };
  }
  if (latest < after) await refuse(deps, { reason: 'list_reset', at: after, seq: latest });
  const authentic = await authenticOnes(deps, { notices, changes, after });
  const touched = new Set<string>();
  let at: number | undefined = after;
  let read = 0;
  for (const notice of authentic) {
    at = await take(deps, { notice, after: at, touched });
    if (at === undefined) break;
    read += 1;
  }
  for (const id of touched) await recheckEntity(deps, id);
  return { read, isFull: read > 0 && notices.length === NOTICES_A_PAGE };
}

interface Numbered {
  seq: number;
  /** Absent: the register's, and not to be understood. */
  notice?: ChangeNotice;
}

/** Of the register and not looked at yet, in their order. */
async function authenticOnes(
  deps: FollowChangesDependencies,
  of: { notices: readonly string[]; changes: ChangeNoticesConfig; after: number },
): Promise<Numbered[]> {
  const { notices, changes, after } = of;
  const found = new Map<number, Numbered>();
  for (const each of notices) {
    const read = await readNotice(each, changes);
    if (!read.ok && read.reason === 'forged') await refuse(deps, { reason: 'forged', at: after });
    else {
      const seq = read.ok ? read.notice.seq : read.seq;
      const isKnown = seq <= after || found.has(seq);
      if (isKnown) await refuse(deps, { reason: 'replayed', at: after, seq });
      else found.set(seq, read.ok ? { seq, notice: read.notice } : { seq });
    }
  }
  return [...found.values()].toSorted((a, b) => a.seq - b.seq);
}

/** @returns where the reading stands after it; undefined: it stops here for now */
async function take(
  deps: FollowChangesDependencies,
  of: { notice: Numbered; after: number; touched: Set<string> },
): Promise<number | undefined> {
  const { feed } = deps;
  const { after, touched } = of;
  const { seq, notice } = of.notice;
  if (seq > after + 1 && !(await isGapOver(deps, { after, seq }))) return undefined;
  if (!notice) await refuse(deps, { reason: 'malformed', at: after, seq });
  const entity = notice && (await noteOf(deps, notice));
  if (entity !== undefined) touched.add(entity);
  return (await feed.advance(after, seq)) ? seq : undefined;
}

async function isGapOver(
  deps: FollowChangesDependencies,
  { after, seq }: { after: number; seq: number },
): Promise<boolean> {
  const { feed, clock } = deps;
  const { gapSince } = await feed.find();
  if (gapSince === undefined) {
    await feed.noteGap();
    return false;
  }
  if (clock.now().getTime() - gapSince.getTime() < GAP_SECONDS * 1000) return false;
  await refuse(deps, { reason: 'missed', at: after, seq });
  return true;
}

/** The account that it speaks of, if there is one. */
async function noteOf(
  { accounts, records, audit }: FollowChangesDependencies,
  { seq, uscc, change, representative }: ChangeNotice,
): Promise<string | undefined> {
  const said = { source: 'register:legalEntities', grade: 'A' } as const;
  const account = await accounts.findByIdentity('legalEntity', { uscc: { value: uscc, ...said } });
  if (!account) return undefined;
  await records.adopt(account.id, 0);
  const { name = '', certificate_type: type, certificate_number: number } = representative ?? {};
  const named = type && number ? { representative: { name, certificate: { type, number } } } : {};
  await records.notice(account.id, { change, seq, ...named });
  await audit.record({
    type: 'entities.notice_received',
    actor: 'system',
    subject: account.id,
    result: 'done',
    reason: change,
    details: { seq },
  });
  return account.id;
}

async function refuse(
  { feed, audit, logger }: FollowChangesDependencies,
  { reason, at, seq }: { reason: NoticeRefusal; at: number; seq?: number },
): Promise<void> {
  if (!(await feed.noteRefusal(reason, at))) return;
  logger.warn({ reason, at, seq }, 'a change notice was refused');
  await audit.record({
    type: 'entities.notice_refused',
    actor: 'system',
    result: 'refused',
    reason,
    details: { at, ...(seq === undefined ? {} : { seq }) },
  });
}
