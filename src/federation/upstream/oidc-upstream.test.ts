// Any standard product by configuration alone: a plain provider of another kind than ours, with each way of
// proving who we are and each signature.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportJWK, generateKeyPair } from 'jose';
import { HttpVisitor, nextAddress } from '../../../test/support/http-visitor.ts';
import { startPlainProvider } from '../../../test/support/plain-provider.ts';
import type { PlainProvider } from '../../../test/support/plain-provider.ts';
import {
  RETURN_ADDRESS,
  samplePeer,
  sampleRequest,
  upstreamDependencies,
} from '../../../test/support/upstream-peer.ts';
import type { PeerSecrets } from '../../peers/peer.ts';
import type { UpstreamRequest } from '../upstream-identity.ts';
import { createOidcUpstream } from './oidc-upstream.ts';

const SECRET = 'a secret: of 100% + more/characters&';
const METHODS = ['client_secret_basic', 'client_secret_post', 'private_key_jwt'] as const;
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'] as const;

const adapter = createOidcUpstream(upstreamDependencies());
const providers: Record<'pushing' | 'plain', PlainProvider> = {} as never;
let clientKey: string;

const CLAIMS = {
  preferred_username: 'wang',
  name: '王演示',
  phone_number: '13800000000',
  id_document: { type: '111', number: '11010519491231002x' },
};

beforeAll(async () => {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  clientKey = JSON.stringify({ ...(await exportJWK(privateKey)), kid: 'city-1' });
  const key = { ...(await exportJWK(publicKey)), kid: 'city-1' };
  const clients = METHODS.flatMap((method) =>
    ALGORITHMS.map((algorithm) => ({
      client_id: `${method} ${algorithm}`,
      redirect_uris: [RETURN_ADDRESS],
      post_logout_redirect_uris: ['https://city.example/'],
      token_endpoint_auth_method: method,
      id_token_signed_response_alg: algorithm,
      ...(method === 'private_key_jwt' ? { jwks: { keys: [key] } } : { client_secret: SECRET }),
      ...(algorithm === 'PS256' ? { userinfo_signed_response_alg: algorithm } : {}),
    })),
  );
  const options = { clients, claims: { wang: CLAIMS }, algorithms: ALGORITHMS };
  const features = { jwtUserinfo: { enabled: true } };
  providers.pushing = await startPlainProvider({ ...options, features });
  const withoutPushing = { ...features, pushedAuthorizationRequests: { enabled: false } };
  providers.plain = await startPlainProvider({ ...options, features: withoutPushing });
  for (const each of Object.values(providers)) each.decision = { accountId: 'wang', level: 3 };
});

afterAll(() => Promise.all(Object.values(providers).map((each) => each.stop())));

function peerAt(provider: PlainProvider, clientId: string, settings: Record<string, string> = {}) {
  const scope = 'openid profile phone real_name id_document';
  const peer = samplePeer({
    issuer: provider.issuer,
    connection: { protocol: 'oidc', clientId, settings: { scope, ...settings } },
  });
  const secrets: PeerSecrets = clientId.startsWith('private_key_jwt')
    ? { clientKey }
    : { clientSecret: SECRET };
  return { peer, secrets };
}

async function signIn(of: ReturnType<typeof peerAt>, request: UpstreamRequest) {
  const begun = await adapter.begin(of, request);
  if (!begun.ok) return begun;
  const visit = await new HttpVisitor().visit(begun.page, (next) =>
    next.href.startsWith(RETURN_ADDRESS),
  );
  const answer = nextAddress(visit);
  if (!answer) throw new Error(`no answer: ${visit.body}`);
  return adapter.complete(of, request, Object.fromEntries(answer.searchParams));
}

describe.each(METHODS)('a client that proves itself by %s', (method) => {
  it.each(ALGORITHMS)('is told who signed in, by tokens signed with %s', async (algorithm) => {
    const of = peerAt(providers.pushing, `${method} ${algorithm}`, {
      token_endpoint_auth_method: method,
    });
    const answer = await signIn(of, sampleRequest({ neededLevel: 3 }));
    expect(answer).toMatchObject({
      ok: true,
      identity: {
        subject: 'wang',
        kind: 'naturalPerson',
        name: '王演示',
        phone: '+8613800000000',
        certificate: { type: '111', number: '11010519491231002X' },
        level: 3,
        statedLevel: 'urn:hutong:level:3',
        strength: 1,
      },
    });
  });
});

