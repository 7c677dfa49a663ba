// What a provider that lies, breaks or lags can say, and what it is for us.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sendJson, startForgingProvider } from '../../../test/support/forging-provider.ts';
import type { ForgingProvider, Spell } from '../../../test/support/forging-provider.ts';
import {
  samplePeer,
  sampleRequest,
  upstreamDependencies,
} from '../../../test/support/upstream-peer.ts';
import type { UpstreamRequest } from '../upstream-identity.ts';
import { createOidcUpstream } from './oidc-upstream.ts';
import { isOutOfOrder } from './upstream-failure.ts';

const SECRET = 'of both sides, long enough for HS256';
const NOW = () => Math.floor(Date.now() / 1000);

let provider: ForgingProvider;

beforeAll(async () => {
  provider = await startForgingProvider(SECRET);
});
beforeEach(() => {
  provider.spell = {};
});
afterAll(() => provider.stop());

/** With a memory of its own, as after a start. */
function newAdapter() {
  return createOidcUpstream(upstreamDependencies(400));
}

function peer(settings: Record<string, string> = {}) {
  const connection = { protocol: 'oidc', settings } as const;
  return {
    peer: samplePeer({ issuer: provider.issuer, connection }),
    secrets: { clientSecret: SECRET },
  };
}

async function signIn(spell: Spell, changes: Partial<UpstreamRequest> = {}, of = peer()) {
  const adapter = newAdapter();
  const request = sampleRequest(changes);
  const begun = await adapter.begin(of, request);
  if (!begun.ok) return begun;
  provider.spell = { ...provider.spell, ...spell };
  const code = provider.codeFor(begun.page);
  return adapter.complete(of, request, { code, state: request.state });
}

it('accepts what is in order', async () => {
  expect(await signIn({})).toMatchObject({
    ok: true,
    identity: { subject: 'p-1', name: '王演示', level: 1, strength: 1 },
  });
});

describe('an ID token', () => {
  it.each<[string, Spell, string]>([
    ['of another issuer', { idToken: { iss: 'https://x.example' } }, 'invalid: issuer_wrong'],
    ['for another client', { idToken: { aud: 'other' } }, 'invalid: audience_wrong'],
    ['for two clients', { idToken: { aud: ['city', 'x'] } }, 'invalid: audience_wrong'],
    ['for another party', { idToken: { aud: ['city', 'x'], azp: 'x' } }, 'invalid: audience_wrong'],
    ['of another request', { idToken: { nonce: 'x' } }, 'invalid: nonce_wrong'],
    ['of no request', { idToken: { nonce: undefined } }, 'invalid: answer_invalid'],
    ['of yesterday', { idToken: { exp: NOW() - 3600 } }, 'invalid: time_wrong'],
    ['of a slow clock', { idToken: { iat: NOW() - 900 } }, 'invalid: time_wrong'],
    ['of a fast clock', { idToken: { iat: NOW() + 900 } }, 'invalid: time_wrong'],
    ['not yet good', { idToken: { nbf: NOW() + 900 } }, 'invalid: time_wrong'],
    ['for another access token', { idToken: { at_hash: 'x' } }, 'invalid: token_hash_wrong'],
    ['with a forged signature', { isKeyForged: true }, 'invalid: signature_wrong'],
    ['signed with our secret', { isSymmetric: true }, 'invalid: algorithm_not_allowed'],
    ['signed with its public key', { isSignedBy: 'public key' }, 'invalid: algorithm_not_allowed'],
    ['signed by nobody', { isSignedBy: 'nobody' }, 'invalid: algorithm_not_allowed'],
    ['of a sign-in to come', { idToken: { auth_time: NOW() + 900 } }, 'invalid: time_wrong'],
    ['of an unknown key', { header: { kid: 'x' } }, 'invalid: key_unknown'],
    ['without a subject', { idToken: { sub: '' } }, 'contradictory: subject_swapped'],
    ['of another person', { idToken: { sub: 'p-2' } }, 'contradictory: subject_swapped'],
  ])('%s is refused', async (_name, spell, expected) => {
    const answer = await signIn(spell);
    expect(answer.ok ? 'accepted' : `${answer.reason}: ${answer.detail}`).toBe(expected);
  });

  it('of a sign-in too long ago is refused where a new one was asked for', async () => {
    const old = { idToken: { auth_time: NOW() - 3600 } };
    expect(await signIn(old)).toMatchObject({ ok: true });
    expect(await signIn(old, { isForced: true })).toMatchObject({ detail: 'time_wrong' });
    const silent = { idToken: { auth_time: undefined } };
    expect(await signIn(silent, { maxAgeSeconds: 60 })).toMatchObject({ reason: 'invalid' });
  });

  it('of a key that was made a moment ago is accepted', async () => {
    const adapter = newAdapter();
    const sign = async () => {
      const request = sampleRequest();
      const begun = await adapter.begin(peer(), request);
      if (!begun.ok) throw new Error(begun.detail);
      const code = provider.codeFor(begun.page);
      return adapter.complete(peer(), request, { code, state: request.state });
    };
    expect(await sign()).toMatchObject({ ok: true });
    await provider.rotate();
    expect(await sign()).toMatchObject({ ok: true });
  });
});

