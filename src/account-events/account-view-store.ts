// How often a client's view of an account has changed: a number that rises by one with every event, so that
// the client can tell whether what it keeps is the newest, and whether it missed something.
import { batchesOf } from '../platform/batches.ts';
import type { Clock } from '../platform/clock.ts';
import { readById } from '../platform/grouped-reads-store.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';

export const ACCOUNT_VIEWS = 'accountViews';

interface ViewDocument {
  _id: string;
  accountId: string;
  clientId: string;
  /** Changes since the client first knew the account. */
  changes: number;
  changedAt: Date;
  /** Nothing follows: the account is no more. */
  isEnded: boolean;
  schemaVersion: 1;
}

export interface AccountView {
  version: number;
  changedAt: Date | undefined;
}

const FIRST_VERSION = 1;

export class AccountViewStore {
  readonly #deps: { database: Database; clock: Clock };

  constructor(deps: { database: Database; clock: Clock }) {
    this.#deps = deps;
  }

  async find(accountId: string, clientId: string): Promise<AccountView> {
    const { database } = this.#deps;
    const view = await readById<ViewDocument>(database, ACCOUNT_VIEWS, idOf(accountId, clientId));
    return { version: FIRST_VERSION + (view?.changes ?? 0), changedAt: view?.changedAt };
  }

  /**
   * One change more at each of these clients; those whose view has ended are left out.
   * @returns client → its version from now on
   */
  async raise(
    of: { accountId: string; clientIds: readonly string[]; isEnd: boolean },
    session: ClientSession,
  ): Promise<Map<string, number>> {
    const { accountId, clientIds, isEnd } = of;
    const raised = new Map<string, number>();
    const changedAt = this.#deps.clock.now();
    for (const some of batchesOf(clientIds)) {
      const known = await this.#known(accountId, some, session);
      const open = some.filter((clientId) => known.get(clientId)?.isEnded !== true);
      if (open.length === 0) continue;
      // Of two transactions that raise the same view one begins anew.
      const operations = open.map((clientId) => {
        const $set = { accountId, clientId, changedAt, isEnded: isEnd, schemaVersion: 1 as const };
        const filter = { _id: idOf(accountId, clientId) };
        return { updateOne: { filter, update: { $set, $inc: { changes: 1 } }, upsert: true } };
      });
      await this.#views.bulkWrite(operations, { session });
      for (const clientId of open) {
        raised.set(clientId, FIRST_VERSION + (known.get(clientId)?.changes ?? 0) + 1);
      }
    }
    return raised;
  }

  async erase(accountId: string, session: ClientSession): Promise<void> {
    await this.#views.deleteMany({ accountId }, { session });
  }

  async #known(accountId: string, clientIds: readonly string[], session: ClientSession) {
    const _id = { $in: clientIds.map((clientId) => idOf(accountId, clientId)) };
    const views = await this.#views.find({ _id }, { session }).toArray();
    return new Map(views.map((view) => [view.clientId, view]));
  }

  get #views() {
    return this.#deps.database.collection<ViewDocument>(ACCOUNT_VIEWS);
  }
}

function idOf(accountId: string, clientId: string): string {
  return `${accountId}:${clientId}`;
}
