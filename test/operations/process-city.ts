// A city whose app processes are real ones: a database of its own with clients and people, one
// address for all, and what each process is told.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AccountStore } from '../../src/accounts/account-store.ts';
import { allMigrations } from '../../src/migrations.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { importCityAccounts } from '../support/city-accounts.ts';
import type { CityAccount, CityPerson } from '../support/city-accounts.ts';
import { importCityClients } from '../support/city-clients.ts';
import type { CityClient, CityClientFields } from '../support/city-clients.ts';
import { generousLimits } from '../support/city-node.ts';
import { findFreePortBlock } from '../support/free-ports.ts';
import { MASTER_KEY, openTestStorage } from '../support/storage.ts';
import type { TestStorage } from '../support/storage.ts';

export interface ProcessCity {
  issuer: string;
  /** Where people come to; nothing listens there yet. */
  publicPort: number;
  storage: TestStorage;
  accounts: readonly CityAccount[];
  clients: readonly CityClient[];
  /** For a process on the port `publicPort + place`; its operations listener is 9 above that. */
  environment(
    place: number,
    more?: Readonly<Record<string, string>>,
  ): Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export async function openProcessCity(
  uri: string,
  options: { people: readonly CityPerson[]; clients: readonly CityClientFields[] },
): Promise<ProcessCity> {
  const publicPort = await findFreePortBlock();
  const issuer = `http://localhost:${publicPort}`;
  const storage = await openTestStorage(uri, allMigrations, systemClock);
  const store = new AccountStore(storage);
  const accounts = await importCityAccounts(storage, store, options.people);
  const clients = await importCityClients(storage, options.clients);
  const folder = await mkdtemp(path.join(tmpdir(), 'hutong-operations-'));
  const limits = path.join(folder, 'limits.json');
  await writeFile(limits, JSON.stringify(generousLimits));
  return {
    issuer,
    publicPort,
    storage,
    accounts,
    clients,
    environment: (place, more = {}) => ({
      HUTONG_MODE: 'demonstration',
      HUTONG_PUBLIC_URL: issuer,
      HUTONG_PORT: String(publicPort + place),
      HUTONG_LIMITS: limits,
      HUTONG_MASTER_KEY: MASTER_KEY.toString('base64url'),
      HUTONG_OUTBOUND_ALLOW: '127.0.0.0/8:*',
      MONGODB_URI: uri,
      ...more,
    }),
    async close() {
      await storage.database.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
