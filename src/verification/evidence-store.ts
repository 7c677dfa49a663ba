// Evidence of identities, sealed. Records are only ever added; one that counts no more is marked.
import type { RealNameLevel } from '../accounts/account.ts';
import type { Certificate } from '../accounts/identity-number.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import type { SealedPlace } from '../platform/sealed-place.ts';
import type { Evidence, EvidenceSource, RevocationReason } from './evidence.ts';

/** What was checked; sealed. */
export interface EvidenceDetails {
  name?: string | undefined;
  certificate?: Certificate | undefined;
  /** 网号 */
  opaqueId?: string | undefined;
  /** The source's own number of the check. */
  reference?: string | undefined;
  /** When the person agreed to it, where it needs that. */
  consentedAt?: string | undefined;
}

export type NewEvidence = Omit<Evidence, 'id' | 'at' | 'accountId'>;

interface EvidenceDocument extends Omit<Evidence, 'id' | 'revokedAt' | 'revokedFor'> {
  _id: string;
  details?: Buffer;
  revokedAt?: Date | undefined;
  revokedFor?: RevocationReason | undefined;
  /** The account's level was looked at after this had expired. */
  isSettled?: boolean;
  /** When whoever it concerns was told that it ends soon. */
  endToldAt?: Date;
  schemaVersion: 1;
}

const COLLECTION = 'evidence';

export class EvidenceStore {
  readonly #deps: { database: Database; keyring: Keyring; clock: Clock; random: Random };

  constructor(deps: { database: Database; keyring: Keyring; clock: Clock; random: Random }) {
    this.#deps = deps;
  }

  async listOfAccount(accountId: string, session?: ClientSession): Promise<Evidence[]> {
    const documents = await this.#evidence
      .find({ accountId }, session ? { session } : {})
      .sort({ at: 1 })
      .toArray();
    return documents.map(evidenceOf);
  }

  async insert(
    accountId: string,
    { details, ...evidence }: NewEvidence & { details?: EvidenceDetails },
    session: ClientSession,
  ): Promise<void> {
    const { random, clock, keyring } = this.#deps;
    const _id = random.id();
    const sealed = details && { details: keyring.encryptJson(details, context(_id)) };
    const expiry = evidence.expiresAt && { isSettled: false };
    const document = { _id, accountId, at: clock.now(), ...evidence, ...sealed, ...expiry };
    await this.#evidence.insertOne({ ...document, schemaVersion: 1 }, { session });
  }

  /** What an account has without any evidence; nothing when there is some. */
  async carryOver(accountId: string, level: RealNameLevel, session: ClientSession): Promise<void> {
    const counting = { accountId, revokedAt: { $exists: false } };
    if (await this.#evidence.findOne(counting, { session })) return;
    const carried = { source: 'carried', method: 'carried', resultCode: 'carried' } as const;
    await this.insert(accountId, { ...carried, terminal: 'online', grade: 'B', level }, session);
  }

  /** What counts still but speaks of somebody else, or of a level that was taken back. */
  async revokeOthers(
    accountId: string,
    of: { certificate?: Certificate | undefined; opaqueId?: string | undefined },
    session: ClientSession,
  ): Promise<void> {
    const counting = { accountId, revokedAt: { $exists: false } };
    const documents = await this.#evidence.find(counting, { session }).toArray();
    const foreign = documents.filter(({ _id, details }) => {
      if (!details) return true;
      const opened = this.#deps.keyring.decryptJson(details, context(_id)) as EvidenceDetails;
      return !speaksOf(opened, of);
    });
    const revokedAt = this.#deps.clock.now();
    await this.#evidence.updateMany(
      { _id: { $in: foreign.map(({ _id }) => _id) } },
      { $set: { revokedAt, revokedFor: 'identity_changed' } },
      { session },
    );
  }

