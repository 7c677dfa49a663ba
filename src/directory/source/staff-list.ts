// What a source of staff says, and how it fails.
import type { FileDepartment, FileStaff, RowProblem } from '../staff-file.ts';

export type SourceProblem = 'source_down' | 'source_wrong' | 'source_empty';

export interface StaffList {
  staff: FileStaff[];
  departments: FileDepartment[];
}

/** What was read, with what is wrong with it. */
export interface ReadList extends StaffList {
  problems: readonly RowProblem[];
}

/** A source that was reached and does not say what was agreed. */
export class SourceWrong extends Error {
  override readonly name = 'SourceWrong';
}
