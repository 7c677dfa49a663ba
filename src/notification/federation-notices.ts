// What people are told of their identities at other platforms.
import type { Clock } from '../platform/clock.ts';
import { defaultLocale, formatInstant } from '../platform/http/locale.ts';
import type { Locale } from '../platform/http/locale.ts';
import type { ClientSession } from '../platform/mongo.ts';
import type { AccountNotices } from './account-notices.ts';

export interface FederationNotice {
  accountId: string;
  /** A link to another platform began, is frozen, or ended. */
  template: 'federation_linked' | 'federation_frozen' | 'federation_ended';
  peer: { names: Readonly<Record<Locale, string>> };
}

export class FederationNotices {
  readonly #deps: { notices: AccountNotices; clock: Clock };

  constructor(deps: { notices: AccountNotices; clock: Clock }) {
    this.#deps = deps;
  }

  /** Part of the caller's transaction; what it returns is called after the commit. */
  changed(
    { accountId, template, peer }: FederationNotice,
    transaction: ClientSession,
  ): Promise<() => void> {
    const { clock, notices } = this.#deps;
    const time = formatInstant(defaultLocale, clock.now());
    const values = { time, system: peer.names[defaultLocale] };
    return notices.tellWithin(transaction, accountId, { template, values });
  }
}
