// Every page in a real browser: nothing axe objects to, nothing cut off from 320 to 1920 px, all
// of it by keyboard and without script, in both languages and both colour schemes.
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { violations } from '../support/axe.ts';
import { launchBrowser, WITHOUT_FRAMES } from '../support/browser.ts';
import { ContrastJudge } from '../support/contrast.ts';
import { frameOf, measure, shortcomingsOfPrint } from '../support/page-measures.ts';
import { onPage } from '../support/on-page.ts';
import { pageTurner } from '../support/page-turner.ts';
import { startSampleServer } from '../support/sample-server.ts';
import type { SampleServer } from '../support/sample-server.ts';

let browser: Browser;
let server: SampleServer;

beforeAll(async () => {
  const launched = launchBrowser({ args: WITHOUT_FRAMES });
  [browser, server] = await Promise.all([launched, startSampleServer()]);
}, 60_000);
afterAll(async () => {
  await browser.close();
  await server.close();
});

/** The pages that leave by themselves when there is script. */
const isLeaving = (path: string) => /\/(?:form-post|front-channel)\//u.test(path);

const withPage = <T>(options: BrowserContextOptions, work: (page: Page) => Promise<T>) =>
  onPage(browser, { viewport: { width: TELEPHONE, height: 760 }, ...options }, work);

/** Filled as the browser complains: refused scripts, missing files, errors. */
function complaintsOf(page: Page): readonly string[] {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`${page.url()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error.message}`));
  return complaints;
}

const TELEPHONE = 320;
const WIDE = 1920;

/** What is wrong with the frame and the measures of the page at hand; shown as wide as the last one then. */
async function shortcomings(
  page: Page,
  locale: string,
  widths: readonly number[],
): Promise<string[]> {
  const { language, headings, landmarks, name } = await frameOf(page);
  const problems = language === locale ? [] : [`in ${language}`];
  if (headings !== 1 || landmarks !== 1) problems.push('not one heading and one main landmark');
  if (!/^[a-z-]+$/u.test(name)) problems.push(`called ${name}`);
  for (const width of widths) {
    if (page.viewportSize()?.width !== width) await page.setViewportSize({ width, height: 760 });
    const found = await measure(page, { leastType: 14, leastTarget: 44 });
    problems.push(...found.map((each) => `at ${width}: ${each}`));
  }
  return problems;
}

/** Making it wider or narrower takes the browser as long as a visit: the next page begins as the last one ended. */
function widthsInTurn(page: Page, between: readonly number[] = []): readonly number[] {
  const isNarrow = page.viewportSize()?.width === TELEPHONE;
  return isNarrow ? [TELEPHONE, ...between, WIDE] : [WIDE, ...between, TELEPHONE];
}

const contrast = { light: new ContrastJudge('contrast'), dark: new ContrastJudge('contrast') };
const highContrast = {
  light: new ContrastJudge('enhancedContrast'),
  dark: new ContrastJudge('enhancedContrast'),
};

/** As the system asks for it, with the style sheet of the reader's switch: 7:1. */
async function shortcomingsInHighContrast(page: Page): Promise<string[]> {
  await page.emulateMedia({ contrast: 'more' });
  const problems = await measure(page, { leastType: 14, leastTarget: 44 });
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    problems.push(...(await highContrast[colorScheme].violations(page)));
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

/** Looks at one page after the other, and gathers what `examine` finds and what the browser says. */
async function problemsOf(
  page: Page,
  paths: readonly string[],
  {
    open,
    examine,
  }: {
    open: (url: string) => Promise<unknown>;
    examine: (path: string) => Promise<string[]>;
  },
) {
  const complaints = complaintsOf(page);
  const problems: Record<string, string[]> = {};
  for (const path of paths) {
    await open(server.origin + path);
    const found = await examine(path);
    if (found.length > 0) problems[path] = found;
  }
  return { problems, complaints };
}

const long = { timeout: 300_000 };
const nothing = { problems: {}, complaints: [] };

describe('every page', () => {
  const stayingPaths = () => server.paths.filter((path) => !isLeaving(path));
  const fullestPaths = () => stayingPaths().filter((path) => server.fullest.has(path));

  it('fits from 320 to 1920 px and paper, and pleases the browser', long, async () => {
    await withPage({ locale: 'zh-CN', colorScheme: 'light' }, async (page) => {
      const found = await problemsOf(page, fullestPaths(), {
        open: (url) => page.goto(url),
        examine: async () => [
          ...(await shortcomings(page, 'zh-CN', widthsInTurn(page, [768]))),
          ...(await shortcomingsOnPaper(page)),
        ],
      });
      expect(found).toEqual(nothing);
    });
  });

  it('passes axe in each of its states, and in high contrast', long, async () => {
    const paths = stayingPaths();
    await withPage({ locale: 'zh-CN', colorScheme: 'light' }, async (page) => {
      // Not visited: a new document would need the engine anew, and that is most of its time.
      const found = await problemsOf(page, paths, {
        open: await pageTurner(page, server.origin + (paths[0] ?? '')),
        examine: async (path) => [
          ...(await violations(page, 'structure')),
          ...(await contrast.light.violations(page)),
          ...(await shortcomings(page, 'zh-CN', widthsInTurn(page))),
          ...(server.fullest.has(path) ? await shortcomingsInHighContrast(page) : []),
        ],
      });
      expect(found).toEqual(nothing);
    });
  });

  // The tree is the same as in Chinese.
  it('fits and can be read in English on a dark screen', { timeout: 300_000 }, async () => {
    const paths = fullestPaths();
    await withPage({ locale: 'en', colorScheme: 'dark' }, async (page) => {
      const found = await problemsOf(page, paths, {
        open: await pageTurner(page, server.origin + (paths[0] ?? '')),
        examine: async () => [
          ...(await contrast.dark.violations(page)),
          ...(await shortcomings(page, 'en', [1920, TELEPHONE])),
        ],
      });
      expect(found).toEqual(nothing);
    });
  });

  it('is of one piece and fits a phone without script', { timeout: 240_000 }, async () => {
    const paths = server.paths.filter((path) => isLeaving(path) || server.fullest.has(path));
    await withPage({ javaScriptEnabled: false, locale: 'zh-CN' }, async (page) => {
      const found = await problemsOf(page, paths, {
        open: (url) => page.goto(url),
        examine: () => shortcomings(page, 'zh-CN', [TELEPHONE]),
      });
      expect(found.problems).toEqual({});
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
