// What the pages of the agreements are given; `ctx.render` is checked against it.
import type { FieldError, FormTarget, RelyingPartyView } from '../platform/http/view-locals.ts';
import type { AgreementText } from './agreement-book.ts';

export interface AgreementLocals {
  text: AgreementText;
  version: number;
  /** ISO date. */
  effectiveFrom: string;
  /** A former version: where the one in force is. */
  currentHref?: string;
}

export type AgreeProblem = 'agreement.not_ticked' | 'agreement.changed';

/** Asked again on the way into a system. */
export interface AgreeLocals {
  relyingParty?: RelyingPartyView;
  title: string;
  text: AgreementText;
  form: FormTarget;
  errors: readonly FieldError<AgreeProblem>[];
  cancelForm?: FormTarget;
}

declare module '../platform/http/view-locals.ts' {
  interface ViewLocals {
    'agreements/agreement': AgreementLocals;
    'agreements/agree': AgreeLocals;
  }
}
