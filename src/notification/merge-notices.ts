// What the owners of two accounts that are to become one are told, by the contacts of each.
import type { Clock } from '../platform/clock.ts';
import { defaultLocale, formatInstant } from '../platform/http/locale.ts';
import type { ClientSession } from '../platform/mongo.ts';
import type { AccountNotices } from './account-notices.ts';

/** All are parts of the caller's transaction; what they return is called after the commit. */
export class MergeNotices {
  readonly #deps: { notices: AccountNotices; clock: Clock };

  constructor(deps: { notices: AccountNotices; clock: Clock }) {
    this.#deps = deps;
  }

  /** @param of.stopLink stops it until `readyAt` */
  mergeWaiting(
    of: { accountId: string; readyAt: Date; stopLink: string },
    transaction: ClientSession,
  ): Promise<() => void> {
    const { accountId, readyAt, stopLink: link } = of;
    const ready = formatInstant(defaultLocale, readyAt);
    return this.#tell({ accountId, template: 'merge_waiting', more: { ready, link } }, transaction);
  }

  mergeStopped(accountId: string, transaction: ClientSession): Promise<() => void> {
    return this.#tell({ accountId, template: 'merge_stopped' }, transaction);
  }

  /** One of the two was not what it was any more. */
  mergeVoid(accountId: string, transaction: ClientSession): Promise<() => void> {
    return this.#tell({ accountId, template: 'merge_void' }, transaction);
  }

  /** @param of.isEnded of the account that went into the other */
  merged(
    of: { accountId: string; isEnded: boolean },
    transaction: ClientSession,
  ): Promise<() => void> {
    const { accountId, isEnded } = of;
    const template = isEnded ? 'merge_ended' : 'merge_kept';
    return this.#tell({ accountId, template }, transaction);
  }

  #tell(
    of: {
      accountId: string;
      template: 'merge_waiting' | 'merge_stopped' | 'merge_void' | 'merge_kept' | 'merge_ended';
      more?: Record<string, string>;
    },
    transaction: ClientSession,
  ): Promise<() => void> {
    const { accountId, template, more } = of;
    const time = formatInstant(defaultLocale, this.#deps.clock.now());
    const notice = { template, values: { time, ...more } };
    return this.#deps.notices.tellWithin(transaction, accountId, notice);
  }
}
