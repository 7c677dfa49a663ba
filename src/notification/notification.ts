// Puts the parts of this domain together: the outbox of messages, who fills it, who delivers it.
import type { Account } from '../accounts/account.ts';
import type { Clock } from '../platform/clock.ts';
import type { Config } from '../platform/config.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { Words } from '../platform/http/locale.ts';
import type { Logger } from '../platform/logger.ts';
import type { Metrics } from '../platform/metrics.ts';
import type { Database } from '../platform/mongo.ts';
import { everyAddress } from '../platform/outbound-rules.ts';
import { createOutbound } from '../platform/outbound.ts';
import type { Random } from '../platform/random.ts';
import { AccountNotices } from './account-notices.ts';
import type { AccountNoticesDependencies } from './account-notices.ts';
import { CodeMessages } from './code-messages.ts';
import { MergeNotices } from './merge-notices.ts';
import { FederationNotices } from './federation-notices.ts';
import { GuardianNotices } from './guardian-notices.ts';
import { MessageStore } from './message-store.ts';
import type { MessageOutbox } from './message-store.ts';
import { createMessageWorker } from './message-worker.ts';
import { SmsSender } from './sms-sender.ts';
import type { MessageBudgets } from './sms-sender.ts';
import { SecurityNotices } from './security-notices.ts';
import { StaffNotices } from './staff-notices.ts';

export interface NotificationDependencies {
  database: Database;
  keyring: Keyring;
  clock: Clock;
  random: Random;
  logger: Logger;
  words: Words;
  issuer: string;
  metrics: Pick<Metrics, 'observe'>;
  budgets: MessageBudgets;
  accounts: { findById(id: string): Promise<Account | undefined> };
  /** A link that freezes the account, for its owner's notices. */
  notMeLink: AccountNoticesDependencies['notMeLink'];
}

export function openNotification(
  deps: NotificationDependencies,
  config: Pick<Config, 'mail' | 'sms' | 'outbound'>,
) {
  // The operator named the gateway, wherever it is.
  const gateway = createOutbound({ ...config.outbound, allow: everyAddress });
  const messages = new MessageStore(deps);
  const sms = new SmsSender({ ...deps, outbound: gateway }, config.sms);
  const worker = createMessageWorker({ ...deps, mail: config.mail, sms, store: messages });
  const wake = () => worker.wake();
  const outbox: MessageOutbox = {
    enqueue: (entries, session) =>
      session ? messages.enqueue(entries, session) : worker.submit(entries, messages),
  };
  const notices = new AccountNotices({ ...deps, messages: outbox, wake });
  const codes = new CodeMessages({ ...deps, messages: outbox });
  return {
    messages,
    wake,
    notices: new SecurityNotices({ ...deps, notices }),
    mergeNotices: new MergeNotices({ ...deps, notices }),
    federationNotices: new FederationNotices({ ...deps, notices }),
    guardianNotices: new GuardianNotices({ ...deps, notices }),
    staffNotices: new StaffNotices({ ...deps, notices }),
    sendCode: codes.send.bind(codes),
    start: () => worker.start(),
    async stop() {
      await worker.stop();
      await gateway.close();
    },
  };
}
