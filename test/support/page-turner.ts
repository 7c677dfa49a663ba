// Shows one page after the other in one document: their words, trees, styles and scripts are those of a
// visit, but the browser makes no new document for each, and what examines them stays in place and warm.
// What a visit itself does (headers, the policy for scripts) is for tests that go to the page.
import type { Page } from 'playwright-core';

export type TurnTo = (url: string) => Promise<void>;

/** Goes to the first page, and resolves with what turns to further ones in the same language. */
export async function pageTurner(page: Page, first: string): Promise<TurnTo> {
  await page.goto(first);
  const { nonce, language } = await page.evaluate<{ nonce: string; language: string }>(`({
    nonce: document.querySelector('script[nonce]').nonce,
    language: document.documentElement.lang,
  })`);
  let turn = 0;
  return async (url) => {
    turn += 1;
    const answer = await fetch(url, { headers: { 'accept-language': language } });
    const html = await answer.text();
    // The policy is that of the first page. A module that was loaded before would not run again.
    const turned = html
      .replaceAll(/nonce="[^"]*"/gu, `nonce="${nonce}"`)
      .replaceAll(/\.js"/gu, `.js?turn=${turn}"`);
    await page.setContent(turned);
  };
}
