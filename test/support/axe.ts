// What axe objects to on the page at hand. The engine is put into the page itself: the wrapper for
// Playwright opens a second page for every result, which is most of its time.
import axe from 'axe-core';
import type { Page } from 'playwright-core';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** Contrast of 7:1, which the elder-friendly version and high contrast promise. */
const ENHANCED_CONTRAST = 'color-contrast-enhanced';

/** `structure`: all but colours, which take half the time. */
export type AxeScope = 'all' | 'structure' | 'contrast' | 'enhancedContrast';

/** What contrast of 4.5:1 is measured by; the enhanced one includes it. */
const CONTRAST = 'color-contrast';
const SINGLE_RULES: Partial<Record<AxeScope, string>> = {
  contrast: CONTRAST,
  enhancedContrast: ENHANCED_CONTRAST,
};

/** In the form `rule: element`. */
export async function violations(page: Page, scope: AxeScope = 'all'): Promise<string[]> {
  const rule = SINGLE_RULES[scope];
  const options = {
    resultTypes: ['violations'],
    ...(rule === undefined
      ? {
          runOnly: { type: 'tag', values: TAGS },
          rules: {
            [CONTRAST]: { enabled: scope === 'all' },
          },
        }
      : { runOnly: { type: 'rule', values: [rule] } }),
  };
  if (!(await page.evaluate<boolean>("'axe' in globalThis"))) await page.evaluate(axe.source);
  return page.evaluate<string[]>(
    `axe.run(document, ${JSON.stringify(options)}).then(({ violations }) =>
      violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ': ' + html)))`,
  );
}
