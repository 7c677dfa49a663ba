// What an administrator of a department does for people: on top of the directory's own rules, contacts
// of who holds a role stay, as who changes them could take the role over.
import type { BudgetStore } from '../credentials/budget-store.ts';
import { handOverPassword, resendInvitation } from './invite-staff.ts';
import type {
  HandOverDependencies,
  HandOverOutcome,
  InvitationOutcome,
  InviteStaffDependencies,
} from './invite-staff.ts';
import { accountAttributesOf } from './staff-attributes.ts';
import type { StaffAttributes } from './staff-attributes.ts';
import type { StaffDirectory, StaffOutcome } from './staff-directory.ts';
import { DirectoryRefused } from './staff-entry.ts';
import type { DirectoryActor, StaffEntry } from './staff-entry.ts';
import { givenPlacement } from './staff-placement.ts';
import type { DirectoryReader } from './directory-reader.ts';

export interface StaffOfficeDependencies extends HandOverDependencies {
  staffNotices: InviteStaffDependencies['notices'];
  staffDirectory: StaffDirectory;
  reader: DirectoryReader;
  budgets: BudgetStore;
}

export interface StaffChangeWanted {
  id: string;
  /** The version that the person at the page has seen. */
  revision: number;
}

/** Messages and passwords for one person in a day: each ends the password before. */
const A_DAY = { attempts: 5, windowSeconds: 86_400 } as const;

export class StaffOffice {
  readonly #deps: StaffOfficeDependencies;

  constructor(deps: StaffOfficeDependencies) {
    this.#deps = deps;
  }

  join(
    given: { attributes: StaffAttributes; code: string },
    by: DirectoryActor,
  ): Promise<StaffOutcome> {
    const { attributes, code } = given;
    return this.#deps.staffDirectory.join({ attributes, placement: { code, otherIds: [] } }, by);
  }

  change(
    { id, revision }: StaffChangeWanted,
    to: { attributesOf: (former: StaffAttributes) => StaffAttributes; code?: string },
    by: DirectoryActor,
  ): Promise<StaffOutcome> {
    const { accounts, reader, staffDirectory } = this.#deps;
    const mutate = async (entry: StaffEntry) => {
      requireRevision(entry, revision);
      const attributes = to.attributesOf(entry.attributes);
      const account = await accounts.findById(entry.accountId);
      const hasRole = account !== undefined && account.roles.length > 0;
      if (hasRole && hasOtherContacts(entry.attributes, attributes)) {
        throw new DirectoryRefused('holds_role');
      }
      const placement = await givenPlacement(reader, entry.placement);
      return { attributes, placement: { ...placement, code: to.code ?? placement.code } };
    };
    return staffDirectory.change(id, mutate, by);
  }

  setActive(of: StaffChangeWanted, isActive: boolean, by: DirectoryActor): Promise<StaffOutcome> {
    return this.change(of, { attributesOf: (former) => ({ ...former, active: isActive }) }, by);
  }

  end({ id, revision }: StaffChangeWanted, by: DirectoryActor): Promise<StaffOutcome> {
    return this.#deps.staffDirectory.leave(id, by, (entry) => requireRevision(entry, revision));
  }

  invite(
    entry: StaffEntry,
    by: DirectoryActor,
  ): Promise<InvitationOutcome | { ok: false; reason: 'too_often' }> {
    return this.#within(entry, () => {
      const { staffNotices: notices, ...deps } = this.#deps;
      return resendInvitation({ ...deps, notices }, entry, by);
    });
  }

  handOver(
    entry: StaffEntry,
    by: DirectoryActor,
  ): Promise<HandOverOutcome | { ok: false; reason: 'too_often' }> {
    return this.#within(entry, () => handOverPassword(this.#deps, entry, by));
  }

  /** None of the person's own choice yet. */
  async hasSignedIn({ accountId }: StaffEntry): Promise<boolean> {
    return !(await this.#deps.firstPasswords.isUnused(accountId));
  }

  /** Left, and something of the account is not ended yet. */
  isEnding({ id }: StaffEntry): Promise<boolean> {
    return this.#deps.work.isEnding(id);
  }

  async #within<T>(
    { accountId }: StaffEntry,
    work: () => Promise<T>,
  ): Promise<T | { ok: false; reason: 'too_often' }> {
    const rule = { ...A_DAY, key: `directory.first_password:${accountId}` };
    const taken = await this.#deps.budgets.reserve([rule]);
    return taken.ok ? work() : { ok: false, reason: 'too_often' };
  }
}

function requireRevision(entry: StaffEntry, revision: number): void {
  if (entry.revision !== revision) throw new DirectoryRefused('version_differs');
}

function hasOtherContacts(one: StaffAttributes, other: StaffAttributes): boolean {
  const [former, to] = [accountAttributesOf(one), accountAttributesOf(other)];
  return former.phone !== to.phone || former.email !== to.email;
}
