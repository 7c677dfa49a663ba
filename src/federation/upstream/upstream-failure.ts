// Failures of a peer as values. A detail is a closed word: it goes to records and logs, so nothing that the
// peer wrote is ever in it.
import { describeOutboundFailure } from '../../platform/outbound-failure.ts';
import type { UpstreamAnswer, UpstreamFailure } from '../upstream-identity.ts';
import type { Mapped } from './stated-fields.ts';

export interface Failed {
  ok: false;
  reason: UpstreamFailure;
  detail: string;
}

export function failed(reason: UpstreamFailure, detail: string): Failed {
  return { ok: false, reason, detail };
}

/** By the status of an answer that says nothing else: whoever refuses is there, and is not asked too much. */
export function failedWith(status: number): Failed {
  const isRefusal = status >= 400 && status < 500 && status !== TOO_MANY_REQUESTS;
  return failed('unavailable', isRefusal ? 'request_not_accepted' : 'answered_with_error');
}

const TOO_MANY_REQUESTS = 429;

/** The peer has answered, or our settings are wrong, or only the browser says that it is out of order. */
const SAYS_NOTHING_OF_HEALTH = new Set([
  'request_not_accepted',
  'client_not_accepted',
  'token_not_accepted',
  'client_credential_missing',
  'client_key_unusable',
  'address_missing',
  'told_server_error',
]);

/**
 * True for what anybody who asks the peer would meet. Nobody can bring it about with what a browser brings
 * back, or a few could keep everybody away from a peer that is well.
 */
export function isOutOfOrder({ reason, detail }: { reason: UpstreamFailure; detail: string }) {
  return reason === 'unavailable' && !SAYS_NOTHING_OF_HEALTH.has(detail);
}

/** A code or ticket that any platform may have given: others are not shown to one. */
export function isTicketForm(text: string): boolean {
  return /^[\x21-\x7E]{1,2000}$/u.test(text);
}

/** No answer, or none that can be read; undefined for an error that no request has caused. */
export function unavailableBy(error: unknown): Failed | undefined {
  const outbound = describeOutboundFailure(error);
  return outbound && failed('unavailable', outbound);
}

/** @param code of a token endpoint, or of pushed authorization (RFC 6749, 5.2) */
export function tokenEndpointFailure(code: string): Failed {
  if (code === 'invalid_grant') return failed('replayed', 'code_not_accepted');
  if (code === 'invalid_client') return failed('unavailable', 'client_not_accepted');
  return failed('unavailable', 'request_not_accepted');
}

/** What was read, as the answer of an adapter: fields that cannot be true end the sign-in. */
export function answerOf(mapped: Mapped, idToken?: string): UpstreamAnswer {
  if (!mapped.ok) return failed('contradictory', `${mapped.problems[0] ?? 'answer'}_wrong`);
  return { ok: true, identity: mapped.identity, ...(idToken === undefined ? {} : { idToken }) };
}
