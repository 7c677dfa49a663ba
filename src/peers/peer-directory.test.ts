// Peers on two processes: what is suspended on one is out of use on the other, also where the other
// cannot read the database any more.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { identityStores } from '../../test/support/identity-stores.ts';
import { savePeer } from '../../test/support/peer-samples.ts';
import { createLogger } from '../platform/logger.ts';
import { KNOWN_FOR_MS, PeerDirectory } from './peer-directory.ts';
import type { PeerDifference } from './peer-directory.ts';
import { PeerStore } from './peer-store.ts';

const stores = identityStores();
const logger = createLogger({ level: 'silent', service: 'hutong-test' });
/** What stands between this process and the database. */
const line = { isCut: false, uptime: 0 };
let directory: PeerDirectory;

beforeAll(async () => {
  const peers = new PeerStore(stores);
  const overLine = async <T>(read: () => Promise<T>): Promise<T> => {
    if (line.isCut) throw new Error('the line is cut');
    return read();
  };
  const source = {
    changedSince: (version: number) => overLine(() => peers.changedSince(version)),
    findLatest: (id: string) => overLine(() => peers.findLatest(id)),
    watch: (...of: Parameters<PeerStore['watch']>) => peers.watch(...of),
  };
  const uptime = () => line.uptime;
  directory = new PeerDirectory({ peers: source, logger, uptime, pollMs: 50 });
  await directory.start();
});

afterAll(() => directory.stop());

beforeEach(async () => {
  line.isCut = false;
  await savePeer(stores, { secrets: { clientSecret: 'a provincial secret' } });
  await directory.refresh();
});

describe('a peer', () => {
  it.each(['draft', 'tested', 'approved', 'suspended'] as const)(
    'that is %s is not talked to',
    async (state) => {
      await savePeer(stores, { state });
      await directory.refresh();
      expect(directory.active('province', 'upstream')).toBeUndefined();
      expect(directory.allActive('upstream')).toEqual([]);
      expect(await directory.requireActive('province', 'upstream')).toBeUndefined();
      expect(directory.find('province')).toMatchObject({ state });
    },
  );

  it('is used in its roles alone, with its secrets', async () => {
    expect(directory.active('province', 'downstream')).toBeUndefined();
    expect(await directory.requireActive('province', 'downstream')).toBeUndefined();
    expect(directory.active('nobody', 'upstream')).toBeUndefined();
    expect(directory.secretsOf('nobody')).toEqual({});
    expect(directory.active('province', 'upstream')).toMatchObject({ levelCap: 3 });
    expect(await directory.requireActive('province', 'upstream')).toMatchObject({ levelCap: 3 });
    expect(directory.secretsOf('province')).toEqual({ clientSecret: 'a provincial secret' });
    const dump = JSON.stringify(await stores.database.collection('peers').findOne());
    expect(dump).not.toContain('a provincial secret');
  });

  it('is no more asked once the database has not been read for five seconds', async () => {
    line.isCut = true;
    await savePeer(stores, { state: 'suspended' });
    await expect(directory.refresh()).rejects.toThrow('cut');
    expect(directory.active('province', 'upstream')).toBeDefined();
    await expect(directory.requireActive('province', 'upstream')).rejects.toThrow('cut');
    line.uptime += KNOWN_FOR_MS + 1;
    expect(directory.active('province', 'upstream')).toBeUndefined();
    expect(directory.allActive('upstream')).toEqual([]);
    line.isCut = false;
    await expect.poll(() => directory.isFresh).toBe(true);
    expect(directory.find('province')).toMatchObject({ state: 'suspended' });
  });

  it('takes the clients that stand for it along when it is not active, and no others', async () => {
    const downstream = { clients: ['city-b'], roles: ['downstream'] as const };
    await savePeer(stores, { registration: downstream });
    await directory.refresh();
    expect(directory.stops('city-b')).toBe(false);
    await savePeer(stores, { registration: downstream, state: 'suspended' });
    await directory.refresh();
    expect([directory.stops('city-b'), directory.stops('portal')]).toEqual([true, false]);
    expect(directory.stoppedClients()).toEqual(['city-b']);
    const draft = { id: 'draft', issuer: 'https://draft.example', clients: ['portal'] };
    const written = await savePeer(stores, {
      registration: { ...downstream, ...draft },
      state: 'draft',
    });
    await directory.refresh();
    expect(directory.stops('portal')).toBe(false);
    const removal = { ...written, isRemoved: true, at: new Date() };
    await new PeerStore(stores).save(removal, written, () => Promise.resolve());
    await savePeer(stores);
    await directory.refresh();
    expect(directory.stops('city-b')).toBe(false);
  });

  it('that another process suspends, changes or removes is told to whoever listens', async () => {
    const heard: (string | undefined)[][] = [];
    const listener = ({ before, after }: PeerDifference) =>
      void heard.push([before?.state, after?.state]);
    const end = directory.onChange(listener);
    const saved = await savePeer(stores, { state: 'suspended' });
    await expect.poll(() => heard).toEqual([['active', 'suspended']]);
    const removal = { ...saved, isRemoved: true, at: new Date() };
    await new PeerStore(stores).save(removal, saved, () => Promise.resolve());
    await expect.poll(() => heard.at(-1)).toEqual(['suspended', undefined]);
    expect(directory.all()).toEqual([]);
    end();
    await savePeer(stores);
    await directory.refresh();
    expect(heard).toHaveLength(2);
  });
});

describe('the store', () => {
  it('lets one of fifty changes of one revision through', async () => {
    const peers = new PeerStore(stores);
    const before = await savePeer(stores);
    const changes = Array.from({ length: 50 }, (_, index) => {
      const peer = { ...before.peer, levelCap: (index % 2) as 0 | 1 };
      return peers.save({ ...before, peer, at: new Date() }, before, () => Promise.resolve());
    });
    const outcomes = await Promise.all(changes);
    expect(outcomes.filter((outcome) => outcome === 'saved')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'overtaken')).toHaveLength(49);
    expect((await peers.find('province'))?.peer.revision).toBe(before.peer.revision + 1);
  });

  it('has one peer of an issuer and of a client, until it is removed', async () => {
    const peers = new PeerStore(stores);
    const first = await savePeer(stores, { registration: { clients: ['city-b'] } });
    const change = (more: object) => {
      const peer = { ...first.peer, id: 'other', issuer: 'https://other.example', ...more };
      return peers.save({ ...first, peer, at: new Date() }, undefined, () => Promise.resolve());
    };
    expect(await change({ issuer: first.peer.issuer, clients: [] })).toBe('issuer_taken');
    expect(await change({ clients: ['city-c', 'city-b'] })).toBe('client_taken');
    await peers.save({ ...first, isRemoved: true, at: new Date() }, first, () => Promise.resolve());
    expect(await change({ issuer: first.peer.issuer, clients: ['city-b'] })).toBe('saved');
    await stores.database.collection<{ _id: string }>('peers').deleteOne({ _id: 'other' });
  });
});
