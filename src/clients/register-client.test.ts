import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { testDatabase } from '../../test/support/database.ts';
import { openTestStorage } from '../../test/support/storage.ts';
import type { TestStorage } from '../../test/support/storage.ts';
import { auditMigrations } from '../audit/audit.migrations.ts';
import { createLogger } from '../platform/logger.ts';
import { createOutbound } from '../platform/outbound.ts';
import { ClientDirectory } from './client-directory.ts';
import { ClientStore } from './client-store.ts';
import { clientsMigrations } from './clients.migrations.ts';
import { registerClient, removeClient } from './register-client.ts';
import type { RegisterClientDependencies } from './register-client.ts';

const { uri } = testDatabase();
const logger = createLogger({ level: 'silent', service: 'test' });
const outbound = createOutbound({ allow: ['127.0.0.1:*'], timeoutMs: 1000 });
let storages: [TestStorage, TestStorage];
let sectorDocument: unknown;
let sectorReads = 0;
let sectorUri = '';
const sectorServer = createServer((_request, response) => {
  sectorReads += 1;
  if (sectorDocument === undefined) response.writeHead(500).end();
  else response.end(JSON.stringify(sectorDocument));
});

beforeAll(async () => {
  const migrations = [...auditMigrations, ...clientsMigrations];
  storages = [await openTestStorage(uri, migrations), await openTestStorage(uri, migrations)];
  await new Promise<void>((resolve) => void sectorServer.listen(0, '127.0.0.1', resolve));
  sectorUri = `http://127.0.0.1:${(sectorServer.address() as AddressInfo).port}/sector.json`;
});

beforeEach(async () => {
  await storages[0].database.collection('clients').deleteMany({});
  await storages[0].database.collection('auditRecords').deleteMany({});
  sectorReads = 0;
  sectorDocument = undefined;
});

afterAll(async () => {
  sectorServer.close().closeAllConnections();
  await outbound.close();
  await Promise.all(storages.map(({ database }) => database.close()));
});

function dependencies(index: 0 | 1 = 0): RegisterClientDependencies {
  const storage = storages[index];
  const knownScopes = ['openid', 'profile', 'phone', 'email'];
  return {
    ...storage,
    clients: new ClientStore(storage),
    outbound,
    mode: 'production',
    knownScopes,
  };
}

function registration(more: object = {}) {
  const redirect_uris = ['https://portal.example.gov.cn/callback'];
  return { client_id: 'portal', client_name: '市民门户', redirect_uris, ...more };
}

async function register(more: object = {}, index: 0 | 1 = 0) {
  return registerClient(dependencies(index), registration(more), 'operator');
}

async function stored(id = 'portal') {
  return new ClientStore(storages[0]).get(id);
}

async function auditTypes() {
  const records = await storages[0].database.collection('auditRecords').find().toArray();
  return records.map((record) => record['type']);
}

describe('registering', () => {
  it('changes nothing when anything is wrong', async () => {
    const result = await register({ scope: 'openid everything' });
    expect(result).toMatchObject({ ok: false, clientId: 'portal' });
    expect(await stored()).toBeUndefined();
    expect(await auditTypes()).toEqual([]);
  });

  it('heeds the protocol library', async () => {
    const deps = { ...dependencies(), checkWithProvider: async () => 'no such thing' };
    const result = await registerClient(deps, registration(), 'operator');
    expect(result).toMatchObject({ ok: false, problems: [{ code: 'refused_by_provider' }] });
    expect(await stored()).toBeUndefined();
  });

  it('makes a secret of 256 bits, tells it once and keeps it at later changes', async () => {
    const first = await register();
    const secret = first.ok ? (first.generatedSecret ?? '') : '';
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
    const second = await register({ client_name: '门户' });
    expect(second).toMatchObject({ ok: true, change: 'updated', generatedSecret: undefined });
    expect((await stored())?.secret).toBe(secret);
    expect(await register({ client_name: '门户' })).toMatchObject({ change: 'unchanged' });
    expect(await auditTypes()).toEqual(['clients.registered', 'clients.changed']);
  });

  it('stores no secret in the clear', async () => {
    const secret = 'given-by-the-department-0123456789';
    await register({ client_secret: secret });
    const [document] = await storages[0].database.collection('clients').find().toArray();
    expect(JSON.stringify(document) + String(document?.['secret'])).not.toContain(secret);
    expect(
      JSON.stringify(await storages[0].database.collection('auditRecords').find().toArray()),
    ).not.toContain(secret);
    expect((await stored())?.secret).toBe(secret);
  });

  it('drops the secret when the client signs with keys instead', async () => {
    await register();
    await register({ token_endpoint_auth_method: 'none' });
    expect((await stored())?.secret).toBeUndefined();
  });

  it('by many at once leaves one whole registration and a record of each change', async () => {
    const names = Array.from({ length: 12 }, (_, i) => `门户 ${i}`);
    const results = await Promise.all(
      names.map((client_name, i) => register({ client_name }, i % 2 === 0 ? 0 : 1)),
    );
    const saved = results.filter((result) => result.ok);
    expect(
      results.every((result) => result.ok || result.problems[0]?.code === 'changed_meanwhile'),
    ).toBe(true);
    expect(await auditTypes()).toHaveLength(saved.length);
    const secrets = saved.flatMap((result) => (result.ok ? (result.generatedSecret ?? []) : []));
    expect(secrets).toEqual([(await stored())?.secret]);
  });
});

