// What guardians are told of a child in their care; the child's name is masked before it comes here.
import type { Clock } from '../platform/clock.ts';
import { defaultLocale, formatInstant } from '../platform/http/locale.ts';
import type { ClientSession } from '../platform/mongo.ts';
import type { AccountNotices } from './account-notices.ts';

export type GuardianshipChange =
  | `guardianship_${'begun' | 'claimed' | 'withdrawn' | 'erased' | 'rested' | 'resumed' | 'ended'}`
  | `guardian_${'changed' | 'review' | 'joined'}`;

export class GuardianNotices {
  readonly #deps: { notices: AccountNotices; clock: Clock };

  constructor(deps: { notices: AccountNotices; clock: Clock }) {
    this.#deps = deps;
  }

  /** Part of the caller's transaction; what it returns is called after the commit. */
  guardianshipChanged(
    of: { accountId: string; template: GuardianshipChange; childName: string },
    transaction: ClientSession,
  ): Promise<() => void> {
    const { accountId, template, childName: child } = of;
    const time = formatInstant(defaultLocale, this.#deps.clock.now());
    const notice = { template, values: { time, child } } as const;
    return this.#deps.notices.tellWithin(transaction, accountId, notice);
  }
}
