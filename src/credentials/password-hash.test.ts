// Hashes that another implementation of argon2 has written stay good, and are renewed when their
// parameters are not those of today.
import { beforeAll, describe, expect, test } from 'vitest';
import { limitsSchema } from '../platform/limits-config.ts';
import { PasswordHasher } from './password-hash.ts';

const PASSWORD = 'correct horse battery';
/** Written by the reference implementation (the npm package argon2). */
const former = {
  today:
    '$argon2id$v=19$m=19456,p=1,t=2$kAzx48t/v8vQz645PYpAHw$SfHITOVArVwIKQ1g1YsZGl9Fk8t/M+vcqcdvFXKzhe4',
  otherVariant:
    '$argon2i$v=19$m=19456,p=1,t=2$tptNaiZ/IMlveqii6OX25A$OjpPItJerzWphJhTtVFUH65sI11dXTv/IqVlrOp7ZmQ',
  lessMemory:
    '$argon2id$v=19$m=4096,p=1,t=3$SDDyjv9AZyAlKQI860Cicg$gPxOKbsvGVAlzUAP38N5ZmZN0wED2FidEkjugf3KFLQ',
};
const entry = { source: '192.0.2.1', isKnownDevice: false };
let hasher: PasswordHasher;

beforeAll(async () => {
  hasher = await PasswordHasher.open(limitsSchema.parse({}).hashing);
});

describe('a hash of the former library', () => {
  test.each(Object.entries(former))('%s: opens for its password alone', async (_name, hash) => {
    expect(await hasher.verify(hash, PASSWORD, entry)).toEqual({ ok: true, value: true });
    expect(await hasher.verify(hash, `${PASSWORD}.`, entry)).toEqual({ ok: true, value: false });
  });

  test.each([
    ['today', false],
    ['otherVariant', true],
    ['lessMemory', true],
  ] as const)('%s: is renewed when it must be', (name, isRenewed) => {
    expect(hasher.needsRehash(former[name])).toBe(isRenewed);
  });
});

test('our own hashes are those of the parameters, salted, and need no renewal', async () => {
  const [first, second] = [
    await hasher.hashUnqueued(PASSWORD),
    await hasher.hashUnqueued(PASSWORD),
  ];
  expect(first).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/u);
  expect(second).not.toBe(first);
  expect(hasher.needsRehash(first)).toBe(false);
});

test('full-width digits are the digits that the person meant', async () => {
  const hash = await hasher.hashUnqueued('abc12345');
  expect(await hasher.verify(hash, 'abc１２３４５', entry)).toEqual({ ok: true, value: true });
});
