// Finds the device behind a typed code, within limits that make guessing hopeless: beside those of
// the address (platform/http/limits.ts) a budget for each account, and one for everybody who is
// not signed in (docs/threat-model.md has the numbers).
import type { Provider } from 'oidc-provider';
import type { BudgetStore } from '../../credentials/budget-store.ts';
import type { Clock } from '../../platform/clock.ts';
import { epochSeconds } from '../../platform/clock.ts';
import type { HttpContext } from '../../platform/http/context.ts';
import type { Limits } from '../../platform/limits-config.ts';
import type { ArtefactStore } from '../storage/artefact-store.ts';
import { isDecided } from './device-code.ts';
import type { DeviceCodePayload } from './device-code.ts';

export interface FoundDeviceCode {
  code: DeviceCodePayload;
  /** Who is signed in at this browser. */
  accountId: string | undefined;
}

export type LookupResult =
  | ({ ok: true } & FoundDeviceCode)
  | {
      ok: false;
      /** `busy`: too many wrong codes of people who are not signed in; whoever signs in may go on. */
      reason: 'unknown' | 'expired' | 'used' | 'exhausted' | 'busy';
      retryAfterSeconds?: number;
    };

export interface DeviceLookupDependencies {
  provider: () => Provider;
  artefacts: Pick<ArtefactStore, 'findByUserCode'>;
  clock: Clock;
  limits: Limits['deviceCode'];
  budgets: Pick<BudgetStore, 'reserve' | 'giveBack'>;
}

export class DeviceCodeLookup {
  readonly #deps: DeviceLookupDependencies;

  constructor(deps: DeviceLookupDependencies) {
    this.#deps = deps;
  }

  /** A code that was typed. @param userCode as `readUserCode` gives it */
  async find(ctx: HttpContext, userCode: string): Promise<LookupResult> {
    const { budgets, limits } = this.#deps;
    const accountId = await this.#accountOf(ctx);
    // Taken before the look, so that parallel tries cannot exceed it; given back to who was right.
    const reserved = await budgets.reserve([
      accountId === undefined
        ? { ...limits.withoutSignIn, key: 'device-code:everybody' }
        : { ...limits.perAccount, key: `device-code:account:${accountId}` },
    ]);
    if (!reserved.ok) {
      const { retryAfterSeconds } = reserved;
      const reason = accountId === undefined ? 'busy' : 'exhausted';
      return { ok: false, reason, retryAfterSeconds };
    }
    const result = await this.#read(userCode, accountId);
    if (result.ok || result.reason !== 'unknown') await budgets.giveBack(reserved.reservations);
    return result;
  }

  /** A code that this browser has found before. */
  async findAgain(ctx: HttpContext, userCode: string): Promise<LookupResult> {
    return this.#read(userCode, await this.#accountOf(ctx));
  }

  async #accountOf(ctx: HttpContext): Promise<string | undefined> {
    const session = await this.#deps.provider().Session.get(ctx);
    return (session as { accountId?: string }).accountId;
  }

  async #read(userCode: string, accountId: string | undefined): Promise<LookupResult> {
    const stored = await this.#deps.artefacts.findByUserCode(userCode);
    if (!stored) return { ok: false, reason: 'unknown' };
    const code = stored.payload as unknown as DeviceCodePayload;
    if (stored.consumedAt !== null || isDecided(code)) return { ok: false, reason: 'used' };
    if (code.exp <= epochSeconds(this.#deps.clock)) return { ok: false, reason: 'expired' };
    return { ok: true, code, accountId };
  }
}
