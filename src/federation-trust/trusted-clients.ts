// Relying parties that nobody has registered: let in by a chain of trust when they first ask, kept as long
// as it holds, and ended with it (OpenID Federation 1.0, 12.1).
import { SparingLog } from '../audit/sparing-log.ts';
import type { ClientDirectory } from '../clients/client-directory.ts';
import { isEntityClientId } from '../clients/client-id.ts';
import { registerClient, removeClient } from '../clients/register-client.ts';
import type { RegisterClientDependencies } from '../clients/register-client.ts';
import { BoundedMap } from '../platform/bounded-map.ts';
import type { FederationConfig } from '../platform/federation-config.ts';
import type { Logger } from '../platform/logger.ts';
import { OneAtATime } from '../platform/one-at-a-time.ts';
import type { TrustChain } from './trust-chain.ts';
import type { TrustRefusal } from './trust-refusal.ts';
import type { TrustResolver } from './trust-resolver.ts';
import { trustedRegistration } from './trusted-client-metadata.ts';

export interface EndClientDependencies extends Pick<
  RegisterClientDependencies,
  'clients' | 'audit' | 'clock'
> {
  /** Whatever people have allowed it ends with all that came from it. */
  endGrants(clientId: string): Promise<void>;
}

export interface TrustedClientsDependencies
  extends RegisterClientDependencies, EndClientDependencies {
  resolver: TrustResolver;
  directory: Pick<ClientDirectory<unknown>, 'trust' | 'trusted' | 'refresh'>;
  config: FederationConfig;
  logger: Logger;
}

export interface AdmissionRequest {
  clientId: string;
  /** False where a client that is not known yet is none. */
  maySearch: boolean;
  address: string;
  /** Rejects when this address has had us search too often. */
  reserve(): Promise<unknown>;
}

const ROLE = 'openid_relying_party';
const MOST_KEPT = 5000;

export class TrustedClients {
  readonly #deps: TrustedClientsDependencies;
  readonly #queue = new OneAtATime();
  readonly #refusals: SparingLog;
  /** Until when nobody is asked about a client, in milliseconds. */
  readonly #sureUntil = new BoundedMap<string, number>(MOST_KEPT);

  constructor(deps: TrustedClientsDependencies) {
    this.#deps = deps;
    this.#refusals = new SparingLog(deps.audit);
  }

  /**
   * Before a client is looked up: afterwards it is in the directory if it is to be believed.
   * @returns why it is not; undefined also for those that are registered here
   */
  async admit(request: AdmissionRequest): Promise<TrustRefusal | undefined> {
    const { clientId, maySearch } = request;
    if (!isEntityClientId(clientId) || this.#isSure(clientId)) return undefined;
    const isKnown = this.#deps.directory.trust(clientId) !== undefined;
    if (!isKnown && !maySearch) return undefined;
    return this.#queue.run(clientId, async () => {
      // Those who come at once wait for the first.
      if (this.#isSure(clientId)) return undefined;
      if (!isKnown) await request.reserve();
      return this.#decide(request);
    });
  }

  /** It is here, and was looked at not long ago. */
  #isSure(clientId: string): boolean {
    const { directory, clock } = this.#deps;
    const known = directory.trust(clientId);
    const now = clock.now();
    const isFresh = now.getTime() < (this.#sureUntil.get(clientId) ?? 0);
    return known !== undefined && isFresh && known.expiresAt > now;
  }

  /** Looks again at those whose chain ends soon, so that nobody who may stay has to come anew. */
  async renew(withinSeconds: number): Promise<void> {
    const { directory, clock } = this.#deps;
    const soon = clock.now().getTime() + withinSeconds * 1000;
    const ending = directory.trusted().filter(({ trust }) => trust.expiresAt.getTime() <= soon);
    for (const { clientId } of ending) {
      this.#sureUntil.delete(clientId);
      const reserve = () => Promise.resolve();
      await this.admit({ clientId, maySearch: false, address: '', reserve });
    }
  }

  async #decide(request: AdmissionRequest): Promise<TrustRefusal | undefined> {
    const { clientId } = request;
    const { resolver, config, clock, directory } = this.#deps;
    const resolved = await resolver.resolve(clientId, ROLE);
    const refusal = resolved.ok ? await this.#register(resolved.chain) : resolved.refusal;
    if (!refusal) {
      this.#sureUntil.set(clientId, clock.now().getTime() + config.recheckSeconds * 1000);
      return undefined;
    }
    const known = directory.trust(clientId);
    // Silence takes nothing back before the end.
    const isSilent = refusal.reason === 'unreachable';
    if (known && isSilent && known.expiresAt > clock.now()) return undefined;
    if (known) {
      await endTrustedClient(this.#deps, clientId);
      await directory.refresh();
    }
    await this.#note(request, refusal);
    return refusal;
  }

  async #register(chain: TrustChain): Promise<TrustRefusal | undefined> {
    const { directory, config, logger } = this.#deps;
    const unusable = (detail: string): TrustRefusal => {
      return { reason: 'metadata_unusable', entity: chain.subject, detail };
    };
    if (!config.acceptsClients) return unusable('acceptsClients');
    const read = trustedRegistration(chain, config);
    if (!read.ok) return unusable(read.parameter);
    const trust = { entities: chain.entities, expiresAt: chain.expiresAt };
    const result = await registerClient({ ...this.#deps, trust }, read.registration, 'system');
    if (!result.ok) {
      const { problems } = result;
      logger.warn({ clientId: chain.subject, problems }, 'a trusted client cannot be registered');
      return unusable(problems[0]?.field ?? '');
    }
    if (result.change !== 'unchanged' || !directory.trust(chain.subject)) {
      await directory.refresh();
    }
    return undefined;
  }

  async #note({ clientId, address }: AdmissionRequest, refusal: TrustRefusal): Promise<void> {
    const { reason, entity, detail } = refusal;
    await this.#refusals.record({
      type: 'federation_trust.client_refused',
      actor: address === '' ? 'system' : 'anonymous',
      result: 'refused',
      ...(address === '' ? {} : { address }),
      reason,
      details: { client: clientId, entity, ...(detail === undefined ? {} : { detail }) },
    });
  }
}

/** From now on it is nobody, and nothing that it was given counts, also when it comes back. */
export async function endTrustedClient(
  deps: EndClientDependencies,
  clientId: string,
): Promise<void> {
  await removeClient(deps, clientId, 'system');
  await deps.endGrants(clientId);
}
