// Sends queued messages: mail over SMTP, short messages over the gateway's HTTP interface. The row
// id goes along, so that a gateway can drop what it gets twice.
import { createTransport } from 'nodemailer';
import type { Clock } from '../platform/clock.ts';
import type { Words } from '../platform/http/locale.ts';
import type { Logger } from '../platform/logger.ts';
import { describeOutboundFailure } from '../platform/outbound-failure.ts';
import type { LeasedRow } from '../platform/outbox-store.ts';
import { OutboxWorker } from '../platform/outbox-worker.ts';
import type { DeliveryResult } from '../platform/outbox-worker.ts';
import type { Random } from '../platform/random.ts';
import { renderMail } from './message.ts';
import type { Message } from './message.ts';
import type { SmsSender } from './sms-sender.ts';
import type { MessageStore } from './message-store.ts';

interface MessageWorkerDependencies {
  store: Pick<MessageStore, 'isAnyDue' | 'lease' | 'settle'>;
  words: Words;
  mail: { smtpUrl: string | undefined; from: string };
  sms: Pick<SmsSender, 'send'>;
  clock: Clock;
  random: Random;
  logger: Logger;
  pollMs?: number;
}

type Send = (row: LeasedRow<Message>) => Promise<DeliveryResult>;

/** More than fit into the day after which a message is given up. */
const MOST_ATTEMPTS = 150;
const SMTP_TIMEOUT_MS = 8000;
const NOBODY: DeliveryResult = { outcome: 'dropped', result: 'nobody' };
const TOO_LATE: DeliveryResult = { outcome: 'failed', result: 'too_late' };
const NOT_CONFIGURED: DeliveryResult = { outcome: 'dropped', result: 'not_configured' };

export function createMessageWorker(deps: MessageWorkerDependencies): OutboxWorker<Message> {
  const { words, mail, sms, ...options } = deps;
  const send: Record<Message['channel'], Send> = {
    mail: mailSender(words, mail),
    sms: (row) => sms.send(row),
    nowhere: async () => NOBODY,
  };
  return new OutboxWorker<Message>({
    name: 'messages',
    ...options,
    concurrency: 16,
    laneConcurrency: 8,
    leaseMs: 30_000,
    maxAttempts: MOST_ATTEMPTS,
    deliver: async (row) => {
      const { channel, notAfter = Number.POSITIVE_INFINITY } = row.payload;
      return deps.clock.now().getTime() < notAfter ? send[channel](row) : TOO_LATE;
    },
  });
}

function mailSender(words: Words, { smtpUrl, from }: MessageWorkerDependencies['mail']): Send {
  if (smtpUrl === undefined) return async () => NOT_CONFIGURED;
  const transport = createTransport({
    url: smtpUrl,
    connectionTimeout: SMTP_TIMEOUT_MS,
    greetingTimeout: SMTP_TIMEOUT_MS,
    socketTimeout: SMTP_TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return async ({ id, payload }) => {
    try {
      const { subject, text } = renderMail(words, payload);
      const messageId = `<${id}@hutong.invalid>`;
      await transport.sendMail({
        from,
        to: { name: '', address: payload.to },
        subject,
        text,
        messageId,
      });
      return { outcome: 'delivered', result: 'accepted' };
    } catch (error) {
      return judgeSmtpFailure(error);
    }
  };
}

/** RFC 5321, 4.2.1: 5yz is final, 4yz and a lost connection are not. */
function judgeSmtpFailure(error: unknown): DeliveryResult {
  if (!(error instanceof Error) || !('code' in error)) throw error;
  const status = 'responseCode' in error ? Number(error.responseCode) : Number.NaN;
  if (status >= 500) return { outcome: 'failed', result: `smtp_${status}` };
  if (status >= 400) return { outcome: 'retry', result: `smtp_${status}` };
  return { outcome: 'retry', result: describeOutboundFailure(error) ?? 'connection_failed' };
}
