// Roles of accounts. Granted and taken back with a record of who approved it.
import type mongoose from 'mongoose';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { Database } from '../platform/mongo.ts';
import type { Account, AccountRole } from './account.ts';
import { accountOf } from './account-document.ts';
import type { AccountDocument } from './account-document.ts';
import { accountModel } from './account-model-store.ts';
import { AccountWriter } from './account-writer-store.ts';
import type { ChangeOutcome } from './account-writer-store.ts';

export interface RoleChange {
  reason?: string | undefined;
  /** Account id of the officer who approved a grant. */
  approvedBy?: string | undefined;
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

  grant(id: string, role: AccountRole, by: RoleChange): Promise<ChangeOutcome> {
    return this.#change(id, { type: 'accounts.role_granted', role, isGranted: true }, by);
  }

  revoke(id: string, role: AccountRole, by: RoleChange): Promise<ChangeOutcome> {
    return this.#change(id, { type: 'accounts.role_revoked', role, isGranted: false }, by);
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

  #change(
    id: string,
    change: {
      type: 'accounts.role_granted' | 'accounts.role_revoked';
      role: AccountRole;
      isGranted: boolean;
    },
    { reason, approvedBy }: RoleChange,
  ): Promise<ChangeOutcome> {
    const { type, role, isGranted } = change;
    return this.#writer.update(id, { actor: 'operator', reason }, ({ roles }) => {
      if (roles.includes(role) === isGranted) return undefined;
      const others = roles.filter((each) => each !== role);
      const details = approvedBy === undefined ? { role } : { role, approvedBy };
      return {
        audit: { type, details },
        update: { $set: { roles: isGranted ? [...others, role] : others } },
      };
    });
  }
}
