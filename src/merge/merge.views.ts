// What the pages of a merge are given; `ctx.render` is checked against it.
import type { AccountFrame } from '../account/account.views.ts';
import type { FormTarget } from '../platform/http/view-locals.ts';

export type MergeOverviewLocals = AccountFrame &
  (
    | {
        state: 'begin';
        /** Absent for an account that is verified: it begins in the other one. */
        form?: FormTarget;
        /** To staff, where reviews are offered. */
        reviewHref?: string;
      }
    /** It is carried out then, if nobody stops it before. */
    | { state: 'waiting'; readyAt: Date; form: FormTarget }
  );

export type MergeConfirmLocals = AccountFrame &
  (
    | {
        state: 'confirm';
        /** Of the account that ends. */
        maskedContacts: readonly string[];
        form: FormTarget;
      }
    | { state: 'not_completed'; againHref: string; hasReview: boolean }
  );

export type MergeStopLocals =
  | { state: 'open'; readyAt: Date; form: FormTarget }
  | { state: 'stopped' | 'over' };

declare module '../platform/http/view-locals.ts' {
  interface ViewLocals {
    'merge/overview': MergeOverviewLocals;
    'merge/confirm': MergeConfirmLocals;
    'merge/stop': MergeStopLocals;
  }
}
