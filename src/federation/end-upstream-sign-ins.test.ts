// Sign-ins that a chain of trust let in, when it is looked at again.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { testDatabase } from '../../test/support/database.ts';
import { openTestStorage } from '../../test/support/storage.ts';
import type { TestStorage } from '../../test/support/storage.ts';
import { refused } from '../federation-trust/trust-refusal.ts';
import type { TrustRefusal } from '../federation-trust/trust-refusal.ts';
import { endUntrusted } from './end-upstream-sign-ins.ts';
import { federationMigrations } from './federation.migrations.ts';
import { LINKS, LinkStore } from './link-store.ts';
import { trustedPeerId } from './trusted-return.ts';
import { UpstreamSignInStore } from './upstream-sign-in-store.ts';

const { uri } = testDatabase();
const issuer = 'https://home.example';
const peerId = trustedPeerId('home');
let storage: TestStorage;
let links: LinkStore;
let upstreamSignIns: UpstreamSignInStore;

beforeAll(async () => {
  storage = await openTestStorage(uri, federationMigrations);
  links = new LinkStore(storage);
  upstreamSignIns = new UpstreamSignInStore(storage);
});
afterAll(() => storage.database.close());

/** Resolves with the id of the sign-in. */
function signIn(accountId: string): Promise<string> {
  const id = `link-${accountId}`;
  const of = { peerId, accountId };
  const facts = { level: 2, version: undefined, origin: undefined, hasMadeAccount: false } as const;
  return storage.database.transaction(async (session) => {
    await links.insert({ id, issuer, subject: accountId, ...of, ...facts }, session);
    return upstreamSignIns.insert({ linkId: id, ...of }, session);
  });
}

const lookAgain = (reason: TrustRefusal['reason']) =>
  endUntrusted({ links, upstreamSignIns, resolveTrusted: async () => refused(reason, issuer) });

it('ends nobody for silence, nor because the account of somebody else was erased', async () => {
  const erased = await signIn('erased');
  const stays = await signIn('stays');
  const documents = storage.database.collection<{ _id: string }>(LINKS);
  await documents.deleteOne({ _id: 'link-erased' });
  for (let round = 0; round < 2; round += 1) {
    await lookAgain('unreachable');
    const living = [await upstreamSignIns.has(erased), await upstreamSignIns.has(stays)];
    expect(living).toEqual([false, true]);
  }
});

it('ends everybody of a platform that no chain vouches for', async () => {
  await storage.database.collection('upstreamSignIns').deleteMany({});
  const all = [await signIn('one'), await signIn('two')];
  await lookAgain('not_subordinate');
  expect(await Promise.all(all.map((id) => upstreamSignIns.has(id)))).toEqual([false, false]);
});
