// What the pages of a sign-in need of organisations that sign in by themselves.
import type { LicenceRequest } from '../entity-proofs/licence-request-store.ts';
import type { Challenge } from '../entity-proofs/challenge-store.ts';
import {
  beginLicenceSignIn,
  licenceRequester,
  proveByCertificate,
  proveByLicence,
  signInChallenge,
} from './prove-organisation.ts';
import type {
  BeginLicenceOutcome,
  ProveOrganisationDependencies,
  ProveOrganisationOutcome,
  SignInCertificateProblem,
  SignInLicenceProblem,
  SignInPlace,
} from './prove-organisation.ts';

export class OrganisationSignIn {
  readonly #deps: ProveOrganisationDependencies;

  constructor(deps: ProveOrganisationDependencies) {
    this.#deps = deps;
  }

  /** What this city has, in the order in which it is offered. */
  get offered(): ('licence' | 'certificate')[] {
    const { licences, certificates } = this.#deps;
    return [
      ...(licences ? (['licence'] as const) : []),
      ...(certificates ? (['certificate'] as const) : []),
    ];
  }

  /** False for what was ended, and counts no more wherever it was shown. */
  isLive(signInId: string): Promise<boolean> {
    return this.#deps.signIns.has(signInId);
  }

  beginLicence(place: SignInPlace): Promise<BeginLicenceOutcome> {
    return beginLicenceSignIn(this.#deps, place);
  }

  async findLicence(uid: string, state: string): Promise<LicenceRequest | undefined> {
    return this.#deps.licences?.find(state, licenceRequester(uid));
  }

  proveByLicence(
    place: SignInPlace & { state: string },
  ): Promise<ProveOrganisationOutcome<SignInLicenceProblem>> {
    return proveByLicence(this.#deps, place);
  }

  /** The text to sign; undefined where certificates are not offered. */
  async challenge(uid: string, system: string): Promise<Challenge | undefined> {
    return this.#deps.certificates?.challenges.begin(signInChallenge(uid, system));
  }

  proveByCertificate(
    given: SignInPlace & { system: string; challengeId: string; signature: Buffer },
  ): Promise<ProveOrganisationOutcome<SignInCertificateProblem>> {
    const { system, ...presented } = given;
    return proveByCertificate(this.#deps, { ...presented, of: signInChallenge(given.uid, system) });
  }
}
