// The end of a recovery as the account sees it: what its owner has frozen is open again, and the
// contact that the owner can be reached at now is its own. Used by the account store alone.
import type { Account } from './account.ts';
import type { ChangeContext, ChangeOutcome, Decision } from './account-writer-store.ts';
import { CONTACT_CONFIRMED, contactFields } from './contact-change-store.ts';
import type { ConfirmedContact, ContactDependencies } from './contact-change-store.ts';
import type { ClientSession } from '../platform/mongo.ts';

export interface RecoveredTo {
  /** Asked inside the transaction: whether what was proven is still true of it. */
  isStillTheirs(account: Account): boolean;
  /** A contact that becomes the account's. */
  contact?: ConfirmedContact | undefined;
  /** Another account had the number, which is to be told. */
  onPhoneLeft(session: ClientSession, formerAccountId: string): Promise<void>;
}

interface Recovering {
  to: RecoveredTo;
  by: ChangeContext;
}

/** `hasChanged` is false when it was not theirs any more, and then nothing else was done. */
export function recoverAccount(
  deps: ContactDependencies,
  id: string,
  recovering: Recovering,
): Promise<ChangeOutcome> {
  const { to, by } = recovering;
  return deps.writer.update(id, by, async (account, session): Promise<Decision> => {
    if (!to.isStillTheirs(account)) return undefined;
    const { isFrozen } = account;
    if (isFrozen) await deps.writer.record(session, id, { ...by, type: 'accounts.thawed' });
    const contact = to.contact && (await newContact(deps, session, { account, recovering }));
    return {
      audit: { type: 'recovery.completed', level: account.realNameLevel },
      update: {
        $set: { ...contact?.update.$set, ...(isFrozen ? { state: 'active' } : {}) },
        ...(isFrozen ? { $unset: { frozenAt: 1 } } : {}),
      },
    };
  });
}

async function newContact(
  deps: ContactDependencies,
  session: ClientSession,
  of: { account: Account; recovering: Recovering },
) {
  const { account, recovering } = of;
  const { to, by } = recovering;
  if (!to.contact) return undefined;
  const onPhoneLeft = (moving: ClientSession, former: string) => to.onPhoneLeft(moving, former);
  const fields = { account, contact: to.contact, by, onPhoneLeft };
  const type = CONTACT_CONFIRMED[to.contact.channel];
  await deps.writer.record(session, account.id, { ...by, type });
  return contactFields(deps, session, fields);
}
