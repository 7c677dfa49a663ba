// Every combination of real-name level, proven factors, owned factors and demands: the level that comes
// out is what the ladders say, it meets the demand, or the client reads why not. The library's part
// (ask until nothing is asked for) is played here; the rules are those of the source.
import { describe, expect, test } from 'vitest';
import { rightDemand, rightLevel } from '../../test/support/step-up-oracle.ts';
import type { OracleDemand } from '../../test/support/step-up-oracle.ts';
import { entityDemandOf, isRight, LONG_AGO, NOW, play } from '../../test/support/step-up-play.ts';
import type { Person } from '../../test/support/step-up-play.ts';
import { ServiceCatalogue } from '../clients/service-catalogue.ts';
import { acrOf, assuranceLevel, levelOfAcr } from '../oidc/claims/assurance.ts';
import {
  demandOf,
  isEntitySufficient,
  suspicion,
  SUSPICION_PARAMETER,
} from '../oidc/claims/demand.ts';
import type { Demand } from '../oidc/claims/demand.ts';

const level = (value: number) => `urn:hutong:level:${value}`;

const realNames = [0, 1, 2, 3, 4] as const;
const methods = ['pwd', 'otp', 'hwk', 'sms', 'mail_code', 'recovery_code', 'pop', 'e_licence'];
const allAmr = Array.from({ length: 2 ** methods.length }, (_, bits) =>
  methods.filter((_method, at) => (bits >> at) % 2 === 1),
);

test('the level of every set of factors is that of the ladders', () => {
  for (const realName of realNames) {
    for (const amr of allAmr) {
      expect(assuranceLevel(realName, amr)).toBe(rightLevel(realName, new Set(amr)));
      expect(levelOfAcr(acrOf(assuranceLevel(realName, amr))) ?? 0).toBeLessThanOrEqual(realName);
    }
  }
});

const catalogue = new ServiceCatalogue(
  [1, 2, 3, 4].map((minimumLevel) => ({
    code: `s${minimumLevel}`,
    name: { 'zh-CN': '事项', en: 'Service' },
    minimumLevel,
    minimumEntityLevel: minimumLevel,
  })),
);

const lists = [undefined, 'gold', level(1), level(3), `${level(4)} ${level(2)} x`, level(4)];
const claims = [
  {},
  { essential: { value: level(2) } },
  { essential: { values: [level(4), level(3)] } },
  { essential: { value: 'gold' } },
  { essential: { value: 'gold', values: [level(3)] } },
  { voluntary: { value: level(4) } },
  { voluntary: { values: ['gold'] } },
] satisfies Partial<OracleDemand>[];
const minimums = [undefined, 2, 4];
const serviceSets = [
  undefined,
  { named: [3], served: [3, 1] },
  { named: [], served: [4, 2] },
  { named: [], served: [0, 3] },
];

const demands: OracleDemand[] = lists.flatMap((acrValues) =>
  claims.flatMap((claim) =>
    minimums.flatMap((clientMinimum) =>
      serviceSets.flatMap((services) =>
        [false, true].map((isSuspicious) => ({
          ...(acrValues === undefined ? {} : { acrValues }),
          ...claim,
          ...(clientMinimum === undefined ? {} : { clientMinimum }),
          ...(services ? { services } : {}),
          isSuspicious,
        })),
      ),
    ),
  ),
);

function sourceDemand(of: OracleDemand): Demand {
  const { acrValues, essential, voluntary, clientMinimum, services, isSuspicious } = of;
  const code = (minimum: number) => `s${minimum}`;
  const [service, ...more] = services?.named.map(code) ?? [];
  const params = {
    ...(acrValues === undefined ? {} : { acr_values: acrValues }),
    ...(service === undefined ? {} : { service, scope: ['openid', ...more].join(' ') }),
    ...(isSuspicious === true ? { [SUSPICION_PARAMETER]: suspicion('odd', NOW) } : {}),
  };
  const client = {
    minimumLevel: clientMinimum,
    minimumEntityLevel: undefined,
    services: services?.served.map(code) ?? [],
  };
  const acr = essential ? { ...essential, essential: true } : voluntary;
  const claimed = acr ? { ...params, claims: JSON.stringify({ id_token: { acr } }) } : params;
  return demandOf({ params: claimed, client }, catalogue);
}

test('the demand of every request is the highest of what everybody asks for', () => {
  for (const demand of demands) expect(sourceDemand(demand).level).toBe(rightDemand(demand));
});

