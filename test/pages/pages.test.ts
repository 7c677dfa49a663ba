// Every page in a real browser: nothing axe objects to, nothing cut off from 320 to 1920 px, all
// of it by keyboard and without script, in both languages and both colour schemes.
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { violations } from '../support/axe.ts';
import { launchBrowser } from '../support/browser.ts';
import { frameOf, measure, shortcomingsOfPrint } from '../support/page-measures.ts';
import { pageTurner } from '../support/page-turner.ts';
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

/** The pages that leave by themselves when there is script. */
const isLeaving = (path: string) => /\/(?:form-post|front-channel)\//u.test(path);

async function withPage<T>(options: BrowserContextOptions, work: (page: Page) => Promise<T>) {
  const context = await browser.newContext({ viewport: { width: 360, height: 760 }, ...options });
  try {
    return await work(await context.newPage());
  } finally {
    await context.close();
  }
}

/** Filled as the browser complains: refused scripts, missing files, errors. */
function complaintsOf(page: Page): readonly string[] {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`${page.url()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error.message}`));
  return complaints;
}

/** What is wrong with the frame and the measures of the page at hand. */
async function shortcomings(page: Page, widths: readonly number[]): Promise<string[]> {
  const { headings, landmarks, name } = await frameOf(page);
  const problems =
    headings === 1 && landmarks === 1 ? [] : ['not one heading and one main landmark'];
  expect(name).toMatch(/^[a-z-]+$/u);
  for (const width of widths) {
    await page.setViewportSize({ width, height: 760 });
    const found = await measure(page, { leastType: 14, leastTarget: 44 });
    problems.push(...found.map((each) => `at ${width}: ${each}`));
  }
  return problems;
}

/** As the system asks for it, with the style sheet of the reader's switch: 7:1, on the smallest telephone. */
async function shortcomingsInHighContrast(page: Page): Promise<string[]> {
  await page.setViewportSize({ width: 320, height: 760 });
  await page.emulateMedia({ contrast: 'more' });
  const problems = await measure(page, { leastType: 14, leastTarget: 44 });
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    problems.push(...(await violations(page, 'enhancedContrast')));
  }
  await page.emulateMedia({ colorScheme: 'light', contrast: null });
  return problems.map((each) => `in high contrast: ${each}`);
}

async function shortcomingsOnPaper(page: Page): Promise<string[]> {
  await page.emulateMedia({ media: 'print' });
  const problems = await shortcomingsOfPrint(page);
  await page.emulateMedia({ media: null });
  return problems.map((each) => `on paper: ${each}`);
}

describe('every page', () => {
  it.each([
    ['zh-CN', 'light'],
    ['en', 'dark'],
  ] as const)(
    'passes axe, fits from 320 to 1920 px and pleases the browser in %s, %s',
    { timeout: 300_000 },
    async (locale, colorScheme) => {
      // The tree is the same in both; words and colours are seen on the fullest of each page.
      const isFirst = locale === 'zh-CN';
      const paths = server.paths
        .filter((path) => !isLeaving(path) && (isFirst || server.fullest.has(path)))
        .map((path) => ({ path, isFullest: server.fullest.has(path) }));
      await withPage({ locale, colorScheme }, async (page) => {
        const problems: Record<string, string[]> = {};
        const complaints = complaintsOf(page);
        const examine = async (path: string, isFullest: boolean) => {
          expect((await frameOf(page)).language).toBe(locale);
          const found = [
            ...(await violations(page, isFirst ? (isFullest ? 'all' : 'structure') : 'contrast')),
            ...(await shortcomings(page, isFullest ? [320, 768, 1920] : [320, 1920])),
            // One visit for all: getting there and putting the engine in takes longer than looking.
            ...(isFullest && isFirst ? await shortcomingsOnPaper(page) : []),
            ...(isFullest && isFirst ? await shortcomingsInHighContrast(page) : []),
          ];
          if (found.length > 0) problems[path] = found;
        };
        const [visited, turned] = isFirst
          ? [
              paths.filter(({ isFullest }) => isFullest),
              paths.filter(({ isFullest }) => !isFullest),
            ]
          : [[], paths];
        for (const { path, isFullest } of visited) {
          await page.setViewportSize({ width: 360, height: 760 });
          await page.goto(server.origin + path);
          await examine(path, isFullest);
        }
        const turnTo = await pageTurner(page, server.origin + (paths[0]?.path ?? ''));
        for (const { path, isFullest } of turned) {
          await page.setViewportSize({ width: 360, height: 760 });
          await turnTo(server.origin + path);
          await examine(path, isFullest);
        }
        expect(problems).toEqual({});
        expect(complaints).toEqual([]);
      });
    },
  );

  it('is of one piece and fits a phone without script', { timeout: 240_000 }, async () => {
    const paths = server.paths.filter((path) => isLeaving(path) || server.fullest.has(path));
    await withPage({ javaScriptEnabled: false }, async (page) => {
      const problems: Record<string, string[]> = {};
      for (const path of paths) {
        await page.goto(server.origin + path);
        const found = await shortcomings(page, isLeaving(path) ? [320, 768, 1920] : [320]);
        if (found.length > 0) problems[path] = found;
      }
      expect(problems).toEqual({});
    });
  });

  it('begins with a working skip link', async () => {
    await withPage({ javaScriptEnabled: false }, async (page) => {
      await page.goto(`${server.origin}/sample/platform/index/plain`);
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await expect.poll(() => new URL(page.url()).hash).toBe('#content');
    });
  });
});

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
