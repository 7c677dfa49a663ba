// `hutong stock-accounts …` on the stores of this database.
import { StockAccountStore } from '../stock-accounts/stock-account-store.ts';
import { runStockAccountsCommand } from '../stock-accounts/stock-accounts.commands.ts';
import type { Invocation } from './invocation.ts';

export function runStockAccounts(args: readonly string[], invocation: Invocation): Promise<number> {
  return runStockAccountsCommand(args, {
    ...invocation,
    stock: new StockAccountStore(invocation),
    sources: invocation.config.stockSources,
  });
}
