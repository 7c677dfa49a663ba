// The one way out: key sets, sector documents and logout notices of departments are fetched here.
// A name is resolved once, its addresses are judged, and the connection goes to a judged address
// only, so that neither a private target nor a name that changes its mind (rebinding) gets through.
import { lookup as systemLookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import tls from 'node:tls';
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import { Agent, buildConnector } from 'undici';
import { BoundedMap } from './bounded-map.ts';
import { lazySecureContext, readAuthorities } from './outbound-authorities.ts';
import { OutboundRefused } from './outbound-failure.ts';
import { isAddressAllowed, parseOutboundRules } from './outbound-rules.ts';
import type { OutboundRules } from './outbound-rules.ts';

export interface ResolvedAddress {
  address: string;
  family: number;
}

interface OutboundOptions {
  /** `CIDR:port` rules (config.outbound.allow). */
  allow: readonly string[];
  /** PEM file of certification authorities that count beside the system's. */
  caFile?: string | undefined;
  /** For one whole exchange, in milliseconds. */
  timeoutMs?: number;
  maxBodyBytes?: number;
  /** The name service. @throws an Error with `code` when the name is unknown. */
  resolve?: (hostname: string) => Promise<ResolvedAddress[]>;
}

export interface Outbound {
  /**
   * As the global `fetch`, but the answer is complete when it resolves.
   * @throws OutboundRefused for what is never done; Error for what went wrong on the way
   * (`describeOutboundFailure` names it).
   */
  fetch: (url: string | URL, init?: RequestInit) => Promise<Response>;
  /** When the certificate ends that this host and port showed last; undefined without one. */
  certificateEnd: (url: string | URL) => Date | undefined;
  close: () => Promise<void>;
}

const TIMEOUT_MS = 4000;
const MAX_BODY_BYTES = 256 * 1024;
const MAX_HEADER_BYTES = 16 * 1024;
const MOST_CERTIFICATES = 500;
const BODILESS = new Set([101, 204, 205, 304]);

/** @throws AppError `configuration_invalid` when the CA file cannot be used. */
export function createOutbound(options: OutboundOptions): Outbound {
  const rules = parseOutboundRules(options.allow);
  const extraAuthorities = readAuthorities(options.caFile);
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  const maxBodyBytes = options.maxBodyBytes ?? MAX_BODY_BYTES;
  const certificateEnds = new BoundedMap<string, Date>(MOST_CERTIFICATES);
  const agent = new Agent({
    connect: guardedConnector({
      rules,
      resolve: options.resolve ?? resolveBySystem,
      secureContext: lazySecureContext(extraAuthorities),
      timeoutMs,
      certificateEnds,
    }),
    // Short, so that a request seldom meets a connection which the other side is just closing.
    keepAliveTimeout: 1000,
    keepAliveMaxTimeout: 5000,
    maxHeaderSize: MAX_HEADER_BYTES,
    maxResponseSize: maxBodyBytes,
  });
  return {
    fetch: (url, init = {}) => exchange({ agent, timeoutMs, maxBodyBytes }, new URL(url), init),
    certificateEnd: (url) => certificateEnds.get(new URL(url).host),
    close: () => agent.close(),
  };
}

interface ExchangeOptions {
  agent: Agent;
  timeoutMs: number;
  maxBodyBytes: number;
}

async function exchange(options: ExchangeOptions, url: URL, init: RequestInit): Promise<Response> {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new OutboundRefused('scheme_not_allowed', url);
  }
  if (url.username !== '' || url.password !== '') {
    throw new OutboundRefused('credentials_in_address', url);
  }
  const deadline = AbortSignal.timeout(options.timeoutMs);
  const signal = init.signal ? AbortSignal.any([init.signal, deadline]) : deadline;
  const { statusCode: status, headers, body } = await asked(options, url, { init, signal });
  if (status >= 300 && status < 400 && status !== 304) {
    body.on('error', () => undefined).destroy();
    throw new OutboundRefused('redirect_not_followed', url);
  }
  const limit = { maxBytes: options.maxBodyBytes, url };
  const bytes = unpacked(await readBody(body, limit), headers['content-encoding'], limit);
  return new Response(BODILESS.has(status) ? null : bytes, { status, headers: kept(headers) });
}

type Answer = Awaited<ReturnType<Agent['request']>>;

// Half the work of the same library's `fetch`, of which nothing else is needed here.
async function asked(
  { agent }: ExchangeOptions,
  url: URL,
  { init, signal }: { init: RequestInit; signal: AbortSignal },
): Promise<Answer> {
  const body = requestBody(init.body);
  const headers = new Headers(init.headers);
  if (!headers.has('accept')) headers.set('accept', '*/*');
  headers.set('user-agent', 'hutong');
  if (body !== null && !headers.has('content-type')) headers.set('content-type', body.type);
  try {
    return await agent.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: (init.method ?? 'GET').toUpperCase() as 'GET',
      headers: Object.fromEntries(headers),
      body: body?.text ?? null,
      signal,
    });
  } catch (cause) {
    throw wayBroken(cause);
  }
}

