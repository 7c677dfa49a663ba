// The verification domain of one process on a test's database, with the sources of an environment.
import type { AccountStore } from '../../src/accounts/account-store.ts';
import { BudgetStore } from '../../src/credentials/budget-store.ts';
import { AccountNotices } from '../../src/notification/account-notices.ts';
import { MessageStore } from '../../src/notification/message-store.ts';
import { SecurityNotices } from '../../src/notification/security-notices.ts';
import type { Clock } from '../../src/platform/clock.ts';
import { localesFolder } from '../../src/platform/http/http-app.ts';
import { loadWords } from '../../src/platform/http/locale.ts';
import { limitsSchema } from '../../src/platform/limits-config.ts';
import { createLogger } from '../../src/platform/logger.ts';
import type { Outbound } from '../../src/platform/outbound.ts';
import { PrometheusMetrics } from '../../src/platform/prometheus.ts';
import { loadVerification } from '../../src/platform/verification-config.ts';
import { settleLevels } from '../../src/verification/level-expiry.ts';
import { openVerification } from '../../src/verification/open-verification.ts';
import type { TestStorage } from './storage.ts';

interface Ground {
  storage: TestStorage;
  accounts: AccountStore;
  outbound: Outbound;
  clock: Clock;
  /** Filled with the accounts whose sessions are ended. */
  ended: string[];
}

/** Addresses of 203.0.113.0/24 are those of a hall, with six tries in ten minutes. */
export function verificationProcess(
  { storage, accounts, outbound, clock, ended }: Ground,
  environment: Readonly<Record<string, string>>,
) {
  const problems: string[] = [];
  const config = loadVerification(environment['HUTONG_VERIFICATION'], problems);
  if (problems.length > 0) throw new Error(problems.join());
  const logger = createLogger({ level: 'silent', service: 'test' });
  const metrics = new PrometheusMetrics({ logger });
  const messages = new MessageStore(storage);
  const silent = { wake: () => undefined, notMeLink: () => Promise.resolve('') };
  const notices = new AccountNotices({ ...storage, ...silent, messages, accounts });
  const words = loadWords(localesFolder);
  const deps = {
    ...storage,
    logger,
    metrics,
    outbound,
    accounts,
    budgets: new BudgetStore(storage),
    limits: limitsSchema.parse({
      signIn: { addresses: [{ cidr: '203.0.113.0/24', attempts: 6, windowSeconds: 600 }] },
    }).signIn,
    notices: new SecurityNotices({ notices, words, clock }),
    ending: {
      endAllOfAccount: async (accountId: string) =>
        void (await Promise.resolve(ended.push(accountId))),
    },
  };
  const { verification } = openVerification(deps, config);
  return { verification, metrics, settle: () => settleLevels({ ...verification, ...deps }) };
}
