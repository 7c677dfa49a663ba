// Why a program was refused, in words its developer can act on. The library knows the cause and
// answers a dozen of them with one sentence; here each gets its own. English and ASCII, as RFC
// 6749 demands of `error_description`; never a secret and never a person.
import { ClientKeysUnavailable } from '../../clients/client-key-sets.ts';
import type { errors, KoaContextWithOIDC, Provider } from 'oidc-provider';
import { trustError } from '../claims/trusted-client.ts';
import { requestMemo } from '../storage/request-memo.ts';

const PROOF_MISSING = 'the DPoP header is missing: this client or token is bound to a key';
const ENDED = 'it was revoked, or the session it came from has ended';
// One text for all three: another client must not learn that what it found is alive.
const UNKNOWN = `the code or token is unknown: it was not issued to this client, a newer one replaced it, ${ENDED}`;

/** By the cause that the library keeps in `error_detail`. */
const byCause: Readonly<Record<string, string>> = {
  'authorization code not found': UNKNOWN,
  'authorization code is expired': 'the authorization code has expired: it lives 60 seconds',
  'authorization code already consumed':
    'the authorization code was already used; what its first use gave is revoked',
  'AuthorizationCode was already used':
    'the authorization code was already used; what its first use gave is revoked',
  'authorization code redirect_uri mismatch':
    'redirect_uri must be the one of the authorization request, to the letter',
  'authorization code invalid (referenced account not found)': `the authorization code has ended: ${ENDED}`,
  'code_verifier must be provided':
    'code_verifier is missing: the authorization request had a code_challenge',
  'code_verifier does not match code_challenge':
    'code_verifier does not match the code_challenge of the authorization request (S256)',
  'unsupported code_challenge_method':
    'code_verifier was sent, but the authorization request had no code_challenge',
  'refresh token not found': UNKNOWN,
  'refresh token is expired': 'the refresh token has expired',
  'refresh token already used':
    'the refresh token was already used: keep the newest one; the whole grant is revoked',
  'RefreshToken was already used':
    'the refresh token was already used: keep the newest one; the whole grant is revoked',
  'refresh token invalid (referenced account not found)': `the refresh token has ended: ${ENDED}`,
  'client mismatch': UNKNOWN,
  'grant not found': `the authorization has ended: ${ENDED}`,
  'grant is expired': 'the authorization has expired',
  'accountId mismatch': `the authorization has ended: ${ENDED}`,
  'missing DPoP proof JWT': PROOF_MISSING,
  'DPoP proof JWT not provided': PROOF_MISSING,
  'DPoP proof JWT Replay detected': 'this DPoP proof was already used: make one for every request',
  'DPoP proof key thumbprint does not match dpop_jkt':
    'the DPoP proof is made with another key than the authorization request named',
  'device code not found': UNKNOWN,
  'device code is expired': 'the device code has expired: it lives ten minutes, ask for another',
  'device code already consumed':
    'the device code was already used; what its first use gave is revoked',
  'DeviceCode was already used':
    'the device code was already used: keep the tokens of its first use',
  'device code invalid (referenced account not found)': `the device code has ended: ${ENDED}`,
  'client not found': 'no client is registered with this client_id',
  'invalid secret provided':
    'the client_secret is wrong; in a Basic header both parts are form-urlencoded before Base64',
  'access token not found': `the access token is unknown or has ended: it expired, ${ENDED}`,
  'associated client not found': 'the client of the access token is no longer registered',
  'associated account not found': `the access token has ended: ${ENDED}`,
  'token audience prevents accessing the userinfo endpoint':
    'the access token was issued for a resource; userinfo takes one that was asked for without',
  'access token is not sender-constrained but proof of possession was provided':
    'the access token is not bound to a DPoP key: send it as Bearer',
};

/** Everything a refused program can be told, once each. */
export const programExplanations: readonly string[] = [...new Set(Object.values(byCause))];

/** Causes of a refused client assertion that say enough by themselves. */
const assertionCauses: ReadonlySet<string> = new Set([
  'sub (JWT subject) must be provided in the client_assertion JWT',
  'expiration must be specified in the client_assertion JWT',
  'unique jti (JWT ID) must be provided in the client_assertion JWT',
  'iss (JWT issuer) must be provided in the client_assertion JWT',
  'iss (JWT issuer) must be the client_id',
  'aud (JWT audience) must be provided in the client_assertion JWT',
  'audience (aud) must equal the endpoint url, issuer identifier or token endpoint url',
  'list of audience (aud) must include the endpoint url, issuer identifier or token endpoint url',
  'client assertion tokens must only be used once',
  'jwt expired',
  'jwt not active yet',
  'jwt issued in the future',
  'no applicable key found in the JSON Web Key Set',
  'signature verification failed',
]);

