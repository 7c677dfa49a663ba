// Finds the ways from an entity up to our anchors (OpenID Federation 1.0, 10.1), the shortest first, and
// judges each. Nothing is fetched twice, so that nobody can lead us in circles, and never more than so much.
import { fetchConfiguration, fetchSubordinate } from './statement-source.ts';
import type { StatementSourceDependencies } from './statement-source.ts';
import type { SignedConfiguration } from './read-statement.ts';
import { judgeChain, MOST_INTERMEDIATES } from './trust-chain.ts';
import type { TrustAnchor, TrustChain } from './trust-chain.ts';
import { refused } from './trust-refusal.ts';
import type { Trusted, TrustRefusal } from './trust-refusal.ts';

interface Wanted {
  subject: string;
  entityType: string;
  anchors: readonly TrustAnchor[];
  now: Date;
}

/** A way that has not reached an anchor yet. */
interface Way {
  /** About the subject first. */
  subordinates: readonly string[];
  /** Everybody on it, the last of whom is to be climbed from. */
  entities: readonly string[];
  top: SignedConfiguration;
}

/** Superiors that are asked for one subject, at most. */
const MOST_SUPERIORS = 20;
/** For all of them together. */
const LONGEST_MS = 15_000;

/** The first chain that is believed, or why the most promising one is not. */
export async function findChain(
  deps: StatementSourceDependencies,
  wanted: Wanted,
): Promise<Trusted<{ chain: TrustChain }>> {
  const own = await fetchConfiguration(deps, wanted.subject, wanted.now);
  if (!own.ok) return own;
  const search = new ChainSearch(deps, wanted);
  return search.from(own.statement);
}

class ChainSearch {
  readonly #deps: StatementSourceDependencies;
  readonly #wanted: Wanted;
  /** Configurations by entity. */
  readonly #known = new Map<string, Trusted<{ statement: SignedConfiguration }>>();
  readonly #refusals: TrustRefusal[] = [];
  readonly #beganAt = performance.now();

  constructor(deps: StatementSourceDependencies, wanted: Wanted) {
    this.#deps = deps;
    this.#wanted = wanted;
  }

  async from(configuration: SignedConfiguration): Promise<Trusted<{ chain: TrustChain }>> {
    const { subject } = this.#wanted;
    let ways: Way[] = [{ subordinates: [], entities: [subject], top: configuration }];
    for (let height = 0; ways.length > 0; height += 1) {
      if (height > MOST_INTERMEDIATES) {
        this.#refusals.push(refused('path_too_long', subject).refusal);
        break;
      }
      const higher: Way[] = [];
      for (const way of ways) {
        const judged = await this.#climb(way, { configuration, higher });
        if (judged) return judged;
      }
      ways = higher;
    }
    const [first] = this.#refusals;
    return first ? { ok: false, refusal: first } : refused('anchor_unknown', subject);
  }

  /** One step up from this way, to all superiors that it hints at; a chain once one is believed. */
  async #climb(
    way: Way,
    { configuration, higher }: { configuration: SignedConfiguration; higher: Way[] },
  ): Promise<Trusted<{ chain: TrustChain }> | undefined> {
    const { subject } = this.#wanted;
    const hints = way.top.claims.authority_hints ?? [];
    // Anchors first: they are the shortest way.
    const anchors = hints.filter((hint) => this.#isAnchor(hint));
    for (const hint of new Set([...anchors, ...hints])) {
      const taller = await this.#taller(way, hint);
      if (taller.ok && !this.#isAnchor(hint)) higher.push(taller.way);
      if (!taller.ok) this.#refusals.push(taller.refusal);
      if (!taller.ok || !this.#isAnchor(hint)) continue;
      const { subordinates, top } = taller.way;
      const statements = { configuration: configuration.jwt, subordinates, anchor: top.jwt };
      const judged = await judgeChain(subject, statements, this.#wanted);
      if (judged.ok) return judged;
      this.#refusals.push(judged.refusal);
    }
    return undefined;
  }

  async #taller(way: Way, hint: string): Promise<Trusted<{ way: Way }>> {
    if (way.entities.includes(hint)) return refused('cycle', hint);
    if (performance.now() - this.#beganAt > LONGEST_MS)
      return refused('unreachable', hint, 'timeout');
    const superior = await this.#superior(hint);
    if (!superior.ok) return superior;
    const { statement: top } = superior;
    // One without superiors that is no anchor of ours is somebody else's.
    if (!this.#isAnchor(hint) && !top.claims.authority_hints)
      return refused('anchor_unknown', hint);
    const subject = way.top.claims.sub;
    const of = { superior: top, subject, now: this.#wanted.now };
    const about = await fetchSubordinate(this.#deps, of);
    if (!about.ok) return about;
    const subordinates = [...way.subordinates, about.statement.jwt];
    return { ok: true, way: { subordinates, entities: [...way.entities, hint], top } };
  }

  #isAnchor(entity: string): boolean {
    return this.#wanted.anchors.some(({ entityId }) => entityId === entity);
  }

  async #superior(entity: string): Promise<Trusted<{ statement: SignedConfiguration }>> {
    const known = this.#known.get(entity);
    if (known) return known;
    if (this.#known.size >= MOST_SUPERIORS) return refused('path_too_long', entity);
    const fetched = await fetchConfiguration(this.#deps, entity, this.#wanted.now);
    this.#known.set(entity, fetched);
    return fetched;
  }
}
