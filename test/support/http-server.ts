// Starts the HTTP platform with given routes on a free port, and speaks to it byte by byte, so
// that tests can send what no well-behaved client would.
import { createServer, request } from 'node:http';
import type { IncomingHttpHeaders, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomBytes } from 'node:crypto';
import type { HttpApp } from '../../src/platform/http/context.ts';
import { createHttpApp } from '../../src/platform/http/http-app.ts';
import type { RouteLimiters } from '../../src/platform/http/limits.ts';
import { createRouter } from '../../src/platform/http/route.ts';
import type { Route } from '../../src/platform/http/route.ts';
import { createLogger } from '../../src/platform/logger.ts';
import type { Logger } from '../../src/platform/logger.ts';
import { PrometheusMetrics } from '../../src/platform/prometheus.ts';
import { Readiness } from '../../src/platform/readiness.ts';
import { systemRandom } from '../../src/platform/random.ts';
import { fixedKeyring } from './fixed-keyring.ts';

export interface TestServerOptions {
  /** By default the address the server really has. */
  issuer?: string;
  trustedProxies?: readonly string[];
  suspicionHeader?: string;
  routes?: readonly Route[];
  limiters?: RouteLimiters;
  logger?: Logger;
  metrics?: PrometheusMetrics;
  readiness?: Readiness;
  extend?: (app: HttpApp) => void;
}

export interface TestServer {
  /** Where it listens, e.g. `http://localhost:41234`. */
  origin: string;
  close(): Promise<void>;
}

/** Limiters that never refuse, for tests about something else. */
export const generousLimiters: RouteLimiters = {
  reserveFor: () => Promise.resolve(),
  reserve: () => Promise.resolve({ giveBack: () => Promise.resolve() }),
};

export async function startHttpServer(options: TestServerOptions = {}): Promise<TestServer> {
  const server = createServer();
  const origin = await listen(server);
  const logger = options.logger ?? createLogger({ level: 'silent', service: 'test' });
  const { app, csrf } = createHttpApp({
    issuer: options.issuer ?? origin,
    trustedProxies: options.trustedProxies ?? [],
    suspicionHeader: options.suspicionHeader,
    keys: fixedKeyring(() => randomBytes(32)),
    logger,
    metrics: options.metrics ?? new PrometheusMetrics({ logger }),
    readiness: options.readiness ?? new Readiness({}),
    random: systemRandom,
    isClockRight: () => true,
  });
  // As in the product: without care Koa would sign every cookie from now on.
  app.keys = ['test'];
  options.extend?.(app);
  const limiters = options.limiters ?? generousLimiters;
  const router = createRouter(options.routes ?? [], { limiters, csrf });
  app.use(router.routes);
  app.use(router.allowedMethods);
  server.on('request', app.callback());
  return { origin, close: () => close(server) };
}

async function listen(server: Server): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  return `http://localhost:${(server.address() as AddressInfo).port}`;
}

async function close(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  server.closeAllConnections();
  await promise;
}

export interface Sent {
  method?: string;
  path: string;
  headers?: Readonly<Record<string, string>>;
  body?: string | Uint8Array;
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** One request as it is written here: no redirects, no added encoding. */
export async function send(server: TestServer, sent: Sent): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const { hostname, port, host } = new URL(server.origin);
  const headers = { host, ...sent.headers };
  const outgoing = request(
    { hostname, port, family: 4, method: sent.method ?? 'GET', path: sent.path, headers },
    (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    },
  );
  outgoing.on('error', reject);
  outgoing.end(sent.body);
  return promise;
}

export const PAGE = { accept: 'text/html' };
export const FORM = { ...PAGE, 'content-type': 'application/x-www-form-urlencoded' };

/** The reference number on a page, as the log has it. */
export function referenceOf(page: string): string | undefined {
  return /id="reference">(?<number>[^<]+)</u.exec(page)?.groups?.['number']?.replaceAll(' ', '');
}
