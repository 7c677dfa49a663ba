// Entity identifiers (OpenID Federation 1.0, 1.2): https addresses that name who speaks. They are compared
// as they are written.
import { isLoopbackHost } from '../clients/client-uri.ts';

const LONGEST = 512;
const PRINTABLE = /^[\x21-\x7E]+$/u;

/**
 * An https address without query, fragment and credentials; http on this machine only, where there is no
 * other way (demonstration, tests).
 */
export function isEntityId(text: unknown): boolean {
  if (typeof text !== 'string') return false;
  if (text.length > LONGEST || !PRINTABLE.test(text)) return false;
  const url = URL.parse(text);
  if (!url || url.username !== '' || url.password !== '') return false;
  if (text.includes('?') || text.includes('#')) return false;
  const isPlain = url.href === text || url.href === `${text}/`;
  return isPlain && (url.protocol === 'https:' || isLocal(url));
}

/** Where an entity publishes what it says of itself (OpenID Federation 1.0, 9). */
export function configurationUrl(entityId: string): string {
  return `${entityId.replace(/\/$/u, '')}/.well-known/openid-federation`;
}

/** An address that an entity names as its own: https, or http on this machine. */
export function isEndpoint(text: unknown): text is string {
  if (typeof text !== 'string' || text.length > 2 * LONGEST || text.includes('#')) return false;
  const url = URL.parse(text);
  return url !== null && (url.protocol === 'https:' || isLocal(url));
}

function isLocal({ protocol, hostname }: URL): boolean {
  return protocol === 'http:' && isLoopbackHost(hostname);
}
