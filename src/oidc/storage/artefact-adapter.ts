// The library's token models on the artefact store: one-time use by compare-and-set, replay marks
// that are only ever inserted, and the refresh grace.
import { errors } from 'oidc-provider';
import type { Adapter, AdapterPayload } from 'oidc-provider';
import { epochSeconds } from '../../platform/clock.ts';
import type { Clock } from '../../platform/clock.ts';
import type { ArtefactModel } from './artefact-model.ts';
import type { ArtefactPayload, ArtefactStore } from './artefact-store.ts';
import type { StoredArtefact } from './artefact-store.ts';
import { storing } from './database-failure.ts';
import type { GrantRevocation } from './grant-revocation.ts';
import type { RefreshGrace } from './refresh-grace.ts';
import { admit } from '../pages/request-limits.ts';
import { answerAwaits, currentMemo, currentRequest } from './request-memo.ts';
import type { TokenStanding } from './token-standing.ts';
import { noteStanding } from './upstream-standing.ts';
import type { UpstreamStandingDependencies } from './upstream-standing.ts';

/** What a code for a device is counted against, a search for trust, and all else that anybody may begin. */
export type RequestBudget = 'authorize' | 'deviceStart' | 'trustSearch';

export interface ArtefactAdapterDependencies extends UpstreamStandingDependencies {
  artefacts: ArtefactStore;
  revocation: GrantRevocation;
  refreshGrace: RefreshGrace;
  clock: Clock;
  standing: TokenStanding;
  /** Rejects when this address has begun too much. */
  reserveRequest?: (budget: RequestBudget, address: string) => Promise<unknown>;
}

// Routes on which one value is probed as several token models.
const PROBING_ROUTES = new Set(['introspection', 'revocation']);
// New values that nobody can present before the answer has given them out: their stores go on while
// the library prepares it, and the answer waits for all of them (protocol-mount.ts).
const GIVEN_OUT = new Set<ArtefactModel>([
  'AccessToken',
  'AuthorizationCode',
  'ClientCredentials',
  'RefreshToken',
]);
// What a client that needs no secret can make us keep.
const FOR_PUBLIC_CLIENTS = new Set<ArtefactModel>(['PushedAuthorizationRequest', 'DeviceCode']);

export class ArtefactAdapter implements Adapter {
  readonly #model: ArtefactModel;
  readonly #deps: ArtefactAdapterDependencies;

  constructor(model: ArtefactModel, deps: ArtefactAdapterDependencies) {
    this.#model = model;
    this.#deps = deps;
  }

