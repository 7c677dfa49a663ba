// bcrypt (Provos and Mazières, "A Future-Adaptable Password Scheme", 1999) for passwords that
// other systems have hashed; ours are never made with it. Runs on a thread of its own.

export const BCRYPT_DIGEST_BYTES = 23;
const SALT_BYTES = 16;
const MAX_KEY_BYTES = 72;
const P_WORDS = 18;
const S_WORDS = 1024;
const MAGIC = Buffer.from('OrpheanBeholderScryDoubt');

interface Cipher {
  p: Int32Array;
  s: Int32Array;
}

/** Blowfish begins with the fraction of pi: first P, then the four S-boxes. */
const start: { words?: Int32Array } = {};

/**
 * The raw digest, of which a written form keeps 23 bytes.
 * @param password UTF-8; bytes after the 72nd do not count
 * @param salt 16 bytes
 * @param cost binary logarithm of the rounds, 4…31
 */
export function bcryptDigest(password: Uint8Array, salt: Uint8Array, cost: number): Buffer {
  if (salt.length !== SALT_BYTES) throw new RangeError('a bcrypt salt has 16 bytes');
  const key = Buffer.concat([password, Buffer.of(0)]).subarray(0, MAX_KEY_BYTES);
  start.words ??= fractionOfPi(P_WORDS + S_WORDS);
  const cipher = { p: start.words.slice(0, P_WORDS), s: start.words.slice(P_WORDS) };
  expandKey(cipher, key, salt);
  const rounds = 2 ** cost;
  const noSalt = new Uint8Array(SALT_BYTES);
  for (let round = 0; round < rounds; round += 1) {
    expandKey(cipher, key, noSalt);
    expandKey(cipher, salt, noSalt);
  }
  return encryptMagic(cipher);
}

function encryptMagic(cipher: Cipher): Buffer {
  const digest = Buffer.alloc(MAGIC.length);
  const block = new Int32Array(2);
  for (let offset = 0; offset < MAGIC.length; offset += 8) {
    block[0] = MAGIC.readInt32BE(offset);
    block[1] = MAGIC.readInt32BE(offset + 4);
    for (let time = 0; time < 64; time += 1) encrypt(cipher, block);
    digest.writeInt32BE(block[0], offset);
    digest.writeInt32BE(block[1], offset + 4);
  }
  return digest.subarray(0, BCRYPT_DIGEST_BYTES);
}

function expandKey(cipher: Cipher, key: Uint8Array, salt: Uint8Array): void {
  const { p, s } = cipher;
  const keyWords = wordsOf(key, P_WORDS);
  const saltWords = wordsOf(salt, SALT_BYTES / 4);
  for (let index = 0; index < P_WORDS; index += 1) p[index]! ^= keyWords[index]!;
  const block = new Int32Array(2);
  let half = 0;
  for (const table of [p, s]) {
    for (let index = 0; index < table.length; index += 2) {
      block[0]! ^= saltWords[half]!;
      block[1]! ^= saltWords[half + 1]!;
      half ^= 2;
      encrypt(cipher, block);
      table[index] = block[0]!;
      table[index + 1] = block[1]!;
    }
  }
}

/** Big-endian words of the bytes, repeated as often as it takes. */
function wordsOf(bytes: Uint8Array, count: number): Int32Array {
  const words = new Int32Array(count);
  let at = 0;
  for (let index = 0; index < count; index += 1) {
    let word = 0;
    for (let byte = 0; byte < 4; byte += 1) {
      word = (word << 8) | bytes[at]!;
      at = (at + 1) % bytes.length;
    }
    words[index] = word;
  }
  return words;
}

function encrypt({ p, s }: Cipher, block: Int32Array): void {
  let left = block[0]! ^ p[0]!;
  let right = block[1]!;
  for (let round = 1; round < 17; round += 2) {
    right ^= mix(s, left) ^ p[round]!;
    left ^= mix(s, right) ^ p[round + 1]!;
  }
  block[0] = right ^ p[17]!;
  block[1] = left;
}

function mix(s: Int32Array, word: number): number {
  const high = (s[word >>> 24]! + s[256 + ((word >>> 16) & 255)]!) | 0;
  return ((high ^ s[512 + ((word >>> 8) & 255)]!) + s[768 + (word & 255)]!) | 0;
}

/** Machin: pi = 16 arctan(1/5) − 4 arctan(1/239). */
function fractionOfPi(count: number): Int32Array {
  const guard = 64n;
  const bits = BigInt(count * 32);
  const one = 1n << (bits + guard);
  const pi = 16n * arctanOfInverse(5n, one) - 4n * arctanOfInverse(239n, one);
  const fraction = (pi - 3n * one) >> guard;
  const bytes = Buffer.from(fraction.toString(16).padStart(count * 8, '0'), 'hex');
  return Int32Array.from({ length: count }, (_, index) => bytes.readInt32BE(index * 4));
}

function arctanOfInverse(of: bigint, one: bigint): bigint {
  const square = of * of;
  let power = one / of;
  let sum = power;
  for (let odd = 3n, sign = -1n; power > 0n; odd += 2n, sign = -sign) {
    power /= square;
    sum += (sign * power) / odd;
  }
  return sum;
}