describe('a service', () => {
  const client = {
    minimumLevel: undefined,
    minimumEntityLevel: 2,
    services: ['s1', 's4', 'other'],
  };
  const of = (params: Record<string, unknown>) => demandOf({ params, client }, catalogue);

  test('is named by the parameter or as a scope, and asks for the organisation’s level, too', () => {
    expect(of({ service: 's4' })).toMatchObject({ level: 4, entityLevel: 4, service: 's4' });
    expect(of({ scope: 'openid s4' })).toMatchObject({ level: 4, entityLevel: 4, service: 's4' });
    expect(of({ service: 's1' })).toMatchObject({ level: 1, entityLevel: 2 });
  });

  test('asks nothing where the catalogue does not know it, or the client does not serve it', () => {
    expect(of({ service: 'other' })).toMatchObject({ level: 0, entityLevel: 2 });
    expect(of({ scope: 'openid s3' })).toMatchObject({ level: 0 });
  });

  test('is open to an organisation of its level, however strong the person is', () => {
    const demand = of({ service: 's4' });
    expect([1, 2, 3, 4].map((entityLevel) => isEntitySufficient(demand, entityLevel))).toEqual([
      false,
      false,
      false,
      true,
    ]);
  });

  test('is not named where the application itself asks for as much', () => {
    expect(of({ service: 's4', acr_values: level(4) }).service).toBeUndefined();
  });
});

const owns = [[], ['totp'], ['passkey'], ['totp', 'recovery']] as const;
const sessions: Pick<Person, 'amr' | 'factorAt'>[] = [
  { amr: undefined, factorAt: undefined },
  { amr: ['pwd'], factorAt: undefined },
  { amr: ['sms'], factorAt: undefined },
  { amr: ['pwd', 'recovery_code', 'mfa'], factorAt: NOW - 100 },
  { amr: ['pwd', 'otp', 'mfa'], factorAt: LONG_AGO },
  { amr: ['pwd', 'otp', 'mfa'], factorAt: NOW - 100 },
  { amr: ['hwk', 'user', 'mfa'], factorAt: LONG_AGO },
];
const asPerson = { kind: 'naturalPerson', begins: 'pwd', offered: [] } as const;
const people: Person[] = realNames.flatMap((realName) =>
  owns.flatMap((owned) =>
    sessions.flatMap((session) =>
      [true, false].map((isWilling) => ({ ...asPerson, realName, owned, ...session, isWilling })),
    ),
  ),
);

const offers = [[], ['licence'], ['certificate']] as const;
const ownSessions: Pick<Person, 'amr' | 'factorAt'>[] = [
  { amr: undefined, factorAt: undefined },
  { amr: ['pwd'], factorAt: undefined },
  { amr: ['e_licence', 'mfa'], factorAt: LONG_AGO },
  { amr: ['pop', 'mfa'], factorAt: LONG_AGO },
];
const organisations: Person[] = realNames.flatMap((realName) =>
  offers.flatMap((offered) =>
    (['pwd', ...offered] as const).flatMap((begins) =>
      ownSessions.flatMap((session) =>
        [true, false].map((isWilling) => {
          const kind = 'legalEntity' as const;
          return { kind, realName, owned: [], begins, offered, ...session, isWilling };
        }),
      ),
    ),
  ),
);
const everybody = [...people, ...organisations];

test.each([undefined, 'login', 'none'] as const)(
  'prompt %s: whoever comes with whatever gets the right level, or the client the error',
  (prompt) => {
    const wrong: object[] = [];
    const seen = new Set<string>();
    for (const oracle of demands) {
      const demand = sourceDemand(oracle);
      for (const person of everybody) {
        const outcome = play(person, demand, prompt);
        seen.add('error' in outcome ? outcome.error : `code ${outcome.code}`);
        if (!isRight(person, oracle, outcome)) wrong.push({ oracle, person, outcome });
      }
    }
    expect(wrong.slice(0, 3)).toEqual([]);
    expect(seen).toContain('code 4');
    expect(seen).toContain('unmet_authentication_requirements');
  },
);

test('a willing person who can reach the demand reaches it', () => {
  const stuck: object[] = [];
  for (const oracle of demands) {
    const demand = sourceDemand(oracle);
    for (const person of everybody) {
      if (!person.isWilling || rightDemand(oracle) > person.realName) continue;
      if (person.kind === 'legalEntity' && entityDemandOf(oracle) > person.realName) continue;
      const outcome = play(person, demand, undefined);
      if ('error' in outcome) stuck.push({ oracle, person, outcome });
    }
  }
  expect(stuck.slice(0, 3)).toEqual([]);
});
