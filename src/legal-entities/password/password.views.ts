// What the page of an organisation's password is given; `ctx.render` is checked against it.
import type { AccountFrame } from '../../account/account.views.ts';
import type { ChangeProblem } from '../../credentials/change-password.ts';
import type { FieldError, FormTarget } from '../../platform/http/view-locals.ts';

export type EntityPasswordProblem = `entity-password.problem.${ChangeProblem | 'missing'}`;

export interface EntityPasswordLocals extends AccountFrame {
  entityName: string;
  /** What is typed beside it. */
  uscc: string;
  /** Absent: there is none. */
  changedAt?: Date;
  /** Whoever knew the password may have set up other ways into the account. */
  hasFactors: boolean;
  form: FormTarget;
  /** Absent where there is nothing to take away. */
  removeForm?: FormTarget;
  backHref: string;
  errors: readonly FieldError<EntityPasswordProblem>[];
}

declare module '../../platform/http/view-locals.ts' {
  interface ViewLocals {
    'legal-entities/password': EntityPasswordLocals;
  }
}
