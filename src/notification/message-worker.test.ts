import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import PostalMime from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { testDatabase } from '../../test/support/database.ts';
import { openTestStorage } from '../../test/support/storage.ts';
import type { TestStorage } from '../../test/support/storage.ts';
import { BudgetStore } from '../credentials/budget-store.ts';
import { loadSms } from '../platform/sms-config.ts';
import { loadWords } from '../platform/http/locale.ts';
import { createLogger } from '../platform/logger.ts';
import { everyAddress } from '../platform/outbound-rules.ts';
import { createOutbound } from '../platform/outbound.ts';
import type { OutboxWorker } from '../platform/outbox-worker.ts';
import { CodeMessages } from './code-messages.ts';
import type { Message } from './message.ts';
import { MESSAGE_OUTBOX, MessageStore } from './message-store.ts';
import { createMessageWorker } from './message-worker.ts';
import { notificationMigrations } from './notification.migrations.ts';
import { notify } from './notify.ts';
import { SmsSender } from './sms-sender.ts';

const { uri } = testDatabase();
const words = loadWords('locales');
const logger = createLogger({ level: 'silent', service: 'test' });
const outbound = createOutbound({ allow: everyAddress, timeoutMs: 1000 });
const values = {
  time: '2026年11月22日 14:05',
  device: 'Firefox',
  address: '192.0.2.1',
  not_me: 'L1nk',
};
const to = { phone: '+8613800138000', email: 'citizen@example.com' };

const metrics = { observe: () => undefined };
let offsetMs = 0;
const clock = { now: () => new Date(Date.now() + offsetMs) };
let storage: TestStorage;
let store: MessageStore;
let worker: OutboxWorker<Message> | undefined;
let mails: { subject: string; text: string; to: string }[] = [];
let texts: { to: string; text: string; id: string; key: string }[] = [];
let smtpRefusal: number | undefined;
let smsStatus = 200;

const smtp = new SMTPServer({
  disabledCommands: ['AUTH', 'STARTTLS'],
  onRcptTo: (_address, _session, done) => {
    if (smtpRefusal === undefined) done();
    else done(Object.assign(new Error('refused'), { responseCode: smtpRefusal }));
  },
  onData: (stream, _session, done) => void receiveMail(stream, done),
});

async function receiveMail(stream: Readable, done: () => void): Promise<void> {
  const mail = await PostalMime.parse(await buffer(stream));
  const subject = mail.subject ?? '';
  mails.push({ subject, text: mail.text ?? '', to: mail.to?.[0]?.address ?? '' });
  done();
}

const gateway = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const key = request.headers.authorization ?? '';
    texts.push({ ...JSON.parse(Buffer.concat(chunks).toString()), key });
    response.writeHead(smsStatus).end();
  });
});
let smtpUrl = '';
let smsUrl = '';

