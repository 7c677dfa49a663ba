// The answer to a device: approved for an account, or refused. One answer per device code, written
// by compare-and-set, with its record; an approved device enters the list of its owner.
import type { AuditLog } from '../../audit/audit-log.ts';
import { DEVICE_SECONDS, OFFLINE_SECONDS } from '../lifetimes.ts';
import type { ArtefactStore } from '../storage/artefact-store.ts';
import type { GrantRevocation } from '../storage/grant-revocation.ts';
import type { GrantStore } from '../storage/grant-store.ts';
import { isDecided } from './device-code.ts';
import type { DeviceCodePayload } from './device-code.ts';

export interface DeviceDecisionDependencies {
  artefacts: Pick<ArtefactStore, 'amend' | 'find'>;
  grants: Pick<GrantStore, 'noteDevice'>;
  revocation: Pick<GrantRevocation, 'revoke'>;
  audit: AuditLog;
}

export class DeviceDecisions {
  readonly #deps: DeviceDecisionDependencies;

  constructor(deps: DeviceDecisionDependencies) {
    this.#deps = deps;
  }

  /**
   * Stores the answer that `code` carries. False when another stands, or the device has its tokens.
   * @param address of the person who answers
   */
  async decide(deviceCode: string, code: DeviceCodePayload, address: string): Promise<boolean> {
    const { artefacts, grants, revocation } = this.#deps;
    // The sid of a browser session says nothing about another device.
    const { sid: _sid, ...answered } = code;
    const isApproved = code.error === undefined && code.grantId !== undefined;
    if (isApproved) await grants.noteDevice(String(code.grantId), signedInDevice(code));
    const isFirst = await artefacts.amend('DeviceCode', deviceCode, (stored) =>
      isDecided(stored) ? undefined : { ...answered },
    );
    if (isFirst) {
      await this.#record(code, { isApproved, address });
      return true;
    }
    const standing = await artefacts.find('DeviceCode', deviceCode);
    const isOther = standing?.payload['grantId'] !== code.grantId;
    if (isApproved && isOther) await revocation.revoke(String(code.grantId), 'replaced');
    return false;
  }

  /** Refused on the page that shows the code; nobody needs to be signed in for that. */
  async refuse(
    code: DeviceCodePayload,
    by: { accountId: string | undefined; address: string },
  ): Promise<boolean> {
    const refusal = { error: 'access_denied', errorDescription: 'the person refused the device' };
    const isFirst = await this.#deps.artefacts.amend('DeviceCode', code.jti, (stored) =>
      isDecided(stored) ? undefined : { ...stored, ...refusal },
    );
    const { accountId, address } = by;
    const answered = { ...code, ...refusal, ...(accountId === undefined ? {} : { accountId }) };
    if (isFirst) await this.#record(answered, { isApproved: false, address });
    return isFirst;
  }

  async #record(
    code: DeviceCodePayload,
    { isApproved, address }: { isApproved: boolean; address: string },
  ): Promise<void> {
    await this.#deps.audit.record({
      type: isApproved ? 'oidc.device_approved' : 'oidc.device_refused',
      actor: code.accountId ?? 'anonymous',
      clientId: code.clientId,
      address,
      result: isApproved ? 'done' : 'refused',
      ...(code.error === undefined ? {} : { reason: code.error }),
    });
  }
}

function signedInDevice({ deviceInfo, scope }: DeviceCodePayload) {
  const isOffline = scope?.split(' ').includes('offline_access') === true;
  return {
    userAgent: deviceInfo?.userAgent ?? '',
    address: deviceInfo?.address ?? '',
    seconds: isOffline ? OFFLINE_SECONDS : DEVICE_SECONDS,
  };
}
