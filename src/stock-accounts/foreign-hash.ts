// Password hashes of other systems, read strictly by their written form: what the form does not
// say exactly is refused, because a hash that nobody can ever match locks its owner out.

type Sha2 = 'sha256' | 'sha384' | 'sha512';

/** How a digest is made from a password: all of a written hash but the digest itself. */
export type HashRecipe =
  /** `salt`: base64url, as everywhere below where no text stands. `sha256`: bcrypt of its hex. */
  | { layout: 'bcrypt'; cost: number; salt: string; before?: 'sha256' }
  | { layout: 'pbkdf2'; hash: 'sha1' | 'sha256' | 'sha512'; iterations: number; salt: string }
  | { layout: 'sha_crypt'; hash: 'sha256' | 'sha512'; rounds: number; saltText: string }
  | { layout: 'md5_crypt'; mark: '$1$' | '$apr1$'; saltText: string }
  | { layout: 'salted'; hash: Sha2; saltPlace: 'first' | 'last'; salt: string }
  | { layout: 'shiro'; hash: Sha2; iterations: number; salt: string };

export interface ForeignHash {
  recipe: HashRecipe;
  digest: Buffer;
}

export type ForeignHashProblem =
  | 'hash_missing'
  | 'hash_unknown'
  | 'hash_unsalted'
  | 'hash_malformed'
  /** One guess would occupy a processor for seconds. */
  | 'hash_too_costly';

export type ForeignHashOutcome =
  | { ok: true; hash: ForeignHash }
  | { ok: false; problem: ForeignHashProblem };

const MAX_LENGTH = 512;
const BCRYPT_COSTS = { least: 4, most: 13 };
const MOST_ITERATIONS = 2_000_000;
const MOST_ROUNDS = 1_000_000;
const DIGEST_BYTES = { sha1: 20, sha256: 32, sha384: 48, sha512: 64 } as const;
const BCRYPT_ALPHABET = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const BASE64_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/**
 * Reads one of: bcrypt (`$2a$ $2b$ $2y$`, also as Spring's `{bcrypt}`, Django's `bcrypt$` and
 * `bcrypt_sha256$`), PBKDF2 (Django `pbkdf2_sha256$`, LDAP `{PBKDF2-SHA256}`, `$pbkdf2-sha256$`),
 * SHA-crypt (`$5$ $6$`), MD5-crypt (`$1$ $apr1$`), salted SHA-2 (`{SSHA256}`,
 * `salted-sha256:first:…`) and Shiro's `$shiro1$`; LDAP's `{CRYPT}` before any of crypt(3).
 */
export function readForeignHash(text: string): ForeignHashOutcome {
  const written = text.trim();
  if (written === '') return { ok: false, problem: 'hash_missing' };
  if (written.length > MAX_LENGTH) return { ok: false, problem: 'hash_unknown' };
  const bare = written.replace(/^\{(?:CRYPT|crypt)\}(?=\$)/u, '');
  for (const { begins, read } of FORMS) {
    if (!begins.test(bare)) continue;
    const found = read(bare);
    return typeof found === 'string' ? { ok: false, problem: found } : { ok: true, hash: found };
  }
  const isBareDigest = /^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128})$/iu;
  const isUnsalted = isBareDigest.test(bare) || /^\{(?:MD5|SHA|SHA256|SHA512)\}/iu.test(bare);
  return { ok: false, problem: isUnsalted ? 'hash_unsalted' : 'hash_unknown' };
}

/** What one guess costs, e.g. `bcrypt:12`: hashes of one class take the same time. */
export function costClass(recipe: HashRecipe): string {
  switch (recipe.layout) {
    case 'bcrypt':
      return `bcrypt:${recipe.cost}`;
    case 'pbkdf2':
    case 'shiro':
      return `${recipe.layout}:${recipe.hash}:${recipe.iterations}`;
    case 'sha_crypt':
      return `sha_crypt:${recipe.hash}:${recipe.rounds}`;
    case 'md5_crypt':
      return 'md5_crypt';
    case 'salted':
      return `salted:${recipe.hash}`;
    default:
      return recipe satisfies never;
  }
}

