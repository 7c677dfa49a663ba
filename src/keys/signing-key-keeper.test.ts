import { decodeProtectedHeader } from 'jose';
import { Provider } from 'oidc-provider';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { testDatabase } from '../../test/support/database.ts';
import { openTestStorage } from '../../test/support/storage.ts';
import type { TestStorage } from '../../test/support/storage.ts';
import { auditMigrations } from '../audit/audit.migrations.ts';
import { LiveProcesses, liveProcessesMigrations } from '../platform/live-processes-store.ts';
import { createLogger } from '../platform/logger.ts';
import { keysMigrations } from './keys.migrations.ts';
import { condemnKeys, promoteKey } from './rotate-signing-keys.ts';
import { keyIn, signingAlgorithms } from './signing-key.ts';
import type { SigningAlgorithm } from './signing-key.ts';
import { SigningKeyKeeper } from './signing-key-keeper.ts';
import { SigningKeyStore } from './signing-key-store.ts';

const { uri } = testDatabase();
const logger = createLogger({ level: 'silent', service: 'test' });
const policy = { rotationDays: 90, jwksMaxAgeSeconds: 300 };
const DAY = 86_400;
const storages: TestStorage[] = [];
let nodes: Node[] = [];

interface Node {
  storage: TestStorage;
  signingKeys: SigningKeyStore;
  processes: LiveProcesses;
  keeper: SigningKeyKeeper;
  /** The key a token of this process is signed with. */
  signs(algorithm: SigningAlgorithm): Promise<string | undefined>;
  publishes(): (string | undefined)[];
}

beforeAll(async () => {
  const migrations = [...auditMigrations, ...keysMigrations, ...liveProcessesMigrations];
  for (let index = 0; index < 2; index += 1) storages.push(await openTestStorage(uri, migrations));
});
beforeEach(async () => {
  const { database } = storages[0]!;
  const names = ['signingKeys', 'compromisedSigningKeys', 'auditRecords', 'liveProcesses'];
  await Promise.all(names.map((name) => database.collection(name).deleteMany({})));
  nodes = [];
  for (const storage of storages) nodes.push(await startNode(storage));
});
afterAll(() => Promise.all(storages.map(({ database }) => database.close())));

async function startNode(storage: TestStorage, times: object = {}): Promise<Node> {
  const signingKeys = new SigningKeyStore(storage);
  const self = { id: storage.random.id(), host: 'test', pid: 1, release: '0.1.0' };
  const processes = new LiveProcesses({ ...storage, logger, self, ...times });
  await processes.enter();
  const deps = { ...storage, signingKeys, processes, logger, policy, ...times };
  const keeper = await SigningKeyKeeper.open(deps);
  let published: (string | undefined)[] = [];
  const provider = keeper.signWith((jwks) => {
    published = jwks.keys.map(({ kid }) => kid);
    return new Provider('http://localhost', {
      jwks: structuredClone(jwks),
      features: { devInteractions: { enabled: false } },
      clients: signingAlgorithms.map((algorithm) => ({
        client_id: algorithm,
        redirect_uris: ['https://rp.test/callback'],
        token_endpoint_auth_method: 'none',
        id_token_signed_response_alg: algorithm,
      })),
    });
  });
  return {
    storage,
    signingKeys,
    processes,
    keeper,
    publishes: () => published,
    async signs(algorithm) {
      const client = await provider().Client.find(algorithm);
      if (!client) throw new Error('no client');
      const claims = { sub: 's' };
      const token = new (provider().IdToken)(claims, { client, ctx: undefined as never });
      return decodeProtectedHeader(await token.issue({ use: 'logout' })).kid;
    },
  };
}

function pair(): [Node, Node] {
  const [a, b] = nodes;
  if (!a || !b) throw new Error('no nodes');
  return [a, b];
}

const as = (node: Node, actor = 'operator') => ({ ...node.storage, ...node, actor });

/** As if a key had taken a step so many seconds earlier. */
async function age(filter: object, field: string, seconds: number): Promise<void> {
  const [{ storage }] = pair();
  await storage.database
    .collection('signingKeys')
    .updateMany(filter, [{ $set: { [field]: { $subtract: ['$$NOW', seconds * 1000] } } }]);
}

