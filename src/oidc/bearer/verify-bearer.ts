// Who calls an interface of ours, by the access token that the request brings (RFC 6750, RFC 9449):
// a person through a client, by an opaque token, or a client for itself, by a JWT.
import type { Account } from '../../accounts/account.ts';
import type { ClientRegistration } from '../../clients/client-registration.ts';
import type { PeerDirectory } from '../../peers/peer-directory.ts';
import type { SessionState } from '../../sessions/session-codec.ts';
import type { GrantPayload } from '../storage/grant-union.ts';
import { isProven } from './dpop-proof.ts';
import type { ProvenRequest } from './dpop-proof.ts';
import { readOpaqueToken } from './opaque-tokens.ts';
import type { OpaqueTokenDependencies } from './opaque-tokens.ts';
import { SignedTokens } from './signed-tokens.ts';
import type { SignedTokenDependencies } from './signed-tokens.ts';
import type { ArtefactStore } from '../storage/artefact-store.ts';

interface CommonAccess {
  client: ClientRegistration;
  /** Of the token, as far as the client is still registered for them. */
  scopes: ReadonlySet<string>;
}

export interface ClientAccess extends CommonAccess {
  kind: 'client';
}

export interface PersonAccess extends CommonAccess {
  kind: 'person';
  account: Account;
  grant: GrantPayload;
  /** Absent for what goes on after the person has signed out. */
  session?: SessionState | undefined;
}

export type Access = ClientAccess | PersonAccess;

export type BearerRefusal =
  | 'token_missing'
  /** Unknown, malformed, revoked, or of somebody who is no more. */
  | 'token_invalid'
  | 'token_expired'
  | 'audience_wrong'
  /** It is bound to a key, and nobody has shown that he holds it (RFC 9449). */
  | 'proof_invalid';

export type BearerAnswer = { ok: true; access: Access } | { ok: false; reason: BearerRefusal };

export interface BearerRequest extends ProvenRequest {
  /** The `Authorization` header. */
  authorization: string | undefined;
}

export interface BearerDependencies extends SignedTokenDependencies, OpaqueTokenDependencies {
  clients: { registration(clientId: string): ClientRegistration | undefined };
  /** Clients of other platforms that are suspended are nobody's. */
  peers: Pick<PeerDirectory, 'stops'>;
  artefacts: Pick<ArtefactStore, 'find' | 'claimReplayMark'>;
}

/** @param audience the resource indicator of the interface that is called */
export type VerifyBearer = (request: BearerRequest, audience: string) => Promise<BearerAnswer>;

interface Found {
  audiences: readonly string[];
  scope: string;
  thumbprint: string | undefined;
  access: Omit<ClientAccess, 'scopes'> | Omit<PersonAccess, 'scopes'>;
}

const HEADER = /^(?<scheme>Bearer|DPoP) +(?<token>[\w~+/.-]{1,4096}=*) *$/iu;

export function openBearer(deps: BearerDependencies): VerifyBearer {
  const signed = new SignedTokens(deps);
  return async (request, audience) => {
    const { authorization = '' } = request;
    if (authorization === '') return { ok: false, reason: 'token_missing' };
    const { scheme = '', token } = HEADER.exec(authorization)?.groups ?? {};
    if (token === undefined) return { ok: false, reason: 'token_invalid' };
    const found = await (token.split('.').length === 3
      ? ofClient(deps, signed, token)
      : ofPerson(deps, token));
    if (found === 'expired') return { ok: false, reason: 'token_expired' };
    if (!found) return { ok: false, reason: 'token_invalid' };
    if (!found.audiences.includes(audience)) return { ok: false, reason: 'audience_wrong' };
    const isDpop = scheme.toLowerCase() === 'dpop';
    if (!(await isHeldByCaller(deps, request, { ...found, token, isDpop }))) {
      return { ok: false, reason: 'proof_invalid' };
    }
    const registered = new Set(found.access.client.scope.split(' '));
    const scopes = found.scope.split(' ').filter((each) => registered.has(each));
    return { ok: true, access: { ...found.access, scopes: new Set(scopes) } };
  };
}

/** A bound token is never taken as a plain one, nor a plain one as bound (RFC 9449, 7.1). */
async function isHeldByCaller(
  deps: BearerDependencies,
  request: BearerRequest,
  of: { thumbprint: string | undefined; token: string; isDpop: boolean },
): Promise<boolean> {
  const { thumbprint, token, isDpop } = of;
  if (thumbprint === undefined) return !isDpop;
  return isDpop && (await isProven(deps, request, { token, thumbprint }));
}

async function ofClient(
  deps: BearerDependencies,
  signed: SignedTokens,
  token: string,
): Promise<Found | 'expired' | undefined> {
  const claims = await signed.read(token);
  if (claims === undefined || claims === 'expired') return claims;
  const { sub, client_id: clientId, scope, aud = [], cnf } = claims;
  // What was signed for a person stands on things that a signature says nothing of.
  if (typeof clientId !== 'string' || sub !== clientId) return undefined;
  const client = clientOf(deps, clientId);
  if (!client?.grant_types.includes('client_credentials')) return undefined;
  return {
    audiences: [aud].flat(),
    scope: typeof scope === 'string' ? scope : '',
    thumbprint: (cnf as { jkt?: string } | undefined)?.jkt,
    access: { kind: 'client', client },
  };
}

function clientOf(
  { clients, peers }: BearerDependencies,
  clientId: string,
): ClientRegistration | undefined {
  return peers.stops(clientId) ? undefined : clients.registration(clientId);
}

async function ofPerson(
  deps: BearerDependencies,
  value: string,
): Promise<Found | 'expired' | undefined> {
  const token = await readOpaqueToken(deps, value);
  if (token === undefined || token === 'expired') return token;
  const { audience, clientId, scope, account, grant, session, thumbprint } = token;
  const client = clientOf(deps, clientId);
  if (!client) return undefined;
  return {
    audiences: audience === undefined ? [] : [audience],
    scope,
    thumbprint,
    access: { kind: 'person', client, account, grant, session },
  };
}
