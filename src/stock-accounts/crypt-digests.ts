// MD5-crypt (Kamp, FreeBSD; with Apache's mark) and SHA-crypt (Drepper, SHA-crypt.txt 0.6): what
// crypt(3) of Unix systems has written. Runs on a thread of its own; its rounds are costly.
import { createHash } from 'node:crypto';

const ALPHABET = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const MD5_ROUNDS = 1000;

const MD5_ORDER = [
  [0, 6, 12],
  [1, 7, 13],
  [2, 8, 14],
  [3, 9, 15],
  [4, 10, 5],
  [-1, -1, 11],
] as const;
const SHA_BYTES = { sha256: 32, sha512: 64 } as const;

type Part = Uint8Array | string;

/** @returns the 22 characters after the salt */
export function md5Crypt(password: Buffer, salt: string, mark: '$1$' | '$apr1$'): string {
  const inner = digest('md5', [password, salt, password]);
  const parts: Part[] = [password, mark, salt, repeated(inner, password.length)];
  for (let bits = password.length; bits > 0; bits >>>= 1) {
    parts.push((bits & 1) === 1 ? Buffer.of(0) : password.subarray(0, 1));
  }
  let state = digest('md5', parts);
  for (let round = 0; round < MD5_ROUNDS; round += 1) {
    state = digest('md5', roundParts(round, { state, password, salt }));
  }
  return encode(state, MD5_ORDER);
}

/**
 * @param rounds as written, or 5000
 * @returns the 43 (SHA-256) or 86 (SHA-512) characters after the salt
 */
export function shaCrypt(
  password: Buffer,
  salt: string,
  { hash, rounds }: { hash: 'sha256' | 'sha512'; rounds: number },
): string {
  const saltBytes = Buffer.from(salt, 'latin1');
  const inner = digest(hash, [password, saltBytes, password]);
  const parts: Part[] = [password, saltBytes, repeated(inner, password.length)];
  for (let bits = password.length; bits > 0; bits >>>= 1) {
    parts.push((bits & 1) === 1 ? inner : password);
  }
  let state = digest(hash, parts);
  const ofPassword = digest(hash, times(password, password.length));
  const p = repeated(ofPassword, password.length);
  const ofSalt = digest(hash, times(saltBytes, 16 + (state[0] ?? 0)));
  const s = repeated(ofSalt, saltBytes.length);
  for (let round = 0; round < rounds; round += 1) {
    state = digest(hash, roundParts(round, { state, password: p, salt: s }));
  }
  return encode(state, shaOrder(SHA_BYTES[hash]));
}

/** Both kinds of rounds mix alike. */
function roundParts(round: number, of: { state: Part; password: Part; salt: Part }): Part[] {
  const isOdd = round % 2 === 1;
  const parts: Part[] = [isOdd ? of.password : of.state];
  if (round % 3 !== 0) parts.push(of.salt);
  if (round % 7 !== 0) parts.push(of.password);
  parts.push(isOdd ? of.state : of.password);
  return parts;
}

/** SHA-256 turns the triple one way, SHA-512 the other; the last bytes stand alone. */
function shaOrder(length: 32 | 64): number[][] {
  const third = Math.floor(length / 3);
  const turn = length === 64 ? 1 : 2;
  const order = Array.from({ length: third }, (_, index) =>
    [0, 1, 2].map((place) => index + third * ((place + index * turn) % 3)),
  );
  return [...order, length === 64 ? [-1, -1, 63] : [-1, 31, 30]];
}

/** Three bytes make four characters, least significant first; −1 stands for no byte. */
function encode(bytes: Uint8Array, order: readonly (readonly number[])[]): string {
  let text = '';
  for (const triple of order) {
    const known = triple.filter((index) => index >= 0).length;
    let value = triple.reduce((sum, index) => sum * 256 + (index < 0 ? 0 : (bytes[index] ?? 0)), 0);
    for (let left = known === 3 ? 4 : known + 1; left > 0; left -= 1) {
      text += ALPHABET.charAt(value % 64);
      value = Math.floor(value / 64);
    }
  }
  return text;
}

function digest(hash: string, parts: readonly Part[]): Buffer {
  const made = createHash(hash);
  for (const part of parts) made.update(part);
  return made.digest();
}

function times(part: Uint8Array, count: number): Uint8Array[] {
  return Array.from({ length: count }, () => part);
}

function repeated(bytes: Buffer, length: number): Buffer {
  return Buffer.alloc(length, bytes);
}
