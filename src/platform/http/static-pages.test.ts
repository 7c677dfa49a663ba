// The pages everybody may open, and that the links in every frame lead somewhere.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PAGE, send, startHttpServer } from '../../../test/support/http-server.ts';
import type { TestServer } from '../../../test/support/http-server.ts';
import { staticPageRoutes } from './static-pages.routes.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startHttpServer({ routes: staticPageRoutes });
});
afterAll(() => server.close());

describe('static pages', () => {
  it('open without a session and set no cookie', async () => {
    for (const { path } of staticPageRoutes) {
      const { status, headers } = await send(server, { path, headers: PAGE });
      expect(status).toBe(200);
      expect(headers).not.toHaveProperty('set-cookie');
    }
  });

  it('are where the frame of every page links to, with the anchors that other pages use', async () => {
    const { text } = await send(server, { path: '/', headers: PAGE });
    const links = [...text.matchAll(/href="(?<path>\/[a-z]*)"/gu)].map((match) => match[1]);
    const paths = staticPageRoutes.map(({ path }) => path);
    expect(new Set(links)).toEqual(new Set([...paths, '/account']));
    const help = await send(server, { path: '/help', headers: PAGE });
    expect(help.text).toContain('id="password"');
    expect(help.text).toContain('id="account"');
  });
});
