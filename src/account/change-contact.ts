// Change of the phone or mail of one's own account: a code to the new one, then one transaction with
// its audit record, and notices to the contacts before and after. Whose the new one was is not looked
// up before its code came back, and is told to nobody here.
import { VERIFIED_LEVEL } from '../accounts/account.ts';
import type { Account } from '../accounts/account.ts';
import {
  confirmedContacts,
  findContactCode,
  sendContactCode,
  verifyContactCode,
} from '../credentials/contact-code.ts';
import type {
  CodePlace,
  Contact,
  SendCodeOutcome,
  VerifyCodeOutcome,
} from '../credentials/contact-code.ts';
import type { Locale } from '../platform/http/locale.ts';
import type { Visitor } from './account-access.ts';
import type { AccountDependencies } from './account-deps.ts';
import type { ContactChangePage } from './account-paths.ts';
import { channelOf, presentContact } from './contact-holding.ts';

/** Codes to new contacts that one account may have sent in a day. */
const CODES_A_DAY = { attempts: 10, windowSeconds: 86_400 };

export async function sendNewContactCode(
  deps: AccountDependencies,
  visitor: Visitor,
  of: { contact: Contact; address: string; language: Locale },
): Promise<SendCodeOutcome> {
  const { budgets } = deps.credentials;
  const rule = { ...CODES_A_DAY, key: `new-contact-codes:${visitor.account.id}` };
  const taken = await budgets.reserve([rule]);
  if (!taken.ok) {
    const { retryAfterSeconds } = taken;
    return { ok: false, reason: 'daily_cap', retryAfterSeconds };
  }
  const codes = { ...deps.credentials, sendCode: deps.sendCode };
  const sent = await sendContactCode(codes, { ...placeOf(visitor), ...of });
  if (!sent.ok) await budgets.giveBack(taken.reservations);
  return sent;
}

/** The contact that was typed last for this page, while a code to it can be typed in or sent again. */
export function typedContact({ session }: Visitor, page: ContactChangePage): Contact | undefined {
  const { newContact } = session;
  return newContact?.channel === channelOf(page) ? newContact : undefined;
}

export async function isCodeUnderWay(
  deps: AccountDependencies,
  visitor: Visitor,
  { channel }: Contact,
): Promise<boolean> {
  const pending = await findContactCode(deps.credentials, placeOf(visitor));
  return pending?.channel === channel;
}

export type ChangeOutcome =
  | { ok: true }
  /** The account has changed since it was asked what may be done. */
  | { ok: false; reason: 'changed_meanwhile' }
  | (VerifyCodeOutcome & { ok: false });

/** The code came back: the contact is the account's from now on. */
export async function confirmNewContact(
  deps: AccountDependencies,
  visitor: Visitor,
  of: { contact: Contact; code: string; address: string },
): Promise<ChangeOutcome> {
  const { contact, code, address } = of;
  const given = { ...placeOf(visitor), code, contacts: [contact], address };
  const verified = await verifyContactCode(deps.credentials, given);
  return verified.ok ? write(deps, visitor, { ...of, after: contact.address }) : verified;
}

export type RemovalRefusal = 'last_contact' | 'login';

/** Why the contact has to stay; undefined when it may go. */
export function removalRefusal(
  account: Account,
  page: ContactChangePage,
): RemovalRefusal | undefined {
  const channel = channelOf(page);
  const others = confirmedContacts(account).filter((each) => each.channel !== channel);
  if (others.length === 0) return 'last_contact';
  const { login, certificate, uscc, realNameLevel } = account;
  const hasNumber = realNameLevel >= VERIFIED_LEVEL && (certificate ?? uscc) !== undefined;
  return channel === 'sms' && login === undefined && !hasNumber ? 'login' : undefined;
}

export type RemoveOutcome =
  | { ok: true }
  | { ok: false; reason: 'changed_meanwhile' | RemovalRefusal };

export async function removeContact(
  deps: AccountDependencies,
  visitor: Visitor,
  of: { page: ContactChangePage; address: string },
): Promise<RemoveOutcome> {
  const contact = presentContact(visitor.account, of.page);
  if (!contact) return { ok: false, reason: 'changed_meanwhile' };
  const refusal = removalRefusal(visitor.account, of.page);
  if (refusal) return { ok: false, reason: refusal };
  return write(deps, visitor, { contact, address: of.address, after: undefined });
}

async function write(
  deps: AccountDependencies,
  { account, session: { key } }: Visitor,
  of: { contact: Contact; address: string; after: string | undefined },
): Promise<{ ok: true } | { ok: false; reason: 'changed_meanwhile' }> {
  const { id: accountId, revision } = account;
  const { contact, address, after } = of;
  const { channel } = contact;
  const wakes: (() => void)[] = [];
  const changed = await deps.accounts.changeContact(
    accountId,
    {
      channel,
      address: after,
      // What was proven holds for the account as it was then.
      isStillTheirs: (now) => now.isActive && now.revision === revision,
      onPhoneLeft: async (transaction, formerId) => {
        wakes.push(await deps.notices.phoneLeft(formerId, contact.address, transaction));
      },
    },
    {
      actor: accountId,
      address,
      alongside: async (transaction) => {
        const isRemoved = after === undefined;
        const told = { accountId, channel, address: contact.address, isRemoved };
        wakes.push(await deps.notices.contactChanged(told, transaction));
        await deps.accountSessions.forgetNewContact(key, transaction);
      },
    },
  );
  for (const wake of wakes) wake();
  return changed.ok && changed.hasChanged
    ? { ok: true }
    : { ok: false, reason: 'changed_meanwhile' };
}

function placeOf({ account, session }: Visitor): CodePlace {
  return { owner: account.id, purpose: 'confirm_contact', boundTo: session.sid };
}
