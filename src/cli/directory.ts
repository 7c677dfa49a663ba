// `hutong directory …` on the stores of this database; messages wait for the processes that run.
import { StaffAccounts } from '../accounts/staff-account-store.ts';
import { commandHoldings } from '../app/command-holdings.ts';
import { commandAccounts } from '../app/standing.ts';
import { FirstPasswords } from '../credentials/first-password.ts';
import { PasswordHasher } from '../credentials/password-hash.ts';
import { PasswordStore } from '../credentials/password-store.ts';
import { DepartmentDirectory } from '../directory/department-directory.ts';
import { DepartmentStore } from '../directory/department-store.ts';
import { DirectoryReader } from '../directory/directory-reader.ts';
import { runDirectoryCommand } from '../directory/directory.commands.ts';
import { handOverPassword } from '../directory/invite-staff.ts';
import type { ImportStaffDependencies } from '../directory/import-staff.ts';
import { openListOutbound } from '../directory/source/open-staff-sync.ts';
import { StaffSyncStore } from '../directory/source/staff-sync-store.ts';
import type { SyncCommandDependencies } from '../directory/source/sync.commands.ts';
import { syncStaff } from '../directory/source/sync-staff.ts';
import { STAFF_LEVEL, StaffDirectory } from '../directory/staff-directory.ts';
import { StaffStore } from '../directory/staff-store.ts';
import { StaffWorkStore } from '../directory/staff-work-store.ts';
import { openMessageLinks } from '../recovery/message-links.ts';
import type { StaffDirectoryConfig } from '../platform/staff-directory-config.ts';
import type { Invocation } from './invocation.ts';

export async function runDirectory(
  args: readonly string[],
  invocation: Invocation,
): Promise<number> {
  const { issuer, staffDirectory: syncConfig } = invocation.config;
  const { notMeLink } = openMessageLinks({ ...invocation, issuer });
  const { accounts, notices, onAccountChanged } = commandAccounts(invocation, notMeLink);
  const holdings = commandHoldings(invocation, 'operator');
  const own = {
    ...invocation,
    accounts,
    notices,
    staff: new StaffStore(invocation),
    work: new StaffWorkStore(invocation),
    departments: new DepartmentStore(invocation),
    staffAccounts: new StaffAccounts({ ...invocation, onAccountChanged }),
    level: STAFF_LEVEL,
    endWhatIsOpen: (accountId: string) => holdings.end(accountId, 'account_unavailable'),
  };
  const hasher = await PasswordHasher.open(invocation.config.limits.hashing);
  const passwords = new PasswordStore(invocation);
  const firstPasswords = new FirstPasswords({ ...invocation, passwords, hasher });
  const importing = {
    staffDirectory: new StaffDirectory(own),
    departmentDirectory: new DepartmentDirectory(own),
    reader: new DirectoryReader(own),
  };
  return runDirectoryCommand(args, {
    ...importing,
    terminal: invocation.terminal,
    audit: invocation.audit,
    sync: syncConfig && syncNow({ ...invocation, ...importing }, syncConfig),
    handOver: (entry) => handOverPassword({ ...own, firstPasswords }, entry),
  });
}

function syncNow(
  own: Invocation & ImportStaffDependencies,
  staffDirectory: StaffDirectoryConfig,
): SyncCommandDependencies['sync'] {
  const syncs = new StaffSyncStore(own);
  const holder = own.random.id();
  const run = async () => {
    const outbound = openListOutbound(own.config);
    try {
      const deps = { ...own, syncs, outbound, config: staffDirectory };
      return await syncStaff(deps, { holder, actor: 'operator' }, { isDueOnly: false });
    } finally {
      await outbound.close();
    }
  };
  return { syncs, run };
}
