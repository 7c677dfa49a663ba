// Uniting two writes of one grant: whatever either of them allowed is allowed. What counts as
// rejected is what the later write says, because a person may have changed their mind.
import { formatConsentItem } from '../../consent/consent-item.ts';
import type { Operator } from '../../entity-sign-in/operator.ts';
import type { ActingReference } from '../../mandates/acting.ts';

export interface GrantedPart {
  scope?: string;
  claims?: string[];
}

interface GrantedItems {
  openid?: GrantedPart;
  resources?: Record<string, string>;
}

/** The payload of the library's Grant model. `exp` and `iat` in epoch seconds. */
export interface GrantPayload extends GrantedItems {
  jti?: string;
  kind: string;
  iat?: number;
  exp?: number;
  accountId: string;
  clientId: string;
  rejected?: GrantedItems;
  rar?: unknown[];
  /** For whom the person acts under it, from its beginning on; the library does not know of it. */
  acting?: ActingReference;
  /** Who was at the keyboard of the organisation whose grant it is, from its beginning on. */
  operator?: Operator;
}

export function uniteGrants(stored: GrantPayload, added: GrantPayload): GrantPayload {
  const openid = unitePart(stored.openid, added.openid);
  const resources = uniteResources(stored.resources, added.resources);
  const { rejected: _former, ...kept } = stored;
  return {
    ...kept,
    ...added,
    ...(stored.iat === undefined ? {} : { iat: stored.iat }),
    ...(stored.operator ? { operator: stored.operator } : {}),
    exp: Math.max(stored.exp ?? 0, added.exp ?? 0),
    ...(openid ? { openid } : {}),
    ...(resources ? { resources } : {}),
  };
}

function unitePart(a: GrantedPart | undefined, b: GrantedPart | undefined) {
  if (!a || !b) return a ?? b;
  const scope = uniteWords(a.scope, b.scope);
  const claims = [...new Set([...(a.claims ?? []), ...(b.claims ?? [])])];
  return { ...(scope ? { scope } : {}), ...(claims.length > 0 ? { claims } : {}) };
}

function uniteResources(
  a: Record<string, string> | undefined,
  b: Record<string, string> | undefined,
) {
  if (!a || !b) return a ?? b;
  const indicators = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries(
    [...indicators].map((indicator) => [indicator, uniteWords(a[indicator], b[indicator])]),
  );
}

function uniteWords(a = '', b = ''): string {
  return [...new Set([...a.split(' '), ...b.split(' ')])].filter(Boolean).join(' ');
}

/** Whether a grant releases one of these items, as consent records write them. */
export function holdsAny(grant: GrantPayload, items: readonly string[]): boolean {
  const held = new Set(itemsInEffect(grant));
  return items.some((item) => held.has(item));
}

/** What a grant releases, as consent records write it (`consent/consent-item.ts`). */
export function itemsInEffect({ openid, resources, rejected }: GrantPayload): string[] {
  const inEffect = (held: readonly string[], kept: readonly string[]) =>
    held.filter((name) => !kept.includes(name));
  const scopes = inEffect(wordsOf(openid?.scope), wordsOf(rejected?.openid?.scope));
  const claims = inEffect(openid?.claims ?? [], rejected?.openid?.claims ?? []);
  return [
    ...scopes.map((name) => formatConsentItem({ kind: 'scope', name })),
    ...claims.map((name) => formatConsentItem({ kind: 'claim', name })),
    ...Object.entries(resources ?? {}).flatMap(([indicator, names]) =>
      wordsOf(names).map((name) => formatConsentItem({ kind: 'resource', indicator, name })),
    ),
  ];
}

function wordsOf(text = ''): string[] {
  return text.split(' ').filter(Boolean);
}
