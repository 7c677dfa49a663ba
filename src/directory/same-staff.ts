// Whether two records speak of the same person, and whether they say the same.
import { accountAttributesOf, staffIdOf, userNameKey } from './staff-attributes.ts';
import type { StaffAttributes } from './staff-attributes.ts';
import type { StaffEntry } from './staff-entry.ts';

/** By the staff number; by the user name only where neither entry has a number. */
export function isSamePerson(former: StaffAttributes, attributes: StaffAttributes): boolean {
  const [one, other] = [staffIdOf(former), staffIdOf(attributes)];
  const hasSameName = userNameKey(former.userName) === userNameKey(attributes.userName);
  if (one === undefined && other === undefined) return hasSameName;
  const names = [former, attributes].map((each) => accountAttributesOf(each).name);
  return one === other && (hasSameName || names[0] === names[1]);
}

export function isSame(
  { attributes, placement }: StaffEntry,
  to: Pick<StaffEntry, 'attributes' | 'placement'>,
): boolean {
  return canonical([attributes, placement]) === canonical([to.attributes, to.placement]);
}

/** Whether two say the same of a person. */
export function sameContent(one: StaffAttributes, other: StaffAttributes): boolean {
  return canonical(one) === canonical(other);
}

/** Without the order of members. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}
