// Accounts of an old system, for tests that need some.
import { createHash, randomBytes } from 'node:crypto';
import { importStockAccounts } from '../../src/stock-accounts/import-stock-accounts.ts';
import type { StockColumn } from '../../src/stock-accounts/import-stock-accounts.ts';
import type { StockSource } from '../../src/platform/stock-sources-config.ts';
import { StockAccountStore } from '../../src/stock-accounts/stock-account-store.ts';
import { StockMigrationStore } from '../../src/stock-accounts/stock-migration-store.ts';
import type { TestStorage } from './storage.ts';

export const housingFund: StockSource = {
  id: 'housing-fund',
  name: { 'zh-CN': '公积金网上大厅', en: 'Housing fund online' },
  levelCap: 2,
  passwordsUntil: '2036-12-31',
  caseSensitiveLogins: false,
};

/** OpenLDAP's salted SHA-256. */
export function saltedHash(password: string): string {
  const salt = randomBytes(8);
  const digest = createHash('sha256').update(password).update(salt).digest();
  return `{SSHA256}${Buffer.concat([digest, salt]).toString('base64')}`;
}

/** A migration under way, of nobody. */
export async function beginStockMigration(storage: TestStorage): Promise<void> {
  await new StockMigrationStore(storage).begin({ stockId: 'none', source: housingFund.id });
}

/** One account; what is not given is invented. */
export async function importStockAccount(
  storage: TestStorage,
  fields: { [Column in StockColumn]?: string } = {},
  source: StockSource = housingFund,
): Promise<void> {
  const row = {
    old_id: randomBytes(8).toString('hex'),
    login: `old-${randomBytes(8).toString('hex')}`,
    password_hash: saltedHash('correct horse'),
    ...fields,
  };
  const report = await importStockAccounts(
    { stock: new StockAccountStore(storage), clock: storage.clock },
    (async function* () {
      yield { number: 2, fields: row };
    })(),
    {
      source,
      onRefused: ({ column, reason }) => {
        throw new Error(`not imported: ${column} ${reason}`);
      },
    },
  );
  if (report.created !== 1) throw new Error('the account was there already');
}
