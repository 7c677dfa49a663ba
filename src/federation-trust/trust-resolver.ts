// Who an entity is by the word of our anchors: found once, kept for as long as that word holds and asked
// for again every so often, so that a suspension takes effect. One search at a time for each entity.
import { BoundedMap } from '../platform/bounded-map.ts';
import type { Clock } from '../platform/clock.ts';
import type { FederationConfig } from '../platform/federation-config.ts';
import type { Logger } from '../platform/logger.ts';
import { findChain } from './build-chains.ts';
import type { ChainStore } from './chain-store.ts';
import type { DenialStore } from './denial-store.ts';
import { isEntityId } from './entity-id.ts';
import type { StatementKeys } from './entity-statement.ts';
import { checkSignature } from './read-statement.ts';
import { fetchConfiguration } from './statement-source.ts';
import type { StatementSourceDependencies } from './statement-source.ts';
import { judgeChain } from './trust-chain.ts';
import type { JudgedBy, TrustAnchor, TrustChain } from './trust-chain.ts';
import type { TrustAnchorStore } from './trust-anchor-store.ts';
import { checkTrustMarks } from './trust-marks.ts';
import { refused, TOO_MANY_SEARCHES } from './trust-refusal.ts';
import type { Trusted, TrustRefusal } from './trust-refusal.ts';

/** An anchor as an operator gives it. */
export interface GivenAnchor extends TrustAnchor {
  /** Types of trust marks without which nobody below it is believed. */
  trustMarks: readonly string[];
}

export function givenAnchors({ trustAnchors }: FederationConfig): GivenAnchor[] {
  return trustAnchors.map(({ jwks, ...anchor }) => ({ ...anchor, keys: jwks }));
}

export interface TrustResolverDependencies extends StatementSourceDependencies {
  clock: Clock;
  logger: Logger;
  anchors: () => readonly GivenAnchor[];
  anchorKeys: Pick<TrustAnchorStore, 'keysOf' | 'learn'>;
  denials: Pick<DenialStore, 'among'>;
  /** What processes before this one have found; absent where only what is said now counts. */
  chains?: Pick<ChainStore, 'find' | 'keep' | 'refuse'>;
  /** For so long nobody is asked again. */
  recheckSeconds: number;
}

type Resolved = Trusted<{ chain: TrustChain }>;

/** Asked before a search for an entity that is not believed already; false when it is one too many. */
export type MaySearch = () => Promise<boolean>;

interface Entry {
  result: Resolved;
  /** Milliseconds: to be asked for again from then on. */
  freshUntil: number;
  pending?: Promise<Resolved> | undefined;
}

const MOST_KEPT = 2000;
/** A refusal is kept too, or a stranger could have us ask around all day. */
const REFUSAL_SECONDS = 10;
/** Searches for entities of which nothing is known, in a minute. */
const MOST_SEARCHES = 120;

export class TrustResolver {
  readonly #deps: TrustResolverDependencies;
  readonly #entries = new BoundedMap<string, Entry>(MOST_KEPT);
  #searches = { minute: 0, count: 0 };

  constructor(deps: TrustResolverDependencies) {
    this.#deps = deps;
  }

  /**
   * The chain of an entity in a role (`openid_provider`, `openid_relying_party`, `federation_entity`).
   * Never rejects for what others say or do not say.
   */
  async resolve(entity: string, entityType: string, maySearch?: MaySearch): Promise<Resolved> {
    if (!isEntityId(entity)) return refused('entity_id_invalid', entity.slice(0, 200));
    const denied = await this.#deps.denials.among([entity]);
    if (denied !== undefined) return refused('denied', denied);
    if (maySearch && !this.#isKnown(entity, entityType) && !(await maySearch())) {
      return refused('unreachable', entity, TOO_MANY_SEARCHES);
    }
    const result = await this.#current(entity, entityType);
    if (!result.ok) return result;
    const { chain } = result;
    const stopped = await this.#deps.denials.among(chain.entities);
    if (stopped !== undefined) return refused('denied', stopped);
    return chain.expiresAt > this.#deps.clock.now() ? result : refused('expired', chain.subject);
  }

  /** Reads what our anchors announce, so that a change of their keys is not missed while nobody asks. */
  async refreshAnchors(): Promise<void> {
    for (const { refusal } of await this.lookAtAnchors()) {
      if (refusal) this.#deps.logger.warn({ ...refusal }, 'a trust anchor was not read');
    }
  }

  /** The same; says which of them cannot be read, or not with the keys that we know, and why. */
  async lookAtAnchors(): Promise<{ entityId: string; refusal: TrustRefusal | undefined }[]> {
    const seen: { entityId: string; refusal: TrustRefusal | undefined }[] = [];
    for (const { entityId, keys } of await this.#anchors()) {
      const read = await fetchConfiguration(this.#deps, entityId, this.#deps.clock.now());
      const signed = read.ok
        ? await checkSignature({ ...read.statement, entity: entityId }, keys)
        : read;
      if (read.ok && signed.ok) await this.#learn(entityId, read.statement.claims);
      seen.push({ entityId, refusal: signed.ok ? undefined : signed.refusal });
    }
    return seen;
  }

  /** Believed, or answered without a search of its own. */
  #isKnown(entity: string, entityType: string): boolean {
    const known = this.#entries.get(keyOf(entity, entityType));
    if (!known) return false;
    const isAnswered = known.pending !== undefined || known.result.ok;
    return isAnswered || this.#deps.clock.now().getTime() < known.freshUntil;
  }

