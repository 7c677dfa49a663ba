// Organisations of a test city that the register of legal entities knows as well.
import type { CityPerson } from './city-accounts.ts';
import { entityOf, named, personOf } from './entity-city.ts';
import type { Registers } from './registers.ts';

/** What happens to each of them in the register, and who represents it there. */
const registered = { cancelled: '赵样本', renamed: '林新办', led: '陈体验' } as const;
export type Registered = keyof typeof registered;

/** Their accounts, and `leading`, who represents the last one. */
export function registeredOrganisations(): CityPerson[] {
  const accounts = Object.entries(registered).map(([login, representative]) => {
    const { name, uscc } = entityOf(representative);
    return { login, kind: 'legalEntity' as const, name, fields: { uscc } };
  });
  return [...accounts, personOf('leading', registered.led)];
}

/** One is closed, one gets another representative; @returns what the third is called from now on */
export async function changeRegistered(registers: Registers) {
  const of = (which: Registered) => entityOf(registered[which]).uscc;
  const [name, uscc] = ['新办早餐与晚餐店（演示）', of('renamed')];
  await registers.changeEntity(of('cancelled'), { status: 'cancelled' });
  await registers.changeEntity(uscc, { name });
  await registers.changeEntity(of('led'), { representative: named('何长者') });
  return { name, uscc };
}