  /** What counts still and could give more than this level. */
  async revokeAbove(
    accountId: string,
    level: RealNameLevel,
    session: ClientSession,
  ): Promise<void> {
    await this.#evidence.updateMany(
      { accountId, level: { $gt: level }, revokedAt: { $exists: false } },
      { $set: { revokedAt: this.#deps.clock.now(), revokedFor: 'withdrawn' } },
      { session },
    );
  }

  /** What another platform vouches for by a link. */
  async revokeOfLink(linkId: string, session: ClientSession): Promise<void> {
    await this.#evidence.updateMany(
      { linkId, revokedAt: { $exists: false } },
      { $set: { revokedAt: this.#deps.clock.now(), revokedFor: 'link_changed' } },
      { session },
    );
  }

  /** What a link has brought speaks of an opaque name from now on: its number is not kept. */
  async forgetNumber(
    { linkId, opaqueId }: { linkId: string; opaqueId: string },
    session: ClientSession,
  ): Promise<void> {
    const { keyring } = this.#deps;
    const documents = await this.#evidence.find({ linkId }, { session }).toArray();
    for (const { _id, details } of documents) {
      if (!details) continue;
      const opened = keyring.decryptJson(details, context(_id)) as EvidenceDetails;
      const { certificate: _number, ...rest } = opened;
      const sealed = keyring.encryptJson({ ...rest, opaqueId }, context(_id));
      await this.#evidence.updateOne({ _id }, { $set: { details: sealed } }, { session });
    }
  }

  /** All that counts still. */
  async revokeAll(
    accountId: string,
    revokedFor: RevocationReason,
    session: ClientSession,
  ): Promise<void> {
    await this.#evidence.updateMany(
      { accountId, revokedAt: { $exists: false } },
      { $set: { revokedAt: this.#deps.clock.now(), revokedFor } },
      { session },
    );
  }

  /** Accounts with evidence that has expired since their level was looked at. */
  async accountsToSettle(limit: number): Promise<string[]> {
    const groups = await this.#evidence
      .aggregate<{ _id: string }>([
        { $match: { isSettled: false, expiresAt: { $lte: this.#deps.clock.now() } } },
        { $group: { _id: '$accountId' } },
        { $limit: limit },
      ])
      .toArray();
    return groups.map(({ _id }) => _id);
  }

  async settle(accountId: string, until: Date, session?: ClientSession): Promise<void> {
    await this.#evidence.updateMany(
      { accountId, isSettled: false, expiresAt: { $lte: until } },
      { $set: { isSettled: true } },
      session ? { session } : {},
    );
  }

  /** Evidence of these sources that ends before then and whose end nobody was told of. */
  async endingBefore(
    before: Date,
    { sources, limit }: { sources: readonly EvidenceSource[]; limit: number },
  ): Promise<Evidence[]> {
    const documents = await this.#evidence
      .find({
        isSettled: false,
        expiresAt: { $gt: this.#deps.clock.now(), $lte: before },
        source: { $in: [...sources] },
        revokedAt: { $exists: false },
        endToldAt: { $exists: false },
      })
      .sort({ expiresAt: 1 })
      .limit(limit)
      .toArray();
    return documents.map(evidenceOf);
  }

  /** True for the one call that tells of its end. */
  async markEndTold(id: string, session: ClientSession): Promise<boolean> {
    const { modifiedCount } = await this.#evidence.updateOne(
      { _id: id, endToldAt: { $exists: false }, revokedAt: { $exists: false } },
      { $set: { endToldAt: this.#deps.clock.now() } },
      { session },
    );
    return modifiedCount === 1;
  }

  /** Part of the removal of the account. */
  async erase(accountId: string, session: ClientSession): Promise<void> {
    await this.#evidence.deleteMany({ accountId }, { session });
  }

  get #evidence() {
    return this.#deps.database.collection<EvidenceDocument>(COLLECTION);
  }
}

function evidenceOf({ _id, details: _sealed, ...document }: EvidenceDocument): Evidence {
  const { isSettled: _job, endToldAt: _told, schemaVersion: _version, ...evidence } = document;
  return { id: _id, ...evidence };
}

function speaksOf(
  { certificate, opaqueId }: EvidenceDetails,
  of: { certificate?: Certificate | undefined; opaqueId?: string | undefined },
): boolean {
  const isSameNumber =
    certificate !== undefined &&
    certificate.type === of.certificate?.type &&
    certificate.number === of.certificate.number;
  return isSameNumber || (opaqueId !== undefined && opaqueId === of.opaqueId);
}

function context(id: string): string {
  return `verification.evidence:${id}`;
}

export const sealedEvidence: SealedPlace = {
  collection: COLLECTION,
  fields: ['details'],
  valuesOf: (document) => {
    const { _id, details } = document as EvidenceDocument;
    return details ? [{ path: 'details', sealed: details, context: context(_id) }] : [];
  },
};
