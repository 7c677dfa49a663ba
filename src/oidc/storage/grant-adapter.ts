// The library's Grant model on the grant store.
import { errors } from 'oidc-provider';
import type { Adapter, AdapterPayload } from 'oidc-provider';
import type { AuditLog } from '../../audit/audit-log.ts';
import { storing } from './database-failure.ts';
import { endedMeanwhile, hasEndedMeanwhile } from './ended-meanwhile.ts';
import type { EndedMeanwhileDependencies } from './ended-meanwhile.ts';
import type { GrantRevocation, RevocationReason } from './grant-revocation.ts';
import type { GrantStore } from './grant-store.ts';
import { itemsInEffect } from './grant-union.ts';
import type { GrantPayload } from './grant-union.ts';
import {
  answerAwaits,
  currentMemo,
  currentRequest,
  operatorOf,
  takeAhead,
} from './request-memo.ts';

interface GrantAdapterDependencies extends EndedMeanwhileDependencies {
  audit: AuditLog;
  grants: GrantStore;
  revocation: GrantRevocation;
}

export class GrantAdapter implements Adapter {
  readonly #deps: GrantAdapterDependencies;

  constructor(deps: GrantAdapterDependencies) {
    this.#deps = deps;
  }

  async upsert(id: string, payload: AdapterPayload, expiresIn: number): Promise<void> {
    const content = withOperator(payload as unknown as GrantPayload);
    const { grants } = this.#deps;
    const isNew = currentMemo()?.newGrant === id;
    const result = await storing(() =>
      isNew ? grants.create(id, content, expiresIn) : grants.unite(id, content, expiresIn),
    );
    if (result.outcome === 'revoked') {
      throw new errors.AccessDenied('the grant was revoked meanwhile');
    }
    if (result.outcome === 'united') {
      if (result.added.length > 0) await this.#record('oidc.grant_widened', content, result.added);
      return;
    }
    if (await hasEndedMeanwhile(this.#deps, content.accountId)) {
      await storing(() => this.#deps.revocation.revoke(id, 'account_unavailable'));
      throw endedMeanwhile();
    }
    await this.#record('oidc.grant_issued', content, itemsInEffect(content));
  }

  /** The person is shown these records as what each system received, and since when. */
  async #record(
    type: 'oidc.grant_issued' | 'oidc.grant_widened',
    { accountId, clientId }: GrantPayload,
    items: readonly string[],
  ): Promise<void> {
    const record = {
      type,
      actor: accountId,
      clientId,
      address: currentRequest()?.ip,
      result: 'done',
      details: { items: items.join(' ') },
    } as const;
    await answerAwaits(storing(() => this.#deps.audit.record(record)));
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    const payload = await storing(
      () => takeAhead<GrantPayload | undefined>(['Grant', id]) ?? this.#deps.grants.find(id),
    );
    if (payload) currentMemo()?.grants.set(id, payload);
    return payload as unknown as AdapterPayload | undefined;
  }

  async destroy(id: string): Promise<void> {
    await storing(() => this.#deps.revocation.revoke(id, currentReason()));
  }

  consume(): Promise<never> {
    return Promise.reject(new Error('a grant is not consumable'));
  }

  findByUid(): Promise<never> {
    return Promise.reject(new Error('a grant has no uid'));
  }

  findByUserCode(): Promise<never> {
    return Promise.reject(new Error('a grant has no user code'));
  }

  revokeByGrantId(): Promise<never> {
    return Promise.reject(new Error('a grant is destroyed, not revoked by grant'));
  }
}

/** The library does not know of it. */
function withOperator(payload: GrantPayload): GrantPayload {
  const ctx = currentRequest();
  const operator = ctx && operatorOf(ctx);
  const isOfSession = ctx?.oidc.session?.accountId === payload.accountId;
  return operator && isOfSession ? { ...payload, operator } : payload;
}

function currentReason(): RevocationReason {
  const oidc = currentRequest()?.oidc;
  if (oidc?.route === 'revocation') return 'revoked_by_client';
  if (oidc?.route === 'end_session_confirm') return 'signed_out';
  if (oidc?.route !== 'token') return 'replaced';
  return oidc.entities.RefreshToken ? 'refresh_reused' : 'code_replayed';
}