describe('a level', () => {
  it.each([
    ['urn:hutong:level:4', 4],
    ['urn:hutong:level:5', 1],
    ['gold', 1],
    ['4', 1],
    [4, 1],
    [['urn:hutong:level:4'], 1],
  ])('stated as %j counts %i', async (acr, level) => {
    expect(await signIn({ idToken: { acr } })).toMatchObject({ ok: true, identity: { level } });
  });

  it('counts what the peer’s table says, and nothing beside it', async () => {
    const of = peer();
    const mapped = { ...of, peer: { ...of.peer, levelMap: { gold: 3 } as const } };
    const gold = await signIn({ idToken: { acr: 'gold' } }, {}, mapped);
    expect(gold).toMatchObject({ identity: { level: 3, statedLevel: 'gold' } });
    const urn = await signIn({ idToken: { acr: 'urn:hutong:level:4' } }, {}, mapped);
    expect(urn).toMatchObject({ identity: { level: 1 } });
  });
});

describe('what a browser brings', () => {
  const bring = async (callback: Record<string, string>) => {
    const adapter = newAdapter();
    const request = sampleRequest();
    await adapter.begin(peer(), request);
    return adapter.complete(peer(), request, { state: request.state, ...callback });
  };

  it('says nothing of the health of the provider, whatever it says', async () => {
    provider.spell = { answers: { token: (_, response) => sendJson(response, 400, ['no']) } };
    for (const callback of [
      { error: 'server_error' },
      { error: 'temporarily_unavailable' },
      { error: 'invented' },
      { code: 'invented' },
      { code: '没有' },
      {},
    ] as Record<string, string>[]) {
      const answer = await bring(callback);
      expect(answer).toMatchObject({ ok: false });
      expect(!answer.ok && isOutOfOrder(answer)).toBe(false);
    }
  });

  it('is told from an error of the provider itself', async () => {
    provider.spell = { answers: { token: (_, response) => sendJson(response, 502, {}) } };
    const answer = await bring({ code: 'x' });
    expect(!answer.ok && isOutOfOrder(answer)).toBe(true);
  });
});

describe('a provider', () => {
  it('that can register people is asked to', async () => {
    provider.spell = { metadata: { prompt_values_supported: ['none', 'create'] } };
    const begun = await newAdapter().begin(peer(), sampleRequest({ isRegistration: true }));
    expect(begun.ok && begun.page.searchParams.get('prompt')).toBe('create');
  });

  it('whose key was dropped gives no answer that counts, nor with garbage for keys', async () => {
    const { peer: plain, secrets } = peer();
    const of = { peer: { ...plain, droppedKeys: ['first', 'second'] }, secrets };
    expect(await signIn({}, {}, of)).toMatchObject({ detail: 'key_unknown' });
    provider.spell = { answers: { jwks: (_, response) => response.end('<html>') } };
    expect(await signIn({}, {}, of)).toMatchObject({ detail: 'keys_malformed' });
  });

  it('that speaks for another is refused', async () => {
    const metadata = { issuer: 'https://elsewhere.example' };
    provider.spell = { metadata };
    expect(await signIn({})).toEqual({ ok: false, reason: 'invalid', detail: 'issuer_wrong' });
  });

  it('that announces its name in answers has to say it', async () => {
    provider.spell = { metadata: { authorization_response_iss_parameter_supported: true } };
    expect(await signIn({})).toMatchObject({ reason: 'invalid' });
  });

  it.each(['discovery', 'token', 'jwks', 'userinfo'] as const)(
    'whose %s fails is unavailable, in every way of failing',
    async (endpoint) => {
      const broken: [NonNullable<NonNullable<Spell['answers']>['token']>, string[]][] = [
        [(_, response) => sendJson(response, 503, {}), ['answered_with_error', 'keys_malformed']],
        [
          (_, response) => response.end('<html>'),
          ['answer_malformed', 'metadata_malformed', 'keys_malformed'],
        ],
        [
          (_, response) => sendJson(response, 200, []),
          ['answer_malformed', 'metadata_malformed', 'keys_malformed'],
        ],
        [
          (_, response) => response.writeHead(302, { location: '/' }).end(),
          ['redirect_not_followed'],
        ],
        [(_, response) => response.end('x'.repeat(100_000)), ['body_too_large']],
        [(_, response) => response.destroy(), ['connection_lost']],
        [() => undefined, ['timeout']],
      ];
      for (const [answer, details] of broken) {
        provider.spell = { answers: { [endpoint]: answer } };
        const failure = await signIn({});
        expect(failure).toMatchObject({ ok: false, reason: 'unavailable' });
        expect(details).toContain(failure.ok ? 'accepted' : failure.detail);
      }
    },
  );

  it('whose addresses are written down is not discovered', async () => {
    const { issuer } = provider;
    const addresses = {
      authorize: `${issuer}/authorize`,
      token: `${issuer}/token`,
      jwks: `${issuer}/jwks`,
    };
    provider.spell = { answers: { discovery: (_, response) => sendJson(response, 503, {}) } };
    const of = peer();
    const connection = { ...of.peer.connection, addresses };
    const written = { ...of, peer: { ...of.peer, connection } };
    // Its name comes with userinfo, whose address nobody wrote down.
    expect(await signIn({}, {}, written)).toMatchObject({
      ok: true,
      identity: { name: undefined },
    });
  });
});
