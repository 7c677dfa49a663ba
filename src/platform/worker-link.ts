// A worker's end of the channel to the process that holds it.
import { isMessage } from './worker-messages.ts';
import type { FromWorker, Order, Question, ToWorker } from './worker-messages.ts';

export interface WorkerLink {
  /** Counts from 1; the one that takes its place has the same. */
  readonly number: number;
  ready(): void;
  /** Resolves when the reason is on its way. */
  failed(reason: string): Promise<void>;
  listen(handlers: WorkerHandlers): void;
}

export interface WorkerHandlers {
  onOrder: (order: Order) => void;
  answer: (question: Question) => Promise<unknown>;
}

export function openWorkerLink(number: number, channel: NodeJS.Process): WorkerLink {
  const send = (message: FromWorker) =>
    new Promise<void>((resolve) => {
      // The holder may be gone; node ends a worker then by itself.
      if (!channel.connected) resolve();
      else channel.send?.(message, undefined, undefined, () => resolve());
    });
  return {
    number,
    ready: () => void send({ kind: 'ready' }),
    failed: (reason) => send({ kind: 'failed', reason }),
    listen({ onOrder, answer }) {
      channel.on('message', (message) => {
        if (!isMessage<ToWorker>(message)) return;
        if (message.kind === 'order') onOrder(message.order);
        else {
          // Without an answer the question is given up on after a while.
          answer(message.question).then(
            (value) => void send({ kind: 'answer', id: message.id, value }),
            () => undefined,
          );
        }
      });
    },
  };
}
