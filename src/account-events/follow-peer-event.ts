// What an event of a peer does here. Whoever it names and whether anybody here knows them, the peer learns
// nothing of it; types that are not known do nothing.
import type { Peer } from '../peers/peer.ts';
import { accountEventUris } from './account-event-uris.ts';
import type { PeerEvent } from './peer-event.ts';

interface Named {
  peer: Peer;
  subject: string;
  traceId?: string | undefined;
}

/** What follows for the links of the federation. */
export interface FollowedChanges {
  closed(of: Named): Promise<void>;
  changed(
    of: Named & { version?: string | undefined; levelNames?: readonly string[] },
  ): Promise<void>;
  /** Absent: every session there. */
  sessionEnded(of: Named & { sessionId?: string | undefined }): Promise<void>;
}

type Follow = (
  changes: FollowedChanges,
  named: Named,
  of: { event: PeerEvent; told: Readonly<Record<string, unknown>> },
) => Promise<void>;

const CAEP = 'https://schemas.openid.net/secevent/caep/event-type/';
const RISC = 'https://schemas.openid.net/secevent/risc/event-type/';

const close: Follow = (changes, named) => changes.closed(named);
const end: Follow = (changes, named, { event }) =>
  changes.sessionEnded({ ...named, sessionId: event.sessionId });
const endAll: Follow = (changes, named) => changes.sessionEnded(named);
const change: Follow = (changes, named, { told }) =>
  changes.changed({ ...named, version: versionOf(told) });

const FOLLOWED = new Map<string, Follow>([
  [accountEventUris.closed, close],
  [accountEventUris.merged, close],
  [accountEventUris.disabled, endAll],
  [accountEventUris.recovered, end],
  [`${RISC}sessions-revoked`, endAll],
  [`${RISC}credential-compromise`, endAll],
  [`${RISC}account-credential-change-required`, endAll],
  [`${RISC}identifier-changed`, change],
  [accountEventUris.attributes, change],
  [`${CAEP}credential-change`, endAll],
  [accountEventUris.level, changeLevel],
]);

/** The types that did something. */
export async function followPeerEvent(
  changes: FollowedChanges,
  peer: Peer,
  event: PeerEvent,
): Promise<string[]> {
  const named = { peer, subject: event.subject, traceId: event.traceId };
  const followed: string[] = [];
  for (const [type, told] of event.events) {
    const follow = FOLLOWED.get(type);
    if (!follow) continue;
    await follow(changes, named, { event, told });
    followed.push(type);
  }
  return followed;
}

/** CAEP 3.4: a name within a namespace. Names of levels at a sign-in are written with theirs, or without. */
async function changeLevel(
  changes: FollowedChanges,
  named: Named,
  { told }: { told: Readonly<Record<string, unknown>> },
): Promise<void> {
  const { namespace, current_level: stated } = told;
  const isNamed = typeof stated === 'string' || typeof stated === 'number';
  const inFull = typeof namespace === 'string' ? [`${namespace}:${String(stated)}`] : [];
  const levelNames = isNamed ? [...inFull, String(stated)] : [];
  await changes.changed({ ...named, version: versionOf(told), levelNames });
}

function versionOf(told: Readonly<Record<string, unknown>>): string | undefined {
  const version = told['account_version'] ?? told['uversion'];
  const isGiven = typeof version === 'string' || typeof version === 'number';
  return isGiven ? String(version).slice(0, 100) : undefined;
}
