import { Provider } from 'oidc-provider';
import supertest from 'supertest';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { openTestStorage } from '../../test/support/storage.ts';
import type { TestStorage } from '../../test/support/storage.ts';
import { testDatabase } from '../../test/support/database.ts';
import { auditMigrations } from '../audit/audit.migrations.ts';
import { keysMigrations } from './keys.migrations.ts';
import { signingAlgorithms } from './signing-key.ts';
import { SigningKeyStore } from './signing-key-store.ts';
import { loadSigningKeys } from './signing-keys.ts';

const { uri } = testDatabase();
let storages: TestStorage[] = [];

beforeAll(async () => {
  const migrations = [...auditMigrations, ...keysMigrations];
  storages = [await openTestStorage(uri, migrations), await openTestStorage(uri, migrations)];
});

beforeEach(async () => {
  await storages[0]?.database.collection('signingKeys').deleteMany({});
  await storages[0]?.database.collection('auditRecords').deleteMany({});
});

afterAll(() => Promise.all(storages.map(({ database }) => database.close())));

function load(storage: TestStorage | undefined) {
  if (!storage) throw new Error('no storage');
  return loadSigningKeys({ ...storage, signingKeys: new SigningKeyStore(storage) });
}

it('gives processes that start at once on an empty database the same keys', async () => {
  const sets = await Promise.all([0, 1, 0, 1].map((index) => load(storages[index])));
  expect(sets.map(({ jwks }) => jwks)).toEqual(Array(4).fill(sets[0]?.jwks));
  expect(sets[0]?.jwks.keys.map(({ alg }) => alg)).toEqual([
    'RS256',
    'RS256',
    'ES256',
    'ES256',
    'PS256',
    'PS256',
  ]);
  expect(await storages[0]?.database.collection('auditRecords').countDocuments()).toBe(6);
});

it('keeps its keys at the next start and completes what a cut-off start left out', async () => {
  const before = (await load(storages[0])).jwks.keys;
  const [{ database }] = storages as [TestStorage];
  await database.collection('signingKeys').deleteOne({ algorithm: 'ES256', state: 'next' });
  const after = (await load(storages[1])).jwks.keys;
  const changed = after.filter(({ kid }) => !before.some((key) => key.kid === kid));
  expect(changed.map(({ alg }) => alg)).toEqual(['ES256']);
  expect(after).toHaveLength(6);
});

it('makes the library sign with the active key and publish both, without private parts', async () => {
  const { jwks } = await load(storages[0]);
  const provider = new Provider('http://localhost', {
    jwks: structuredClone(jwks),
    clients: signingAlgorithms.map((algorithm) => ({
      client_id: algorithm,
      redirect_uris: ['https://rp.test/callback'],
      token_endpoint_auth_method: 'none',
      id_token_signed_response_alg: algorithm,
    })),
  });
  const [{ database }] = storages as [TestStorage];
  for (const algorithm of signingAlgorithms) {
    const client = await provider.Client.find(algorithm);
    if (!client) throw new Error('no client');
    const token = new provider.IdToken({ sub: 's' }, { client, ctx: undefined as never });
    const header = (await token.issue({ use: 'logout' })).split('.')[0] ?? '';
    const { kid, alg } = JSON.parse(Buffer.from(header, 'base64url').toString());
    expect(alg).toBe(algorithm);
    const active = await database.collection('signingKeys').findOne({ algorithm, state: 'active' });
    expect(kid).toBe(active?.['kid']);
  }
  const published = await supertest(provider.callback()).get('/jwks');
  expect(published.body.keys.map((key: object) => Object.keys(key).sort().join())).toEqual([
    'alg,e,kid,kty,n,use',
    'alg,e,kid,kty,n,use',
    'alg,crv,kid,kty,use,x,y',
    'alg,crv,kid,kty,use,x,y',
    'alg,e,kid,kty,n,use',
    'alg,e,kid,kty,n,use',
  ]);
});

it('stores nothing of a private key in the clear', async () => {
  const { jwks } = await load(storages[0]);
  const [{ database }] = storages as [TestStorage];
  const stored = JSON.stringify(await database.collection('signingKeys').find().toArray());
  for (const jwk of jwks.keys) expect(stored).not.toContain(jwk.d);
});
