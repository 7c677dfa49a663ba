// Sign-ins that a chain of trust let in, when it is looked at again.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { testDatabase } from '../../test/support/database.ts';
import { samplePeer } from '../../test/support/peer-samples.ts';
import { openTestStorage } from '../../test/support/storage.ts';
import type { TestStorage } from '../../test/support/storage.ts';
import { refused } from '../federation-trust/trust-refusal.ts';
import type { TrustRefusal } from '../federation-trust/trust-refusal.ts';
import type { Peer } from '../peers/peer.ts';
import { createLogger } from '../platform/logger.ts';
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
function signIn(
  accountId: string,
  { chain, ...at }: { issuer: string; peerId: string; chain?: string[] } = { issuer, peerId },
): Promise<string> {
  const id = `link-${accountId}`;
  const of = { peerId: at.peerId, accountId };
  const facts = { level: 2, version: undefined, origin: undefined, hasMadeAccount: false } as const;
  return storage.database.transaction(async (session) => {
    await links.insert({ id, issuer: at.issuer, subject: accountId, ...of, ...facts }, session);
    return upstreamSignIns.insert({ linkId: id, ...of, chain }, session);
  });
}

const logger = createLogger({ level: 'silent', service: 'test' });
const nobody = { all: () => [] };
const deps = (peers: { all: () => Peer[] } = nobody) => ({
  links,
  upstreamSignIns,
  logger,
  peers,
  deniedEntities: undefined,
});

const lookAgain = (reason: TrustRefusal['reason']) =>
  endUntrusted({ ...deps(), resolveTrusted: async () => refused(reason, issuer) });

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

it('ends everybody of a platform that is registered and not active, whatever the chain says', async () => {
  await storage.database.collection('upstreamSignIns').deleteMany({});
  const id = await signIn('of-registered');
  const registered = (state: Peer['state']): Peer => {
    return { ...samplePeer({ issuer }), droppedKeys: [], state, revision: 1 };
  };
  const resolveTrusted = async () => refused('unreachable', issuer);
  await endUntrusted({ ...deps({ all: () => [registered('active')] }), resolveTrusted });
  expect(await upstreamSignIns.has(id)).toBe(true);
  await endUntrusted({ ...deps({ all: () => [registered('suspended')] }), resolveTrusted });
  expect(await upstreamSignIns.has(id)).toBe(false);
});

it('ends who came by an entity that is denied, though the platform is believed by others', async () => {
  await storage.database.collection('upstreamSignIns').deleteMany({});
  const by = (superior: string) => ({
    issuer,
    peerId,
    chain: [issuer, superior, 'https://anchor'],
  });
  const denied = await signIn('by-denied', by('https://denied.example'));
  const stays = await signIn('by-other', by('https://other.example'));
  const round = {
    ...deps(),
    resolveTrusted: async () => refused('unreachable', issuer),
    deniedEntities: async () => ['https://denied.example'],
  };
  await endUntrusted(round);
  expect([await upstreamSignIns.has(denied), await upstreamSignIns.has(stays)]).toEqual([
    false,
    true,
  ]);
});

it('asks side by side: neither who throws nor who keeps silent holds up the end of another', async () => {
  await storage.database.collection('upstreamSignIns').deleteMany({});
  const answered = Promise.withResolvers<ReturnType<typeof refused>>();
  const at = (name: string) => {
    return { issuer: `https://${name}.example`, peerId: trustedPeerId(name) };
  };
  const [throws, slow, removed] = [at('throws'), at('slow'), at('removed')];
  const ids = {
    throws: await signIn('at-throws', throws),
    slow: await signIn('at-slow', slow),
    removed: await signIn('at-removed', removed),
  };
  const round = endUntrusted({
    ...deps(),
    resolveTrusted: async (asked) => {
      if (asked === throws.issuer) throw new TypeError('of a statement that nobody foresaw');
      return asked === slow.issuer ? answered.promise : refused('not_subordinate', asked);
    },
  });
  await expect.poll(() => upstreamSignIns.has(ids.removed)).toBe(false);
  answered.resolve(refused('unreachable', slow.issuer));
  await round;
  expect(await upstreamSignIns.has(ids.throws)).toBe(true);
  expect(await upstreamSignIns.has(ids.slow)).toBe(true);
});
