// Pictures of every page in every display, for looking through them: `npm run screenshots -- pages
// [folder [part of the path]]`. The pages are the examples that the tests walk; a file is named
// width-display-page.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { displayQueries } from '../test/support/displays.ts';
import { startSampleServer } from '../test/support/sample-server.ts';

const WIDTHS = [320, 360, 1280, 1920];

/**
 * @param part only pages with this in their path, e.g. `legal-entities/`
 * @returns how many were taken
 */
export async function takePagePictures(
  browser: Browser,
  folder: string,
  part = '',
): Promise<number> {
  await mkdir(folder, { recursive: true });
  const server = await startSampleServer();
  let taken = 0;
  try {
    for (const [display, query] of Object.entries(displayQueries)) {
      // Without script, so that pages that leave by themselves stay.
      const context = await browser.newContext({ locale: 'zh-CN', javaScriptEnabled: false });
      const page = await context.newPage();
      for (const path of server.paths.filter((each) => each.includes(part))) {
        await page.goto(`${server.origin}${path}?${query}`);
        const name = path.replace('/sample/', '').replaceAll('/', '-');
        for (const width of WIDTHS) {
          await page.setViewportSize({ width, height: 760 });
          const file = join(folder, `${width}-${display}-${name}.png`);
          await page.screenshot({ path: file, fullPage: true });
          taken += 1;
        }
      }
      await context.close();
    }
  } finally {
    await server.close();
  }
  return taken;
}
