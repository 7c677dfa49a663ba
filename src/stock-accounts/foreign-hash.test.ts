// Hashes of other systems against vectors that their authors have published, and written forms
// that say something else than they seem to.
import { describe, expect, it } from 'vitest';
import { foreignDigest } from './foreign-digest.ts';
import { costClass, readForeignHash } from './foreign-hash.ts';

/** Where each vector stands is said in its first column. */
const vectors: readonly [string, string, string][] = [
  [
    'crypt_blowfish wrapper.c',
    'U*U',
    '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW',
  ],
  [
    'crypt_blowfish wrapper.c',
    'U*U*U',
    '$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a',
  ],
  [
    'crypt_blowfish wrapper.c',
    '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789chars after 72 are ignored',
    '$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui',
  ],
  ['jBCrypt', '', '$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s.'],
  [
    'jBCrypt, as Spring writes it',
    'abcdefghijklmnopqrstuvwxyz',
    '{bcrypt}$2a$06$.rCVZVOThsIa97pEDOxvGuRRgzG64bvtJ0938xuqzv18d3ZpQhstC',
  ],
  [
    'SHA-crypt.txt',
    'Hello world!',
    '$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1',
  ],
  [
    'SHA-crypt.txt',
    'Hello world!',
    '{CRYPT}$6$rounds=10000$saltstringsaltst$OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbHbbMCVNSnCM/UrjmM0Dp8vOuZeHBy/YTBmSK6H9qs/y3RnOaw5v.',
  ],
  [
    'SHA-crypt.txt',
    'the minimum number is still observed',
    '$6$rounds=1000$roundstoolow$kUMsbe306n21p9R.FRkW3IGn.S9NPN0x50YhH1xhLsPuWGsUSklZt58jaTfF4ZEQpyUNGc0dqbpBYYBaHHrsX.',
  ],
  [
    'SHA-crypt.txt',
    'we have a short salt string but not a short password',
    '$5$rounds=77777$short$JiO1O3ZpDAxGJeaDIuqCoEFysAe1mZNJRs3pw0KQRd/',
  ],
  ['passlib md5_crypt', 'password', '$1$5pZSV9va$azfrPr6af3Fc7dLblQXVa0'],
  ['Apache password_encryptions', 'myPassword', '$apr1$r31.....$HqJZimcKQFAMYayBlzkrA/'],
  [
    'passlib ldap_salted_sha512',
    'toomanysecrets',
    '{SSHA512}wExp4xjiCHS0zidJDC4UJq9EEeIebAQPJ1PWSwfhxWjfutI9XiiKuHm2AE41cEFfK+8HyI8bh+ztbczUGsvVFIgICWWPt7qu',
  ],
  [
    'passlib ldap_salted_sha512',
    'letmèïn',
    '{SSHA512}mpNUSmZc3TNx+RnPwkIAVMf7ocEKLPrIoQNsg4Eu8dHvyCeb2xzHp5A6n4tF7ntknSvfvRZaJII4ImvNJlYsgiwAm0FMqR+3',
  ],
  [
    'passlib pbkdf2_sha256',
    'password',
    '$pbkdf2-sha256$1212$4vjV83LKPjQzk31VI4E0Vw$hsYF68OiOUPdDZ1Fg.fJPeq1h/gXXY7acBp9/6c.tmQ',
  ],
  [
    'passlib ldap_pbkdf2_sha1',
    'password',
    '{PBKDF2}1212$OB.dtnSEXZK8U5cgxU/GYQ$y5LKPOplRmok7CZp/aqVDVg8zGI',
  ],
  [
    'go-crypt pbkdf2',
    'password',
    '{PBKDF2-SHA512}100000$bHfSOIyj0UDoCo1Q4Bz49w$v/olF/T/R6On84NuHlNCiI/sUwsdyOC7J4cO8Cz7feNtLHHEKNjayeEZj0b/Js/cgkMK6zLFw2vynLo2el028Q',
  ],
  [
    'openwall sample hashes',
    'password',
    'bcrypt$$2a$05$bvIG6Nmid91Mu9RcmmWZfO5HJIMCT8riNW0hEp8f6/FuA2/mHZFpe',
  ],
  [
    'crypt(3) of libxcrypt on the hex of SHA-256',
    'correct horse',
    'bcrypt_sha256$$2b$04$abcdefghijklmnopqrstuuIvyWZlBcE3WoQXKqRnwrLYJ6nenE0Bq',
  ],
  [
    'hashcat 1410',
    'hashcat',
    'salted-sha256:last:53743528:c73d08de890479518ed60cf670d17faa26a4a71f995c1dcc978165399401a6c4',
  ],
  [
    'hashcat 1420',
    'hashcat',
    'salted-sha256:first:560407001617:eb368a2dfd38b405f014118c7d9747fcc97f4f0ee75c05963cd9da6ee65ef498',
  ],
  [
    'Shiro command line hasher',
    '123qwe',
    '$shiro1$SHA-256$500000$QmLtx8PaCMe72i+yVuqH+A==$P5ohK5uWi30u38ujuTnmmeUK2gPwqhxTnke2wd9fZXw=',
  ],
  [
    'passlib django_pbkdf2_sha256',
    'test',
    'pbkdf2_sha256$29000$ZsgquwnCyBs2$fBxRQpfKd2PIeMxtkKPy0h7SrnrN+EU/cm67aitoZ2s=',
  ],
];

