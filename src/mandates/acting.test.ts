// Who may act for whom, asked as the protocol and departments ask it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migratedDatabase } from '../../test/support/migrated-database.ts';
import { personOf } from '../../test/support/entity-city.ts';
import { openEntityStores } from '../../test/support/entity-stores.ts';
import type { EntityProcess, EntityStores } from '../../test/support/entity-stores.ts';
import { actingFor, stillActing } from './acting.ts';
import type { ActingReference } from './acting.ts';
import { identitiesInTurn } from './list-identities.ts';
import { MandateStore } from './mandate-store.ts';
import { mandatesOver } from './power.ts';
import type { Mandate } from './mandate.ts';

const { uri } = migratedDatabase();
let stores: EntityStores;
let deps: EntityProcess;
let entityId: string;
let agencyId: string;
let chen: string;
let he: string;

const USE = { clientId: 'tax', services: ['tax-filing'] };

beforeAll(async () => {
  stores = await openEntityStores(uri, [
    personOf('chen', '陈体验'),
    personOf('ayinuer', '阿依努尔·示例'),
    personOf('hezhang', '何长者'),
  ]);
  ({ deps, entityId } = await stores.registered('ayinuer', '阿依努尔·示例'));
  ({ entityId: agencyId } = await stores.registered('chen', '陈体验'));
  chen = (await stores.personCalled('chen')).id;
  he = (await stores.personCalled('hezhang')).id;
});
afterAll(() => stores.close());

async function granted(facts: Partial<Mandate> & { holderId: string }): Promise<Mandate> {
  const mandate = { entityId, role: 'handler', grantedBy: 'test', ...facts } as const;
  const made = await stores.storage.database.transaction((session) =>
    deps.mandates.grant(mandate, session),
  );
  if (!made) throw new Error('not granted');
  return made;
}

function ended(id: string) {
  return stores.storage.database.transaction((session) =>
    deps.mandates.end(id, 'removed', session),
  );
}

describe('whom a person may act for', () => {
  it('is refused beyond the clients and services of a handler, and beyond the mandate', async () => {
    const mandate = await granted({ holderId: he, services: ['tax-filing'], clients: ['tax'] });
    const asked = { personId: he, entityId };
    expect(await actingFor(deps, asked, USE)).toMatchObject({
      ok: true,
      identity: {
        role: 'handler',
        services: ['tax-filing'],
        reference: { mandateIds: [mandate.id] },
      },
    });
    expect(await actingFor(deps, asked, { ...USE, services: ['land'] })).toEqual({
      ok: false,
      reason: 'service_missing',
    });
    expect(await actingFor(deps, asked, { ...USE, clientId: 'land' })).toEqual({
      ok: false,
      reason: 'client_missing',
    });
    const reference: ActingReference = { personId: chen, entityId, mandateIds: [mandate.id] };
    expect(await stillActing(deps, reference, { use: USE })).toEqual({
      ok: false,
      reason: 'mandate_missing',
    });
    await ended(mandate.id);
    expect(await actingFor(deps, asked, USE)).toEqual({ ok: false, reason: 'mandate_missing' });
  });

  it('goes through an agency, and ends with either of the two mandates', async () => {
    const held = await granted({ holderId: agencyId });
    const asked = { personId: chen, entityId };
    const answer = await actingFor(deps, asked, USE);
    expect(answer).toMatchObject({ ok: true, identity: { role: 'handler' } });
    if (!answer.ok) return;
    const { reference } = answer.identity;
    expect(reference.mandateIds).toHaveLength(2);
    // Who only appears in the middle is not the holder of the whole.
    const short = { ...reference, mandateIds: [held.id] };
    expect(await stillActing(deps, short, { use: USE })).toMatchObject({ ok: false });
    await ended(held.id);
    expect(await stillActing(deps, reference, { use: USE })).toEqual({
      ok: false,
      reason: 'mandate_missing',
    });
    const left = [];
    for await (const { entity } of identitiesInTurn(deps, { personId: chen })) left.push(entity.id);
    expect(left).toEqual([agencyId]);
  });

  it('lets one of fifty parallel uses take a mandate for one use', async () => {
    const { id } = await granted({ holderId: he, isSingleUse: true });
    const uses = Array.from({ length: 50 }, (_, at) => deps.mandates.use(id, `grant-${at}`));
    expect((await Promise.all(uses)).filter(Boolean)).toHaveLength(1);
    const { usedFor = '' } = (await deps.mandates.find(id)) ?? {};
    expect(await deps.mandates.use(id, usedFor)).toBe(true);
    const reference = { personId: he, entityId, mandateIds: [id] };
    expect(await stillActing(deps, reference, { use: USE, usedFor })).toMatchObject({ ok: true });
    expect(await stillActing(deps, reference, { use: USE, usedFor: 'another' })).toEqual({
      ok: false,
      reason: 'mandate_used',
    });
  });
});

/** Counts what it reads. */
class CountedMandates extends MandateStore {
  read = 0;

  override async ofHolder(...of: Parameters<MandateStore['ofHolder']>) {
    return this.#counted(await super.ofHolder(...of));
  }
  override async over(...of: Parameters<MandateStore['over']>) {
    return this.#counted(await super.over(...of));
  }
  override async reaching(...of: Parameters<MandateStore['reaching']>) {
    return this.#counted(await super.reaching(...of));
  }

  #counted(found: Mandate[]): Mandate[] {
    this.read += found.length;
    return found;
  }
}

describe('an agency with many clients', () => {
  const MANY = 120;
  let mandates: CountedMandates;
  let asked: { personId: string; entityId: string };

  beforeAll(async () => {
    for (const at of Array.from({ length: MANY }, (_, index) => index)) {
      await granted({ holderId: agencyId, services: [`service-${at}`] });
    }
    mandates = new CountedMandates(stores.storage);
    asked = { personId: chen, entityId: agencyId };
  });

  it('is not gone through to learn whether somebody may act for one organisation', async () => {
    const acting = await actingFor({ ...deps, mandates }, asked, USE);
    expect(acting).toMatchObject({ ok: true, identity: { role: 'legalRepresentative' } });
    expect(await mandatesOver({ ...deps, mandates }, asked)).toHaveLength(1);
    expect(mandates.read).toBeLessThan(5);
    const through = await mandatesOver({ ...deps, mandates }, { ...asked, entityId });
    expect(through).toHaveLength(MANY);
    const one = { ...USE, services: ['service-100'] };
    const found = await actingFor({ ...deps, mandates }, { ...asked, entityId }, one);
    expect(found).toMatchObject({ ok: true, identity: { services: ['service-100'] } });
  });

  it('is asked in turn for what reaches a use, and left at the first', async () => {
    mandates.read = 0;
    const turn = (services: string[]) =>
      identitiesInTurn(
        { ...deps, mandates },
        { personId: chen, use: { clientId: 'tax', services } },
      );
    for await (const { entity } of turn(['service-100'])) {
      expect(entity.id).toBe(agencyId);
      break;
    }
    expect(mandates.read).toBeLessThan(5);
    const names = [];
    for await (const { mandate } of turn(['service-100'])) names.push(mandate.services?.[0]);
    expect(names).toEqual([undefined, 'service-100']);
    let all = 0;
    for await (const _ of turn([])) all += 1;
    expect(all).toBe(MANY + 1);
  });
});
