// How a session looks at rest: hashes to find it by, sealed parts for everything else.
import { clientOfKey } from '../clients/client-id.ts';
import type { Operator } from '../entity-sign-in/operator.ts';
import type { ActingReference } from '../mandates/acting.ts';
import { grantKeyOf } from './grant-key.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { SealedPlace } from '../platform/sealed-place.ts';

/** As whom a person is at a client, once that was chosen: another choice is another slot. */
export interface ChosenIdentity {
  /** Names the choice, so that what it led to is not done twice. */
  choiceId: string;
  /** Absent: as himself. */
  reference?: ActingReference;
}

/** What a session holds for one client. `sid` and `grantId` never change while it lives. */
export interface ClientSlot {
  sid: string;
  grantId: string;
  /** Tokens of this client survive the sign-out (`offline_access`). */
  persistsLogout?: boolean;
  acting?: ChosenIdentity;
}

/** The payload of the library's Session model, but for its cookie id. Times in epoch seconds. */
export interface SessionState {
  uid: string;
  accountId?: string;
  loginTs?: number;
  amr?: string[];
  acr?: string;
  /** When a second factor was given last, also one that was added to the living session. */
  factorAt?: number;
  /** Of an organisation that signed in by itself: who was there, where somebody names them. */
  operator?: Operator | undefined;
  /** Of one that began at a peer: what it stands on (src/federation). */
  upstreamSignInId?: string | undefined;
  transient?: boolean;
  iat?: number;
  /** Idle end as known when it was read or written. */
  exp: number;
  state?: Record<string, unknown>;
  authorizations: Record<string, ClientSlot>;
}

/** Where a session was begun; shown to its owner in the device list. */
export interface SessionDevice {
  userAgent: string;
  address: string;
}

export interface SessionChange {
  core?: SessionState;
  state?: Record<string, unknown>;
  dropState?: boolean;
  device?: SessionDevice;
  slots?: Record<string, ClientSlot>;
  /** A new cookie id; the former one is kept for a moment unless that would allow fixation. */
  rotation?: { newCookieId: string; keepsOld: boolean };
  /** Counts as activity with this idle limit. */
  idleSeconds?: number;
}

export type SessionEndReason =
  | 'signed_out'
  | 'idle'
  | 'account_unavailable'
  | 'ended_by_person'
  | 'ended_by_administrator'
  | 'level_fell'
  | 'credentials_changed'
  /** The peer that it came from has ended its session, or is not trusted any more. */
  | 'upstream_ended'
  /** Of one client: the person is there as somebody else now. */
  | 'identity_switched'
  /** Of one client: what the person acted upon there has ended. */
  | 'mandate_ended';

export interface StoredSlot {
  sidKey: string;
  grantKey: string;
  sealed: Buffer;
}

export interface SessionDocument {
  _id: string;
  aliases?: { key: string; until: Date | null }[];
  accountId?: string;
  /** As in the core; to find it by. */
  upstreamSignInId?: string;
  core: Buffer;
  state?: Buffer;
  device: Buffer;
  clients: Record<string, StoredSlot>;
  /** Keyed hashes of the sids that signed out: a late write must not bring one back. */
  endedSids: string[];
  startedAt: Date;
  lastSeenAt: Date;
  endsAt: Date;
  absoluteEndsAt: Date;
  purgeAt: Date;
  endedAt: Date | null;
  endReason?: SessionEndReason;
  schemaVersion: 1;
}

export interface SessionSummary {
  key: string;
  device: SessionDevice;
  startedAt: Date;
  lastSeenAt: Date;
  clientIds: string[];
}

/** Whose session it is stands in here; the account id beside it is only there to find it by. */
type Core = Pick<
  SessionState,
  | 'uid'
  | 'accountId'
  | 'loginTs'
  | 'amr'
  | 'acr'
  | 'factorAt'
  | 'operator'
  | 'upstreamSignInId'
  | 'transient'
  | 'iat'
