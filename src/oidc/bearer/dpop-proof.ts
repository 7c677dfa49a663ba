// The proof that comes with an access token bound to a key (RFC 9449, 7): made by the holder of that
// key, for this request and this token, and used once.
import { createHash } from 'node:crypto';
import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } from 'jose';
import type { JWK } from 'jose';
import { epochSeconds } from '../../platform/clock.ts';
import type { Clock } from '../../platform/clock.ts';
import type { ArtefactStore } from '../storage/artefact-store.ts';

interface DpopProofDependencies {
  artefacts: Pick<ArtefactStore, 'claimReplayMark'>;
  clock: Clock;
}

/** The request as the caller sees it. */
export interface ProvenRequest {
  method: string;
  /** Absolute, without query and fragment. */
  url: string;
  /** The `DPoP` header. */
  proof: string | undefined;
}

/** Of the proofs, at every endpoint that takes them. */
export const PROOF_ALGORITHMS = ['ES256', 'EdDSA', 'Ed25519'] as const;
/** Seconds on both sides, as at the token endpoint. */
const WINDOW_SECONDS = 60;
const LONGEST = 4096;
const LONGEST_JTI = 256;

/** @param thumbprint of the key that the token is bound to (RFC 7638) */
export async function isProven(
  deps: DpopProofDependencies,
  { method, url, proof }: ProvenRequest,
  bound: { token: string; thumbprint: string },
): Promise<boolean> {
  if (proof === undefined || proof.length > LONGEST) return false;
  const read = await readProof(deps.clock, proof);
  if (!read) return false;
  const { payload, jwk } = read;
  const { jti, htm, htu, ath } = payload;
  if (typeof jti !== 'string' || jti === '' || jti.length > LONGEST_JTI) return false;
  if (htm !== method || typeof htu !== 'string' || withoutQuery(htu) !== url) return false;
  if (ath !== createHash('sha256').update(bound.token).digest('base64url')) return false;
  if ((await calculateJwkThumbprint(jwk)) !== bound.thumbprint) return false;
  const mark = `dpop-api:${bound.thumbprint}:${jti}`;
  return deps.artefacts.claimReplayMark(mark, 2 * WINDOW_SECONDS);
}

async function readProof(clock: Clock, proof: string) {
  try {
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
      algorithms: [...PROOF_ALGORITHMS],
      typ: 'dpop+jwt',
      currentDate: clock.now(),
    });
    const { iat } = payload;
    const isRecent = iat !== undefined && Math.abs(epochSeconds(clock) - iat) <= WINDOW_SECONDS;
    return isRecent ? { payload, jwk: protectedHeader.jwk as JWK } : undefined;
  } catch {
    // Whatever it was, it proves nothing.
    return undefined;
  }
}

function withoutQuery(text: string): string | undefined {
  const url = URL.parse(text);
  if (!url) return undefined;
  url.search = '';
  url.hash = '';
  return url.href;
}
