// Platforms that an officer of the hub has proposed, new or changed, until another approves: apart from the
// records that requests are answered by, so that nothing proposed has any effect.
import type { ClientSession, Database } from '../../platform/mongo.ts';
import { recognitionPlatformSchema } from '../recognition-platform.ts';
import type { ProposedPlatform } from '../recognition-platform.ts';

export const RECOGNITION_PROPOSALS = 'recognitionProposals';

interface ProposalDocument {
  _id: string;
  /** As JSON: members of keys may have any name. */
  content: string;
  /** Accounts of all who had a hand in it. */
  authors: string[];
  revision: number;
  /** By the database's clock: with the revision it tells one from another that follows it. */
  proposedAt: Date;
  schemaVersion: 1;
}

export interface Proposal {
  platform: ProposedPlatform;
  authors: readonly string[];
  revision: number;
  proposedAt: Date;
}

export class ProposalStore {
  readonly #deps: { database: Database };

  constructor(deps: { database: Database }) {
    this.#deps = deps;
  }

  async list(): Promise<Proposal[]> {
    return (await this.#proposals.find().sort({ _id: 1 }).toArray()).map(fromDocument);
  }

  async find(id: string): Promise<Proposal | undefined> {
    const found = await this.#proposals.findOne({ _id: id });
    return found ? fromDocument(found) : undefined;
  }

  /** In the place of what was proposed before; who had a hand in that still has. */
  async put(
    { platform, by }: { platform: ProposedPlatform; by: string },
    session: ClientSession,
  ): Promise<void> {
    const $set = { content: JSON.stringify(platform), schemaVersion: 1 as const };
    const $currentDate = { proposedAt: true } as const;
    await this.#proposals.updateOne(
      { _id: platform.id },
      { $set, $currentDate, $addToSet: { authors: by }, $inc: { revision: 1 } },
      { upsert: true, session },
    );
  }

  /** False when it has been changed, decided or withdrawn meanwhile, also where another has followed. */
  async take(
    { platform: { id: _id }, revision, proposedAt }: Proposal,
    session: ClientSession,
  ): Promise<boolean> {
    const which = { _id, revision, proposedAt };
    return (await this.#proposals.deleteOne(which, { session })).deletedCount === 1;
  }

  transaction<T>(work: (session: ClientSession) => Promise<T>): Promise<T> {
    return this.#deps.database.transaction(work);
  }

  get #proposals() {
    return this.#deps.database.collection<ProposalDocument>(RECOGNITION_PROPOSALS);
  }
}

function fromDocument({ content, authors, revision, proposedAt }: ProposalDocument): Proposal {
  const platform = recognitionPlatformSchema.parse(JSON.parse(content));
  return { platform, authors, revision, proposedAt };
}
