// What members of staff are told of their accounts.
import type { Clock } from '../platform/clock.ts';
import { defaultLocale, formatInstant } from '../platform/http/locale.ts';
import type { ClientSession } from '../platform/mongo.ts';
import type { AccountNotices } from './account-notices.ts';

export class StaffNotices {
  readonly #deps: { notices: AccountNotices; clock: Clock; issuer: string };

  constructor(deps: { notices: AccountNotices; clock: Clock; issuer: string }) {
    this.#deps = deps;
  }

  /** Parts of the caller's transaction; what they return is called after the commit. */
  joined(
    of: { accountId: string; login: string; password: string; validUntil: Date },
    transaction: ClientSession,
  ): Promise<() => void> {
    const { login, password, validUntil } = of;
    const until = formatInstant(defaultLocale, validUntil);
    const values = { login, password, until, address: `${this.#deps.issuer}/` };
    return this.#deps.notices.tellWithin(transaction, of.accountId, {
      template: 'staff_joined',
      values,
    });
  }

  readmitted(accountId: string, transaction: ClientSession): Promise<() => void> {
    const values = {
      time: formatInstant(defaultLocale, this.#deps.clock.now()),
      address: `${this.#deps.issuer}/`,
    };
    const notice = { template: 'staff_readmitted', values } as const;
    return this.#deps.notices.tellWithin(transaction, accountId, notice);
  }
}
