// The storage contract of the token models and grants on the real database, from two processes at
// once: who wins a race, what is never revived, and what a dump would show.
import type { AdapterPayload } from 'oidc-provider';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ArtefactModel } from '../../src/oidc/storage/artefact-model.ts';
import { testDatabase } from '../support/database.ts';
import { inParallel, openProtocolStores, valuesOf } from '../support/protocol-stores.ts';
import type { ProtocolStores } from '../support/protocol-stores.ts';
import { ShiftedClock } from '../support/shifted-clock.ts';

const MODELS: readonly ArtefactModel[] = [
  'AccessToken',
  'AuthorizationCode',
  'RefreshToken',
  'ClientCredentials',
  'DeviceCode',
  'PushedAuthorizationRequest',
  'Interaction',
  'InitialAccessToken',
  'RegistrationAccessToken',
  'BackchannelAuthenticationRequest',
  'PreAuthorizedCode',
];
/** And what is left of them without it: a code stays recognisable as spent. */
const OF_GRANT = [
  ['AccessToken', undefined],
  ['AuthorizationCode', expect.objectContaining({ consumed: expect.any(Number) })],
  ['RefreshToken', undefined],
  ['DeviceCode', undefined],
  ['BackchannelAuthenticationRequest', undefined],
  ['PreAuthorizedCode', undefined],
] as const;
const CONSUMABLE = [
  'AuthorizationCode',
  'PushedAuthorizationRequest',
  'DeviceCode',
  'BackchannelAuthenticationRequest',
  'PreAuthorizedCode',
] as const;
const HOUR = 3600;

const { uri } = testDatabase();
const clock = new ShiftedClock();
let one: ProtocolStores;
let two: ProtocolStores;
let serial = 0;

beforeAll(async () => {
  one = await openProtocolStores(uri, clock);
  two = await openProtocolStores(uri, clock);
});
afterAll(() => Promise.all([one.database.close(), two.database.close()]));

function fresh(label: string): string {
  serial += 1;
  return `${label}-${serial}-0123456789abcdef`;
}

function payloadOf(model: ArtefactModel, id: string, extra: object = {}): AdapterPayload {
  const exp = Math.floor(Date.now() / 1000) + HOUR;
  const content = { kind: model, jti: id, exp, clientId: 'a-client', accountId: 'an-account' };
  return { ...content, ...extra } as AdapterPayload;
}

async function store(model: ArtefactModel, extra: object = {}): Promise<string> {
  const id = fresh(model);
  await one.adapter(model).upsert(id, payloadOf(model, id, extra), HOUR);
  return id;
}

async function dump(): Promise<string> {
  const documents = await one.database.collection('oidcArtefacts').find().toArray();
  return JSON.stringify(documents, (_key, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
  );
}

describe.each(MODELS)('%s', (model) => {
  test('is found by its value in another process, and by nothing else', async () => {
    const id = await store(model, { params: { login_hint: 'somebody' } });
    const found = await two.adapter(model).find(id);
    expect(found).toMatchObject({ jti: id, kind: model, params: { login_hint: 'somebody' } });
    expect(await two.adapter(model).find(`${id}x`)).toBeUndefined();
    for (const other of MODELS.filter((each) => each !== model)) {
      expect(await two.adapter(other).find(id)).toBeUndefined();
    }
  });

  test('shows neither its value nor its content at rest', async () => {
    const id = await store(model, { params: { login_hint: 'unmistakable-hint' } });
    const text = await dump();
    expect(text).not.toContain(id);
    expect(text).not.toContain('unmistakable-hint');
    expect(text).not.toContain('an-account');
  });

  test('is gone after its end, whether or not the database has removed it', async () => {
    const id = await store(model);
    clock.advance(HOUR + 48 * HOUR);
    expect(await one.adapter(model).find(id)).toBeUndefined();
  });

  test('does not open under another id', async () => {
    const [mine, other] = [await store(model), await store(model)];
    const rows = one.database.collection<{ _id: string }>('oidcArtefacts');
    const stolen = await rows.findOne({ _id: one.artefacts.key(model, other) });
    const { _id: _, ...content } = stolen as object & { _id: string };
    await rows.updateOne({ _id: one.artefacts.key(model, mine) }, { $set: content });
    await expect(one.adapter(model).find(mine)).rejects.toThrow(/unable to authenticate/u);
  });
});

describe.each(CONSUMABLE)('%s', (model) => {
  test('is spent by exactly one of fifty, and stays recognisable as spent', async () => {
    const id = await store(model);
    const results = await inParallel([one, two], 50, (stores) => stores.adapter(model).consume(id));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await two.adapter(model).find(id)).toMatchObject({ consumed: expect.any(Number) });
  });

  test('is not made fresh by storing it again', async () => {
    const id = await store(model);
    await one.adapter(model).consume(id);
    await two.adapter(model).upsert(id, payloadOf(model, id), HOUR);
    await expect(two.adapter(model).consume(id)).rejects.toThrow(
      /^invalid_(?:grant|request_uri)$/u,
    );
  });
});

describe.each(OF_GRANT)('%s', (model, left) => {
  test('ends with its grant, and no other grant does', async () => {
    const [ended, kept] = [fresh('grant'), fresh('grant')];
    const mine = await store(model, { grantId: ended });
    const other = await store(model, { grantId: kept });
    await two.adapter(model).revokeByGrantId(ended);
    expect(await one.adapter(model).find(mine)).toEqual(left);
    const stillGood = await one.adapter(model).find(other);
    expect(stillGood).toMatchObject({ jti: other });
    expect(stillGood).not.toHaveProperty('consumed');
  });
});