>;

export class SessionCodec {
  readonly #keyring: Keyring;

  constructor(keyring: Keyring) {
    this.#keyring = keyring;
  }

  key(uid: string): string {
    return this.#hash('Session', uid);
  }

  aliasKey(cookieId: string): string {
    return this.#hash('SessionAlias', cookieId);
  }

  grantKey(grantId: string): string {
    return grantKeyOf(this.#keyring, grantId);
  }

  sidKey(sid: string): string {
    return this.#hash('sid', sid);
  }

  sealCore(key: string, state: SessionState): Buffer {
    const { uid, accountId, loginTs, amr, acr, factorAt, operator, transient, iat } = state;
    const { upstreamSignInId } = state;
    const core: Record<keyof Core, unknown> = {
      uid,
      accountId,
      loginTs,
      amr,
      acr,
      factorAt,
      operator,
      upstreamSignInId,
      transient,
      iat,
    };
    return this.#keyring.encryptJson(core, `session.core:${key}`);
  }

  sealState(key: string, state: Record<string, unknown>): Buffer {
    return this.#keyring.encryptJson(state, `session.state:${key}`);
  }

  sealDevice(key: string, device: SessionDevice): Buffer {
    return this.#keyring.encryptJson(device, `session.device:${key}`);
  }

  sealSlot(key: string, clientId: string, slot: ClientSlot): StoredSlot {
    return {
      sidKey: this.sidKey(slot.sid),
      grantKey: this.grantKey(slot.grantId),
      sealed: this.#keyring.encryptJson(slot, `session.client:${key}:${clientId}`),
    };
  }

  openSlot(key: string, clientId: string, stored: StoredSlot): ClientSlot {
    const context = `session.client:${key}:${clientId}`;
    return this.#keyring.decryptJson(stored.sealed, context) as ClientSlot;
  }

  open(document: SessionDocument): SessionState {
    const key = document._id;
    const core = this.#keyring.decryptJson(document.core, `session.core:${key}`) as Core;
    const authorizations: Record<string, ClientSlot> = {};
    for (const [slotKey, stored] of Object.entries(document.clients)) {
      const clientId = clientOfKey(slotKey);
      authorizations[clientId] = this.openSlot(key, clientId, stored);
    }
    return {
      ...core,
      exp: Math.floor(document.endsAt.getTime() / 1000),
      ...(document.state === undefined
        ? {}
        : {
            state: this.#keyring.decryptJson(document.state, `session.state:${key}`) as Record<
              string,
              unknown
            >,
          }),
      authorizations,
    };
  }

  summarize(document: SessionDocument): SessionSummary {
    const context = `session.device:${document._id}`;
    return {
      key: document._id,
      device: this.#keyring.decryptJson(document.device, context) as SessionDevice,
      startedAt: document.startedAt,
      lastSeenAt: document.lastSeenAt,
      clientIds: Object.keys(document.clients).map(clientOfKey),
    };
  }

  #hash(label: string, value: string): string {
    return this.#keyring.mac('artefactId', label, value).toString('base64url');
  }
}

export const sealedInSessions: SealedPlace = {
  collection: 'sessions',
  fields: ['core', 'state', 'device', 'clients'],
  valuesOf: (document) => {
    const { _id, core, state, device, clients } = document as SessionDocument;
    const slots = Object.entries(clients).map(([slotKey, { sealed }]) => ({
      path: `clients.${slotKey}.sealed`,
      sealed,
      context: `session.client:${_id}:${clientOfKey(slotKey)}`,
    }));
    return [
      { path: 'core', sealed: core, context: `session.core:${_id}` },
      ...(state ? [{ path: 'state', sealed: state, context: `session.state:${_id}` }] : []),
      { path: 'device', sealed: device, context: `session.device:${_id}` },
      ...slots,
    ];
  },
};
