// The message inbox over real SMTP and HTTP: what it refuses, what it keeps, what survives.
import { mkdtemp, readFile, rm, stat, writeFile, appendFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createInbox } from './inbox.ts';
import { createMailReceiver } from './mail-receiver.ts';
import { MessageStore } from './message-store.ts';

const key = 'the key of this gateway';
let folder: string;
let store: MessageStore;
let server: Server;
let url: string;
let mail: ReturnType<typeof createMailReceiver>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hutong-inbox-'));
  store = await MessageStore.open(join(folder, 'messages.jsonl'));
  server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${portOf(server)}`;
  const inbox = createInbox({ store, smsKey: key, publicUrl: url, log: () => undefined });
  const handle = inbox.callback();
  server.on('request', (request, response) => void handle(request, response));
  mail = createMailReceiver(store, () => undefined);
  await new Promise<void>((resolve) => mail.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
  await new Promise<void>((resolve) => mail.close(() => resolve()));
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await store.close();
  await rm(folder, { recursive: true });
});

function portOf(listening: Pick<Server, 'address'>): number {
  return (listening.address() as AddressInfo).port;
}

async function sendSms(body: unknown, authorization = `Bearer ${key}`) {
  const response = await fetch(`${url}/sms`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function listMessages(query = ''): Promise<{ text: string; kind: string; to: string[] }[]> {
  const response = await fetch(`${url}/messages${query}`);
  return ((await response.json()) as { messages: [] }).messages;
}

test('an empty inbox says how to begin', async () => {
  const response = await fetch(url);
  expect(await response.text()).toContain('id="empty"');
});

describe('the SMS gateway', () => {
  test.each([
    ['without the key', { to: '19900000001', text: 'x' }, '', 401],
    ['with another key', { to: '19900000001', text: 'x' }, 'Bearer guessed', 401],
    ['that is no JSON', '{"to":', undefined, 400],
    ['without a receiver', { text: 'x' }, undefined, 400],
    ['to something that is no number', { to: '<b>', text: 'x' }, undefined, 400],
    ['that is too long', { to: '19900000001', text: 'x'.repeat(1_001) }, undefined, 400],
    ['that is far too long', { to: '19900000001', text: 'x'.repeat(20_000) }, undefined, 400],
  ])('refuses a message %s', async (...[, body, authorization, status]) => {
    const answer = await sendSms(body, authorization);
    expect([answer.status, typeof answer.body['error']]).toEqual([status, 'string']);
    expect(await listMessages('?to=19900000001')).toEqual([]);
  });

  test('keeps one message of ten that are sent at once with one id', async () => {
    const message = { to: '+86 199 0000 0002', text: '验证码 482913', id: 'once' };
    const answers = await Promise.all(Array.from({ length: 10 }, () => sendSms(message)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 202));
    expect(new Set(answers.map(({ body }) => body['id']))).toEqual(new Set(['once']));
    const kept = await listMessages('?to=19900000002');
    expect(kept.map(({ text, kind }) => [kind, text])).toEqual([['sms', '验证码 482913']]);
  });
});

describe('the mail receiver', () => {
  test('keeps sender, subject and text of a mail', async () => {
    const transport = createTransport({ host: '127.0.0.1', port: portOf(mail.server) });
    await transport.sendMail({
      from: '统一身份认证 <no-reply@localhost>',
      to: 'wang@example.com',
      subject: '新设备登录提醒',
      text: '您的账号在新设备上登录。<script>alert(1)</script>',
    });
    const [kept] = await listMessages('?to=WANG@example.com');
    expect(kept).toMatchObject({
      kind: 'mail',
      from: 'no-reply@localhost',
      subject: '新设备登录提醒',
      text: '您的账号在新设备上登录。<script>alert(1)</script>',
    });
    const page = await (await fetch(url)).text();
    expect(page).toContain('您的账号在新设备上登录。&lt;script&gt;');
    expect(page).not.toContain('<script>');
  });

  test('refuses a mail beyond a megabyte and lives on', async () => {
    const transport = createTransport({ host: '127.0.0.1', port: portOf(mail.server) });
    const large = { from: 'a@localhost', to: 'big@example.com', text: 'x'.repeat(1_100_000) };
    await expect(transport.sendMail(large)).rejects.toMatchObject({ responseCode: 552 });
    expect(await listMessages('?to=big@example.com')).toEqual([]);
    await transport.sendMail({ ...large, text: 'small' });
    expect(await listMessages('?to=big@example.com')).toHaveLength(1);
  });
});

test('the first gateway can be broken, the second takes over what it refuses', async () => {
  const put = (mode: string) =>
    fetch(`${url}/faults`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ mode }),
    });
  const send = async (path: string) => {
    const response = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify({ to: '13800138999', text: 'code', id: 'faulty-1' }),
    });
    return [response.status, await response.json()];
  };
  await put('down');
  expect((await send('/sms'))[0]).toBe(503);
  await put('wrong');
  expect(await send('/sms')).toEqual([200, { accepted: false }]);
  expect(await listMessages('?to=13800138999')).toEqual([]);
  expect(await send('/second/sms')).toEqual([202, { accepted: true, id: 'faulty-1' }]);
  await put('none');
  expect(await listMessages('?to=13800138999')).toHaveLength(1);
});

describe('the page', () => {
  test('reads itself again without script until that is switched off', async () => {
    expect((await fetch(url)).headers.get('refresh')).toBe('5');
    expect((await fetch(`${url}/?refresh=off`)).headers.get('refresh')).toBeNull();
  });

  test('answers to local names only, so that no foreign page can point a name at it', async () => {
    const { request } = await import('node:http');
    const status = await new Promise((resolve, reject) => {
      request(url, { headers: { host: 'evil.example' } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
    expect(status).toBe(421);
  });
});

describe('the file', () => {
  test('keeps the newest messages over a restart, readable by its owner only', async () => {
    const file = join(folder, 'kept.jsonl');
    const first = await MessageStore.open(file, 3);
    for (const text of ['1', '2', '3', '4', '5', '6', '7', '8', '9']) {
      await first.add({ kind: 'sms', to: ['1'], text });
    }
    await first.close();
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const second = await MessageStore.open(file, 3);
    expect(second.list().map(({ text }) => text)).toEqual(['9', '8', '7']);
    await second.close();
    expect((await readFile(file, 'utf8')).trimEnd().split('\n')).toHaveLength(3);
  });

  test('opens although its last line was cut off or spoilt', async () => {
    const file = join(folder, 'cut.jsonl');
    await writeFile(file, '');
    const first = await MessageStore.open(file);
    await first.add({ kind: 'sms', to: ['1'], text: 'whole' });
    await first.close();
    await appendFile(file, '{"id":"half","ki');
    const second = await MessageStore.open(file);
    expect(second.list().map(({ text }) => text)).toEqual(['whole']);
    await second.close();
  });
});
