// What hangs is given up towards the caller, with a word on when to come again.
import { afterEach, expect, test } from 'vitest';
import { PAGE, send, startHttpServer } from '../../../test/support/http-server.ts';
import type { TestServer } from '../../../test/support/http-server.ts';
import { requestDeadline, rightClock } from './deadline.ts';

let server: TestServer | undefined;
afterEach(() => server?.close());

test('a request that nothing answers is answered 503, and its late end harms nobody', async () => {
  const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
  const { promise: over, resolve: ended } = Promise.withResolvers<void>();
  server = await startHttpServer({
    extend: (app) => {
      app.use(requestDeadline({ limitMs: 50 })).use(async (ctx) => {
        await held;
        ctx.status = 200;
        ctx.body = 'too late';
        ended();
        throw new Error('and broken');
      });
    },
  });
  const page = await send(server, { path: '/slow', headers: PAGE });
  expect([page.status, Number(page.headers['retry-after']) > 0]).toEqual([503, true]);
  expect(page.text).toContain('data-page="error"');
  letGo();
  await over;
  // The process is well: what ends at once now is answered, here by its own failure.
  expect(await send(server, { path: '/slow', headers: PAGE })).toMatchObject({ status: 500 });
});

test('a wrong clock answers nothing', async () => {
  let isRight = false;
  server = await startHttpServer({
    extend: (app) => {
      app.use(rightClock({ isClockRight: () => isRight })).use((ctx) => {
        ctx.body = 'answered';
      });
    },
  });
  const refused = await send(server, { path: '/oauth2/token', headers: { accept: '*/*' } });
  expect([refused.status, refused.headers['retry-after']]).toEqual([503, '5']);
  expect(JSON.parse(refused.text)).toMatchObject({ error: 'temporarily_unavailable' });
  isRight = true;
  expect(await send(server, { path: '/oauth2/token' })).toMatchObject({ status: 200 });
});
