// In what one address differs from the registered ones, so that a developer need not compare them
// letter by letter.

export type UriDifference =
  | 'trailing_slash'
  | 'letter_case'
  | 'scheme'
  | 'query'
  | 'port'
  | 'host'
  | 'path'
  | 'other';

/** Each takes one trait out of an address; two that are equal without it differ in it alone. */
const withoutTrait: readonly (readonly [UriDifference, (uri: string) => string])[] = [
  ['trailing_slash', (uri) => uri.replace(/\/$/u, '')],
  ['letter_case', (uri) => uri.toLowerCase()],
  ['scheme', (uri) => uri.replace(/^[a-z][a-z\d+.-]*:/iu, '')],
  ['query', (uri) => uri.replace(/[?#].*$/u, '')],
  ['port', (uri) => changed(uri, (url) => (url.port = ''))],
  ['host', (uri) => changed(uri, (url) => (url.hostname = 'any'))],
  ['path', (uri) => changed(uri, (url) => (url.pathname = ''))],
];

/** The least trait in which `received` differs from a registered address. */
export function uriDifference(received: string, registered: readonly string[]): UriDifference {
  const found = withoutTrait.find(([, strip]) =>
    registered.some((uri) => strip(uri) === strip(received)),
  );
  return found?.[0] ?? 'other';
}

function changed(uri: string, change: (url: URL) => void): string {
  const url = URL.parse(uri);
  if (!url) return uri;
  change(url);
  return url.href;
}
