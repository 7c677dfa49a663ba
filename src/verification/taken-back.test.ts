// A level that an operator takes back stays back: neither a weaker proof nor the background work
// returns it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importCityAccounts } from '../../test/support/city-accounts.ts';
import { migratedDatabase } from '../../test/support/migrated-database.ts';
import { ShiftedClock } from '../../test/support/shifted-clock.ts';
import { openTestStorage } from '../../test/support/storage.ts';
import type { TestStorage } from '../../test/support/storage.ts';
import { AccountStore } from '../accounts/account-store.ts';
import type { Account } from '../accounts/account.ts';
import { setAccountLevel } from '../accounts/operate-account.ts';
import { allMigrations } from '../migrations.ts';
import { createLogger } from '../platform/logger.ts';
import { EvidenceStore } from './evidence-store.ts';
import { IdentityCaseStore } from './identity-case-store.ts';
import { settleLevels } from './level-expiry.ts';
import type { LevelExpiryDependencies } from './level-expiry.ts';
import type { IdentityClaim } from './provider.ts';
import { recordProof } from './record-proof.ts';
import type { RecordProofDependencies } from './record-proof.ts';

const { uri } = migratedDatabase();
const clock = new ShiftedClock();
const nobodyTold = () => Promise.resolve(() => undefined);
let storage: TestStorage;
let accounts: AccountStore;
let deps: RecordProofDependencies & LevelExpiryDependencies;

beforeAll(async () => {
  storage = await openTestStorage(uri, allMigrations, clock);
  accounts = new AccountStore(storage);
  deps = {
    ...storage,
    accounts,
    logger: createLogger({ level: 'silent', service: 'test' }),
    evidence: new EvidenceStore(storage),
    cases: new IdentityCaseStore(storage),
    notices: { levelChanged: nobodyTold, identityDisplaced: nobodyTold },
    ending: { endAllOfAccount: () => Promise.resolve() },
    policy: [
      { level: 2, anyOf: [{ count: 1, of: ['population', 'face'] }] },
      { level: 3, anyOf: [{ count: 1, of: ['face'] }] },
    ],
  };
});
afterAll(() => storage.database.close());

async function stored(id: string): Promise<Account> {
  const account = await accounts.findById(id);
  if (!account) throw new Error('no such account');
  return account;
}

const levelOf = async (id: string) => (await stored(id)).realNameLevel;

async function person(login: string, level: 1 | 3 = 1): Promise<string> {
  const fields = level === 1 ? { certificate_type: '', certificate_number: '' } : {};
  const [made] = await importCityAccounts(storage, accounts, [{ login, level, fields }]);
  if (!made) throw new Error('nobody was imported');
  return made.id;
}

const claimOf = (number: string): IdentityClaim => ({
  name: '张示例',
  certificate: { type: '111', number },
});

const SOURCES = {
  match: { source: 'population', method: 'two_element', config: { cap: 2 } },
  face: { source: 'face', method: 'face', config: { cap: 3 } },
  faceOfAMonth: { source: 'face', method: 'face', config: { cap: 3, validDays: 30 } },
} as const;

async function prove(id: string, by: keyof typeof SOURCES, claim: IdentityClaim): Promise<void> {
  const outcome = await recordProof(deps, await stored(id), {
    ...SOURCES[by],
    claim,
    grade: 'A',
    resultCode: '00',
    reference: 'r',
    address: '192.0.2.7',
  });
  expect(outcome.ok).toBe(true);
}

async function takeBack(id: string, level: 1 | 2): Promise<void> {
  const { evidence } = deps;
  const holdings = {
    end: () => Promise.resolve(),
    erase: () => Promise.resolve(),
    limitEvidence: (...of: Parameters<EvidenceStore['revokeAbove']>) => evidence.revokeAbove(...of),
  };
  const by = { actor: 'operator', to: { level, source: 'window' } };
  await setAccountLevel({ accounts, holdings, clock }, id, by);
}

describe('a level that the operator took back', () => {
  it('does not come back with a name and a number', async () => {
    const id = await person('fallen');
    const claim = claimOf('440000200101010151');
    await prove(id, 'face', claim);
    expect(await levelOf(id)).toBe(3);
    await takeBack(id, 1);
    await prove(id, 'match', claim);
    expect(await levelOf(id)).toBe(2);
  });

  it('is not carried over to the name and number of somebody else', async () => {
    const id = await person('carried', 3);
    const { name = '', certificate } = await stored(id);
    if (!certificate) throw new Error('no number');
    await prove(id, 'face', { name, certificate });
    // As it was done before evidence was limited along with it.
    const origin = { source: 'window', grade: 'D' } as const;
    await accounts.setRealNameLevel(id, { level: 1, origin }, { actor: 'operator' });
    await prove(id, 'match', claimOf('440000199208160103'));
    expect(await levelOf(id)).toBe(2);
  });

  it('leaves the one that was set when a later proof has expired', async () => {
    const id = await person('lowered');
    const claim = claimOf('440000198802290125');
    await prove(id, 'faceOfAMonth', claim);
    await takeBack(id, 2);
    await prove(id, 'faceOfAMonth', claim);
    expect(await levelOf(id)).toBe(3);
    clock.advance(31 * 86_400);
    await settleLevels(deps);
    expect(await levelOf(id)).toBe(2);
  });

  it('is not half given back by the expiry that has just looked at it', async () => {
    const id = await person('between');
    const claim = claimOf('44000019850615003X');
    await prove(id, 'match', claim);
    await prove(id, 'faceOfAMonth', claim);
    clock.advance(31 * 86_400);
    await settleLevels({
      ...deps,
      accounts: {
        findById: async (of) => {
          const seen = await accounts.findById(of);
          await takeBack(of, 1);
          return seen;
        },
        setRealNameLevel: (...args) => accounts.setRealNameLevel(...args),
      },
    });
    expect(await levelOf(id)).toBe(1);
  });
});
