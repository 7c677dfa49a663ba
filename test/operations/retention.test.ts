// What has outlived its time leaves, and nothing else: by the table that docs/retention.md is made of.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { impersonalCollections, retentionTable } from '../../src/app/retention-table.ts';
import { sealedPlaces } from '../../src/app/sealed-places.ts';
import { MandateStore } from '../../src/mandates/mandate-store.ts';
import { allMigrations } from '../../src/migrations.ts';
import { momentaryCollections } from '../../src/operations/momentary-collections.ts';
import { ConfigError, loadConfig } from '../../src/platform/config.ts';
import { removeInTurn, removeOutlived, retentionStates } from '../../src/privacy/retention.ts';
import type { RetentionDependencies } from '../../src/privacy/retention.ts';
import type { RetentionDays } from '../../src/privacy/retention-rule.ts';
import { EvidenceStore } from '../../src/verification/evidence-store.ts';
import { IdentityCaseStore } from '../../src/verification/identity-case-store.ts';
import { runHutongHere } from '../support/command-here.ts';
import { testDatabase } from '../support/database.ts';
import { MASTER_KEY, openTestStorage } from '../support/storage.ts';
import type { TestStorage } from '../support/storage.ts';

const { uri } = testDatabase();
const DAY_MS = 86_400_000;
const BEGIN = Date.parse('2018-01-01T00:00:00Z');
const days: RetentionDays = {
  HUTONG_AUDIT_DAYS: 180,
  HUTONG_CLOSED_KEPT_DAYS: 180,
  HUTONG_CLOSED_CASE_DAYS: 365,
  HUTONG_UNCLAIMED_DAYS: 365,
  HUTONG_EVIDENCE_FILE_DAYS: 30,
};
const proof = {
  source: 'population',
  method: 'two_element',
  resultCode: '00',
  terminal: 'online',
  grade: 'B',
  level: 2,
} as const;
const environment = {
  HUTONG_MODE: 'demonstration',
  HUTONG_MASTER_KEY: MASTER_KEY.toString('base64url'),
  MONGODB_URI: uri,
};
let storage: TestStorage;
let now = BEGIN;

beforeAll(async () => {
  storage = await openTestStorage(uri, allMigrations, { now: () => new Date(now) });
});
afterAll(() => storage.database.close());

const onDay = (day: number) => {
  now = BEGIN + day * DAY_MS;
};
const deps = (): RetentionDependencies => ({ ...storage, rules: retentionTable, days });
const evidenceOf = async (id: string) =>
  (await new EvidenceStore(storage).listOfAccount(id)).length;
const prove = (id: string, expiresAt?: Date) =>
  storage.database.transaction((session) =>
    new EvidenceStore(storage).insert(id, { ...proof, ...(expiresAt && { expiresAt }) }, session),
  );
const revoke = (id: string) =>
  storage.database.transaction((session) =>
    new EvidenceStore(storage).revokeAll(id, 'withdrawn', session),
  );
const overdue = async (at = deps()) =>
  (await retentionStates(at)).flatMap((state) => (state.overdue > 0 ? [state.kind] : []));

describe('the table', () => {
  it('knows every collection', async () => {
    const { db } = storage.database;
    const present = await db.listCollections({}, { nameOnly: true }).toArray();
    const sealed = sealedPlaces.map(({ collection }) => collection);
    const names = [...present.map(({ name }) => name), ...sealed, ...momentaryCollections];
    const known = new Set<string>([
      ...retentionTable.flatMap(({ collections }) => collections),
      ...impersonalCollections,
    ]);
    expect(present.length).toBeGreaterThan(30);
    expect(names.filter((name) => !known.has(name))).toEqual([]);
  });

  it('says of every index that removes what it removes, and of none that is not there', async () => {
    const { db } = storage.database;
    const present = await db.listCollections({}, { nameOnly: true }).toArray();
    const impersonal = new Set<string>(impersonalCollections);
    const inDatabase = await Promise.all(
      present.map(async ({ name }) =>
        (await db.collection(name).indexes())
          .filter(({ expireAfterSeconds }) => expireAfterSeconds === 0)
          .map(({ key }) => `${name}.${Object.keys(key).join()}`),
      ),
    );
    const said = retentionTable.flatMap(({ removal, collections }) =>
      removal.by === 'index' ? collections.map((name) => `${name}.${removal.field}`) : [],
    );
    const personal = inDatabase.flat().filter((name) => !impersonal.has(name.split('.')[0] ?? ''));
    expect(said.toSorted()).toEqual(personal.toSorted());
  });

  it('cannot be set below what the law demands', () => {
    for (const name of [
      'HUTONG_AUDIT_DAYS',
      'HUTONG_CLOSED_KEPT_DAYS',
      'HUTONG_CLOSED_CASE_DAYS',
    ]) {
      expect(() => loadConfig({ ...environment, [name]: '179' })).toThrow(ConfigError);
    }
    expect(loadConfig({ ...environment, HUTONG_AUDIT_DAYS: '180' }).audit.keptDays).toBe(180);
    const removed = retentionTable.filter(({ removal }) => removal.by === 'work');
    expect(removed.flatMap(({ collections }) => collections)).not.toContain('auditRecords');
  });
});

