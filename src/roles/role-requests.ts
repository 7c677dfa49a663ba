// Roles change by two officers: one asks, another one approves. Everything that could have changed in
// between is looked at again, in the transaction that brings the change about.
import { PERSON_PRESENT_LEVEL } from '../accounts/account.ts';
import type { Account } from '../accounts/account.ts';
import type { AccountRoles } from '../accounts/account-role-store.ts';
import type { AccountStore } from '../accounts/account-store.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { ClientSession } from '../platform/mongo.ts';
import { TERMINAL_ADDRESS } from './prove-officer.ts';
import { isRequestedTwice } from './role-request-store.ts';
import type { RoleRequestStore } from './role-request-store.ts';
import type { RoleChangeWanted, RoleRequest } from './role-request.ts';
import {
  isSamePerson,
  mayHaveRoles,
  needsSecondOfficer,
  roleInTheWay,
  securityAdministratorsNeeded,
} from './role-rules.ts';

export interface RoleRequestsDependencies {
  accounts: Pick<AccountStore, 'findById' | 'holdStanding' | 'transaction'>;
  roles: AccountRoles;
  requests: RoleRequestStore;
  /** What the staff directory has of an account; undefined for who is not in it. */
  staffIdOf: (accountId: string) => Promise<string | undefined>;
  audit: AuditLog;
  notices: {
    /** Part of the caller's transaction; what it returns is called after the commit. */
    roleChanged(
      of: { accountId: string; change: 'grant' | 'revoke'; role: string },
      transaction: ClientSession,
    ): Promise<() => void>;
  };
}

export type RoleRefusal =
  | 'account_unknown'
  /** Not of staff, locked or closed, or verified too low. */
  | 'not_fit'
  | 'own'
  | 'not_security'
  | 'role_in_the_way'
  | 'already'
  /** Unknown, approved or withdrawn already, or older than a day. */
  | 'not_open'
  | 'same_officer'
  | 'requester_left';

export type AskOutcome =
  | { ok: true; isDone: true }
  | { ok: true; isDone: false; request: RoleRequest; isNew: boolean }
  | { ok: false; reason: RoleRefusal };
export type DecideOutcome = { ok: true; request: RoleRequest } | { ok: false; reason: RoleRefusal };

export class RoleRequests {
  readonly #deps: RoleRequestsDependencies;

  constructor(deps: RoleRequestsDependencies) {
    this.#deps = deps;
  }

  /** What can be answered before anybody proves anything: it is so already, or asked for already. */
  async present(wanted: RoleChangeWanted): Promise<RoleRequest | 'already' | undefined> {
    const account = await this.#deps.accounts.findById(wanted.accountId);
    if (account && isSoAlready(account, wanted)) return 'already';
    return this.#deps.requests.findOpen(wanted);
  }

