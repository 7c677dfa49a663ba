// Contrast of what is written on the page at hand, as axe judges it. To judge a page takes axe longer than
// all else that is looked at, and a few hundred pages share a few dozen colours: it is asked where a page
// shows a colour on a background, in a size and weight, that it has not judged before.
import type { Page } from 'playwright-core';
import { violations } from './axe.ts';

/** `enhanced`: 7:1 instead of 4.5:1, which the elder-friendly version and high contrast promise. */
export type ContrastRule = 'contrast' | 'enhancedContrast';

/** Of one display: style sheet, scheme and rule. */
export class ContrastJudge {
  readonly #rule: ContrastRule;
  readonly #judged = new Set<string>();

  constructor(rule: ContrastRule) {
    this.#rule = rule;
  }

  /** In the form `rule: element`. */
  async violations(page: Page): Promise<string[]> {
    const pairs = await page.evaluate<string[]>(COLOURS);
    if (pairs.every((pair) => this.#judged.has(pair))) return [];
    const found = await violations(page, this.#rule);
    // What was objected to is asked about again wherever it comes up.
    if (found.length === 0) for (const pair of pairs) this.#judged.add(pair);
    return found;
  }
}

/**
 * Every text with all that its contrast depends on. What is laid over something else and lets it through
 * is named with the document, because what is under it does not follow from its ancestors.
 */
const COLOURS = `(() => {
  const isOpaque = ({ backgroundColor, backgroundImage, opacity }) =>
    backgroundImage === 'none' && opacity === '1' && /^rgb\\(/u.test(backgroundColor);
  const isWritten = (element) =>
    element.matches('input, select, textarea') ||
    [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  const under = new Map();
  const backgroundOf = (element) => {
    if (element === null) return 'page';
    const known = under.get(element);
    if (known !== undefined) return known;
    const style = getComputedStyle(element);
    const { backgroundColor, backgroundImage, opacity, position, zIndex } = style;
    const own = [backgroundColor, backgroundImage, opacity].join(' ');
    const isLaidOver = position === 'absolute' || position === 'fixed' || position === 'sticky';
    const place = isLaidOver ? ' over ' + document.title + element.outerHTML + zIndex : '';
    const found = isOpaque(style) ? own : own + place + ' on ' + backgroundOf(element.parentElement);
    under.set(element, found);
    return found;
  };
  const pairs = new Set();
  for (const element of document.body.querySelectorAll('*')) {
    if (!isWritten(element) || !element.checkVisibility({ visibilityProperty: true })) continue;
    const { color, fontSize, fontWeight, textShadow } = getComputedStyle(element);
    const isDisabled = element.matches(':disabled, [aria-disabled=true], :disabled *');
    const place = getComputedStyle(element, '::placeholder').color;
    pairs.add([color, place, fontSize, fontWeight, textShadow, isDisabled, backgroundOf(element)].join('; '));
  }
  return [...pairs];
})()`;
