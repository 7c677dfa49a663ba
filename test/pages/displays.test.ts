// Every page as people with weak eyes or unsteady hands choose it: the elder-friendly version, high
// contrast, forced colours, paper. And the switch itself, where a form must not suffer from it.
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { violations } from '../support/axe.ts';
import { launchBrowser } from '../support/browser.ts';
import { ContrastJudge } from '../support/contrast.ts';
import { displayQueries } from '../support/displays.ts';
import { measure } from '../support/page-measures.ts';
import { onPage } from '../support/on-page.ts';
import { pageTurner } from '../support/page-turner.ts';
import { startSampleServer } from '../support/sample-server.ts';
import type { SampleServer } from '../support/sample-server.ts';

let browser: Browser;
let server: SampleServer;
let fullest: readonly string[];

beforeAll(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startSampleServer()]);
  fullest = [...server.fullest].filter((path) => !path.includes('/form-post/'));
}, 60_000);
afterAll(async () => {
  await browser.close();
  await server.close();
});

const signIn = '/sample/credentials/sign-in/plain';

const withPage = <T>(options: BrowserContextOptions, work: (page: Page) => Promise<T>) =>
  onPage(browser, { viewport: { width: 360, height: 760 }, locale: 'zh-CN', ...options }, work);

/** Opens the fullest example of every page in a display, and gathers what `examine` finds. */
async function problemsOf(
  page: Page,
  query: string,
  examine: (path: string) => Promise<readonly string[]>,
) {
  const problems: Record<string, readonly string[]> = {};
  const turnTo = await pageTurner(page, `${server.origin}${signIn}?${query}`);
  for (const path of fullest) {
    await turnTo(`${server.origin}${path}?${query}`);
    const found = await examine(path);
    if (found.length > 0) problems[path] = found;
  }
  return problems;
}

describe('the elder-friendly version of every page', () => {
  it(
    'passes axe with a contrast of 7:1 in light and dark, with large type and targets, the telephone and the way back',
    { timeout: 240_000 },
    async () => {
      const light = new ContrastJudge('enhancedContrast');
      const dark = new ContrastJudge('enhancedContrast');
      await withPage({ locale: 'en' }, async (page) => {
        const problems = await problemsOf(page, displayQueries.elder, async () => {
          const found = await missingForElders(page);
          for (const width of [1280, 320]) {
            await page.setViewportSize({ width, height: 760 });
            found.push(...(await measure(page, { leastType: 24, leastTarget: 60 })));
          }
          await page.emulateMedia({ colorScheme: 'light' });
          found.push(...(await violations(page, 'structure')), ...(await light.violations(page)));
          await page.emulateMedia({ colorScheme: 'dark' });
          return [...found, ...(await dark.violations(page))];
        });
        expect(problems).toEqual({});
      });
    },
  );
});

async function missingForElders(page: Page): Promise<string[]> {
  const { mode, isCalled, back, lines } = await page.evaluate<{
    mode: string;
    isCalled: boolean;
    back: string;
    lines: number;
  }>(`(() => {
    const { lineHeight, fontSize } = getComputedStyle(document.querySelector('main p'));
    return {
      mode: document.documentElement.dataset.mode,
      isCalled: document.querySelector('main a[href="tel:12345"]')?.checkVisibility() === true,
      back: document.querySelector('#choose-ui_mode')?.textContent.trim() ?? '',
      lines: parseFloat(lineHeight) / parseFloat(fontSize),
    };
  })()`);
  return [
    ...(mode === 'elder' ? [] : [`in mode ${mode}`]),
    ...(isCalled ? [] : ['no telephone']),
    ...(back === 'Standard version' ? [] : [`no way back: ${back}`]),
    ...(lines >= 1.5 ? [] : [`lines of ${lines}`]),
  ];
}

// That every page keeps its promises in it is part of the visit of pages.test.ts.
describe('high contrast', () => {
  const textColour = (page: Page) =>
    page.evaluate<string>("getComputedStyle(document.querySelector('.field-hint')).color");

  it('follows the system until the reader chooses', async () => {
    await withPage({ contrast: 'more' }, async (page) => {
      await page.goto(server.origin + signIn);
      expect(await textColour(page)).toBe('rgb(0, 0, 0)');
      await page.goto(`${server.origin}${signIn}?ui_contrast=standard`);
      expect(await textColour(page)).not.toBe('rgb(0, 0, 0)');
    });
  });

  it('can be left to the system’s own colours, the chosen tab still told apart', async () => {
    await withPage({ forcedColors: 'active' }, async (page) => {
      await page.goto(server.origin + signIn);
      const borders = await page.evaluate<string[]>(
        `[...document.querySelectorAll('.tabs a')].map((tab) => getComputedStyle(tab).borderBottomColor)`,
      );
      expect(borders).toHaveLength(3);
      expect(new Set(borders).size).toBe(2);
      expect(await page.evaluate(focusAndOutline('#login'))).not.toBe('none');
    });
  });
});

