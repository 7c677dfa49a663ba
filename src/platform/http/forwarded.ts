// Forwarding headers count only from HUTONG_TRUSTED_PROXIES; from anyone else they are deleted
// before anything reads them. Afterwards Koa's ctx.ip, ctx.secure, ctx.host and ctx.href are
// right (the app runs with `proxy = true` on the headers written here), whoever built them.
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';
import { AppError } from '../errors.ts';
import { isWithin, parseRange } from '../network.ts';
import type { Address, AddressRange } from '../network.ts';
import type { HttpContext, HttpMiddleware } from './context.ts';
import { isNoPage } from './error-pages.ts';

export interface ForwardedOptions {
  issuer: URL;
  /** Addresses and CIDRs, IPv4 and IPv6. */
  trustedProxies: readonly string[];
  /** In which a trusted proxy marks requests that look suspicious; lower case. */
  suspicionHeader?: string | undefined;
}

interface Hop {
  address: Address | undefined;
  protocol: string | undefined;
  host: string | undefined;
}

const STALE_HEADERS = ['forwarded', 'x-real-ip', 'x-client-ip', 'x-cluster-client-ip'];

/** Rewrites the request's headers. Never throws; must run first. */
export function forwarded(options: ForwardedOptions): HttpMiddleware {
  const isTrusted = trustIn(options.trustedProxies.map(parseRange));
  return async (ctx, next) => {
    // `GET http://other.example/path` (absolute form) would otherwise become ctx.href as it is.
    if (!ctx.url.startsWith('/')) {
      ctx.url = pathOf(ctx.url);
      ctx.originalUrl = ctx.url;
      ctx.request.originalUrl = ctx.url;
    }
    const { issuer, suspicionHeader } = options;
    rewrite(ctx.req, { issuer, isTrusted, suspicionHeader });
    await next();
  };
}

/**
 * Sends readers who came by http, or by another name of this machine, to the issuer's address,
 * and refuses programs that came by http and what cannot be repeated. Runs inside the error pages.
 */
export function canonicalOrigin(options: { issuer: URL }): HttpMiddleware {
  const { issuer } = options;
  return async (ctx, next) => {
    const isForeignHost = (ctx.req as Marked)[RECEIVED]?.isForeignHost ?? false;
    const isDowngraded = issuer.protocol === 'https:' && !ctx.secure;
    if (isDowngraded || (isForeignHost && isNavigation(ctx))) {
      const isReading = ctx.method === 'GET' || ctx.method === 'HEAD';
      // A program that is redirected in silence goes on sending its tokens in the clear.
      if (!isReading || (isDowngraded && isNoPage(ctx.path))) {
        throw new AppError('https_required');
      }
      ctx.status = 307;
      ctx.redirect(`${issuer.origin}${ctx.originalUrl}`);
      ctx.status = 307;
      return;
    }
    await next();
  };
}

/** True when a proxy, of ours or not, says that it asks for somebody else. */
export function isForwarded(req: IncomingMessage): boolean {
  return (req as Marked)[RECEIVED]?.isForwarded ?? false;
}

/** The number that a trusted proxy has given this request; whatever it looks like. */
export function proxyRequestId(req: IncomingMessage): string | undefined {
  return (req as Marked)[RECEIVED]?.requestId;
}

/** Why a trusted proxy finds this request suspicious, in a word of its own; undefined when it does not. */
export function suspicionOf(req: IncomingMessage): string | undefined {
  return (req as Marked)[RECEIVED]?.suspicion;
}

/** A request that this process makes to itself: as if it came through a trusted proxy. */
export function markOwnRequest(req: IncomingMessage): void {
  ownRequests.add(req);
}

const ownRequests = new WeakSet<IncomingMessage>();

/** Facts of a request that the rewritten headers no longer show. */
const RECEIVED = Symbol('received');
type Marked = IncomingMessage & { [RECEIVED]?: Received };

interface Received {
  isForeignHost: boolean;
  isForwarded: boolean;
  requestId: string | undefined;
  suspicion: string | undefined;
}

type Trust = (address: Address) => boolean;

/** Proxies are few and ask often: what was found out of an address is kept as long as it is. */
function trustIn(ranges: readonly AddressRange[]): Trust {
  const known = new WeakMap<Address, boolean>();
  return (address) => {
    const found = known.get(address) ?? ranges.some((range) => isWithin(address, range));
    known.set(address, found);
    return found;
  };
}

