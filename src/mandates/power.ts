// By which mandates somebody may do something for an organisation: his own, those of agencies that he
// may act for as a whole, and for a branch or department those by which he may act for the organisation
// above it as a whole. Attempts beyond them are recorded.
import type { AccountStore } from '../accounts/account-store.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { ClientSession } from '../platform/mongo.ts';
import type { ActingRefusal } from './acting.ts';
import { mayBeActedFor } from './good-standing.ts';
import { mayAppoint } from './mandate.ts';
import type { Mandate } from './mandate.ts';
import type { MandateStore } from './mandate-store.ts';

export interface PowerDependencies {
  mandates: Pick<MandateStore, 'between' | 'led' | 'over'>;
  accounts: Pick<AccountStore, 'subAccounts'>;
}

/** Who may act for the entity as a whole; undefined for everybody else. */
export async function appointingMandate(
  deps: PowerDependencies,
  entityId: string,
  personId: string,
): Promise<Mandate | undefined> {
  const mandate = await strongestMandate(deps, entityId, personId);
  return mandate && mayAppoint(mandate) ? mandate : undefined;
}

/** The strongest of the person's own by which he may do something for it. */
export async function strongestMandate(
  { mandates, accounts }: PowerDependencies,
  entityId: string,
  personId: string,
): Promise<Mandate | undefined> {
  const own = await mandates.between(entityId, personId);
  if (own && mayAppoint(own)) return own;
  const [parentage] = await accounts.subAccounts.among([entityId]);
  const above = parentage && (await mandates.between(parentage.parentId, personId));
  return above && mayAppoint(above) ? inherited(above, entityId) : own;
}

function inherited(mandate: Mandate, entityId: string): Mandate {
  return { ...mandate, entityId, inheritedFrom: mandate.entityId };
}

/** For these organisations, by which he may do something; the person's own first. */
export async function mandatesOverAny(
  { mandates, accounts }: PowerDependencies,
  { entityIds, personId }: { entityIds: readonly string[]; personId: string },
  session?: ClientSession,
): Promise<Mandate[]> {
  const led = await mandates.led(personId, session);
  const holderIds = [...new Set([personId, ...led.map(({ entityId }) => entityId)])];
  const found = await mandates.over({ entityIds, holderIds }, session);
  const isOwn = ({ holderId }: Mandate) => Number(holderId === personId);
  const subs = led.length > 0 ? await accounts.subAccounts.among(entityIds, session) : [];
  const above = subs.flatMap(({ id, parentId }) =>
    led.filter(({ entityId }) => entityId === parentId).map((each) => inherited(each, id)),
  );
  return [...found.toSorted((a, b) => isOwn(b) - isOwn(a)), ...above];
}

export async function mandatesOver(
  deps: PowerDependencies,
  { entityId, personId }: { entityId: string; personId: string },
  session?: ClientSession,
): Promise<Mandate[]> {
  return mandatesOverAny(deps, { entityIds: [entityId], personId }, session);
}

/** Without what is held by agencies that are locked or not verified any more. */
export async function standingOver(
  deps: PowerDependencies & { accounts: Pick<AccountStore, 'findById'> },
  of: { entityId: string; personId: string },
): Promise<Mandate[]> {
  return standingOf(deps, await mandatesOver(deps, of), of.personId);
}

export async function standingOf(
  { accounts }: { accounts: Pick<AccountStore, 'findById'> },
  over: readonly Mandate[],
  personId: string,
): Promise<Mandate[]> {
  const agencies = new Set(over.map(({ holderId }) => holderId).filter((id) => id !== personId));
  const found = await Promise.all([...agencies].map((id) => accounts.findById(id)));
  const standing = found.flatMap((agency) => (agency && mayBeActedFor(agency) ? [agency.id] : []));
  return over.filter(({ holderId }) => [personId, ...standing].includes(holderId));
}

/** Whether a handler may appoint another one upon it. */
export function mayPassOn({ role, maySubdelegate, isSingleUse }: Mandate): boolean {
  return role === 'handler' && maySubdelegate === true && isSingleUse !== true;
}

/** @returns 0 for one that was granted by who may act for the organisation as a whole */
export async function depthOf(
  mandates: Pick<MandateStore, 'find'>,
  mandate: Mandate,
  session?: ClientSession,
): Promise<number> {
  let depth = 0;
  let parentId = mandate.parentId;
  while (parentId !== undefined) {
    depth += 1;
    parentId = (await mandates.find(parentId, session))?.parentId;
  }
  return depth;
}

export type PowerRefusal =
  /** Neither representative nor administrator, and no mandate that may be passed on. */
  | 'not_entitled'
  /** Offered to somebody else, or by somebody who may no more. */
  | 'not_named'
  /** More services or clients, or longer, than one's own. */
  | 'beyond_scope'
  | 'beyond_term'
  | 'beyond_depth'
  /** The term of one's own mandate. */
  | 'own_mandate'
  /** Of acting, and of a second use of a mandate that is for one. */
  | ActingRefusal;

export interface RefusedPower {
  actor: string;
  entityId: string;
  reason: PowerRefusal;
  address?: string | undefined;
  clientId?: string | undefined;
  /** What was attempted, and upon which mandate or offer. */
  details: Record<string, string>;
}

/** For whoever refuses: pages, the protocol and the APIs of departments. */
export async function recordRefusedPower(
  audit: Pick<AuditLog, 'record'>,
  { actor, entityId, reason, address, clientId, details }: RefusedPower,
): Promise<void> {
  await audit.record({
    type: 'mandates.refused',
    actor,
    subject: entityId,
    ...(clientId === undefined ? {} : { clientId }),
    ...(address === undefined ? {} : { address }),
    reason,
    result: 'refused',
    details,
  });
}
