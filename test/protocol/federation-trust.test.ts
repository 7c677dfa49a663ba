// Trust by federation over HTTP: a city joins with one signed statement, relying parties and providers come
// in by their chains, and go with them.
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { describe, expect, it } from 'vitest';
import { createOidcUpstream } from '../../src/federation/upstream/oidc-upstream.ts';
import { allowEntity } from '../../src/federation-trust/deny-entity.ts';
import { DenialStore } from '../../src/federation-trust/denial-store.ts';
import { federationKeys } from '../../src/keys/signing-key.ts';
import { SigningKeyStore } from '../../src/keys/signing-key-store.ts';
import { Overtaken } from '../../src/platform/overtaken.ts';
import { CityBrowser } from '../support/city-browser.ts';
import { capOf, federationCity, MARK, OFFICERS } from '../support/federation-city.ts';
import { FederationNode } from '../support/federation-node.ts';
import { nextAddress } from '../support/http-visitor.ts';

const all = federationCity();
const sub = (entity: string) => `sub=${encodeURIComponent(entity)}`;

describe('a city', () => {
  it('publishes what it is, signed with a key of its own kind', async () => {
    const { city, hub } = all;
    const { type, body } = await all.configurationOf(city);
    expect(type).toBe('application/entity-statement+jwt');
    const header = decodeProtectedHeader(body);
    expect(header).toMatchObject({ typ: 'entity-statement+jwt', alg: 'ES256' });
    const claims = decodeJwt(body);
    expect(claims).toMatchObject({
      iss: city.issuer,
      sub: city.issuer,
      authority_hints: [hub.issuer],
      metadata: {
        federation_entity: { organization_name: '样板市' },
        openid_provider: {
          issuer: city.issuer,
          client_registration_types_supported: ['automatic'],
          real_name_level_cap: 4,
        },
        openid_relying_party: { token_endpoint_auth_method: 'private_key_jwt' },
      },
    });
    expect(JSON.stringify(claims)).not.toContain('"d":');
    const tokens = await (await fetch(`${city.issuer}/oauth2/jwks`)).text();
    expect(tokens).not.toContain(String(header.kid));
    const hubOnly = await fetch(`${city.issuer}/mutual-recognition/federation/list`);
    expect(hubOnly.status).toBe(404);
  });

  it('joins with one signed statement and two officers, at the level that the hub allows', async () => {
    const { city, hub } = all;
    expect(await all.resolveAtHub()).toMatchObject({ error: 'invalid_trust_chain' });
    const terms = { levelCap: 2, trustMarks: [MARK] };
    const file = path.join(all.folder, 'city.jwt');
    await writeFile(file, (await all.configurationOf(city)).body);
    const alone = ['--decided-by', 'sunsun', '--approved-by', 'sunsun', '--yes'];
    expect(await all.admit(file, terms, { by: alone })).toMatchObject({ code: 1 });
    const unconfirmed = await all.admit(file, terms, { by: [...OFFICERS], typed: [] });
    expect(unconfirmed.code).toBe(1);
    expect(unconfirmed.out).toContain(city.issuer);
    const [password = '', code = ''] = await all.proofs();
    const unproven = [[], [password, code], [password, code, 'wrong', code]];
    for (const typed of unproven) {
      await all.proofs();
      expect(await all.admit(file, terms, { typed })).toMatchObject({ code: 1 });
      expect((await all.ask(`fetch?${sub(city.issuer)}`)).status).toBe(404);
    }
    expect(await all.admit(file, terms)).toMatchObject({ code: 0 });
    const { body } = await all.ask(`fetch?${sub(city.issuer)}`);
    expect(decodeJwt(body)).toMatchObject({ iss: hub.issuer, sub: city.issuer, ...capOf(2) });
    const capped = { metadata: { openid_provider: { real_name_level_cap: 2 } } };
    await expect.poll(() => all.resolveAtHub()).toMatchObject(capped);
    const listed = await all.ask('list?entity_type=openid_provider');
    expect(JSON.parse(listed.body)).toEqual([city.issuer]);
  });

  it('is not admitted under terms that nobody could fulfil, or by whoever does not name the hub', async () => {
    const { city } = all;
    const impossible = {
      levelCap: 2,
      metadata_policy: { openid_provider: { issuer: { one_of: ['https://other.example'] } } },
    };
    const refused = await all.admit(city.issuer, impossible);
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.err).toContain('openid_provider.issuer');
    const stranger = await all.strangeClient();
    const unnamed = await all.admit(stranger.id, { levelCap: 1 });
    expect(unnamed).toMatchObject({ code: 1 });
    expect(unnamed.err).toContain('authority_hints');
  });

  it('holds the mark that the hub gives it, which whoever asks learns to count', async () => {
    const { city, hub } = all;
    const marks = async () => {
      const claims = decodeJwt((await all.configurationOf(city)).body);
      return (claims['trust_marks'] ?? []) as { trust_mark: string }[];
    };
    await expect.poll(marks).toHaveLength(1);
    const [mark] = await marks();
    const response = await fetch(`${hub.issuer}/mutual-recognition/federation/trust-mark-status`, {
      method: 'POST',
      body: new URLSearchParams({ trust_mark: mark?.trust_mark ?? '' }),
    });
    expect(response.headers.get('content-type')).toBe('application/trust-mark-status-response+jwt');
    expect(decodeJwt(await response.text())).toMatchObject({ iss: hub.issuer, status: 'active' });
    await expect.poll(() => all.resolveAtHub()).toHaveProperty('trust_marks');
  });

  it('is told by doctor whether its anchor is believed and others find a chain to it', async () => {
    expect(await all.doctor()).toEqual(['ok anchor', 'ok chain']);
    const other = await FederationNode.start();
    await other.close();
    const stranger = { ...all.trusted, jwks: other.entity.keys };
    expect(await all.doctor({ trustAnchors: [stranger] })).toEqual([
      'failed anchor_refused',
      'failed chain_refused',
    ]);
    const silent = { ...all.trusted, entityId: 'http://127.0.0.1:1' };
    const unreached = await all.doctor({ trustAnchors: [silent] });
    expect(unreached).toContain('failed anchor_refused');
  });

  it('is a way in for others, capped, with nothing agreed between the two', async () => {
    const { city, hub } = all;
    const found = await all.cityAsPeer();
    if (!found.ok) throw new Error(JSON.stringify(found.refusal));
    expect(found.peer).toMatchObject({
      issuer: city.issuer,
      names: { 'zh-CN': '样板市', en: 'Sample City' },
      levelCap: 2,
      strengthCap: 3,
      connection: { clientId: hub.issuer },
      state: 'active',
    });
    const adapter = createOidcUpstream({ fetch: all.outbound.fetch, clock: hub.clock });
    const secret = () => randomBytes(32).toString('base64url');
    const request = {
      state: secret(),
      nonce: secret(),
      codeVerifier: secret(),
      redirectUri: `${hub.issuer}/federation/return/trusted`,
      traceId: 'trace-1',
    };
    const begun = await adapter.begin(found, request);
    if (!begun.ok) throw new Error(begun.detail);
    const browser = new CityBrowser(city.issuer);
    const end = await browser.walk(await browser.open(begun.page), city.account('lili'));
    const back = nextAddress(end);
    expect(back?.href).toContain(request.redirectUri);
    const callback = Object.fromEntries(back?.searchParams ?? new URLSearchParams());
    const answer = await adapter.complete(found, request, callback);
    expect(answer).toMatchObject({ ok: true, identity: { kind: 'naturalPerson' } });
  });
});