describe('one-time artefacts', () => {
  test('a code that loses the race takes its grant and all tokens with it, once', async () => {
    const grantId = fresh('grant');
    await one.grants.unite(grantId, grantOf(), HOUR);
    const code = await store('AuthorizationCode', { grantId });
    const token = await store('AccessToken', { grantId });
    await inParallel([one, two], 10, (stores) => stores.adapter('AuthorizationCode').consume(code));
    expect(await two.grants.find(grantId)).toBeUndefined();
    expect(await two.adapter('AccessToken').find(token)).toBeUndefined();
    const rows = one.database.collection('auditRecords');
    expect(await rows.countDocuments({ type: 'oidc.code_replayed' })).toBe(1);
  });

  test('a replay mark is set by exactly one of fifty', async () => {
    const id = fresh('mark');
    const results = await inParallel([one, two], 50, async (stores) => {
      const marks = stores.adapter('ReplayDetection');
      const seen = await marks.find(id);
      if (!seen) await marks.upsert(id, payloadOf('ReplayDetection', id), HOUR);
      return seen === undefined;
    });
    expect(valuesOf(results).filter(Boolean)).toHaveLength(1);
  });

  test('a user code belongs to one device code', async () => {
    const userCode = 'ABCD-EFGH';
    const id = await store('DeviceCode', { userCode });
    expect(await two.adapter('DeviceCode').findByUserCode(userCode)).toMatchObject({ userCode });
    expect(await two.adapter('DeviceCode').findByUserCode('ABCD-EFGX')).toBeUndefined();
    await expect(store('DeviceCode', { userCode })).rejects.toThrow(/duplicate|E11000/u);
    await one.adapter('DeviceCode').destroy(id);
  });

  test('a finished interaction cannot be continued, but is remembered', async () => {
    const id = await store('Interaction', { params: { client_id: 'a-client' } });
    await one.adapter('Interaction').destroy(id);
    expect(await two.adapter('Interaction').find(id)).toBeUndefined();
    const kept = await two.artefacts.find('Interaction', id);
    expect(kept?.consumedAt).not.toBeNull();
  });

  test('a parallel rotation keeps the successor that was stored first', async () => {
    const id = fresh('RefreshToken');
    await inParallel([one, two], 20, (stores, index) =>
      stores.artefacts.saveOnce('RefreshToken', id, {
        payload: { kind: 'RefreshToken', index },
        expiresIn: HOUR,
      }),
    );
    const first = await one.artefacts.find('RefreshToken', id);
    await two.artefacts.saveOnce('RefreshToken', id, {
      payload: { kind: 'RefreshToken', index: 99 },
      expiresIn: HOUR,
    });
    expect(await two.artefacts.find('RefreshToken', id)).toEqual(first);
  });
});

function grantOf(scope = 'openid', extra: object = {}) {
  const times = { iat: 1, exp: Math.floor(Date.now() / 1000) + HOUR };
  const ids = { accountId: 'an-account', clientId: 'a-client' };
  return { kind: 'Grant', ...times, ...ids, openid: { scope }, ...extra };
}

describe('grants', () => {
  test('twenty parallel writes are united, whoever stores it first', async () => {
    const id = fresh('grant');
    const results = await inParallel([one, two], 20, (stores, index) =>
      stores.grants.unite(id, grantOf(`openid scope-${index}`), HOUR),
    );
    const outcomes = valuesOf(results);
    expect(outcomes.filter(({ outcome }) => outcome === 'created')).toHaveLength(1);
    expect(outcomes.filter(({ outcome }) => outcome === 'united')).toHaveLength(19);
    const scopes = new Set((await one.grants.find(id))?.openid?.scope?.split(' '));
    expect(scopes.size).toBe(21);
  });

  test('a revoked one takes nothing more and stays revoked', async () => {
    const id = fresh('grant');
    await one.grants.unite(id, grantOf(), HOUR);
    expect(await two.revocation.revoke(id, 'consent_withdrawn')).toBe(true);
    expect(await one.grants.unite(id, grantOf('openid profile'), HOUR)).toEqual({
      outcome: 'revoked',
    });
    expect(await one.grants.find(id)).toBeUndefined();
    expect(await one.grants.isRevoked(id)).toBe(true);
    expect(await one.grants.keysOfAccount('an-account')).not.toContain(one.grants.key(id));
  });

  test('a revocation between parallel writes wins over all of them', async () => {
    const id = fresh('grant');
    await one.grants.unite(id, grantOf(), HOUR);
    await inParallel([one, two], 21, async (stores, index) =>
      index === 10
        ? stores.revocation.revoke(id, 'consent_withdrawn')
        : stores.grants.unite(id, grantOf(`openid scope-${index}`), HOUR),
    );
    expect(await two.grants.find(id)).toBeUndefined();
    expect(await two.grants.unite(id, grantOf(), HOUR)).toEqual({ outcome: 'revoked' });
  });

  test('is revoked by one of twenty, and told by that one', async () => {
    const id = fresh('grant');
    await one.grants.unite(id, grantOf('openid', { clientId: 'told-client' }), HOUR);
    const results = await inParallel([one, two], 20, (stores) =>
      stores.revocation.revoke(id, 'refresh_reused'),
    );
    expect(valuesOf(results).filter(Boolean)).toHaveLength(1);
    expect([...one.told, ...two.told].filter((name) => name === 'told-client')).toHaveLength(1);
  });

  test('is gone after its end', async () => {
    const id = fresh('grant');
    await one.grants.unite(id, grantOf(), HOUR);
    clock.advance(2 * HOUR);
    expect(await two.grants.find(id)).toBeUndefined();
  });
});
