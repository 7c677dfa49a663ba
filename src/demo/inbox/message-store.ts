// The messages of the demonstration, newest first. They survive a restart as lines of JSON in the
// data folder; only the newest are kept.
import { randomUUID } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { z } from 'zod';
import { writeWhole } from '../data-folder.ts';

const messageSchema = z.object({
  id: z.string(),
  kind: z.enum(['sms', 'mail']),
  to: z.array(z.string()),
  from: z.string().optional(),
  subject: z.string().optional(),
  text: z.string(),
  receivedAt: z.iso.datetime(),
});

export type Message = z.infer<typeof messageSchema>;
export type NewMessage = Omit<Message, 'id' | 'receivedAt'> & { readonly id?: string };

export class MessageStore {
  readonly limit: number;
  readonly #file: string;
  readonly #newestLast: Message[];
  readonly #ids: Set<string>;
  #handle: FileHandle;
  #linesInFile: number;
  #writing: Promise<void> = Promise.resolve();

  private constructor(opened: {
    file: string;
    handle: FileHandle;
    messages: Message[];
    limit: number;
  }) {
    this.limit = opened.limit;
    this.#file = opened.file;
    this.#handle = opened.handle;
    this.#newestLast = opened.messages;
    this.#linesInFile = opened.messages.length;
    this.#ids = new Set(opened.messages.map((message) => message.id));
  }

  static async open(file: string, limit = 500): Promise<MessageStore> {
    const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n').filter(Boolean);
    const messages = lines.flatMap(parseLine).slice(-limit);
    // Rewritten at each start: drops what is beyond the limit, and a line cut off by a sudden end.
    await writeWhole(file, messages.map(toLine).join(''));
    return new MessageStore({ file, handle: await open(file, 'a', 0o600), messages, limit });
  }

  /** Keeps a message; one whose id is known already is not kept a second time. */
  async add(message: NewMessage): Promise<Message | 'known'> {
    const id = message.id ?? randomUUID();
    if (this.#ids.has(id)) return 'known';
    const kept: Message = { ...message, id, receivedAt: new Date().toISOString() };
    this.#ids.add(id);
    this.#newestLast.push(kept);
    const dropped = this.#newestLast.splice(0, this.#newestLast.length - this.limit);
    for (const old of dropped) this.#ids.delete(old.id);
    await this.#write(kept);
    return kept;
  }

  /** Newest first; `to` narrows it to one receiver, compared without spaces and case. */
  list(filter: { to?: string | undefined } = {}): Message[] {
    const wanted = filter.to === undefined ? undefined : normalize(filter.to);
    return this.#newestLast
      .filter(
        (message) => wanted === undefined || message.to.some((to) => normalize(to) === wanted),
      )
      .toReversed();
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#handle.close();
  }

  async #write(message: Message): Promise<void> {
    this.#writing = this.#writing
      .catch(() => undefined)
      .then(() => (this.#linesInFile >= this.limit * 2 ? this.#compact() : this.#append(message)));
    await this.#writing;
  }

  async #append(message: Message): Promise<void> {
    await this.#handle.appendFile(toLine(message));
    this.#linesInFile += 1;
  }

  async #compact(): Promise<void> {
    await this.#handle.close();
    await writeWhole(this.#file, this.#newestLast.map(toLine).join(''));
    this.#handle = await open(this.#file, 'a', 0o600);
    this.#linesInFile = this.#newestLast.length;
  }
}

function toLine(message: Message): string {
  return `${JSON.stringify(message)}\n`;
}

function parseLine(line: string): Message[] {
  try {
    return [messageSchema.parse(JSON.parse(line))];
  } catch {
    return [];
  }
}

/** A mainland number may come with or without its country code. */
function normalize(receiver: string): string {
  return receiver
    .replaceAll(/[\s-]/gu, '')
    .toLowerCase()
    .replace(/^\+?86(?=1\d{10}$)/u, '');
}
