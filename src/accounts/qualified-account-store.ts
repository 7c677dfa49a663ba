// What an organisation's account carries of its qualifications. Used by the account store alone.
import type mongoose from 'mongoose';
import type { HeldQualification } from './account.ts';
import type { AccountDocument } from './account-document.ts';
import type { ClientSession } from '../platform/mongo.ts';

export type NoteQualifications = (
  id: string,
  held: readonly HeldQualification[],
  session: ClientSession,
) => Promise<void>;

export async function noteQualifications(
  model: mongoose.Model<AccountDocument>,
  ...[id, held, session]: Parameters<NoteQualifications>
): Promise<void> {
  const update =
    held.length > 0
      ? { $set: { qualifications: [...held] } }
      : { $unset: { qualifications: 1 as const } };
  await model.updateOne({ _id: id }, update, { session, timestamps: false });
}
