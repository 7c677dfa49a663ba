// Whatever is thrown becomes an answer that helps and tells nothing it should not.
import { Writable } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { pino } from 'pino';
import { PAGE, referenceOf, send, startHttpServer } from '../../../test/support/http-server.ts';
import type { TestServer } from '../../../test/support/http-server.ts';
import { AppError, errorCodes } from '../errors.ts';
import type { HttpContext } from './context.ts';
import { respondWithProtocolError } from './error-pages.ts';

let server: TestServer | undefined;
afterEach(() => server?.close());

async function answerTo(
  handle: (ctx: HttpContext) => void,
  sent: { path?: string; headers?: Record<string, string> } = {},
) {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  server = await startHttpServer({
    logger: pino({ level: 'info' }, stream),
    extend: (app) => app.use((ctx) => handle(ctx)),
  });
  const answer = await send(server, { path: '/some/where', headers: PAGE, ...sent });
  return { ...answer, log: lines.join(''), first: JSON.parse(lines[0] ?? '') as object };
}

const throwing = (error: unknown) => () => {
  throw error;
};

describe('an error', () => {
  it.each(errorCodes)('%s has a page with words, a reference and a way on', async (code) => {
    const { status, text, headers } = await answerTo(throwing(new AppError(code)));
    expect(status).toBe(new AppError(code).status);
    expect(text).toContain('<title>错误：');
    expect(text).toContain('href="/help"');
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    const reference = String(headers['x-request-id']);
    expect(referenceOf(text)).toBe(reference);
    expect(reference).toMatch(/^\d{16}$/u);
    expect(text).toContain('12345');
  });

  it('leads nowhere, though an answer was ready when it happened', async () => {
    const { status, headers } = await answerTo((ctx) => {
      ctx.redirect('https://portal.example/callback?code=never-stored');
      throw new AppError('database_unavailable');
    });
    expect(status).toBe(503);
    expect(headers['location']).toBeUndefined();
  });

  it('has words for elders too, in both languages', async () => {
    const cookie = 'hutong_display=elder.system';
    for (const language of ['zh-CN', 'en']) {
      for (const code of errorCodes) {
        const headers = { ...PAGE, cookie: `${cookie}; hutong_lang=${language}` };
        const { text, headers: sent } = await answerTo(throwing(new AppError(code)), { headers });
        expect(text).toContain(`<html lang="${language}" data-mode="elder">`);
        expect(referenceOf(text)).toBe(sent['x-request-id']);
        expect(text).toContain('href="tel:12345"');
        await server?.close();
      }
    }
  });

  it('that nobody expected tells the log everything and the page nothing', async () => {
    const cause = new Error('connect ECONNREFUSED db.internal:27017');
    const { status, text, log } = await answerTo(throwing(new Error('secret-detail', { cause })));
    expect(status).toBe(500);
    expect(text).not.toContain('secret-detail');
    expect(text).not.toContain('db.internal');
    expect(log).toContain('secret-detail');
    expect(log).toContain('db.internal');
  });

  it('keeps its details for the log', async () => {
    const error = new AppError('conflict', { details: { slot: 'x17' } });
    const { text, first } = await answerTo(throwing(error));
    expect(text).not.toContain('x17');
    expect(first).toMatchObject({ error: 'conflict', details: { slot: 'x17' } });
  });

  it('says when to come back', async () => {
    const error = new AppError('overloaded', { retryAfterSeconds: 7 });
    const { headers, text } = await answerTo(throwing(error));
    expect(headers['retry-after']).toBe('7');
    expect(text).toContain('请等 7 秒。');
  });

  it.each([
    ['a thrown string', 'boom', 500],
    ['nothing at all', undefined, 500],
    ['an error of Koa', Object.assign(new Error('x'), { status: 413 }), 413],
    ['an unknown status of a library', Object.assign(new Error('x'), { status: 418 }), 400],
    ['a server error of a library', Object.assign(new Error('x'), { status: 502 }), 500],
  ])('may be %s', async (_case, thrown, status) => {
    const answer = await answerTo(throwing(thrown));
    expect(answer.status).toBe(status);
    expect(answer.text).toContain('data-page="error"');
  });

  it('is protocol JSON at the endpoints that programs call', async () => {
    const error = new AppError('database_unavailable');
    const { status, text, headers } = await answerTo(throwing(error), { path: '/oauth2/token' });
    expect(status).toBe(503);
    expect(headers['retry-after']).toBe('5');
    expect(JSON.parse(text)).toMatchObject({ error: 'temporarily_unavailable' });
  });

  it.each(['/oauth2/authorize', '/oauth2/logout'])('is a page at %s', async (path) => {
    const { text } = await answerTo(throwing(new AppError('database_unavailable')), { path });
    expect(text).toContain('服务暂时中断');
  });

  it('logs no address', async () => {
    const uid = 'a'.repeat(43);
    const path = `/interaction/${uid}?login_hint=13800138000`;
    const { log, first } = await answerTo(throwing(new AppError('conflict')), { path });
    expect(log).not.toContain('13800138000');
    expect(log).not.toContain(uid);
    expect(first).toMatchObject({ method: 'GET', route: 'unmatched' });
  });
});

describe('a wrong protocol request', () => {
  const wrong = {
    status: 400,
    error: 'invalid_redirect_uri',
    description: 'redirect_uri did not match',
    parameter: 'redirect_uri',
    received: `https://evil.example/<script>${'x'.repeat(500)}`,
    registered: ['https://portal.example.gov.cn/callback'],
    clientName: '市民门户',
  };

  it('shows the developer the parameter, what came and what is registered, escaped', async () => {
    const { status, text } = await answerTo((ctx) => respondWithProtocolError(ctx, wrong));
    expect(status).toBe(400);
    expect(text).toContain('<code>redirect_uri</code>');
    expect(text).toContain('<code>https://portal.example.gov.cn/callback</code>');
    expect(text).toContain('市民门户');
    expect(text).toContain('&lt;script&gt;');
    expect(text).not.toContain('<script>x');
    expect(text).not.toContain('x'.repeat(201));
  });

  it('keeps what came out of the log', async () => {
    const { log, first } = await answerTo((ctx) => respondWithProtocolError(ctx, wrong));
    expect(first).toMatchObject({ parameter: 'redirect_uri' });
    expect(log).not.toContain('evil.example');
  });

  it('is the protocol’s JSON for programs', async () => {
    const headers = { accept: 'application/json' };
    const { text } = await answerTo((ctx) => respondWithProtocolError(ctx, wrong), { headers });
    expect(JSON.parse(text)).toEqual({
      error: 'invalid_redirect_uri',
      error_description: 'redirect_uri did not match',
    });
  });
});
