// The Koa application with everything the platform does around a route, in the one right order.
// `app.ts` adds the routers and the provider, and listens.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Koa from 'koa';
import type { Logger } from '../logger.ts';
import type { Random } from '../random.ts';
import type { Readiness } from '../readiness.ts';
import { accessLog } from './access-log.ts';
import type { AccessLogDeps } from './access-log.ts';
import { loadAssets } from './assets.ts';
import type { HttpApp, HttpExtension, HttpState } from './context.ts';
import { csrfTokens } from './csrf.ts';
import type { CsrfKeys, CsrfOptions } from './csrf.ts';
import { readerDisplay } from './display.ts';
import { requestDeadline, rightClock } from './deadline.ts';
import { errorPages } from './error-pages.ts';
import { canonicalOrigin, forwarded } from './forwarded.ts';
import { cookieNames, securityHeaders } from './headers.ts';
import type { Appearance } from '../appearance-config.ts';
import { addressGuard } from './input.ts';
import { loadWords, readerLocale } from './locale.ts';
import { connectionEnd, probes } from './probes.ts';
import { pageRenderer } from './render.ts';
import { requestId } from './request-id.ts';

export interface HttpAppOptions {
  issuer: string;
  cookiePrefix?: string;
  appearance?: Appearance;
  trustedProxies: readonly string[];
  suspicionHeader?: string | undefined;
  keys: CsrfKeys;
  logger: Logger;
  random: Random;
  metrics: AccessLogDeps['metrics'];
  readiness: Readiness;
  isClockRight: () => boolean;
}

export interface HttpPlatform {
  app: HttpApp;
  /** For `createRouter`. */
  csrf: CsrfOptions;
}

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PACKAGES = join(ROOT, 'node_modules');

/** Folders beside the source: words, templates, texts to agree to and assets of this product. */
export const agreementsFolder = join(ROOT, 'agreements');
export const localesFolder = join(ROOT, 'locales');
export const viewsFolder = join(ROOT, 'views');
export const assetSources = {
  folder: join(ROOT, 'assets'),
  files: {
    'pico.css': join(PACKAGES, '@picocss/pico/css/pico.min.css'),
    'webauthn.js': join(PACKAGES, '@simplewebauthn/browser/dist/bundle/index.umd.min.js'),
    'altcha.js': join(PACKAGES, 'altcha/dist/external/altcha.min.js'),
    'altcha-pbkdf2.js': join(PACKAGES, 'altcha/dist/workers/pbkdf2.js'),
    'altcha.css': join(PACKAGES, 'altcha/dist/external/altcha.css'),
  },
};

export function createHttpApp(options: HttpAppOptions): HttpPlatform {
  const issuer = new URL(options.issuer);
  const isSecure = issuer.protocol === 'https:';
  const { cookiePrefix = '', appearance } = options;
  const cookies = cookieNames({ isSecure, cookiePrefix });
  const csrf: CsrfOptions = { issuer, isSecure, cookies, keys: options.keys };
  const assets = loadAssets(assetSources);
  const app: HttpApp = new Koa<HttpState, HttpExtension>();
  app.proxy = true;
  const middleware = [
    forwarded({ ...options, issuer }),
    requestId({ random: options.random, logger: options.logger }),
    accessLog(options),
    connectionEnd(options),
    ...securityHeaders({ isSecure }),
    probes(options),
    csrfTokens(csrf),
    readerDisplay({ cookies, isSecure }),
    readerLocale({ words: loadWords(localesFolder, appearance), cookies, isSecure }),
    pageRenderer({ viewsFolder, assets, accent: appearance?.accent }),
    errorPages,
    requestDeadline(),
    canonicalOrigin({ issuer }),
    addressGuard,
    assets.middleware,
    rightClock(options),
  ];
  for (const each of middleware) app.use(each);
  return { app, csrf };
}