function rewrite(
  req: IncomingMessage,
  options: { issuer: URL; isTrusted: Trust; suspicionHeader: string | undefined },
): void {
  const { issuer, isTrusted, suspicionHeader } = options;
  const peer = parseAddress(req.socket.remoteAddress ?? '');
  const isTrustedPeer = ownRequests.has(req) || (peer !== undefined && isTrusted(peer));
  const hops = isTrustedPeer ? readHops(req.headers) : [];
  const client = clientHop(hops, isTrusted);
  const requestId = isTrustedPeer ? req.headers['x-request-id'] : undefined;
  const suspicion = isTrustedPeer ? readSuspicion(req.headers, suspicionHeader) : undefined;
  if (suspicionHeader !== undefined) delete req.headers[suspicionHeader];
  let hasForwarding = false;
  for (const name of Object.keys(req.headers)) {
    if (!name.startsWith('x-forwarded-') && !STALE_HEADERS.includes(name)) continue;
    hasForwarding = true;
    delete req.headers[name];
  }
  const isEncrypted = 'encrypted' in req.socket && req.socket.encrypted === true;
  // A trusted proxy that says nothing of the scheme speaks for the issuer's own.
  const assumed = isTrustedPeer ? issuer.protocol.slice(0, -1) : isEncrypted ? 'https' : 'http';
  const host = client?.host ?? (isTrustedPeer ? issuer.host : req.headers.host);
  (req as Marked)[RECEIVED] = {
    isForeignHost: host?.toLowerCase() !== issuer.host,
    isForwarded: hasForwarding,
    requestId: typeof requestId === 'string' ? requestId : undefined,
    suspicion,
  };
  req.headers['x-forwarded-proto'] = client?.protocol ?? assumed;
  req.headers['x-forwarded-host'] = issuer.host;
  const address = client?.address ?? peer;
  if (address) req.headers['x-forwarded-for'] = address.toString();
}

const UNSUSPICIOUS = new Set(['', '0', 'false', 'no', 'none']);
const SUSPICION_WORD = /^[a-z0-9_.-]{1,40}$/u;

/** Anything but a clear no counts; a word that says why is kept for the record. */
function readSuspicion(headers: IncomingHttpHeaders, name: string | undefined): string | undefined {
  const value = name === undefined ? undefined : headers[name];
  if (value === undefined) return undefined;
  const word = String(value).trim().toLowerCase();
  if (UNSUSPICIOUS.has(word)) return undefined;
  return SUSPICION_WORD.test(word) ? word : 'other';
}

/** The hops a trusted proxy reports, client first. X-Forwarded-* wins over Forwarded. */
function readHops(headers: IncomingHttpHeaders): Hop[] {
  const names = ['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host'] as const;
  const [addresses = [], protocols = [], hosts = []] = names.map((name) => listOf(headers[name]));
  if (addresses.length + protocols.length + hosts.length === 0) {
    return listOf(headers.forwarded).map(parseForwardedElement);
  }
  const length = Math.max(addresses.length, 1);
  return Array.from({ length }, (_, index) => ({
    address: parseAddress(addresses[index] ?? ''),
    protocol: knownProtocol(aligned(protocols, index, length)),
    host: aligned(hosts, index, length),
  }));
}

/** Proxies append to the address list but often overwrite the others: then the last one counts. */
function aligned(values: readonly string[], index: number, length: number): string | undefined {
  return values.length === length ? values[index] : values.at(-1);
}

/** RFC 7239 section 4: `for=192.0.2.1;proto=https;host=id.example`. */
function parseForwardedElement(element: string): Hop {
  const pairs = new Map<string, string>();
  for (const pair of element.split(';')) {
    const [name = '', value = ''] = pair.split(/=(.*)/su);
    pairs.set(name.trim().toLowerCase(), value.trim().replaceAll('"', ''));
  }
  return {
    address: parseAddress(pairs.get('for') ?? ''),
    protocol: knownProtocol(pairs.get('proto')),
    host: pairs.get('host'),
  };
}

/** From the right: the first address that is no proxy of ours; what stands left of it is hearsay. */
function clientHop(hops: readonly Hop[], isTrusted: Trust): Hop | undefined {
  let result: Hop | undefined;
  for (const hop of hops.toReversed()) {
    if (!hop.address) return result ?? hop;
    result = hop;
    if (!isTrusted(hop.address)) return result;
  }
  return result;
}

function listOf(value: string | string[] | undefined): string[] {
  const text = Array.isArray(value) ? value.join(',') : (value ?? '');
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

function knownProtocol(value: string | undefined): string | undefined {
  const protocol = value?.toLowerCase();
  return protocol === 'https' || protocol === 'http' ? protocol : undefined;
}

const MAX_KEPT_ADDRESSES = 5000;
const MAX_KEPT_LENGTH = 64;
const kept = new Map<string, Address | undefined>();

/** The same text gives the same object: of an address that asks often nothing is found out twice. */
function parseAddress(text: string): Address | undefined {
  const known = kept.get(text);
  if (known) return known;
  const parsed = readAddress(text);
  if (kept.size >= MAX_KEPT_ADDRESSES) kept.clear();
  if (text.length <= MAX_KEPT_LENGTH) kept.set(text, parsed);
  return parsed;
}

/** Accepts ports and brackets as proxies write them; IPv4 mapped into IPv6 becomes IPv4. */
function readAddress(text: string): Address | undefined {
  const bare =
    /^\[(?<v6>[^\]]+)\](?::\d+)?$/u.exec(text)?.groups?.['v6'] ??
    /^(?<v4>\d+\.\d+\.\d+\.\d+)(?::\d+)?$/u.exec(text)?.groups?.['v4'] ??
    text;
  return ipaddr.isValid(bare) ? ipaddr.process(bare) : undefined;
}

function pathOf(url: string): string {
  try {
    const { pathname, search } = new URL(url);
    return `${pathname}${search}`;
  } catch {
    return '/';
  }
}

function isNavigation(ctx: HttpContext): boolean {
  const isSafe = ctx.method === 'GET' || ctx.method === 'HEAD';
  return isSafe && ctx.get('Accept').includes('text/html');
}