describe('a request', () => {
  const ES256 = 'client_secret_basic ES256';

  it('is pushed where the provider takes that, so that its address says nothing', async () => {
    const begun = await adapter.begin(peerAt(providers.pushing, ES256), sampleRequest());
    const names = begun.ok ? [...begun.page.searchParams.keys()] : [];
    expect(names.toSorted()).toEqual(['client_id', 'request_uri']);
  });

  it('stands in the address elsewhere, with all that protects it', async () => {
    const request = sampleRequest({ neededLevel: 3, isForced: true });
    const of = peerAt(providers.plain, ES256);
    const begun = await adapter.begin(of, request);
    if (!begun.ok) throw new Error(begun.detail);
    expect(Object.fromEntries(begun.page.searchParams)).toMatchObject({
      state: request.state,
      nonce: request.nonce,
      code_challenge_method: 'S256',
      acr_values: 'urn:hutong:level:3 urn:hutong:level:4',
      prompt: 'login',
      max_age: '300',
    });
    expect(begun.page.href).not.toContain(request.codeVerifier);
    expect(await signIn(of, sampleRequest({ isForced: true }))).toMatchObject({ ok: true });
  });

  it('asks for the names that the peer has for a level', async () => {
    const of = peerAt(providers.plain, ES256);
    const peer = { ...of.peer, levelMap: { loa2: 2, gold: 3, smart: 4 } as const };
    const begun = await adapter.begin({ ...of, peer }, sampleRequest({ neededLevel: 3 }));
    // What the provider does not publish is not asked for.
    expect(begun.ok && begun.page.searchParams.has('acr_values')).toBe(false);
  });

  it('asks for the registration only where the provider knows the word', async () => {
    const begun = await adapter.begin(
      peerAt(providers.plain, ES256),
      sampleRequest({ isRegistration: true }),
    );
    expect(begun.ok && begun.page.searchParams.has('prompt')).toBe(false);
  });
});

describe('the answer', () => {
  const of = () => peerAt(providers.pushing, 'client_secret_post RS256');

  it('is refused when the person has refused', async () => {
    providers.pushing.decision = { error: 'access_denied' };
    const answer = await signIn(of(), sampleRequest());
    providers.pushing.decision = { accountId: 'wang', level: 3 };
    expect(answer).toEqual({ ok: false, reason: 'refused', detail: 'access_denied' });
  });

  it('is replayed when its code comes twice, and invalid with another state or verifier', async () => {
    const request = sampleRequest();
    const begun = await adapter.begin(of(), request);
    if (!begun.ok) throw new Error(begun.detail);
    const visit = await new HttpVisitor().visit(begun.page, (next) =>
      next.href.startsWith(RETURN_ADDRESS),
    );
    const callback = Object.fromEntries(nextAddress(visit)?.searchParams ?? []);
    const strange = { ...request, state: 'another' };
    expect(await adapter.complete(of(), strange, callback)).toMatchObject({
      detail: 'state_wrong',
    });
    const elsewhere = { ...callback, iss: 'https://elsewhere.example' };
    expect(await adapter.complete(of(), request, elsewhere)).toMatchObject({ reason: 'invalid' });
    expect(await adapter.complete(of(), request, callback)).toMatchObject({ ok: true });
    expect(await adapter.complete(of(), request, callback)).toEqual({
      ok: false,
      reason: 'replayed',
      detail: 'code_not_accepted',
    });
  });

  it('does not come with a wrong secret, and that is nobody’s attack', async () => {
    const wrong = { ...of(), secrets: { clientSecret: 'wrong' } };
    expect(await adapter.begin(wrong, sampleRequest())).toEqual({
      ok: false,
      reason: 'unavailable',
      detail: 'client_not_accepted',
    });
    const none = { ...of(), secrets: {} };
    expect(await adapter.begin(none, sampleRequest())).toMatchObject({
      detail: 'client_credential_missing',
    });
    const broken = { ...of(), secrets: { clientKey: '{"kty":"EC"}' } };
    expect(await adapter.begin(broken, sampleRequest())).toMatchObject({
      detail: 'client_key_unusable',
    });
  });
});

it('ends the session there, and names the person in no address', async () => {
  const of = peerAt(providers.pushing, 'client_secret_basic RS256');
  const answer = await signIn(of, sampleRequest());
  if (!answer.ok) throw new Error(answer.detail);
  const session = { idToken: answer.idToken, returnTo: 'https://city.example/' };
  const page = await adapter.signOutPage(of, session);
  expect(page?.searchParams.get('id_token_hint')).toBe(answer.idToken);
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const idToken = `${encode({ alg: 'ES256' })}.${encode({ sub: 'p', name: '王演示' })}.x`;
  const told = await adapter.signOutPage(of, { ...session, idToken, sessionId: 's-1' });
  expect([...(told?.searchParams.keys() ?? [])].toSorted()).toEqual([
    'client_id',
    'logout_hint',
    'post_logout_redirect_uri',
  ]);
});
