// Hand-overs to the face service, and to the network identity service.
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { Database } from '../platform/mongo.ts';
import { HandoverStore, sealedHandovers } from './handover-store.ts';
import type { Handover } from './handover-store.ts';
import type { IdentityClaim } from './provider.ts';

interface StoreDependencies {
  database: Database;
  keyring: Keyring;
  clock: Clock;
}

export interface FaceRequest extends Handover {
  nonce: string;
  claim: IdentityClaim;
  /** By which the service knows it. */
  handle: string;
}

const FACE = { collection: 'faceRequests', label: 'verification.face' } as const;

export class FaceRequestStore extends HandoverStore<FaceRequest> {
  constructor(deps: StoreDependencies) {
    super(deps, FACE);
  }
}

export interface NetworkRequest extends Handover {
  nonce: string;
  /** RFC 7636. */
  codeVerifier: string;
  redirectUri: string;
  /** Whose number the account has, or is to have: the service says whether it is the same person. */
  claim?: IdentityClaim | undefined;
  /** The person agreed to have the name told. */
  wantsName: boolean;
}

const NETWORK = { collection: 'networkRequests', label: 'verification.network' } as const;

export class NetworkRequestStore extends HandoverStore<NetworkRequest> {
  constructor(deps: StoreDependencies) {
    super(deps, NETWORK);
  }
}

export const sealedFaceRequests = sealedHandovers(FACE);
export const sealedNetworkRequests = sealedHandovers(NETWORK);
