// The SMTP side of the inbox: takes any mail from this machine and keeps it as a message.
import { Buffer } from 'node:buffer';
import PostalMime from 'postal-mime';
import type { Email } from 'postal-mime';
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
      const answer = async () => done(await keepMail({ store, log }, stream, session));
      void answer();
    },
  });
  server.on('error', (error) => log({ level: 'warn', event: 'smtp', error: error.message }));
  return server;
}

type Receiver = { readonly store: MessageStore; readonly log: (line: object) => void };

/** `undefined` says yes to the sender; an error carries the SMTP reply code. */
async function keepMail(
  { store, log }: Receiver,
  stream: SMTPServerDataStream,
  session: SMTPServerSession,
): Promise<Error | undefined> {
  try {
    const mail = await readMail(stream);
    if (!mail) return refusal(552, 'message too large');
    await store.add({
      kind: 'mail',
      to: session.envelope.rcptTo.map((receiver) => receiver.address),
      from: mail.from?.address ?? '',
      subject: mail.subject ?? '',
      text: (mail.text ?? stripTags(mail.html ?? '')).trim(),
    });
    return undefined;
  } catch (error) {
    log({ level: 'error', event: 'mail_not_kept', error: String(error) });
    return refusal(451, 'try again later');
  }
}

async function readMail(stream: SMTPServerDataStream): Promise<Email | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= sizeLimitBytes) chunks.push(chunk);
  }
  if (size > sizeLimitBytes || stream.sizeExceeded) return undefined;
  return PostalMime.parse(Buffer.concat(chunks));
}

function refusal(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
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
