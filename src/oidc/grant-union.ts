// Uniting two writes of one grant: whatever either of them allowed is allowed. What counts as
// rejected is what the later write says, because a person may have changed their mind.

interface GrantedPart {
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
}

export function uniteGrants(stored: GrantPayload, added: GrantPayload): GrantPayload {
  const openid = unitePart(stored.openid, added.openid);
  const resources = uniteResources(stored.resources, added.resources);
  const { rejected: _former, ...kept } = stored;
  return {
    ...kept,
    ...added,
    ...(stored.iat === undefined ? {} : { iat: stored.iat }),
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
