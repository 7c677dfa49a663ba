// Notices to the owner of an account, by every confirmed contact.
import type { Account } from '../accounts/account.ts';
import { findAccounts } from '../accounts/find-accounts.ts';
import { batchesOf } from '../platform/batches.ts';
import { defaultLocale } from '../platform/http/locale.ts';
import type { TranslateValues } from '../platform/http/locale.ts';
import type { ClientSession } from '../platform/mongo.ts';
import type { OutboxEntry } from '../platform/outbox-store.ts';
import type { Random } from '../platform/random.ts';
import type { Message, MessageTemplate } from './message.ts';
import type { MessageOutbox } from './message-store.ts';
import { messagesOf, notify } from './notify.ts';
import type { Notice } from './notify.ts';

export interface AccountNoticesDependencies {
  messages: MessageOutbox;
  random: Random;
  accounts: { findById(id: string): Promise<Account | undefined> };
  /** A link that freezes the account. */
  notMeLink(accountId: string, transaction?: ClientSession): Promise<string>;
  /** Lets the worker look at once. */
  wake(): void;
}

export interface AccountNotice {
  template: MessageTemplate;
  values: TranslateValues;
  /** A number that is somebody else's by now. */
  exceptPhone?: string | undefined;
  /** A contact that is not the account's yet. */
  alsoTo?: { channel: 'sms' | 'mail'; address: string } | undefined;
}

/** What a stranger may have done: the notice brings a link that closes the account at once. */
const alarming: ReadonlySet<MessageTemplate> = new Set([
  'new_device',
  'password_changed',
  'totp_enrolled',
  'totp_removed',
  'recovery_codes_made',
  'recovery_code_used',
  'passkey_added',
  'passkey_removed',
  'passkey_copied',
  'device_approved',
  'account_recovered',
  'data_exported',
  'contact_changed',
  'contact_removed',
]);

const NOBODY = 'nobody';

export class AccountNotices {
  readonly #deps: AccountNoticesDependencies;

  constructor(deps: AccountNoticesDependencies) {
    this.#deps = deps;
  }

  /**
   * Nothing happens for an account that is gone or has no confirmed contact.
   *
   * @param owner its id, or the account where the same request has just read it
   */
  async tell(
    owner: string | Account,
    template: MessageTemplate,
    values: TranslateValues,
  ): Promise<void> {
    const account = typeof owner === 'string' ? await this.#deps.accounts.findById(owner) : owner;
    if (account) await this.#deps.messages.enqueue(await this.#told(account, { template, values }));
  }

  /** The same in the caller's transaction; what it returns is called after the commit. */
  tellWithin(
    transaction: ClientSession,
    accountId: string,
    notice: AccountNotice,
  ): Promise<() => void> {
    return this.tellEachWithin(transaction, [{ ...notice, accountId }]);
  }

  /** The same to many, each what concerns it. */
  async tellEachWithin(
    transaction: ClientSession,
    notices: readonly (AccountNotice & { accountId: string })[],
  ): Promise<() => void> {
    for (const some of batchesOf(notices)) {
      const accountIds = some.map(({ accountId }) => accountId);
      const accounts = await findAccounts(this.#deps.accounts, accountIds);
      const messages: OutboxEntry<Message>[] = [];
      for (const { accountId, ...notice } of some) {
        const account = accounts.get(accountId);
        if (account) messages.push(...(await this.#told(account, notice, transaction)));
      }
      await this.#deps.messages.enqueue(messages, transaction);
    }
    return () => this.#deps.wake();
  }

  /** For nobody, in the steps that it takes for somebody with one contact: the time tells nothing. */
  async tellNobodyWithin(
    transaction: ClientSession,
    { template, values }: AccountNotice,
  ): Promise<() => void> {
    const { accounts, messages, random } = this.#deps;
    await accounts.findById(NOBODY);
    const to = { channel: 'nowhere', to: 'nowhere', language: defaultLocale } as const;
    const payload = { ...to, template, values: { ...values } };
    const entry = { id: random.id(), lane: 'nowhere', reason: template, payload };
    await messages.enqueue([entry], transaction);
    return () => this.#deps.wake();
  }

  /** To one contact that is not the account's, or not yet; in the caller's transaction. */
  async tellContactWithin(
    transaction: ClientSession,
    contact: { channel: 'sms' | 'mail'; address: string },
    notice: Omit<Notice, 'to'>,
  ): Promise<void> {
    await notify(this.#deps, { ...notice, to: contactOf(contact) }, transaction);
  }

  async #told(
    account: Account,
    notice: AccountNotice,
    transaction?: ClientSession,
  ): Promise<OutboxEntry<Message>[]> {
    const { exceptPhone, alsoTo, ...message } = notice;
    const phone = confirmed(account, 'phone');
    const to = {
      phone: phone === exceptPhone ? undefined : phone,
      email: confirmed(account, 'email'),
    };
    const isReached = to.phone !== undefined || to.email !== undefined;
    if (!isReached && !alsoTo) return [];
    const values = alarming.has(message.template)
      ? { ...message.values, not_me: await this.#deps.notMeLink(account.id, transaction) }
      : message.values;
    const told = { ...message, values, language: defaultLocale } as const;
    return [to, ...(alsoTo ? [contactOf(alsoTo)] : [])].flatMap((each) =>
      messagesOf(this.#deps, { ...told, to: each }),
    );
  }
}

function contactOf({ channel, address }: { channel: 'sms' | 'mail'; address: string }) {
  return channel === 'sms' ? { phone: address } : { email: address };
}

function confirmed(account: Account, contact: 'phone' | 'email'): string | undefined {
  const attribute = account.attribute(contact);
  return attribute?.verifiedAt === undefined ? undefined : attribute.value;
}
