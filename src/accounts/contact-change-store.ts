// A confirmed phone or mail address becomes the account's, in the place of the one before, or is taken
// away. A number leaves whoever had it: its holder is known by the code alone. Used by the account
// store alone.
import type mongoose from 'mongoose';
import type { Account } from './account.ts';
import { indexMacs, sealAttribute } from './account-document.ts';
import type { AccountDocument } from './account-document.ts';
import { takenReason } from './account-writer-store.ts';
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

export interface ConfirmedContact {
  channel: 'sms' | 'mail';
  /** E.164 number or mail address. */
  address: string;
}

export interface ContactChange {
  channel: 'sms' | 'mail';
  /** Undefined takes it away. */
  address: string | undefined;
  /** Asked inside the transaction: whether it may still be done. */
  isStillTheirs?(account: Account): boolean;
  onPhoneLeft?: OnPhoneLeft | undefined;
}

/** Part of the transaction: another account had the number, which is to be told. */
type OnPhoneLeft = (session: ClientSession, formerAccountId: string) => Promise<void>;

/** `formerAccountId` lost the number. */
export type ContactChangeOutcome = ChangeOutcome & { formerAccountId?: string | undefined };

export interface ContactDependencies {
  model: mongoose.Model<AccountDocument>;
  writer: AccountWriter;
  clock: Clock;
  keyring: Keyring;
}

const ATTRIBUTES = { sms: 'phone', mail: 'email' } as const;
export const CONTACT_CONFIRMED = {
  sms: 'accounts.phone_confirmed',
  mail: 'accounts.email_confirmed',
} as const;
const REMOVED = { sms: 'accounts.phone_removed', mail: 'accounts.email_removed' } as const;
const MAX_DUPLICATE_RETRIES = 5;

/** `hasChanged` is false when it was not theirs any more, and then nothing else was done. */
export async function changeContact(
  deps: ContactDependencies,
  id: string,
  changing: { to: ContactChange; by: ChangeContext },
): Promise<ContactChangeOutcome> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await changeOnce(deps, id, changing);
    } catch (error) {
      // Somebody confirmed the same number between our snapshot and our write: look again.
      const isTaken = takenReason(error) === 'phone_taken' && changing.by.within === undefined;
      if (!isTaken || attempt >= MAX_DUPLICATE_RETRIES) throw error;
    }
  }
}

async function changeOnce(
  deps: ContactDependencies,
  id: string,
  { to, by }: { to: ContactChange; by: ChangeContext },
): Promise<ContactChangeOutcome> {
  const { channel, address } = to;
  let formerAccountId: string | undefined;
  const changed = await deps.writer.update(id, by, async (account, session): Promise<Decision> => {
    formerAccountId = undefined;
    if (to.isStillTheirs && !to.isStillTheirs(account)) return undefined;
    if (address === undefined) return removal(channel);
    const moved = await contactFields(deps, session, {
      account,
      contact: { channel, address },
      by,
      onPhoneLeft: to.onPhoneLeft,
    });
    ({ formerAccountId } = moved);
    return { audit: { type: CONTACT_CONFIRMED[channel] }, update: moved.update };
  });
  return { ...changed, formerAccountId };
}

function removal(channel: ContactChange['channel']): Decision {
  const $unset =
    channel === 'sms' ? { phoneIndex: 1, 'attributes.phone': 1 } : { 'attributes.email': 1 };
  return { audit: { type: REMOVED[channel] }, update: { $unset } };
}

/** What is written for a contact that was just proven; the number has left its former account. */
export async function contactFields(
  { model, writer, clock, keyring }: ContactDependencies,
  session: ClientSession,
  of: {
    account: Account;
    contact: ConfirmedContact;
    by: ChangeContext;
    onPhoneLeft?: OnPhoneLeft | undefined;
  },
): Promise<{ update: { $set: object }; formerAccountId: string | undefined }> {
  const { id, kind } = of.account;
  const { channel, address } = of.contact;
  const name = ATTRIBUTES[channel];
  const origin = { source: 'person', grade: 'D', verifiedAt: clock.now() } as const;
  const sealed = sealAttribute(keyring, { id, name }, { ...origin, value: address });
  const $set = { [`attributes.${name}`]: sealed };
  if (channel === 'mail') return { update: { $set }, formerAccountId: undefined };
  const phoneIndex = indexMacs(keyring, 'phoneIndex', [address]);
  const holder = { phoneIndex, kind, _id: { $ne: id } };
  const former = await leavePhone({ model, writer, clock }, session, { of: holder, by: of.by });
  if (former !== undefined) await of.onPhoneLeft?.(session, former);
  return { update: { $set: { ...$set, phoneIndex } }, formerAccountId: former };
}