beforeAll(async () => {
  storage = await openTestStorage(uri, notificationMigrations, clock);
  store = new MessageStore(storage);
  await new Promise<void>((resolve) => void smtp.listen(0, '127.0.0.1', resolve));
  await new Promise<void>((resolve) => void gateway.listen(0, '127.0.0.1', resolve));
  smtpUrl = `smtp://127.0.0.1:${(smtp.server.address() as AddressInfo).port}`;
  smsUrl = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}/sms`;
});

beforeEach(async () => {
  offsetMs = 0;
  mails = [];
  texts = [];
  smtpRefusal = undefined;
  smsStatus = 200;
  await storage.database.collection(MESSAGE_OUTBOX).deleteMany({});
});

afterEach(() => worker?.stop());

afterAll(async () => {
  await new Promise<void>((resolve) => smtp.close(resolve));
  gateway.close().closeAllConnections();
  await outbound.close();
  await storage.database.close();
});

function startWorker(options: { hasGateways?: boolean } = {}) {
  const hasGateways = options.hasGateways ?? true;
  worker = createMessageWorker({
    ...storage,
    store,
    words,
    logger,
    mail: { smtpUrl: hasGateways ? smtpUrl : undefined, from: '统一身份认证 <id@city.test>' },
    sms: new SmsSender(
      { words, clock, metrics, outbound, budgets: new BudgetStore(storage) },
      loadSms(hasGateways ? { HUTONG_SMS_URL: smsUrl, HUTONG_SMS_KEY: 'gateway-key' } : {}, []),
    ),
    pollMs: 50,
  });
  worker.start();
}

function enqueue(more: Partial<Parameters<typeof notify>[1]> = {}) {
  const notice = { to, template: 'new_device' as const, values, language: 'zh-CN' as const };
  return notify({ messages: store, random: storage.random }, { ...notice, ...more });
}

const code = {
  code: '246810',
  purpose: 'enrol_second_factor',
  validSeconds: 300,
  language: 'zh-CN',
} as const;

const codeMessages = () => new CodeMessages({ ...storage, messages: store, words });

describe('a message', () => {
  it('goes to each contact with who sends it, why, and what to do', async () => {
    startWorker();
    await enqueue();
    await expect.poll(() => [mails.length, texts.length]).toEqual([1, 1]);
    expect(mails[0]).toMatchObject({ to: to.email, subject: '您的账户在新设备上登录' });
    expect(mails[0]?.text).toContain('Firefox');
    expect(mails[0]?.text).toContain('如果不是您本人');
    expect(texts[0]).toMatchObject({ to: to.phone, key: 'Bearer gateway-key' });
    expect(texts[0]?.text).toMatch(/^【统一身份认证】.*Firefox/u);
    expect(texts[0]?.id).toMatch(/^[\w-]{22}$/u);
  });

  it('is stored without a readable address or word', async () => {
    await enqueue();
    const rows = await storage.database.collection(MESSAGE_OUTBOX).find().toArray();
    const stored = JSON.stringify(rows) + rows.map((row) => String(row['sealed'])).join();
    expect(rows).toHaveLength(2);
    for (const secret of [to.email, to.phone, 'Firefox']) expect(stored).not.toContain(secret);
  });

  it('is not written when the transaction of its cause fails', async () => {
    const work = storage.database.transaction(async (session) => {
      const notice = { to, template: 'totp_removed' as const, values, language: 'en' as const };
      await notify({ messages: store, random: storage.random }, notice, session);
      throw new Error('not removed');
    });
    await expect(work).rejects.toThrow('not removed');
    expect(await store.list({ limit: 10 })).toEqual([]);
  });

  it('is tried again when the gateway is not well, under the same id', async () => {
    smsStatus = 503;
    startWorker();
    await enqueue({ to: { phone: to.phone } });
    await expect.poll(() => store.list({ limit: 1 })).toMatchObject([{ lastResult: 'http_503' }]);
    smsStatus = 200;
    offsetMs = 60_000;
    await expect.poll(() => store.list({ limit: 1 })).toMatchObject([{ state: 'delivered' }]);
    expect(new Set(texts.map(({ id }) => id)).size).toBe(1);
  });

  it('that is handed to a worker goes out without being looked for, and once', async () => {
    startWorker();
    const submit = async (entries: Parameters<typeof store.enqueue>[0]) =>
      worker?.submit(entries, store);
    const messages = { enqueue: submit };
    const notice = { template: 'new_device' as const, values, language: 'zh-CN' as const };
    await Promise.all(
      Array.from({ length: 30 }, () =>
        notify({ messages, random: storage.random }, { ...notice, to: { phone: to.phone } }),
      ),
    );
    const states = async () => (await store.list({ limit: 40 })).map(({ state }) => state);
    await expect.poll(states).toEqual(Array.from({ length: 30 }, () => 'delivered'));
    expect(new Set(texts.map(({ id }) => id)).size).toBe(30);
    expect(texts).toHaveLength(30);
  });

  it('that was handed to a worker which died is delivered by the next one', async () => {
    const entry = {
      id: storage.random.id(),
      lane: 'sms',
      reason: 'new_device',
      payload: { channel: 'sms', to: to.phone, template: 'new_device', values, language: 'en' },
    } as const;
    const held = await store.enqueueLeased(entry, { holder: 'killed', leaseMs: 30_000 });
    expect(held).toMatchObject({ id: entry.id, attempt: 1, payload: entry.payload });
    expect(await store.enqueueLeased(entry, { holder: 'other', leaseMs: 30_000 })).toBeUndefined();
    offsetMs = 31_000;
    startWorker();
    await expect.poll(() => store.list({ limit: 1 })).toMatchObject([{ state: 'delivered' }]);
    expect(texts.map(({ id }) => id)).toEqual([entry.id]);
  });

  it('is given up when the receiver is refused for good', async () => {
    smsStatus = 400;
    smtpRefusal = 550;
    startWorker();
    await enqueue();
    await expect
      .poll(async () =>
        (await store.list({ limit: 2 })).map(({ state, lastResult }) => [state, lastResult]),
      )
      .toEqual(
        expect.arrayContaining([
          ['failed', 'http_400'],
          ['failed', 'smtp_550'],
        ]),
      );
  });

  it('with a code says what it is for and goes by the chosen way only', async () => {
    startWorker();
    await codeMessages().send({ ...code, to: { channel: 'sms', address: to.phone } });
    await expect.poll(() => texts.length).toBe(1);
    expect(texts[0]?.text).toMatch(/^【统一身份认证】.*设置第二种确认方式.*246810.*5分钟/u);
    expect(texts[0]?.text).toContain('请勿告诉任何人');
    await codeMessages().send({ ...code, to: { channel: 'mail', address: to.email } });
    await expect.poll(() => mails.length).toBe(1);
    expect(mails[0]?.text).toContain('246810');
    expect(texts).toHaveLength(1);
  });

  it('with a code is not sent once the code has ended', async () => {
    await codeMessages().send({ ...code, to: { channel: 'sms', address: to.phone } });
    offsetMs = 300_000;
    startWorker();
    await expect
      .poll(() => store.list({ limit: 1 }))
      .toMatchObject([{ state: 'failed', lastResult: 'too_late' }]);
    expect(texts).toEqual([]);
  });

  it('with a code for nobody is queued and leaves no trace', async () => {
    await codeMessages().send({ ...code, to: undefined });
    expect(await store.list({ limit: 1 })).toHaveLength(1);
    startWorker();
    await expect.poll(() => store.list({ limit: 1 })).toEqual([]);
    expect([...mails, ...texts]).toEqual([]);
  });

  it('is dropped where no gateway is configured', async () => {
    startWorker({ hasGateways: false });
    await enqueue();
    await expect.poll(() => store.list({ limit: 1 })).toEqual([]);
    expect([...mails, ...texts]).toEqual([]);
  });
});
