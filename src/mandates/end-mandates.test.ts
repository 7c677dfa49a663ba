// Agencies and large employers have mandates by the thousand: they end together, in commands that do not
// become more with them, and each with all that belongs to its end.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importCityClients } from '../../test/support/city-clients.ts';
import { commandsOf, watchable } from '../../test/support/database-commands.ts';
import { personOf } from '../../test/support/entity-city.ts';
import { openEntityStores } from '../../test/support/entity-stores.ts';
import type { EntityProcess, EntityStores } from '../../test/support/entity-stores.ts';
import { migratedDatabase } from '../../test/support/migrated-database.ts';
import { draftAccount } from '../accounts/account-draft.ts';
import { SeedStore } from '../accounts/seed-store.ts';
import { seededPerson } from '../accounts/seeded-account.ts';
import { ConsentStore } from '../consent/consent-store.ts';
import { ENTITY_ITEM } from '../mandate-events/entity-release.ts';
import { MessageStore } from '../notification/message-store.ts';
import { BATCH } from '../platform/batches.ts';
import type { ClientSession } from '../platform/mongo.ts';
import { endAllOfEntity } from './end-mandates.ts';

const { uri } = migratedDatabase();
let stores: EntityStores;
let deps: EntityProcess;
let people: string[];

const MANY = 400;

beforeAll(async () => {
  stores = await openEntityStores(watchable(uri), [personOf('ayinuer', '阿依努尔·示例')]);
  ({ deps } = await stores.registered('ayinuer', '阿依努尔·示例'));
  const { storage } = stores;
  await importCityClients(storage, [
    {
      client_id: 'told',
      scope: 'openid legal_entity',
      subjects: ['naturalPerson', 'legalEntity'],
      services: ['tax'],
      mandate_events_uri: 'http://127.0.0.1:9/events',
    },
  ]);
  const now = storage.clock.now();
  const entries = Array.from({ length: MANY }, (_, at) => {
    return { id: `person-${at}`, draft: seededPerson(100_000 + at, now).draft };
  });
  await new SeedStore(storage).insert(entries, now);
  people = entries.map(({ id }) => id);
  const released = { clientId: 'told', basis: 'notice', allowed: [ENTITY_ITEM] } as const;
  const consents = new ConsentStore(storage);
  await Promise.all(people.map((accountId) => consents.remember({ ...released, accountId })));
});
afterAll(() => stores.close());

async function organisation(name: string): Promise<string> {
  const draft = draftAccount(
    { kind: 'legalEntity', name, realNameLevel: 2 },
    { source: 'register', grade: 'A', areContactsConfirmed: false, now: new Date() },
  );
  if (!draft.ok) throw new Error('no such name');
  const made = await stores.accounts.insert(draft.draft, { actor: 'test' });
  if (!made.ok) throw new Error(made.reason);
  return made.account.id;
}

const rows = (collection: string) =>
  stores.storage.database.collection<{ _id: string }>(collection);

/** As they lie there; `id`s in the order in which they are read. */
async function appoint(entityId: string, holders: readonly string[], more: object = {}) {
  const mandates = holders.map((personId, at) => {
    const _id = `${entityId}-${String(at).padStart(5, '0')}`;
    const own = { _id, scopeKey: _id, entityId, personId, role: 'handler', grantedBy: 'test' };
    return { ...own, since: new Date(0), isActive: true, schemaVersion: 1, ...more };
  });
  await rows('mandates').insertMany(mandates);
  return mandates.map(({ _id }) => _id);
}

/** What somebody was given at a client upon each of them. */
async function authorize(entityId: string, mandateIds: readonly string[]) {
  const grants = mandateIds.map((id, at) => {
    const own = { _id: `grant-${id}`, mandateIds: [id], entityId, accountId: people[at] ?? '' };
    const purgeAt = new Date('2999-01-01');
    return {
      ...own,
      clientId: 'told',
      revokedAt: null,
      revision: 1,
      createdAt: new Date(),
      purgeAt,
    };
  });
  await rows('oidcGrants').insertMany(grants);
}

async function employer(count: number) {
  const entityId = await organisation(`有${count}名经办人的公司`);
  const mandateIds = await appoint(entityId, people.slice(0, count));
  await authorize(entityId, mandateIds);
  return { entityId, mandateIds };
}

async function endAll(entityId: string): Promise<void> {
  const by = { entityName: '示例公司', reason: 'entity_closed', actor: 'system' } as const;
  const end = (session: ClientSession) => endAllOfEntity(deps, entityId, { ...by, session });
  (await stores.storage.database.transaction(end))();
}

function counts(...of: readonly (readonly [string, object])[]): Promise<number[]> {
  return Promise.all(of.map(([collection, filter]) => rows(collection).countDocuments(filter)));
}

