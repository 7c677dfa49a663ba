// A peer: another identity platform that we take people from (upstream), give people to (downstream), or
// both. What it says is translated by its own tables and never counts for more than its caps.
import type { RealNameLevel } from '../accounts/account.ts';
import type { CertificateType } from '../accounts/certificate-types.ts';
import type { ClientJwks } from '../clients/client-keys.ts';

export const peerKinds = ['provinceHub', 'cityNode', 'trustSource'] as const;
export type PeerKind = (typeof peerKinds)[number];

/** Which way people go: `upstream` signs them in for us, `downstream` takes them from us. */
export const peerRoles = ['upstream', 'downstream'] as const;
export type PeerRole = (typeof peerRoles)[number];

/** Dialects of sign-in; the last three as in the platforms of Guangdong, Shandong and Zhejiang. */
export const peerProtocols = ['oidc', 'tif', 'jis', 'zhejiang'] as const;
export type PeerProtocol = (typeof peerProtocols)[number];

/**
 * draft → tested → approved (by a second officer) → active; `suspended` from anywhere, at once. Only an
 * `active` peer is talked to; a change of what it may do leads back to `draft`.
 */
export const peerStates = ['draft', 'tested', 'approved', 'active', 'suspended'] as const;
export type PeerState = (typeof peerStates)[number];

export type LoginStrengthCap = 1 | 2 | 3;

/** In both languages of the pages. */
export interface PeerWords {
  'zh-CN': string;
  en: string;
}

/** How its sign-in is spoken to. Addresses are absolute URLs; which of them a dialect needs it says itself. */
export interface PeerConnection {
  protocol: PeerProtocol;
  /** Our name there: `client_id`, `appmark`, `servicecode`. */
  clientId: string;
  /** Addresses by the name that the adapter gives them, e.g. `discovery`, `authorize`, `token`, `gateway`. */
  addresses: Readonly<Record<string, string>>;
  /** What only this dialect knows, e.g. `scope`, `token_endpoint_auth_method`, `usertype`. */
  settings: Readonly<Record<string, string>>;
}

/** Our attributes that the attribute map may name the fields of. */
export const peerAttributes = [
  'subject',
  'kind',
  'name',
  'certificateType',
  'certificateNumber',
  'certificateCountry',
  'uscc',
  'phone',
  'email',
  'level',
  'ways',
  'version',
  'origin',
  'authenticatedAt',
  'strength',
  'sessionId',
  'representativeName',
  'representativeCertificateType',
  'representativeCertificateNumber',
  'representativeRole',
] as const;
export type PeerAttribute = (typeof peerAttributes)[number];

/** What an officer registers. */
export interface PeerRegistration {
  /** Lower-case letters, digits and dashes: part of addresses. */
  id: string;
  /** Whom its assertions and the links to its people name: an https URL, or a URN where it has none. */
  issuer: string;
  names: PeerWords;
  kind: PeerKind;
  roles: readonly PeerRole[];
  connection: PeerConnection;
  /** Clients as which it takes people from us (downstream). */
  clients: readonly string[];
  /** Public keys of its signatures; those that it publishes where this is missing. */
  jwks?: ClientJwks | undefined;
  /** Its names of levels → ours. What is missing counts as registered (1) at most. */
  levelMap: Readonly<Record<string, RealNameLevel>>;
  levelCap: RealNameLevel;
  strengthCap: LoginStrengthCap;
  /** Its codes of certificates → GA/T 2000.156. */
  certificateTypeMap: Readonly<Record<string, CertificateType>>;
  /** Our attribute → its claim or field; the adapter's own names where missing. */
  attributeMap: Readonly<Partial<Record<PeerAttribute, string>>>;
  /** What a person reads before anything of theirs is taken over from it. */
  notice: PeerWords;
}

export interface Peer extends PeerRegistration {
  /** Ids (`kid`) or thumbprints (RFC 7638) of its keys that count no more, whatever it publishes. */
  droppedKeys: readonly string[];
  state: PeerState;
  /** Counts changes. */
  revision: number;
}

/** Sealed beside the record; never shown again. */
export interface PeerSecrets {
  /** `client_secret`, `appword`, `servicepwd`. */
  clientSecret?: string | undefined;
  /** Private JWK for `private_key_jwt`, as JSON. */
  clientKey?: string | undefined;
}
