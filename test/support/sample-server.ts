// Serves the examples of all pages through the real HTTP platform, without a database.
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomBytes } from 'node:crypto';
import { createHttpApp } from '../../src/platform/http/http-app.ts';
import type { HttpApp, HttpContext } from '../../src/platform/http/context.ts';
import type { ViewName } from '../../src/platform/http/view-locals.ts';
import { Keyring, keyPurposes } from '../../src/platform/crypto.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { systemRandom } from '../../src/platform/random.ts';
import { viewSamples } from './view-samples.ts';
import type { Samples } from './view-samples.ts';

export interface SampleServer {
  origin: string;
  /** Path of every example, e.g. `/sample/consent/consent/plain`. */
  paths: readonly string[];
  close(): Promise<void>;
}

export async function startSampleServer(): Promise<SampleServer> {
  const samples = await viewSamples();
  const server = createServer();
  const origin = await listen(server);
  const { app } = createHttpApp({
    issuer: origin,
    trustedProxies: [],
    keys: testKeyring(),
    logger: createLogger({ level: 'silent', service: 'test' }),
    random: systemRandom,
  });
  const paths = addSamples(app, samples);
  server.on('request', app.callback());
  return { origin, paths, close: () => close(server) };
}

/** Keys that no other process has. */
export function testKeyring(): Keyring {
  return new Keyring(
    new Map(keyPurposes.map((purpose) => [purpose, [{ number: 1, bytes: randomBytes(32) }]])),
  );
}

export async function listen(server: Server): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  return `http://localhost:${(server.address() as AddressInfo).port}`;
}

export async function close(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  server.closeAllConnections();
  await promise;
}

function addSamples(app: HttpApp, samples: Samples): string[] {
  const renderers = new Map<string, (ctx: HttpContext) => void>();
  for (const view of Object.keys(samples) as ViewName[]) {
    for (const { variant, locals } of samples[view]) {
      renderers.set(`/sample/${view}/${variant}`, (ctx) => {
        ctx.render(view, locals, { isError: view === 'platform/error' });
      });
    }
  }
  app.use(async (ctx, next) => {
    const render = renderers.get(ctx.path);
    if (!render) return next();
    render(ctx);
  });
  return [...renderers.keys()];
}
