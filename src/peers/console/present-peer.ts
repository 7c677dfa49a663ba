// A peer as the pages show it.
import { daysLeft, endingSoon, WARN_DAYS } from '../credential-expiry.ts';
import { ourAddresses } from '../our-addresses.ts';
import type { PeerRegistration } from '../peer.ts';
import type { PeerHealthFigures } from '../peer-health.ts';
import type { PeerRecord } from '../peer-record.ts';
import type { PeerSighting } from '../peer-sighting-store.ts';
import { EITHER, holdsOneOf, SECURITY, SYSTEM } from '../../roles/officer-power.ts';
import { standingAfter } from '../peer-transitions.ts';
import { peerConsoleSteps, peerPath } from './peer-paths.ts';
import type { PeerConsoleStep } from './peer-paths.ts';
import type { Administrator, PeersConsoleDependencies } from './peers-access.ts';
import type { PeerLocals, PeerRow } from './peers.views.ts';

/** Who may do what, as the office has it. */
export const stepRoles = {
  approve: SECURITY,
  activate: SYSTEM,
  suspend: EITHER,
  resume: SECURITY,
  remove: SYSTEM,
} as const satisfies Record<PeerConsoleStep, unknown>;

export function presentRow(
  { health, clock }: Pick<PeersConsoleDependencies, 'health' | 'clock'>,
  { peer }: PeerRecord,
  sighting: PeerSighting | undefined,
): PeerRow {
  const { id, names, kind, state, roles, connection, levelCap, strengthCap } = peer;
  const [ending] = endingSoon(sighting?.credentials ?? [], clock.now());
  const { protocol } = connection;
  return {
    id,
    href: peerPath(id),
    name: names['zh-CN'],
    kind,
    state,
    roles,
    protocol,
    levelCap,
    strengthCap,
    health: presentHealth(health.figures(id)),
    ...(ending ? { ending: { name: ending.name, days: ending.days } } : {}),
  };
}

function presentHealth({ circuit, lastSuccessAt, lastFailureAt, failure }: PeerHealthFigures) {
  return {
    circuit,
    ...(lastSuccessAt ? { lastSuccessAt } : {}),
    ...(lastFailureAt ? { lastFailureAt } : {}),
    ...(failure === undefined ? {} : { failure }),
  };
}

/** As it would be imported again; without secrets, which are never shown. */
export function registrationText({ peer }: PeerRecord): string {
  const { state: _state, revision: _revision, droppedKeys: _dropped, ...registration } = peer;
  return JSON.stringify(registration satisfies PeerRegistration, null, 2);
}

export async function presentPeer(
  deps: PeersConsoleDependencies,
  at: Administrator,
  record: PeerRecord,
): Promise<Omit<PeerLocals, 'maskedName' | 'signOutForm' | 'done'>> {
  const { peer } = record;
  const sighting = await deps.sightings.find(peer.id);
  const mayChange = holdsOneOf(at.officer.account, SYSTEM);
  const mayTest = holdsOneOf(at.officer.account, EITHER);
  return {
    peer: {
      ...presentRow(deps, record, sighting),
      issuer: peer.issuer,
      revision: peer.revision,
    },
    registration: registrationText(record),
    ourAddresses: ourAddresses(deps.visitors.issuer, peer),
    held: Object.keys(record.secrets),
    droppedKeys: peer.droppedKeys,
    credentials: (sighting?.credentials ?? []).map((credential) => {
      const days = daysLeft(credential, deps.clock.now());
      const isSoon = days !== undefined && days < WARN_DAYS;
      const { kind, name, expiresAt } = credential;
      const end = expiresAt && days !== undefined ? { expiresAt, days } : {};
      return { kind, name, ...end, isSoon };
    }),
    lookProblems: (sighting?.problems ?? []).map(({ code, values }) => ({
      key: `peers.look.${code}`,
      values,
    })),
    ...(sighting ? { seenAt: sighting.seenAt } : {}),
    decisions: await decisionsOf(deps, record),
    ...(mayChange ? { changeHref: peerPath(peer.id, 'change') } : {}),
    ...(mayTest ? { testHref: peerPath(peer.id, 'test') } : {}),
    steps: stepsFor(at, record),
  };
}

/** What this officer may do to it now; whether it was another who changed it is said when it is done. */
function stepsFor({ officer }: Administrator, { peer, resumesTo }: PeerRecord) {
  return peerConsoleSteps
    .filter((step) => standingAfter({ state: peer.state, resumesTo }, step) !== undefined)
    .filter((step) => holdsOneOf(officer.account, stepRoles[step]))
    .map((step) => ({ step, href: peerPath(peer.id, step) }));
}

async function decisionsOf(
  { findAccount }: PeersConsoleDependencies,
  record: PeerRecord,
): Promise<PeerLocals['decisions']> {
  const { authors, tested, approved, activated, suspended, updatedAt } = record;
  const changed = authors.map((by) => ({ step: 'changed' as const, by, at: updatedAt }));
  const found = [
    ...changed,
    ...(tested ? [{ step: 'tested' as const, ...tested }] : []),
    ...(approved ? [{ step: 'approved' as const, ...approved }] : []),
    ...(activated ? [{ step: 'activated' as const, ...activated }] : []),
    ...(suspended ? [{ step: 'suspended' as const, ...suspended }] : []),
  ];
  return Promise.all(
    found.map(async ({ by, ...decision }) => ({
      ...decision,
      who: (await findAccount(by))?.login ?? by,
    })),
  );
}
