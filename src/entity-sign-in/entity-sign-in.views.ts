// What the pages on which organisations sign in by themselves are given; `ctx.render` is checked
// against it.
import type { CertificateProblem } from '../entity-proofs/organisation-certificates.ts';
import type { DemandView } from '../oidc/oidc.views.ts';
import type { PresentedLicence } from '../entity-proofs/presented-licence.ts';
import type { FieldError, FormTarget, RelyingPartyView } from '../platform/http/view-locals.ts';
import type { SignInLicenceProblem } from './prove-organisation.ts';

interface OrganisationFrame {
  relyingParty?: RelyingPartyView;
  /** Signed in here and signed out by this, masked; absent: nobody else. */
  replaces?: string;
  /** Of whom it is expected, after its password. */
  entityName?: string;
  /** The other ways. */
  backHref: string;
  cancelForm?: FormTarget;
}

export interface OrganisationLicenceLocals extends OrganisationFrame {
  beginForm: FormTarget;
  presenting?: PresentedLicence;
  isWaiting: boolean;
  errors: readonly FieldError<`entity-sign-in.licence.problem.${SignInLicenceProblem}`>[];
}

/** Words that mean the same when an organisation is registered. */
export type OrganisationCertificateProblem =
  | `entity-proof.certificate.problem.${Exclude<CertificateProblem, OwnWords>}`
  | `entity-sign-in.certificate.problem.${OwnWords}`;

export type OwnWords =
  | 'other_organisation'
  | 'entity_unknown'
  | 'entity_unavailable'
  | 'revocation_unknown'
  | 'missing'
  | 'over'
  | 'tries_used_up';

export interface OrganisationCertificateLocals extends OrganisationFrame {
  text: string;
  textHref: string;
  until: Date;
  pasteForm: FormTarget;
  fileForm: FormTarget;
  errors: readonly FieldError<OrganisationCertificateProblem>[];
}

/** An organisation that has given its password, and has to show more. */
export interface OrganisationStepLocals {
  relyingParty?: RelyingPartyView;
  demand?: DemandView;
  entityName: string;
  licenceHref?: string;
  certificateHref?: string;
  /** Posts the answer that it will not. */
  form: FormTarget;
}

declare module '../platform/http/view-locals.ts' {
  interface ViewLocals {
    'entity-sign-in/organisation-licence': OrganisationLicenceLocals;
    'entity-sign-in/organisation-certificate': OrganisationCertificateLocals;
    'entity-sign-in/organisation-step': OrganisationStepLocals;
  }
}
