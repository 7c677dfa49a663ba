// The SMTP side of the inbox: takes any mail from this machine and keeps it as a message.
import { Buffer } from 'node:buffer';
import PostalMime from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import type { SMTPServerDataStream, SMTPServerSession } from 'smtp-server';
import type { MessageStore } from './message-store.ts';

const sizeLimitBytes = 1_000_000;

export function createMailReceiver(store: MessageStore, log: (line: object) => void): SMTPServer {
  const server = new SMTPServer({
    banner: 'Hutong demonstration inbox',
    size: sizeLimitBytes,
    // Loopback and demonstration only: there is no certificate and nobody to authenticate.
    disabledCommands: ['AUTH', 'STARTTLS'],
    logger: false,
    onData: (stream, session, done) => {
      keepMail(store, stream, session).then(
        (result) => {
          if (result === 'kept') return done();
          done(Object.assign(new Error('message too large'), { responseCode: 552 }));
        },
        (error: unknown) => {
          log({ level: 'error', event: 'mail_not_kept', error: String(error) });
          done(Object.assign(new Error('try again later'), { responseCode: 451 }));
        },
      );
    },
  });
  server.on('error', (error) => log({ level: 'warn', event: 'smtp', error: error.message }));
  return server;
}

async function keepMail(
  store: MessageStore,
  stream: SMTPServerDataStream,
  session: SMTPServerSession,
): Promise<'kept' | 'too_large'> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= sizeLimitBytes) chunks.push(chunk);
  }
  if (size > sizeLimitBytes || stream.sizeExceeded) return 'too_large';
  const mail = await PostalMime.parse(Buffer.concat(chunks));
  await store.add({
    kind: 'mail',
    to: session.envelope.rcptTo.map((receiver) => receiver.address),
    from: mail.from?.address ?? '',
    subject: mail.subject ?? '',
    text: (mail.text ?? stripTags(mail.html ?? '')).trim(),
  });
  return 'kept';
}

/** Only for mail without a text part; what is shown is escaped anyway. */
function stripTags(html: string): string {
  return html
    .replaceAll(/<(style|script)\b.*?<\/\1>/gsu, '')
    .replaceAll(/<br\s*\/?>|<\/p>/gu, '\n')
    .replaceAll(/<[^>]*>/gu, '')
    .replaceAll('&nbsp;', ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}
