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

export const registeredPeople: readonly RegisteredPerson[] = [
  ...demoAccounts.flatMap(({ name, certificateNumber }) =>
    certificateNumber === undefined ? [] : [{ name, number: certificateNumber }],
  ),
  { name: '张示例', number: '440000200101010151' },
  ...samplePeople,
];
