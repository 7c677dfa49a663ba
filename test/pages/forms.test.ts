// What forms promise on every page, in a real browser, with and without script.
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { violations } from '../support/axe.ts';
import { launchBrowser } from '../support/browser.ts';
import { onPage } from '../support/on-page.ts';
import { startSampleServer } from '../support/sample-server.ts';
import type { SampleServer } from '../support/sample-server.ts';

let browser: Browser;
let server: SampleServer;

beforeAll(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startSampleServer()]);
}, 60_000);
afterAll(async () => {
  await browser.close();
  await server.close();
});

const withPage = <T>(options: BrowserContextOptions, work: (page: Page) => Promise<T>) =>
  onPage(browser, { viewport: { width: 360, height: 760 }, ...options }, work);

describe('forms', () => {
  it('name their error first in the title, and lead from the summary to the field', async () => {
    await withPage({}, async (page) => {
      await page.goto(`${server.origin}/sample/credentials/sign-in/missing`);
      expect(await page.title()).toMatch(/^Error: |^错误：/u);
      const focused = await page.evaluate('document.activeElement.className');
      expect(focused).toBe('error-summary');
      await page.locator('.error-summary a').first().click();
      expect(await page.evaluate('document.activeElement.id')).toBe('login');
      const login = page.locator('#login');
      expect(await login.getAttribute('aria-invalid')).toBe('true');
      expect(await login.getAttribute('aria-describedby')).toBe('login-hint login-error');
    });
  });

  it('keep what was typed, but never the password', async () => {
    await withPage({ javaScriptEnabled: false }, async (page) => {
      await page.goto(`${server.origin}/sample/credentials/sign-in/refused`);
      expect(await page.inputValue('#login')).toBe('zhangsan');
      expect(await page.inputValue('#password')).toBe('');
    });
  });

  it('tell browsers and password managers what their fields are', async () => {
    await withPage({ javaScriptEnabled: false }, async (page) => {
      const tokens = (selector: string) => page.getAttribute(selector, 'autocomplete');
      await page.goto(`${server.origin}/sample/credentials/sign-in/plain`);
      expect(await tokens('#login')).toBe('username');
      expect(await tokens('#password')).toBe('current-password');
      await page.goto(`${server.origin}/sample/credentials/second-factor/plain`);
      expect(await tokens('#otp')).toBe('one-time-code');
      expect(await page.getAttribute('#otp', 'inputmode')).toBe('numeric');
      await page.goto(`${server.origin}/sample/account/security/off`);
      expect(await tokens('#new-password')).toBe('new-password');
    });
  });

  it('show the password on demand and hide it again before it is sent', async () => {
    await withPage({}, async (page) => {
      await page.goto(`${server.origin}/sample/credentials/sign-in/plain`);
      await page.locator('[data-reveals="password"]').click();
      expect(await page.getAttribute('#password', 'type')).toBe('text');
      await page.locator('[data-reveals="password"]').click();
      expect(await page.getAttribute('#password', 'type')).toBe('password');
    });
  });

  it('show no button that needs script where there is none', async () => {
    await withPage({ javaScriptEnabled: false }, async (page) => {
      await page.goto(`${server.origin}/sample/credentials/sign-in/plain`);
      expect(await page.locator('[data-reveals]').isVisible()).toBe(false);
    });
  });
});

describe('the proof of work', () => {
  const refused = '/sample/credentials/sign-in/refused';

  it('is computed by the browser itself', async () => {
    await withPage({}, async (page) => {
      await page.goto(server.origin + refused);
      const answer = page.locator('input[name=altcha]');
      await expect.poll(() => answer.inputValue(), { timeout: 10_000 }).not.toBe('');
      const payload = await answer.inputValue();
      const { solution } = JSON.parse(Buffer.from(payload, 'base64').toString('utf8'));
      expect(solution.derivedKey).toMatch(/^00/u);
      expect(await page.locator('[data-without-script]').count()).toBe(0);
      expect(await violations(page)).toEqual([]);
    });
  });

  it('is a wait in words without script', async () => {
    await withPage({ javaScriptEnabled: false, locale: 'zh-CN' }, async (page) => {
      await page.goto(server.origin + refused);
      expect(await page.textContent('[data-without-script]')).toContain('15 秒');
      expect(await page.locator('#sign-in').isEnabled()).toBe(true);
    });
  });
});

describe('a form that sends itself', () => {
  const path = '/sample/oidc/form-post/plain';

  it('does so with script, values unharmed', async () => {
    await withPage({}, async (page) => {
      const [sent] = await Promise.all([
        page.waitForRequest((request) => request.method() === 'POST'),
        page.goto(server.origin + path, { waitUntil: 'commit' }),
      ]);
      expect(new URLSearchParams(sent.postData() ?? '').get('state')).toBe('s"<');
      expect(new URLSearchParams(sent.postData() ?? '').has('_csrf')).toBe(false);
    });
  });

  it('does so in a browser that loads no modules', async () => {
    await withPage({}, async (page) => {
      await page.route('**/*.js', (route) => route.abort());
      const [sent] = await Promise.all([
        page.waitForRequest((request) => request.method() === 'POST'),
        page.goto(server.origin + path, { waitUntil: 'commit' }),
      ]);
      expect(new URLSearchParams(sent.postData() ?? '').get('code')).toBe('c');
    });
  });

  it('has a button without', async () => {
    await withPage({ javaScriptEnabled: false }, async (page) => {
      await page.goto(server.origin + path);
      const [sent] = await Promise.all([
        page.waitForRequest((request) => request.method() === 'POST'),
        page.locator('#continue').click(),
      ]);
      expect(new URLSearchParams(sent.postData() ?? '').get('code')).toBe('c');
    });
  });
});
