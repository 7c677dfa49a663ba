// Rows of a staff file as entries of the directory: what is wrong with a row is told by its line and a
// closed reason, never by what stands in it.
import { MAX_DEPARTMENT_NAME, DEPARTMENT_CODE } from './department.ts';
import { ENTERPRISE_USER, userNameKey } from './staff-attributes.ts';
import type { StaffAttributes } from './staff-attributes.ts';
import { parsePhone } from '../accounts/phone.ts';

export const staffColumns = [
  'user_name',
  'staff_id',
  'name',
  'department',
  'title',
  'mobile',
  'email',
  'active',
] as const;
export const departmentColumns = ['code', 'name', 'parent'] as const;

type Row<Column extends string> =
  | { number: number; fields: { [Name in Column]?: string } }
  | { number: number; problem: 'row_malformed' };

export type StaffRow = Row<(typeof staffColumns)[number]>;
export type DepartmentRow = Row<(typeof departmentColumns)[number]>;

export type FileProblem =
  | 'row_malformed'
  | 'user_name_missing'
  | 'user_name_twice'
  | 'name_missing'
  | 'mobile_wrong'
  | 'active_wrong'
  | 'code_wrong'
  | 'code_twice'
  | 'department_unknown'
  | 'too_long';

export interface RowProblem {
  line: number;
  problem: FileProblem;
}

export interface FileStaff {
  line: number;
  attributes: StaffAttributes;
  /** Code of the department. */
  code: string | undefined;
}

export interface FileDepartment {
  line: number;
  code: string;
  name: string;
  parent: string | undefined;
}

const MAX_TEXT_LENGTH = 254;
const ACTIVE = new Map([
  ['', true],
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);

export async function readStaffRows(rows: AsyncIterable<StaffRow>) {
  const staff: FileStaff[] = [];
  const problems: RowProblem[] = [];
  const seen = new Set<string>();
  for await (const row of rows) {
    const line = row.number;
    const read = 'problem' in row ? row.problem : staffOf(row.fields);
    if (typeof read === 'string') {
      problems.push({ line, problem: read });
      continue;
    }
    const key = userNameKey(read.attributes.userName);
    if (seen.has(key)) problems.push({ line, problem: 'user_name_twice' });
    seen.add(key);
    staff.push({ line, ...read });
  }
  return { staff, problems };
}

function staffOf(
  fields: Extract<StaffRow, { fields: object }>['fields'],
): Omit<FileStaff, 'line'> | FileProblem {
  const text = (name: (typeof staffColumns)[number]) => fields[name]?.trim() || undefined;
  if (Object.values(fields).some((value) => value.length > MAX_TEXT_LENGTH)) return 'too_long';
  const [userName, formatted, mobile] = [text('user_name'), text('name'), text('mobile')];
  if (userName === undefined) return 'user_name_missing';
  if (formatted === undefined) return 'name_missing';
  if (mobile !== undefined && !parsePhone(mobile).ok) return 'mobile_wrong';
  const active = ACTIVE.get(text('active')?.toLowerCase() ?? '');
  if (active === undefined) return 'active_wrong';
  const [title, email, staffId] = [text('title'), text('email'), text('staff_id')];
  const attributes: StaffAttributes = {
    userName,
    name: { formatted },
    active,
    ...(title === undefined ? {} : { title }),
    ...(email === undefined ? {} : { emails: [{ value: email, type: 'work' }] }),
    ...(mobile === undefined ? {} : { phoneNumbers: [{ value: mobile, type: 'mobile' }] }),
    ...(staffId === undefined ? {} : { [ENTERPRISE_USER]: { employeeNumber: staffId } }),
  };
  return { attributes, code: text('department') };
}

/** Parents come before what is below them, whatever the order of the file. */
export async function readDepartmentRows(rows: AsyncIterable<DepartmentRow>) {
  const found = new Map<string, FileDepartment>();
  const problems: RowProblem[] = [];
  for await (const row of rows) {
    const line = row.number;
    const fields = 'fields' in row ? row.fields : undefined;
    const code = fields?.code?.trim() ?? '';
    const name = fields?.name?.trim() ?? '';
    if (!fields) problems.push({ line, problem: 'row_malformed' });
    else if (!DEPARTMENT_CODE.test(code)) problems.push({ line, problem: 'code_wrong' });
    else if (found.has(code)) problems.push({ line, problem: 'code_twice' });
    else if (name === '') problems.push({ line, problem: 'name_missing' });
    else if (name.length > MAX_DEPARTMENT_NAME) problems.push({ line, problem: 'too_long' });
    else found.set(code, { line, code, name, parent: fields.parent?.trim() || undefined });
  }
  return { departments: topDown(found, problems), problems };
}

function topDown(found: ReadonlyMap<string, FileDepartment>, problems: RowProblem[]) {
  const ordered: FileDepartment[] = [];
  const placed = new Set<string>();
  for (let before = -1; before !== ordered.length;) {
    before = ordered.length;
    for (const department of found.values()) {
      const { code, parent } = department;
      if (placed.has(code) || (parent !== undefined && found.has(parent) && !placed.has(parent))) {
        continue;
      }
      placed.add(code);
      ordered.push(department);
    }
  }
  for (const { code, line } of found.values()) {
    // Only a circle is left over.
    if (!placed.has(code)) problems.push({ line, problem: 'department_unknown' });
  }
  return ordered;
}
