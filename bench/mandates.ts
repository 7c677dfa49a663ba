// Organisations, people of level 3 and the mandates between them: what a system of a department asks
// about. Accounts come in by the operator's command; the mandates, and that the system knows the
// people, by the product's own stores, because a person would have to sign in for each.
import { writeFile } from 'node:fs/promises';
import { AccountStore } from '../src/accounts/account-store.ts';
import { residentIdCheckDigit } from '../src/accounts/resident-id.ts';
import { socialCreditCheckDigit } from '../src/accounts/social-credit-code.ts';
import { AuditStore } from '../src/audit/audit-store.ts';
import { ConsentStore } from '../src/consent/consent-store.ts';
import { MandateStore } from '../src/mandates/mandate-store.ts';
import { subjectsOf } from '../src/oidc/claims/pairwise.ts';
import { systemClock } from '../src/platform/clock.ts';
import { openKeyring } from '../src/platform/keyring-store.ts';
import { connectDatabase } from '../src/platform/mongo.ts';
import { systemRandom } from '../src/platform/random.ts';
import type { BenchMandate } from './target.ts';

/** Each person is a handler of this many, one after the other. */
const MANDATES_EACH = 3;
const ENTITIES = 1000;
const PEOPLE = 1000;

const SERVICE = 'bench-filing';

export const department = {
  client_id: 'bench-department',
  client_name: 'Bench department',
  client_secret: 'bench-department-secret-0123456789abcdef',
  client_uri: 'https://department.bench.example/',
  redirect_uris: ['https://department.bench.example/callback'],
  grant_types: ['authorization_code', 'client_credentials'],
  scope: 'openid legal_entity mandates:check',
  consent: 'notice',
  services: [SERVICE],
};

/** For `hutong accounts import`. */
export async function writeHolders(file: string): Promise<void> {
  const people = Array.from({ length: PEOPLE }, (_, number) => {
    const digits = `44019919900101${String(number).padStart(3, '0')}`;
    const certificate = digits + residentIdCheckDigit(digits);
    return `naturalPerson,${personLogin(number)},李经办,111,${certificate},,3`;
  });
  const entities = Array.from(
    { length: ENTITIES },
    (_, number) => `legalEntity,${entityLogin(number)},示例企业${number},,,${usccOf(number)},3`,
  );
  const header = 'kind,login,name,certificate_type,certificate_number,uscc,real_name_level';
  await writeFile(file, `${[header, ...people, ...entities].join('\n')}\n`);
}

/** Of the accounts that were imported. */
export async function grantMandates(at: {
  uri: string;
  /** HUTONG_MASTER_KEY */
  masterKey: string;
}): Promise<BenchMandate[]> {
  const database = await connectDatabase({ uri: at.uri });
  try {
    const masterKey = Buffer.from(at.masterKey, 'base64url');
    const keyring = await openKeyring(database, masterKey, systemClock.now());
    const base = { database, keyring, clock: systemClock, random: systemRandom };
    const stores = {
      accounts: new AccountStore({ ...base, audit: new AuditStore(base) }),
      consents: new ConsentStore(base),
      mandates: new MandateStore(base),
    };
    const entities = await idsOf(stores.accounts, ENTITIES, entityLogin);
    const people = await idsOf(stores.accounts, PEOPLE, personLogin);
    const subjects = subjectsOf(keyring, { sector_host: new URL(department.client_uri).host });
    const told: BenchMandate[] = [];
    await database.transaction(async (session) => {
      for (const [number, holderId] of people.entries()) {
        for (let turn = 0; turn < MANDATES_EACH; turn += 1) {
          const place = (number + turn) % ENTITIES;
          const entityId = entities[place] ?? '';
          const facts = { role: 'handler', grantedBy: 'bench', services: [SERVICE] } as const;
          await stores.mandates.grant({ ...facts, entityId, holderId }, session);
          told.push({ sub: subjects.person(holderId), uscc: usccOf(place), service: SERVICE });
        }
      }
    });
    const allowed = ['scope:openid', 'scope:legal_entity'];
    const given = { clientId: department.client_id, basis: 'notice', allowed } as const;
    await Promise.all(people.map((accountId) => stores.consents.remember({ accountId, ...given })));
    return told;
  } finally {
    await database.close();
  }
}

async function idsOf(
  accounts: AccountStore,
  count: number,
  loginOf: (number: number) => string,
): Promise<string[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, number) => {
      const account = await accounts.findByLogin(loginOf(number));
      if (!account) throw new Error(`${loginOf(number)} was not imported`);
      return account.id;
    }),
  );
}

const personLogin = (number: number) => `bench-handler-${number}`;
const entityLogin = (number: number) => `bench-entity-${number}`;

function usccOf(number: number): string {
  const code = `91440000BE${String(number).padStart(6, '0')}X`;
  return `${code}${socialCreditCheckDigit(code)}`;
}
