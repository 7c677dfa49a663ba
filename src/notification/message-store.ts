// Messages on their way to people. Address, words and values are sealed; the lane is the channel.
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { Database } from '../platform/mongo.ts';
import { OutboxStore } from '../platform/outbox-store.ts';
import { messageSchema } from './message.ts';
import type { Message } from './message.ts';

export const MESSAGE_OUTBOX = 'messageOutbox';

/** Within a transaction the worker is to be woken after its commit; else it knows by itself. */
export type MessageOutbox = Pick<MessageStore, 'enqueue'>;

export class MessageStore extends OutboxStore<Message> {
  constructor(deps: { database: Database; keyring: Keyring; clock: Clock }) {
    super(deps, { collection: MESSAGE_OUTBOX, payload: messageSchema });
  }
}
