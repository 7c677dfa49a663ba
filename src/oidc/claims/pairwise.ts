// Subjects as clients see them: one per account and sector, keyed, so that two sectors cannot
// compare notes. The version in front allows another derivation one day without changing these.
import type { Keyring } from '../../platform/crypto.ts';

const VERSION = 'p1';

/** OpenID Connect Core 8.1; `sector` is a host name. */
export function pairwiseSubject(keyring: Keyring, sector: string, accountId: string): string {
  const mac = keyring.mac('pairwise', VERSION, `${sector}\0${accountId}`);
  return `${VERSION}_${mac.toString('base64url')}`;
}
