// Queues a message to a person: never sent inside the request that causes it, so that the answer
// takes the same time whether there is somebody to tell or not.
import type { Locale, TranslateValues } from '../platform/http/locale.ts';
import type { ClientSession } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import type { MessageTemplate } from './message.ts';
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
  const { to, template, values, language, notBefore } = notice;
  const channels = [
    { channel: 'sms' as const, address: to.phone },
    { channel: 'mail' as const, address: to.email },
  ];
  const entries = channels.flatMap(({ channel, address }) => {
    if (address === undefined) return [];
    const payload = { channel, to: address, template, values: { ...values }, language };
    return [{ id: deps.random.id(), lane: channel, reason: template, payload, notBefore }];
  });
  await deps.messages.enqueue(entries, session);
}
