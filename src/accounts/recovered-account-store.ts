// The end of a recovery as the account sees it: what its owner has frozen is open again, and the
// contact that the owner can be reached at now is its own. Used by the account store alone.
import type mongoose from 'mongoose';
import type { Account } from './account.ts';
import { indexMacs, sealAttribute } from './account-document.ts';
import type { AccountDocument } from './account-document.ts';
import type {
  AccountWriter,
  ChangeContext,
  ChangeOutcome,
  Decision,
} from './account-writer-store.ts';
import { leavePhone } from './phone-holder-store.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { ClientSession } from '../platform/mongo.ts';

export interface RecoveredTo {
  /** Asked inside the transaction: whether what was proven is still true of it. */
  isStillTheirs(account: Account): boolean;
  /** A contact that becomes the account's. */
  contact?: { channel: 'sms' | 'mail'; address: string } | undefined;
  /** Another account had the number, which is to be told. */
  onPhoneLeft(session: ClientSession, formerAccountId: string): Promise<void>;
}

interface RecoverDependencies {
  model: mongoose.Model<AccountDocument>;
  writer: AccountWriter;
  clock: Clock;
  keyring: Keyring;
}

interface Recovering {
  to: RecoveredTo;
  by: ChangeContext;
}

/** `hasChanged` is false when it was not theirs any more, and then nothing else was done. */
export function recoverAccount(
  deps: RecoverDependencies,
  id: string,
  recovering: Recovering,
): Promise<ChangeOutcome> {
  const { to, by } = recovering;
  return deps.writer.update(id, by, async (account, session): Promise<Decision> => {
    if (!to.isStillTheirs(account)) return undefined;
    const { isFrozen } = account;
    if (isFrozen) await deps.writer.record(session, id, { ...by, type: 'accounts.thawed' });
    const contact = await contactFields(deps, session, { account, recovering });
    return {
      audit: { type: 'recovery.completed', level: account.realNameLevel },
      update: {
        $set: { ...contact, ...(isFrozen ? { state: 'active' } : {}) },
        ...(isFrozen ? { $unset: { frozenAt: 1 } } : {}),
      },
    };
  });
}

async function contactFields(
  deps: RecoverDependencies,
  session: ClientSession,
  of: { account: Account; recovering: Recovering },
): Promise<object> {
  const { keyring, clock, model, writer } = deps;
  const { account, recovering } = of;
  const { to } = recovering;
  const { contact } = to;
  if (!contact) return {};
  const { id } = account;
  const origin = { source: 'person', grade: 'D', verifiedAt: clock.now() } as const;
  const value = { ...origin, value: contact.address };
  if (contact.channel === 'mail') {
    return { 'attributes.email': sealAttribute(keyring, { id, name: 'email' }, value) };
  }
  const phoneIndex = indexMacs(keyring, 'phoneIndex', [contact.address]);
  const holder = { phoneIndex, kind: account.kind, _id: { $ne: id } };
  const former = await leavePhone({ model, writer, clock }, session, {
    of: holder,
    by: recovering.by,
  });
  if (former !== undefined) await to.onPhoneLeft(session, former);
  await writer.record(session, id, { ...recovering.by, type: 'accounts.phone_confirmed' });
  return {
    phoneIndex,
    'attributes.phone': sealAttribute(keyring, { id, name: 'phone' }, value),
  };
}
