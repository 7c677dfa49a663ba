// Background work: organisations that came by import, or are verified anew, are asked about like those
// that were registered. All verified accounts of organisations are looked at in turn.
import type { EntityAccountList } from '../accounts/entity-account-list-store.ts';
import type { Logger } from '../platform/logger.ts';
import type { Random } from '../platform/random.ts';
import { repeatedWork } from '../platform/repeat.ts';
import type { EntityRecordStore } from './entity-record-store.ts';
import type { EntityRegister } from './entity-register.ts';

export interface AdoptDependencies {
  register: Pick<EntityRegister, 'config'>;
  entities: EntityAccountList;
  records: Pick<EntityRecordStore, 'adopt'>;
  random: Random;
  logger: Logger;
}

const EVERY_MS = 60_000;
const BATCH = 500;
const DAY_SECONDS = 86_400;

export function adoptWork(deps: AdoptDependencies) {
  let last = '';
  const round = async () => {
    last = await adoptEntities(deps, last);
  };
  return repeatedWork(round, { name: 'entity adoption', everyMs: EVERY_MS, logger: deps.logger });
}

/**
 * Looks at those that come after this id.
 * @returns after which the next round goes on; empty when it begins anew
 */
export async function adoptEntities(
  { register, entities, records, random }: AdoptDependencies,
  after: string,
): Promise<string> {
  const page = await entities.after(after, BATCH);
  // Spread over the days between two looks: they came all at once.
  const within = register.config.recheckDays * DAY_SECONDS;
  for (const id of page) await records.adopt(id, Number(random.digits(9)) % within);
  return page.length < BATCH ? '' : (page.at(-1) ?? '');
}
