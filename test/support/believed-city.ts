// A city below a hub below an anchor, and who resolves its chain, as one process after the other would.
import { afterAll, beforeEach } from 'vitest';
import { ChainStore } from '../../src/federation-trust/chain-store.ts';
import { DenialStore } from '../../src/federation-trust/denial-store.ts';
import { TrustAnchorStore } from '../../src/federation-trust/trust-anchor-store.ts';
import { TrustResolver } from '../../src/federation-trust/trust-resolver.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { connectDatabase } from '../../src/platform/mongo.ts';
import type { Database } from '../../src/platform/mongo.ts';
import { createOutbound } from '../../src/platform/outbound.ts';
import { FederationNode } from './federation-node.ts';
import { migratedDatabase } from './migrated-database.ts';
import { ShiftedClock } from './shifted-clock.ts';

const logger = createLogger({ level: 'silent', service: 'test' });

export class BelievedCity {
  readonly #outbound = createOutbound({
    allow: ['127.0.0.0/8:*', '[::1]/128:*'],
    maxBodyBytes: 200_000,
  });
  readonly #nodes: FederationNode[] = [];
  clock!: ShiftedClock;
  city!: FederationNode;
  hub!: FederationNode;
  anchor!: FederationNode;
  database!: Database;
  resolver!: TrustResolver;
  trustMarks: string[] = [];

  async begin(uri: string): Promise<void> {
    this.clock = new ShiftedClock();
    this.trustMarks = [];
    this.database ??= await connectDatabase({ uri });
    [this.city, this.hub, this.anchor] = [
      await this.start(),
      await this.start(),
      await this.start(),
    ];
    this.city.claims['metadata'] = { openid_provider: { issuer: this.city.id } };
    this.anchor.above(this.hub.above(this.city));
    this.startAnew();
  }

  async end(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.close()));
    await this.#outbound.close();
    await this.database.close();
  }

  /** One more entity. */
  async start(): Promise<FederationNode> {
    const node = await FederationNode.start(() => this.clock.now());
    this.#nodes.push(node);
    return node;
  }

  /** Another process takes the place of the one before. */
  startAnew(keys = this.anchor.entity.keys): void {
    const { trustMarks, database, clock } = this;
    const given = { entityId: this.anchor.id, keys, levelCap: 3, trustMarks };
    this.resolver = new TrustResolver({
      outbound: this.#outbound,
      clock,
      logger,
      anchors: () => [given],
      anchorKeys: new TrustAnchorStore({ database }),
      denials: new DenialStore({ database }),
      chains: new ChainStore({ database, clock }),
      recheckSeconds: 60,
    });
  }

  readonly resolve = async (of = this.city): Promise<string> => {
    const result = await this.resolver.resolve(of.id, 'openid_provider');
    if (result.ok) return 'believed';
    const { reason, detail } = result.refusal;
    return detail === undefined ? reason : `${reason} ${detail}`;
  };

  hide(...nodes: readonly FederationNode[]): void {
    const answer = () => ({ status: 503, body: '' });
    for (const node of nodes) node.answers.set('/.well-known/openid-federation', answer);
  }
}

/** Call it at the top of a test file. */
export function believedCity(): BelievedCity {
  const { uri } = migratedDatabase();
  const at = new BelievedCity();
  beforeEach(() => at.begin(uri));
  afterAll(() => at.end());
  return at;
}
