// Passkeys and their challenges under pressure: each challenge once and only where it was asked for,
// counters that never go back, ten passkeys at most, and never the last way in.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migratedDatabase } from '../../test/support/migrated-database.ts';
import { openTestStorage } from '../../test/support/storage.ts';
import type { TestStorage } from '../../test/support/storage.ts';
import { TestClock } from '../../test/support/test-clock.ts';
import { allMigrations } from '../migrations.ts';
import { isDuplicateKey } from '../platform/mongo.ts';
import { PasskeyChallengeStore } from './passkey-challenge-store.ts';
import { MAX_PASSKEYS, PasskeyStore } from './passkey-store.ts';

const { uri } = migratedDatabase();
const clock = new TestClock();
let storage: TestStorage;
let challenges: PasskeyChallengeStore;
let passkeys: PasskeyStore;

beforeAll(async () => {
  storage = await openTestStorage(uri, allMigrations, clock);
  challenges = new PasskeyChallengeStore(storage);
  passkeys = new PasskeyStore(storage);
});
afterAll(() => storage.database.close());

const place = { purpose: 'prove', boundTo: 'interaction-1', accountId: 'a' } as const;
const passkey = (credentialId: string) => ({
  credentialId,
  publicKey: 'key',
  transports: ['internal'],
  name: '我的手机',
  counter: 0,
  createdAt: clock.now(),
});
const add = (accountId: string, credentialId: string) =>
  storage.database.transaction((session) =>
    passkeys.add(accountId, passkey(credentialId), session),
  );
const remove = (accountId: string, id: string, mayBeLast: boolean) =>
  storage.database.transaction((session) => passkeys.remove(accountId, { id, mayBeLast }, session));

describe('a challenge', () => {
  it('is used once, by one of many at the same moment', async () => {
    const challenge = await challenges.issue(place);
    const uses = await Promise.all(
      Array.from({ length: 30 }, () => challenges.use(challenge, place)),
    );
    expect(uses.filter(Boolean)).toHaveLength(1);
  });

  it.each([
    ['another interaction', { ...place, boundTo: 'interaction-2' }],
    ['another account', { ...place, accountId: 'b' }],
    ['no account', { ...place, accountId: undefined }],
    ['another purpose', { ...place, purpose: 'add' as const }],
  ])('is worth nothing for %s, and stays for its own place', async (_what, other) => {
    const challenge = await challenges.issue(place);
    expect(await challenges.use(challenge, other)).toBe(false);
    expect(await challenges.use(challenge, place)).toBe(true);
  });

  it('ends after five minutes', async () => {
    const challenge = await challenges.issue(place);
    clock.advance(301);
    expect(await challenges.use(challenge, place)).toBe(false);
  });
});

describe('a passkey', () => {
  it('goes forward only: of equal counters at the same moment one counts', async () => {
    await add('counting', 'credential-counting');
    const id = (await passkeys.list('counting'))[0]?.id ?? '';
    const at = clock.now();
    const uses = await Promise.all(
      Array.from({ length: 20 }, () => passkeys.noteUse('counting', id, { counter: 7, at })),
    );
    expect(uses.filter(Boolean)).toHaveLength(1);
    expect(await passkeys.noteUse('counting', id, { counter: 6, at })).toBe(false);
    expect(await passkeys.noteUse('counting', id, { counter: 0, at })).toBe(false);
    expect(await passkeys.noteUse('counting', id, { counter: 8, at })).toBe(true);
  });

  it('without a counter works again and again', async () => {
    await add('uncounted', 'credential-uncounted');
    const id = (await passkeys.list('uncounted'))[0]?.id ?? '';
    const use = { counter: 0, at: clock.now() };
    expect(await passkeys.noteUse('uncounted', id, use)).toBe(true);
    expect(await passkeys.noteUse('uncounted', id, use)).toBe(true);
  });

  it('belongs to one account, and an emptied list is in nobody’s way', async () => {
    await add('first', 'credential-shared');
    await expect(add('second', 'credential-shared')).rejects.toSatisfy(isDuplicateKey);
    await expect(add('first', 'credential-shared-2')).resolves.toEqual(expect.any(String));
    for (const account of ['emptied-1', 'emptied-2']) {
      await add(account, `credential-${account}`);
      const id = (await passkeys.list(account))[0]?.id ?? '';
      expect(await remove(account, id, true)).toBe(true);
    }
  });

  it('is one of ten at most, however many are added at once', async () => {
    const added = await Promise.all(
      Array.from({ length: MAX_PASSKEYS + 5 }, (_, index) =>
        add('many', `credential-many-${index}`),
      ),
    );
    expect(added.filter(Boolean)).toHaveLength(MAX_PASSKEYS);
    expect(await passkeys.count('many')).toBe(MAX_PASSKEYS);
  });

  it('stays when it is the last way in, also when two go at once', async () => {
    await add('last', 'credential-last-1');
    await add('last', 'credential-last-2');
    const list = await passkeys.list('last');
    const removed = await Promise.all(list.map(({ id }) => remove('last', id, false)));
    expect(removed.filter(Boolean)).toHaveLength(1);
    expect(await passkeys.count('last')).toBe(1);
  });

  it('shows neither credential id nor key nor name to who copies the database', async () => {
    await add('dumped', 'credential-unmistakable');
    const stored = await storage.database.collection('passkeyCredentials').find().toArray();
    const text = JSON.stringify(stored);
    expect(text).not.toContain('credential-unmistakable');
    expect(text).not.toContain('我的手机');
  });
});
