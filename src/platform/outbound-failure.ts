// Why an outgoing request did not get its answer, as one word for records and pages: the text of
// an error may carry addresses or content of the other side, this never does.

const REFUSALS = [
  'address_not_allowed',
  'scheme_not_allowed',
  'credentials_in_address',
  'redirect_not_followed',
  'body_too_large',
] as const;
export type OutboundRefusal = (typeof REFUSALS)[number];

export type OutboundFailure =
  | OutboundRefusal
  | 'name_not_resolved'
  | 'timeout'
  | 'connection_refused'
  | 'connection_lost'
  | 'certificate_not_trusted'
  | 'answer_malformed'
  | 'connection_failed';

/** Refusals that no repetition changes, because nothing was or will be sent. */
export const neverSent: ReadonlySet<string> = new Set<OutboundRefusal>([
  'address_not_allowed',
  'scheme_not_allowed',
  'credentials_in_address',
]);

/** A request that policy forbids; for `address_not_allowed` no packet has been sent. */
export class OutboundRefused extends Error {
  override readonly name = 'OutboundRefused';
  readonly reason: OutboundRefusal;

  constructor(reason: OutboundRefusal, target: { hostname: string; port: string | number }) {
    super(`${reason}: ${target.hostname}:${target.port}`);
    this.reason = reason;
  }
}

const BY_CODE: Readonly<Record<string, OutboundFailure>> = {
  ENOTFOUND: 'name_not_resolved',
  EAI_AGAIN: 'name_not_resolved',
  EAI_FAIL: 'name_not_resolved',
  ENODATA: 'name_not_resolved',
  ECONNREFUSED: 'connection_refused',
  ECONNRESET: 'connection_lost',
  EPIPE: 'connection_lost',
  ETIMEDOUT: 'timeout',
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  UND_ERR_SOCKET: 'connection_lost',
  UND_ERR_RES_EXCEEDED_MAX_SIZE: 'body_too_large',
  UND_ERR_HEADERS_OVERFLOW: 'answer_malformed',
  CERT_HAS_EXPIRED: 'certificate_not_trusted',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'certificate_not_trusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'certificate_not_trusted',
  UNABLE_TO_GET_ISSUER_CERT: 'certificate_not_trusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'certificate_not_trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'certificate_not_trusted',
  ERR_TLS_CERT_ALTNAME_INVALID: 'certificate_not_trusted',
};

/**
 * The name of what went wrong, found anywhere in the chain of causes; undefined for an error that
 * no request has caused.
 */
export function describeOutboundFailure(error: unknown): OutboundFailure | undefined {
  let isFetchFailure = false;
  for (let current = error; current instanceof Error; current = current.cause) {
    if (current instanceof OutboundRefused) return current.reason;
    if (current.name === 'TimeoutError' || current.name === 'AbortError') return 'timeout';
    const code = 'code' in current && typeof current.code === 'string' ? current.code : '';
    const known = BY_CODE[code] ?? (code.startsWith('HPE_') ? 'answer_malformed' : undefined);
    if (known) return known;
    if (current instanceof AggregateError && current.errors.length > 0) {
      return describeOutboundFailure(current.errors[0]) ?? 'connection_failed';
    }
    isFetchFailure ||= current instanceof TypeError && current.message === 'fetch failed';
  }
  return isFetchFailure ? 'connection_failed' : undefined;
}
