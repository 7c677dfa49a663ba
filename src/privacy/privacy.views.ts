// What the pages of the privacy centre are given; `ctx.render` is checked against it.
import type { AccountFrame } from '../account/account.views.ts';
import type {
  FieldError,
  FormTarget,
  ItemView,
  RelyingPartyView,
  Words,
} from '../platform/http/view-locals.ts';
import type { FoundObstacle } from './closing-guard.ts';

export interface PrivacyOverviewLocals extends AccountFrame {
  serviceCount: number;
  receivedHref: string;
  servicesHref: string;
  agreementsHref: string;
  exportHref: string;
  correctHref: string;
  requestsHref: string;
  closeHref: string;
  noticeHref: string;
}

export interface ReceivedEntryView {
  at: Date;
  /** The words are `privacy.event.<name>`. */
  event: 'received' | 'received_more' | 'allowed' | 'withdrawn';
  system: string;
  items: readonly ItemView[];
}

export interface ReceivedLocals extends AccountFrame {
  entries: readonly ReceivedEntryView[];
  olderHref?: string;
  /** Where access is withdrawn. */
  servicesHref: string;
}

export interface ExportLocals extends AccountFrame {
  downloadForm: FormTarget;
  readHref: string;
  backHref: string;
}

export interface ExportFieldView {
  /** The words are `privacy-export.field.<name>`. */
  name: string;
  value: Date | string | Words;
}

export interface ExportSectionView {
  /** The words are `privacy-export.section.<name>`. */
  name: string;
  rows: readonly (readonly ExportFieldView[])[];
  /** There are more, which only the file has. */
  isCut: boolean;
}

export interface ReadExportLocals extends AccountFrame {
  at: Date;
  sections: readonly ExportSectionView[];
  backHref: string;
}

export interface CorrectLocals extends AccountFrame {
  /** Name and number come from a register or a document: they change by a new verification only. */
  isVerified: boolean;
  verificationHref: string;
  securityHref: string;
  backHref: string;
}

export interface CloseLocals extends AccountFrame {
  /** What is to be settled first; then there is no form. */
  obstacles: readonly FoundObstacle[];
  /** How long it may be taken back. */
  days: number;
  /** What the law keeps; the words are `retention.<kind>.…`. */
  kept: readonly { kind: 'closed_accounts' | 'audit'; days: number }[];
  form: FormTarget;
  exportHref: string;
  backHref: string;
  errors: readonly FieldError<'closing.not_sure'>[];
}

export interface ClosingBegunLocals {
  days: number;
}

export interface ClosingSignInLocals {
  relyingParty: RelyingPartyView;
  until: Date;
  /** Takes the request back. */
  form: FormTarget;
  cancelForm: FormTarget;
}

export type ClosingCancelLocals =
  | { state: 'open'; form: FormTarget; until: Date }
  | { state: 'cancelled' }
  /** Done before, too late, or no such link. */
  | { state: 'over' };

declare module '../platform/http/view-locals.ts' {
  interface ViewLocals {
    'privacy/overview': PrivacyOverviewLocals;
    'privacy/received': ReceivedLocals;
    'privacy/export': ExportLocals;
    'privacy/read-export': ReadExportLocals;
    'privacy/correct': CorrectLocals;
    'privacy/close': CloseLocals;
    'privacy/closing-begun': ClosingBegunLocals;
    'privacy/closing-sign-in': ClosingSignInLocals;
    'privacy/closing-cancel': ClosingCancelLocals;
  }
}