describe('the sector of pairwise subjects', () => {
  const hosts = ['https://a.example.gov.cn/cb', 'https://b.example.gov.cn/cb'];

  it('needs a document for several hosts, and reads it before it accepts', async () => {
    expect(await register({ redirect_uris: hosts })).toMatchObject({
      problems: [{ code: 'sector_document_needed' }],
    });
    const claim = { redirect_uris: hosts, sector_identifier_uri: sectorUri };
    const codes = [];
    for (const document of [undefined, { a: 1 }, [hosts[0]]]) {
      sectorDocument = document;
      const result = await register(claim);
      codes.push(result.ok ? 'accepted' : result.problems[0]?.code);
    }
    expect(codes).toEqual([
      'sector_document_unreachable',
      'sector_document_invalid',
      'sector_document_incomplete',
    ]);
    expect(await stored()).toBeUndefined();
    sectorDocument = hosts;
    expect(await register(claim)).toMatchObject({ ok: true });
    expect((await stored())?.sectorHost).toBe(new URL(sectorUri).host);
  });

  it('is not read again while its addresses stay, so a server that is down later does no harm', async () => {
    sectorDocument = hosts;
    const claim = { redirect_uris: hosts, sector_identifier_uri: sectorUri };
    await register(claim);
    sectorDocument = undefined;
    expect(await register({ ...claim, client_name: '门户' })).toMatchObject({ change: 'updated' });
    expect(sectorReads).toBe(1);
    const more = [...hosts, 'https://c.example.gov.cn/cb'];
    expect(await register({ ...claim, redirect_uris: more })).toMatchObject({ ok: false });
  });

  it('is of no matter where subjects are public by approval', async () => {
    const approvals = { public_subject: '网信办批复 2026-17' };
    const claim = { redirect_uris: hosts, subject_type: 'public', approvals };
    expect(await register(claim)).toMatchObject({ ok: true });
    expect(sectorReads).toBe(0);
  });

  it('stays when the client moves to another host', async () => {
    await register();
    await register({ redirect_uris: ['https://new.example.gov.cn/cb'] });
    expect((await stored())?.sectorHost).toBe('portal.example.gov.cn');
  });

  it('is the client alone where redirects lead to the machine of whoever signs in', async () => {
    const local = { redirect_uris: ['http://localhost:3000/cb', 'http://127.0.0.1:3000/cb'] };
    await register(local);
    await register({ ...local, client_id: 'other' });
    const sectors = [await stored('portal'), await stored('other')].map((c) => c?.sectorHost);
    expect(new Set(sectors).size).toBe(2);
    expect(sectors[0]).toMatch(/^[0-9a-f]{32}\.client\.invalid$/u);
  });
});

describe('a directory', () => {
  async function startDirectory(index: 0 | 1, pollMs = 1000) {
    const clients = new ClientStore(storages[index]);
    const present = (metadata: Record<string, unknown>) => ({ ...metadata });
    const directory = new ClientDirectory({ clients, logger, present, pollMs });
    await directory.start();
    return directory;
  }

  it('of another process knows a change in well under two seconds', async () => {
    const directory = await startDirectory(1);
    try {
      expect(directory.find('portal')).toBeUndefined();
      await register();
      await expect.poll(() => directory.find('portal'), { timeout: 1900 }).toBeDefined();
      const before = directory.find('portal');
      expect(directory.find('portal')).toBe(before);
      await register({ client_name: '门户' });
      await expect
        .poll(() => directory.find('portal'), { timeout: 1900 })
        .toMatchObject({ client_name: '门户' });
      await removeClient(dependencies(), 'portal', 'operator');
      await expect.poll(() => directory.find('portal'), { timeout: 1900 }).toBeUndefined();
    } finally {
      await directory.stop();
    }
  });

  it('learns of changes by polling where there is no change stream', async () => {
    const clients = new ClientStore(storages[1]);
    const blind = {
      changedSince: (version: number) => clients.changedSince(version),
      watch: (_onChange: () => void, onEnd: () => void) => {
        queueMicrotask(onEnd);
        return { close: async () => undefined };
      },
    };
    const directory = new ClientDirectory({
      clients: blind,
      logger,
      present: (m) => m,
      pollMs: 50,
    });
    await directory.start();
    try {
      await register();
      await expect.poll(() => directory.find('portal'), { timeout: 1900 }).toBeDefined();
    } finally {
      await directory.stop();
    }
  });

  it('has all clients from the start and tells which APIs are registered, and whose they are', async () => {
    const api = 'https://api.example.gov.cn/land';
    await register({ client_id: 'land', resources: [api] });
    await register({ access_token_resource: 'urn:example:default' });
    const directory = await startDirectory(0);
    await directory.stop();
    expect(directory.registrations().map(({ client_id }) => client_id)).toEqual(['land', 'portal']);
    expect(directory.resource(api)).toEqual({ isRegistered: true, providers: ['land'] });
    expect(directory.resource('urn:example:default')).toEqual({
      isRegistered: true,
      providers: [],
    });
    expect(directory.resource('urn:example:none').isRegistered).toBe(false);
  });
});

describe('removing', () => {
  it('is recorded, happens once, and lets the id be registered anew', async () => {
    await register();
    const former = (await stored())?.secret;
    expect(await removeClient(dependencies(), 'portal', 'operator')).toBe(true);
    expect(await removeClient(dependencies(), 'portal', 'operator')).toBe(false);
    expect(await auditTypes()).toEqual(['clients.registered', 'clients.removed']);
    expect(await register()).toMatchObject({ change: 'created' });
    expect((await stored())?.secret).not.toBe(former);
  });
});
