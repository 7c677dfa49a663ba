// Offers to act for an entity, until the other accepts. Bound to who is named in them, not to an
// account: whether somebody has one is not learnt by inviting.
import { z } from 'zod';
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import { isAny } from '../platform/grouped-looks-store.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import type { SealedPlace } from '../platform/sealed-place.ts';
import type { MaybeImported } from './imported.ts';
import type { Mandate, MandateRole } from './mandate.ts';
import { scopeKeyOf } from './mandate-document.ts';
import type { OfferedTerms } from './mandate-terms.ts';

/** A person, or an organisation with its code as number: an agency 代理机构. */
const inviteeSchema = z.object({ name: z.string(), number: z.string() });
export type Invitee = z.infer<typeof inviteeSchema>;

export interface Invitation extends MaybeImported {
  id: string;
  entityId: string;
  role: Exclude<MandateRole, 'legalRepresentative'>;
  /** Account of who invites. */
  invitedBy: string;
  invitee: Invitee;
  isToOrganisation?: boolean | undefined;
  /** Of a handler. */
  terms?: OfferedTerms | undefined;
  expiresAt: Date;
}

export const invitationOutcomes = ['declined', 'withdrawn', 'expired'] as const;
export type InvitationOutcome = (typeof invitationOutcomes)[number];

/** One that came to nothing. */
export interface ClosedInvitation extends Invitation {
  outcome: InvitationOutcome;
  closedAt: Date;
}

type OffersOf = Pick<Invitation, 'entityId'> | Pick<Invitation, 'invitedBy'>;

interface InvitationDocument extends Omit<Invitation, 'id' | 'invitee'> {
  _id: string;
  /** Keyed hash of the number; gone once it came to nothing, so that nobody finds it as his. */
  numberMac?: string;
  outcome?: InvitationOutcome;
  closedAt?: Date;
  /** Of a handler, who may be offered several things. */
  scopeKey?: string;
  sealed: Buffer;
  at: Date;
  schemaVersion: 1;
}

export const MANDATE_INVITATIONS = 'mandateInvitations';
const VALID_SECONDS = 7 * 86_400;
/** How long both who may appoint read that one came to nothing. */
const CLOSED_SECONDS = 30 * 86_400;
/** The database removes what is past its time: it is over a little before, so that it can be noted. */
const LEAD_SECONDS = 180;
/** Open ones of one entity; of those that are passed on, or uploaded, there may be as many again. */
export const MAX_INVITATIONS = 100;
/** Of these, upon one mandate. */
export const MAX_PASSED_ON = 20;
/** Open ones of one entity to one person or organisation, for different things. */
export const MAX_TO_ONE = 3;
const LABEL = 'legal-entities.invitee';

