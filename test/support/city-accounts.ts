// People of a test city, imported as an operator would, with one password whose hash is made once.
import { importAccounts } from '../../src/accounts/import.ts';
import type { AccountStore } from '../../src/accounts/account-store.ts';
import type { ImportFields, ImportRow } from '../../src/accounts/import-rows.ts';
import type { AccountKind } from '../../src/accounts/account.ts';
import { importedCredentials } from '../../src/credentials/imported-credentials.ts';
import { PasswordHasher } from '../../src/credentials/password-hash.ts';
import { PasswordStore } from '../../src/credentials/password-store.ts';
import { TotpStore } from '../../src/credentials/totp-store.ts';
import { limitsSchema } from '../../src/platform/limits-config.ts';
import type { TestStorage } from './storage.ts';

export interface CityPerson {
  login: string;
  kind?: AccountKind;
  name?: string;
  /** 3 unless given; needs certificate numbers above 1, which are made up when absent. */
  level?: 1 | 2 | 3 | 4;
  totpSecret?: string;
  fields?: ImportFields;
}

export interface CityAccount {
  id: string;
  login: string;
  kind: AccountKind;
  password: string;
  totpSecret: string | undefined;
}

export const CITY_PASSWORD = 'paper lantern river 88';
export const TOTP_SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';

let hasher: Promise<PasswordHasher> | undefined;
let hash: Promise<string> | undefined;
let serial = 0;

export async function importCityAccounts(
  storage: TestStorage,
  accounts: AccountStore,
  people: readonly CityPerson[],
): Promise<CityAccount[]> {
  if (people.length === 0) return [];
  hasher ??= PasswordHasher.open(limitsSchema.parse({}).hashing);
  const opened = await hasher;
  hash ??= opened.hashUnqueued(CITY_PASSWORD);
  const imported = importedCredentials({
    ...storage,
    passwords: new PasswordStore(storage),
    totp: new TotpStore(storage),
    hasher: opened,
  });
  const credentials = { ...imported, hashPassword: () => hash as Promise<string> };
  const refusals: object[] = [];
  await importAccounts({ accounts, credentials, clock: storage.clock }, rowsOf(people), {
    keepsPasswords: true,
    onRefused: (refusal) => refusals.push(refusal),
  });
  if (refusals.length > 0) throw new Error(JSON.stringify(refusals));
  return Promise.all(people.map((person) => describe(accounts, person)));
}

async function* rowsOf(people: readonly CityPerson[]): AsyncGenerator<ImportRow> {
  for (const [index, person] of people.entries()) {
    yield { number: index + 1, fields: fieldsOf(person) };
    await Promise.resolve();
  }
}

function fieldsOf(person: CityPerson): ImportFields {
  serial += 1;
  const level = person.level ?? 3;
  const identity =
    person.kind === 'legalEntity'
      ? { uscc: '91440000MA0DEMA09C' }
      : { certificate_type: '111', certificate_number: residentId(serial) };
  return {
    kind: person.kind ?? 'naturalPerson',
    login: person.login,
    password: CITY_PASSWORD,
    name: person.name ?? '张测试',
    phone: `199${String(serial).padStart(8, '0')}`,
    email: `${person.login}@example.com`,
    real_name_level: String(level),
    ...(level >= 2 ? identity : {}),
    ...(person.totpSecret === undefined ? {} : { totp_secret: person.totpSecret }),
    ...person.fields,
  };
}

/** GB 11643: seventeen digits and their check character; the county code is nobody's. */
function residentId(index: number): string {
  const digits = `44000019900307${String(index).padStart(3, '0')}`;
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
  const sum = weights.reduce((total, weight, at) => total + weight * Number(digits[at]), 0);
  return `${digits}${'10X98765432'[sum % 11]}`;
}

async function describe(accounts: AccountStore, person: CityPerson): Promise<CityAccount> {
  const account = await accounts.findByLogin(person.login);
  if (!account) throw new Error(`${person.login} was not imported`);
  return {
    id: account.id,
    login: person.login,
    kind: account.kind,
    password: CITY_PASSWORD,
    totpSecret: person.totpSecret,
  };
}
