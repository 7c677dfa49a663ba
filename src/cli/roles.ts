// `hutong roles …` and `hutong approve` on the stores of this database; the notices wait for the
// processes that run.
import { AccountRoles } from '../accounts/account-role-store.ts';
import { officersStaffId } from '../app/peering.ts';
import { DepartmentStore } from '../directory/department-store.ts';
import { StaffStore } from '../directory/staff-store.ts';
import { RoleRequests } from '../roles/role-requests.ts';
import { RoleRequestStore } from '../roles/role-request-store.ts';
import { runApproveCommand, runRolesCommand } from '../roles/roles.commands.ts';
import type { RolesCommandDependencies } from '../roles/roles.commands.ts';
import type { Invocation } from './invocation.ts';
import { openOfficers } from './officers.ts';

export async function runRoles(args: readonly string[], invocation: Invocation): Promise<number> {
  return runRolesCommand(args, await openRoles(invocation));
}

export async function runApprove(args: readonly string[], invocation: Invocation): Promise<number> {
  return runApproveCommand(args, await openRoles(invocation));
}

async function openRoles(invocation: Invocation): Promise<RolesCommandDependencies> {
  const { terminal } = invocation;
  const { accounts, notices, prove } = await openOfficers(invocation);
  const departments = new DepartmentStore(invocation);
  const staff = new StaffStore(invocation);
  const roles = new AccountRoles(invocation);
  const open = new RoleRequestStore(invocation);
  return {
    accounts,
    roles,
    open,
    terminal,
    requests: new RoleRequests({
      ...invocation,
      accounts,
      roles,
      requests: open,
      notices,
      staffIdOf: officersStaffId(staff),
    }),
    prove,
    findDepartment: async (text) =>
      ((await departments.byCode(text)) ?? (await departments.find(text)))?.id,
  };
}
