// A confirmed phone belongs to one account of a kind: whoever confirms it again takes it from the one
// that had it. Used by the account store alone.
import type mongoose from 'mongoose';
import type { AccountKind } from './account.ts';
import type { AccountDocument } from './account-document.ts';
import type { AccountWriter, ChangeContext } from './account-writer-store.ts';
import type { Clock } from '../platform/clock.ts';
import type { ClientSession } from '../platform/mongo.ts';

interface PhoneHolderDependencies {
  model: mongoose.Model<AccountDocument>;
  writer: AccountWriter;
  clock: Clock;
}

interface PhoneLeaving {
  /** Who may have it: one account, or any but one. */
  of: { phoneIndex: Buffer[]; kind: AccountKind; _id: string | { $ne: string } };
  by: ChangeContext;
}

/** Takes the number away, with its audit record; returns the account that had it. */
export async function leavePhone(
  { model, writer, clock }: PhoneHolderDependencies,
  session: ClientSession,
  { of: { phoneIndex, ...of }, by }: PhoneLeaving,
): Promise<string | undefined> {
  const former = await model
    .findOneAndUpdate(
      { ...of, phoneIndex: { $in: phoneIndex } },
      {
        $unset: { phoneIndex: 1, 'attributes.phone': 1 },
        $set: { updatedAt: clock.now() },
        $inc: { revision: 1 },
      },
      { session },
    )
    .lean<AccountDocument>();
  if (former) await writer.record(session, former._id, { ...by, type: 'accounts.phone_left' });
  return former?._id;
}
