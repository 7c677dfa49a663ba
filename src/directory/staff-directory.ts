// Joiners, movers and leavers. Entry, account, records and what is still to be done stand in one
// transaction; what a leaver has open ends right after it, and again by settle-staff.ts.
import type { AccountStore } from '../accounts/account-store.ts';
import type { ChangeContext, TakenReason } from '../accounts/account-writer-store.ts';
import { holdsPower } from '../accounts/account.ts';
import type { RealNameLevel } from '../accounts/account.ts';
import type { StaffAccounts } from '../accounts/staff-account-store.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import { isDuplicateKey } from '../platform/mongo.ts';
import type { ClientSession } from '../platform/mongo.ts';
import type { DepartmentStore } from './department-store.ts';
import { changeAccount, changeLeaver, noteKept, readmitAccount } from './follow-account.ts';
import type { FollowAccountDependencies } from './follow-account.ts';
import { isSame, isSamePerson } from './same-staff.ts';
import { accountAttributesOf, userNameKey } from './staff-attributes.ts';
import type { StaffAttributes } from './staff-attributes.ts';
import { DirectoryRefused } from './staff-entry.ts';
import type { DirectoryActor, DirectoryRefusal, StaffEntry } from './staff-entry.ts';
import { isWithin, placementOf, requirePostsWithin, requireWithin } from './staff-placement.ts';
import type { GivenPlacement } from './staff-placement.ts';
import type { StaffStore } from './staff-store.ts';
import type { StaffWorkStore } from './staff-work-store.ts';

/** The personnel office has seen the person and the original document. */
export const STAFF_LEVEL: RealNameLevel = 3;

export interface StaffDirectoryDependencies extends FollowAccountDependencies {
  staff: StaffStore;
  work: StaffWorkStore;
  departments: DepartmentStore;
  accounts: Pick<
    AccountStore,
    'insert' | 'transaction' | 'findById' | 'findByLogin' | 'holdStanding'
  >;
  staffAccounts: StaffAccounts;
  audit: AuditLog;
  /** Of accounts that the directory makes. */
  level: RealNameLevel;
  /** Ends all that the account has open, on every process; repeating it is harmless. */
  endWhatIsOpen(accountId: string): Promise<void>;
}

/** What is written of a person. */
export interface GivenStaff {
  attributes: StaffAttributes;
  placement: GivenPlacement;
  /** From now on an import says when the person leaves. */
  isImported?: boolean;
}

export type StaffOutcome =
  | { ok: true; entry: StaffEntry; hasChanged: boolean }
  | { ok: false; reason: DirectoryRefusal };

/** Makes of an entry as it is what it is to be; may run several times. Throws what it refuses with. */
export type StaffMutation = (entry: StaffEntry) => GivenStaff | Promise<GivenStaff>;

export class StaffDirectory {
  readonly #deps: StaffDirectoryDependencies;

  constructor(deps: StaffDirectoryDependencies) {
    this.#deps = deps;
  }

