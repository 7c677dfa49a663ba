// The domain of organisations on a real database and a real register, without pages: as one process
// or several have it.
import type { AccountStore } from '../../src/accounts/account-store.ts';
import type { Account } from '../../src/accounts/account.ts';
import { AgreementBook } from '../../src/agreements/agreement-book.ts';
import { AgreementStore } from '../../src/agreements/agreement-store.ts';
import { Agreements } from '../../src/agreements/agreements.ts';
import { commandAccounts } from '../../src/app/standing.ts';
import { BudgetStore } from '../../src/credentials/budget-store.ts';
import { checkEntity } from '../../src/legal-entities/check-entity.ts';
import { EntityApplicationStore } from '../../src/legal-entities/entity-application-store.ts';
import { BrakeStore } from '../../src/legal-entities/changes/brake-store.ts';
import { ChangeFeedStore } from '../../src/legal-entities/changes/change-feed-store.ts';
import { EntityRecordStore } from '../../src/legal-entities/entity-record-store.ts';
import { EntityRegister } from '../../src/legal-entities/entity-register.ts';
import { mandateHooks } from '../../src/app/mandate-hooks.ts';
import { openMandates } from '../../src/mandates/open-mandates.ts';
import { registerEntity } from '../../src/legal-entities/register-entity.ts';
import { allMigrations } from '../../src/migrations.ts';
import { AccountNotices } from '../../src/notification/account-notices.ts';
import { MessageStore } from '../../src/notification/message-store.ts';
import { SecurityNotices } from '../../src/notification/security-notices.ts';
import { agreementsFolder, localesFolder } from '../../src/platform/http/http-app.ts';
import { loadWords } from '../../src/platform/http/locale.ts';
import { limitsSchema } from '../../src/platform/limits-config.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { createOutbound } from '../../src/platform/outbound.ts';
import { suppliedMandateLimits } from '../../src/platform/mandates-config.ts';
import { loadVerification } from '../../src/platform/verification-config.ts';
import { ConnectorRunner } from '../../src/verification/connector-runner.ts';
import { EvidenceStore } from '../../src/verification/evidence-store.ts';
import { IdentityCaseStore } from '../../src/verification/identity-case-store.ts';
import { SourceUsageStore } from '../../src/verification/source-usage-store.ts';
import { importCityAccounts } from './city-accounts.ts';
import type { CityPerson } from './city-accounts.ts';
import { entityOf } from './entity-city.ts';
import { startRegisters } from './registers.ts';
import type { Registers } from './registers.ts';
import { ShiftedClock } from './shifted-clock.ts';
import { openTestStorage } from './storage.ts';
import type { TestStorage } from './storage.ts';

export const ADDRESS = '192.0.2.7';

export type EntityStores = Awaited<ReturnType<typeof openEntityStores>>;
export type EntityProcess = ReturnType<typeof openProcess>;

export async function openEntityStores(
  uri: string,
  people: readonly CityPerson[],
  { legalEntities, ...more }: { changes?: boolean; legalEntities?: object } = {},
) {
  const registers = await startRegisters({
    legalEntities: { breaker: { failures: 1000 }, timeoutMs: 4000, ...legalEntities },
    ...more,
  });
  const clock = new ShiftedClock();
  const storage = await openTestStorage(uri, allMigrations, clock);
  const outbound = createOutbound({ allow: ['127.0.0.0/8:*'] });
  const { accounts, onStandingLost } = commandAccounts(storage);
  await importCityAccounts(storage, accounts, people);
  const ended: string[] = [];
  const process = (dailyBudget?: number) =>
    openProcess({ registers, storage, outbound, accounts, ended }, dailyBudget);

  async function personCalled(login: string): Promise<Account> {
    const account = await accounts.findByLogin(login);
    if (!account) throw new Error(`no ${login}`);
    return account;
  }

  async function confirmed(
    deps: EntityProcess,
    person: Account,
    entity: { name: string; uscc: string },
  ) {
    const checked = await checkEntity(deps, person, { entity, address: ADDRESS });
    if (!checked.ok || !checked.application.confirmed) throw new Error('the register said no');
    const { application } = checked;
    const { version } = deps.agreements.current('real-name-registration');
    return {
      person,
      application: { ...application, confirmed: checked.application.confirmed },
      agreement: { isAgreed: true, version, language: 'zh-CN', address: ADDRESS },
    } as const;
  }

  async function registered(login: string, name: string) {
    const deps = process();
    const ready = await confirmed(deps, await personCalled(login), entityOf(name));
    const outcome = await registerEntity(deps, ready);
    if (!outcome.ok) throw new Error(outcome.reason);
    const { entityId } = outcome;
    return { deps, entityId, account: () => accounts.findById(entityId) };
  }

  return {
    registers,
    clock,
    storage,
    accounts,
    onStandingLost,
    /** Accounts of which everything that was open has been ended. */
    ended,
    process,
    personCalled,
    confirmed,
    registered,
    async close() {
      await registers.stop();
      await outbound.close();
      await storage.database.close();
    },
  };
}

function openProcess(
  of: {
    registers: Registers;
    storage: TestStorage;
    outbound: ReturnType<typeof createOutbound>;
    accounts: AccountStore;
    ended: string[];
  },
  dailyBudget: number | undefined,
) {
  const { registers, storage, outbound, accounts, ended } = of;
  const config = loadVerification(registers.environment['HUTONG_VERIFICATION'], []);
  const configured = config?.sources.legalEntities;
  if (!config || !configured) throw new Error('no register');
  const source = { ...configured, ...(dailyBudget === undefined ? {} : { dailyBudget }) };
  const logger = createLogger({ level: 'silent', service: 'test' });
  const usage = new SourceUsageStore(storage);
  const metrics = { observe: () => undefined };
  const connector = { ...storage, logger, metrics, usage };
  const runner = new ConnectorRunner(connector, 'legalEntities', source);
  const own = new AccountNotices({
    ...storage,
    messages: new MessageStore(storage),
    accounts,
    wake: () => undefined,
    notMeLink: () => Promise.resolve(''),
  });
  const words = loadWords(localesFolder);
  const book = new AgreementBook(agreementsFolder);
  const acceptances = new AgreementStore(storage);
  return {
    ...storage,
    ...config,
    logger,
    accounts,
    register: new EntityRegister({ outbound, runner }, source),
    budgetLeft: runner.figures().budgetLeft,
    budgets: new BudgetStore(storage),
    limits: limitsSchema.parse({}).signIn,
    agreements: new Agreements({ ...storage, book, acceptances }),
    notices: new SecurityNotices({ notices: own, words, clock: storage.clock }),
    evidence: new EvidenceStore(storage),
    cases: new IdentityCaseStore(storage),
    entityReview: undefined,
    applications: new EntityApplicationStore(storage),
    ...openMandates(storage, mandateHooks(storage)),
    mandateLimits: suppliedMandateLimits,
    records: new EntityRecordStore(storage),
    brake: new BrakeStore(storage),
    feed: new ChangeFeedStore(storage),
    outbound,
    ending: {
      endAllOfAccount: async (accountId: string) =>
        void (await Promise.resolve(ended.push(accountId))),
    },
  };
}