/** As `fetch` says it: what went wrong is the cause. */
function wayBroken(cause: unknown): unknown {
  return cause instanceof OutboundRefused ? cause : new TypeError('fetch failed', { cause });
}

/** The kinds of body that are sent from here; a stream would need a promise about its length. */
function requestBody(body: RequestInit['body']): { text: string; type: string } | null {
  if (body === undefined || body === null) return null;
  if (typeof body === 'string') return { text: body, type: 'text/plain;charset=UTF-8' };
  if (body instanceof URLSearchParams) {
    const type = 'application/x-www-form-urlencoded;charset=UTF-8';
    return { text: body.toString(), type };
  }
  throw new TypeError('an outgoing body is text or a form');
}

interface BodyLimit {
  maxBytes: number;
  url: URL;
}

async function readBody(
  stream: AsyncIterable<Uint8Array>,
  { maxBytes, url }: BodyLimit,
): Promise<Buffer<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let received = 0;
  try {
    for await (const chunk of stream) {
      received += chunk.length;
      if (received > maxBytes) throw new OutboundRefused('body_too_large', url);
      chunks.push(chunk);
    }
  } catch (cause) {
    throw wayBroken(cause);
  }
  return Buffer.concat(chunks);
}

/** Nothing packed is asked for, but some send it all the same; a small answer cannot unfold into a large one. */
function unpacked(
  bytes: Buffer<ArrayBuffer>,
  encoding: string | string[] | undefined,
  { maxBytes, url }: BodyLimit,
): Uint8Array<ArrayBuffer> {
  const unpack = UNPACK[String(encoding ?? '').toLowerCase()];
  if (!unpack || bytes.length === 0) return bytes;
  try {
    return Uint8Array.from(unpack(bytes, { maxOutputLength: maxBytes }));
  } catch (cause) {
    if (cause instanceof RangeError) throw new OutboundRefused('body_too_large', url);
    throw wayBroken(cause);
  }
}

const UNPACK: Readonly<Record<string, typeof gunzipSync | undefined>> = {
  gzip: gunzipSync,
  'x-gzip': gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
};

/** The body is decoded and complete: what described its transport no longer holds. */
function kept(headers: Answer['headers']): [string, string][] {
  return Object.entries(headers).flatMap(([name, value]) =>
    TRANSPORT.has(name) || value === undefined
      ? []
      : [value].flat().map((each): [string, string] => [name, each]),
  );
}

const TRANSPORT = new Set(['content-encoding', 'content-length', 'transfer-encoding']);

interface ConnectorOptions {
  rules: OutboundRules;
  resolve: (hostname: string) => Promise<ResolvedAddress[]>;
  secureContext: () => tls.SecureContext;
  timeoutMs: number;
  /** By host, with the port unless it is the scheme's. */
  certificateEnds: BoundedMap<string, Date>;
}

/** Resolves and judges before it opens a socket, and hands the socket judged addresses only. */
function guardedConnector(options: ConnectorOptions): buildConnector.connector {
  return (target, callback) => void connectGuarded(options, target, callback);
}

async function connectGuarded(
  options: ConnectorOptions,
  target: buildConnector.Options,
  callback: buildConnector.Callback,
): Promise<void> {
  const hostname = target.hostname.replace(/^\[|\]$/gu, '');
  const isTls = target.protocol === 'https:';
  const port = Number(target.port) || (isTls ? 443 : 80);
  try {
    const connect = buildConnector({
      timeout: options.timeoutMs,
      lookup: answerWith(await permittedAddresses(options, hostname, port)),
      autoSelectFamily: true,
      ...(isTls ? { secureContext: options.secureContext() } : {}),
    });
    connect({ ...target, hostname }, (...of) => {
      const [, socket] = of;
      if (socket instanceof tls.TLSSocket) noteCertificate(options, target.host, socket);
      callback(...of);
    });
  } catch (error) {
    callback(error instanceof Error ? error : new Error('not connected', { cause: error }), null);
  }
}

function noteCertificate(
  { certificateEnds }: ConnectorOptions,
  host: string | undefined,
  socket: tls.TLSSocket,
): void {
  const end = new Date(socket.getPeerCertificate().valid_to);
  if (host !== undefined && !Number.isNaN(end.getTime())) certificateEnds.set(host, end);
}

async function permittedAddresses(
  options: ConnectorOptions,
  hostname: string,
  port: number,
): Promise<ResolvedAddress[]> {
  const family = isIP(hostname);
  const found = family ? [{ address: hostname, family }] : await options.resolve(hostname);
  const allowed = found.filter(({ address }) => isAddressAllowed(options.rules, address, port));
  if (allowed.length === 0) throw new OutboundRefused('address_not_allowed', { hostname, port });
  return allowed;
}

/** A name service that knows one answer: what has been judged is what gets connected. */
function answerWith(addresses: readonly ResolvedAddress[]): LookupFunction {
  return (_hostname, options, callback) => {
    if (options.all) callback(null, [...addresses]);
    else callback(null, addresses[0]?.address ?? '', addresses[0]?.family);
  };
}

function resolveBySystem(hostname: string): Promise<ResolvedAddress[]> {
  return systemLookup(hostname, { all: true });
}
