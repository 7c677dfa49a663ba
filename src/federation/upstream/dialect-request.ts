// What the dialects of platforms without OpenID Connect have in common: how a state comes back, how their
// servers are asked, and their time.
import type { Outbound } from '../../platform/outbound.ts';
import type { Peer } from '../../peers/peer.ts';
import type { UpstreamBegun, UpstreamCallback, UpstreamRequest } from '../upstream-identity.ts';
import { isRecord } from './stated-fields.ts';
import { failed, failedWith, unavailableBy } from './upstream-failure.ts';
import type { Failed } from './upstream-failure.ts';

export type JsonAnswer = Readonly<Record<string, unknown>>;

/** Between the clocks of the two sides: messages are of now. */
const MOST_APART_MS = 5 * 60_000;
const CHINA_OFFSET_MS = 8 * 3_600_000;

/**
 * How the state comes back, by `settings.state`: in the address of return (as a rule), or as the parameter
 * `state` beside it (`parameter`), where a platform allows one exact address.
 */
export function returnAddress(peer: Peer, request: UpstreamRequest): string {
  if (isStateBeside(peer)) return request.redirectUri;
  const address = new URL(request.redirectUri);
  address.searchParams.set('state', request.state);
  return address.href;
}

/** For a dialect that has one. */
export function stateParameter(peer: Peer, request: UpstreamRequest): Record<string, string> {
  return isStateBeside(peer) ? { state: request.state } : {};
}

export function isOfRequest(request: UpstreamRequest, callback: UpstreamCallback): boolean {
  return callback['state'] === request.state;
}

function isStateBeside({ connection }: Peer): boolean {
  return connection.settings['state'] === 'parameter';
}

export interface Question {
  address: string | undefined;
  /** Of the address, where the dialect asks by GET. */
  query?: Readonly<Record<string, string>>;
  body?: URLSearchParams | { json: object };
}

/** One question to a platform's server, answered by an object in JSON. */
export async function askJson(
  fetch: Outbound['fetch'],
  { address, query = {}, body }: Question,
): Promise<{ ok: true; status: number; answer: JsonAnswer } | Failed> {
  if (address === undefined) return failed('unavailable', 'address_missing');
  const url = withQuery(address, query);
  try {
    const response = await fetch(url, requestOf(body));
    const { status } = response;
    if (status >= 500) return failedWith(status);
    const answer = parsed(await response.text());
    if (answer) return { ok: true, status, answer };
    return status === 200 ? failed('unavailable', 'answer_malformed') : failedWith(status);
  } catch (error) {
    const failure = unavailableBy(error);
    if (failure) return failure;
    throw error;
  }
}

function requestOf(body: Question['body']): RequestInit {
  const headers = { accept: 'application/json' };
  if (body === undefined) return { headers };
  if (body instanceof URLSearchParams) return { method: 'POST', headers, body };
  return {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body.json),
  };
}

function parsed(text: string): JsonAnswer | undefined {
  const value = parsedJson(text);
  return isRecord(value) ? value : undefined;
}

/** Undefined for what is no JSON. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/**
 * What a code of the platform means, by `settings.codes_replayed`, `codes_refused` and
 * `codes_unavailable` (lists with commas): no document names them all.
 */
export function codeMeaning({ connection }: Peer, code: string): Failed | undefined {
  const { settings } = connection;
  const isIn = (name: string) => settings[name]?.split(',').some((each) => each.trim() === code);
  if (isIn('codes_replayed')) return failed('replayed', 'ticket_not_accepted');
  if (isIn('codes_refused')) return failed('refused', 'account_not_usable');
  if (isIn('codes_unavailable')) return failed('unavailable', 'request_not_accepted');
  return undefined;
}

/** `yyyyMMddHHmmss` in the time of China. */
export function chinaTime(instant: Date): string {
  const local = new Date(instant.getTime() + CHINA_OFFSET_MS);
  return local.toISOString().slice(0, 19).replaceAll(/\D/gu, '');
}

/** `yyyyMMddHHmmss`, `yyyy-MM-dd HH:mm:ss` (both of China), or seconds or milliseconds since 1970. */
export function readPlatformTime(value: unknown): Date | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string') return undefined;
  if (/^\d{10}$|^\d{13}$/u.test(text)) {
    return new Date(text.length === 10 ? Number(text) * 1000 : Number(text));
  }
  const [year, ...rest] =
    /^(\d{4})-?(\d\d)-?(\d\d)[ T]?(\d\d):?(\d\d):?(\d\d)$/u.exec(text)?.slice(1) ?? [];
  if (year === undefined) return undefined;
  const [month, day, hour, minute, second] = rest;
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}+08:00`);
  return Number.isNaN(time.getTime()) ? undefined : time;
}

export function isOfNow(time: Date | undefined, now: Date): boolean {
  return time !== undefined && Math.abs(time.getTime() - now.getTime()) <= MOST_APART_MS;
}

/** A page of the platform for the browser; nothing of a person is ever in its query. */
export function pageAt(
  { connection }: Peer,
  name: string,
  query: Readonly<Record<string, string>>,
): UpstreamBegun {
  const address = connection.addresses[name];
  if (address === undefined) return { ok: false, reason: 'unavailable', detail: 'address_missing' };
  return { ok: true, page: withQuery(address, query) };
}

/** Where the session there ends, for a platform whose address of that was registered. */
export function plainSignOutPage(
  { connection }: Peer,
  returnTo: string,
  parameters: { client: string; returnTo: string },
): URL | undefined {
  const address = connection.addresses['signOut'];
  if (address === undefined) return undefined;
  return withQuery(address, {
    [parameters.client]: connection.clientId,
    [connection.settings['sign_out_return'] ?? parameters.returnTo]: returnTo,
  });
}

function withQuery(address: string, query: Readonly<Record<string, string>>): URL {
  const url = new URL(address);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url;
}
