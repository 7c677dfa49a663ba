// Who is signed in at the account centre: a short session of its own, found by the keyed hash of its
// cookie and, for sign-outs, of the `sid` it is bound to. The rest is sealed.
import { z } from 'zod';
import type { Clock } from '../platform/clock.ts';
import { secondsFromNow } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { AccountNotice } from './account.views.ts';
import { isDuplicateKey } from '../platform/mongo.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import type { SealedPlace } from '../platform/sealed-place.ts';

const contentSchema = z.object({
  accountId: z.string(),
  sid: z.string(),
  /** Of the provider's session this one belongs to. */
  sessionKey: z.string(),
  /** For the hint of a sign-out. */
  idToken: z.string(),
  /** Epoch seconds of the last proof of the password. */
  authTime: z.number(),
  acr: z.string().optional(),
  amr: z.array(z.string()),
});
export type AccountSessionContent = z.infer<typeof contentSchema>;

const newContactSchema = z.object({ channel: z.enum(['sms', 'mail']), address: z.string() });
/** E.164 number or mail address. */
export type NewContact = z.infer<typeof newContactSchema>;

export interface AccountSession extends AccountSessionContent {
  /** The key it is stored under; it opens nothing. */
  key: string;
  /** A code that was sent to a confirmed contact came back. */
  contactProvenAt: Date | undefined;
  /** The contact that it was sent to, where that matters; see `contactProof`. */
  provenContact: string | undefined;
  /** A recovery code was given here: proof of the owner, but no basis for a new factor alone. */
  recoveryCodeAt: Date | undefined;
  /** Typed as the new one of the account, and not proven yet. */
  newContact: NewContact | undefined;
}

interface AccountSessionDocument {
  _id: string;
  sidKey: string;
  sealed: Buffer;
  notice?: AccountNotice;
  contactProvenAt?: Date;
  provenContact?: string;
  recoveryCodeAt?: Date;
  newContact?: Buffer;
  lastSeenAt: Date;
  idleEndsAt: Date;
  endsAt: Date;
  purgeAt: Date;
  schemaVersion: 1;
}

interface SpentTokenDocument {
  _id: string;
  purgeAt: Date;
}

const ABSOLUTE_SECONDS = 12 * 3600;
const TOUCH_SECONDS = 60;
const PURGE_TOLERANCE_SECONDS = 3600;

interface AccountSessionStoreDependencies {
  database: Database;
  keyring: Keyring;
  clock: Clock;
  random: Random;
}

/** What is accepted once. */
type SpentKind = 'account.logout' | 'account.state' | 'federation.logout';

export class AccountSessionStore {
  readonly #deps: AccountSessionStoreDependencies;

  constructor(deps: AccountSessionStoreDependencies) {
    this.#deps = deps;
  }

