// What a guess costs where there is no account to look at. A login that nobody has is given one of
// the costs that accounts of the system have, always the same one, and as often as they have it: so
// neither the time of an answer nor its spread tells who has an account.
import type { Keyring } from '../platform/crypto.ts';
import type { StockAccountStore } from './stock-account-store.ts';

type Costs = Awaited<ReturnType<StockAccountStore['costs']>>;

interface OldCostsDependencies {
  stock: Pick<StockAccountStore, 'costs'>;
  keyring: Keyring;
}

const KEPT_MS = 600_000;
const WITHOUT_ACCOUNTS = 'bcrypt:10';

export class OldCosts {
  readonly #deps: OldCostsDependencies;
  readonly #known = new Map<string, { costs: Promise<Costs>; until: number }>();

  constructor(deps: OldCostsDependencies) {
    this.#deps = deps;
  }

  async likely(source: string, login: string): Promise<string> {
    const costs = await this.#costsOf(source);
    const total = costs.reduce((sum, { count }) => sum + count, 0);
    let place = Math.floor((this.#mac('cost', source, login).readUInt32BE() / 2 ** 32) * total);
    for (const { cost, count } of costs) {
      if (place < count) return cost;
      place -= count;
    }
    return WITHOUT_ACCOUNTS;
  }

  /** Base64url. */
  salt(source: string, login: string): string {
    return this.#mac('salt', source, login).toString('base64url');
  }

  #costsOf(source: string): Promise<Costs> {
    const known = this.#known.get(source);
    if (known && known.until > performance.now()) return known.costs;
    const costs = this.#deps.stock.costs(source);
    this.#known.set(source, { costs, until: performance.now() + KEPT_MS });
    costs.catch(() => this.#known.delete(source));
    return costs;
  }

  #mac(of: 'cost' | 'salt', source: string, login: string): Buffer {
    return this.#deps.keyring.mac(
      'artefactId',
      `stock-accounts.unknown-${of}`,
      JSON.stringify([source, login]),
    );
  }
}
