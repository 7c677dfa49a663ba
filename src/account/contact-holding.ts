// Which contact has to be proven before one is changed. The number of a verified account opens it
// together with little else, so it goes only with a code to itself; who has lost it goes the way of a
// recovery, where everybody is told and a day is waited. Mail opens nothing by itself.
import type { Account } from '../accounts/account.ts';
import { VERIFIED_LEVEL } from '../accounts/account.ts';
import { confirmedContacts } from '../credentials/contact-code.ts';
import type { Contact } from '../credentials/contact-code.ts';
import { FRESH_SIGN_IN_SECONDS } from '../oidc/lifetimes.ts';
import type { Visitor } from './account-access.ts';
import type { AccountDependencies } from './account-deps.ts';
import { accountPaths, isContactChange } from './account-paths.ts';
import type { ContactChangePage, ContactPage } from './account-paths.ts';

export function channelOf(page: ContactChangePage): Contact['channel'] {
  return page === accountPaths.changePhone ? 'sms' : 'mail';
}

/** The confirmed contact that the page changes. */
export function presentContact(account: Account, page: ContactChangePage): Contact | undefined {
  const channel = channelOf(page);
  return confirmedContacts(account).find((each) => each.channel === channel);
}

/** Those that a code before this page may be sent to. */
export function contactsToProve({ account }: Visitor, page: ContactPage): Contact[] {
  const due = isContactChange(page) ? contactToHold(account, page) : undefined;
  return due ? [due] : confirmedContacts(account);
}

/** True when nothing has to be held, or a code to it came back minutes ago. */
export function isHeld(
  deps: Pick<AccountDependencies, 'accountSessions' | 'clock'>,
  { account, session }: Visitor,
  page: ContactChangePage,
): boolean {
  const due = contactToHold(account, page);
  if (!due) return true;
  const at = session.contactProvenAt?.getTime();
  if (at === undefined) return false;
  const isRecent = deps.clock.now().getTime() - at <= FRESH_SIGN_IN_SECONDS * 1000;
  return isRecent && session.provenContact === deps.accountSessions.contactProof(session.key, due);
}

function contactToHold(account: Account, page: ContactChangePage): Contact | undefined {
  const isDue = page === accountPaths.changePhone && account.realNameLevel >= VERIFIED_LEVEL;
  return isDue ? presentContact(account, page) : undefined;
}
