// The staff directory with what it needs of every other domain, the SCIM server in front of it, and the
// pages that staff have.
import { StaffAccounts } from '../accounts/staff-account-store.ts';
import { FirstPasswords } from '../credentials/first-password.ts';
import type { AccountDependencies } from '../account/account-deps.ts';
import { departmentRoutes } from '../directory/console/departments.routes.ts';
import { DepartmentDirectory } from '../directory/department-directory.ts';
import { DepartmentStore } from '../directory/department-store.ts';
import { DirectoryReader } from '../directory/directory-reader.ts';
import { inviteStaff } from '../directory/invite-staff.ts';
import { settleStaffWork } from '../directory/settle-staff.ts';
import { staffSyncWork } from '../directory/source/open-staff-sync.ts';
import { StaffSyncStore } from '../directory/source/staff-sync-store.ts';
import { STAFF_LEVEL, StaffDirectory } from '../directory/staff-directory.ts';
import { StaffOffice } from '../directory/staff-office.ts';
import { StaffStore } from '../directory/staff-store.ts';
import { StaffWorkStore } from '../directory/staff-work-store.ts';
import { resourceMetadataRoute } from '../oidc/bearer/resource-metadata.ts';
import { openBearer } from '../oidc/bearer/verify-bearer.ts';
import { scimApi } from '../oidc/claims/own-apis.ts';
import type { Config } from '../platform/config.ts';
import type { RouteLimiters } from '../platform/http/limits.ts';
import { consoleRoutes } from '../review/console.routes.ts';
import { groupsEndpoint } from '../scim/groups.ts';
import { scimAccess } from '../scim/scim-access.ts';
import { scimMount } from '../scim/scim-mount.ts';
import { usersEndpoint } from '../scim/users.ts';
import type { Domains } from './domains.ts';

export function openStaffDirectory(
  domains: Domains & { limiters: RouteLimiters; visitors: AccountDependencies },
  { staffDirectory: syncConfig, outbound }: Pick<Config, 'staffDirectory' | 'outbound'>,
) {
  const { accounts, audit, ending, revocation, credentials, notification } = domains;
  const staff = new StaffStore(domains);
  const work = new StaffWorkStore(domains);
  const departments = new DepartmentStore(domains);
  const staffAccounts = new StaffAccounts(domains);
  const endWhatIsOpen = async (accountId: string) => {
    const reason = 'account_unavailable';
    await ending.endAllOfAccount(accountId, { reason, actor: 'system' });
    await revocation.revokeOfAccount(accountId, reason);
  };
  const firstPasswords = new FirstPasswords({ ...domains, ...credentials });
  const { staffNotices: notices } = notification;
  const inviting = { work, accounts, audit, firstPasswords, notices };
  const directory = { staff, work, departments, accounts, staffAccounts, audit, endWhatIsOpen };
  const own = { ...directory, notices: notification.notices };
  const staffDirectory = new StaffDirectory({ ...own, level: STAFF_LEVEL });
  const settling = settleStaffWork({
    work,
    endWhatIsOpen,
    invite: (entry) => inviteStaff(inviting, entry),
    follow: (entry) => staffDirectory.follow(entry),
    logger: domains.logger,
  });
  const departmentDirectory = new DepartmentDirectory(own);
  const reader = new DirectoryReader(own);
  const verifyBearer = openBearer(domains);
  const mount = scimMount({
    endpoints: [
      usersEndpoint({ staffDirectory, reader }),
      groupsEndpoint({ departmentDirectory, reader }),
    ],
    access: scimAccess({ ...domains, verifyBearer, reader }),
    limiters: domains.limiters,
  });
  const { budgets } = credentials;
  const offered = { staffDirectory, reader, firstPasswords, staffNotices: notices, budgets };
  const office = new StaffOffice({ ...own, ...offered });
  const { visitors } = domains;
  const routes = [
    ...consoleRoutes(domains),
    ...departmentRoutes({ visitors, reader, office }),
    resourceMetadataRoute({
      issuer: domains.issuer,
      api: scimApi,
      name: 'scim.resource_metadata',
      documentation: `${scimApi.path}/ServiceProviderConfig`,
    }),
  ];
  const syncs = new StaffSyncStore(domains);
  const importing = { ...domains, staffDirectory, departmentDirectory, reader, syncs };
  const sync = syncConfig && staffSyncWork(importing, { staffDirectory: syncConfig, outbound });
  return { mount, routes, work: sync ? [settling, sync] : [settling] };
}
