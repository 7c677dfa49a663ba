// Queues a message to a person: never sent inside the request that causes it, so that the answer
// takes the same time whether there is somebody to tell or not.
import type { Locale, TranslateValues } from '../platform/http/locale.ts';
import type { ClientSession } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import type { OutboxEntry } from '../platform/outbox-store.ts';
import type { Message, MessageTemplate } from './message.ts';
import type { MessageOutbox } from './message-store.ts';

export interface Notice {
  /** Confirmed contacts; each one that is given gets the message. */
  to: { phone?: string | undefined; email?: string | undefined };
  template: MessageTemplate;
  values: TranslateValues;
  language: Locale;
  /** It is not sent before. */
  notBefore?: Date | undefined;
}

interface NotifyDependencies {
  messages: MessageOutbox;
  random: Random;
}

/** Part of the caller's transaction when `session` is given; wake the worker after its commit. */
export async function notify(
  deps: NotifyDependencies,
  notice: Notice,
  session?: ClientSession,
): Promise<void> {
  await deps.messages.enqueue(messagesOf(deps, notice), session);
}

/** One for each contact. */
export function messagesOf(
  { random }: Pick<NotifyDependencies, 'random'>,
  { to, template, values, language, notBefore }: Notice,
): OutboxEntry<Message>[] {
  const channels = [
    { channel: 'sms' as const, address: to.phone },
    { channel: 'mail' as const, address: to.email },
  ];
  return channels.flatMap(({ channel, address }) => {
    if (address === undefined) return [];
    const payload = { channel, to: address, template, values: { ...values }, language };
    return [{ id: random.id(), lane: channel, reason: template, payload, notBefore }];
  });
}
