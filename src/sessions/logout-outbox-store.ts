// Logout notices on their way to clients. A row is the pair of client and `sid`, so a session that
// is ended from two sides notifies each client once.
import { z } from 'zod';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import { OutboxStore } from '../platform/outbox-store.ts';
import type { Backlog, DeliveryRecord, LeasedRow, Settlement } from '../platform/outbox-store.ts';
import type { LogoutNotice } from './session-ending.ts';

export const LOGOUT_OUTBOX = 'logoutOutbox';

const payloadSchema = z.strictObject({ accountId: z.string(), sid: z.string() });
export type LogoutPayload = z.infer<typeof payloadSchema>;

export class LogoutOutboxStore {
  readonly #keyring: Keyring;
  readonly #outbox: OutboxStore<LogoutPayload>;

  constructor(deps: { database: Database; keyring: Keyring; clock: Clock }) {
    this.#keyring = deps.keyring;
    this.#outbox = new OutboxStore(deps, { collection: LOGOUT_OUTBOX, payload: payloadSchema });
  }

  /** Part of the caller's transaction; wake the worker after its commit. */
  async enqueue(notices: readonly LogoutNotice[], session?: ClientSession): Promise<void> {
    const entries = notices.map(({ clientId, accountId, sid, reason, notBefore }) => ({
      id: this.#keyring.mac('artefactId', 'logout', `${clientId}\0${sid}`).toString('base64url'),
      lane: clientId,
      reason,
      payload: { accountId, sid },
      notBefore,
    }));
    await this.#outbox.enqueue(entries, session);
  }

  isAnyDue(excludedLanes: readonly string[]): Promise<boolean> {
    return this.#outbox.isAnyDue(excludedLanes);
  }

  lease(request: Parameters<OutboxStore<LogoutPayload>['lease']>[0]) {
    return this.#outbox.lease(request);
  }

  settle(row: LeasedRow<LogoutPayload>, settlement: Settlement): Promise<boolean> {
    return this.#outbox.settle(row, settlement);
  }

  backlog(): Promise<Backlog> {
    return this.#outbox.backlog();
  }

  /** Newest first; `lane` is the client id. */
  listDeliveries(filter: {
    clientId?: string | undefined;
    limit?: number;
  }): Promise<DeliveryRecord[]> {
    return this.#outbox.list({ lane: filter.clientId, limit: filter.limit ?? 100 });
  }
}
