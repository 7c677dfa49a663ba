// What is known of a provider: asked once for many, and good for a while when it cannot be asked.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sendJson, startForgingProvider } from '../../../test/support/forging-provider.ts';
import type { ForgingProvider } from '../../../test/support/forging-provider.ts';
import {
  samplePeer,
  sampleRequest,
  upstreamDependencies,
} from '../../../test/support/upstream-peer.ts';
import { createOidcUpstream } from './oidc-upstream.ts';
import { withTimeLimit } from './time-limit.ts';

const MINUTE = 60_000;

let provider: ForgingProvider;

beforeAll(async () => {
  provider = await startForgingProvider('a secret');
});
afterAll(() => provider.stop());

function upstream() {
  const of = {
    peer: samplePeer({ issuer: provider.issuer, connection: { protocol: 'oidc' } }),
    secrets: { clientSecret: 'a secret' },
  };
  let later = 0;
  const deps = upstreamDependencies(400);
  const counted: string[] = [];
  const adapter = createOidcUpstream({
    fetch: (url, init) => {
      counted.push(String(url));
      return deps.fetch(url, init);
    },
    clock: { now: () => new Date(Date.now() + later) },
  });
  return {
    counted,
    begin: () => adapter.begin(of, sampleRequest()),
    readLogout: (token: string) => adapter.readLogout?.(of, token),
    wait: (ms: number) => {
      later += ms;
    },
  };
}

it('is asked for once by many who come together', async () => {
  const { begin, counted } = upstream();
  const begun = await Promise.all(Array.from({ length: 20 }, begin));
  expect(begun.filter(({ ok }) => ok)).toHaveLength(20);
  expect(counted).toHaveLength(1);
});

it('is asked for again later, and kept for a day where nobody answers', async () => {
  const { begin, wait, counted } = upstream();
  await begin();
  provider.spell = { answers: { discovery: (_, response) => sendJson(response, 503, {}) } };
  wait(11 * MINUTE);
  expect(await begin()).toMatchObject({ ok: true });
  expect(counted).toHaveLength(2);
  wait(24 * 60 * MINUTE);
  expect(await begin()).toMatchObject({ ok: false, reason: 'unavailable' });
  provider.spell = { metadata: { issuer: 'https://elsewhere.example' } };
  expect(await begin()).toMatchObject({ ok: false, reason: 'invalid' });
  provider.spell = {};
  expect(await begin()).toMatchObject({ ok: true });
});

it('is not asked for keys by each forged token that a stranger sends', async () => {
  const { readLogout, counted } = upstream();
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  for (let kid = 0; kid < 10; kid += 1) {
    const token = `${encode({ alg: 'ES256', kid: `${kid}` })}.${encode({})}.${'A'.repeat(86)}`;
    expect(await readLogout(token)).toMatchObject({ ok: false, reason: 'invalid' });
  }
  expect(counted.filter((url) => url.endsWith('/jwks'))).toHaveLength(1);
});

it('is waited for within a limit, however many questions it takes', async () => {
  const silent = createOidcUpstream({
    fetch: () => new Promise(() => undefined),
    clock: { now: () => new Date() },
  });
  const adapter = withTimeLimit(silent, 20);
  const of = { peer: samplePeer({ connection: { protocol: 'oidc' } }), secrets: {} };
  const request = sampleRequest();
  const late = { ok: false, reason: 'unavailable', detail: 'timeout' };
  expect(await adapter.begin(of, request)).toEqual(late);
  expect(await adapter.complete(of, request, {})).toEqual(late);
  expect(await adapter.signOutPage(of, { returnTo: 'https://city.example/' })).toBeUndefined();
});
