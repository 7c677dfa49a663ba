// Which language a reader gets, and that no page ever shows a key instead of words.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PAGE, send, startHttpServer } from '../../../test/support/http-server.ts';
import type { TestServer } from '../../../test/support/http-server.ts';
import { localesFolder } from './http-app.ts';
import { followUiLocales, formatInstant, loadWords, matchLocale } from './locale.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startHttpServer({
    extend: (app) =>
      app.use((ctx) => {
        if (ctx.path === '/interaction/x') followUiLocales(ctx, 'en-GB en');
        ctx.render('platform/index', {});
      }),
  });
});
afterAll(() => server.close());

async function languageOf(path: string, headers: Record<string, string> = {}) {
  const answer = await send(server, { path, headers: { ...PAGE, ...headers } });
  return /<html lang="(?<lang>[^"]+)">/u.exec(answer.text)?.groups?.['lang'];
}

describe('the language of a page', () => {
  it.each([
    ['Chinese by default', '/', {}, 'zh-CN'],
    ['what the browser prefers', '/', { 'accept-language': 'en-US,zh;q=0.5' }, 'en'],
    ['the first it knows', '/', { 'accept-language': 'fr, de, en;q=0.2' }, 'en'],
    ['Chinese for any kind of Chinese', '/', { 'accept-language': 'zh-Hant-TW,en;q=0.9' }, 'zh-CN'],
    ['Chinese for languages it lacks', '/', { 'accept-language': 'fr' }, 'zh-CN'],
    ['what the system asks for', '/?ui_locales=fr%20en', { 'accept-language': 'zh' }, 'en'],
    ['what the reader chose before', '/?ui_locales=en', { cookie: 'hutong_lang=zh-CN' }, 'zh-CN'],
    ['what the reader chooses now', '/?lang=en', { cookie: 'hutong_lang=zh-CN' }, 'en'],
    ['the next when the choice is unknown', '/?lang=xx', { 'accept-language': 'en' }, 'en'],
    ['the system’s wish inside an interaction', '/interaction/x', {}, 'en'],
    ['the reader’s choice there', '/interaction/x', { cookie: 'hutong_lang=zh-CN' }, 'zh-CN'],
    ['nothing a forged cookie says', '/', { cookie: 'hutong_lang=../../etc' }, 'zh-CN'],
  ])('is %s', async (...[, path, headers, expected]) => {
    expect(await languageOf(path, headers as Record<string, string>)).toBe(expected);
  });

  it('is kept in a cookie after the switch, and named in the answer', async () => {
    const { headers } = await send(server, { path: '/?lang=en', headers: PAGE });
    expect(headers['set-cookie']?.[0]).toMatch(/^hutong_lang=en; path=\/; expires=/u);
    expect(headers['content-language']).toBe('en');
    expect(headers.vary).toContain('Accept-Language');
  });

  it('can be switched without losing the rest of the address', async () => {
    const { text } = await send(server, { path: '/?kind=a&lang=zh-CN', headers: PAGE });
    expect(text).toContain('href="/?kind=a&amp;lang=en"');
  });
});

describe('words', () => {
  const words = loadWords(localesFolder);

  it('throw for a key that does not exist', () => {
    expect(() => words.translate('en', 'layout.nothing')).toThrow(RangeError);
    expect(() => words.translate('en', 'layout')).toThrow(RangeError);
  });

  it('choose the plural', () => {
    const key = 'account.session_count';
    expect(words.translate('en', key, { count: 1 })).toBe('Signed in at one place');
    expect(words.translate('en', key, { count: 3 })).toBe('Signed in at 3 places');
    expect(words.translate('zh-CN', key, { count: 1 })).toBe('1 处登录');
  });

  it('match tags by their language', () => {
    expect(matchLocale(['EN_gb'])).toBe('en');
    expect(matchLocale(['', 'x', 'english'])).toBeUndefined();
  });

  it('tell the time of the city', () => {
    const instant = new Date('2026-11-22T16:05:00Z');
    expect(formatInstant('zh-CN', instant)).toBe('2026年11月23日 00:05');
    expect(formatInstant('en', instant)).toBe('23 November 2026, 00:05');
  });
});

it('says 本省 on the pages of a province, and its name where the supplied one would stand', () => {
  const here = (extent: 'city' | 'province', key: string) =>
    loadWords(localesFolder, { extent }).translate('zh-CN', key);
  expect(here('city', 'federation.stopped.sign_in')).toBe('用本市账户登录');
  expect(here('province', 'federation.stopped.sign_in')).toBe('用本省账户登录');
  expect(here('province', 'start.heading')).toBe('一次登录，全省通办');
  const name = { 'zh-CN': '某平台', en: 'Some platform' };
  const sender = loadWords(localesFolder, { name }).translate('en', 'message.sender');
  expect(sender).toContain('by Some platform.');
});
