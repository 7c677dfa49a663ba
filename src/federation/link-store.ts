// Links in the database. That an identity at a peer belongs to one account, and that an account has one
// identity at an issuer, is what the unique indexes decide. Every step is a compare-and-set.
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import { isAny } from '../platform/grouped-looks-store.ts';
import { isDuplicateKey } from '../platform/mongo.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { SealedPlace } from '../platform/sealed-place.ts';
import { linkKey } from './link.ts';
import type { FederatedLink, LinkConflict, LinkEnd } from './link.ts';

interface LinkDocument extends Omit<FederatedLink, 'id'> {
  _id: string;
  key: string;
  /** Active or frozen: unique by its key, and by account and issuer. */
  isLive?: true;
  /** False from its end until what it vouched for counts no more. */
  isSettled?: boolean;
  /** The subject, sealed. */
  sealed: Buffer;
  schemaVersion: 1;
}

export const LINKS = 'federatedLinks';
const MOST_LISTED = 50;

export interface NewLink extends Pick<
  FederatedLink,
  'peerId' | 'issuer' | 'accountId' | 'level' | 'version' | 'origin' | 'hasMadeAccount'
> {
  /** Made beforehand, for what names it in the same transaction. */
  id: string;
  subject: string;
  /** Absent: active. */
  conflict?: LinkConflict | undefined;
  disputed?: string | undefined;
}

/** What the peer said at the latest sign-in. */
export type LinkFacts = Partial<Pick<FederatedLink, 'level' | 'version' | 'origin'>>;

export class LinkStore {
  readonly #deps: { database: Database; keyring: Keyring; clock: Clock };

  constructor(deps: { database: Database; keyring: Keyring; clock: Clock }) {
    this.#deps = deps;
  }

  /** Undefined when the identity or the account's place at this issuer is taken: nothing was written. */
  async insert(link: NewLink, session: ClientSession): Promise<FederatedLink | undefined> {
    const { keyring, clock } = this.#deps;
    const { id: _id, subject, conflict, disputed, ...facts } = link;
    const now = clock.now();
    const { version, origin, ...others } = facts;
    const document: LinkDocument = {
      _id,
      key: linkKey(link),
      ...others,
      ...(version === undefined ? {} : { version }),
      ...(origin === undefined ? {} : { origin }),
      state: conflict === undefined ? 'active' : 'frozen',
      ...(conflict === undefined ? {} : { conflict }),
      ...(disputed === undefined ? {} : { disputed }),
      isLive: true,
      sealed: keyring.encryptJson(subject, context(_id)),
      linkedAt: now,
      usedAt: now,
      revision: 1,
      schemaVersion: 1,
    };
    try {
      await this.#links.insertOne(document, { session });
      return linkOf(document);
    } catch (error) {
      // The caller's transaction is over with it.
      if (isDuplicateKey(error)) return undefined;
      throw error;
    }
  }

  /** The one that counts now. */
  findLive(
    of: { issuer: string; subject: string },
    session?: ClientSession,
  ): Promise<FederatedLink | undefined> {
    return this.#one({ key: linkKey(of), isLive: true }, session);
  }

  /** One that reviewers have refused: the same claim opens no second case. */
  async findRejected(of: {
    issuer: string;
    subject: string;
    accountId: string;
  }): Promise<FederatedLink | undefined> {
    const { accountId } = of;
    return this.#one({ key: linkKey(of), accountId, endedFor: 'rejected_in_review' });
  }

  find(id: string, session?: ClientSession): Promise<FederatedLink | undefined> {
    return this.#one({ _id: id }, session);
  }

  /** That which a review decides about. */
  ofCase(caseId: string, session: ClientSession): Promise<FederatedLink | undefined> {
    return this.#one({ caseId, isLive: true }, session);
  }

  /** Live ones of an account, oldest first. */
  async listByAccount(accountId: string, session?: ClientSession): Promise<FederatedLink[]> {
    const options = session ? { session } : {};
    const documents = await this.#links
      .find({ accountId, isLive: true }, options)
      .sort({ linkedAt: 1 })
      .limit(MOST_LISTED)
      .toArray();
    return documents.map(linkOf);
  }

