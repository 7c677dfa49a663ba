// What the directory says of a member of staff, in the form and the names of RFC 7643, and what an
// account takes from it. Whoever writes it (SCIM, an import) has checked types and lengths.
import type { StaffAccountAttributes } from '../accounts/staff-account-store.ts';
import { loginNameProblem, normaliseLoginName } from '../accounts/login-name.ts';
import { parsePhone } from '../accounts/phone.ts';

export const ENTERPRISE_USER = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

interface Contact {
  value?: string;
  type?: string;
  primary?: boolean;
}

export interface StaffPost {
  name: string;
  /** Code of another department than the person's own. */
  department?: string | undefined;
}

/** Other attributes of the schema are kept as they came. */
export interface StaffAttributes {
  userName: string;
  externalId?: string;
  name?: { formatted?: string; familyName?: string; givenName?: string; middleName?: string };
  displayName?: string;
  title?: string;
  active?: boolean;
  emails?: Contact[];
  phoneNumbers?: Contact[];
  /** Posts 职务; `type` is the code of another department. */
  roles?: Contact[];
  [ENTERPRISE_USER]?: { employeeNumber?: string; [other: string]: unknown };
  [other: string]: unknown;
}

const MAX_NAME_LENGTH = 200;
const MAX_EMAIL_LENGTH = 254;
const NAME = /^[\p{L}\p{M}\p{N}\p{P}\p{Zs}\p{S}]+$/u;
const EMAIL = /^[^\s@<>(),;:"]+@[^\s@<>(),;:"]+\.[^\s@<>(),;:"]+$/u;
const HAN = /\p{Script=Han}/u;

/** One spelling for what people take as the same name. */
export function userNameKey(userName: string): string {
  return normaliseLoginName(userName);
}

/** The staff number 工号; undefined where the directory names none. */
export function staffIdOf(attributes: StaffAttributes): string | undefined {
  return attributes[ENTERPRISE_USER]?.employeeNumber?.trim() || undefined;
}

/** The main post first. */
export function postsOf({ title, roles = [] }: StaffAttributes): StaffPost[] {
  const main = roles.filter(({ primary }) => primary === true);
  const others = roles.filter(({ primary }) => primary !== true);
  const posts = [...main, ...others].flatMap(({ value, type }) =>
    value === undefined
      ? []
      : [{ name: value, ...(type === undefined ? {} : { department: type }) }],
  );
  return posts.length > 0 || title === undefined ? posts : [{ name: title }];
}

/** What the account of the person has of it; whatever an account could not hold is left out. */
export function accountAttributesOf(attributes: StaffAttributes): StaffAccountAttributes {
  const login = userNameKey(attributes.userName);
  return {
    login: loginNameProblem(login) === undefined ? login : undefined,
    name: nameOf(attributes),
    phone: mobileOf(attributes.phoneNumbers ?? []),
    email: emailOf(attributes.emails ?? []),
  };
}

function nameOf({ name, displayName }: StaffAttributes): string | undefined {
  const { familyName = '', middleName = '', givenName = '' } = name ?? {};
  const isHan = HAN.test(familyName + givenName);
  const parts = isHan ? [familyName, givenName] : [givenName, middleName, familyName];
  const joined = parts.filter(Boolean).join(isHan ? '' : ' ');
  const found = [name?.formatted, joined, displayName]
    .map((text) => text?.normalize('NFC').trim())
    .find(Boolean);
  const isUsable = found !== undefined && found.length <= MAX_NAME_LENGTH && NAME.test(found);
  return isUsable ? found : undefined;
}

/** The mobile number, or the only one there is: a shared telephone on a desk receives no codes. */
function mobileOf(numbers: readonly Contact[]): string | undefined {
  const mobile = numbers.filter(({ type }) => type?.toLowerCase() === 'mobile');
  const untyped = numbers.filter(({ type }) => type === undefined);
  const chosen = preferred(mobile) ?? (numbers.length === 1 ? untyped[0] : undefined);
  const parsed = parsePhone(chosen?.value?.replace(/^tel:/iu, '') ?? '');
  return parsed.ok ? parsed.e164 : undefined;
}

function emailOf(emails: readonly Contact[]): string | undefined {
  const work = emails.filter(({ type }) => type?.toLowerCase() === 'work');
  const value = (preferred(emails, true) ?? preferred(work) ?? emails[0])?.value?.trim() ?? '';
  return value.length <= MAX_EMAIL_LENGTH && EMAIL.test(value) ? value : undefined;
}

function preferred(contacts: readonly Contact[], isStrict = false): Contact | undefined {
  const primary = contacts.find((contact) => contact.primary === true);
  return primary ?? (isStrict ? undefined : contacts[0]);
}
