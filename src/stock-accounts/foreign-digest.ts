// The digest that a password has under a recipe of another system. Costly on purpose in most
// recipes, so it is never computed on the thread that answers requests.
import { createHash, hash as hashOnce, pbkdf2Sync } from 'node:crypto';
import { bcryptDigest } from './bcrypt.ts';
import { md5Crypt, shaCrypt } from './crypt-digests.ts';
import type { HashRecipe } from './foreign-hash.ts';

const PBKDF2_BYTES = { sha1: 20, sha256: 32, sha512: 64 } as const;

/** In the form in which `readForeignHash` gives the stored one. The password is taken as UTF-8. */
export function foreignDigest(recipe: HashRecipe, password: string): Buffer {
  const bytes = Buffer.from(password, 'utf8');
  switch (recipe.layout) {
    case 'bcrypt': {
      const hex = () => createHash('sha256').update(bytes).digest('hex');
      const key = recipe.before === 'sha256' ? Buffer.from(hex()) : bytes;
      return bcryptDigest(key, saltOf(recipe), recipe.cost);
    }
    case 'pbkdf2': {
      const { hash, iterations } = recipe;
      return pbkdf2Sync(bytes, saltOf(recipe), iterations, PBKDF2_BYTES[hash], hash);
    }
    case 'sha_crypt':
      return Buffer.from(shaCrypt(bytes, recipe.saltText, recipe));
    case 'md5_crypt':
      return Buffer.from(md5Crypt(bytes, recipe.saltText, recipe.mark));
    case 'salted': {
      const salt = saltOf(recipe);
      const parts = recipe.saltPlace === 'first' ? [salt, bytes] : [bytes, salt];
      return createHash(recipe.hash).update(Buffer.concat(parts)).digest();
    }
    case 'shiro': {
      const { hash, iterations } = recipe;
      let state: Buffer = Buffer.concat([saltOf(recipe), bytes]);
      for (let round = 0; round < iterations; round += 1) {
        state = hashOnce(hash, state, 'buffer');
      }
      return state;
    }
    default:
      return recipe satisfies never;
  }
}

function saltOf({ salt }: { salt: string }): Buffer {
  return Buffer.from(salt, 'base64url');
}