describe('a published vector', () => {
  it.each(vectors)('of %s is matched by %j', (_source, password, written) => {
    const read = readForeignHash(written);
    if (!read.ok) throw new Error(`${read.problem}: ${written}`);
    const { recipe, digest } = read.hash;
    expect(foreignDigest(recipe, password)).toEqual(digest);
  });
});

it('another password has another digest, in every layout', () => {
  for (const [, password, written] of vectors) {
    const read = readForeignHash(written);
    if (!read.ok || read.hash.recipe.layout === 'shiro') continue;
    const { recipe, digest } = read.hash;
    if (recipe.layout === 'sha_crypt' && recipe.rounds > 5000) continue;
    expect(foreignDigest(recipe, `x${password}`)).not.toEqual(digest);
  }
});

describe('a written form', () => {
  const bcrypt = '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW';
  it.each([
    ['', 'hash_missing'],
    ['   ', 'hash_missing'],
    ['letmein', 'hash_unknown'],
    ['5f4dcc3b5aa765d61d8327deb882cf99', 'hash_unsalted'],
    ['{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=', 'hash_unsalted'],
    ['{SSHA}0c0blFTXXNuAMHECS4uxrj3ZieMoWImr', 'hash_unknown'],
    ['$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaA', 'hash_unknown'],
    ['x'.repeat(600), 'hash_unknown'],
    [bcrypt.replace('$2a', '$2x'), 'hash_malformed'],
    [bcrypt.replace('$2a', '$2'), 'hash_malformed'],
    [bcrypt.replace('$05', '$03'), 'hash_malformed'],
    [bcrypt.replace('$05', '$5'), 'hash_malformed'],
    [bcrypt.replace('$05', '$20'), 'hash_too_costly'],
    [bcrypt.slice(0, -1), 'hash_malformed'],
    [`${bcrypt}x`, 'hash_malformed'],
    // The last character carries bits that no digest has.
    [bcrypt.replace(/W$/u, 'X'), 'hash_malformed'],
    ['pbkdf2_sha256$29000$ZsgquwnCyBs2$fBxRQpfKd2PIeMxtkKPy0h7SrnrN', 'hash_malformed'],
    ['pbkdf2_sha256$029000$salt$fBxRQpfKd2PIeMxtkKPy0h7SrnrN+EU/cm67aitoZ2s=', 'hash_malformed'],
    ['pbkdf2_sha256$0$salt$fBxRQpfKd2PIeMxtkKPy0h7SrnrN+EU/cm67aitoZ2s=', 'hash_malformed'],
    ['pbkdf2_sha256$9000000$salt$fBxRQpfKd2PIeMxtkKPy0h7SrnrN+EU/cm67aitoZ2s=', 'hash_too_costly'],
    ['pbkdf2_sha256$29000$salt$fBxRQpfKd2PIeMxtkKPy0h7SrnrN+EU/cm67aitoZ2t=', 'hash_malformed'],
    ['pbkdf2_md5$29000$salt$fBxRQpfKd2PIeMxtkKPy0g==', 'hash_malformed'],
    ['{PBKDF2}1212$OB.dtnSEXZK8U5cgxU/GYQ==$y5LKPOplRmok7CZp/aqVDVg8zGI', 'hash_malformed'],
    ['$pbkdf2-sha256$i=1212$4vjV83LKPjQzk31VI4E0Vw$hsYF68Oi', 'hash_malformed'],
    ['$5$rounds=500$salt$JiO1O3ZpDAxGJeaDIuqCoEFysAe1mZNJRs3pw0KQRd/', 'hash_malformed'],
    ['$6$salt$JiO1O3ZpDAxGJeaDIuqCoEFysAe1mZNJRs3pw0KQRd/', 'hash_malformed'],
    ['$5$rounds=9999999$salt$JiO1O3ZpDAxGJeaDIuqCoEFysAe1mZNJRs3pw0KQRd/', 'hash_too_costly'],
    ['$1$ninechars$azfrPr6af3Fc7dLblQXVa0', 'hash_malformed'],
    ['{SSHA256}47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=', 'hash_malformed'],
    ['salted-sha256:first:salt:abcd', 'hash_malformed'],
    ['salted-sha256:before:salt:' + '0'.repeat(64), 'hash_malformed'],
    [
      '$shiro1$SHA-256$500000$QmLtx8PaCMe72i+yVuqH+A==$P5ohK5uWi30u38ujuTnmmeUK2gPwqhxTnke2wd9fZX=',
      'hash_malformed',
    ],
  ])('%j is refused as %s', (written, problem) => {
    expect(readForeignHash(written)).toEqual({ ok: false, problem });
  });

  it('of one cost names one class, whatever the salt', () => {
    const classOf = (written: string) => {
      const read = readForeignHash(written);
      return read.ok ? costClass(read.hash.recipe) : read.problem;
    };
    expect(vectors.slice(0, 2).map(([, , written]) => classOf(written))).toEqual([
      'bcrypt:5',
      'bcrypt:5',
    ]);
    expect(new Set(vectors.map(([, , written]) => classOf(written))).size).toBeGreaterThan(12);
  });
});
