// Who has a network identity in the demonstration. Some are in no register of the city: then an account
// has no number at all.
import { createHash } from 'node:crypto';
import { registeredPeople, sampleChildren } from '../people.ts';

export type NetworkHolder = {
  readonly name: string;
  /** 网号: letters and digits, and nothing of the person. */
  readonly opaqueId: string;
  /** Known to the service alone. */
  readonly number: string;
  readonly isOver14: boolean;
  /** On the ladder of the city: 2 for who has only the identifier 网号, 3 with the credential 网证. */
  readonly level: 1 | 2 | 3 | 4;
};

/** Shown first: a newcomer has none of their numbers. */
const WITHOUT_OTHER_REGISTERS: readonly Omit<NetworkHolder, 'opaqueId'>[] = [
  { name: '白网证', number: '440000199310100191', isOver14: true, level: 3 },
  { name: '史网号', number: '440000198606060192', isOver14: true, level: 4 },
  { name: '未认证', number: '440000199911110193', isOver14: true, level: 1 },
  { name: '小网证', number: '440000201705050194', isOver14: false, level: 3 },
];

export const networkHolders: readonly NetworkHolder[] = [
  ...WITHOUT_OTHER_REGISTERS,
  ...registeredPeople.map(({ name, number }) => ({
    name,
    number,
    isOver14: !sampleChildren.some((child) => child.number === number),
    level: 3 as const,
  })),
].map((holder) => ({ ...holder, opaqueId: opaqueIdOf(holder.number) }));

function opaqueIdOf(number: string): string {
  return createHash('sha256').update(`network identity of ${number}`).digest('hex').slice(0, 32);
}
