// What the directory says of a person, on the account: whoever could be reached before is told when a
// contact changes, and who holds one of the three powers keeps the contacts there are.
import type { ChangeContext } from '../accounts/account-writer-store.ts';
import type {
  ChangedContact,
  ContactName,
  StaffAccounts,
  StaffChange,
} from '../accounts/staff-account-store.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { ClientSession } from '../platform/mongo.ts';
import { accountAttributesOf } from './staff-attributes.ts';
import type { StaffAttributes } from './staff-attributes.ts';
import { DirectoryRefused } from './staff-entry.ts';
import type { DirectoryActor, StaffEntry } from './staff-entry.ts';
import type { StaffWorkStore } from './staff-work-store.ts';

export interface FollowAccountDependencies {
  staffAccounts: Pick<StaffAccounts, 'change' | 'readmit'>;
  work: Pick<StaffWorkStore, 'noteKept'>;
  audit: AuditLog;
  notices: {
    /** Part of the caller's transaction; told by the contacts before and by the new one. */
    contactChanged(
      of: ChangedContact & { accountId: string },
      transaction: ClientSession,
    ): Promise<unknown>;
    /** The directory names contacts that the account does not take. */
    contactsKept(accountId: string, transaction: ClientSession): Promise<unknown>;
  };
}

interface Followed {
  accountId: string;
  attributes: StaffAttributes;
}

/** @returns contacts that the account does not take. @throws DirectoryRefused `holds_power` */
export async function changeAccount(
  deps: FollowAccountDependencies,
  { accountId, attributes }: Followed,
  by: ChangeContext & { within: ClientSession },
): Promise<readonly ContactName[]> {
  const to = accountAttributesOf(attributes);
  const { contacts, kept } = done(await deps.staffAccounts.change(accountId, to, by));
  for (const contact of contacts) {
    await deps.notices.contactChanged({ accountId, ...contact }, by.within);
  }
  return kept;
}

/** Nobody is kept in office by a power: who leaves keeps the user name where it cannot be changed. */
export async function changeLeaver(
  deps: FollowAccountDependencies,
  followed: Followed,
  by: ChangeContext & { within: ClientSession },
): Promise<readonly ContactName[]> {
  try {
    return await changeAccount(deps, followed, by);
  } catch (error) {
    if (!(error instanceof DirectoryRefused)) throw error;
    return [];
  }
}

/**
 * Who writes the directory may be mistaken about an officer's contacts, or be somebody else: what was not
 * taken over is marked, on record, and told to the officer, once for each time the directory says it.
 */
export async function noteKept(
  { work, audit, notices }: FollowAccountDependencies,
  of: { former: StaffEntry | undefined; entry: StaffEntry; kept: readonly ContactName[] },
  { by, session }: { by: DirectoryActor; session: ClientSession },
): Promise<void> {
  const { former, entry, kept } = of;
  const isKept = kept.length > 0;
  const wasKept = former?.keepsContacts === true;
  if (isKept !== wasKept) await work.noteKept(entry.id, isKept, session);
  if (!isKept || (former && wasKept && hasSameContacts(former, entry))) return;
  const { actor, address, clientId } = by;
  const details = Object.fromEntries(kept.map((name) => [name, true]));
  const facts = { actor, address, clientId, subject: entry.accountId, details } as const;
  await audit.record({ type: 'directory.contacts_kept', result: 'refused', ...facts }, session);
  await notices.contactsKept(entry.accountId, session);
}

function hasSameContacts(one: StaffEntry, other: StaffEntry): boolean {
  const [former, present] = [one, other].map((each) => accountAttributesOf(each.attributes));
  return former?.phone === present?.phone && former?.email === present?.email;
}

/** @throws DirectoryRefused `holds_power` */
export async function readmitAccount(
  { staffAccounts }: FollowAccountDependencies,
  accountId: string,
  by: ChangeContext,
): Promise<void> {
  done(await staffAccounts.readmit(accountId, by));
}

function done(change: StaffChange) {
  if (!change.ok) throw new DirectoryRefused(change.reason);
  return change;
}
