// Subjects as clients see them: one per account and sector, keyed, so that two sectors cannot
// compare notes. The version in front allows another derivation one day without changing these.
import type { Keyring } from '../../platform/crypto.ts';

const VERSION = 'p1';

/**
 * What a client calls an account, by its registration as the library is given it. A legal entity has
 * such a name of its own at each client, also where persons are called by public ones.
 */
export function subjectsOf(keyring: Keyring, client: object | undefined) {
  const { subject_type: type, sector_host: sector = '' } = (client ?? {}) as {
    subject_type?: string;
    sector_host?: string;
  };
  const pairwise = (accountId: string) => pairwiseSubject(keyring, sector, accountId);
  const isPublic = type === 'public';
  return { person: isPublic ? (accountId: string) => accountId : pairwise, entity: pairwise };
}

/** OpenID Connect Core 8.1; `sector` is a host name. */
export function pairwiseSubject(keyring: Keyring, sector: string, accountId: string): string {
  const mac = keyring.mac('pairwise', VERSION, `${sector}\0${accountId}`);
  return `${VERSION}_${mac.toString('base64url')}`;
}
