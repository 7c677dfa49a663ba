// Who has joined is sent a first password by every contact that the directory knows; who had one before
// is told that the account is open again. Never a default password, and never twice.
import type { AccountStore } from '../accounts/account-store.ts';
import { accountAttributesOf } from './staff-attributes.ts';
import type { StaffDirectoryDependencies } from './staff-directory.ts';
import type { DirectoryActor, StaffEntry } from './staff-entry.ts';
import type { DepartmentStore } from './department-store.ts';
import { isWithin } from './staff-placement.ts';
import type { StaffStore } from './staff-store.ts';
import type { StaffWorkStore } from './staff-work-store.ts';
import type { FirstPasswords, PreparedPassword } from '../credentials/first-password.ts';
import type { StaffNotices } from '../notification/staff-notices.ts';
import type { ClientSession } from '../platform/mongo.ts';

export interface InviteStaffDependencies extends Pick<
  StaffDirectoryDependencies,
  'accounts' | 'audit'
> {
  work: StaffWorkStore;
  firstPasswords: FirstPasswords;
  notices: StaffNotices;
}

/** Taken in the transaction that sets the password and queues the message. */
export async function inviteStaff(deps: InviteStaffDependencies, entry: StaffEntry): Promise<void> {
  const { accounts, firstPasswords, notices, work } = deps;
  const { accountId } = entry;
  const isNew = await firstPasswords.isMissing(accountId);
  const prepared = isNew ? await firstPasswords.prepare() : undefined;
  const committed = await accounts.transaction(async (session) => {
    if (!(await work.takeInvitation(entry.id, session))) return undefined;
    if (!prepared) return notices.readmitted(accountId, session);
    await give(deps, entry, { prepared, session, actor: 'system' });
    const { login, phone } = accountAttributesOf(entry.attributes);
    const told = { accountId, login: login ?? phone ?? '', ...prepared };
    return notices.joined(told, session);
  });
  committed?.();
}

/** `operator`, `system`, or the account of a department's administrator. */
type PasswordGiver = Pick<DirectoryActor, 'actor' | 'address' | 'within'>;

export type HandOverOutcome =
  | { ok: true; prepared: PreparedPassword }
  /**
   * Whoever has a role would lose it to who holds the password: two officers take it away first. Whoever
   * has left, or was moved out of the own part, is none of this administrator's any more.
   */
  | { ok: false; reason: 'holds_role' | 'outside_subtree' };

export interface HandOverDependencies extends Pick<
  StaffDirectoryDependencies,
  'accounts' | 'audit' | 'endWhatIsOpen'
> {
  accounts: StaffDirectoryDependencies['accounts'] & Pick<AccountStore, 'holdStanding'>;
  staff: Pick<StaffStore, 'find'>;
  departments: Pick<DepartmentStore, 'find'>;
  firstPasswords: FirstPasswords;
  work: StaffWorkStore;
  notices: { passwordReplaced(accountId: string, transaction: ClientSession): Promise<unknown> };
}

/**
 * A first password to hand over in person: for whom no message reaches. Ends the one before and all
 * that is open; every contact that there is is told.
 */
export async function handOverPassword(
  deps: HandOverDependencies,
  entry: StaffEntry,
  by: PasswordGiver = { actor: 'operator' },
): Promise<HandOverOutcome> {
  const { accounts, notices } = deps;
  const { accountId } = entry;
  const prepared = await deps.firstPasswords.prepare();
  const refused = await accounts.transaction(async (session) => {
    // Held first: nobody is given a role between this look and the end.
    await accounts.holdStanding(accountId, 0, session);
    if (!(await isReached(deps, entry, { by, session }))) return 'outside_subtree';
    if ((await accounts.findById(accountId))?.roles.length !== 0) return 'holds_role';
    await deps.work.takeInvitation(entry.id, session);
    await give(deps, entry, { prepared, session, ...by });
    await notices.passwordReplaced(accountId, session);
    return undefined;
  });
  if (refused === undefined) {
    await deps.endWhatIsOpen(accountId);
    return { ok: true, prepared };
  }
  if (refused === 'holds_role') await refuse(deps, entry, by);
  return { ok: false, reason: refused };
}

export type InvitationOutcome =
  | { ok: true }
  /** `has_password`: the person has chosen one; `inactive`: nobody may use the account now. */
  | { ok: false; reason: 'holds_role' | 'outside_subtree' | 'has_password' | 'inactive' };

/** Another first password by the contacts there are, for who has not signed in yet; the former ends. */
export async function resendInvitation(
  deps: Omit<InviteStaffDependencies, 'accounts'> &
    Pick<HandOverDependencies, 'accounts' | 'staff' | 'departments'>,
  entry: StaffEntry,
  by: PasswordGiver,
): Promise<InvitationOutcome> {
  const { accounts, firstPasswords } = deps;
  const { accountId } = entry;
  const prepared = await firstPasswords.prepare();
  type Committed = Extract<InvitationOutcome, { ok: false }>['reason'] | (() => void);
  const committed = await accounts.transaction(async (session): Promise<Committed> => {
    if (!(await accounts.holdStanding(accountId, 0, session))) return 'inactive';
    if (!(await isReached(deps, entry, { by, session }))) return 'outside_subtree';
    if ((await accounts.findById(accountId))?.roles.length !== 0) return 'holds_role';
    if (!(await firstPasswords.isUnused(accountId))) return 'has_password';
    await deps.work.takeInvitation(entry.id, session);
    await give(deps, entry, { prepared, session, ...by });
    const { login, phone } = accountAttributesOf(entry.attributes);
    return deps.notices.joined({ accountId, login: login ?? phone ?? '', ...prepared }, session);
  });
  if (typeof committed !== 'function') {
    if (committed === 'holds_role') await refuse(deps, entry, by);
    return { ok: false, reason: committed };
  }
  committed();
  return { ok: true };
}

/** Looked at in the transaction: the page was opened before. */
async function isReached(
  deps: Pick<HandOverDependencies, 'staff' | 'departments'>,
  { id }: StaffEntry,
  { by, session }: { by: PasswordGiver; session: ClientSession },
): Promise<boolean> {
  const now = await deps.staff.find(id, session);
  return now !== undefined && isWithin(deps, now.placement, { by, session });
}

async function refuse(
  { audit }: Pick<InviteStaffDependencies, 'audit'>,
  { accountId: subject }: StaffEntry,
  { actor, address }: PasswordGiver,
): Promise<void> {
  const refused = { result: 'refused', reason: 'holds_role', subject } as const;
  await audit.record({ type: 'directory.refused', actor, address, ...refused });
}

async function give(
  { firstPasswords, audit }: Pick<InviteStaffDependencies, 'firstPasswords' | 'audit'>,
  { accountId }: StaffEntry,
  by: { prepared: PreparedPassword; session: ClientSession } & PasswordGiver,
): Promise<void> {
  const { prepared, session, actor, address } = by;
  await firstPasswords.give(accountId, prepared, session);
  await audit.record(
    { type: 'directory.staff_invited', actor, address, subject: accountId, result: 'done' },
    session,
  );
}
