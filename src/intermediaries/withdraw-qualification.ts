// The approving department takes a qualification back: two members of staff who have nothing to do
// with the organisation, one who decides and one who looks a second time.
import type { Account } from '../accounts/account.ts';
import { Overtaken } from '../platform/overtaken.ts';
import type { AccountStore } from '../accounts/account-store.ts';
import { hasConflict } from '../review/conflict-of-interest.ts';
import { endQualifications } from './end-qualifications.ts';
import type { MandateStore } from '../mandates/mandate-store.ts';
import type { EndQualificationsDependencies } from './end-qualifications.ts';
import { isStanding } from './qualification.ts';
import type { Qualification } from './qualification.ts';
import type { QualificationStore } from './qualification-store.ts';

export interface WithdrawDependencies extends EndQualificationsDependencies {
  qualifications: Pick<QualificationStore, 'find' | 'change' | 'ofEntity'>;
  accounts: Pick<AccountStore, 'findById' | 'noteQualifications' | 'transaction'>;
  mandates: Pick<MandateStore, 'leaders' | 'ofEntity'>;
}

export type WithdrawRefusal =
  | 'qualification_unknown'
  | 'not_standing'
  | 'not_staff'
  | 'same_person'
  | 'involved'
  | 'changed_meanwhile';

/** `count`: it, and the terms before and after it that it renews or is renewed by. */
export type WithdrawOutcome =
  | { ok: true; qualification: Qualification; count: number }
  | { ok: false; reason: WithdrawRefusal };

export interface Withdrawal {
  id: string;
  decidedBy: Account;
  approvedBy: Account;
  /** As it was given, for the record; of no person. */
  grounds: string;
}

export async function withdrawQualification(
  deps: WithdrawDependencies,
  { id, decidedBy, approvedBy, grounds }: Withdrawal,
): Promise<WithdrawOutcome> {
  const staff = [decidedBy, approvedBy];
  if (!staff.every(({ kind, isActive }) => kind === 'civilServant' && isActive)) {
    return { ok: false, reason: 'not_staff' };
  }
  if (isSamePerson(decidedBy, approvedBy)) return { ok: false, reason: 'same_person' };
  const found = await deps.qualifications.find(id);
  if (!found) return { ok: false, reason: 'qualification_unknown' };
  if (await isInvolved(deps, found.entityId, staff)) return { ok: false, reason: 'involved' };
  try {
    return await carryOut(deps, { id, decidedBy, approvedBy, grounds });
  } catch (error) {
    if (error instanceof Overtaken) return { ok: false, reason: 'changed_meanwhile' };
    throw error;
  }
}

async function carryOut(
  deps: WithdrawDependencies,
  { id, decidedBy, approvedBy, grounds }: Withdrawal,
): Promise<WithdrawOutcome> {
  const done = await deps.accounts.transaction(async (session) => {
    const found = await deps.qualifications.find(id, session);
    const now = deps.clock.now();
    if (!found || !isStanding(found, now)) return undefined;
    const all = await deps.qualifications.ofEntity(found.entityId, session);
    const line = all.filter((each) => isOneWith(found, each) && isStanding(each, now));
    const told = await endQualifications(deps, line, {
      reason: 'withdrawn',
      actor: decidedBy.id,
      details: { approvedBy: approvedBy.id, grounds },
      session,
    });
    return { qualification: found, count: line.length, told };
  });
  if (!done) return { ok: false, reason: 'not_standing' };
  const { qualification, count, told } = done;
  for (const tell of told) tell();
  return { ok: true, qualification, count };
}

/** It renews it, or is renewed by it, or was applied for anew: with its number, or of a kind without. */
function isOneWith(found: Qualification, { lineId, kind, numberKey }: Qualification): boolean {
  return lineId === found.lineId || (kind === found.kind && numberKey === found.numberKey);
}

function isSamePerson(one: Account, other: Account): boolean {
  const number = one.certificate?.number;
  return one.id === other.id || (number !== undefined && number === other.certificate?.number);
}

/** Also with a citizen account that is the same person's. */
async function isInvolved(
  { mandates, accounts }: Pick<WithdrawDependencies, 'mandates' | 'accounts'>,
  entityId: string,
  staff: readonly Account[],
): Promise<boolean> {
  const held = await mandates.ofEntity(entityId);
  const of = { applicantId: entityId, involvedIds: held.map(({ holderId }) => holderId) };
  const found = await Promise.all(staff.map((each) => hasConflict(accounts, each, of)));
  return found.includes(true);
}
