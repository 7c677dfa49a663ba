// The answer to a device: approved for an account, or refused. One answer per device code, in one
// transaction with its record; an approved device enters the list of its owner, who is told of it.
import { errors } from 'oidc-provider';
import type { AuditLog } from '../../audit/audit-log.ts';
import type { ClientSession, Database } from '../../platform/mongo.ts';
import { DEVICE_SECONDS, OFFLINE_SECONDS } from '../lifetimes.ts';
import type { ArtefactStore } from '../storage/artefact-store.ts';
import type { GrantRevocation } from '../storage/grant-revocation.ts';
import type { GrantStore } from '../storage/grant-store.ts';
import { isDecided } from './device-code.ts';
import type { DeviceCodePayload } from './device-code.ts';

export interface DeviceDecisionDependencies {
  database: Pick<Database, 'transaction'>;
  artefacts: Pick<ArtefactStore, 'amendWithin' | 'find'>;
  grants: Pick<GrantStore, 'noteDevice'>;
  revocation: Pick<GrantRevocation, 'revoke'>;
  audit: AuditLog;
  onDeviceApproved: OnDeviceApproved;
}

/**
 * Tells the owner of the account, inside the transaction of the approval; what it returns is called
 * after the commit.
 */
export type OnDeviceApproved = (
  approved: { accountId: string; clientId: string },
  transaction: ClientSession,
) => Promise<() => void>;

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
    const { artefacts, revocation } = this.#deps;
    // The sid of a browser session says nothing about another device.
    const { sid: _sid, ...answered } = code;
    const isApproved = code.error === undefined && code.grantId !== undefined;
    const isFirst = await this.#answer(deviceCode, { ...answered }, (transaction) =>
      isApproved
        ? this.#approved(code, address, transaction)
        : this.#record(code, { isApproved, address }, transaction),
    );
    if (isFirst) return true;
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
    const { accountId, address } = by;
    const answered = { ...code, ...refusal, ...(accountId === undefined ? {} : { accountId }) };
    return this.#answer(code.jti, refusal, (transaction) =>
      this.#record(answered, { isApproved: false, address }, transaction),
    );
  }

  /** False when another answer stands. Nothing is answered when `alongside` fails. */
  async #answer(
    deviceCode: string,
    answer: Record<string, unknown>,
    alongside: (transaction: ClientSession) => Promise<(() => void) | void>,
  ): Promise<boolean> {
    const { artefacts, database } = this.#deps;
    const artefact = { model: 'DeviceCode', id: deviceCode } as const;
    const answered = await database.transaction(async (transaction) => {
      const isFirst = await artefacts.amendWithin(transaction, artefact, (stored) =>
        isDecided(stored) ? undefined : { ...stored, ...answer },
      );
      return isFirst ? { committed: await alongside(transaction) } : undefined;
    });
    answered?.committed?.();
    return answered !== undefined;
  }

  async #approved(
    code: DeviceCodePayload,
    address: string,
    transaction: ClientSession,
  ): Promise<() => void> {
    const { grants, onDeviceApproved } = this.#deps;
    const { clientId } = code;
    const noted = signedInDevice(code);
    // What the device would be given ended meanwhile: it must not be told that it is signed in.
    if (!(await grants.noteDevice(String(code.grantId), noted, transaction))) {
      throw new errors.AccessDenied('the grant was revoked meanwhile');
    }
    await this.#record(code, { isApproved: true, address }, transaction);
    return onDeviceApproved({ accountId: String(code.accountId), clientId }, transaction);
  }

  async #record(
    code: DeviceCodePayload,
    { isApproved, address }: { isApproved: boolean; address: string },
    transaction: ClientSession,
  ): Promise<void> {
    await this.#deps.audit.record(
      {
        type: isApproved ? 'oidc.device_approved' : 'oidc.device_refused',
        actor: code.accountId ?? 'anonymous',
        clientId: code.clientId,
        address,
        result: isApproved ? 'done' : 'refused',
        ...(code.error === undefined ? {} : { reason: code.error }),
      },
      transaction,
    );
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
