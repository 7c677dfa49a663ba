// Races for one code, and what the register says later, against real HTTP and a real database.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { importCityAccounts } from '../../test/support/city-accounts.ts';
import { migratedDatabase } from '../../test/support/migrated-database.ts';
import { entityOf, personOf } from '../../test/support/entity-city.ts';
import { openEntityStores } from '../../test/support/entity-stores.ts';
import type { EntityStores } from '../../test/support/entity-stores.ts';
import { EntityAccountList } from '../accounts/entity-account-list-store.ts';
import { adoptEntities } from './adopt-entities.ts';
import { followChanges } from './changes/follow-changes.ts';
import { runEntitiesCommand } from './entities.commands.ts';
import { DOUBT_SECONDS, recheckEntities } from './recheck-entities.ts';
import { registerEntity } from './register-entity.ts';

const { uri } = migratedDatabase();
const WEEK_SECONDS = 7 * 86_400 + 60;
let stores: EntityStores;

beforeAll(async () => {
  stores = await openEntityStores(
    uri,
    [personOf('zhao', '赵样本'), personOf('lin', '林新办'), personOf('chen', '陈体验')],
    { changes: true },
  );
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

function recorded(type: string) {
  return stores.storage.database.collection('auditRecords').countDocuments({ type });
}

describe('an operator', () => {
  it('sees how the register is followed, orders a new look, and goes on after the brake', async () => {
    const deps = stores.process();
    const lines: string[] = [];
    const terminal = {
      print: (line: string) => void lines.push(line),
      complain: (line: string) => void lines.push(line),
      read: () => Promise.resolve(''),
      t: (key: string) => key.replace('entities-command.', ''),
    };
    const run = (...args: string[]) => runEntitiesCommand(args, { ...deps, terminal });
    expect(await run('status')).toBe(0);
    expect(await run('resume', '--reason', 'looked')).toBe(1);
    for (let count = 0; count < 6; count += 1) await deps.brake.take(5);
    expect(await run('status')).toBe(1);
    expect(lines).toContain('status.stopped');
    expect(await run('resume')).toBe(2);
    expect(await run('resume', '--reason', 'the register was asked')).toBe(0);
    expect(await run('recheck')).toBe(2);
    expect(await run('recheck', 'nobody')).toBe(1);
    expect(await run('recheck', '--all')).toBe(0);
    expect(await run('recheck', entityOf('林新办').uscc)).toBe(0);
    expect(await run('notices', '--after', 'x')).toBe(2);
    expect(await run('notices', '--after', '0')).toBe(0);
    expect((await deps.feed.find()).after).toBe(0);
    expect(await recorded('entities.brake_released')).toBe(1);
    expect(await recorded('entities.recheck_ordered')).toBe(3);
  });
});

describe('an organisation that came by import', () => {
  it('is asked about like any other, and is not handed over for it', async () => {
    const deps = stores.process();
    const uscc = '91440000MA0DEMA09C';
    const fields = { uscc };
    await followChanges(deps);
    const person = { login: 'imported', kind: 'legalEntity', level: 2, fields } as const;
    const [account] = await importCityAccounts(stores.storage, stores.accounts, [person]);
    const id = account?.id ?? '';
    let after = '';
    do after = await adoptEntities({ ...deps, entities: new EntityAccountList(deps) }, after);
    while (after !== '');
    expect(await deps.records.find(id)).toMatchObject({ isAdopted: true });
    expect(await deps.records.isRegistered(id)).toBe(false);
    await stores.registers.changeEntity(uscc, { status: 'revoked' });
    await followChanges(deps);
    expect(await stores.accounts.findById(id)).toMatchObject({ realNameLevel: 1 });
  });
});
