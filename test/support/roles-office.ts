// Staff of a test with authenticators, and the stores that decide about their roles.
import { generate } from 'otplib';
import { beforeAll, beforeEach } from 'vitest';
import type { Account, AccountRole } from '../../src/accounts/account.ts';
import { AccountRoles } from '../../src/accounts/account-role-store.ts';
import { TotpStore } from '../../src/credentials/totp-store.ts';
import { makeTotpSecret } from '../../src/credentials/totp.ts';
import { RoleRequests } from '../../src/roles/role-requests.ts';
import { RoleRequestStore } from '../../src/roles/role-request-store.ts';
import type { RoleChangeWanted } from '../../src/roles/role-request.ts';
import { identityStores } from './identity-stores.ts';
import { seedAccount, signInDependencies } from './sign-in.ts';
import type { SignInDependencies } from './sign-in.ts';

export const OFFICER_PASSWORD = 'paper lantern river 88';

export type Staff = Account & { login: string };

export interface RolesOffice {
  stores: ReturnType<typeof identityStores>;
  signIn: SignInDependencies;
  totp: TotpStore;
  roles: AccountRoles;
  open: RoleRequestStore;
  requests: RoleRequests;
  /** Notices to holders. */
  told: object[];
  /** As the staff directory has them, by account. */
  staffIds: Map<string, string>;
  /** New ones for each test. */
  ann: Staff;
  ben: Staff;
  cai: Staff;
  dan: Staff;
  staff(more?: { realNameLevel?: 2 | 3; mustChange?: boolean; name?: string }): Promise<Staff>;
  /** The account as it is now. */
  fresh(account: Staff): Promise<Account>;
  rolesOf(account: Staff): Promise<readonly AccountRole[]>;
  appoint(account: Staff, role: AccountRole): Promise<unknown>;
  /** The number of a new request. @throws Error when it is refused. */
  ask(officer: Staff, wanted: RoleChangeWanted & { reason: undefined }): Promise<string>;
  approve(officer: Staff, id: string): ReturnType<RoleRequests['approve']>;
  codeOf(account: Staff): Promise<string>;
}

export const wants = (
  { id: accountId }: Staff,
  role: AccountRole = 'reviewer',
  change: 'grant' | 'revoke' = 'grant',
): RoleChangeWanted & { reason: undefined } => ({
  change,
  role,
  accountId,
  departmentId: undefined,
  reason: undefined,
});

/** Call it at the top of a test file; nobody has a role when a test begins. */
export function rolesOffice(): RolesOffice {
  const stores = identityStores();
  const secrets = new Map<string, string>();
  const office = { stores, told: [] as object[], staffIds: new Map() } as RolesOffice;
  const actions: Partial<RolesOffice> = {
    async staff(more = {}) {
      const who = { kind: 'civilServant', realNameLevel: 3, password: OFFICER_PASSWORD } as const;
      const account = await seedAccount(stores, office.signIn, { ...who, ...more });
      const secret = makeTotpSecret();
      secrets.set(account.id, secret);
      const active = { id: account.id, secret, enrolledAt: stores.clock.now() };
      await stores.database.transaction((session) =>
        office.totp.putActive(account.id, active, session),
      );
      return account;
    },
    async fresh({ id }) {
      const found = await stores.accounts.findById(id);
      if (!found) throw new Error('the account is gone');
      return found;
    },
    rolesOf: async (account) => (await office.fresh(account)).roles,
    appoint: ({ id }, role) => office.roles.change(id, { role, isGranted: true }),
    async ask(officer, wanted) {
      const outcome = await office.requests.ask(await office.fresh(officer), wanted);
      if (!outcome.ok || outcome.isDone) throw new Error(JSON.stringify(outcome));
      return outcome.request.id;
    },
    approve: async (officer, id) => office.requests.approve(await office.fresh(officer), id),
    codeOf: ({ id }) =>
      generate({
        secret: secrets.get(id) ?? '',
        epoch: Math.floor(stores.clock.now().getTime() / 1000),
      }),
  };
  Object.assign(office, actions);
  beforeAll(async () => {
    office.signIn = await signInDependencies(stores, { signIn: { proofOfWorkAfterFailures: 2 } });
    office.totp = new TotpStore(stores);
    office.roles = new AccountRoles(stores);
    office.open = new RoleRequestStore(stores);
    const notices = {
      roleChanged: (of: object) => {
        office.told.push(of);
        return Promise.resolve(() => undefined);
      },
    };
    const { roles, open: requests } = office;
    const staffIdOf = (accountId: string) => Promise.resolve(office.staffIds.get(accountId));
    office.requests = new RoleRequests({ ...stores, roles, requests, notices, staffIdOf });
  });
  beforeEach(async () => {
    for (const { id, roles: held } of await office.roles.list()) {
      for (const role of held) await office.roles.change(id, { role, isGranted: false });
    }
    office.ann = await office.staff();
    office.ben = await office.staff();
    office.cai = await office.staff();
    office.dan = await office.staff();
    office.told.length = 0;
  });
  return office;
}
