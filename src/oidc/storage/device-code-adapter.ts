// The library's DeviceCode model: an answer is given once and stands, whoever else approves or
// refuses at the same time; a device that asks too often is told so.
import { errors } from 'oidc-provider';
import type { AdapterPayload } from 'oidc-provider';
import { epochSeconds } from '../../platform/clock.ts';
import { isDuplicateKey } from '../../platform/mongo.ts';
import { DeviceCodeDecided, isDecided } from '../device/device-code.ts';
import type { DeviceCodePayload } from '../device/device-code.ts';
import type { DeviceDecisions } from '../device/device-decisions.ts';
import { foundCodes } from '../device/found-codes.ts';
import type { FoundCodesDependencies } from '../device/found-codes.ts';
import { ArtefactAdapter } from './artefact-adapter.ts';
import type { ArtefactAdapterDependencies } from './artefact-adapter.ts';
import { storing } from './database-failure.ts';
import { noteStanding } from './upstream-standing.ts';
import type { DeviceCodeStore } from './device-code-store.ts';
import { currentMemo, currentRequest } from './request-memo.ts';

const RETRY_SECONDS = 10;

interface DeviceCodeAdapterDependencies
  extends ArtefactAdapterDependencies, Pick<FoundCodesDependencies, 'cookies'> {
  deviceCodes: DeviceCodeStore;
  decisions: DeviceDecisions;
}

export class DeviceCodeAdapter extends ArtefactAdapter {
  readonly #deps: DeviceCodeAdapterDependencies;

  constructor(deps: DeviceCodeAdapterDependencies) {
    super('DeviceCode', deps);
    this.#deps = deps;
  }

  /** @throws DeviceCodeDecided when another answer stands already. */
  override async upsert(id: string, payload: AdapterPayload, expiresIn: number): Promise<void> {
    const code = payload as unknown as DeviceCodePayload;
    if (!isDecided(code)) {
      await this.#begin(id, payload, expiresIn);
      return;
    }
    // Two tabs came back at once: the other one carries the answer, this is no refusal.
    if (code.error !== undefined && currentMemo()?.spentInteraction !== undefined) return;
    if (code.grantId !== undefined) await noteStanding(this.#deps, code.grantId);
    const address = currentRequest()?.ip ?? '';
    if (await storing(() => this.#deps.decisions.decide(id, code, address))) return;
    throw new DeviceCodeDecided();
  }

  /**
   * None for a browser that comes to approve a device whose code was not typed there.
   * @throws SlowDown when the device asks before its interval has passed.
   */
  override async find(id: string): Promise<AdapterPayload | undefined> {
    const payload = await super.find(id);
    const ctx = currentRequest();
    if (!payload || !ctx) return payload;
    const code = payload as unknown as DeviceCodePayload;
    if (ctx.oidc.route === 'device_resume') {
      return foundCodes(this.#deps, ctx).includes(code.userCode) ? payload : undefined;
    }
    if (ctx.oidc.route !== 'token') return payload;
    const isOwn = code.clientId === ctx.oidc.client?.clientId;
    if (payload.consumed) return this.#refuseRetry(Number(payload.consumed), payload);
    if (!isOwn || isDecided(code)) return payload;
    if (await storing(() => this.#deps.deviceCodes.notePoll(id))) {
      throw new errors.SlowDown('the device asks too often: wait five seconds longer each time');
    }
    return payload;
  }

  /** @throws InvalidGrant for every caller but the first, which keeps what it was given. */
  override async consume(id: string): Promise<void> {
    if (await storing(() => this.#deps.artefacts.consume('DeviceCode', id))) return;
    throw new errors.InvalidGrant('DeviceCode was already used');
  }

  // A code that no browser has seen and that comes twice in a moment is the device's own second try
  // over a slow network. Later it is a replay, and the library ends the grant.
  #refuseRetry(consumedAt: number, payload: AdapterPayload): AdapterPayload {
    const isMoment = epochSeconds(this.#deps.clock) < consumedAt + RETRY_SECONDS;
    if (isMoment) throw new errors.InvalidGrant('DeviceCode was already used');
    return payload;
  }

  async #begin(id: string, payload: AdapterPayload, expiresIn: number): Promise<void> {
    try {
      await super.upsert(id, payload, expiresIn);
    } catch (error) {
      // One of 25 thousand million codes came out twice.
      if (!isDuplicateKey(error)) throw error;
      throw new errors.TemporarilyUnavailable('please ask again');
    }
  }
}