function focusAndOutline(selector: string): string {
  return `(() => {
    const element = document.querySelector('${selector}');
    element.focus({ focusVisible: true });
    return getComputedStyle(element).outlineStyle;
  })()`;
}

describe('on paper', () => {
  it('is dark on white, whatever the screen is', async () => {
    await withPage({}, async (page) => {
      await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
      await page.goto(server.origin + signIn);
      const background = "getComputedStyle(document.documentElement).getPropertyValue('--ht-page')";
      expect(await page.evaluate(background)).toContain('#fff');
    });
  });

  it('says whose account it is, and keeps what is worth keeping', async () => {
    await withPage({ javaScriptEnabled: false }, async (page) => {
      await page.emulateMedia({ media: 'print' });
      await page.goto(`${server.origin}/sample/account/services/two`);
      expect(await page.textContent('.print-head')).toMatch(
        /^统一身份认证 · localhost:\d+ · \d{4}年\d{1,2}月\d{1,2}日 \d\d:\d\d · 张\*$/u,
      );
      expect(await page.locator('.facts').first().isVisible()).toBe(true);
      await page.goto(`${server.origin}/sample/credentials/totp-enrol/chosen`);
      expect(await page.locator('.qr').isVisible()).toBe(true);
      expect(await page.locator('#totp-secret').isVisible()).toBe(true);
      await page.goto(`${server.origin}/sample/consent/consent/plain`);
      expect(await page.locator('.checked-list').first().isVisible()).toBe(true);
      await page.goto(`${server.origin}/sample/platform/error/plain`);
      expect(await page.locator('#reference').isVisible()).toBe(true);
    });
  });
});

describe('the switch on a form', () => {
  it('takes along what was typed, but no password', async () => {
    await withPage({}, async (page) => {
      await page.goto(server.origin + signIn);
      await page.fill('#login', 'zhangsan');
      await page.fill('#password', 'a secret of mine');
      const sending = page.waitForRequest((request) => request.method() === 'POST');
      await page.click('#choose-ui_mode');
      const sent = await sending;
      expect(new URL(sent.url()).pathname).toBe('/interaction/Vq3/display');
      const fields = new URLSearchParams(sent.postData() ?? '');
      expect(fields.get('login')).toBe('zhangsan');
      expect(fields.get('ui_mode')).toBe('elder');
      expect(fields.get('password')).toBe('');
    });
  });

  it.each([true, false])('is not pressed by the Enter key (script: %s)', async (hasScript) => {
    await withPage({ javaScriptEnabled: hasScript }, async (page) => {
      await page.goto(server.origin + signIn);
      await page.fill('#login', 'zhangsan');
      const sending = page.waitForRequest((request) => request.method() === 'POST');
      await page.press('#login', 'Enter');
      const sent = await sending;
      expect(new URL(sent.url()).pathname).toBe('/interaction/Vq3/submit');
      expect(new URLSearchParams(sent.postData() ?? '').has('ui_mode')).toBe(false);
    });
  });

  it('is reached by keyboard before the form, after the skip link', async () => {
    await withPage({ javaScriptEnabled: false }, async (page) => {
      await page.goto(server.origin + signIn);
      const order: string[] = [];
      for (let press = 0; press < 4; press += 1) {
        await page.keyboard.press('Tab');
        order.push(
          await page.evaluate('document.activeElement.id || document.activeElement.className'),
        );
      }
      expect(order).toEqual(['skip-link', 'brand', 'choose-ui_mode', 'choose-ui_contrast']);
    });
  });
});

describe('the reference number', () => {
  it('can be copied where there is script', async () => {
    await withPage({}, async (page) => {
      // A browser without a screen has no clipboard of its own.
      await page.addInitScript(
        'navigator.clipboard.writeText = async (text) => { globalThis.copied = text; }',
      );
      await page.goto(`${server.origin}/sample/platform/error/plain`);
      await page.click('[data-copies]');
      await page.locator('[data-copies]', { hasText: '已复制' }).waitFor();
      const copied = await page.evaluate<string>('copied');
      expect(copied).toMatch(/^\d{4}(?: \d{4}){3}$/u);
      expect(copied).toBe(await page.textContent('#reference'));
    });
  });
});