/** Both processes publish everything, long enough for every cache. */
async function settle(): Promise<void> {
  for (const { keeper } of nodes) await keeper.check();
  for (const { keeper } of nodes) await keeper.check();
  await age({ state: 'next' }, 'publishedAt', 400);
}

async function keyOf(algorithm: SigningAlgorithm, state: 'active' | 'next') {
  const key = keyIn((await pair()[0].signingKeys.overview()).keys, algorithm, state);
  if (!key) throw new Error(`no ${state} key`);
  return key;
}

/** What was aged here is not among the changes that processes look for. */
async function readAgain(): Promise<void> {
  const counters = pair()[0].storage.database.collection<{ _id: string }>('counters');
  await counters.updateOne({ _id: 'signingKeys' }, { $inc: { value: 1 } });
}

async function records(type: string) {
  const [{ storage }] = pair();
  return storage.database.collection('auditRecords').find({ type }).toArray();
}

describe('an announced key takes over', () => {
  it('only once every live process publishes it, and has for longer than caches hold', async () => {
    const [a, b] = pair();
    const next = await keyOf('ES256', 'next');
    await a.keeper.check();
    expect(await promoteKey(as(a), next, policy)).toMatchObject({ reason: 'unpublished' });
    await b.keeper.check();
    const outcome = await promoteKey(as(a), next, policy);
    expect(outcome).toMatchObject({ ok: false, reason: 'publishing' });
    await age({ kid: next.kid }, 'publishedAt', 329);
    expect(await promoteKey(as(a), next, policy)).toMatchObject({ reason: 'publishing' });
    await age({ kid: next.kid }, 'publishedAt', 331);
    expect(await promoteKey(as(a), next, policy)).toMatchObject({ ok: true });
    expect((await records('keys.promoted')).map(({ details }) => details)).toMatchObject([
      { kid: next.kid, algorithm: 'ES256' },
    ]);
  });

  it('once, however many operators and processes try at the same time', async () => {
    await settle();
    const [a, b] = pair();
    const next = await keyOf('RS256', 'next');
    const tries = [a, b, a, b].map((node) => promoteKey(as(node), next, policy));
    const outcomes = await Promise.all(tries);
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    expect(
      outcomes.filter((outcome) => !outcome.ok && outcome.reason === 'superseded'),
    ).toHaveLength(3);
    expect((await keyOf('RS256', 'active')).kid).toBe(next.kid);
    for (const type of ['keys.promoted', 'keys.retired'])
      expect(await records(type)).toHaveLength(1);
  });

  it('in each process without a restart, and every process publishes what any may sign with', async () => {
    await settle();
    const [a, b] = pair();
    const former = await keyOf('RS256', 'active');
    const next = await keyOf('RS256', 'next');
    await promoteKey(as(a), next, policy);
    expect(await a.signs('RS256')).toBe(former.kid);
    await a.keeper.check();
    expect([await a.signs('RS256'), await b.signs('RS256')]).toEqual([next.kid, former.kid]);
    for (const node of [a, b]) {
      expect(node.publishes()).toEqual(expect.arrayContaining([former.kid, next.kid]));
    }
    const { revision } = await a.signingKeys.moment();
    expect(await a.processes.allServersKnow('signingKeys', revision)).toBe(false);
    await b.keeper.check();
    expect(await b.signs('RS256')).toBe(next.kid);
    expect(await a.processes.allServersKnow('signingKeys', revision)).toBe(true);
    expect(b.publishes()).toContain(former.kid);
  });

  it('by itself when its time has come, by whichever process comes first', async () => {
    await settle();
    const next = await keyOf('PS256', 'next');
    await age({ state: 'active', algorithm: 'PS256' }, 'activatedAt', 90 * DAY - 60);
    const checkAll = () => Promise.all(nodes.map(({ keeper }) => keeper.check()));
    await readAgain();
    await checkAll();
    expect((await keyOf('PS256', 'active')).kid).not.toBe(next.kid);
    await age({ state: 'active', algorithm: 'PS256' }, 'activatedAt', 90 * DAY);
    await readAgain();
    await checkAll();
    await checkAll();
    expect((await keyOf('PS256', 'active')).kid).toBe(next.kid);
    expect(await records('keys.promoted')).toMatchObject([{ actor: 'system' }]);
    for (const node of nodes) expect(await node.signs('PS256')).toBe(next.kid);
  });
});

