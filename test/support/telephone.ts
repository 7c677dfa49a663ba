// A person with a small telephone in a real browser: reads headings and messages, fills in fields,
// presses what is there. Every page that comes up fits its 360 px and says in one heading what it is.
import type { Browser, BrowserContext, Page, Request } from 'playwright-core';
import type { CityAccount } from './city-accounts.ts';
import { otpOf } from './city-browser.ts';
import type { CityNode } from './city-node.ts';

const VIEWPORT = { width: 360, height: 740 };

/** A text is typed or chosen, `true` ticks a box; `#id` is left away. */
type Fields = Readonly<Record<string, string | true>>;

export class Telephone {
  readonly page: Page;
  readonly #context: BrowserContext;
  readonly #city: Pick<CityNode, 'issuer' | 'clock'>;

  private constructor(
    city: Pick<CityNode, 'issuer' | 'clock'>,
    of: { context: BrowserContext; page: Page },
  ) {
    this.#city = city;
    this.page = of.page;
    this.#context = of.context;
  }

  static async take(
    browser: Browser,
    city: Pick<CityNode, 'issuer' | 'clock'>,
    { hasScript }: { hasScript: boolean },
  ): Promise<Telephone> {
    const context = await browser.newContext({
      viewport: VIEWPORT,
      locale: 'zh-CN',
      javaScriptEnabled: hasScript,
    });
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    return new Telephone(city, { context, page });
  }

  async goTo(address: string): Promise<void> {
    await this.page.goto(new URL(address, this.#city.issuer).href);
    await this.#look();
  }

  async fill(fields: Fields): Promise<void> {
    for (const [id, value] of Object.entries(fields)) {
      const field = this.page.locator(`[id="${id}"]`);
      if (value === true) await field.check();
      else if ((await field.evaluate((element) => element.tagName)) === 'SELECT')
        await field.selectOption(value);
      else await field.fill(value);
    }
  }

  /** Fills in, presses the button or link with this id, and waits for the page that comes. */
  async press(id: string, fields: Fields = {}): Promise<void> {
    await this.fill(fields);
    await this.follow(`[id="${id}"]`);
  }

  /** The same for a link or button that has no id of its own. */
  async follow(selector: string): Promise<void> {
    try {
      await Promise.all([this.page.waitForEvent('load'), this.page.click(selector)]);
    } catch (cause) {
      const shown = `${await this.screen()}: ${await this.heading()}`;
      throw new Error(`nothing came of ${selector} on ${shown}`, { cause });
    }
    await this.#look();
    // Without script a page on the way asks to be sent on.
    if ((await this.screen()) === 'form-post') await this.follow('#continue');
  }

  /** Waits for this page of that platform, however many lie between. */
  async arriveAt(origin: string, screen: string): Promise<void> {
    await this.page.waitForURL((url) => url.href.startsWith(origin));
    await this.page.waitForSelector(`body[data-page="${screen}"]`);
    await this.page.waitForLoadState();
    await this.#look();
  }

  /** Presses what leads away from the city, and stops there. @returns where it leads */
  async leave(id: string): Promise<URL> {
    const isAway = (request: Request) => new URL(request.url()).origin !== this.#city.issuer;
    const [request] = await Promise.all([
      this.page.waitForRequest(isAway),
      this.page.click(`[id="${id}"]`),
    ]);
    // Nobody listens there: the browser says so on a page of its own.
    await this.page.waitForURL((url) => url.protocol === 'chrome-error:');
    return new URL(request.url());
  }

  /** Chooses a file as from the telephone's own pictures and sends it. */
  async upload(slot: string, file: { name: string; mimeType: string; buffer: Buffer }) {
    await this.page.setInputFiles(`[id="file-${slot}"]`, file);
    await this.press(`upload-${slot}`);
  }

  /** With password, and the authenticator app where it is asked for. */
  async signIn(account: CityAccount): Promise<void> {
    const { login, password } = account;
    await this.press('sign-in', { login, password });
    await this.confirm(account);
  }

  /** The second factor, where it is asked for. */
  async confirm(account: CityAccount): Promise<void> {
    if ((await this.screen()) !== 'second-factor') return;
    await this.press('verify', { otp: await otpOf(account, this.#city.clock.now()) });
  }

  /** The name of the page that is shown. */
  screen(): Promise<string | null> {
    return this.page.getAttribute('body', 'data-page');
  }

  async heading(): Promise<string> {
    return (await this.page.innerText('h1')).trim();
  }

  /** All that can be read on the page. */
  text(): Promise<string> {
    return this.page.innerText('main');
  }

  /** What the page says is to be mended; each line leads to its field. */
  async problem(): Promise<string> {
    const summary = this.page.locator('.error-summary');
    for (const link of await summary.locator('a[href^="#"]').all()) {
      const field = String(await link.getAttribute('href'));
      if ((await this.page.locator(field).count()) !== 1) throw new Error(`no field ${field}`);
    }
    return summary.innerText();
  }

  async putAway(): Promise<void> {
    await this.#context.close();
  }

  async #look(): Promise<void> {
    const { width, headings } = await this.page.evaluate<Record<string, number>>(`({
      width: document.documentElement.scrollWidth,
      headings: document.querySelectorAll('h1').length,
    })`);
    if (width === VIEWPORT.width && headings === 1) return;
    throw new Error(`${this.page.url()} is ${width} wide and has ${headings} headings`);
  }
}
