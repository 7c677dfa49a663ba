// What was last found of an entity: the statements of its chain, or why it is not believed. A process that
// starts anew goes on from there, so that nobody who hides outlasts their chain, or a refusal, by our restart.
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/mongo.ts';
import type { ChainStatements, TrustChain } from './trust-chain.ts';
import type { TrustRefusal } from './trust-refusal.ts';

interface ChainDocument {
  /** Role and entity. */
  _id: string;
  /** As they were signed, all public; absent once it was refused. */
  statements?: ChainStatements;
  refusal?: TrustRefusal;
  expiresAt: Date;
  schemaVersion: 1;
}

export const FEDERATION_CHAINS = 'federationChains';
/** As long as anything may stand on a sign-in. */
const KEPT_SECONDS = 31 * 86_400;

export class ChainStore {
  readonly #deps: { database: Database; clock: Clock };

  constructor(deps: { database: Database; clock: Clock }) {
    this.#deps = deps;
  }

  /** Undefined for whom nothing was ever found. */
  async find(
    entity: string,
    entityType: string,
  ): Promise<Pick<ChainDocument, 'statements' | 'refusal'> | undefined> {
    const found = await this.#chains.findOne({ _id: idOf(entity, entityType) });
    return found ?? undefined;
  }

  /** In the place of what was found before: of two processes the last. */
  async keep(chain: TrustChain, entityType: string): Promise<void> {
    const { configuration, subordinates, anchorConfiguration } = chain;
    const statements: ChainStatements = {
      configuration: configuration.jwt,
      subordinates: subordinates.map(({ jwt }) => jwt),
      anchor: anchorConfiguration.jwt,
    };
    const expiresAt = secondsFromNow(this.#deps.clock, KEPT_SECONDS);
    await this.#chains.updateOne(
      { _id: idOf(chain.subject, entityType) },
      { $set: { statements, expiresAt, schemaVersion: 1 }, $unset: { refusal: true } },
      { upsert: true },
    );
  }

  /** Of strangers nothing is kept. */
  async refuse(entity: string, entityType: string, refusal: TrustRefusal): Promise<void> {
    await this.#chains.updateOne(
      { _id: idOf(entity, entityType) },
      { $set: { refusal }, $unset: { statements: true } },
    );
  }

  get #chains() {
    return this.#deps.database.collection<ChainDocument>(FEDERATION_CHAINS);
  }
}

function idOf(entity: string, entityType: string): string {
  return `${entityType} ${entity}`;
}
