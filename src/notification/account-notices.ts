// Notices to the owner of an account, by every confirmed contact.
import type { Account } from '../accounts/account.ts';
import type { TranslateValues } from '../platform/http/locale.ts';
import type { ClientSession } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import type { MessageTemplate } from './message.ts';
import type { MessageOutbox } from './message-store.ts';
import { notify } from './notify.ts';

interface AccountNoticesDependencies {
  messages: MessageOutbox;
  random: Random;
  accounts: { findById(id: string): Promise<Account | undefined> };
  /** Lets the worker look at once. */
  wake(): void;
}

interface AccountNotice {
  template: MessageTemplate;
  values: TranslateValues;
  /** A number that is somebody else's by now. */
  exceptPhone?: string | undefined;
}

export class AccountNotices {
  readonly #deps: AccountNoticesDependencies;

  constructor(deps: AccountNoticesDependencies) {
    this.#deps = deps;
  }

  /** Nothing happens for an account that is gone or has no confirmed contact. */
  async tell(accountId: string, template: MessageTemplate, values: TranslateValues): Promise<void> {
    await this.#enqueue(accountId, { template, values });
  }

  /** The same in the caller's transaction; what it returns is called after the commit. */
  async tellWithin(
    transaction: ClientSession,
    accountId: string,
    notice: AccountNotice,
  ): Promise<() => void> {
    await this.#enqueue(accountId, notice, transaction);
    return () => this.#deps.wake();
  }

  async #enqueue(
    accountId: string,
    notice: AccountNotice,
    transaction?: ClientSession,
  ): Promise<void> {
    const account = await this.#deps.accounts.findById(accountId);
    if (!account) return;
    const { exceptPhone, ...message } = notice;
    const phone = confirmed(account, 'phone');
    const to = {
      phone: phone === exceptPhone ? undefined : phone,
      email: confirmed(account, 'email'),
    };
    await notify(this.#deps, { to, ...message, language: 'zh-CN' }, transaction);
  }
}

function confirmed(account: Account, contact: 'phone' | 'email'): string | undefined {
  const attribute = account.attribute(contact);
  return attribute?.verifiedAt === undefined ? undefined : attribute.value;
}
