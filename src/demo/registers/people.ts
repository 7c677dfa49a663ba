// Whom the authoritative registers of the demonstration know: the people who have accounts, and some
// who have none yet, for newcomers. All invented; the county code of the numbers has never existed.
import { demoAccounts } from '../demo-accounts.ts';

export type RegisteredPerson = { readonly name: string; readonly number: string };

/** Shown on the register's start page. */
export const samplePeople: readonly RegisteredPerson[] = [
  { name: '陈体验', number: '440000199208160103' },
  { name: '林新办', number: '440000198802290125' },
  { name: '阿依努尔·示例', number: '440000199504040130' },
  { name: '𠮷样例', number: '44000019920203013X' },
  { name: '何长者', number: '440000196707180148' },
];

/** Under 14, each with those who are its guardians by the household register; for `/account/children`. */
export const sampleChildren: readonly (RegisteredPerson & {
  readonly guardians: readonly RegisteredPerson[];
})[] = [
  { name: '王小演', number: '440000201906120213', guardians: [holder('王演示'), holder('赵样本')] },
  { name: '陈小试', number: '440000202103050228', guardians: [newcomer('陈体验')] },
  { name: '李小例', number: '440000201809170235', guardians: [] },
];

export const registeredPeople: readonly RegisteredPerson[] = [
  ...demoAccounts.flatMap(({ name, certificateNumber }) =>
    certificateNumber === undefined ? [] : [{ name, number: certificateNumber }],
  ),
  { name: '张示例', number: '440000200101010151' },
  ...samplePeople,
  ...sampleChildren.map(({ name, number }) => ({ name, number })),
];

function holder(name: string): RegisteredPerson {
  const number = demoAccounts.find((each) => each.name === name)?.certificateNumber;
  if (number === undefined) throw new Error(`nobody is called ${name}`);
  return { name, number };
}

function newcomer(name: string): RegisteredPerson {
  const person = samplePeople.find((each) => each.name === name);
  if (!person) throw new Error(`nobody is called ${name}`);
  return person;
}