  async upsert(id: string, payload: AdapterPayload, expiresIn: number): Promise<void> {
    await this.#admitStranger();
    const { artefacts, refreshGrace, standing } = this.#deps;
    const content = { payload: payload as ArtefactPayload, expiresIn };
    const { grantId } = payload;
    if (this.#model === 'AuthorizationCode' && grantId !== undefined) {
      await noteStanding(this.#deps, grantId);
    }
    const successor = this.#model === 'RefreshToken' ? refreshGrace.successorFor(id) : undefined;
    const stored = storing(() =>
      successor === undefined
        ? artefacts.save(this.#model, id, content)
        : artefacts.saveOnce('RefreshToken', successor, content),
    );
    if (standing.concerns(this.#model)) {
      standing.learn(artefacts.key(this.#model, successor ?? id), content.payload);
    }
    return GIVEN_OUT.has(this.#model) ? answerAwaits(stored) : stored;
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    return storing(async () => {
      if (this.#model === 'ReplayDetection') return this.#claimReplayMark(id);
      const stored = await this.#findStanding(id);
      if (!stored) return undefined;
      const consumed = await this.#consumption(id, stored);
      if (consumed === 'hidden_forever') {
        this.#noteSpent(id);
        return undefined;
      }
      return {
        ...stored.payload,
        ...(consumed === undefined ? {} : { consumed }),
      } as AdapterPayload;
    });
  }

  async findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
    const stored = await storing(() => this.#deps.artefacts.findByUserCode(userCode));
    return stored && (stored.payload as AdapterPayload);
  }

  /** @throws InvalidGrant or InvalidRequestUri for every caller but the first. */
  async consume(id: string): Promise<void> {
    await storing(async () => {
      if (await this.#deps.artefacts.consume(this.#model, id)) return;
      if (this.#model === 'PushedAuthorizationRequest') {
        throw new errors.InvalidRequestUri('request_uri was already used');
      }
      const stored = await this.#deps.artefacts.find(this.#model, id);
      if (this.#model === 'RefreshToken' && stored && this.#deps.refreshGrace.isOpen(stored))
        return;
      await this.#revokeFamily(stored);
      throw new errors.InvalidGrant(`${this.#model} was already used`);
    });
  }

  async destroy(id: string): Promise<void> {
    if (this.#model === 'Interaction') {
      await storing(() => this.#finishInteraction(id));
      return;
    }
    await storing(() => this.#deps.artefacts.remove(this.#model, id));
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    const { artefacts } = this.#deps;
    await storing(() => artefacts.removeByGrant(this.#model, artefacts.grantKey(grantId)));
  }

  findByUid(): Promise<never> {
    return Promise.reject(new Error(`${this.#model} has no uid`));
  }

  // The library asks "seen before?" and then stores. Only an insert can answer that for parallel
  // requests, so the question itself sets the mark; the store that follows fixes its expiry.
  async #claimReplayMark(id: string): Promise<AdapterPayload | undefined> {
    if (await this.#deps.artefacts.claimReplayMark(id)) return undefined;
    return { kind: 'ReplayDetection', jti: id, exp: epochSeconds(this.#deps.clock) + 3600 };
  }

  /** A token, together with what it stands on as soon as that is known. */
  async #findStanding(id: string): Promise<StoredArtefact | undefined> {
    const { artefacts, standing } = this.#deps;
    if (!standing.concerns(this.#model)) return this.#read(id);
    const key = artefacts.key(this.#model, id);
    standing.readAhead(standing.known(key));
    const stored = await this.#read(id);
    if (stored) standing.readAhead(standing.learn(key, stored.payload));
    return stored;
  }

  async #read(id: string): Promise<StoredArtefact | undefined> {
    const { artefacts } = this.#deps;
    const ctx = currentRequest();
    const memo = currentMemo();
    if (!ctx || !memo || !PROBING_ROUTES.has(ctx.oidc.route)) {
      return artefacts.find(this.#model, id);
    }
    const key = artefacts.key(this.#model, id);
    const pending = memo.reads.get(key) as ReturnType<ArtefactStore['read']> | undefined;
    const read = pending ?? artefacts.read(this.#model, id);
    memo.reads.set(key, read);
    return artefacts.open(this.#model, id, await read);
  }

  async #consumption(id: string, stored: StoredArtefact) {
    if (stored.consumedAt === null) return undefined;
    if (this.#model === 'Interaction') return 'hidden_forever';
    if (this.#model === 'RefreshToken' && currentRequest()?.oidc.route === 'token') {
      const state = await this.#deps.refreshGrace.stateOf(id, stored);
      if (state === 'open') return undefined;
      if (state === 'successor_used') return 'hidden_forever';
    }
    return Math.floor(stored.consumedAt.getTime() / 1000);
  }

  // Kept, but spent: a browser that comes back to it is told where to go on.
  async #finishInteraction(id: string): Promise<void> {
    if (await this.#deps.artefacts.consume('Interaction', id)) return;
    // Two tabs came back at once: the other one carries the answer to the client.
    this.#noteSpent(id);
    throw new errors.SessionNotFound('interaction was already answered');
  }

  /** Anybody can make these be kept: interactions, and what public clients push or begin. */
  async #admitStranger(): Promise<void> {
    const ctx = currentRequest();
    const { reserveRequest } = this.#deps;
    if (!ctx || !reserveRequest) return;
    const isOfAnybody =
      FOR_PUBLIC_CLIENTS.has(this.#model) && ctx.oidc.client?.clientAuthMethod === 'none';
    if (this.#model !== 'Interaction' && !isOfAnybody) return;
    const isDevice = this.#model === 'DeviceCode';
    await admit(ctx, (address) =>
      isDevice ? reserveRequest('deviceStart', address) : reserveRequest('authorize', address),
    );
  }

  #noteSpent(id: string): void {
    const memo = currentMemo();
    if (memo && this.#model === 'Interaction') memo.spentInteraction = id;
  }

  async #revokeFamily(stored: StoredArtefact | undefined): Promise<void> {
    const grantId = stored?.payload['grantId'];
    if (typeof grantId !== 'string') return;
    const reason = this.#model === 'RefreshToken' ? 'refresh_reused' : 'code_replayed';
    await this.#deps.revocation.revoke(grantId, reason);
  }
}
