// A keyring of one key for each purpose, without a database.
import { Keyring, keyPurposes } from '../../src/platform/crypto.ts';
import type { KeyTable } from '../../src/platform/crypto.ts';

/** `bytes` gives the 32 bytes of each key. */
export function fixedKeyring(bytes: () => Buffer): Keyring {
  const made = keyPurposes.map((purpose) => {
    const keys = [{ number: 1, bytes: bytes() }];
    return [purpose, { writing: keys, reading: keys, generation: 0 }];
  });
  return new Keyring(Object.fromEntries(made) as KeyTable);
}