  /** Returns the value for the cookie. */
  async open(content: AccountSessionContent, idleSeconds: number): Promise<string> {
    const { clock, random, keyring } = this.#deps;
    const id = random.id(256);
    const _id = this.#key(id);
    const endsAt = secondsFromNow(clock, ABSOLUTE_SECONDS);
    await this.#sessions.insertOne({
      _id,
      sidKey: this.#sidKey(content.sid),
      sealed: keyring.encryptJson(content, sealedContext(_id)),
      lastSeenAt: clock.now(),
      idleEndsAt: secondsFromNow(clock, idleSeconds),
      endsAt,
      purgeAt: new Date(endsAt.getTime() + PURGE_TOLERANCE_SECONDS * 1000),
      schemaVersion: 1,
    });
    return id;
  }

  async find(id: string): Promise<AccountSession | undefined> {
    const key = this.#key(id);
    const now = this.#deps.clock.now();
    const document = await this.#sessions.findOne({
      _id: key,
      idleEndsAt: { $gt: now },
      endsAt: { $gt: now },
    });
    if (!document) return undefined;
    const opened = this.#deps.keyring.decryptJson(document.sealed, sealedContext(key));
    const { contactProvenAt, provenContact, recoveryCodeAt } = document;
    const newContact = this.#newContactOf(document);
    const content = contentSchema.parse(opened);
    return { key, contactProvenAt, provenContact, recoveryCodeAt, newContact, ...content };
  }

  /** Counts as activity, written at most once a minute. */
  async touch(key: string, idleSeconds: number): Promise<void> {
    const { clock } = this.#deps;
    await this.#sessions.updateOne(
      { _id: key, lastSeenAt: { $lt: secondsFromNow(clock, -TOUCH_SECONDS) } },
      { $set: { lastSeenAt: clock.now(), idleEndsAt: secondsFromNow(clock, idleSeconds) } },
      { writeConcern: { w: 1 } },
    );
  }

  /** @param contact the one that was proven, where it was no choice of several */
  async noteContactProven(key: string, contact?: NewContact): Promise<void> {
    const contactProvenAt = this.#deps.clock.now();
    const update = contact
      ? { $set: { contactProvenAt, provenContact: this.contactProof(key, contact) } }
      : { $set: { contactProvenAt }, $unset: { provenContact: 1 as const } };
    await this.#sessions.updateOne({ _id: key }, update);
  }

  async noteRecoveryCode(key: string): Promise<void> {
    const $set = { recoveryCodeAt: this.#deps.clock.now() };
    await this.#sessions.updateOne({ _id: key }, { $set });
  }

  /** What `provenContact` says of this contact. */
  contactProof(key: string, { channel, address }: NewContact): string {
    const text = JSON.stringify([key, channel, address]);
    return this.#deps.keyring.mac('artefactId', 'account.contact', text).toString('base64url');
  }

  /** Replaces what was typed before. */
  async keepNewContact(key: string, contact: NewContact): Promise<void> {
    const newContact = this.#deps.keyring.encryptJson(contact, newContactContext(key));
    await this.#sessions.updateOne({ _id: key }, { $set: { newContact } });
  }

  async forgetNewContact(key: string, session?: ClientSession): Promise<void> {
    const options = session ? { session } : {};
    await this.#sessions.updateOne({ _id: key }, { $unset: { newContact: 1 } }, options);
  }

  /** A confirmation for the next page that is shown. */
  async leaveNotice(key: string, notice: AccountNotice): Promise<void> {
    await this.#sessions.updateOne({ _id: key }, { $set: { notice } });
  }

  async takeNotice(key: string): Promise<AccountNotice | undefined> {
    const before = await this.#sessions.findOneAndUpdate(
      { _id: key, notice: { $exists: true } },
      { $unset: { notice: '' } },
      { projection: { notice: 1 } },
    );
    return before?.notice;
  }

  async end(id: string): Promise<void> {
    await this.#sessions.deleteOne({ _id: this.#key(id) });
  }

  /** Every session that is bound to this `sid`. */
  async endBySid(sid: string): Promise<number> {
    const { deletedCount } = await this.#sessions.deleteMany({ sidKey: this.#sidKey(sid) });
    return deletedCount;
  }

  /** For what is accepted once: false when one of this kind and id was before, by any process. */
  async spend(kind: SpentKind, id: string, keptSeconds: number): Promise<boolean> {
    const _id = this.#spentId(kind, id);
    try {
      await this.#spent.insertOne({ _id, purgeAt: secondsFromNow(this.#deps.clock, keptSeconds) });
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  async isSpent(kind: SpentKind, id: string): Promise<boolean> {
    return (await this.#spent.findOne({ _id: this.#spentId(kind, id) })) !== null;
  }

  #spentId(kind: SpentKind, id: string): string {
    return this.#deps.keyring.mac('artefactId', kind, id).toString('base64url');
  }

  #newContactOf({ _id, newContact }: AccountSessionDocument): NewContact | undefined {
    if (!newContact) return undefined;
    const opened = this.#deps.keyring.decryptJson(newContact, newContactContext(_id));
    return newContactSchema.parse(opened);
  }

  #key(id: string): string {
    return this.#deps.keyring.mac('artefactId', 'account.session', id).toString('base64url');
  }

  #sidKey(sid: string): string {
    return this.#deps.keyring.mac('artefactId', 'account.sid', sid).toString('base64url');
  }

  get #sessions() {
    return this.#deps.database.collection<AccountSessionDocument>('accountSessions');
  }

  get #spent() {
    return this.#deps.database.collection<SpentTokenDocument>('accountSpentTokens');
  }
}

function sealedContext(key: string): string {
  return `account.session:${key}`;
}

function newContactContext(key: string): string {
  return `account.new-contact:${key}`;
}

export const sealedAccountSessions: SealedPlace = {
  collection: 'accountSessions',
  fields: ['sealed', 'newContact'],
  valuesOf: (document) => {
    const { _id, sealed, newContact } = document as AccountSessionDocument;
    const main = { path: 'sealed', sealed, context: sealedContext(_id) };
    if (!newContact) return [main];
    return [main, { path: 'newContact', sealed: newContact, context: newContactContext(_id) }];
  },
};
