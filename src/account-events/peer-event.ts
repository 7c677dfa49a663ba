// A security event token of a peer, read and checked (RFC 8417, RFC 8935): who sent it, to whom, about whom.
import { errors, jwtVerify } from 'jose';
import type { JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import type { Peer } from '../peers/peer.ts';
import { epochSeconds } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { EventErrorCode } from './event-delivery-error.ts';

export interface PeerEvent {
  jti: string;
  subject: string;
  sessionId: string | undefined;
  traceId: string | undefined;
  /** Type → what is told of it. */
  events: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
}

export type PeerEventAnswer =
  | { ok: true; event: PeerEvent }
  | { ok: false; err: EventErrorCode; description: string };

/** RFC 8725: what signs ID tokens here, too. */
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'];
const AHEAD_SECONDS = 60;
/** A peer may have kept it for us as long as we keep events for others. */
const OLDEST_SECONDS = 31 * 86_400;

const subject = z.string().min(1).max(500);
const simple = z.looseObject({
  format: z.string(),
  sub: subject.optional(),
  id: subject.optional(),
});
const claimsSchema = z.looseObject({
  jti: z.string().min(1).max(500),
  iat: z.int(),
  txn: z.string().max(200).optional(),
  sub: subject.optional(),
  sub_id: z
    .looseObject({ format: z.string(), user: simple.optional(), session: simple.optional() })
    .optional(),
  events: z.record(z.string().min(1).max(500), z.looseObject({})),
});

export async function readPeerEvent(
  peer: Peer,
  token: string,
  { keys, clock }: { keys: JWTVerifyGetKey; clock: Clock },
): Promise<PeerEventAnswer> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer: peer.issuer,
      audience: peer.connection.clientId,
      algorithms: ALGORITHMS,
      typ: 'secevent+jwt',
      requiredClaims: ['iat', 'jti', 'events'],
      currentDate: clock.now(),
      clockTolerance: AHEAD_SECONDS,
    });
    return eventOf(peer, payload, epochSeconds(clock));
  } catch (error) {
    return refusalOf(error);
  }
}

function eventOf(peer: Peer, payload: unknown, now: number): PeerEventAnswer {
  const read = claimsSchema.safeParse(payload);
  if (!read.success) return refuse('invalid_request', 'a claim is missing or malformed');
  const { jti, iat, txn, sub, sub_id: named, events } = read.data;
  if (iat > now + AHEAD_SECONDS || iat < now - OLDEST_SECONDS) {
    return refuse('invalid_request', 'iat is out of range');
  }
  // RFC 8417, 2.2: of one token of ours and of others alike.
  const user = named?.format === 'complex' ? named.user : named;
  const ofWhom = user as { iss?: unknown; sub?: string; id?: string } | undefined;
  if (ofWhom?.iss !== undefined && ofWhom.iss !== peer.issuer) {
    return refuse('invalid_request', 'the subject is of another issuer');
  }
  const whom = ofWhom?.sub ?? ofWhom?.id ?? sub;
  if (whom === undefined) return refuse('invalid_request', 'no subject that is known by an id');
  if (Object.keys(events).length === 0) return refuse('invalid_request', 'no event');
  const session = named?.format === 'complex' ? named.session : undefined;
  return {
    ok: true,
    event: {
      jti,
      subject: whom,
      sessionId: session?.id ?? session?.sub,
      traceId: txn,
      events: new Map(Object.entries(events)),
    },
  };
}

/** @throws what is no fault of the token */
function refusalOf(error: unknown): PeerEventAnswer {
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'iss') return refuse('invalid_issuer', 'iss is not the registered issuer');
    if (error.claim === 'aud') return refuse('invalid_audience', 'aud is not our client id');
    return refuse('invalid_request', `${error.claim} is missing or wrong`);
  }
  if (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys
  ) {
    return refuse('invalid_key', 'no published key fits');
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    return refuse('authentication_failed', 'the signature is wrong');
  }
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) throw error;
  if (error instanceof errors.JOSEError) return refuse('invalid_request', 'not a token we take');
  throw error;
}

function refuse(err: EventErrorCode, description: string): PeerEventAnswer {
  return { ok: false, err, description };
}