type PlaceTaken = Pick<Invitation, 'entityId'> & {
  numberMac: object;
  parentId: string | undefined;
  isImported: boolean;
  most: number;
};

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

  /**
   * In place of an older one of the same to the same; undefined when there are too many.
   * @param most open ones of the entity that came with uploads, for one that does
   */
  async put(
    invitation: Omit<Invitation, 'id' | 'expiresAt'>,
    session: ClientSession,
    most = MAX_INVITATIONS,
  ): Promise<Invitation | undefined> {
    const { keyring, clock, random } = this.#deps;
    const { invitee, terms, ...facts } = invitation;
    const { entityId, role } = facts;
    const numberMac = { $in: this.#macs(invitee.number) };
    const scopeKey = terms && scopeKeyOf(terms);
    const same = { entityId, role, numberMac, scopeKey: scopeKey ?? { $exists: false } };
    await this.#invitations.deleteMany(same as object, { session });
    const isImported = facts.importId !== undefined;
    const place = { entityId, numberMac, parentId: terms?.parentId, isImported, most };
    if (await this.#isFull(place, session)) return undefined;
    const _id = random.id();
    const document: InvitationDocument = {
      _id,
      ...facts,
      ...(terms && { terms: given(terms), scopeKey: scopeKeyOf(terms) }),
      numberMac: keyring.mac('artefactId', LABEL, invitee.number).toString('base64url'),
      sealed: keyring.encryptJson(inviteeSchema.parse(invitee), context(_id)),
      at: clock.now(),
      expiresAt: secondsFromNow(clock, VALID_SECONDS + LEAD_SECONDS),
      schemaVersion: 1,
    };
    await this.#invitations.insertOne(document, { session });
    return this.#read(document);
  }

  async #isFull(of: PlaceTaken, session: ClientSession): Promise<boolean> {
    const { entityId, numberMac, parentId } = of;
    const isAbove = async (limit: number, which: object) => {
      const filter = { entityId, ...which, ...this.#open() };
      return (await this.#invitations.countDocuments(filter, { session, limit })) >= limit;
    };
    return (
      (await isAbove(MAX_TO_ONE, { numberMac })) ||
      (await isAbove(of.most, {
        'terms.parentId': { $exists: parentId !== undefined },
        importId: { $exists: of.isImported },
      })) ||
      (parentId !== undefined && (await isAbove(MAX_PASSED_ON, { 'terms.parentId': parentId })))
    );
  }

  /** Open ones to the person who has this name and this number. */
  async toPerson(person: Invitee): Promise<Invitation[]> {
    return this.#to(
      { number: person.number, isToOrganisation: { $ne: true } },
      (name) => name === person.name,
    );
  }

  /** Open ones to the organisation that has this code: its name may be another by now. */
  async toOrganisation(
    uscc: string,
    isNamed: (name: string) => boolean = () => true,
  ): Promise<Invitation[]> {
    return this.#to({ number: uscc, isToOrganisation: true }, isNamed);
  }

  /** Whoever names somebody wrongly takes no place of those who do not. */
  async #to(
    { number, isToOrganisation }: { number: string; isToOrganisation: object | true },
    isNamed: (name: string) => boolean,
  ): Promise<Invitation[]> {
    const numberMac = { $in: this.#macs(number) };
    const filter = { numberMac, isToOrganisation, ...this.#open() } as object;
    const meant: Invitation[] = [];
    for await (const document of this.#invitations.find(filter).sort({ at: 1 })) {
      const invitation = this.#read(document);
      if (isNamed(invitation.invitee.name)) meant.push(invitation);
      if (meant.length === MAX_INVITATIONS) break;
    }
    return meant;
  }

  async open(of: OffersOf): Promise<Invitation[]> {
    return this.#list(of);
  }

  async find(id: string): Promise<Invitation | undefined> {
    return (await this.#list({ _id: id }))[0];
  }

  /** True for the one call that takes it away, because it is accepted. */
  async take(id: string, session: ClientSession): Promise<boolean> {
    const filter = { _id: id, ...this.#open() };
    return (await this.#invitations.deleteOne(filter, { session })).deletedCount === 1;
  }

  /** True for the one call that ended it. */
  async close(id: string, outcome: InvitationOutcome, session: ClientSession): Promise<boolean> {
    const { clock } = this.#deps;
    const which = outcome === 'expired' ? this.#past() : this.#open();
    const { modifiedCount } = await this.#invitations.updateOne(
      { _id: id, ...which },
      {
        $set: { outcome, closedAt: clock.now(), expiresAt: secondsFromNow(clock, CLOSED_SECONDS) },
        $unset: { numberMac: 1 },
      },
      { session },
    );
    return modifiedCount === 1;
  }

  /** Those that nobody answered in time, and that nobody has ended yet. */
  async past(limit: number): Promise<Invitation[]> {
    if (!(await isAny(this.#deps.database, MANDATE_INVITATIONS, this.#past()))) return [];
    const found = this.#invitations.find(this.#past()).limit(limit);
    return (await found.toArray()).map((document) => this.#read(document));
  }

  /** Those that came to nothing, the last one first. */
  async closed(of: OffersOf, limit: number): Promise<ClosedInvitation[]> {
    const closed = this.#invitations.find({ ...of, outcome: { $exists: true } });
    return (await closed.sort({ closedAt: -1 }).limit(limit).toArray()).map((each) => {
      const { outcome = 'expired', closedAt = each.expiresAt } = each;
      return { ...this.#read(each), outcome, closedAt };
    });
  }

  async withdrawAll(entityId: string, session: ClientSession): Promise<void> {
    await this.#invitations.deleteMany({ entityId }, { session });
  }

  /** What rests on mandates that have ended: of a handler what was passed on, else all he offered. */
  async withdrawUpon(ended: readonly Mandate[], session: ClientSession): Promise<void> {
    const handled = ended.filter(({ role }) => role === 'handler').map(({ id }) => id);
    const led = ended
      .filter(({ role }) => role !== 'handler')
      .map(({ entityId, holderId: invitedBy }) => ({ entityId, invitedBy }));
    const upon = handled.length > 0 ? [{ 'terms.parentId': { $in: handled } }] : [];
    const filter = { $or: [...upon, ...led] } as object;
    await this.#invitations.deleteMany(filter, { session });
  }

  /** Part of the removal of an account. */
  async erase(accountId: string, session: ClientSession): Promise<void> {
    const $or = [{ entityId: accountId }, { invitedBy: accountId }];
    await this.#invitations.deleteMany({ $or }, { session });
  }

  async #list(filter: object): Promise<Invitation[]> {
    const found = this.#invitations.find({ ...filter, ...this.#open() });
    // Those that people typed come first: of an upload there is a report.
    const first = found.sort({ importId: 1, at: 1 }).limit(2 * MAX_INVITATIONS);
    return (await first.toArray()).map((document) => this.#read(document));
  }

  #open() {
    const expiresAt = { $gt: secondsFromNow(this.#deps.clock, LEAD_SECONDS) };
    return { outcome: { $exists: false }, expiresAt };
  }

  #past() {
    const expiresAt = { $lte: secondsFromNow(this.#deps.clock, LEAD_SECONDS) };
    return { outcome: { $exists: false }, expiresAt };
  }

  /** Under every key that finds. */
  #macs(number: string): string[] {
    const { keyring } = this.#deps;
    return keyring.macs('artefactId', LABEL, number).map((mac) => mac.toString('base64url'));
  }

  #read(document: InvitationDocument): Invitation {
    const { _id: id, entityId, role, invitedBy, expiresAt, sealed } = document;
    const { terms, isToOrganisation, importId, clientId } = document;
    const invitee = inviteeSchema.parse(this.#deps.keyring.decryptJson(sealed, context(id)));
    return {
      id,
      entityId,
      role,
      invitedBy,
      invitee,
      ...given({ terms, isToOrganisation, importId, clientId }),
      expiresAt: new Date(expiresAt.getTime() - LEAD_SECONDS * 1000),
    };
  }

  get #invitations() {
    return this.#deps.database.collection<InvitationDocument>(MANDATE_INVITATIONS);
  }
}

function given<T extends object>(members: T): T {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== undefined),
  ) as T;
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
