// What systems receive, in the words of pages.
import { parseConsentItem } from '../consent/consent-item.ts';
import type { ItemView } from '../platform/http/view-locals.ts';

/** @param items as consent records write them */
export function presentItems(items: readonly string[]): ItemView[] {
  return items.map(presentItem).filter((item) => item !== undefined);
}

/** `openid` by itself says nothing. */
function presentItem(text: string): ItemView | undefined {
  const item = parseConsentItem(text);
  const { name } = item;
  if (item.kind === 'scope') return name === 'openid' ? undefined : { name };
  if (item.kind === 'claim') return { name, words: { key: `consent.claim.${name}` } };
  return {
    name,
    words: { key: 'consent.resource', values: { resource: item.indicator, scope: name } },
  };
}
