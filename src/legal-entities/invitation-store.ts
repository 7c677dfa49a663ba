// Offers to act for an entity, until the other accepts. Bound to who is named in them, not to an
// account: whether somebody has one is not learnt by inviting.
import { z } from 'zod';
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import type { SealedPlace } from '../platform/sealed-place.ts';
import type { MandateRole } from './mandate.ts';

const inviteeSchema = z.object({ name: z.string(), number: z.string() });
export type Invitee = z.infer<typeof inviteeSchema>;

export interface Invitation {
  id: string;
  entityId: string;
  role: Exclude<MandateRole, 'legalRepresentative'>;
  /** Account of who invites. */
  invitedBy: string;
  invitee: Invitee;
  expiresAt: Date;
}

interface InvitationDocument extends Omit<Invitation, 'id' | 'invitee'> {
  _id: string;
  /** Keyed hash of the number. */
  numberMac: string;
  sealed: Buffer;
  at: Date;
  schemaVersion: 1;
}

export const MANDATE_INVITATIONS = 'mandateInvitations';
const VALID_SECONDS = 7 * 86_400;
/** Open ones of one entity. */
export const MAX_INVITATIONS = 20;
const LABEL = 'legal-entities.invitee';

interface InvitationStoreDependencies {
  database: Database;
  keyring: Keyring;
  clock: Clock;
  random: Random;
}

export class InvitationStore {
  readonly #deps: InvitationStoreDependencies;

  constructor(deps: InvitationStoreDependencies) {
    this.#deps = deps;
  }

  /** In place of an older one to the same person; false when there are too many. */
  async put(
    invitation: Omit<Invitation, 'id' | 'expiresAt'>,
    session: ClientSession,
  ): Promise<Invitation | undefined> {
    const { keyring, clock, random } = this.#deps;
    const { invitee, ...facts } = invitation;
    const { entityId } = facts;
    const numberMac = { $in: this.#macs(invitee.number) };
    await this.#invitations.deleteMany({ entityId, numberMac }, { session });
    const open = await this.#invitations
      .find({ entityId, expiresAt: { $gt: clock.now() } }, { session })
      .toArray();
    if (open.length >= MAX_INVITATIONS) return undefined;
    const _id = random.id();
    const document: InvitationDocument = {
      _id,
      ...facts,
      numberMac: keyring.mac('artefactId', LABEL, invitee.number).toString('base64url'),
      sealed: keyring.encryptJson(inviteeSchema.parse(invitee), context(_id)),
      at: clock.now(),
      expiresAt: secondsFromNow(clock, VALID_SECONDS),
      schemaVersion: 1,
    };
    await this.#invitations.insertOne(document, { session });
    return this.#open(document);
  }

  /** Open ones to who has this name and this number. */
  async toPerson(person: Invitee): Promise<Invitation[]> {
    const found = await this.#list({ numberMac: { $in: this.#macs(person.number) } });
    return found.filter(({ invitee }) => invitee.name === person.name);
  }

  async ofEntity(entityId: string): Promise<Invitation[]> {
    return this.#list({ entityId });
  }

  async find(id: string): Promise<Invitation | undefined> {
    return (await this.#list({ _id: id }))[0];
  }

  /** True for the one call that takes it away: accepted, declined or withdrawn. */
  async take(id: string, session: ClientSession): Promise<boolean> {
    const filter = { _id: id, expiresAt: { $gt: this.#deps.clock.now() } };
    return (await this.#invitations.deleteOne(filter, { session })).deletedCount === 1;
  }

  async withdrawAll(entityId: string, session: ClientSession): Promise<void> {
    await this.#invitations.deleteMany({ entityId }, { session });
  }

  /** What this person has offered for the entity. */
  async withdrawOf(entityId: string, invitedBy: string, session: ClientSession): Promise<void> {
    await this.#invitations.deleteMany({ entityId, invitedBy }, { session });
  }

  /** Part of the removal of an account. */
  async erase(accountId: string, session: ClientSession): Promise<void> {
    const either = { $or: [{ entityId: accountId }, { invitedBy: accountId }] };
    await this.#invitations.deleteMany(either, { session });
  }

  async #list(filter: object): Promise<Invitation[]> {
    const found = await this.#invitations
      .find({ ...filter, expiresAt: { $gt: this.#deps.clock.now() } })
      .sort({ at: 1 })
      .limit(MAX_INVITATIONS)
      .toArray();
    return found.map((document) => this.#open(document));
  }

  /** Under every key that finds. */
  #macs(number: string): string[] {
    const { keyring } = this.#deps;
    return keyring.macs('artefactId', LABEL, number).map((mac) => mac.toString('base64url'));
  }

  #open(document: InvitationDocument): Invitation {
    const { _id: id, entityId, role, invitedBy, expiresAt, sealed } = document;
    const invitee = inviteeSchema.parse(this.#deps.keyring.decryptJson(sealed, context(id)));
    return { id, entityId, role, invitedBy, invitee, expiresAt };
  }

  get #invitations() {
    return this.#deps.database.collection<InvitationDocument>(MANDATE_INVITATIONS);
  }
}

function context(id: string): string {
  return `legal-entities.invitation:${id}`;
}

export const sealedInvitations: SealedPlace = {
  collection: MANDATE_INVITATIONS,
  fields: ['sealed'],
  valuesOf: (document) => {
    const { _id, sealed } = document as InvitationDocument;
    return [{ path: 'sealed', sealed, context: context(_id) }];
  },
};
