// The mount while the keys change under it, and while this process cannot know whether they have.
import Koa from 'koa';
import { Provider } from 'oidc-provider';
import supertest from 'supertest';
import { beforeEach, expect, it } from 'vitest';
import { AppError } from '../platform/errors.ts';
import { generateSigningJwk } from '../keys/signing-key.ts';
import { protocolMount } from './protocol-mount.ts';

let provider: Provider;
let isCurrent = true;
let onArrival: () => Promise<void> | void;

beforeEach(async () => {
  isCurrent = true;
  onArrival = () => undefined;
  provider = await freshProvider();
});

async function freshProvider(): Promise<Provider> {
  const made = new Provider('http://localhost', {
    jwks: { keys: [await generateSigningJwk('ES256')] },
    features: { devInteractions: { enabled: false }, clientCredentials: { enabled: true } },
    routes: { jwks: '/oauth2/jwks', token: '/oauth2/token' },
  });
  made.use(async (_ctx, next) => {
    await onArrival();
    await next();
  });
  return made;
}

function mounted() {
  const app = new Koa();
  const mount = protocolMount({
    provider: () => provider,
    mode: { mode: 'independent' },
    parked: { take: () => Promise.resolve(undefined) } as never,
    activity: { note: () => undefined } as never,
    signingKeys: { isCurrent: () => isCurrent, maxAgeSeconds: 300 },
  });
  app.use(async (ctx, next) => {
    try {
      await mount(ctx as never, next);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      ctx.status = error.status;
      ctx.body = error.code;
    }
  });
  return supertest(app.callback());
}

const kidOf = (answer: { body: { keys: { kid: string }[] } }) => answer.body.keys[0]?.kid;

it('lets a request finish on the provider that it began with, and the next begin on the new one', async () => {
  const arrived = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  const app = mounted();
  const before = kidOf(await app.get('/oauth2/jwks'));
  onArrival = () => {
    arrived.resolve();
    return held.promise;
  };
  const underWay = app.get('/oauth2/jwks').then(kidOf);
  await arrived.promise;
  onArrival = () => undefined;
  provider = await freshProvider();
  expect(kidOf(await app.get('/oauth2/jwks'))).not.toBe(before);
  held.resolve();
  expect(await underWay).toBe(before);
});

it('signs nothing and lets nobody keep its keys when it may have missed that one was dropped', async () => {
  const app = mounted();
  const known = await app.get('/oauth2/jwks');
  expect(known.headers['cache-control']).toBe('public, max-age=300');
  expect((await app.post('/oauth2/token').type('form').send({})).status).toBe(400);
  isCurrent = false;
  const unsure = await app.get('/oauth2/jwks');
  expect([unsure.status, kidOf(unsure)]).toEqual([200, kidOf(known)]);
  expect(unsure.headers['cache-control']).toBe('no-store');
  const refused = await app.post('/oauth2/token').type('form').send({});
  expect([refused.status, refused.text]).toEqual([503, 'database_unavailable']);
});