  async #current(entity: string, entityType: string): Promise<Resolved> {
    const key = keyOf(entity, entityType);
    const now = this.#deps.clock.now();
    const known = this.#entries.get(key);
    if (known?.pending) return known.pending;
    if (known && now.getTime() < known.freshUntil) return known.result;
    if (!known && !this.#maySearch(now)) return refused('unreachable', entity, 'too_many');
    const pending = this.#search(entity, entityType, known?.result);
    const waiting = {
      result: known?.result ?? refused('unreachable', entity),
      freshUntil: 0,
      pending,
    };
    this.#entries.set(key, waiting);
    try {
      const result = await pending;
      this.#entries.set(key, { result, freshUntil: this.#freshUntil(result, now) });
      return result;
    } catch (error) {
      this.#entries.delete(key);
      throw error;
    }
  }

  /** A chain that ends before is looked for anew when it does: it may have been renewed. */
  #freshUntil(result: Resolved, now: Date): number {
    const { recheckSeconds } = this.#deps;
    const seconds = result.ok ? recheckSeconds : Math.min(recheckSeconds, REFUSAL_SECONDS);
    const then = now.getTime() + seconds * 1000;
    return result.ok ? Math.min(then, result.chain.expiresAt.getTime()) : then;
  }

  async #search(
    entity: string,
    entityType: string,
    before: Resolved | undefined,
  ): Promise<Resolved> {
    const { clock, logger } = this.#deps;
    const now = clock.now();
    const by = { entityType, anchors: await this.#anchors(), now };
    const last = before?.ok ? before : await this.#lastFound(entity, by);
    const former = last?.ok ? last.chain : undefined;
    const found = await findChain(this.#deps, { ...by, subject: entity, former });
    const result = found.ok && needsMarks(by) ? await this.#withMarks(found.chain) : found;
    if (found.ok) await this.#learn(found.chain.anchor, found.chain.anchorConfiguration.claims);
    await this.#keep(result, { entity, entityType });
    if (result.ok) return result;
    const { refusal } = result;
    logger.warn({ ...refusal, subject: entity, entityType }, 'no chain of trust');
    // Nobody above has taken anything back: what was found last holds until it expires.
    if (refusal.reason !== 'unreachable' || !last) return result;
    // Another process may have heard meanwhile that it is not to be believed.
    const kept = before?.ok ? await this.#lastFound(entity, by) : last;
    if (kept?.ok === false) return kept;
    return last.ok && last.chain.expiresAt <= now ? refused('expired', entity) : last;
  }

  /** By any process, as far as it holds still; undefined for whom nobody has ever believed. */
  async #lastFound(entity: string, by: JudgedBy): Promise<Resolved | undefined> {
    const { statements, refusal } = (await this.#deps.chains?.find(entity, by.entityType)) ?? {};
    if (refusal) return { ok: false, refusal };
    if (!statements) return undefined;
    const judged = await judgeChain(entity, statements, by);
    return judged.ok && needsMarks(by) ? this.#withMarks(judged.chain) : judged;
  }

  async #keep(
    result: Resolved,
    { entity, entityType }: { entity: string; entityType: string },
  ): Promise<void> {
    const { chains } = this.#deps;
    if (result.ok) await chains?.keep(result.chain, entityType);
    // Silence takes nothing back.
    else if (result.refusal.reason !== 'unreachable')
      await chains?.refuse(entity, entityType, result.refusal);
  }

  async #withMarks(chain: TrustChain): Promise<Resolved> {
    const anchor = this.#deps.anchors().find(({ entityId }) => entityId === chain.anchor);
    const checked = await checkTrustMarks(chain, anchor?.trustMarks ?? [], {
      now: this.#deps.clock.now(),
      keysOf: (issuer) => this.keysOf(issuer, chain),
    });
    return checked.ok ? { ok: true, chain } : checked;
  }

  /** Federation keys of somebody in the chain, or with a chain of their own. */
  async keysOf(issuer: string, chain: TrustChain): Promise<StatementKeys | undefined> {
    if (issuer === chain.anchor) return chain.anchorConfiguration.claims.jwks;
    const about = chain.subordinates.find(({ claims }) => claims.sub === issuer);
    if (about) return about.claims.jwks;
    const own = await this.resolve(issuer, 'federation_entity');
    return own.ok ? own.chain.subordinates[0]?.claims.jwks : undefined;
  }

  async #anchors(): Promise<TrustAnchor[]> {
    const { anchors, anchorKeys } = this.#deps;
    const known = async (anchor: GivenAnchor) => {
      return { ...anchor, keys: await anchorKeys.keysOf(anchor) };
    };
    return Promise.all(anchors().map(known));
  }

  async #learn(entityId: string, claims: { jwks: StatementKeys; iat: number }): Promise<void> {
    const anchor = this.#deps.anchors().find((each) => each.entityId === entityId);
    if (!anchor) return;
    await this.#deps.anchorKeys.learn(anchor, { keys: claims.jwks, issuedAt: claims.iat });
  }

  #maySearch(now: Date): boolean {
    const minute = Math.floor(now.getTime() / 60_000);
    if (this.#searches.minute !== minute) this.#searches = { minute, count: 0 };
    this.#searches.count += 1;
    return this.#searches.count <= MOST_SEARCHES;
  }
}

function keyOf(entity: string, entityType: string): string {
  return `${entityType} ${entity}`;
}

/** Who signs marks needs none for that: two could wait for each other for ever. */
function needsMarks({ entityType }: Pick<JudgedBy, 'entityType'>): boolean {
  return entityType !== 'federation_entity';
}