  /** The subject at its peer, for what is told to the peer alone. */
  async subjectOf(id: string): Promise<string | undefined> {
    const document = await this.#links.findOne({ _id: id }, { projection: { sealed: 1 } });
    return document
      ? (this.#deps.keyring.decryptJson(document.sealed, context(id)) as string)
      : undefined;
  }

  /** Writes what the peer says now; false when the link has changed since it was read. */
  async note(
    { id, revision }: FederatedLink,
    facts: LinkFacts,
    session: ClientSession,
  ): Promise<boolean> {
    const $set = { ...present(facts), usedAt: this.#deps.clock.now() };
    return this.#change({ _id: id, revision, isLive: true }, { $set }, session);
  }

  /** False when it is frozen already, or over. */
  async freeze(
    { id }: Pick<FederatedLink, 'id'>,
    { conflict, disputed }: { conflict: LinkConflict; disputed: string },
    session: ClientSession,
  ): Promise<boolean> {
    const $set = { state: 'frozen' as const, conflict, disputed };
    return this.#change({ _id: id, state: 'active' }, { $set }, session);
  }

  async noteCase(
    { id }: Pick<FederatedLink, 'id'>,
    caseId: string,
    session: ClientSession,
  ): Promise<boolean> {
    return this.#change({ _id: id, isLive: true }, { $set: { caseId } }, session);
  }

  /** What contradicted the account counts as its holder's from now on. */
  async thaw(
    { id, disputed }: Pick<FederatedLink, 'id' | 'disputed'>,
    session: ClientSession,
  ): Promise<boolean> {
    const update = {
      $set: { state: 'active' as const, ...(disputed === undefined ? {} : { accepted: disputed }) },
      $unset: { conflict: 1 as const, caseId: 1 as const, disputed: 1 as const },
    };
    return this.#change({ _id: id, state: 'frozen' }, update, session);
  }

  /** True for the one call that ended it. */
  async end(
    { id }: Pick<FederatedLink, 'id'>,
    endedFor: LinkEnd,
    session: ClientSession,
  ): Promise<boolean> {
    const endedAt = this.#deps.clock.now();
    const $set = { state: 'ended' as const, endedAt, endedFor, isSettled: false };
    return this.#change({ _id: id, isLive: true }, { $set, $unset: { isLive: 1 } }, session);
  }

  /**
   * Two accounts of one person become one: what the other has comes along, unless the account that stays
   * has an identity of that issuer already.
   */
  async rebind(from: string, to: string, session: ClientSession): Promise<void> {
    const own = new Set((await this.listByAccount(to, session)).map(({ issuer }) => issuer));
    for (const link of await this.listByAccount(from, session)) {
      if (own.has(link.issuer)) await this.end(link, 'account_merged', session);
      else await this.#change({ _id: link.id, isLive: true }, { $set: { accountId: to } }, session);
    }
  }

  isAnyUnsettled(): Promise<boolean> {
    return isAny(this.#deps.database, LINKS, { isSettled: false });
  }

  /** Ended, and what they vouched for may still count. */
  async listUnsettled(limit: number): Promise<FederatedLink[]> {
    const documents = await this.#links.find({ isSettled: false }).limit(limit).toArray();
    return documents.map(linkOf);
  }

  async settle(id: string): Promise<void> {
    await this.#links.updateOne({ _id: id }, { $unset: { isSettled: 1 } });
  }

  /** Part of the removal of an account. */
  async erase(accountId: string, session: ClientSession): Promise<void> {
    await this.#links.deleteMany({ accountId }, { session });
  }

  /** Live ones that have made their accounts, in the order of their ids, after that one. */
  async madeAccounts(
    issuer: string,
    after: string | null,
    limit: number,
  ): Promise<FederatedLink[]> {
    const next = after === null ? {} : { _id: { $gt: after } };
    const documents = await this.#links
      .find({ issuer, isLive: true, hasMadeAccount: true, ...next })
      .sort({ _id: 1 })
      .limit(limit)
      .toArray();
    return documents.map(linkOf);
  }

  async #change(filter: object, update: object, session: ClientSession): Promise<boolean> {
    const counted = { ...update, $inc: { revision: 1 } };
    return (await this.#links.updateOne(filter, counted, { session })).modifiedCount === 1;
  }

  async #one(filter: object, session?: ClientSession): Promise<FederatedLink | undefined> {
    const found = await this.#links.findOne(filter, session ? { session } : {});
    return found ? linkOf(found) : undefined;
  }

  get #links() {
    return this.#deps.database.collection<LinkDocument>(LINKS);
  }
}

/** What the peer does not say stays as it said it. */
function present(facts: LinkFacts): LinkFacts {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
}

function linkOf(document: LinkDocument): FederatedLink {
  const { _id, key: _key, isLive: _live, sealed: _sealed, ...rest } = document;
  const { schemaVersion: _version, isSettled: _settled, ...facts } = rest;
  return { id: _id, ...facts };
}

function context(id: string): string {
  return `federated-link:${id}`;
}

export const sealedLinks: SealedPlace = {
  collection: LINKS,
  fields: ['sealed'],
  valuesOf: (document) => {
    const { _id, sealed } = document as LinkDocument;
    return [{ path: 'sealed', sealed, context: context(_id) }];
  },
};
