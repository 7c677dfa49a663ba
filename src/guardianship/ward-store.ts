// Wards in the database: one document for a child with all of its guardians, changed by its revision
// alone, so that no two steps can pass each other.
import { z } from 'zod';
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { SealedPlace } from '../platform/sealed-place.ts';
import type { Guardian, GuardianInvitation, Ward, WardState } from './ward.ts';

interface WardDocument {
  _id: string;
  state: WardState;
  guardians: Guardian[];
  /** The birth date. */
  sealed: Buffer;
  isEnding?: true;
  invitation?: GuardianInvitation;
  at: Date;
  /** When somebody looks whether all is as it was; missing: never again. */
  nextCheckAt?: Date;
  revision: number;
  schemaVersion: 1;
}

export const WARDS = 'wards';
/** So long a guardian who does not suffice any more may go unnoticed where nobody asks. */
const CHECK_SECONDS = 600;
const MOST_OF_GUARDIAN = 50;
const INVITATION_LABEL = 'guardianship.invitation';
const sealedSchema = z.object({ birthDate: z.string() });

export type NewWard = Pick<Ward, 'id' | 'birthDate'> & { guardian: Guardian };
export interface WardPatch {
  state?: WardState;
  guardians?: readonly Guardian[];
  isEnding?: boolean;
  /** Null: there is none any more. */
  invitation?: (Omit<GuardianInvitation, 'mac'> & { code: string }) | null;
}

export class WardStore {
  readonly #deps: { database: Database; keyring: Keyring; clock: Clock };

  constructor(deps: { database: Database; keyring: Keyring; clock: Clock }) {
    this.#deps = deps;
  }

  async insert({ id, birthDate, guardian }: NewWard, session: ClientSession): Promise<void> {
    const { keyring, clock } = this.#deps;
    const document: WardDocument = {
      _id: id,
      state: 'active',
      guardians: [guardian],
      sealed: keyring.encryptJson({ birthDate }, context(id)),
      at: clock.now(),
      nextCheckAt: secondsFromNow(clock, CHECK_SECONDS),
      revision: 1,
      schemaVersion: 1,
    };
    await this.#wards.insertOne(document, { session });
  }

  async find(id: string, session?: ClientSession): Promise<Ward | undefined> {
    const document = await this.#wards.findOne({ _id: id }, session ? { session } : {});
    return document ? this.#open(document) : undefined;
  }

  /** The ward that this code invites to, if it still does. */
  async ofInvitation(code: string): Promise<Ward | undefined> {
    const macs = this.#deps.keyring.macs('artefactId', INVITATION_LABEL, code);
    const document = await this.#wards.findOne({
      'invitation.mac': { $in: macs.map((mac) => mac.toString('base64url')) },
      'invitation.expiresAt': { $gt: this.#deps.clock.now() },
    });
    return document ? this.#open(document) : undefined;
  }

  /** Longest in care first. */
  async ofGuardian(accountId: string): Promise<Ward[]> {
    const found = await this.#wards
      .find({ 'guardians.accountId': accountId })
      .sort({ at: 1 })
      .limit(MOST_OF_GUARDIAN)
      .toArray();
    return found.map((document) => this.#open(document));
  }

  /** False when somebody else has changed it since it was read. */
  async change(ward: Ward, patch: WardPatch, session: ClientSession): Promise<boolean> {
    const { state, guardians, isEnding, invitation } = patch;
    const set = {
      ...(state === undefined ? {} : { state }),
      ...(guardians === undefined ? {} : { guardians: [...guardians] }),
      ...(isEnding === true ? { isEnding } : {}),
      ...(invitation ? { invitation: this.#sealedInvitation(invitation) } : {}),
    };
    const unset = {
      ...(isEnding === false ? { isEnding: 1 as const } : {}),
      ...(invitation === null ? { invitation: 1 as const } : {}),
    };
    const { modifiedCount } = await this.#wards.updateOne(
      { _id: ward.id, revision: ward.revision },
      {
        $set: set,
        ...(Object.keys(unset).length > 0 ? { $unset: unset } : {}),
        $inc: { revision: 1 },
      },
      { session },
    );
    return modifiedCount === 1;
  }

  /** What was open has ended. */
  async ended(id: string): Promise<void> {
    await this.#wards.updateOne({ _id: id }, { $unset: { isEnding: 1 } });
  }

  /** Those to look at now; they come again later whatever becomes of it. */
  async takeDue(limit: number): Promise<Ward[]> {
    const { clock } = this.#deps;
    const due = await this.#wards
      .find({ nextCheckAt: { $lte: clock.now() } })
      .sort({ nextCheckAt: 1 })
      .limit(limit)
      .toArray();
    const nextCheckAt = secondsFromNow(clock, CHECK_SECONDS);
    await this.#wards.updateMany(
      { _id: { $in: due.map(({ _id }) => _id) } },
      { $set: { nextCheckAt } },
    );
    return due.map((document) => this.#open(document));
  }

  async forget(id: string, session?: ClientSession): Promise<void> {
    await this.#wards.deleteOne({ _id: id }, session ? { session } : {});
  }

  /** Part of the removal of an account, be it of a child or of a guardian. */
  async erase(accountId: string, session: ClientSession): Promise<void> {
    await this.#wards.deleteOne({ _id: accountId }, { session });
    await this.#wards.updateMany(
      { 'guardians.accountId': accountId },
      { $pull: { guardians: { accountId } }, $inc: { revision: 1 } },
      { session },
    );
  }

  #sealedInvitation({ code, ...facts }: { code: string; by: string; expiresAt: Date }) {
    const mac = this.#deps.keyring.mac('artefactId', INVITATION_LABEL, code);
    return { ...facts, mac: mac.toString('base64url') };
  }

  #open(document: WardDocument): Ward {
    const { _id: id, state, guardians, sealed, isEnding, invitation, revision } = document;
    const { birthDate } = sealedSchema.parse(this.#deps.keyring.decryptJson(sealed, context(id)));
    const facts = { id, state, guardians, birthDate, isEnding: isEnding === true, revision };
    return { ...facts, ...(invitation ? { invitation } : {}) };
  }

  get #wards() {
    return this.#deps.database.collection<WardDocument>(WARDS);
  }
}

function context(id: string): string {
  return `guardianship.ward:${id}`;
}

export const sealedWards: SealedPlace = {
  collection: WARDS,
  fields: ['sealed'],
  valuesOf: (document) => {
    const { _id, sealed } = document as WardDocument;
    return [{ path: 'sealed', sealed, context: context(_id) }];
  },
};