describe('the mandates of a large employer', () => {
  it('end in as many commands as those of a small one', async () => {
    const { database } = stores.storage;
    const commands: number[] = [];
    for (const count of [20, MANY]) {
      const { entityId } = await employer(count);
      commands.push((await commandsOf(database, () => endAll(entityId))).length);
    }
    const [few = 0, many = 0] = commands;
    // Accounts are read by the hundred.
    expect(many - few).toBeLessThan(20);
  });

  it('each have their record, their notice, their event, and take along what was given upon them', async () => {
    await rows('messageOutbox').deleteMany({});
    const { entityId, mandateIds } = await employer(MANY - 1);
    const count = mandateIds.length;
    // Two that end them at once end each of them once.
    await Promise.all([endAll(entityId), endAll(entityId)]);
    const ended = { entityId, endedFor: 'entity_closed', isActive: { $exists: false } };
    const revoked = { entityId, revokedAt: { $ne: null } };
    expect(
      await counts(
        ['mandates', ended],
        ['auditRecords', { type: 'mandates.ended', subject: entityId, reason: 'entity_closed' }],
        ['auditRecords', { type: 'oidc.identity_ended', 'details.entity': entityId }],
        ['oidcGrants', revoked],
        ['messageOutbox', { reason: 'mandate_over', lane: 'sms' }],
        ['mandateEventOutbox', { reason: 'ended', _id: { $regex: `^told/${entityId}-` } }],
      ),
    ).toEqual(Array.from({ length: 6 }, () => count));
    const recorded = await rows('auditRecords').distinct('details.mandate', { subject: entityId });
    expect(new Set(recorded)).toEqual(new Set(mandateIds));
    const holding = { holder: 'test', leaseMs: 60_000, excludedLanes: [] };
    const message = await new MessageStore(stores.storage).lease(holding);
    expect(message?.payload.values).toMatchObject({
      entity: '示例公司',
      paid_by: `organisation:${entityId}`,
    });
  });

  it('end for the reason of all, also what was passed on from another of them', async () => {
    const entityId = await organisation('转授权的公司');
    const count = BATCH + 20;
    const holders = Array.from({ length: count }, () => people[0] ?? '');
    // The first page rests on one of the second.
    const parentId = `${entityId}-${String(count - 1).padStart(5, '0')}`;
    const ids = await appoint(entityId, holders.slice(1), { parentId });
    const root = ids[7] ?? '';
    await rows('mandates').updateOne({ _id: root }, { $unset: { parentId: 1 } });
    await rows('mandates').insertOne({
      ...(await rows('mandates').findOne({ _id: root })),
      _id: parentId,
      scopeKey: parentId,
    } as { _id: string });
    const below = await organisation('别处的公司');
    await appoint(below, people.slice(0, 1), { parentId: ids[0] });
    await endAll(entityId);
    const of = (id: string, endedFor: string) => ['mandates', { entityId: id, endedFor }] as const;
    expect(
      await counts(
        of(entityId, 'entity_closed'),
        of(entityId, 'parent_ended'),
        of(below, 'parent_ended'),
      ),
    ).toEqual([count, 0, 1]);
  });
});

describe('the mandates of an agency', () => {
  const COUNT = BATCH + 20;
  let agencyId: string;
  let clientId: string;

  beforeAll(async () => {
    agencyId = await organisation('代理机构');
    clientId = await organisation('委托代理的公司');
    const [leader = '', colleague = ''] = people;
    const role = { role: 'administrator', scopeKey: undefined };
    await appoint(agencyId, [leader], role);
    const ids = await appoint(clientId, [
      colleague,
      ...Array.from({ length: COUNT }, () => agencyId),
    ]);
    await rows('mandates').updateOne({ _id: ids[0] ?? '' }, { $set: { role: 'administrator' } });
    await authorize(clientId, ids.slice(1, MANY));
  });

  const held = () => ({ personId: agencyId, isActive: true });

  it('rest while its account is locked, and what was given upon them ends', async () => {
    await stores.accounts.lock(agencyId, { actor: 'operator' });
    const living = { entityId: clientId, revokedAt: null };
    expect(
      await counts(['mandates', { ...held(), heldAt: { $exists: true } }], ['oidcGrants', living]),
    ).toEqual([COUNT, 0]);
    await stores.accounts.unlock(agencyId, { actor: 'operator' });
  });

  it('end with its account, and both sides are told of each', async () => {
    await rows('messageOutbox').deleteMany({});
    await stores.accounts.close(agencyId, { actor: 'operator' });
    expect(
      await counts(
        ['mandates', held()],
        ['auditRecords', { type: 'mandates.ended', subject: clientId, reason: 'holder_closed' }],
        ['messageOutbox', { reason: 'mandate_lapsed' }],
        ['messageOutbox', { reason: 'mandate_lapsed_colleague' }],
      ),
    ).toEqual([0, COUNT, COUNT, COUNT]);
  });
});
