// How a page is shown: chosen by the switch, kept in a cookie, harmless whatever either says; and
// the switch leads nowhere but to a page of our own.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PAGE, send, startHttpServer } from '../../../test/support/http-server.ts';
import type { TestServer } from '../../../test/support/http-server.ts';
import { staticPageRoutes } from './static-pages.routes.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startHttpServer({ routes: staticPageRoutes });
});
afterAll(() => server.close());

async function open(path: string, headers: Record<string, string> = {}) {
  return send(server, { path, headers: { ...PAGE, ...headers } });
}

const modeOf = (page: string) => /<html[^>]*data-mode="(?<mode>\w+)"/u.exec(page)?.groups?.['mode'];
const hrefs = (page: string) =>
  [...page.matchAll(/data-switch[^>]*?href="(?<href>[^"]*)"/gu)].map(([, href = '']) =>
    href.replaceAll('&amp;', '&'),
  );

describe('the elder-friendly version', () => {
  it('is chosen by an address, kept for a year, and left again', async () => {
    const chosen = await open('/?ui_mode=elder');
    expect(modeOf(chosen.text)).toBe('elder');
    const cookie = chosen.headers['set-cookie']?.[0] ?? '';
    expect(cookie).toMatch(
      /^hutong_display=elder\.system; path=\/; expires=.*; samesite=lax; httponly$/u,
    );
    const later = await open('/help', { cookie: 'hutong_display=elder.system' });
    expect(modeOf(later.text)).toBe('elder');
    expect(later.headers).not.toHaveProperty('set-cookie');
    const left = await open('/?ui_mode=standard', { cookie: 'hutong_display=elder.system' });
    expect(modeOf(left.text)).toBeUndefined();
    expect(left.headers['set-cookie']?.[0]).toContain('hutong_display=standard.system');
  });

  it('speaks simply, in both languages, on error pages too', async () => {
    const cookie = 'hutong_display=elder.system';
    expect((await open('/nothing-here')).text).toContain('没有找到这个页面');
    expect((await open('/nothing-here', { cookie })).text).toContain('没有这个页面');
    expect((await open('/nothing-here?lang=en', { cookie })).text).toContain(
      'There is no such page',
    );
    // Words without a simpler form stay what they are.
    expect((await open('/privacy', { cookie })).text).toContain('谁在处理');
  });

  it('goes together with high contrast', async () => {
    const { headers, text } = await open('/?ui_contrast=high', {
      cookie: 'hutong_display=elder.system',
    });
    expect(headers['set-cookie']?.[0]).toContain('hutong_display=elder.high');
    expect(text).toContain('data-mode="elder" data-contrast="high"');
  });
});

describe('high contrast', () => {
  it('is left to the system until the reader chooses', async () => {
    const contrastLink = (page: string) => /<link[^>]*contrast\.css[^>]*>/u.exec(page)?.[0];
    expect(contrastLink((await open('/')).text)).toContain('media="(prefers-contrast: more)"');
    const high = await open('/', { cookie: 'hutong_display=standard.high' });
    expect(contrastLink(high.text)).not.toContain('media');
    const standard = await open('/', { cookie: 'hutong_display=standard.standard' });
    expect(contrastLink(standard.text)).toBeUndefined();
  });
});

describe('nonsense', () => {
  it.each(['Elder.high', 'giant.high', '"><script>', '../../etc', 'x'.repeat(3000), '.', ''])(
    'in the cookie is an ordinary page: %s',
    async (value) => {
      const { status, text } = await open('/', { cookie: `hutong_display=${value}` });
      expect(status).toBe(200);
      expect(text).not.toContain('"><script>');
      expect(text).not.toContain('giant');
      expect(modeOf(text)).toBeUndefined();
    },
  );

  it.each(['ui_mode=giant', 'ui_mode=', 'ui_mode=elder&ui_mode=standard', 'ui_mode[x]=elder'])(
    'in the address chooses nothing: %s',
    async (query) => {
      const { status, headers, text } = await open(`/?${query}`);
      expect(status).toBe(200);
      expect(modeOf(text)).toBeUndefined();
      expect(headers).not.toHaveProperty('set-cookie');
    },
  );
});

describe('the switch', () => {
  it('keeps the rest of the address, but nothing of persons', async () => {
    const { text } = await open('/?kind=a&login_hint=13800138000&id_token_hint=ey.x.y');
    expect(hrefs(text)).toEqual([
      '/?kind=a&ui_mode=elder',
      '/?kind=a&ui_contrast=high',
      '/?kind=a&lang=en',
    ]);
  });

  it.each([
    '//evil.example/',
    '///evil.example',
    '/\\evil.example',
    '/\\/evil.example',
    '/%2F/evil.example',
    '/%5Cevil.example',
    '/.//evil.example',
    'http://evil.example/',
    '/?back=https://evil.example&return_to=//evil.example',
  ])('of %s stays on this site', async (path) => {
    const { text } = await open(path);
    const found = hrefs(text);
    expect(found).toHaveLength(3);
    for (const href of found) {
      expect(new URL(href, server.origin).origin).toBe(server.origin);
      expect(href).toMatch(/^\/(?![/\\])/u);
    }
  });

  it.each([
    [
      'the page the form stood on',
      (origin: string) => `${origin}/help?x=1`,
      '/help?x=1&ui_mode=elder',
    ],
    ['the start, from another site', () => 'https://evil.example/help', '/?ui_mode=elder'],
    ['the start, from nowhere', () => '', '/?ui_mode=elder'],
    ['this site', (origin: string) => `${origin}//evil.example/x`, '/evil.example/x?ui_mode=elder'],
  ])('after a form leads to %s', async (_where, referer, expected) => {
    const { status, text } = await send(server, {
      method: 'POST',
      path: '/help',
      headers: { ...PAGE, referer: referer(server.origin) },
    });
    expect(status).toBe(405);
    expect(hrefs(text)[0]).toBe(expected);
  });
});
