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