  /**
   * A person comes into the directory, or comes back to the account of before.
   * @param options.isAdopting an account of staff that is there already, by its user name, is taken over
   */
  join(
    given: GivenStaff,
    by: DirectoryActor,
    { isAdopting = false, isImported = false } = {},
  ): Promise<StaffOutcome> {
    return this.#carryOut(async (session) => {
      const placement = await placementOf(this.#deps, given.placement, session);
      await requireWithin(this.#deps, placement, { by, session });
      const { attributes } = given;
      await requirePostsWithin(this.#deps, { former: undefined, attributes }, { by, session });
      const isActive = attributes.active === true;
      const account = await this.#accountFor(attributes, { by, session, isAdopting });
      const marks = { isInvitationDue: account.isNew, isEnding: !isActive, isImported };
      const { accountId } = account;
      const content = { accountId, attributes, placement, isActive };
      const entry = await this.#deps.staff.insert(content, marks, session);
      await noteKept(this.#deps, { former: undefined, entry, kept: account.kept }, { by, session });
      if (!isActive) await this.#deps.staffAccounts.leave(accountId, change(by, session));
      await this.#record(account.event, entry, { by, session });
      return entry;
    });
  }

  /** `hasChanged` is false where nothing is another than before; then nothing is written. */
  change(id: string, mutate: StaffMutation, by: DirectoryActor): Promise<StaffOutcome> {
    return this.#carryOut(async (session) => {
      const former = await this.#entry(id, { by, session });
      const given = await mutate(former);
      const placement = await placementOf(this.#deps, given.placement, session);
      await requireWithin(this.#deps, placement, { by, session });
      const { attributes } = given;
      const posts = { former: former.attributes, attributes };
      await requirePostsWithin(this.#deps, posts, { by, session });
      const isActive = attributes.active === true;
      const to = { attributes, placement, isActive };
      const isMarked = given.isImported !== true || former.isImported === true;
      if (isSame(former, to) && isMarked) return former;
      const marks = {
        isEnding: former.isActive && !isActive,
        isInvitationDue: !former.isActive && isActive,
        isImported: given.isImported === true,
      };
      const entry = await this.#deps.staff.change(former, { ...to, marks }, session);
      if (!entry) throw new DirectoryRefused('version_differs');
      await this.#followUp(former, entry, { by, session });
      return entry;
    }, id);
  }

  /** The person is removed: the account stays for who may come back, and nobody can use it. */
  leave(id: string, by: DirectoryActor, check: (entry: StaffEntry) => void = () => undefined) {
    return this.#carryOut(async (session) => {
      const entry = await this.#entry(id, { by, session });
      check(entry);
      if (!(await this.#deps.staff.leave(entry, session))) {
        throw new DirectoryRefused('version_differs');
      }
      await this.#deps.staffAccounts.leave(entry.accountId, change(by, session));
      await this.#record('directory.staff_left', entry, { by, session });
      return { ...entry, isActive: false, leftAt: entry.updatedAt };
    }, id);
  }

  /** The contacts of somebody who held a power when they were named; nothing where it is still held. */
  async follow({ id, accountId }: StaffEntry): Promise<void> {
    const account = await this.#deps.accounts.findById(accountId);
    if (!account || holdsPower(account)) return;
    const by = { actor: 'system' } as const;
    await this.#carryOut(async (session) => {
      const entry = await this.#entry(id, { by, session });
      const kept = await changeAccount(this.#deps, entry, change(by, session));
      await noteKept(this.#deps, { former: entry, entry, kept }, { by, session });
      return entry;
    }, id);
  }

  async #followUp(
    former: StaffEntry,
    entry: StaffEntry,
    at: { by: DirectoryActor; session: ClientSession },
  ): Promise<void> {
    const context = change(at.by, at.session);
    if (former.isActive && !entry.isActive) {
      await this.#deps.staffAccounts.leave(entry.accountId, context);
      const kept = await changeLeaver(this.#deps, entry, context);
      await noteKept(this.#deps, { former, entry, kept }, at);
      await this.#record('directory.staff_left', entry, at);
      return;
    }
    const kept = await changeAccount(this.#deps, entry, context);
    await noteKept(this.#deps, { former, entry, kept }, at);
    if (!former.isActive && entry.isActive) {
      await readmitAccount(this.#deps, entry.accountId, context);
      await this.#record('directory.staff_returned', entry, at);
    } else {
      await this.#record('directory.staff_changed', entry, at);
    }
  }

  /** A new account, that of who comes back, or one that staff have without an entry. */
  async #accountFor(
    attributes: StaffAttributes,
    at: { by: DirectoryActor; session: ClientSession; isAdopting: boolean },
  ) {
    const { staff, staffAccounts, accounts, level } = this.#deps;
    const { by, session } = at;
    const context = change(by, session);
    const to = accountAttributesOf(attributes);
    const left = await staff.left(attributes, session);
    const returning = await this.#returning(left, attributes, at);
    const own = returning?.accountId ?? (at.isAdopting ? await this.#adopted(to.login) : undefined);
    if (own !== undefined) {
      if (returning) await staff.forget(returning.id, session);
      const kept = await changeAccount(this.#deps, { accountId: own, attributes }, context);
      await readmitAccount(this.#deps, own, context);
      const event = returning ? 'directory.staff_returned' : 'directory.staff_joined';
      return { accountId: own, isNew: returning !== undefined, event, kept } as const;
    }
    const key = userNameKey(attributes.userName);
    for (const former of left) {
      if (userNameKey(former.attributes.userName) !== key) continue;
      await staffAccounts.giveUpLogin(former.accountId, context);
    }
    const inserted = await accounts.insert(staffAccounts.draft(to, level), context);
    if (!inserted.ok) throw new DirectoryRefused(takenRefusal(inserted.reason));
    const { id: accountId } = inserted.account;
    return { accountId, isNew: true, event: 'directory.staff_joined', kept: [] } as const;
  }

  /** Who left another part of the city comes back there: what is written here is somebody else's word. */
  async #returning(
    left: readonly StaffEntry[],
    attributes: StaffAttributes,
    { by, session }: { by: DirectoryActor; session: ClientSession },
  ): Promise<StaffEntry | undefined> {
    for (const former of left) {
      if (!isSamePerson(former.attributes, attributes)) continue;
      if (await isWithin(this.#deps, former.placement, { by, session })) return former;
    }
    return undefined;
  }

  async #adopted(login: string | undefined): Promise<string | undefined> {
    if (login === undefined) return undefined;
    const account = await this.#deps.accounts.findByLogin(login, { kind: 'civilServant' });
    const isTheirs = account?.kind === 'civilServant' && account.login === login;
    const isFree = isTheirs && !(await this.#deps.staff.ofAccount(account.id));
    return isFree ? account.id : undefined;
  }

  async #entry(
    id: string,
    { by, session }: { by: DirectoryActor; session: ClientSession },
  ): Promise<StaffEntry> {
    const entry = await this.#deps.staff.find(id, session);
    if (!entry) throw new DirectoryRefused('unknown');
    await requireWithin(this.#deps, entry.placement, { by, session });
    await this.#requireTouchable(entry, { by, session });
    return entry;
  }

  /** Who sees a part of the directory neither changes nor ends whoever holds one of the three powers. */
  async #requireTouchable(
    { accountId }: StaffEntry,
    { by, session }: { by: DirectoryActor; session: ClientSession },
  ): Promise<void> {
    if (by.actor === accountId) throw new DirectoryRefused('own');
    if (!by.within) return;
    // Held first: nobody is given a power between this look and the end.
    await this.#deps.accounts.holdStanding(accountId, 0, session);
    const account = await this.#deps.accounts.findById(accountId);
    if (account && holdsPower(account)) throw new DirectoryRefused('holds_power');
  }

  async #carryOut(
    work: (session: ClientSession) => Promise<StaffEntry>,
    id?: string,
  ): Promise<StaffOutcome> {
    try {
      let former: number | undefined;
      const entry = await this.#deps.accounts.transaction(async (session) => {
        former =
          id === undefined ? undefined : (await this.#deps.staff.find(id, session))?.revision;
        return work(session);
      });
      const hasChanged = entry.leftAt !== undefined || entry.revision !== former;
      if (hasChanged) await this.#settle(entry);
      return { ok: true, entry, hasChanged };
    } catch (error) {
      const reason = error instanceof DirectoryRefused ? error.reason : this.#refusalOf(error);
      if (reason === undefined) throw error;
      return { ok: false, reason };
    }
  }

  #refusalOf(error: unknown): DirectoryRefusal | undefined {
    const taken = this.#deps.staffAccounts.takenReason(error);
    if (taken) return takenRefusal(taken);
    // Of the entries, only the user name is unique.
    return isDuplicateKey(error) ? 'user_name_taken' : undefined;
  }

  async #settle(entry: StaffEntry): Promise<void> {
    if (entry.isActive) return;
    await this.#deps.endWhatIsOpen(entry.accountId);
    await this.#deps.work.ended(entry.id);
  }

  async #record(
    type: `directory.staff_${'joined' | 'changed' | 'left' | 'returned'}`,
    { accountId: subject }: StaffEntry,
    { by, session }: { by: DirectoryActor; session: ClientSession },
  ): Promise<void> {
    const { actor, address, clientId } = by;
    const event = { type, actor, subject, address, clientId, result: 'done' } as const;
    await this.#deps.audit.record(event, session);
  }
}

function change({ actor, address }: DirectoryActor, within: ClientSession) {
  return { actor, address, reason: 'directory', within } satisfies ChangeContext;
}

function takenRefusal(taken: TakenReason): DirectoryRefusal {
  return taken === 'phone_taken' ? 'phone_taken' : 'user_name_taken';
}
