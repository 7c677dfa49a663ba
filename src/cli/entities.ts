// `hutong entities …` on the stores of this database; the processes that run do the rest.
import { commandAccounts } from '../app/standing.ts';
import { BrakeStore } from '../legal-entities/changes/brake-store.ts';
import { ChangeFeedStore } from '../legal-entities/changes/change-feed-store.ts';
import { runEntitiesCommand } from '../legal-entities/entities.commands.ts';
import { EntityRecordStore } from '../legal-entities/entity-record-store.ts';
import type { Invocation } from './invocation.ts';

export function runEntities(args: readonly string[], invocation: Invocation): Promise<number> {
  return runEntitiesCommand(args, {
    ...invocation,
    accounts: commandAccounts(invocation).accounts,
    records: new EntityRecordStore(invocation),
    feed: new ChangeFeedStore(invocation),
    brake: new BrakeStore(invocation),
  });
}
