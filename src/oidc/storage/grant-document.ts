// How a grant looks at rest, and what of it is sealed.
import type { SealedPlace } from '../../platform/sealed-place.ts';

export const GRANTS = 'oidcGrants';

export interface GrantDocument {
  _id: string;
  accountId: string;
  clientId: string;
  revision: number;
  sealed: Buffer;
  revokedAt: Date | null;
  createdAt: Date;
  purgeAt: Date;
  /** Of a device that was signed in with a code: what its owner sees of it. */
  device?: Buffer;
  deviceUntil?: Date;
  /** What the power to act under it rests on, in clear: whatever ends one ends the grant. */
  mandateIds?: readonly string[];
  /** Sign-ins at peers that something was given out upon under it: what ends one ends the grant. */
  upstreamSignInIds?: readonly string[];
  /** The session whose slot holds it, and the entity, for who ends it. */
  sessionKey?: string;
  entityId?: string;
  schemaVersion: 1;
}

export function sealedContext(key: string): string {
  return `Grant:${key}`;
}

export function deviceContext(key: string): string {
  return `Grant.device:${key}`;
}

export const sealedGrants: SealedPlace = {
  collection: GRANTS,
  fields: ['sealed', 'device'],
  valuesOf: (document) => {
    const { _id, sealed, device } = document as GrantDocument;
    // A revoked one holds nothing any more.
    if (sealed.length === 0) return [];
    return [
      { path: 'sealed', sealed, context: sealedContext(_id) },
      ...(device ? [{ path: 'device', sealed: device, context: deviceContext(_id) }] : []),
    ];
  },
};
