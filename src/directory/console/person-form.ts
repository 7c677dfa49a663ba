// The form of a member of staff: what was typed becomes attributes of the directory; what the form does
// not speak of stays.
import { z } from 'zod';
import { loginNameProblem } from '../../accounts/login-name.ts';
import { parsePhone } from '../../accounts/phone.ts';
import type { FieldError } from '../../platform/http/view-locals.ts';
import {
  ENTERPRISE_USER,
  accountAttributesOf,
  postsOf,
  staffIdOf,
  userNameKey,
} from '../staff-attributes.ts';
import type { StaffAttributes } from '../staff-attributes.ts';
import type { DepartmentChoice, TypedPerson } from './departments.views.ts';

const MAX_LENGTH = 254;
const MAX_NAME_LENGTH = 100;
const NAME = /^[\p{L}\p{M}\p{N}\p{P}\p{Zs}\p{S}]+$/u;
const EMAIL = /^[^\s@<>(),;:"]+@[^\s@<>(),;:"]+\.[^\s@<>(),;:"]+$/u;

const text = z.string().max(1000).default('');
export const personBody = z.object({
  user_name: text,
  name: text,
  staff_id: text,
  post: text,
  department: text,
  phone: text,
  email: text,
});

export function typedOf(body: z.output<typeof personBody>): TypedPerson {
  const { user_name: userName, name, staff_id: staffId, post, department, phone, email } = body;
  const trim = (value: string) => value.normalize('NFC').trim();
  return {
    userName: trim(userName),
    name: trim(name),
    staffId: trim(staffId),
    post: trim(post),
    department,
    phone: trim(phone),
    email: trim(email),
  };
}

/** What the form shows of an entry. */
export function typedFrom(attributes: StaffAttributes, departmentId: string): TypedPerson {
  const { name = '', phone = '', email = '' } = accountAttributesOf(attributes);
  return {
    userName: attributes.userName,
    name,
    staffId: staffIdOf(attributes) ?? '',
    post: postsOf(attributes)[0]?.name ?? '',
    department: departmentId,
    phone,
    email,
  };
}

/** Words: `departments.problem.<problem>`. */
export function personProblems(
  typed: TypedPerson,
  { departments, isNew }: { departments: readonly DepartmentChoice[]; isNew: boolean },
): FieldError[] {
  const { userName, name, phone, email, staffId, post, department } = typed;
  const found: [string, string | undefined][] = [
    ['user_name', isNew ? userNameProblem(userName) : undefined],
    ['name', nameProblem(name)],
    ['department', departments.some(({ id }) => id === department) ? undefined : 'department'],
    ['staff_id', staffId.length > MAX_LENGTH ? 'too_long' : undefined],
    ['post', post.length > MAX_LENGTH ? 'too_long' : undefined],
    ['phone', phone === '' || parsePhone(phone).ok ? undefined : 'phone'],
    [
      'email',
      email === '' || (email.length <= MAX_LENGTH && EMAIL.test(email)) ? undefined : 'email',
    ],
  ];
  // No message would reach the person, and no second factor could be set up.
  if (isNew && phone === '' && email === '') found.push(['phone', 'contact_missing']);
  return found.flatMap(([field, problem]) =>
    problem === undefined ? [] : [{ field, key: `departments.problem.${problem}` }],
  );
}

function userNameProblem(userName: string): string | undefined {
  if (userName === '') return 'user_name_missing';
  return loginNameProblem(userNameKey(userName)) === undefined ? undefined : 'user_name';
}

function nameProblem(name: string): string | undefined {
  if (name === '') return 'name_missing';
  return name.length > MAX_NAME_LENGTH || !NAME.test(name) ? 'name' : undefined;
}

/** Only what is another than before is written; the rest stays as the directory said it. */
export function attributesFrom(
  typed: TypedPerson,
  former: StaffAttributes = { userName: typed.userName, active: true },
): StaffAttributes {
  const before = typedFrom(former, typed.department);
  const to: StaffAttributes = { ...former };
  if (typed.name !== before.name) to.name = { formatted: typed.name };
  if (typed.phone !== before.phone) setContact(to, 'phoneNumbers', phoneOf(typed.phone));
  if (typed.email !== before.email) setContact(to, 'emails', typed.email);
  if (typed.post !== before.post) setPost(to, typed.post);
  if (typed.staffId !== before.staffId) {
    const { employeeNumber: _former, ...enterprise } = former[ENTERPRISE_USER] ?? {};
    const number = typed.staffId === '' ? {} : { employeeNumber: typed.staffId };
    to[ENTERPRISE_USER] = { ...enterprise, ...number };
  }
  return to;
}

function phoneOf(phone: string): string {
  const parsed = parsePhone(phone);
  return parsed.ok ? parsed.e164 : '';
}

/** In place of all of that kind that a code could go to: nothing else may receive one. */
function setContact(to: StaffAttributes, name: 'phoneNumbers' | 'emails', value: string): void {
  const type = name === 'emails' ? 'work' : 'mobile';
  const others =
    name === 'emails'
      ? []
      : (to[name] ?? []).filter((each) => each.type !== undefined && each.type !== type);
  const contacts = value === '' ? others : [{ value, type, primary: true }, ...others];
  if (contacts.length > 0) to[name] = contacts;
  else delete to[name];
}

/** The main post; those in other departments stay. */
function setPost(to: StaffAttributes, post: string): void {
  if (post === '') delete to.title;
  else to.title = post;
  const { roles } = to;
  if (!roles?.length) return;
  const at = Math.max(
    roles.findIndex(({ primary }) => primary === true),
    0,
  );
  const others = roles.filter((_role, index) => index !== at);
  const { type, ...main } = roles[at] ?? {};
  to.roles = post === '' ? others : [{ ...main, value: post, primary: true }, ...others];
  if (to.roles.length === 0) delete to.roles;
}
