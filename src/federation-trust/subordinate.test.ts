import { expect, it } from 'vitest';
import { FederationEntity } from '../../test/support/federation-entity.ts';
import { statedTerms, termsSchema } from './subordinate.ts';
import { judgeChain } from './trust-chain.ts';

const now = new Date('2026-11-23T09:00:00Z');
const make = (id: string) => FederationEntity.create(id, () => now);
const anchor = await make('https://anchor.example');
const city = await make('https://city.gov.example');
const below = await make('https://below.gov.example');

/** Whether somebody is believed below a city that was admitted under these terms: or why not. */
async function belowCity(constraints?: object): Promise<string> {
  const terms = termsSchema.parse({ levelCap: 3, ...(constraints ? { constraints } : {}) });
  const statements = {
    configuration: await below.configuration({
      metadata: { openid_provider: { issuer: below.id } },
      authority_hints: [city.id],
    }),
    subordinates: [await city.about(below), await anchor.about(city, statedTerms(terms))],
    anchor: await anchor.configuration(),
  };
  const anchors = [{ entityId: anchor.id, keys: anchor.keys, levelCap: 4 }];
  const by = { anchors, now, entityType: 'openid_provider' };
  const judged = await judgeChain(below.id, statements, by);
  return judged.ok ? 'believed' : judged.refusal.reason;
}

it('whoever is admitted may vouch for others only where its terms say so', async () => {
  expect(await belowCity()).toBe('max_path_length');
  const naming_constraints = { permitted: ['.gov.example'] };
  expect(await belowCity({ naming_constraints })).toBe('max_path_length');
  expect(await belowCity({ naming_constraints, max_path_length: 1 })).toBe('believed');
});