describe('the work', () => {
  it('removes proofs that count no more when their time is over, and no other', async () => {
    onDay(0);
    await prove('revoked');
    await revoke('revoked');
    await prove('counting');
    await prove('expired', new Date(BEGIN + DAY_MS));
    await prove('unsettled', new Date(BEGIN + DAY_MS));
    onDay(2);
    await new EvidenceStore(storage).settle('expired', new Date(now));
    onDay(364.9);
    expect([...(await removeOutlived(deps(), 'system'))]).toEqual([]);
    onDay(365);
    expect([...(await removeOutlived(deps(), 'system'))]).toEqual([['ended_evidence', 1]]);
    onDay(367);
    expect([...(await removeOutlived(deps(), 'system'))]).toEqual([['ended_evidence', 1]]);
    const left = await Promise.all(
      ['revoked', 'expired', 'counting', 'unsettled'].map((id) => evidenceOf(id)),
    );
    expect(left).toEqual([0, 0, 1, 1]);
    const records = await storage.database
      .collection('auditRecords')
      .find({ type: 'privacy.outlived_removed' })
      .sort({ at: 1 })
      .toArray();
    expect(records.map(({ actor, details }) => [actor, details])).toEqual([
      [
        'system',
        { kind: 'ended_evidence', collection: 'evidence', count: 1, until: day(0).toISOString() },
      ],
      [
        'system',
        { kind: 'ended_evidence', collection: 'evidence', count: 1, until: day(2).toISOString() },
      ],
    ]);
  });

  it('removes ended mandates and settled displacements, not those that go on', async () => {
    onDay(1000);
    const mandates = new MandateStore(storage);
    const cases = new IdentityCaseStore(storage);
    await storage.database.transaction(async (session) => {
      const to = (personId: string, expiresAt?: Date) =>
        mandates.grant(
          { entityId: 'e', holderId: personId, role: 'handler', grantedBy: 'register', expiresAt },
          session,
        );
      await to('stays');
      await to('term', day(1001));
      const ended = await to('ended');
      await mandates.end(ended?.id ?? '', 'removed', session);
      const pair = { accountId: 'a', source: 'population' };
      await cases.noteDisplaced({ ...pair, holderId: 'settled' }, session);
      await cases.noteDisplaced({ ...pair, holderId: 'ending' }, session);
      await cases.noteHeld({ ...pair, holderId: 'pending' }, session);
    });
    await cases.ended('settled');
    onDay(1366);
    expect(await overdue()).toEqual(expect.arrayContaining(['displaced_identities']));
    const removed = await removeOutlived(deps(), 'system');
    expect(removed.get('ended_mandates')).toBe(2);
    expect(removed.get('displaced_identities')).toBe(1);
    expect((await mandates.ofEntity('e')).map(({ holderId }) => holderId)).toEqual(['stays']);
    expect(await cases.holdersToEnd(9)).toEqual(['ending']);
    expect(await cases.heldFrom('a')).toEqual(['pending']);
  });

  it('takes more than one batch, in one process of all, once an hour', async () => {
    onDay(2000);
    const many = Array.from({ length: 1201 }, (_, index) => ({
      _id: `old-${index}` as never,
      state: 'imported',
      loginKey: `old-${index}`,
      importedAt: day(1500),
    }));
    await storage.database.collection('stockAccounts').insertMany(many);
    const bound = { _id: 'bound' as never, state: 'bound', loginKey: 'b', importedAt: day(1500) };
    await storage.database.collection('stockAccounts').insertOne(bound);
    const turns = await Promise.all([1, 2, 3, 4].map(() => removeInTurn(deps())));
    const worked = turns.filter((turn) => turn !== undefined);
    expect(worked.map((turn) => turn.get('unclaimed_accounts'))).toEqual([1201]);
    expect(await storage.database.collection('stockAccounts').countDocuments()).toBe(1);
    expect(await removeInTurn(deps())).toBeUndefined();
    now += 3_600_000;
    expect(await removeInTurn(deps())).toEqual(new Map());
  });
});

describe('hutong retention', () => {
  it('tells what is overdue, removes it, and is recorded', async () => {
    onDay(2100);
    await prove('forgotten');
    await revoke('forgotten');
    const late = await runHutongHere(['retention', 'status'], environment);
    expect(late).toMatchObject({ code: 1 });
    expect(late.out).toMatch(/ended_evidence +evidence +1095 .* 1\n/u);
    expect(late.err).toContain('overdue');
    const run = await runHutongHere(['retention', 'run'], environment);
    expect(run).toMatchObject({ code: 0, err: '' });
    expect(run.out).toContain('1 removed: Proofs of identity that expired or were revoked');
    expect(await evidenceOf('forgotten')).toBe(0);
    const last = await storage.database
      .collection('auditRecords')
      .findOne({ type: 'privacy.outlived_removed', actor: 'operator' });
    expect(last?.['details']).toMatchObject({ kind: 'ended_evidence', count: 1 });
  });
});

function day(count: number): Date {
  return new Date(BEGIN + count * DAY_MS);
}
