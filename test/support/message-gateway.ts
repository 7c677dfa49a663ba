// Stands in for the city's SMS gateway and mail server, and lets a test read what arrived.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import { buffer, json } from 'node:stream/consumers';
import PostalMime from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import { expect } from 'vitest';

export interface ReceivedMessage {
  to: string;
  text: string;
}

export interface MessageGateway {
  /** For `startCityNode`. */
  environment: Readonly<Record<string, string>>;
  received: readonly ReceivedMessage[];
  /** The newest one-time code that reached this number or address, once it is there. */
  codeFor(to: string, after?: number): Promise<string>;
  /** How many messages reached it that contain `text`. */
  countOf(to: string, text: string): number;
  stop(): Promise<void>;
}

export async function startMessageGateway(): Promise<MessageGateway> {
  const received: ReceivedMessage[] = [];
  const sms = createServer((request, response) => {
    void json(request).then((body) => {
      received.push(body as ReceivedMessage);
      response.writeHead(202).end();
    });
  });
  const smtp = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    onData: (stream, _session, done) => void receiveMail(stream, done),
  });
  async function receiveMail(stream: Readable, done: () => void): Promise<void> {
    const mail = await PostalMime.parse(await buffer(stream));
    received.push({ to: mail.to?.[0]?.address ?? '', text: mail.text ?? '' });
    done();
  }
  sms.listen(0, '127.0.0.1');
  smtp.listen(0, '127.0.0.1');
  await Promise.all([once(sms, 'listening'), once(smtp.server, 'listening')]);
  const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port;
  const reached = (to: string) => received.filter((message) => message.to === to);
  return {
    environment: {
      HUTONG_SMS_URL: `http://127.0.0.1:${portOf(sms)}/`,
      HUTONG_SMTP_URL: `smtp://127.0.0.1:${portOf(smtp.server)}`,
    },
    received,
    async codeFor(to, after = 0) {
      const codes = () =>
        reached(to).flatMap(({ text }) => /(?<!\d)\d{6}(?!\d)/u.exec(text)?.[0] ?? []);
      await expect.poll(() => codes().length, { timeout: 5000 }).toBeGreaterThan(after);
      return codes().at(-1) ?? '';
    },
    countOf: (to, text) => reached(to).filter((message) => message.text.includes(text)).length,
    async stop() {
      sms.close().closeAllConnections();
      await new Promise<void>((resolve) => smtp.close(() => resolve()));
    },
  };
}
