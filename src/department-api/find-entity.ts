// Which account an organisation's number belongs to. The answer hardly ever changes, and whether it
// still holds is seen in the account itself, which is read anyway.
import { VERIFIED_LEVEL } from '../accounts/account.ts';
import type { AccountStore } from '../accounts/account-store.ts';
import { BoundedMap } from '../platform/bounded-map.ts';

const MOST_REMEMBERED = 20_000;

export class EntityFinder {
  readonly #accounts: Pick<AccountStore, 'findById' | 'findByIdentity'>;
  readonly #known = new BoundedMap<string, string>(MOST_REMEMBERED);

  constructor(accounts: Pick<AccountStore, 'findById' | 'findByIdentity'>) {
    this.#accounts = accounts;
  }

  /** What it was when this was asked before. */
  guess(uscc: string): string | undefined {
    return this.#known.get(uscc);
  }

  /** Account id of the organisation whose verified number this is. */
  async find(uscc: string): Promise<string | undefined> {
    const known = this.#known.get(uscc);
    const account = known === undefined ? undefined : await this.#accounts.findById(known);
    const isSame = account?.uscc === uscc && account.realNameLevel >= VERIFIED_LEVEL;
    if (account && isSame && account.state !== 'closed') return account.id;
    const attribute = { value: uscc, source: 'client', grade: 'D' } as const;
    const found = await this.#accounts.findByIdentity('legalEntity', { uscc: attribute });
    if (!found) {
      this.#known.delete(uscc);
      return undefined;
    }
    this.#known.set(uscc, found.id);
    return found.id;
  }
}
