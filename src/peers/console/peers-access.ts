// Who is at the administration of peers: a member of staff with one of the three powers, signed in with
// two factors. The audit administrator reads; whoever else comes is refused, on record.
import { displayName } from '../../account/account-access.ts';
import type { Visitor } from '../../account/account-access.ts';
import type { AccountDependencies } from '../../account/account-deps.ts';
import { accountPaths } from '../../account/account-paths.ts';
import { isFreshSignIn, strongSender, strongVisitor } from '../../account/staff-access.ts';
import type { Account, AccountRole } from '../../accounts/account.ts';
import type { SparingLog } from '../../audit/sparing-log.ts';
import type { Clock } from '../../platform/clock.ts';
import type { HttpContext } from '../../platform/http/context.ts';
import type { ReadSample } from '../dry-run.ts';
import type { PeerLook } from '../look-at-peer.ts';
import type { Peer } from '../peer.ts';
import type { PeerHealth } from '../peer-health.ts';
import type { PeerOffice } from '../peer-office.ts';
import type { PeerRecord } from '../peer-record.ts';
import type { PeerSightingStore } from '../peer-sighting-store.ts';
import { holdsOneOf } from '../../roles/officer-power.ts';
import type { PeerOfficer, PeerRefusal } from '../peer-steps.ts';
import type { PeerStore } from '../peer-store.ts';
import { peerPaths } from './peer-paths.ts';
import type { AdminFrame, PeersDone } from './peers.views.ts';

export interface PeersConsoleDependencies {
  visitors: AccountDependencies;
  peers: Pick<PeerStore, 'find' | 'list'>;
  office: PeerOffice;
  health: Pick<PeerHealth, 'figures'>;
  sightings: Pick<PeerSightingStore, 'find' | 'all' | 'note'>;
  /** For names of officers. */
  findAccount: (id: string) => Promise<Account | undefined>;
  look: (peer: Peer) => Promise<PeerLook>;
  readSample: ReadSample;
  clock: Clock;
  sparing: SparingLog;
}

export interface Administrator {
  visitor: Visitor;
  officer: PeerOfficer;
}

const READERS = ['systemAdministrator', 'securityAdministrator', 'auditAdministrator'] as const;

/** For a page; undefined when the answer is given. */
export async function administratorReading(
  deps: PeersConsoleDependencies,
  ctx: HttpContext,
  options: { isFresh?: boolean } = {},
): Promise<Administrator | undefined> {
  const visitor = await strongVisitor(deps.visitors, ctx, options);
  return visitor && onlyAdministrator(deps, ctx, visitor);
}

/** For a form; undefined when the answer is given. */
export async function administratorSending(
  deps: PeersConsoleDependencies,
  ctx: HttpContext,
): Promise<Administrator | undefined> {
  const visitor = await strongSender(deps.visitors, ctx);
  return visitor && onlyAdministrator(deps, ctx, visitor);
}

export function isFresh({ visitors }: PeersConsoleDependencies, { visitor }: Administrator) {
  return isFreshSignIn(visitors, visitor);
}

async function onlyAdministrator(
  deps: PeersConsoleDependencies,
  ctx: HttpContext,
  visitor: Visitor,
): Promise<Administrator | undefined> {
  const { account } = visitor;
  if (holdsOneOf(account, READERS)) return { visitor, officer: { account, address: ctx.ip } };
  await noteRefusal(deps, ctx, { account, reason: 'not_administrator' });
  ctx.render('admin/not-administrator', { homeHref: accountPaths.overview }, { status: 403 });
  return undefined;
}

/** Also who reads, but is not the one to do this; undefined when that is the answer. */
export async function onlyWith(
  deps: PeersConsoleDependencies,
  ctx: HttpContext,
  { at, roles, reason }: { at: Administrator; roles: readonly AccountRole[]; reason: PeerRefusal },
): Promise<boolean> {
  const { account } = at.officer;
  if (holdsOneOf(account, roles)) return true;
  await noteRefusal(deps, ctx, { account, reason });
  refuse(ctx, { at, reason });
  return false;
}

function noteRefusal(
  { sparing }: PeersConsoleDependencies,
  ctx: HttpContext,
  { account, reason }: { account: Account; reason: string },
): Promise<void> {
  const event = { type: 'peers.refused', actor: account.id, address: ctx.ip } as const;
  return sparing.record({ ...event, result: 'refused', reason });
}

export function adminFrame({ visitor }: Administrator, done?: PeersDone): AdminFrame {
  return {
    maskedName: displayName(visitor.account),
    signOutForm: { action: accountPaths.signOut },
    ...(done === undefined ? {} : { done }),
  };
}

const STATUS: Readonly<Record<PeerRefusal, number>> = {
  peer_unknown: 404,
  not_system: 403,
  not_security: 403,
  not_administrator: 403,
  same_officer: 403,
  not_now: 409,
  overtaken: 409,
};

/** Says what was refused and how to go on. */
export function refuse(
  ctx: HttpContext,
  of: { at: Administrator; reason: PeerRefusal; onwardHref?: string },
): void {
  const { at, reason, onwardHref = peerPaths.peers } = of;
  const status = STATUS[reason];
  ctx.render('admin/refused', { ...adminFrame(at), reason, onwardHref }, { status, isError: true });
}

/** Undefined when it has been answered that there is none. */
export async function peerOrRefusal(
  deps: PeersConsoleDependencies,
  ctx: HttpContext,
  { at, id }: { at: Administrator; id: string },
): Promise<PeerRecord | undefined> {
  const record = await deps.peers.find(id);
  if (record && !record.isRemoved) return record;
  refuse(ctx, { at, reason: 'peer_unknown' });
  return undefined;
}
