// CA certificates and UKeys 数字证书: an organisation signs a text of ours, and what it signed with
// leads to an authority that the city trusts, was issued to it, and is not revoked.
import { X509Certificate } from 'node:crypto';
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { CertificateConfig } from '../platform/entity-proof-config.ts';
import { certifiedHolder, certifiedOrganisation } from './certified-organisation.ts';
import { findCertificatePath } from './certificate-path.ts';
import type { PathOutcome, PathProblem } from './certificate-path.ts';
import type { Challenge, ChallengeOf, ChallengeStore } from './challenge-store.ts';
import type { EntityProof } from './entity-proof.ts';
import type { RevocationLists } from './revocation-lists.ts';
import { verifySignedMessage } from './signed-message.ts';
import type { SignatureProblem } from './signed-message.ts';

export type CertificateProblem =
  | SignatureProblem
  | PathProblem
  | 'revoked'
  /** Whether it is revoked cannot be learnt now. */
  | 'revocation_unknown'
  /** It names no organisation, or several. */
  | 'no_organisation'
  /** Of another organisation than the one it is about. */
  | 'other_organisation';

export type CertificateOutcome =
  | { ok: true; proof: EntityProof }
  | { ok: false; reason: CertificateProblem };

/** Of an organisation that signs in by itself. */
export interface SigningCertificate {
  uscc: string;
  /** The person it was given to, where it names one. */
  holder: string | undefined;
  /** Hexadecimal. */
  fingerprint: string;
  endsAt: Date;
  /** From its own to the last below the trusted one, each with its issuer; base64 of DER. */
  path: readonly CertificateLink[];
}

export interface CertificateLink {
  certificate: string;
  issuer: string;
}

export type SigningInOutcome =
  | { ok: true; signed: SigningCertificate }
  | { ok: false; reason: CertificateProblem };

type Verified =
  | {
      ok: true;
      signer: X509Certificate;
      organisation: { uscc: string; name: string };
      path: (PathOutcome & { ok: true })['path'];
    }
  | { ok: false; reason: CertificateProblem };

interface OrganisationCertificatesDependencies {
  clock: Clock;
  challenges: ChallengeStore;
  revocations: Pick<RevocationLists, 'check'>;
}

const DAY_SECONDS = 86_400;

export class OrganisationCertificates {
  readonly challenges: ChallengeStore;
  readonly #deps: OrganisationCertificatesDependencies;
  readonly #config: CertificateConfig;

  constructor(deps: OrganisationCertificatesDependencies, config: CertificateConfig) {
    this.#deps = deps;
    this.#config = config;
    this.challenges = deps.challenges;
  }

  get cap(): number {
    return this.#config.cap;
  }

  /** Nothing is used up: the caller uses the challenge before it acts on the proof. */
  async check(
    { uscc }: Pick<ChallengeOf, 'uscc'>,
    challenge: Challenge,
    signature: Buffer,
  ): Promise<CertificateOutcome> {
    const verified = await this.#verify({ uscc }, challenge, signature);
    if (!verified.ok) return verified;
    const { organisation, signer } = verified;
    const proof: EntityProof = {
      ...organisation,
      source: 'certificate',
      grade: 'A',
      cap: this.#config.cap,
      resultCode: 'signature_valid',
      // Who issued it and as what can be looked up there.
      reference: signer.fingerprint256.replaceAll(':', '').slice(0, 40),
      expiresAt: this.#expiry(signer.validToDate),
    };
    return { ok: true, proof };
  }

  /** The same, for an organisation that signs in by itself with it. */
  async checkSigningIn(
    of: Pick<ChallengeOf, 'uscc'>,
    challenge: Challenge,
    signature: Buffer,
  ): Promise<SigningInOutcome> {
    const verified = await this.#verify(of, challenge, signature);
    if (!verified.ok) return verified;
    const { signer, organisation, path } = verified;
    const signed: SigningCertificate = {
      uscc: organisation.uscc,
      holder: certifiedHolder(signer),
      fingerprint: signer.fingerprint256.replaceAll(':', ''),
      endsAt: signer.validToDate,
      path: path.map(({ certificate, issuer }) => ({
        certificate: certificate.raw.toString('base64'),
        issuer: issuer.raw.toString('base64'),
      })),
    };
    return { ok: true, signed };
  }

  /** Whether one of these certificates is on the list of its issuer by now; unknown is no yes. */
  async isRevoked(path: readonly CertificateLink[]): Promise<boolean> {
    for (const link of path) {
      const [certificate, issuer] = [link.certificate, link.issuer].map(
        (text) => new X509Certificate(Buffer.from(text, 'base64')),
      );
      if (!certificate || !issuer) continue;
      const { outcome } = await this.#deps.revocations.check(certificate, issuer);
      if (outcome === 'revoked') return true;
    }
    return false;
  }

  async #verify(
    { uscc }: Pick<ChallengeOf, 'uscc'>,
    challenge: Challenge,
    signature: Buffer,
  ): Promise<Verified> {
    const now = this.#deps.clock.now();
    const { authorities: roots, intermediates, policies, usccOids } = this.#config;
    const signed = verifySignedMessage(signature, challenge.text);
    if (!signed.ok) return signed;
    const { signer, others } = signed;
    const trusted = { roots, intermediates, policies };
    const found = findCertificatePath(signer, { others, trusted, now });
    if (!found.ok) return found;
    const organisation = certifiedOrganisation(signer, usccOids);
    if (!organisation) return { ok: false, reason: 'no_organisation' };
    if (uscc !== undefined && organisation.uscc !== uscc) {
      return { ok: false, reason: 'other_organisation' };
    }
    for (const { certificate, issuer } of found.path) {
      const { outcome } = await this.#deps.revocations.check(certificate, issuer);
      if (outcome === 'revoked') return { ok: false, reason: 'revoked' };
      if (outcome !== 'good') return { ok: false, reason: 'revocation_unknown' };
    }
    return { ok: true, signer, organisation, path: found.path };
  }

  #expiry(certificateEnds: Date): Date {
    const { validDays } = this.#config;
    if (validDays === undefined) return certificateEnds;
    const term = secondsFromNow(this.#deps.clock, validDays * DAY_SECONDS);
    return term < certificateEnds ? term : certificateEnds;
  }
}
