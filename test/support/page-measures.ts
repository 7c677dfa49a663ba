// Measures a page in the browser: what is too wide, too small to read or too small to touch.
import type { Page } from 'playwright-core';

export interface Measures {
  /** CSS pixels. */
  leastType: number;
  /** Of buttons, fields and links that stand by themselves; in CSS pixels. */
  leastTarget: number;
}

/** Works without script on the page. */
export async function measure(page: Page, { leastType, leastTarget }: Measures): Promise<string[]> {
  return page.evaluate<string[]>(`(() => {
    const problems = [];
    const isShown = (element) => element.checkVisibility() && element.getBoundingClientRect().width > 1;
    const name = (element) => element.tagName.toLowerCase() + ' ' + element.textContent.trim().slice(0, 20);
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth > width) {
      problems.push('wider than ' + width + ': ' + document.documentElement.scrollWidth);
    }
    for (const element of document.body.querySelectorAll('*')) {
      const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
      const size = parseFloat(getComputedStyle(element).fontSize);
      if (hasText && isShown(element) && size < ${leastType}) {
        problems.push(name(element) + ': type of ' + size);
      }
    }
    const isInText = (link) => link.tagName === 'A' && getComputedStyle(link).display === 'inline';
    const targets = 'a, button, summary, input:not([type=hidden], [type=checkbox], [type=radio])';
    for (const target of document.body.querySelectorAll(targets)) {
      const { height } = target.getBoundingClientRect();
      if (isShown(target) && !isInText(target) && !target.closest('.skip-link') && height < ${leastTarget} - 0.5) {
        problems.push(name(target) + ': ' + height + ' high');
      }
    }
    return problems;
  })()`);
}

export interface PageFrame {
  language: string;
  /** Of the screen: `data-page` of the body. */
  name: string;
  headings: number;
  landmarks: number;
}

/** In one step: each locator of the browser library puts its own engine into a new page first. */
export function frameOf(page: Page): Promise<PageFrame> {
  return page.evaluate<PageFrame>(`({
    language: document.documentElement.lang,
    name: document.body.dataset.page ?? '',
    headings: document.querySelectorAll('h1').length,
    landmarks: document.querySelectorAll('main').length,
  })`);
}

/** What a printed page lacks, and what nobody can press on paper. The page is shown as for print. */
export function shortcomingsOfPrint(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`(() => {
    const isShown = (element) =>
      element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0;
    const isThere = (selector) => [...document.querySelectorAll(selector)].some(isShown);
    const lacking = ['.print-head', 'h1'].filter((selector) => !isThere(selector));
    const left = ['.site-header', 'nav', '.actions', 'button'].filter(isThere);
    return [...lacking.map((each) => 'no ' + each), ...left.map((each) => each + ' left')];
  })()`);
}
