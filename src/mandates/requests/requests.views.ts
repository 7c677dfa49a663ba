// What the pages of requests to act for an organisation are given; `ctx.render` is checked against it.
import type { AccountFrame } from '../../account/account.views.ts';
import type { ContactCodeProblem } from '../../credentials/credentials.views.ts';
import type { FieldError, FormTarget } from '../../platform/http/view-locals.ts';
import type { ApplicantCaseView, PaperFilesLocals } from '../../papers/papers.views.ts';
import type { NamedChoice } from '../mandate-choices.ts';
import type { MandateFacts } from '../mandates.views.ts';
import type { RequestProblem, TypedRequest } from './ask-to-handle.ts';
import type { GrantRefusal } from './grant-requested.ts';
import type { RequestOutcome, RequestWay } from './handler-request.ts';
import type { LetterSlot } from './letter-review.ts';

/** `waiting`: for the organisation, a code, papers or staff, by its way. */
export type RequestState = 'waiting' | 'expired' | RequestOutcome;

export interface RequestView {
  id: string;
  way: RequestWay;
  state: RequestState;
  entityName: string;
  uscc: string;
  facts: MandateFacts;
  at: Date;
  until: Date;
}

export interface RequestFormLocals extends AccountFrame {
  form: FormTarget;
  typed: TypedRequest;
  ways: readonly RequestWay[];
  services: readonly NamedChoice[];
  clients: readonly NamedChoice[];
  limits: { longestDays: number; singleUseHours: number };
  backHref: string;
  errors: readonly FieldError<RequestProblem>[];
}

export type RequestStatusProblem =
  | ContactCodeProblem
  | `mandates.request.refused.${GrantRefusal}`
  | 'mandates.request.gone';

export interface RequestStatusLocals extends AccountFrame {
  request: RequestView;
  singleUseHours: number;
  /** Of who may still be told a code. */
  code?: {
    /** One may be typed in until then. */
    until?: Date;
    sendForm: FormTarget;
    form: FormTarget;
  };
  /** Of a letter of authority. */
  letter?: {
    /** With staff, or decided. */
    case?: ApplicantCaseView;
    /** While one may be sent. */
    uploadHref?: string;
    paperHref?: string;
  };
  /** While something may come of it. */
  withdrawForm?: FormTarget;
  /** Where the same is asked for anew. */
  againHref?: string;
  backHref: string;
  errors: readonly FieldError<RequestStatusProblem>[];
}

export type LetterProblem =
  | 'mandates.letter.consent_missing'
  | `mandates.request.refused.${'term_over' | 'applicant_not_verified'}`;

export interface LetterPapersLocals
  extends AccountFrame, PaperFilesLocals<LetterSlot, LetterProblem> {
  request: RequestView;
  singleUseHours: number;
  paperHref: string;
}

export interface LetterPaperLocals extends AccountFrame {
  request: RequestView;
  applicant: { name: string; maskedNumber: string };
  singleUseHours: number;
  uploadHref: string;
}

export interface AnswerRequestLocals extends AccountFrame {
  entityName: string;
  applicant: { name: string; maskedNumber: string };
  request: RequestView;
  singleUseHours: number;
  confirmForm: FormTarget;
  declineHref: string;
  backHref: string;
  errors: readonly FieldError<`mandates.request.refused.${GrantRefusal}`>[];
}

export interface StopRequestLocals {
  form: FormTarget;
  entityName: string;
  /** Masked. */
  applicantName: string;
  /** Nobody has said yes so far. */
  isOpen: boolean;
}

export interface StopRequestDoneLocals {
  outcome: 'stopped' | 'over' | 'invalid';
}

declare module '../../platform/http/view-locals.ts' {
  interface ViewLocals {
    'mandates/request': RequestFormLocals;
    'mandates/request-status': RequestStatusLocals;
    'mandates/letter': LetterPapersLocals;
    'mandates/letter-paper': LetterPaperLocals;
    'mandates/answer-request': AnswerRequestLocals;
    'mandates/stop-request': StopRequestLocals;
    'mandates/stop-request-done': StopRequestDoneLocals;
  }
}