type Read = ForeignHash | ForeignHashProblem;
const MALFORMED = 'hash_malformed';

const FORMS: readonly { begins: RegExp; read: (text: string) => Read }[] = [
  { begins: /^\{bcrypt\}\$2/u, read: (text) => readBcrypt(text.slice('{bcrypt}'.length)) },
  { begins: /^bcrypt\$\$2/u, read: (text) => readBcrypt(text.slice('bcrypt$'.length)) },
  {
    begins: /^bcrypt_sha256\$\$2/u,
    read: (text) => withSha256(readBcrypt(text.slice('bcrypt_sha256$'.length))),
  },
  { begins: /^\$2[a-z]?\$/u, read: readBcrypt },
  { begins: /^pbkdf2_/u, read: readDjangoPbkdf2 },
  { begins: /^\{PBKDF2/u, read: readLdapPbkdf2 },
  { begins: /^\$pbkdf2/u, read: readModularPbkdf2 },
  { begins: /^\$[56]\$/u, read: readShaCrypt },
  { begins: /^\$(?:1|apr1)\$/u, read: readMd5Crypt },
  { begins: /^\{SSHA(?:256|384|512)\}/u, read: readLdapSalted },
  { begins: /^salted-sha/u, read: readSalted },
  { begins: /^\$shiro1\$/u, read: readShiro },
];

/** `$2x$` marks hashes of a faulty program, `$2$` a form without the end of the password. */
function readBcrypt(text: string): Read {
  const match = /^\$2[aby]\$(\d\d)\$([./A-Za-z0-9]{22})([./A-Za-z0-9]{31})$/u.exec(text);
  const [, costText = '', saltText = '', digestText = ''] = match ?? [];
  const cost = Number(costText);
  const digest = decodeBits(digestText, BCRYPT_ALPHABET);
  if (!match || cost < BCRYPT_COSTS.least || cost > 31 || !digest.isExact) return MALFORMED;
  if (cost > BCRYPT_COSTS.most) return 'hash_too_costly';
  // Some programs fill the last bits of a salt with chance; nothing reads them.
  const salt = decodeBits(saltText, BCRYPT_ALPHABET).bytes.toString('base64url');
  return { recipe: { layout: 'bcrypt', cost, salt }, digest: digest.bytes };
}

function withSha256(read: Read): Read {
  if (typeof read === 'string' || read.recipe.layout !== 'bcrypt') return read;
  return { ...read, recipe: { ...read.recipe, before: 'sha256' } };
}

/** `pbkdf2_sha256$<iterations>$<salt>$<base64>`; the salt is text. */
function readDjangoPbkdf2(text: string): Read {
  const match = /^pbkdf2_(sha1|sha256)\$(\d+)\$([!-#%-~]{1,128})\$([A-Za-z0-9+/]+=*)$/u.exec(text);
  if (!match) return MALFORMED;
  const [, hash, iterations = '', salt = '', digestText = ''] = match;
  const digest = decodeBase64(digestText);
  return pbkdf2({ hash, iterations, salt: Buffer.from(salt), digest });
}

/** `{PBKDF2-SHA256}<iterations>$<salt>$<digest>`, base64 with `.` for `+` and without `=`. */
function readLdapPbkdf2(text: string): Read {
  const match =
    /^\{PBKDF2(?:-SHA(1|256|512))?\}(\d+)\$([A-Za-z0-9./]{1,128})\$([A-Za-z0-9./]+)$/u.exec(text);
  return match ? adaptedPbkdf2(match) : MALFORMED;
}

/** `$pbkdf2-sha256$<iterations>$<salt>$<digest>`, base64 likewise; `$pbkdf2$` is SHA-1. */
function readModularPbkdf2(text: string): Read {
  const match =
    /^\$pbkdf2(?:-sha(256|512))?\$(\d+)\$([A-Za-z0-9./]{1,128})\$([A-Za-z0-9./]+)$/u.exec(text);
  return match ? adaptedPbkdf2(match) : MALFORMED;
}

function adaptedPbkdf2([, bits = '1', iterations = '', salt = '', digest = '']: RegExpExecArray) {
  const decode = (text: string) => decodeBase64(text.replaceAll('.', '+'), { isPadded: false });
  return pbkdf2({ hash: `sha${bits}`, iterations, salt: decode(salt), digest: decode(digest) });
}

function pbkdf2(of: {
  hash: string | undefined;
  iterations: string;
  salt: Buffer | undefined;
  digest: Buffer | undefined;
}): Read {
  const { hash, salt, digest } = of;
  if (hash !== 'sha1' && hash !== 'sha256' && hash !== 'sha512') return MALFORMED;
  const iterations = positive(of.iterations);
  if (iterations === undefined || !salt || digest?.length !== DIGEST_BYTES[hash]) return MALFORMED;
  if (iterations > MOST_ITERATIONS) return 'hash_too_costly';
  const recipe = { layout: 'pbkdf2', hash, iterations, salt: salt.toString('base64url') } as const;
  return { recipe, digest };
}

/** SHA-crypt.txt: at most 16 characters of salt, 1000…999,999,999 rounds, 5000 when none stand. */
function readShaCrypt(text: string): Read {
  const match =
    /^\$([56])\$(?:rounds=(\d{1,9})\$)?([./A-Za-z0-9]{1,16})\$([./A-Za-z0-9]{43}|[./A-Za-z0-9]{86})$/u.exec(
      text,
    );
  if (!match) return MALFORMED;
  const [, mark, roundsText = '5000', saltText = '', digest = ''] = match;
  const hash = mark === '5' ? 'sha256' : 'sha512';
  const rounds = positive(roundsText);
  const isLong = digest.length === 86;
  if (rounds === undefined || rounds < 1000 || isLong !== (hash === 'sha512')) return MALFORMED;
  if (rounds > MOST_ROUNDS) return 'hash_too_costly';
  return { recipe: { layout: 'sha_crypt', hash, rounds, saltText }, digest: Buffer.from(digest) };
}

function readMd5Crypt(text: string): Read {
  const match = /^(\$1\$|\$apr1\$)([./A-Za-z0-9]{1,8})\$([./A-Za-z0-9]{22})$/u.exec(text);
  const [, mark, saltText = '', digest = ''] = match ?? [];
  if (mark !== '$1$' && mark !== '$apr1$') return MALFORMED;
  return { recipe: { layout: 'md5_crypt', mark, saltText }, digest: Buffer.from(digest) };
}

/** OpenLDAP's pw-sha2: base64 of the digest of password and salt, with the salt behind it. */
function readLdapSalted(text: string): Read {
  const match = /^\{SSHA(256|384|512)\}([A-Za-z0-9+/]+=*)$/u.exec(text);
  const hash = sha2(`sha${match?.[1] ?? ''}`);
  const bytes = decodeBase64(match?.[2] ?? '');
  if (!hash || !bytes) return MALFORMED;
  const length = DIGEST_BYTES[hash];
  const salt = bytes.subarray(length);
  if (salt.length < 4 || salt.length > 64) return MALFORMED;
  return {
    recipe: { layout: 'salted', hash, saltPlace: 'last', salt: salt.toString('base64url') },
    digest: bytes.subarray(0, length),
  };
}

/** Ours, for tables that keep salt and digest in columns: `salted-sha256:first:<salt>:<hex>`. */
function readSalted(text: string): Read {
  const match =
    /^salted-(sha256|sha384|sha512):(first|last):([!-9;-~]{1,128}):([0-9A-Fa-f]+)$/u.exec(text);
  const [, hashText = '', saltPlace, salt = '', hex = ''] = match ?? [];
  const hash = sha2(hashText);
  if (!hash || (saltPlace !== 'first' && saltPlace !== 'last')) return MALFORMED;
  const digest = Buffer.from(hex, 'hex');
  if (hex.length !== DIGEST_BYTES[hash] * 2 || digest.length !== DIGEST_BYTES[hash]) {
    return MALFORMED;
  }
  const bytes = Buffer.from(salt).toString('base64url');
  return { recipe: { layout: 'salted', hash, saltPlace, salt: bytes }, digest };
}

/** Apache Shiro: `$shiro1$SHA-256$<iterations>$<base64 salt>$<base64 digest>`. */
function readShiro(text: string): Read {
  const match =
    /^\$shiro1\$SHA-(256|384|512)\$(\d+)\$([A-Za-z0-9+/]+=*)\$([A-Za-z0-9+/]+=*)$/u.exec(text);
  const [, bits = '', iterationsText = '', saltText = '', digestText = ''] = match ?? [];
  const hash = sha2(`sha${bits}`);
  const iterations = positive(iterationsText);
  const salt = decodeBase64(saltText);
  const digest = decodeBase64(digestText);
  if (!hash || !iterations || !salt || digest?.length !== DIGEST_BYTES[hash]) return MALFORMED;
  if (iterations > MOST_ROUNDS) return 'hash_too_costly';
  const recipe = { layout: 'shiro', hash, iterations, salt: salt.toString('base64url') } as const;
  return { recipe, digest };
}

function sha2(text: string): Sha2 | undefined {
  return text === 'sha256' || text === 'sha384' || text === 'sha512' ? text : undefined;
}

/** Without leading zeros: programs write none. */
function positive(text: string): number | undefined {
  return /^[1-9]\d{0,9}$/u.test(text) ? Number(text) : undefined;
}

/** Undefined unless encoding the bytes again gives the very same text. */
function decodeBase64(text: string, { isPadded = true } = {}): Buffer | undefined {
  const { bytes, isExact } = decodeBits(text.replace(/=+$/u, ''), BASE64_ALPHABET);
  const again = bytes.toString('base64');
  const expected = isPadded ? again : again.replace(/=+$/u, '');
  return isExact && bytes.length > 0 && expected === text ? bytes : undefined;
}

/** `isExact`: no bits are left over but zeros. */
function decodeBits(text: string, alphabet: string): { bytes: Buffer; isExact: boolean } {
  const bytes = Buffer.alloc(Math.floor((text.length * 6) / 8));
  let bits = 0;
  let count = 0;
  let at = 0;
  for (const character of text) {
    bits = ((bits << 6) | alphabet.indexOf(character)) & 0x3fff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes[at] = (bits >>> count) & 255;
    at += 1;
  }
  return { bytes, isExact: count < 6 && (bits & ((1 << count) - 1)) === 0 };
}

/** A recipe that costs what those of a class do, for accounts that have none (any more). */
export function recipeOfClass(cost: string, salt: string): HashRecipe {
  const [layout = '', first = '', second = ''] = cost.split(':');
  const saltText = salt.replaceAll(/[-_]/gu, '.').slice(0, 8);
  const isLong = first === 'sha512';
  switch (layout) {
    case 'pbkdf2':
      return {
        layout,
        hash: first === 'sha1' ? first : isLong ? 'sha512' : 'sha256',
        iterations: Number(second),
        salt,
      };
    case 'shiro':
      return { layout, hash: sha2(first) ?? 'sha256', iterations: Number(second), salt };
    case 'sha_crypt':
      return { layout, hash: isLong ? 'sha512' : 'sha256', rounds: Number(second), saltText };
    case 'md5_crypt':
      return { layout, mark: '$1$', saltText };
    case 'salted':
      return { layout, hash: sha2(first) ?? 'sha256', saltPlace: 'last', salt };
    default: {
      // 16 bytes, as bcrypt asks for.
      const bytes = Buffer.alloc(16, salt).toString('base64url');
      return { layout: 'bcrypt', cost: Number(first) || 10, salt: bytes };
    }
  }
}
