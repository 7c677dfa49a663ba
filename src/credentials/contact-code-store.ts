// One-time codes on their way to a contact: one at a time per place that asked. Neither the code
// nor the contact nor the place stands in the database, only keyed hashes of them.
import { timingSafeEqual } from 'node:crypto';
import type { Keyring } from '../platform/crypto.ts';
import { isDuplicateKey } from '../platform/mongo.ts';
import type { Database } from '../platform/mongo.ts';

interface CodeDocument {
  _id: string;
  /** Tells one code of a place from the next. */
  codeId: string;
  codeMac: Buffer;
  contactMac: Buffer;
  channel: CodeChannel;
  attempts: number;
  validUntil: Date;
  usedAt: Date | null;
  expiresAt: Date;
  schemaVersion: 1;
}

export type CodeChannel = 'sms' | 'mail';

export interface StoredCode {
  id: string;
  channel: CodeChannel;
  attempts: number;
  validUntil: Date;
  usedAt: Date | null;
  codeMac: Buffer;
  contactMac: Buffer;
  placeId: string;
}

export interface NewCode {
  id: string;
  code: string;
  /** What the code proves: account, channel and address. Undefined: nothing at all. */
  contact: string | undefined;
  channel: CodeChannel;
  validUntil: Date;
}

/** Kept a while after its end, so that the page can say that it has ended. */
const KEPT_MS = 3_600_000;
const MAX_UPSERT_RACES = 5;
const NOTHING = 'nothing';

export class ContactCodeStore {
  readonly #deps: { database: Database; keyring: Keyring };

  constructor(deps: { database: Database; keyring: Keyring }) {
    this.#deps = deps;
  }

  /** Replaces what was sent for this place before. */
  async put(place: string, code: NewCode): Promise<void> {
    const [placeId = ''] = this.#placeIds(place);
    const content: Omit<CodeDocument, '_id'> = {
      codeId: code.id,
      codeMac: this.#mac('credentials.contact-code', `${code.id}:${code.code}`),
      contactMac: this.#mac('credentials.contact', `${code.id}:${code.contact ?? NOTHING}`),
      channel: code.channel,
      attempts: 0,
      validUntil: code.validUntil,
      usedAt: null,
      expiresAt: new Date(code.validUntil.getTime() + KEPT_MS),
      schemaVersion: 1,
    };
    for (let race = 1; ; race += 1) {
      try {
        await this.#codes.replaceOne({ _id: placeId }, content, { upsert: true });
        return;
      } catch (error) {
        if (!isDuplicateKey(error) || race >= MAX_UPSERT_RACES) throw error;
      }
    }
  }

  async find(place: string): Promise<StoredCode | undefined> {
    const document = await this.#codes.findOne({ _id: { $in: this.#placeIds(place) } });
    return document ? storedCode(document) : undefined;
  }

  /** Takes one try, before anything is compared; undefined when there is none to take. */
  async takeTry(
    place: string,
    limit: { now: Date; maxTries: number },
  ): Promise<StoredCode | undefined> {
    const document = await this.#codes.findOneAndUpdate(
      {
        _id: { $in: this.#placeIds(place) },
        usedAt: null,
        validUntil: { $gt: limit.now },
        attempts: { $lt: limit.maxTries },
      },
      { $inc: { attempts: 1 } },
      { returnDocument: 'after' },
    );
    return document ? storedCode(document) : undefined;
  }

  /** True when code and one of the contacts are those of the stored code. */
  matches(stored: StoredCode, given: { code: string; contacts: readonly string[] }): boolean {
    const isCode = this.#isMac(
      'credentials.contact-code',
      `${stored.id}:${given.code}`,
      stored.codeMac,
    );
    const isContact = given.contacts.map((contact) =>
      this.#isMac('credentials.contact', `${stored.id}:${contact}`, stored.contactMac),
    );
    return isCode && isContact.includes(true);
  }

  /** True for the first use of this very code. */
  async use(stored: StoredCode, now: Date): Promise<boolean> {
    const { matchedCount } = await this.#codes.updateOne(
      { _id: stored.placeId, codeId: stored.id, usedAt: null },
      { $set: { usedAt: now } },
    );
    return matchedCount === 1;
  }

  #placeIds(place: string): string[] {
    return this.#deps.keyring
      .macs('artefactId', 'credentials.contact-code-place', place)
      .map((mac) => mac.toString('base64url'));
  }

  #mac(label: string, value: string): Buffer {
    return this.#deps.keyring.mac('artefactId', label, value);
  }

  #isMac(label: string, value: string, stored: Buffer): boolean {
    return this.#deps.keyring
      .macs('artefactId', label, value)
      .some((mac) => mac.length === stored.length && timingSafeEqual(mac, stored));
  }

  get #codes() {
    return this.#deps.database.collection<CodeDocument>('contactCodes');
  }
}

function storedCode(document: CodeDocument): StoredCode {
  const { codeId, channel, attempts, validUntil, usedAt, codeMac, contactMac, _id } = document;
  return { id: codeId, channel, attempts, validUntil, usedAt, codeMac, contactMac, placeId: _id };
}
