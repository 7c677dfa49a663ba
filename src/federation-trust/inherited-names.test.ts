import { expect, it } from 'vitest';
import { FederationEntity } from '../../test/support/federation-entity.ts';
import { judgeChain } from './trust-chain.ts';

const now = new Date('2026-11-23T09:00:00Z');
const make = (id: string) => FederationEntity.create(id, () => now);
const city = await make('https://city.gov.example');
const hub = await make('https://hub.gov.example');
const anchor = await make('https://anchor.example');
const provider = { issuer: city.id };

async function judge(policy: unknown, metadata: object = {}) {
  const configuration = await city.configuration({
    metadata: { openid_provider: provider, ...metadata },
    authority_hints: [hub.id],
  });
  const subordinates = [
    await hub.about(city, { metadata_policy: policy }),
    await anchor.about(hub),
  ];
  const statements = { configuration, subordinates, anchor: await anchor.configuration() };
  const anchors = [{ entityId: anchor.id, keys: anchor.keys, levelCap: 4 }];
  return judgeChain(city.id, statements, { anchors, now, entityType: 'openid_provider' });
}

it.each([
  '{"constructor":{"isFrozen":{"value":"x"}}}',
  '{"constructor":{"prototype":{"value":"x"}}}',
  '{"__proto__":{"polluted":{"value":"x"}}}',
  '{"openid_provider":{"constructor":{"value":"x"}}}',
  '{"openid_provider":{"scope":{"__proto__":"x"}}}',
])('a policy that names what every object inherits is refused: %s', async (policy) => {
  const { isFrozen } = Object;
  const refusal = { reason: 'claims_invalid', entity: hub.id, detail: 'metadata_policy' };
  expect(await judge(JSON.parse(policy))).toMatchObject({ ok: false, refusal });
  expect(Object.isFrozen).toBe(isFrozen);
  expect({}).not.toHaveProperty('polluted');
});

it('a chain holds only metadata and policy that somebody has stated', async () => {
  const judged = await judge(
    {
      openid_provider: { toString: { default: 'x' }, valueOf: { value: 'y' } },
      hasOwnProperty: { call: { value: 'x' } },
    },
    { constructor: { name: 'x' }, toLocaleString: { name: 'y' } },
  );
  const { metadata } = (judged as Extract<typeof judged, { ok: true }>).chain;
  expect(Object.entries(metadata['openid_provider'] ?? {})).toEqual([
    ['issuer', city.id],
    ['toString', 'x'],
    ['valueOf', 'y'],
    ['real_name_level_cap', 4],
  ]);
  expect(metadata['constructor']).toEqual({ name: 'x' });
});
