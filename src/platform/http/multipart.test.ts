// Forms with files over real connections: what is too large, too much or no form at all.
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '../errors.ts';
import { readMultipart } from './multipart.ts';

const KIB = 1024;
const LIMITS = { fileBytes: 100 * KIB, files: 1 };
let peak = 0;
const server = createServer((req, res) => {
  readMultipart(req, LIMITS, String(req.headers['x-from'] ?? '192.0.2.1'))
    .then(({ fields, upload }) => ({
      fields,
      isTooLarge: upload.isTooLarge,
      files: upload.files.map(({ field, bytes }) => [field, bytes.length]),
    }))
    .catch((error: unknown) => ({ refused: error instanceof AppError ? error.code : 'internal' }))
    .then(
      (answer) => {
        peak = Math.max(peak, process.memoryUsage().arrayBuffers);
        res.end(JSON.stringify(answer));
      },
      () => res.destroy(),
    );
});
let origin: string;

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

type Body = NonNullable<RequestInit['body']>;

async function send(body: Body, headers: Record<string, string> = {}): Promise<unknown> {
  const response = await fetch(origin, {
    method: 'POST',
    body,
    headers,
    duplex: 'half',
  } as RequestInit);
  return response.json();
}

function form(...parts: [string, string | Blob][]): FormData {
  const data = new FormData();
  for (const [name, value] of parts) data.append(name, value);
  return data;
}

describe('a form with a file', () => {
  it('is read with its fields; an input left empty is no file', async () => {
    const sent = form(['name', '张三'], ['file', new Blob(['x'.repeat(5000)])]);
    expect(await send(sent)).toEqual({
      fields: { name: '张三' },
      isTooLarge: false,
      files: [['file', 5000]],
    });
    expect(await send(form(['file', new Blob([])]))).toMatchObject({ files: [] });
  });

  it('over the limit by a byte is too large, with the fields that stood before it', async () => {
    const file = (size: number) => new Blob([Buffer.alloc(size)]);
    expect(await send(form(['a', '1'], ['file', file(100 * KIB)]))).toMatchObject({
      isTooLarge: false,
    });
    expect(await send(form(['a', '1'], ['file', file(100 * KIB + 1)]))).toEqual({
      fields: { a: '1' },
      isTooLarge: true,
      files: [],
    });
  });

  it('of 100 MB without a length is answered, and never held in memory', async () => {
    const chunk = Buffer.alloc(256 * KIB);
    const before = process.memoryUsage().arrayBuffers;
    async function* endless() {
      yield Buffer.from('--b\r\ncontent-disposition: form-data; name="f"; filename="x"\r\n\r\n');
      for (let sent = 0; sent < 400; sent += 1) yield await Promise.resolve(chunk);
      yield Buffer.from('\r\n--b--\r\n');
    }
    peak = 0;
    const body = endless() as unknown as Body;
    const answer = await send(body, { 'content-type': 'multipart/form-data; boundary=b' });
    expect(answer).toMatchObject({ isTooLarge: true });
    expect(peak - before).toBeLessThan(30 * KIB * KIB);
  });
});

describe('senders that never come to an end', () => {
  it('of one address leave room for others', async () => {
    const slow = Array.from({ length: 4 }, () =>
      request(origin, {
        method: 'POST',
        headers: {
          'content-type': 'multipart/form-data; boundary=b',
          'x-from': '2001:db8::7',
        },
      }),
    );
    for (const each of slow) {
      each.on('error', () => undefined);
      each.write('--b\r\n');
    }
    const sent = (from: string) => send(form(['a', '1']), { 'x-from': from });
    await expect.poll(() => sent('2001:db8::8')).toEqual({ refused: 'overloaded' });
    expect(await sent('2001:db8:0:1::7')).toMatchObject({ fields: { a: '1' } });
    for (const each of slow) each.destroy();
    await expect.poll(() => sent('2001:db8::8')).toMatchObject({ fields: { a: '1' } });
  });
});

describe('refused', () => {
  const multipart = { 'content-type': 'multipart/form-data; boundary=b' };
  const part = (name: string, value: string) =>
    `--b\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;

  it.each([
    ['no form with files', 'a=1', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['no boundary', part('a', '1'), { 'content-type': 'multipart/form-data' }],
    ['compressed', part('a', '1'), { ...multipart, 'content-encoding': 'gzip' }],
  ])('%s: type', async (_name, body, headers) => {
    expect(await send(body, headers)).toEqual({ refused: 'input_type_unsupported' });
  });

  it.each([
    ['a form that breaks off', part('a', '1')],
    ['a field that is too long', `${part('a', 'x'.repeat(5000))}--b--\r\n`],
    ['too many fields', `${part('a', '1').repeat(40)}--b--\r\n`],
    ['NUL', `${part('a', '\0')}--b--\r\n`],
    ['no UTF-8', Buffer.from(`${part('a', '\xFF\xFE')}--b--\r\n`, 'latin1')],
    ['nothing', ''],
  ])('%s', async (_name, body) => {
    expect(await send(body, multipart)).toEqual({ refused: 'input_invalid' });
  });

  it('two files where one is asked for', async () => {
    const sent = form(['a', new Blob(['1'])], ['b', new Blob(['2'])]);
    expect(await send(sent)).toEqual({ refused: 'input_invalid' });
  });
});
