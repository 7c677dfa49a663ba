// Races for one code, and what the register says later, against real HTTP and a real database.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { migratedDatabase } from '../../test/support/migrated-database.ts';
import { entityOf, personOf } from '../../test/support/entity-city.ts';
import { openEntityStores } from '../../test/support/entity-stores.ts';
import type { EntityStores } from '../../test/support/entity-stores.ts';
import { DOUBT_SECONDS, recheckEntities } from './recheck-entities.ts';
import { registerEntity } from './register-entity.ts';

const { uri } = migratedDatabase();
const WEEK_SECONDS = 7 * 86_400 + 60;
let stores: EntityStores;

beforeAll(async () => {
  stores = await openEntityStores(uri, [
    personOf('zhao', '赵样本'),
    personOf('lin', '林新办'),
    personOf('chen', '陈体验'),
  ]);
});
afterEach(() => stores.registers.setFault('legalEntities', 'none'));
afterAll(() => stores.close());

describe('one code', () => {
  it('registered 50 times at once has one account, one mandate, one agreement', async () => {
    const processes = [stores.process(), stores.process()] as const;
    const entity = entityOf('赵样本');
    const person = await stores.personCalled('zhao');
    const ready = await stores.confirmed(processes[0], person, entity);
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        registerEntity(index % 2 === 0 ? processes[0] : processes[1], ready),
      ),
    );
    expect(outcomes.filter((each) => each.ok && each.isNew)).toHaveLength(1);
    const others = outcomes.filter((each) => !(each.ok && each.isNew));
    expect(others.every((each) => each.ok || each.reason === 'changed_meanwhile')).toBe(true);
    const { database } = stores.storage;
    const accountId = outcomes.flatMap((each) => (each.ok ? [each.entityId] : []))[0] ?? '';
    expect(await database.collection('accounts').countDocuments({ kind: 'legalEntity' })).toBe(1);
    expect(await processes[0].mandates.ofEntity(accountId)).toHaveLength(1);
    expect(await database.collection('evidence').countDocuments({ accountId })).toBe(1);
  });
});

describe('the register, asked again', () => {
  it('changes nothing while it confirms, is silent or contradicts itself', async () => {
    const { deps, entityId, account } = await stores.registered('lin', '林新办');
    for (const mode of ['none', 'down', 'contradictory', 'wrong'] as const) {
      await stores.registers.setFault('legalEntities', mode);
      stores.clock.advance(WEEK_SECONDS);
      expect(await recheckEntities(deps)).toBeGreaterThan(0);
      expect(await account()).toMatchObject({ realNameLevel: 3 });
      expect(await deps.mandates.ofEntity(entityId)).toHaveLength(1);
    }
  });

  it('ends an entity only when it says twice, hours apart, that it was cancelled', async () => {
    const { deps, entityId, account } = await stores.registered('chen', '陈体验');
    const { uscc } = entityOf('陈体验');
    await stores.registers.changeEntity(uscc, { status: 'cancelled' });
    stores.clock.advance(WEEK_SECONDS);
    await recheckEntities(deps);
    expect(await account()).toMatchObject({ realNameLevel: 3 });
    await recheckEntities(deps);
    expect(await account()).toMatchObject({ realNameLevel: 3 });
    stores.clock.advance(DOUBT_SECONDS + 60);
    await Promise.all([recheckEntities(deps), recheckEntities(stores.process())]);
    expect(await account()).toMatchObject({ realNameLevel: 1 });
    expect(await deps.mandates.ofEntity(entityId)).toEqual([]);
    expect(await deps.records.find(entityId)).toMatchObject({ status: 'cancelled' });
    expect(stores.ended.filter((each) => each === entityId)).toHaveLength(1);
    expect(await stores.accounts.findByLogin(uscc)).toBeUndefined();
  });

  it('ends the power of a representative it no longer names, and leaves the entity its identity', async () => {
    const { deps, entityId, account } = await stores.registered('lin', '林新办');
    const person = { name: '陈体验', number: '440000199208160103' };
    await stores.registers.changeEntity(entityOf('林新办').uscc, { representative: person });
    stores.clock.advance(WEEK_SECONDS);
    await recheckEntities(deps);
    expect(await deps.mandates.ofEntity(entityId)).toHaveLength(1);
    stores.clock.advance(DOUBT_SECONDS + 60);
    await recheckEntities(deps);
    expect(await deps.mandates.ofEntity(entityId)).toEqual([]);
    expect(await account()).toMatchObject({ realNameLevel: 3 });
    const next = await stores.confirmed(
      deps,
      await stores.personCalled('chen'),
      entityOf('林新办'),
    );
    expect(await registerEntity(deps, next)).toEqual({ ok: true, entityId, isNew: false });
  });

  it('leaves a part of the budget of the day to people', async () => {
    const before = await stores.registers.askedOf('legalEntities');
    stores.clock.advance(WEEK_SECONDS);
    const deps = stores.process(3);
    await recheckEntities(deps);
    // A fifth of it is kept.
    expect((await stores.registers.askedOf('legalEntities')) - before).toBeLessThanOrEqual(2);
  });
});
