// What a registration changes about a peer. Pure but for the look at what is there.
import { isDeepStrictEqual } from 'node:util';
import type { AuditEvent } from '../audit/audit-log.ts';
import type { Peer, PeerRegistration, PeerSecrets } from './peer.ts';
import type { PeerProblem } from './peer-problem.ts';
import type { PeerRecord } from './peer-record.ts';
import { readPeerRegistration } from './peer-registration.ts';
import type { GivenPeerSecrets, PeerRegistrationContext } from './peer-registration.ts';
import type { PeerChange } from './peer-store.ts';
import { standingAfter } from './peer-transitions.ts';

export type RegistrationPlan =
  | { ok: false; id: string | undefined; problems: readonly PeerProblem[] }
  | {
      ok: true;
      id: string;
      kind: 'created' | 'changed' | 'reworded' | 'unchanged';
      before: PeerRecord | undefined;
      change: PeerChange;
      details: AuditEvent['details'];
    };

/** These give a peer nothing. */
const WORDS: ReadonlySet<string> = new Set(['names', 'notice']);

export async function planRegistration(
  input: unknown,
  context: PeerRegistrationContext,
  find: (id: string) => Promise<PeerRecord | undefined>,
): Promise<RegistrationPlan> {
  const read = readPeerRegistration(input, context);
  if (!read.ok) return read;
  const { registration } = read;
  const { id } = registration;
  const before = await find(id);
  const standing = before?.isRemoved ? undefined : before;
  const { secrets, kept } = planSecrets(read.secrets, standing?.secrets ?? {});
  const fields = differences(registration, standing?.peer);
  if (kept !== 'kept') fields.push('secrets');
  const kind = kindOf(standing, fields);
  return {
    ok: true,
    id,
    kind,
    before,
    change: changed(registration, { before, standing, secrets, kind }),
    details: { change: kind, fields: fields.join(','), secrets: kept },
  };
}

function kindOf(standing: PeerRecord | undefined, fields: readonly string[]) {
  if (!standing) return 'created';
  if (fields.length === 0) return 'unchanged';
  return fields.every((field) => WORDS.has(field)) ? 'reworded' : 'changed';
}

function changed(
  registration: PeerRegistration,
  of: {
    before: PeerRecord | undefined;
    standing: PeerRecord | undefined;
    secrets: PeerSecrets;
    kind: 'created' | 'changed' | 'reworded' | 'unchanged';
  },
): PeerChange {
  const { before, standing, secrets, kind } = of;
  const step = kind === 'reworded' || kind === 'unchanged' ? 'reword' : 'change';
  const from = { state: standing?.peer.state ?? 'draft', resumesTo: standing?.resumesTo } as const;
  const next = standingAfter(from, step) ?? from;
  const revision = before?.peer.revision ?? 0;
  // A key that was dropped stays so, also when a peer of this id is registered anew.
  const droppedKeys = before?.peer.droppedKeys ?? [];
  const peer: Peer = { ...registration, droppedKeys, state: next.state, revision };
  const isReworded = step === 'reword';
  return {
    peer,
    secrets,
    resumesTo: next.resumesTo,
    authors: standing?.authors ?? [],
    tested: isReworded ? standing?.tested : undefined,
    approved: isReworded ? standing?.approved : undefined,
    activated: standing?.activated,
    suspended: standing?.suspended,
    isRemoved: false,
  };
}

/** What is not given stays, null takes it away. */
export function planSecrets(
  given: GivenPeerSecrets,
  before: PeerSecrets,
): { secrets: PeerSecrets; kept: 'kept' | 'changed' } {
  const secrets: PeerSecrets = {};
  for (const name of ['clientSecret', 'clientKey'] as const) {
    const value = given[name] === undefined ? before[name] : (given[name] ?? undefined);
    if (value !== undefined) secrets[name] = value;
  }
  return { secrets, kept: isDeepStrictEqual(secrets, before) ? 'kept' : 'changed' };
}

function differences(now: PeerRegistration, before: Peer | undefined): string[] {
  if (!before) return Object.keys(now);
  const { droppedKeys: _dropped, state: _state, revision: _revision, ...then } = before;
  const [one, other] = [new Map(Object.entries(now)), new Map(Object.entries(then))];
  return [...new Set([...one.keys(), ...other.keys()])].filter(
    (field) => !isDeepStrictEqual(one.get(field), other.get(field)),
  );
}