describe('a relying party of the federation', () => {
  it('is registered once when 50 of its requests come first, and signs people in', async () => {
    const { city } = all;
    const client = await all.newClient();
    const pushed = await Promise.all(Array.from({ length: 50 }, () => client.push()));
    expect(new Set(pushed.map(({ status }) => status))).toEqual(new Set([201]));
    const records = city.storage.database.collection('auditRecords');
    const own = await records.find({ clientId: client.id }).toArray();
    expect(own).toMatchObject([{ type: 'clients.registered', actor: 'system' }]);
    const tokens = await client.signIn(city);
    expect(tokens.status).toBe(200);
    const { sub: subject } = decodeJwt(String(tokens.body['id_token']));
    expect(subject).not.toBe(city.account('lili').id);
  });

  it('signs its request, of one use, or pushes it: anybody could ask in its name', async () => {
    const { city } = all;
    const client = await all.newClient();
    const plain = await new CityBrowser(city.issuer).open(client.plainUrl());
    expect(nextAddress(plain)?.searchParams.get('error')).toBe('invalid_request');
    const signed = await client.signedUrl();
    const page = await new CityBrowser(city.issuer).open(signed);
    expect(page.body).toContain('data-page="sign-in"');
    const again = await new CityBrowser(city.issuer).open(signed);
    expect(again.body + String(nextAddress(again))).toContain('invalid_request_object');
  });

  it('is refused with the reason on the page, in the answer and in the record', async () => {
    const { city } = all;
    const stranger = await all.strangeClient();
    const itsHub = await FederationNode.start();
    itsHub.above(stranger.node);
    const { status, body } = await stranger.push();
    expect(status).toBe(400);
    const error_description = `anchor_unknown: ${itsHub.id}`;
    expect(body).toMatchObject({ error: 'invalid_trust_anchor', error_description });
    const page = await new CityBrowser(city.issuer).open(stranger.plainUrl());
    expect(page.status).toBe(400);
    expect(page.body).toContain('信任链通向的信任锚不是本平台认可的。');
    const records = city.storage.database.collection('auditRecords');
    const own = await records.find({ 'details.client': stranger.id }).toArray();
    expect(own).toMatchObject([
      { type: 'federation_trust.client_refused', reason: 'anchor_unknown', result: 'refused' },
    ]);
    await itsHub.close();
  });

  it('may not ask for more than our rules allow', async () => {
    const client = await all.newClient({ redirect_uris: ['https://*.example.com/cb'] });
    const { body } = await client.push();
    expect(body).toMatchObject({ error: 'invalid_metadata' });
    expect(String(body['error_description'])).toContain('redirect_uris');
  });

  it('loses everything it was given when the hub no longer speaks for it', async () => {
    const { city } = all;
    const client = await all.newClient();
    const { body } = await client.signIn(city);
    const token = String(body['access_token']);
    expect(await client.userinfo(token)).toBe(200);
    const by = ['--decided-by', 'sunsun', '--reason', '密钥外泄'];
    const suspended = await all.hutong('hub', 'subordinates', 'suspend', client.id, ...by);
    expect(suspended).toMatchObject({ code: 0 });
    expect((await all.ask(`fetch?${sub(client.id)}`)).status).toBe(404);
    await expect.poll(() => client.userinfo(token)).not.toBe(200);
    const ended = { error: 'invalid_trust_chain' };
    await expect.poll(async () => (await client.push()).body).toMatchObject(ended);
    const again = ['subordinates', 'resume', client.id] as const;
    expect(await all.hutong('hub', ...again, ...OFFICERS)).toMatchObject({ code: 1 });
    const resumed = await all.hutongByTwo(...again);
    expect(resumed).toMatchObject({ code: 0 });
    await expect.poll(async () => (await client.push()).status).toBe(201);
    expect(await client.userinfo(token)).not.toBe(200);
  });

  it('ends at once when this city denies its hub, and comes back when that is over', async () => {
    const { city, hub } = all;
    const client = await all.newClient();
    const { body } = await client.signIn(city);
    const by = ['--decided-by', 'guan', '--reason', '演练'];
    expect(await all.hutong('city', 'deny', hub.issuer, ...by)).toMatchObject({ code: 0 });
    await expect.poll(() => client.userinfo(String(body['access_token']))).not.toBe(200);
    const refused = await client.push();
    expect(refused.body['error_description']).toContain('denied');
    expect((await all.hutong('city', 'denied')).out).toContain(hub.issuer);
    const { database } = city.storage;
    const denials = new DenialStore(city.storage);
    await database.transaction((session) => denials.allow(hub.issuer, session));
    await expect.poll(async () => (await client.push()).status).toBe(201);
  });
});

