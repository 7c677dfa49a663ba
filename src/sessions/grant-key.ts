// Under which key a grant is stored, and named by the tokens and sessions that stand on it. The id
// opens what was granted; the key opens nothing.
import type { Keyring } from '../platform/crypto.ts';

export function grantKeyOf(keyring: Pick<Keyring, 'mac'>, grantId: string): string {
  return keyring.mac('artefactId', 'Grant', grantId).toString('base64url');
}
