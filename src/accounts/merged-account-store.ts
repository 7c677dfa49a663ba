// Contacts of an account that was merged into this one become its own. Used by the account store
// alone.
import type { ChangeContext, ChangeOutcome, Decision } from './account-writer-store.ts';
import { contactFields } from './contact-change-store.ts';
import type { ContactDependencies } from './contact-change-store.ts';

/** Confirmed by the same person elsewhere; undefined: stays as it is. */
export interface MergedContacts {
  phone: string | undefined;
  email: string | undefined;
}

export interface TakenOver {
  /** Another one: the account has changed since the caller read it. */
  revision: number;
  contacts: MergedContacts;
  /** The account that went into this one, with all that had gone into that. */
  formerIds: readonly string[];
}

/** `hasChanged` is false when the account is another than the caller has read; nothing was done then. */
export function takeOverAccount(
  deps: ContactDependencies,
  id: string,
  { to, by }: { to: TakenOver; by: ChangeContext },
): Promise<ChangeOutcome> {
  return deps.writer.update(id, by, async (account, session): Promise<Decision> => {
    if (account.revision !== to.revision || !account.isActive) return undefined;
    const { phone, email } = to.contacts;
    const contacts = [
      ...(phone === undefined ? [] : [{ channel: 'sms', address: phone } as const]),
      ...(email === undefined ? [] : [{ channel: 'mail', address: email } as const]),
    ];
    let $set: object = { formerIds: [...account.formerIds, ...to.formerIds] };
    for (const contact of contacts) {
      const { update } = await contactFields(deps, session, { account, contact, by });
      $set = { ...$set, ...update.$set };
    }
    const [former = ''] = to.formerIds;
    const details = { former, contacts: contacts.map(({ channel }) => channel).join(' ') };
    return { audit: { type: 'accounts.merged', details }, update: { $set } };
  });
}
