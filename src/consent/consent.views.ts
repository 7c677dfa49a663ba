// What the pages that ask for consent are given; `ctx.render` is checked against it.
import type {
  FieldError,
  FormTarget,
  ItemView,
  RelyingPartyView,
} from '../platform/http/view-locals.ts';

export interface ConsentItemView extends ItemView {
  /** Agreed to one by one: comes back as `item=<name>`. */
  isSensitive: boolean;
}

export type ConsentProblem = 'consent.sensitive_missing';

export interface ConsentLocals {
  relyingParty: RelyingPartyView;
  /** Who runs the recipient, when registered. */
  operator?: string;
  /** The registered purpose, in the recipient's own words. */
  purpose?: string;
  items: readonly ConsentItemView[];
  /** The recipient may go on reading while the person is away (offline_access). */
  isOffline: boolean;
  form: FormTarget;
  cancelForm: FormTarget;
  errors: readonly FieldError<ConsentProblem>[];
}

declare module '../platform/http/view-locals.ts' {
  interface ViewLocals {
    'consent/consent': ConsentLocals;
  }
}