it('publishes a retired key for 14 days and then no more', async () => {
  await settle();
  const [a, b] = pair();
  const former = await keyOf('ES256', 'active');
  await promoteKey(as(a), await keyOf('ES256', 'next'), policy);
  await age({ kid: former.kid }, 'retiredAt', 14 * DAY - 60);
  await settle();
  for (const node of nodes) expect(node.publishes()).toContain(former.kid);
  await age({ kid: former.kid }, 'retiredAt', 14 * DAY);
  const fresh = await startNode(a.storage);
  await fresh.keeper.check();
  await Promise.all([a.keeper.check(), b.keeper.check()]);
  for (const node of nodes) expect(node.publishes()).not.toContain(former.kid);
  expect(await records('keys.removed')).toHaveLength(1);
});

describe('a compromised key', () => {
  it('is dropped at once, its private part destroyed, and the announced one signs', async () => {
    const [a, b] = pair();
    const former = await keyOf('RS256', 'active');
    const next = await keyOf('RS256', 'next');
    const [first, second] = await Promise.all(
      [a, b].map((node) => condemnKeys(as(node), [former.kid])),
    );
    expect([first, second].filter((revision) => revision !== undefined)).toHaveLength(1);
    await settle();
    for (const node of nodes) {
      expect(node.publishes()).not.toContain(former.kid);
      expect(await node.signs('RS256')).toBe(next.kid);
    }
    const { compromised } = await a.signingKeys.overview();
    expect(compromised).toMatchObject([{ kid: former.kid, formerState: 'active' }]);
    const kept = await a.storage.database.collection('compromisedSigningKeys').find().toArray();
    expect(kept.map((document) => Object.keys(document))).not.toContain('sealed');
    expect(await records('keys.compromised')).toMatchObject([{ actor: 'operator' }]);
  });

  it('may be any, or all at once: then fresh ones sign, under numbers that were never used', async () => {
    const [a] = pair();
    const before = await a.signingKeys.overview();
    await condemnKeys(
      as(a),
      before.keys.map(({ kid }) => kid),
    );
    const after = await a.signingKeys.overview();
    expect(after.keys).toHaveLength(6);
    expect(after.compromised).toHaveLength(6);
    expect(after.keys.map(({ number }) => number)).toEqual([3, 4, 3, 4, 3, 4]);
    await condemnKeys(as(a), [(await keyOf('ES256', 'next')).kid]);
    expect((await keyOf('ES256', 'next')).number).toBe(5);
  });

  it('is not signed with by a process that was cut off, before it has heard of it', async () => {
    const [a] = pair();
    const cutOff = await startNode(a.storage, { leaseMs: 500, currentMs: 500 });
    const { processes, keeper } = cutOff;
    const hear = async () => {
      await processes.enter();
      await keeper.check();
      expect(keeper.isCurrent()).toBe(true);
    };
    await vi.waitFor(hear, { timeout: 10_000 });
    await condemnKeys(as(a), [(await keyOf('RS256', 'active')).kid]);
    await vi.waitFor(() => expect(processes.hasLease()).toBe(false), 10_000);
    await vi.waitFor(async () => {
      await processes.enter();
      expect(processes.hasLease()).toBe(true);
      // Its word reaches the database again, but it has not looked at the keys.
      expect(keeper.isCurrent()).toBe(false);
    });
    await vi.waitFor(hear, { timeout: 10_000 });
    expect(await cutOff.signs('RS256')).toBe((await keyOf('RS256', 'active')).kid);
  });
});

describe('a key that cannot be opened', () => {
  it('keeps a process from starting and from taking over, is named, and can be dropped', async () => {
    const [a, b] = pair();
    const { kid } = await keyOf('ES256', 'next');
    const altered = { $set: { sealed: Buffer.alloc(80, 1) } };
    await a.storage.database.collection('signingKeys').updateOne({ kid }, altered);
    const problem = expect.stringContaining(`keys rotate --compromised --kid ${kid}`);
    const refusal = { code: 'configuration_invalid', details: { problem } };
    await expect(startNode(a.storage)).rejects.toMatchObject(refusal);
    await condemnKeys(as(a), [(await keyOf('RS256', 'active')).kid]);
    await expect(b.keeper.check()).rejects.toMatchObject(refusal);
    await condemnKeys(as(a), [kid]);
    await b.keeper.check();
    expect(b.publishes()).not.toContain(kid);
  });
});
