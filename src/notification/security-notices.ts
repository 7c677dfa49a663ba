// What the owner of an account is told of at once, in their words: the values of each template.
import type { Account } from '../accounts/account.ts';
import { maskEmail, maskPhone } from '../accounts/masking.ts';
import { deviceName } from '../platform/http/device-name.ts';
import type { Clock } from '../platform/clock.ts';
import { defaultLocale, formatInstant } from '../platform/http/locale.ts';
import type { Locale, Words } from '../platform/http/locale.ts';
import type { ClientSession } from '../platform/mongo.ts';
import type { AccountNotices } from './account-notices.ts';
import { EntityNotices } from './entity-notices.ts';

export type AccountChange =
  | 'password_changed'
  | 'totp_enrolled'
  | 'totp_removed'
  | 'recovery_codes_made'
  | 'passkey_added'
  | 'passkey_removed';

interface SecurityNoticesDependencies {
  notices: AccountNotices;
  words: Words;
  clock: Clock;
}

export class SecurityNotices extends EntityNotices {
  readonly #deps: SecurityNoticesDependencies;

  constructor(deps: SecurityNoticesDependencies) {
    super(deps);
    this.#deps = deps;
  }

  /** @param account as it was read for this request */
  newDevice(account: Account, seen: { userAgent: string; address: string }): Promise<void> {
    const { words, notices } = this.#deps;
    const unknown = words.translate(defaultLocale, 'account-sessions.unknown_device');
    const device = deviceName(seen.userAgent) ?? unknown;
    const { address } = seen;
    return notices.tell(account, 'new_device', { time: this.#time(), device, address });
  }

  /** Somebody with the password typed wrong codes until no more were looked at. */
  secondFactorGuessed(accountId: string, { address }: { address: string }): Promise<void> {
    const values = { time: this.#time(), address };
    return this.#deps.notices.tell(accountId, 'second_factor_guessed', values);
  }

  /** @param system the client's name */
  refreshReused(accountId: string, system: string): Promise<void> {
    return this.#deps.notices.tell(accountId, 'refresh_reused', {
      time: this.#time(),
      client: system,
    });
  }

  /**
   * Part of the caller's transaction; what it returns is called after the commit.
   * @param system the client's name
   */
  deviceApproved(
    accountId: string,
    system: string,
    transaction: ClientSession,
  ): Promise<() => void> {
    const values = { time: this.#time(), client: system };
    const notice = { template: 'device_approved', values } as const;
    return this.#deps.notices.tellWithin(transaction, accountId, notice);
  }

  /** Parts of the caller's transaction; what they return is called after the commit. */
  levelChanged(
    of: { accountId: string; template: 'level_raised' | 'level_expired'; level: number },
    transaction: ClientSession,
  ): Promise<() => void> {
    const level = this.#deps.words.translate(defaultLocale, `level.name.${of.level}`);
    const notice = { template: of.template, values: { time: this.#time(), level } } as const;
    return this.#deps.notices.tellWithin(transaction, of.accountId, notice);
  }

  /**
   * An account of an old system was joined to this one.
   * @param of.oldPhone the number that it had there, E.164, when that is another; it is told too
   */
  async stockAccountBound(
    of: { accountId: string; system: string; oldPhone: string | undefined },
    transaction: ClientSession,
  ): Promise<() => void> {
    const { accountId, system, oldPhone } = of;
    const { notices } = this.#deps;
    const values = { time: this.#time(), system };
    const notice = { template: 'stock_account_bound', values } as const;
    if (oldPhone !== undefined) {
      const contact = { channel: 'sms', address: oldPhone } as const;
      await notices.tellContactWithin(transaction, contact, { ...notice, language: defaultLocale });
    }
    return notices.tellWithin(transaction, accountId, notice);
  }

  identityDisplaced(accountId: string, transaction: ClientSession): Promise<() => void> {
    const notice = { template: 'identity_displaced', values: { time: this.#time() } } as const;
    return this.#deps.notices.tellWithin(transaction, accountId, notice);
  }

  /**
   * Somebody else has confirmed the number of this account; told by its other contacts. Part of the
   * caller's transaction like `deviceApproved`.
   * @param phone E.164
   */
  phoneLeft(accountId: string, phone: string, transaction: ClientSession): Promise<() => void> {
    const values = { time: this.#time(), phone: maskPhone(phone) };
    const notice = { template: 'phone_left', values, exceptPhone: phone } as const;
    return this.#deps.notices.tellWithin(transaction, accountId, notice);
  }

  /**
   * A contact of the account is another one, or gone; told by those it had, and by the new one. Part
   * of the caller's transaction like `deviceApproved`.
   */
  contactChanged(
    of: { accountId: string; channel: 'sms' | 'mail'; address: string; isRemoved: boolean },
    transaction: ClientSession,
  ): Promise<() => void> {
    const { accountId, channel, address, isRemoved } = of;
    const kind = this.#deps.words.translate(defaultLocale, `sign-up.contact.label.${channel}`);
    const contact = channel === 'sms' ? maskPhone(address) : maskEmail(address);
    return this.#deps.notices.tellWithin(transaction, accountId, {
      template: isRemoved ? 'contact_removed' : 'contact_changed',
      values: { time: this.#time(), kind, contact },
      alsoTo: isRemoved ? undefined : { channel, address },
    });
  }

  /** The directory names other contacts of who holds a power; told by those there are. */
  contactsKept(accountId: string, transaction: ClientSession): Promise<() => void> {
    const notice = { template: 'contacts_kept', values: { time: this.#time() } } as const;
    return this.#deps.notices.tellWithin(transaction, accountId, notice);
  }

  /**
   * How a review ended, or that more is needed; part of the caller's transaction like
   * `deviceApproved`. @param of the words `review.kind.<kind>` and
   * `review.reason.<verdict>.<reason>.applicant` are told
   */
  reviewEnded(
    of: {
      accountId: string;
      kind: string;
      verdict: 'approve' | 'reject' | 'ask';
      reason: string;
    },
    transaction: ClientSession,
  ): Promise<() => void> {
    const { words, notices } = this.#deps;
    const matter = words.translate(defaultLocale, `review.kind.${of.kind}`);
    const why = words.translate(
      defaultLocale,
      `review.reason.${of.verdict}.${of.reason}.applicant`,
    );
    const values = { time: this.#time(), matter, why };
    const notice = { template: `review_${of.verdict}`, values } as const;
    return notices.tellWithin(transaction, of.accountId, notice);
  }

  /** Two officers have given or taken away a role. Part of the caller's transaction. */
  roleChanged(
    of: { accountId: string; change: 'grant' | 'revoke'; role: string },
    transaction: ClientSession,
  ): Promise<() => void> {
    const role = this.#deps.words.translate(defaultLocale, `roles-command.name.${of.role}`);
    const template = of.change === 'grant' ? 'role_granted' : 'role_revoked';
    const notice = { template, values: { time: this.#time(), role } } as const;
    return this.#deps.notices.tellWithin(transaction, of.accountId, notice);
  }

  /** A recovery has come to its end. Part of the caller's transaction like `deviceApproved`. */
  recovered(accountId: string, transaction: ClientSession): Promise<() => void> {
    const notice = { template: 'account_recovered', values: { time: this.#time() } } as const;
    return this.#deps.notices.tellWithin(transaction, accountId, notice);
  }

  /**
   * Somebody waits for the account; `cancelLink` ends it. Part of the caller's transaction.
   */
  recoveryWaiting(
    of: { accountId: string; readyAt: Date; cancelLink: string },
    transaction: ClientSession,
  ): Promise<() => void> {
    const { accountId, readyAt, cancelLink } = of;
    const values = {
      time: this.#time(),
      ready: formatInstant(defaultLocale, readyAt),
      link: cancelLink,
    };
    return this.#deps.notices.tellWithin(transaction, accountId, {
      template: 'recovery_waiting',
      values,
    });
  }

  /** The waiting time is over: to the contact that was proven. Part of the caller's transaction. */
  recoveryReady(
    of: {
      contact: { channel: 'sms' | 'mail'; address: string };
      link: string;
      notBefore: Date;
      language: Locale;
    },
    transaction: ClientSession,
  ): Promise<void> {
    const { contact, link, notBefore, language } = of;
    const values = { link, time: formatInstant(language, this.#deps.clock.now()) };
    const notice = { template: 'recovery_ready', values, language, notBefore } as const;
    return this.#deps.notices.tellContactWithin(transaction, contact, notice);
  }

  recoveryCancelled(accountId: string, transaction: ClientSession): Promise<() => void> {
    const notice = { template: 'recovery_cancelled', values: { time: this.#time() } } as const;
    return this.#deps.notices.tellWithin(transaction, accountId, notice);
  }

  accountFrozen(accountId: string, transaction: ClientSession): Promise<() => void> {
    const notice = { template: 'account_frozen', values: { time: this.#time() } } as const;
    return this.#deps.notices.tellWithin(transaction, accountId, notice);
  }

  /** @param remaining how many recovery codes are left */
  recoveryCodeUsed(accountId: string, remaining: number): Promise<void> {
    const values = { time: this.#time(), count: remaining };
    return this.#deps.notices.tell(accountId, 'recovery_code_used', values);
  }

  /** The counter of a passkey went back: two authenticators may hold it. */
  passkeyCopied(accountId: string): Promise<void> {
    return this.#deps.notices.tell(accountId, 'passkey_copied', { time: this.#time() });
  }

  /** A copy of all that the account holds was taken. */
  dataExported(accountId: string): Promise<void> {
    return this.#deps.notices.tell(accountId, 'data_exported', { time: this.#time() });
  }

  /** Parts of the caller's transaction like `deviceApproved`. @param of.link takes the request back */
  closingRequested(
    of: { accountId: string; until: Date; link: string },
    transaction: ClientSession,
  ): Promise<() => void> {
    const values = { time: this.#time(), until: this.#time(of.until), link: of.link };
    const notice = { template: 'closing_requested', values } as const;
    return this.#deps.notices.tellWithin(transaction, of.accountId, notice);
  }

  closingCancelled(accountId: string, transaction: ClientSession): Promise<() => void> {
    return this.#closing('closing_cancelled', accountId, transaction);
  }

  /** Something has come to forbid it since. */
  closingStopped(accountId: string, transaction: ClientSession): Promise<() => void> {
    return this.#closing('closing_stopped', accountId, transaction);
  }

  accountClosed(accountId: string, transaction: ClientSession): Promise<() => void> {
    return this.#closing('account_closed', accountId, transaction);
  }

  #closing(
    template: 'closing_cancelled' | 'closing_stopped' | 'account_closed',
    accountId: string,
    transaction: ClientSession,
  ): Promise<() => void> {
    const notice = { template, values: { time: this.#time() } };
    return this.#deps.notices.tellWithin(transaction, accountId, notice);
  }

  /** By an operator, for who comes in person. Part of the caller's transaction. */
  passwordReplaced(accountId: string, transaction: ClientSession): Promise<() => void> {
    const notice = { template: 'password_changed', values: { time: this.#time() } } as const;
    return this.#deps.notices.tellWithin(transaction, accountId, notice);
  }

  changed(accountId: string, what: AccountChange): Promise<void> {
    return this.#deps.notices.tell(accountId, what, { time: this.#time() });
  }

  #time(at = this.#deps.clock.now()): string {
    return formatInstant(defaultLocale, at);
  }
}
