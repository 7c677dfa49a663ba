// Roles of accounts. Every change is one transaction with the record of who decided it.
import type mongoose from 'mongoose';
import type { AuditEvent, AuditLog } from '../audit/audit-log.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { Account, AccountRole } from './account.ts';
import { accountOf } from './account-document.ts';
import type { AccountDocument } from './account-document.ts';
import { accountModel } from './account-model-store.ts';
import { AccountWriter } from './account-writer-store.ts';
import type { ChangeOutcome } from './account-writer-store.ts';

export interface RoleChange {
  role: AccountRole;
  isGranted: boolean;
  /** Of a department administrator: the head of a subtree. Absent in a revocation: all of them. */
  departmentId?: string | undefined;
}

export interface RoleDecision {
  /** Account id of the officer who decided it; the operator unless given. */
  actor?: string;
  reason?: string | undefined;
  address?: string | undefined;
  details?: AuditEvent['details'];
  /** In the same transaction, before anything is written; false leaves everything as it is. */
  onlyIf?: (account: Account, session: ClientSession) => Promise<boolean>;
  /** The caller's transaction. */
  within?: ClientSession | undefined;
}

export class AccountRoles {
  readonly #keyring: Keyring;
  readonly #model: mongoose.Model<AccountDocument>;
  readonly #writer: AccountWriter;

  constructor(deps: { database: Database; keyring: Keyring; clock: Clock; audit: AuditLog }) {
    this.#keyring = deps.keyring;
    this.#model = accountModel(deps.database.connection);
    this.#writer = new AccountWriter({ ...deps, model: this.#model });
  }

  change(id: string, change: RoleChange, decision: RoleDecision = {}): Promise<ChangeOutcome> {
    const { actor = 'operator', reason, address, within, onlyIf } = decision;
    const by = { actor, reason, address, within };
    return this.#writer.update(id, by, async (account, session) => {
      if (onlyIf && !(await onlyIf(account, session))) return undefined;
      const after = rolesAfter(account, change);
      if (after.isSame) return undefined;
      const { role, isGranted, departmentId } = change;
      const department = departmentId === undefined ? {} : { department: departmentId };
      return {
        audit: {
          type: isGranted ? 'accounts.role_granted' : 'accounts.role_revoked',
          details: { role, ...department, ...decision.details },
        },
        update: { $set: { roles: after.roles, administers: after.administers } },
      };
    });
  }

  async list(): Promise<Account[]> {
    const documents = await this.#model
      .find({ roles: { $exists: true } })
      .sort({ _id: 1 })
      .lean<AccountDocument[]>();
    return documents
      .map((document) => accountOf(this.#keyring, document))
      .filter(({ roles }) => roles.length > 0);
  }
}

function rolesAfter(
  { roles, administers }: Account,
  { role, isGranted, departmentId }: RoleChange,
): { roles: AccountRole[]; administers: string[]; isSame: boolean } {
  const others = administers.filter((id) => id !== departmentId);
  const headed =
    departmentId === undefined
      ? role === 'departmentAdministrator' && !isGranted
        ? []
        : [...administers]
      : [...others, ...(isGranted ? [departmentId] : [])];
  // Who still administers another department keeps the role.
  const isHeld = isGranted || (departmentId !== undefined && headed.length > 0);
  const rest = roles.filter((each) => each !== role);
  const isSame = roles.includes(role) === isHeld && headed.length === administers.length;
  return { roles: isHeld ? [...rest, role] : rest, administers: headed, isSame };
}
