import { UnsecuredJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { FederationEntity } from '../../test/support/federation-entity.ts';
import { judgeChain } from './trust-chain.ts';
import type { ChainStatements } from './trust-chain.ts';

const now = new Date('2026-11-23T09:00:00Z');
const seconds = now.getTime() / 1000;
const HOUR = 3600;

let city: FederationEntity;
let hub: FederationEntity;
let anchor: FederationEntity;
let stranger: FederationEntity;

beforeAll(async () => {
  const make = (id: string) => FederationEntity.create(id, () => now);
  city = await make('https://city.gov.example');
  hub = await make('https://hub.gov.example');
  anchor = await make('https://anchor.example');
  stranger = await make('https://stranger.example');
});

const provider = { issuer: 'https://city.gov.example', real_name_level_cap: 4 };

async function cityConfiguration(claims: object = {}, header: object = {}): Promise<string> {
  const metadata = { openid_provider: provider };
  return city.configuration({ metadata, authority_hints: [hub.id], ...claims }, header);
}

/** City, hub, anchor, as they should be; with what a test puts in place of a part. */
async function chain(parts: Partial<ChainStatements> = {}): Promise<ChainStatements> {
  return {
    configuration: parts.configuration ?? (await cityConfiguration()),
    subordinates: parts.subordinates ?? [await hub.about(city), await anchor.about(hub)],
    anchor: parts.anchor ?? (await anchor.configuration()),
  };
}

async function judge(parts: Partial<ChainStatements> = {}, entityType = 'openid_provider') {
  const anchors = [{ entityId: anchor.id, keys: anchor.keys, levelCap: 4 }];
  return judgeChain(city.id, await chain(parts), { anchors, now, entityType });
}

async function refusal(parts: Partial<ChainStatements>): Promise<string> {
  const judged = await judge(parts);
  if (judged.ok) return 'believed';
  const { reason, entity } = judged.refusal;
  return `${reason} ${new URL(entity).hostname.split('.')[0]}`;
}

/** A policy of the anchor on its hub, and of the hub on the city. */
async function underPolicies(above: object, below: object): Promise<readonly string[]> {
  return [await hub.about(city, below), await anchor.about(hub, above)];
}

const levelPolicy = (operators: object, crit: readonly string[] = ['urn:hutong:level_cap']) => ({
  metadata_policy: { openid_provider: { real_name_level_cap: operators } },
  ...(crit.length > 0 ? { metadata_policy_crit: crit } : {}),
});
const capOf = (level: number) => levelPolicy({ 'urn:hutong:level_cap': level });

describe('a trust chain', () => {
  it('is believed from the city over the hub to the anchor, until its first statement expires', async () => {
    const soon = { exp: seconds + 60 };
    const judged = await judge({
      subordinates: [await hub.about(city), await anchor.about(hub, soon)],
    });
    expect(judged).toMatchObject({
      ok: true,
      chain: {
        entities: [city.id, hub.id, anchor.id],
        metadata: { openid_provider: provider },
        expiresAt: new Date((seconds + 60) * 1000),
      },
    });
  });

  it('is refused when a statement is expired, of tomorrow or without an end', async () => {
    expect(await refusal({ configuration: await cityConfiguration({ exp: seconds }) })).toBe(
      'expired city',
    );
    const late = [await hub.about(city, { iat: seconds + HOUR }), await anchor.about(hub)];
    expect(await refusal({ subordinates: late })).toBe('not_yet_valid hub');
    const endless = await anchor.configuration({ exp: undefined });
    expect(await refusal({ anchor: endless })).toBe('claims_invalid anchor');
  });

  it('is refused when somebody else is its issuer or its subject', async () => {
    const foreign = await cityConfiguration({ iss: stranger.id });
    expect(await refusal({ configuration: foreign })).toBe('issuer_wrong city');
    const about = [await hub.about(stranger), await anchor.about(hub)];
    expect(await refusal({ subordinates: about })).toBe('subject_wrong hub');
    const unhinted = await cityConfiguration({ authority_hints: [stranger.id] });
    expect(await refusal({ configuration: unhinted })).toBe('issuer_wrong city');
  });

  it('is refused when a signature is not by the key that its superior names', async () => {
    const impostor = await FederationEntity.create(hub.id, () => now);
    const forged = [await impostor.about(city), await anchor.about(hub)];
    expect(await refusal({ subordinates: forged })).toBe('key_unknown hub');
    const named = { kid: hub.key.kid };
    const disguised = [await impostor.about(city, {}, named), await anchor.about(hub)];
    expect(await refusal({ subordinates: disguised })).toBe('signature_wrong hub');
    const double = await FederationEntity.create(city.id, () => now);
    const own = await double.configuration({
      metadata: { openid_provider: provider },
      authority_hints: [hub.id],
    });
    expect(await refusal({ configuration: own })).toBe('key_mismatch city');
    const replaced = { jwks: stranger.keys };
    expect(await refusal({ configuration: await cityConfiguration(replaced) })).toBe(
      'key_mismatch city',
    );
  });

  it('is refused under an anchor that nobody gave us, or under a false copy of ours', async () => {
    const hints = { authority_hints: [stranger.id] };
    const foreign = {
      configuration: await cityConfiguration(hints),
      subordinates: [await stranger.about(city)],
      anchor: await stranger.configuration(),
    };
    expect(await refusal(foreign)).toBe('anchor_unknown stranger');
    const copy = await FederationEntity.create(anchor.id, () => now);
    const subordinates = [await hub.about(city), await copy.about(hub)];
    expect(await refusal({ subordinates, anchor: await copy.configuration() })).toBe(
      'key_unknown anchor',
    );
  });

  it('is refused when it runs in a circle or is too long', async () => {
    const circle = [await hub.about(city), await city.about(hub), await anchor.about(city)];
    expect(await refusal({ subordinates: circle })).toBe('cycle city');
    const long = Array.from({ length: 8 }, () => 'x');
    expect(await refusal({ subordinates: long })).toBe('path_too_long city');
  });

  it('is refused without its superiors, for a wrong type, algorithm, size or form', async () => {
    expect(await refusal({ subordinates: [] })).toBe('not_subordinate city');
    const typed = await cityConfiguration({}, { typ: 'JWT' });
    expect(await refusal({ configuration: typed })).toBe('typ_wrong city');
    const claims = { iss: city.id, sub: city.id };
    const unsigned = new UnsecuredJWT(claims).encode();
    expect(await refusal({ configuration: unsigned })).toBe('typ_wrong city');
    const header = { alg: 'none', typ: 'entity-statement+jwt', kid: city.key.kid };
    const [, body] = (await cityConfiguration()).split('.');
    const part = (of: object) => Buffer.from(JSON.stringify(of)).toString('base64url');
    expect(await refusal({ configuration: `${part(header)}.${body}.` })).toBe(
      'algorithm_refused city',
    );
    const symmetric = { ...header, alg: 'HS256' };
    expect(await refusal({ configuration: `${part(symmetric)}.${body}.AAAA` })).toBe(
      'algorithm_refused city',
    );
    const nameless = await cityConfiguration({}, { kid: '' });
    expect(await refusal({ configuration: nameless })).toBe('key_id_missing city');
    const large = await cityConfiguration({ padding: 'x'.repeat(70_000) });
    expect(await refusal({ configuration: large })).toBe('too_large city');
    expect(await refusal({ configuration: 'no.statement' })).toBe('malformed city');
  });

  it('is refused where a claim must be understood, or stands in the wrong kind of statement', async () => {
    const critical = { crit: ['urn:other:claim'], 'urn:other:claim': 1 };
    expect(await refusal({ configuration: await cityConfiguration(critical) })).toBe(
      'crit_unknown city',
    );
    const misplaced = await cityConfiguration({ constraints: { max_path_length: 9 } });
    expect(await refusal({ configuration: misplaced })).toBe('claims_invalid city');
    const endpoint = [
      await hub.about(city, { source_endpoint: 'ftp://hub.gov.example' }),
      await anchor.about(hub),
    ];
    expect(await refusal({ subordinates: endpoint })).toBe('claims_invalid hub');
    const twice = [
      await hub.about(city, { jwks: { keys: [...city.keys.keys, ...city.keys.keys] } }),
      await anchor.about(hub),
    ];
    expect(await refusal({ subordinates: twice })).toBe('claims_invalid hub');
  });

  it('is refused beyond the length, the names and the roles that a superior allows', async () => {
    const under = async (constraints: object) =>
      refusal({ subordinates: await underPolicies({ constraints }, {}) });
    expect(await under({ max_path_length: 0 })).toBe('max_path_length anchor');
    expect(await under({ max_path_length: 1 })).toBe('believed');
    const named = (naming_constraints: object) => under({ naming_constraints });
    expect(await named({ permitted: ['.example'] })).toBe('believed');
    expect(await named({ permitted: ['hub.gov.example'] })).toBe('naming_constraint anchor');
    expect(await named({ permitted: ['.example'], excluded: ['city.gov.example'] })).toBe(
      'naming_constraint anchor',
    );
    expect(await named({ permitted: ['.city.gov.example', 'hub.gov.example'] })).toBe(
      'naming_constraint anchor',
    );
    expect(await under({ allowed_entity_types: ['openid_relying_party'] })).toBe(
      'entity_type_not_allowed city',
    );
  });

  it('is refused for a role that its subject does not say it has', async () => {
    expect(await judge({}, 'openid_relying_party')).toMatchObject({
      refusal: { reason: 'metadata_missing', detail: 'openid_relying_party' },
    });
  });
});

describe('the metadata policy of a chain', () => {
  const methods = (operators: object) => ({
    metadata_policy: { openid_provider: { grant_types_supported: operators } },
  });

  it('refuses policies that contradict each other, and metadata that breaks them', async () => {
    const under = async (above: object, below: object) =>
      refusal({ subordinates: await underPolicies(above, below) });
    expect(await under(methods({ value: ['a'] }), methods({ value: ['b'] }))).toBe(
      'policy_conflict hub',
    );
    expect(await under(methods({ subset_of: ['a'] }), methods({ add: ['b'] }))).toBe(
      'policy_conflict hub',
    );
    expect(await under(methods({ one_of: ['a'], add: ['a'] }), {})).toBe('policy_conflict anchor');
    expect(await under(methods({ essential: true }), methods({ essential: false }))).toBe(
      'policy_violation city',
    );
  });

  it('leaves out operators that nobody needs to know, and refuses those that are needed', async () => {
    const own = methods({ 'urn:other:operator': 1 });
    expect(await refusal({ subordinates: await underPolicies(own, {}) })).toBe('believed');
    const needed = { ...own, metadata_policy_crit: ['urn:other:operator'] };
    expect(await refusal({ subordinates: await underPolicies({}, needed) })).toBe(
      'policy_crit_unknown hub',
    );
  });

  it('puts metadata of the direct superior first, then the policies from the top', async () => {
    const above = methods({ subset_of: ['a', 'b', 'c'], superset_of: ['a'] });
    const below = {
      ...methods({ subset_of: ['a', 'b'], default: ['x'] }),
      metadata: { openid_provider: { grant_types_supported: ['a', 'b', 'c'] }, other: { a: 1 } },
    };
    const judged = await judge({ subordinates: await underPolicies(above, below) });
    expect(judged).toMatchObject({
      chain: { metadata: { openid_provider: { grant_types_supported: ['a', 'b'] } } },
    });
    expect(judged).not.toHaveProperty('chain.metadata.other');
  });
});

describe('the level cap', () => {
  const level = async (above: object, below: object): Promise<unknown> => {
    const judged = await judge({ subordinates: await underPolicies(above, below) });
    return judged.ok
      ? judged.chain.metadata['openid_provider']?.['real_name_level_cap']
      : judged.refusal;
  };

  it('is the lowest of all superiors, of the city itself and of our own setting', async () => {
    expect(await level(capOf(3), {})).toBe(3);
    expect(await level(capOf(3), capOf(2))).toBe(2);
    expect(await level({}, capOf(3))).toBe(3);
    expect(await level({}, {})).toBe(4);
    const anchors = [{ entityId: anchor.id, keys: anchor.keys, levelCap: 1 }];
    const own = await judgeChain(city.id, await chain(), {
      anchors,
      now,
      entityType: 'openid_provider',
    });
    expect(own).toMatchObject({
      chain: { metadata: { openid_provider: { real_name_level_cap: 1 } } },
    });
  });

  it('is raised by nobody below, with whatever operator', async () => {
    const raised = { reason: 'level_cap_raised', entity: hub.id };
    expect(await level(capOf(2), capOf(3))).toMatchObject(raised);
    expect(await level(capOf(2), levelPolicy({ value: 4 }))).toMatchObject(raised);
    expect(await level(capOf(2), levelPolicy({ value: null }))).toMatchObject(raised);
    expect(await level(capOf(2), levelPolicy({ default: 4 }))).toMatchObject(raised);
    expect(await level(capOf(2), levelPolicy({ one_of: [4] }, []))).toMatchObject(raised);
    const given = { metadata: { openid_provider: { real_name_level_cap: 4 } } };
    expect(await level(capOf(2), given)).toBe(2);
  });
});
