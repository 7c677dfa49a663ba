// What the page for another phone or mail address is given.
import type { ContactCodeProblem, ContactView } from '../credentials/credentials.views.ts';
import type { FieldError, FormTarget } from '../platform/http/view-locals.ts';
import type { AccountFrame } from './account.views.ts';

export type ContactChangeProblem =
  | ContactCodeProblem
  | `sign-up.problem.${
      | 'missing_sms'
      | 'missing_mail'
      | 'phone_invalid'
      | 'phone_region_needed'
      | 'email_wrong'}`
  | `account-contact.same.${'sms' | 'mail'}`
  | `account-contact.keep.${'last_contact' | 'login'}`;

export interface ChangeContactLocals extends AccountFrame {
  channel: 'sms' | 'mail';
  /** Masked; absent when the account has none that is confirmed. */
  present?: string;
  /** Its form, or why it has to stay. */
  removal?: { form: FormTarget } | { refusal: 'last_contact' | 'login' };
  /** A code was sent to the new one. */
  sentTo?: ContactView;
  /** That code cannot be typed in any more. */
  isOver: boolean;
  /** As it was typed, when it was refused. */
  contact: string;
  enterForm: FormTarget;
  confirmForm: FormTarget;
  sendForm: FormTarget;
  otherForm: FormTarget;
  backHref: string;
  errors: readonly FieldError<ContactChangeProblem>[];
}

declare module '../platform/http/view-locals.ts' {
  interface ViewLocals {
    'account/change-contact': ChangeContactLocals;
  }
}
