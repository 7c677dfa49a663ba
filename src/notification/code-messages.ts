// Queues one-time codes: by the channel that was chosen, or nowhere, which takes as long.
import type { CodeMessage } from '../credentials/contact-code.ts';
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { Words } from '../platform/http/locale.ts';
import type { Random } from '../platform/random.ts';
import type { MessageOutbox } from './message-store.ts';

interface CodeMessagesDependencies {
  messages: MessageOutbox;
  random: Random;
  clock: Clock;
  words: Words;
}

export class CodeMessages {
  readonly #deps: CodeMessagesDependencies;

  constructor(deps: CodeMessagesDependencies) {
    this.#deps = deps;
  }

  async send(message: CodeMessage): Promise<void> {
    const { to, code, purpose, validSeconds, language } = message;
    const { words, random, clock, messages } = this.#deps;
    const channel = to?.channel ?? 'nowhere';
    const values = {
      ...message.values,
      code,
      minutes: Math.round(validSeconds / 60),
      purpose: words.translate(language, `message.one_time_code.purpose.${purpose}`),
      ...topicOf(purpose),
    };
    const notAfter = secondsFromNow(clock, validSeconds).getTime();
    const template = 'one_time_code';
    const address = to?.address ?? channel;
    const payload = { channel, to: address, template, values, language, notAfter } as const;
    await messages.enqueue([{ id: random.id(), lane: channel, reason: template, payload }]);
  }
}

/** Codes whose receiver may have no account have words of their own. */
const TOPICS: Partial<Record<CodeMessage['purpose'], string>> = {
  register: 'registration',
  recover: 'recovery',
  confirm_contact: 'contact',
  confirm_handler: 'mandate',
};

function topicOf(purpose: CodeMessage['purpose']): { topic?: string } {
  const topic = TOPICS[purpose];
  return topic === undefined ? {} : { topic };
}
