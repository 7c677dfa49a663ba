// Who acts for an organisation as a whole, where something of its own is changed: its sub-accounts, its
// password.
import { VERIFIED_LEVEL } from '../accounts/account.ts';
import type { Account } from '../accounts/account.ts';
import type { AccountStore } from '../accounts/account-store.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import { holdPower } from '../mandates/hold-power.ts';
import { mayAppoint, REPRESENTATIVE_LEVEL } from '../mandates/mandate.ts';
import type { Mandate } from '../mandates/mandate.ts';
import type { MandateStore } from '../mandates/mandate-store.ts';
import { recordRefusedPower } from '../mandates/power.ts';
import type { ClientSession } from '../platform/mongo.ts';
import { Overtaken } from '../platform/overtaken.ts';

/** The mandate by which a person may act for the organisation as a whole. */
export async function leadOf(
  { mandates }: { mandates: Pick<MandateStore, 'between'> },
  { entityId, personId }: { entityId: string; personId: string },
): Promise<Mandate | undefined> {
  const own = await mandates.between(entityId, personId);
  return own && mayAppoint(own) ? own : undefined;
}

/** @throws Overtaken when the person may act for it as a whole no more */
export async function requireLead(
  deps: {
    mandates: MandateStore;
    accounts: Pick<AccountStore, 'holdStanding' | 'subAccounts'>;
  },
  session: ClientSession,
  { person, entityId, by }: { person: Account; entityId: string; by: Mandate },
): Promise<void> {
  const isHeld =
    (await deps.accounts.holdStanding(entityId, VERIFIED_LEVEL, session)) &&
    (await holdPower(deps, { by, personId: person.id }, session)) &&
    (await deps.accounts.holdStanding(person.id, REPRESENTATIVE_LEVEL, session));
  if (!isHeld) throw new Overtaken('whoever does it may do so no more');
}

/** Whoever has nothing to do with the organisation leaves nothing in its history. */
export async function recordStranger(
  { mandates, audit }: { mandates: Pick<MandateStore, 'between'>; audit: AuditLog },
  of: { person: Account; entityId: string; address: string; attempt: string },
): Promise<void> {
  const { person, entityId, address, attempt } = of;
  if (!(await mandates.between(entityId, person.id))) return;
  const refused = { actor: person.id, entityId, address, details: { attempt } };
  await recordRefusedPower(audit, { ...refused, reason: 'not_entitled' });
}
