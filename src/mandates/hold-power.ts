// That by which somebody offers or changes a mandate, held until the transaction ends: nobody takes it
// away meanwhile, and what an agency holds counts while the agency does, and who leads it leads it.
import { VERIFIED_LEVEL } from '../accounts/account.ts';
import type { AccountStore } from '../accounts/account-store.ts';
import type { ClientSession } from '../platform/mongo.ts';
import type { Invitation } from './invitation-store.ts';
import { isWithin, mayAppoint } from './mandate.ts';
import type { Mandate } from './mandate.ts';
import type { MandateStore } from './mandate-store.ts';
import { mandatesOver, mayPassOn } from './power.ts';
import type { PowerDependencies } from './power.ts';

interface HoldDependencies {
  mandates: Pick<MandateStore, 'between' | 'hold' | 'led' | 'over'>;
  accounts: Pick<AccountStore, 'holdStanding' | 'subAccounts'>;
}

/** The mandate upon which something is, or was, offered; undefined when there is none any more. */
export async function offeringMandate(
  deps: PowerDependencies,
  { entityId, invitedBy, terms }: Pick<Invitation, 'entityId' | 'invitedBy' | 'terms'>,
  session?: ClientSession,
): Promise<Mandate | undefined> {
  const over = await mandatesOver(deps, { entityId, personId: invitedBy }, session);
  const parentId = terms?.parentId;
  if (parentId === undefined) return over.find(mayAppoint);
  const parent = over.find(({ id }) => id === parentId);
  return parent && mayPassOn(parent) && isWithin(terms ?? {}, parent) ? parent : undefined;
}

/** False when the person may not do anything upon it now. */
export async function holdPower(
  deps: HoldDependencies,
  { by, personId }: { by: Mandate; personId: string },
  session: ClientSession,
): Promise<boolean> {
  if (!(await deps.mandates.hold(by.id, session))) return false;
  const { holderId: organisationId } = by;
  return organisationId === personId || holdLead(deps, { organisationId, personId }, session);
}

/** Whether the person may act for this organisation as a whole, and the organisation at all. */
export async function holdLead(
  { mandates, accounts }: HoldDependencies,
  { organisationId, personId }: { organisationId: string; personId: string },
  session: ClientSession,
): Promise<boolean> {
  const led = await mandates.between(organisationId, personId, session);
  if (!led || !mayAppoint(led) || !(await mandates.hold(led.id, session))) return false;
  return accounts.holdStanding(organisationId, VERIFIED_LEVEL, session);
}
