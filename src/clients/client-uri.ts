// Which addresses a client may register. Redirect addresses are compared as whole strings, so
// what is accepted here is exactly what will be sent to a browser (RFC 9700, RFC 8252).
import type { ClientProblemCode } from './client-problem.ts';

export type ApplicationType = 'web' | 'native';

const PRINTABLE = /^[\x21-\x7E]+$/u;
/** Of web addresses: names, IPv4 and IPv6; `*` has a refusal of its own. A URL allows more: `;`. */
const WEB_HOST = /^(?:[\w.*-]+|\[[\da-f:.]+\])$/u;
const FORBIDDEN_SCHEMES = new Set([
  'javascript:',
  'vbscript:',
  'data:',
  'blob:',
  'file:',
  'about:',
]);

/** The machine of whoever opens the address: it says nothing about who runs the client. */
export function isLoopbackHost(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127(?:\.\d{1,3}){3}$/u.test(hostname)
  );
}

/** Rules for redirect_uris and post_logout_redirect_uris. */
export function redirectUriProblem(
  text: string,
  applicationType: ApplicationType,
): ClientProblemCode | undefined {
  const url = parse(text);
  if (!url) return 'uri_invalid';
  const general = generalProblem(text, url);
  if (general) return general;
  const isLoopback = isLoopbackHost(url.hostname);
  switch (url.protocol) {
    case 'https:':
      return applicationType === 'native' && isLoopback ? 'uri_https_loopback' : undefined;
    case 'http:':
      return isLoopback ? undefined : 'uri_not_https';
    default:
      return applicationType === 'web' ? 'uri_not_https' : privateSchemeProblem(url.protocol);
  }
}

/** For addresses that we call ourselves or send people to: https, or http on this machine. */
export function endpointUriProblem(text: string): ClientProblemCode | undefined {
  const url = parse(text);
  if (!url) return 'uri_invalid';
  const isSecure =
    url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname));
  return generalProblem(text, url) ?? (isSecure ? undefined : 'uri_not_https');
}

/** For links that a page shows. */
export function linkUriProblem(text: string): ClientProblemCode | undefined {
  const url = parse(text);
  if (!url) return 'uri_invalid';
  return url.protocol === 'https:' || url.protocol === 'http:' ? undefined : 'uri_not_web';
}

/** RFC 8707: an absolute address without fragment; it names an API and is never opened. */
export function resourceUriProblem(text: string): ClientProblemCode | undefined {
  const url = parse(text);
  if (!url) return 'uri_invalid';
  if (FORBIDDEN_SCHEMES.has(url.protocol)) return 'uri_scheme_forbidden';
  return text.includes('#') ? 'uri_fragment' : undefined;
}

function parse(text: string): URL | undefined {
  // A backslash is read as a slash by browsers and as itself by others.
  if (!PRINTABLE.test(text) || text.includes('\\')) return undefined;
  const url = URL.parse(text);
  if (!url) return undefined;
  const isWeb = url.protocol === 'https:' || url.protocol === 'http:';
  return isWeb && !WEB_HOST.test(url.hostname) ? undefined : url;
}

function generalProblem(text: string, url: URL): ClientProblemCode | undefined {
  if (text.includes('#')) return 'uri_fragment';
  if (text.includes('*')) return 'uri_wildcard';
  if (url.username !== '' || url.password !== '') return 'uri_credentials';
  return undefined;
}

/** RFC 8252, 7.1: a domain of the app's owner in reverse order, so that no two apps share it. */
function privateSchemeProblem(protocol: string): ClientProblemCode | undefined {
  if (FORBIDDEN_SCHEMES.has(protocol)) return 'uri_scheme_forbidden';
  return protocol.includes('.') ? undefined : 'uri_scheme_without_domain';
}
