// An entry of the staff directory: what it says of a person, where the person works, and the account
// that follows it. Who has left keeps an entry, so that the same person who returns is known.
import type { StaffAttributes } from './staff-attributes.ts';

export interface StaffEntry {
  id: string;
  accountId: string;
  /** Without the department, which stands beside it. */
  attributes: StaffAttributes;
  placement: Placement;
  isActive: boolean;
  /** Came by an import: the next one says when the person leaves. */
  isImported?: boolean | undefined;
  /** The account holds a power, and with it the contacts that the directory does not name any more. */
  keepsContacts?: boolean | undefined;
  /** Present: removed from the directory since then. */
  leftAt?: Date | undefined;
  revision: number;
  createdAt: Date;
  updatedAt: Date;
}

/** Where a person works. */
export interface Placement {
  /** The main department: known by its id, or only by the code that the directory gave. */
  departmentId?: string | undefined;
  unknownCode?: string | undefined;
  /** All departments of the person with the main one. */
  departmentIds: readonly string[];
}

/** Who changes the directory, and how far. */
export interface DirectoryActor {
  /** `client:<id>`, `operator`, `system`, or the account of a department's administrator. */
  actor: string;
  address?: string | undefined;
  clientId?: string | undefined;
  /** Ids of the departments at or below which everything must stay; undefined: the whole city. */
  within?: readonly string[] | undefined;
}

export type DirectoryRefusal =
  | 'unknown'
  | 'version_differs'
  | 'outside_subtree'
  /** Of one of the three powers: two officers take it away first. */
  | 'holds_power'
  /** Who holds any role keeps the contacts where an administrator of a department writes. */
  | 'holds_role'
  /** Nobody administers the own entry. */
  | 'own'
  | 'department_unknown'
  | 'user_name_taken'
  | 'phone_taken'
  | 'user_unknown'
  | 'code_taken'
  | 'department_circle'
  | 'department_deep'
  | 'has_children';

/** Thrown inside a transaction, so that nothing of it stands; `StaffDirectory` catches it. */
export class DirectoryRefused extends Error {
  override readonly name = 'DirectoryRefused';
  readonly reason: DirectoryRefusal;

  constructor(reason: DirectoryRefusal) {
    super(reason);
    this.reason = reason;
  }
}
