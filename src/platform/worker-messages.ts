// What the process that holds the workers and a worker say to each other, over the channel that
// node gives them.

/** `retire`: another has taken the place; end without haste, nobody in front need notice. */
export type Order = 'retire' | 'stop' | 'insist';
export type Question = 'readiness' | 'metrics';

export type ToWorker =
  | { kind: 'order'; order: Order }
  | { kind: 'question'; id: number; question: Question };

export type FromWorker =
  | { kind: 'ready' }
  /** It will end now, without ever having been ready. */
  | { kind: 'failed'; reason: string }
  | { kind: 'answer'; id: number; value: unknown };

export function isMessage<T extends ToWorker | FromWorker>(message: unknown): message is T {
  return typeof message === 'object' && message !== null && 'kind' in message;
}
