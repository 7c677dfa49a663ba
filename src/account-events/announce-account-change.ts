// Who is told of an account's change: clients that receive what has changed, by their registration and by
// the person's word. Their view gets its next version; those that asked for events get one. All of it is
// written in the transaction of the change.
import type { AccountChange, OnAccountChanged } from '../accounts/account-change.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { ClientRegistration } from '../clients/client-registration.ts';
import type { ClientStore } from '../clients/client-store.ts';
import type { ConsentRecord, ConsentStore } from '../consent/consent-store.ts';
import { epochSeconds } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { ClientSession } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import type { AccountEventOutbox, AccountEventPayload } from './account-event-outbox-store.ts';
import { isTold, releaseOf } from './account-release.ts';
import type { AccountViewStore } from './account-view-store.ts';

export interface AnnounceAccountChangeDependencies {
  clientStore: Pick<ClientStore, 'registrationsOf'>;
  consents: Pick<ConsentStore, 'listByAccount'>;
  views: Pick<AccountViewStore, 'raise'>;
  outbox: Pick<AccountEventOutbox, 'enqueue'>;
  audit: AuditLog;
  clock: Clock;
  random: Random;
}

/** Who knows an account, by what it receives of it. */
interface Known {
  records: readonly ConsentRecord[];
  registrations: ReadonlyMap<string, ClientRegistration>;
}

export function announceAccountChanges(deps: AnnounceAccountChangeDependencies): OnAccountChanged {
  return async (changes, session) => {
    for (const change of changes) await announce(deps, change, session);
  };
}

async function announce(
  deps: AnnounceAccountChangeDependencies,
  change: AccountChange,
  session: ClientSession,
): Promise<void> {
  const { accountId } = change;
  const known = await whoKnows(deps, accountId, session);
  const clientIds = toldOf(change, known);
  if (clientIds.length === 0) return;
  const isEnd = change.type === 'closed' || change.type === 'merged';
  const versions = await deps.views.raise({ accountId, clientIds, isEnd }, session);
  const asking = [...versions].filter(
    ([clientId]) => known.registrations.get(clientId)?.account_events_delivery !== undefined,
  );
  if (asking.length === 0) return;
  const traceId = deps.random.id();
  const knowsSurvivor = await knowsWhoGoesOn(deps, change, session);
  const at = epochSeconds(deps.clock);
  const entries = asking.map(([lane, version]) => {
    const payload = payloadOf(change, { version, at, traceId, knowsSurvivor: knowsSurvivor(lane) });
    const delivery = known.registrations.get(lane)?.account_events_delivery;
    const isFetched = delivery === 'poll';
    return { lane, reason: change.type, payload, number: version, isFetched };
  });
  await deps.outbox.enqueue(entries, session);
  const details = { trace: traceId, event: change.type, clients: entries.length };
  const record = { type: 'account_events.announced', actor: 'system', subject: accountId } as const;
  await deps.audit.record({ ...record, result: 'done', details }, session);
}

async function whoKnows(
  { consents, clientStore }: AnnounceAccountChangeDependencies,
  accountId: string,
  session: ClientSession,
): Promise<Known> {
  const records = await consents.listByAccount(accountId, session);
  if (records.length === 0) return { records, registrations: new Map() };
  const registrations = await clientStore.registrationsOf(records.map(({ clientId }) => clientId));
  return { records, registrations };
}

function toldOf(change: AccountChange, { records, registrations }: Known): string[] {
  return records.flatMap(({ clientId, items }) => {
    const registration = registrations.get(clientId);
    return registration && isTold(change, releaseOf(items, registration)) ? [clientId] : [];
  });
}

async function knowsWhoGoesOn(
  { consents }: AnnounceAccountChangeDependencies,
  change: AccountChange,
  session: ClientSession,
): Promise<(clientId: string) => boolean> {
  if (change.type !== 'merged') return () => false;
  const records = await consents.listByAccount(change.intoId, session);
  const known = new Set(records.map(({ clientId }) => clientId));
  return (clientId) => known.has(clientId);
}

function payloadOf(
  change: AccountChange,
  of: { version: number; at: number; traceId: string; knowsSurvivor: boolean },
): AccountEventPayload {
  const { knowsSurvivor, ...common } = of;
  const { type, accountId } = change;
  const payload: AccountEventPayload = { type, accountId, ...common };
  if (change.type === 'level') {
    payload.to = change.to;
    if (change.from !== undefined) payload.from = change.from;
  } else if (change.type === 'attributes') payload.topics = [...change.topics];
  else if (change.type === 'merged' && knowsSurvivor) payload.intoId = change.intoId;
  else if (change.type === 'disabled' && change.reason) payload.reason = change.reason;
  return payload;
}