const MECHANISM =
  'the provided authentication mechanism does not match the registered client authentication method';

/** Gives every refusal of an endpoint for programs its words, in the body and in the challenge. */
export function explainRefusals(provider: Provider): void {
  provider.on('grant.error', rewrite);
  provider.on('userinfo.error', rewrite);
  provider.on('introspection.error', rewrite);
  provider.on('revocation.error', rewrite);
  provider.on('pushed_authorization_request.error', rewrite);
  provider.on('device_authorization.error', rewrite);
}

function rewrite(ctx: KoaContextWithOIDC, error: errors.OIDCProviderError): void {
  const { trustRefusal } = requestMemo(ctx);
  if (trustRefusal && error.error === 'invalid_client') {
    const { reason, entity, detail } = trustRefusal;
    ctx.status = 400;
    ctx.body = {
      error: trustError(trustRefusal),
      error_description: printable([reason, entity, detail].filter(Boolean).join(': ')),
    };
    return;
  }
  const words = missingKeys(error) ?? explanation(ctx, error);
  const body: unknown = ctx.body;
  if (words === undefined || typeof body !== 'object' || body === null) return;
  ctx.body = { ...body, error_description: words };
  const challenge = ctx.response.headers['www-authenticate'];
  if (challenge === undefined || error.error_description === undefined) return;
  const [before, after] = [error.error_description, words].map((said) => `="${said}"`);
  const challenges = [challenge]
    .flat()
    .map((one) => String(one).replace(before ?? '', after ?? ''));
  ctx.set('WWW-Authenticate', challenges);
}

/** Undefined when the keys of the client were there. */
function missingKeys(error: unknown): string | undefined {
  for (let current = error; current instanceof Error; current = current.cause) {
    if (current instanceof ClientKeysUnavailable) {
      return `client assertion: the keys at jwks_uri could not be read (${current.reason})`;
    }
  }
  return undefined;
}

function explanation(
  ctx: KoaContextWithOIDC,
  { error_description: said = '', error_detail: cause = '', ...error }: errors.OIDCProviderError,
): string | undefined {
  const { client } = ctx.oidc;
  if (cause === MECHANISM) {
    return `the client is registered for ${client?.clientAuthMethod}, the request used ${usedMethod(ctx)}`;
  }
  if (cause === 'alg mismatch') {
    const alg = client?.clientAuthSigningAlg ?? 'an algorithm that the discovery document lists';
    return `client assertion: alg must be ${alg}`;
  }
  if (assertionCauses.has(cause)) return `client assertion: ${cause}`;
  if (cause === 'failed jkt verification') {
    const bound = error.error === 'invalid_token' ? 'access token' : 'refresh token';
    return `the ${bound} is bound to a DPoP key: send a proof made with that key`;
  }
  return byCause[cause] ?? explanationOfSentence(ctx, said);
}

/** Sentences of the library that leave out what would have been right. */
function explanationOfSentence(ctx: KoaContextWithOIDC, said: string): string | undefined {
  const { client } = ctx.oidc;
  const grantTypes = client?.grantTypes?.join(' ') ?? '';
  switch (said) {
    case 'requested grant type is not allowed for this client':
      return `grant_type ${String(ctx.oidc.params?.['grant_type'])} is not registered for this client; registered: ${grantTypes}`;
    case 'unsupported grant_type requested':
      return `this grant_type is not supported; registered for this client: ${grantTypes}`;
    case "redirect_uri did not match any of the client's registered redirect_uris":
      return printable(
        `redirect_uri is not registered for this client; registered: ${client?.redirectUris?.join(' ')}`,
      );
    case 'DPoP proof htu mismatch':
      return `DPoP proof: htu must be ${ctx.oidc.provider.issuer}${ctx.path}`;
    case 'resource indicator is missing, or unknown':
      return 'resource was not named in the authorization request, or is not registered';
    default:
      return undefined;
  }
}

function usedMethod(ctx: KoaContextWithOIDC): string {
  if (ctx.oidc.params?.['client_assertion'] !== undefined) return 'private_key_jwt';
  if (ctx.oidc.params?.['client_secret'] !== undefined) return 'client_secret_post';
  return ctx.headers.authorization === undefined ? 'none' : 'client_secret_basic';
}

/** RFC 6749, 5.2: neither quotes nor anything outside ASCII. */
function printable(text: string): string {
  return text.replaceAll(/[^\x20\x21\x23-\x5b\x5d-\x7e]/gu, '?');
}
