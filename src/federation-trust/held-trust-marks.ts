// The trust marks that we hold: fetched from those who issue them, and renewed in the middle of their life.
import type { Clock } from '../platform/clock.ts';
import type { FederationConfig } from '../platform/federation-config.ts';
import type { Logger } from '../platform/logger.ts';
import { describeOutboundFailure } from '../platform/outbound-failure.ts';
import type { HeldTrustMark } from './entity-statement.ts';
import { isEndpoint } from './entity-id.ts';
import { openSigned } from './read-statement.ts';
import { fetchConfiguration } from './statement-source.ts';
import type { StatementSourceDependencies } from './statement-source.ts';
import { TRUST_MARK_TYPE, trustMarkSchema } from './trust-marks.ts';

interface HeldMarksDependencies extends StatementSourceDependencies {
  issuer: string;
  config: FederationConfig;
  clock: Clock;
  logger: Logger;
}

interface Held {
  jwt: string;
  /** Milliseconds. */
  renewAt: number;
  endsAt: number;
}

const KEPT_WITHOUT_END_MS = 86_400_000;

export class HeldTrustMarks {
  readonly #deps: HeldMarksDependencies;
  readonly #held = new Map<string, Held>();

  constructor(deps: HeldMarksDependencies) {
    this.#deps = deps;
  }

  /** As they stand in an entity configuration. */
  list(): HeldTrustMark[] {
    const now = this.#deps.clock.now().getTime();
    return [...this.#held]
      .filter(([, { endsAt }]) => now < endsAt)
      .map(([trust_mark_type, { jwt }]) => ({ trust_mark_type, trust_mark: jwt }));
  }

  async renew(): Promise<void> {
    const { config, clock, logger } = this.#deps;
    const now = clock.now().getTime();
    for (const { type, issuer } of config.trustMarks) {
      const held = this.#held.get(type);
      if (held && now < held.renewAt) continue;
      const problem = await this.#fetch(type, issuer);
      if (problem !== undefined)
        logger.warn({ type, issuer, problem }, 'a trust mark was not renewed');
    }
  }

  async #fetch(type: string, issuer: string): Promise<string | undefined> {
    const { clock, outbound } = this.#deps;
    const read = await fetchConfiguration(this.#deps, issuer, clock.now());
    if (!read.ok) return read.refusal.reason;
    const { federation_trust_mark_endpoint: endpoint } =
      read.statement.claims.metadata?.['federation_entity'] ?? {};
    if (!isEndpoint(endpoint)) return 'metadata_missing';
    const url = new URL(endpoint);
    url.searchParams.set('trust_mark_type', type);
    url.searchParams.set('sub', this.#deps.issuer);
    try {
      const response = await outbound.fetch(url.href);
      if (response.status !== 200) return `http_${response.status}`;
      return this.#keep(type, issuer, (await response.text()).trim());
    } catch (error) {
      const failure = describeOutboundFailure(error);
      if (failure === undefined) throw error;
      return failure;
    }
  }

  /** Whoever looks at it checks its signature; a wrong one helps nobody. */
  #keep(type: string, issuer: string, jwt: string): string | undefined {
    const opened = openSigned(jwt, TRUST_MARK_TYPE, issuer);
    const parsed = opened.ok ? trustMarkSchema.safeParse(opened.payload) : undefined;
    if (!parsed?.success) return 'malformed';
    const { sub, trust_mark_type, exp } = parsed.data;
    if (sub !== this.#deps.issuer || trust_mark_type !== type) return 'subject_wrong';
    const now = this.#deps.clock.now().getTime();
    const endsAt = exp === undefined ? now + KEPT_WITHOUT_END_MS : exp * 1000;
    this.#held.set(type, { jwt, endsAt, renewAt: now + (endsAt - now) / 2 });
    return undefined;
  }
}