it('takes two officers who are there, and still officers, to allow what was denied', async () => {
  const { storage, accountStore: accounts } = all.hub;
  const entity = 'https://denied.example';
  await all.hutong('hub', 'deny', entity, '--decided-by', 'sunsun', '--reason', '演练');
  expect(await all.hutong('hub', 'allow', entity, ...OFFICERS)).toMatchObject({ code: 1 });
  const [sun = '', shen = ''] = ['sunsun', 'shen'].map((login) => all.hub.account(login).id);
  const deps = { ...storage, accounts, denials: new DenialStore(storage) };
  // As if one had lost the power since the proof.
  for (const [decidedBy, approvedBy] of [[shen, shen] as const, [sun, sun] as const]) {
    const allowed = allowEntity(deps, entity, { decidedBy, approvedBy });
    await expect(allowed).rejects.toThrow(Overtaken);
  }
  expect((await all.hutong('hub', 'denied')).out).toContain(entity);
  expect(await all.hutongByTwo('allow', entity)).toMatchObject({ code: 0 });
  expect((await all.hutong('hub', 'denied')).out).not.toContain(entity);
});

describe('a change of keys', () => {
  it('is followed from the city over the hub without a pause', async () => {
    const { city, hub } = all;
    const store = new SigningKeyStore(city.storage, federationKeys);
    const signedWith = async () =>
      decodeProtectedHeader((await all.configurationOf(city)).body).kid;
    const { keys } = await store.overview();
    const [active, next] = ['active', 'next'].map((state) =>
      keys.find((key) => key.state === state),
    );
    if (!active || !next) throw new Error('the city has no keys');
    const passedOn = decodeJwt((await all.ask(`fetch?${sub(city.issuer)}`)).body);
    expect(JSON.stringify(passedOn['jwks'])).toContain(next.kid);
    await store.change(async (change) => {
      await change.retire(active);
      await change.activate(next);
      return change.revision;
    });
    await expect.poll(signedWith).toBe(next.kid);
    const { keys: after } = await store.overview();
    const announced = after.find(({ state }) => state === 'next');
    expect(await all.resolveAtHub()).toHaveProperty('metadata.openid_provider');
    // The hub reads again, and passes on what was announced meanwhile.
    hub.clock.advance(2000);
    const known = async () => {
      const { body } = await all.ask(`fetch?${sub(city.issuer)}`);
      return JSON.stringify(decodeJwt(body)['jwks']);
    };
    await expect.poll(known).toContain(announced?.kid);
  });
});
