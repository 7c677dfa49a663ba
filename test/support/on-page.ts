// One page in a context of its own, for as long as something is done with it.
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

export async function onPage<T>(
  browser: Browser,
  options: BrowserContextOptions,
  work: (page: Page) => Promise<T>,
): Promise<T> {
  const context = await browser.newContext(options);
  try {
    return await work(await context.newPage());
  } finally {
    await context.close();
  }
}
