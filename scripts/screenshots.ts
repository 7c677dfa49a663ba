// Takes the pictures of the README from a demonstration city of its own: `npm run screenshots`; or
// those of every page in every display: `npm run screenshots -- pages [folder [part of the path]]`.
// Chinese needs a font on the machine (Debian: fonts-noto-cjk).
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launchBrowser } from '../test/support/browser.ts';
import { startDemoCity, stopDemoCity } from '../test/support/demo-city.ts';
import {
  fillOneTimeCode,
  fillPassword,
  readDemoAccount,
  sitesOf,
} from '../test/support/demo-visit.ts';
import { findFreePortBlock } from '../test/support/free-ports.ts';
import { displayQueries } from '../test/support/displays.ts';
import { takePagePictures } from './page-pictures.ts';

const [subject, chosenFolder, part] = process.argv.slice(2);
const browser = await launchBrowser();
try {
  if (subject === 'pages') {
    const folder = chosenFolder ?? join(tmpdir(), 'hutong-pages');
    const taken = await takePagePictures(browser, folder, part);
    process.stdout.write(`${taken} → ${folder}\n`);
  } else {
    await takeCityPictures('docs/images');
  }
} finally {
  await browser.close();
}

async function takeCityPictures(folder: string): Promise<void> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'hutong-pictures-'));
  const place = { dataFolder, firstPort: await findFreePortBlock() };
  await mkdir(folder, { recursive: true });
  const city = await startDemoCity(place);
  try {
    const viewport = { width: 900, height: 760 };
    const context = await browser.newContext({ locale: 'zh-CN', viewport });
    const page = await context.newPage();
    const take = (name: string) => page.screenshot({ path: join(folder, `${name}.png`) });
    const person = await readDemoAccount(place, 'wangyanshi');
    const { portal, city: issuer } = sitesOf(place);
    await page.goto(portal);
    await page.click('#sign-in');
    await take('sign-in');
    await page.goto(addressIn(page.url(), displayQueries.elder));
    await take('sign-in-elder');
    await page.goto(addressIn(page.url(), 'ui_mode=standard'));
    await fillPassword(page, person);
    await page.click('#open-department');
    await fillOneTimeCode(page, person);
    await take('department');
    await page.goto(`${issuer}account`);
    await take('account');
  } finally {
    await stopDemoCity(city);
    await rm(dataFolder, { recursive: true, force: true });
  }
}

/** The same page with another display. */
function addressIn(address: string, query: string): string {
  return `${address.split('?')[0]}?${query}`;
}
