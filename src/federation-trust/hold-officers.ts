// Two officers widen trust: both are still officers when it takes effect, and stay so until it has.
import type { ClientSession } from '../platform/mongo.ts';
import { holdPower, SECURITY, SYSTEM } from '../roles/officer-power.ts';
import type { OfficerPowerDependencies } from '../roles/officer-power.ts';

/** Accounts of staff. */
export interface Officers {
  decidedBy: string;
  /** Absent where one is enough: for what ends trust. */
  approvedBy?: string | undefined;
}

export type HoldOfficersDependencies = Pick<OfficerPowerDependencies, 'accounts'>;

/** @throws Overtaken when one of the two is none any more */
export async function holdOfficers(
  deps: HoldOfficersDependencies,
  { decidedBy, approvedBy }: Officers,
  session: ClientSession,
): Promise<void> {
  if (approvedBy === undefined) return;
  await holdPower(deps, { accountId: decidedBy, roles: SYSTEM }, session);
  await holdPower(deps, { accountId: approvedBy, roles: SECURITY }, session);
}