  /** @param officer who has just been proven to be there */
  async ask(
    officer: Account,
    wanted: RoleChangeWanted & { reason: string | undefined },
  ): Promise<AskOutcome> {
    const refusal = await this.#refusalOf(wanted, [officer]);
    if (refusal !== undefined) return this.#refuse(officer, wanted, refusal);
    if (!needsSecondOfficer(wanted.change, wanted.role)) {
      const done = await this.#carryOut(wanted, { by: officer.id, requestedBy: officer.id });
      return done === undefined ? { ok: true, isDone: true } : this.#refuse(officer, wanted, done);
    }
    try {
      return await this.#open(officer, wanted);
    } catch (error) {
      // Another officer asks for the same at this moment.
      const request = isRequestedTwice(error) && (await this.#deps.requests.findOpen(wanted));
      if (request) return { ok: true, isDone: false, request, isNew: false };
      throw error;
    }
  }

  #open(
    officer: Account,
    wanted: RoleChangeWanted & { reason: string | undefined },
  ): Promise<AskOutcome> {
    const { accounts, requests, audit } = this.#deps;
    return accounts.transaction(async (session): Promise<AskOutcome> => {
      const opened = await requests.open({ ...wanted, requestedBy: officer.id }, session);
      if (opened.isNew) {
        const event = { type: 'roles.requested', result: 'done', ...this.#facts(officer) } as const;
        const details = { ...detailsOf(wanted), request: opened.request.id };
        const { accountId: subject, reason } = wanted;
        await audit.record({ ...event, subject, reason, details }, session);
      }
      return { ok: true, isDone: false, ...opened };
    });
  }

  async approve(officer: Account, id: string): Promise<DecideOutcome> {
    const { accounts, requests } = this.#deps;
    const request = await requests.find(id);
    if (!request) return this.#refuse(officer, { id }, 'not_open');
    const requester = await accounts.findById(request.requestedBy);
    if (!requester || !mayHaveRoles(requester)) {
      return this.#refuse(officer, request, 'requester_left');
    }
    if (await this.#areSame(requester, officer))
      return this.#refuse(officer, request, 'same_officer');
    const refusal =
      (await this.#refusalOf(request, [requester, officer])) ??
      (await this.#carryOut(request, { by: officer.id, requestedBy: requester.id, request }));
    return refusal === undefined ? { ok: true, request } : this.#refuse(officer, request, refusal);
  }

  /** By whom asked, or by another officer who does not want it to be. */
  async withdraw(officer: Account, id: string): Promise<DecideOutcome> {
    const { accounts, requests, audit } = this.#deps;
    const request = await requests.find(id);
    const isDecided = await accounts.transaction(async (session) => {
      if (!request) return false;
      const decision = { by: officer.id, state: 'withdrawn' } as const;
      if (!(await requests.decide(id, decision, session))) return false;
      const event = { type: 'roles.withdrawn', result: 'done', ...this.#facts(officer) } as const;
      const details = { ...detailsOf(request), request: id };
      await audit.record({ ...event, subject: request.accountId, details }, session);
      return true;
    });
    if (!request || !isDecided) return this.#refuse(officer, request ?? { id }, 'not_open');
    return { ok: true, request };
  }

  async #areSame(one: Account, other: Account): Promise<boolean> {
    const { staffIdOf } = this.#deps;
    const [first, second] = await Promise.all([staffIdOf(one.id), staffIdOf(other.id)]);
    return isSamePerson({ account: one, staffId: first }, { account: other, staffId: second });
  }

  /** What stands against it, with these officers so far. */
  async #refusalOf(
    wanted: RoleChangeWanted,
    officers: readonly Account[],
  ): Promise<RoleRefusal | undefined> {
    const { accounts, roles } = this.#deps;
    const account = await accounts.findById(wanted.accountId);
    if (!account) return 'account_unknown';
    const own = await Promise.all(officers.map((officer) => this.#areSame(officer, account)));
    if (own.includes(true)) return 'own';
    const refusal = refusalFor(account, wanted);
    if (refusal !== undefined) return refusal;
    const holders = await roles.list();
    const appointed = holders.filter((each) => each.state !== 'closed' && isSecurity(each));
    const same = await Promise.all(appointed.map((each) => this.#areSame(each, account)));
    const others = same.filter((isSame) => !isSame);
    const seats = needsSecondOfficer(wanted.change, wanted.role) ? 2 : 1;
    const needed = Math.min(seats, securityAdministratorsNeeded(others.length));
    const missing = needed - officers.filter(isSecurity).length;
    // Where there are two, one of them may still come with the approval.
    return missing > seats - officers.length ? 'not_security' : undefined;
  }

  /** The reason against it; undefined when it is done. */
  async #carryOut(
    wanted: RoleChangeWanted,
    of: { by: string; requestedBy: string; request?: RoleRequest },
  ): Promise<RoleRefusal | undefined> {
    const { roles, notices } = this.#deps;
    const { by, request } = of;
    let refusal: RoleRefusal | undefined;
    let wake: (() => void) | undefined;
    const { change, role, accountId, departmentId } = wanted;
    const outcome = await roles.change(
      accountId,
      { role, isGranted: change === 'grant', departmentId },
      {
        actor: by,
        address: TERMINAL_ADDRESS,
        reason: request?.reason,
        details: request ? { requestedBy: of.requestedBy, request: request.id } : {},
        onlyIf: async (account, session) => {
          refusal = refusalFor(account, wanted);
          if (request) refusal ??= await this.#seal(request, by, session);
          if (refusal !== undefined) return false;
          wake = await notices.roleChanged({ accountId, change, role }, session);
          return true;
        },
      },
    );
    if (!outcome.ok) return outcome.reason === 'account_unknown' ? 'account_unknown' : 'not_fit';
    if (refusal === undefined) wake?.();
    return refusal;
  }

  /** Both officers are still what they were, and stay so until this is done; the request is spent. */
  async #seal(
    request: RoleRequest,
    by: string,
    session: ClientSession,
  ): Promise<RoleRefusal | undefined> {
    const { accounts, requests } = this.#deps;
    for (const id of [request.requestedBy, by]) {
      const isThere = await accounts.holdStanding(id, PERSON_PRESENT_LEVEL, session);
      if (!isThere) return 'requester_left';
    }
    const held = [await accounts.findById(request.requestedBy), await accounts.findById(by)];
    const officers = held.filter((each) => each !== undefined);
    const refusal = await this.#refusalOf(request, officers);
    if (refusal !== undefined) return refusal;
    const isOurs = await requests.decide(request.id, { by, state: 'approved' }, session);
    return isOurs ? undefined : 'not_open';
  }

  async #refuse(
    officer: Account,
    of: Partial<RoleChangeWanted> & { id?: string },
    reason: RoleRefusal,
  ): Promise<{ ok: false; reason: RoleRefusal }> {
    const request = of.id === undefined ? {} : { request: of.id };
    await this.#deps.audit.record({
      type: 'roles.refused',
      ...this.#facts(officer),
      subject: of.accountId,
      result: 'refused',
      reason,
      details: { ...request, ...(of.role === undefined ? {} : { role: of.role }) },
    });
    return { ok: false, reason };
  }

  #facts({ id: actor }: Account) {
    return { actor, address: TERMINAL_ADDRESS };
  }
}

function refusalFor(account: Account, wanted: RoleChangeWanted): RoleRefusal | undefined {
  if (isSoAlready(account, wanted)) return 'already';
  if (wanted.change === 'revoke') return undefined;
  if (!mayHaveRoles(account)) return 'not_fit';
  return roleInTheWay(account.roles, wanted.role) === undefined ? undefined : 'role_in_the_way';
}

function isSoAlready(
  { roles, administers }: Account,
  { change, role, departmentId }: RoleChangeWanted,
): boolean {
  const isHeld =
    roles.includes(role) && (departmentId === undefined || administers.includes(departmentId));
  return isHeld === (change === 'grant');
}

function isSecurity({ roles }: Account): boolean {
  return roles.includes('securityAdministrator');
}

function detailsOf({ change, role, departmentId }: RoleChangeWanted) {
  return { change, role, ...(departmentId === undefined ? {} : { department: departmentId }) };
}
