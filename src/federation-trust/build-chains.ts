// Finds the ways from an entity up to our anchors (OpenID Federation 1.0, 10.1), the shortest first, and
// judges each. Nothing is fetched twice, so that nobody can lead us in circles, and never more than so much.
import { fetchConfiguration, fetchSubordinate, readOwnConfiguration } from './statement-source.ts';
import type { StatementSourceDependencies } from './statement-source.ts';
import type { SignedConfiguration, SignedSubordinate } from './read-statement.ts';
import { judgeChain, MOST_INTERMEDIATES } from './trust-chain.ts';
import type { TrustAnchor, TrustChain } from './trust-chain.ts';
import { refused } from './trust-refusal.ts';
import type { Trusted, TrustRefusal } from './trust-refusal.ts';

interface Wanted {
  subject: string;
  entityType: string;
  anchors: readonly TrustAnchor[];
  now: Date;
  /** By which it was believed until now. */
  former?: TrustChain | undefined;
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

/**
 * The first chain that is believed, or why the most promising one is not: of one who was believed, the
 * former. Whether it still holds is for the superiors to say, so that nobody outlasts them by hiding.
 */
export async function findChain(
  deps: StatementSourceDependencies,
  wanted: Wanted,
): Promise<Trusted<{ chain: TrustChain }>> {
  const { former } = wanted;
  const own = await ownConfiguration(deps, wanted);
  if (!own.ok) return own;
  const search = new ChainSearch(deps, wanted);
  const again = former && (await search.along(former, own.statement));
  if (again?.ok) return again;
  const found = await search.from(own.statement);
  return found.ok ? found : (again ?? found);
}

/** Where it does not answer, what it said last, for as long as that is valid. */
async function ownConfiguration(
  deps: StatementSourceDependencies,
  { subject, now, former }: Wanted,
): Promise<Trusted<{ statement: SignedConfiguration }>> {
  const own = await fetchConfiguration(deps, subject, now);
  if (own.ok || own.refusal.reason !== 'unreachable' || !former) return own;
  const last = await readOwnConfiguration(former.configuration.jwt, subject, now);
  return last.ok ? last : own;
}

class ChainSearch {
  readonly #deps: StatementSourceDependencies;
  readonly #wanted: Wanted;
  /** Configurations by entity. */
  readonly #known = new Map<string, Trusted<{ statement: SignedConfiguration }>>();
  /** What superiors say, by both. */
  readonly #said = new Map<string, Trusted<{ statement: SignedSubordinate }>>();
  readonly #refusals: TrustRefusal[] = [];
  readonly #beganAt = performance.now();

  constructor(deps: StatementSourceDependencies, wanted: Wanted) {
    this.#deps = deps;
    this.#wanted = wanted;
  }

  /**
   * The same way again, asked from the top: who is silent hides nobody whom those above have given up.
   * `unreachable` only where all who spoke still vouch.
   */
  async along(
    { entities }: TrustChain,
    configuration: SignedConfiguration,
  ): Promise<Trusted<{ chain: TrustChain }>> {
    const subordinates: string[] = [];
    let anchor: string | undefined;
    let silent: Trusted<never> | undefined;
    for (let height = entities.length - 1; height > 0; height -= 1) {
      const [superior = '', subject = ''] = [entities[height], entities[height - 1]];
      const said = await this.#says(superior, { of: subject, below: entities[height + 1] });
      if (!said.ok && said.refusal.reason !== 'unreachable') return said;
      if (!said.ok) silent ??= said;
      else subordinates.unshift(said.statement.jwt);
      if (said.ok) anchor ??= said.superior.jwt;
    }
    if (silent || anchor === undefined)
      return silent ?? refused('not_subordinate', this.#wanted.subject);
    const statements = { configuration: configuration.jwt, subordinates, anchor };
    return judgeChain(this.#wanted.subject, statements, this.#wanted);
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
    const said = await this.#says(hint, { of: way.top.claims.sub });
    if (!said.ok) return said;
    const subordinates = [...way.subordinates, said.statement.jwt];
    const { superior: top } = said;
    return { ok: true, way: { subordinates, entities: [...way.entities, hint], top } };
  }

  /** @param about.below of whom the superior has to be below itself */
  async #says(
    entity: string,
    { of: subject, below }: { of: string; below?: string | undefined },
  ): Promise<Trusted<{ superior: SignedConfiguration; statement: SignedSubordinate }>> {
    const read = await this.#superior(entity);
    if (!read.ok) return read;
    const { statement: superior } = read;
    const { authority_hints: hints } = superior.claims;
    // One without superiors that is no anchor of ours is somebody else's.
    if (!this.#isAnchor(entity) && !hints) return refused('anchor_unknown', entity);
    if (below !== undefined && !hints?.includes(below))
      return refused('issuer_wrong', entity, 'authority_hints');
    const key = `${entity} ${subject}`;
    const said =
      this.#said.get(key) ??
      (await fetchSubordinate(this.#deps, { superior, subject, now: this.#wanted.now }));
    this.#said.set(key, said);
    return said.ok ? { ok: true, superior, statement: said.statement } : said;
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
