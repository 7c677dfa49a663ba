// What of a peer's word counts here: never more than its caps, and nothing that fails our own checks.
import { canonicalName } from '../verification/canonical-name.ts';
import { checkCertificate } from '../accounts/identity-number.ts';
import { ageAt, GUARDIAN_AGE } from '../accounts/age.ts';
import { VERIFIED_LEVEL } from '../accounts/account.ts';
import type { RealNameLevel } from '../accounts/account.ts';
import { PEER_SOURCE } from '../accounts/proven-identity.ts';
import type { ProvenIdentity } from '../accounts/proven-identity.ts';
import { FEDERATED_AMR, FEDERATED_MFA_AMR, FEDERATED_KEY_AMR } from '../oidc/claims/assurance.ts';
import type { Peer } from '../peers/peer.ts';
import { linkKey } from './link.ts';
import type { UpstreamIdentity } from './upstream-identity.ts';

export interface CappedIdentity {
  level: RealNameLevel;
  /** What a verified level speaks of; without a number the opaque name of the link stands for it. */
  claim: ProvenIdentity;
  /** What is kept of it where the peer keeps the number. */
  shadowClaim: ProvenIdentity;
  /** As in a session's `amr`. */
  methods: string[];
}

/** Of somebody under 14: only a guardian opens an account (PIPL 31). */
export function isMinor({ certificate }: UpstreamIdentity, now: Date): boolean {
  const checked = certificate && checkCertificate(certificate, now);
  const birthDate = checked?.outcome === 'valid' ? checked.birthDate : undefined;
  return birthDate !== undefined && ageAt(birthDate, now) < GUARDIAN_AGE;
}

export function capped(peer: Peer, identity: UpstreamIdentity): CappedIdentity {
  const { certificate, subject } = identity;
  const name = identity.name === undefined ? undefined : canonicalName(identity.name);
  const stated = Math.min(identity.level, peer.levelCap) as RealNameLevel;
  // A number without a name, or a name that is none, is no verified identity.
  const isWhole = certificate === undefined || name !== undefined;
  const level = isWhole ? stated : (Math.min(stated, 1) as RealNameLevel);
  const isVerified = level >= VERIFIED_LEVEL;
  const opaqueId = isVerified ? linkKey({ issuer: peer.issuer, subject }) : undefined;
  // A number that nobody has verified there is none: it would ask who has it here.
  const counted = isVerified ? certificate : undefined;
  return {
    level,
    claim: {
      name,
      certificate: counted,
      opaqueId: certificate === undefined ? opaqueId : undefined,
    },
    shadowClaim: { name, opaqueId },
    methods: methodsOf(Math.min(identity.strength, peer.strengthCap)),
  };
}

/** RFC 8176 knows no word for what somebody else has seen. */
function methodsOf(strength: number): string[] {
  if (strength >= 3) return [FEDERATED_AMR, FEDERATED_KEY_AMR];
  return strength === 2 ? [FEDERATED_AMR, FEDERATED_MFA_AMR] : [FEDERATED_AMR];
}

/** Who says so, in the origins of attributes and evidence. */
export function sourceOf({ id }: Pick<Peer, 'id'>): string {
  return `${PEER_SOURCE}${id}`;
}
