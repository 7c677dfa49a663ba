// How an exchange of security event tokens is refused: the codes of RFC 8935, 2.4, which RFC 8936 takes over.
import type { HttpContext } from '../platform/http/context.ts';

export const eventErrorCodes = [
  'invalid_request',
  'invalid_key',
  'invalid_issuer',
  'invalid_audience',
  'authentication_failed',
  'access_denied',
] as const;
export type EventErrorCode = (typeof eventErrorCodes)[number];

export interface EventRefusal {
  status: 400 | 401 | 403 | 413 | 415 | 429 | 503;
  err: EventErrorCode;
  /** For whoever looks into the log of the other side; never what they sent. */
  description: string;
}

export function writeEventRefusal(ctx: HttpContext, refusal: EventRefusal): void {
  const { status, err, description } = refusal;
  ctx.status = status;
  ctx.set('Cache-Control', 'no-store');
  ctx.set('Content-Language', 'en');
  ctx.body = { err, description };
}
