// What the pages of sub-accounts are given; `ctx.render` is checked against it.
import type { AccountFrame } from '../../account/account.views.ts';
import type { FieldError, FormTarget } from '../../platform/http/view-locals.ts';
import type { SpaceFrame } from '../space/space.views.ts';
import type { SubAccountProblem } from './make-sub-account.ts';

export interface SubAccountView {
  /** Its own, without that of the organisation. */
  name: string;
  href: string;
  /** Mandates that are not over. */
  people: number;
  isLocked: boolean;
  madeAt: Date;
  /** Absent for who may not close it. */
  closeHref?: string;
}

export interface SubAccountsLocals extends SpaceFrame {
  subAccounts: readonly SubAccountView[];
  /** Absent for who may not, and where there can be no more. */
  makeHref?: string;
  /** How many there can be, where there are so many. */
  most?: number;
  /** The organisation itself is signed in: a person makes and closes them. */
  isByPerson: boolean;
}

export interface NewSubAccountLocals extends AccountFrame {
  entityName: string;
  form: FormTarget;
  backHref: string;
  name: string;
  errors: readonly FieldError<SubAccountProblem>[];
}

export interface CloseSubAccountLocals extends AccountFrame {
  entityName: string;
  /** Mandates that end with it. */
  people: number;
  form: FormTarget;
  backHref: string;
}

declare module '../../platform/http/view-locals.ts' {
  interface ViewLocals {
    'legal-entities/sub-accounts': SubAccountsLocals;
    'legal-entities/new-sub-account': NewSubAccountLocals;
    'legal-entities/close-sub-account': CloseSubAccountLocals;
  }
}
