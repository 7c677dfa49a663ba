// How people and departments look on the pages of a department's administrator.
import { maskPhone } from '../../accounts/masking.ts';
import type { Department } from '../department.ts';
import { accountAttributesOf, postsOf, staffIdOf } from '../staff-attributes.ts';
import type { StaffEntry } from '../staff-entry.ts';
import { peoplePath, personPath } from './department-paths.ts';
import type { DepartmentChoice, DepartmentNode, PersonRow } from './departments.views.ts';

export type OwnPart = ReadonlyMap<string, Department>;

export function ownPart(departments: readonly Department[]): OwnPart {
  return new Map(departments.map((department) => [department.id, department]));
}

/** Names from the top of the own part down. */
export function pathOf(part: OwnPart, { path }: Department): string {
  return path.flatMap((id) => part.get(id)?.name ?? []).join(' / ');
}

/** Nobody can be named to work in a department without a code. */
export function departmentChoices(part: OwnPart): DepartmentChoice[] {
  return [...part.values()]
    .flatMap((department) => {
      const { id, code } = department;
      return code === undefined ? [] : [{ id, code, path: pathOf(part, department) }];
    })
    .sort((one, other) => one.path.localeCompare(other.path, 'zh-CN'));
}

export function departmentTree(part: OwnPart, chosen: string): DepartmentNode[] {
  const below = new Map<string, Department[]>();
  const tops: Department[] = [];
  for (const department of part.values()) {
    const { parentId } = department;
    if (parentId === undefined || !part.has(parentId)) tops.push(department);
    else below.set(parentId, [...(below.get(parentId) ?? []), department]);
  }
  const node = ({ id, name, code }: Department): DepartmentNode => ({
    name,
    ...(code === undefined ? {} : { code }),
    href: peoplePath({ department: id }),
    isChosen: id === chosen,
    children: (below.get(id) ?? []).map((each) => node(each)),
  });
  return tops.map((each) => node(each));
}

export function presentPerson(entry: StaffEntry, part: OwnPart, isEnding = false): PersonRow {
  const { id, attributes, placement, isActive } = entry;
  const staffId = staffIdOf(attributes);
  const post = postsOf(attributes)[0]?.name;
  const department = part.get(placement.departmentId ?? '');
  return {
    id,
    href: personPath(id),
    name: nameOf(entry),
    userName: attributes.userName,
    ...(staffId === undefined ? {} : { staffId }),
    ...(post === undefined ? {} : { post }),
    department: department === undefined ? '' : pathOf(part, department),
    state: isActive ? 'active' : isEnding ? 'ending' : 'suspended',
  };
}

export function nameOf({ attributes }: StaffEntry): string {
  return accountAttributesOf(attributes).name ?? attributes.userName;
}

export function maskedPhoneOf({ attributes }: StaffEntry): string | undefined {
  const { phone } = accountAttributesOf(attributes);
  return phone === undefined ? undefined : maskPhone(phone);
}

/** By name, user name, staff number, post or the whole phone number. */
export function isFound({ attributes }: StaffEntry, search: string): boolean {
  const wanted = search.normalize('NFKC').toLowerCase();
  const { name = '', phone = '' } = accountAttributesOf(attributes);
  if (wanted.length >= 11 && phone.endsWith(wanted)) return true;
  const texts = [
    name,
    attributes.userName,
    staffIdOf(attributes) ?? '',
    postsOf(attributes)[0]?.name,
  ];
  return texts.some((text) => text?.normalize('NFKC').toLowerCase().includes(wanted) === true);
}
