// What the pages for administrators of departments are given; `ctx.render` is checked against it.
import type { FieldError, FormTarget } from '../../platform/http/view-locals.ts';
import type { PersonStep } from './department-paths.ts';

/** Words `departments.done.<what>`. */
export const departmentsDone = [
  'joined',
  'changed',
  'suspended',
  'resumed',
  'ended',
  'invited',
] as const;
export type DepartmentsDone = (typeof departmentsDone)[number];

/** Words `departments.event.<name>`. */
export const staffEventNames = [
  'joined',
  'changed',
  'left',
  'returned',
  'invited',
  'contacts_kept',
  'locked',
  'unlocked',
  'role_granted',
  'role_revoked',
] as const;
export type StaffEventName = (typeof staffEventNames)[number];

export type DepartmentsRefusal =
  /** Of another part of the city, or of nowhere. */
  | 'not_here'
  | 'own'
  | 'holds_power'
  /** Administers departments outside the own part. */
  | 'administers_beyond'
  | 'holds_role'
  | 'has_password'
  | 'inactive'
  | 'version_differs'
  | 'too_often';

export interface DepartmentsFrame {
  maskedName: string;
  signOutForm: FormTarget;
  done?: DepartmentsDone;
}

export interface DepartmentChoice {
  id: string;
  code: string;
  /** From the top of the own part down. */
  path: string;
}

export type StaffState = 'active' | 'suspended' | 'ending';

export interface PersonRow {
  id: string;
  href: string;
  name: string;
  userName: string;
  staffId?: string;
  post?: string;
  department: string;
  state: StaffState;
}

/** A department with those below it. */
export interface DepartmentNode {
  name: string;
  code?: string;
  href: string;
  isChosen: boolean;
  children: readonly DepartmentNode[];
}

export interface PeopleLocals extends DepartmentsFrame {
  tree: readonly DepartmentNode[];
  departments: readonly DepartmentChoice[];
  /** Id of a department; empty: all of one's own. */
  chosen: string;
  search: string;
  people: readonly PersonRow[];
  /** Of all, without a search. */
  total?: number;
  nextHref?: string;
  firstHref?: string;
  joinHref: string;
}

export interface PersonLocals extends DepartmentsFrame {
  person: PersonRow & { maskedPhone?: string; email?: string; joinedAt: Date };
  isImported: boolean;
  keepsContacts: boolean;
  /** Why nothing can be changed here. */
  untouchable?: 'own' | 'holds_power' | 'administers_beyond';
  hasSignedIn: boolean;
  changeHref: string;
  steps: readonly { step: PersonStep; href: string }[];
  history: readonly {
    event: StaffEventName;
    at: Date;
    by: 'you' | 'administrator' | 'client' | 'operator' | 'system' | 'person';
  }[];
}

export interface TypedPerson {
  userName: string;
  name: string;
  staffId: string;
  post: string;
  department: string;
  phone: string;
  email: string;
}

export interface PersonFormLocals extends DepartmentsFrame {
  /** Absent: somebody new. */
  person?: { name: string; userName: string };
  departments: readonly DepartmentChoice[];
  typed: TypedPerson;
  form: FormTarget;
  backHref: string;
  isImported: boolean;
  /** Another administrator was first: what is there now, beside what was typed. */
  meanwhile?: readonly { field: keyof TypedPerson; value: string }[];
  /** The sign-in is too old by now: another window gives a fresh one. */
  freshHref?: string;
  errors: readonly FieldError[];
}

export interface PersonStepLocals extends DepartmentsFrame {
  step: PersonStep;
  person: { name: string; userName: string; department: string };
  form: FormTarget;
  backHref: string;
}

export interface FirstPasswordLocals extends DepartmentsFrame {
  person: { name: string; userName: string };
  password: string;
  validUntil: Date;
  backHref: string;
}

declare module '../../platform/http/view-locals.ts' {
  interface ViewLocals {
    'departments/people': PeopleLocals;
    'departments/person': PersonLocals;
    'departments/person-form': PersonFormLocals;
    'departments/step': PersonStepLocals;
    'departments/first-password': FirstPasswordLocals;
    'departments/refused': DepartmentsFrame & { reason: DepartmentsRefusal; onwardHref: string };
    'departments/not-administrator': { homeHref: string };
  }
}
