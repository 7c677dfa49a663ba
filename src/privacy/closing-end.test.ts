// The end of accounts that were closed: never early, exactly once, whole or not at all, and what is left.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { eventTypes } from '../../test/support/account-visitor.ts';
import { CityBrowser, pageName } from '../../test/support/city-browser.ts';
import { startCityNode } from '../../test/support/city-node.ts';
import type { CityNode } from '../../test/support/city-node.ts';
import {
  askToClose,
  closingPerson,
  closingProcess,
  closingStateOf,
  DAY_MS,
  visitCentre,
} from '../../test/support/closing-accounts.ts';
import { migratedDatabase } from '../../test/support/migrated-database.ts';
import { TokenClient } from '../../test/support/token-client.ts';
import { draftAccount } from '../accounts/account-draft.ts';
import { createApp } from '../app.ts';
import { commandHoldings } from '../app/command-holdings.ts';
import { MandateStore } from '../mandates/mandate-store.ts';
import { createLogger } from '../platform/logger.ts';
import { systemRandom } from '../platform/random.ts';
import { cancelClosing, settleClosings } from './close-account.ts';
import type { CloseAccountDependencies } from './close-account.ts';
import { ClosedAccountStore } from './closed-account-store.ts';

// Each signs in several times.
vi.setConfig({ testTimeout: 60_000 });

const { uri } = migratedDatabase();
let city: CityNode;
let tokens: TokenClient;

beforeAll(async () => {
  city = await startCityNode({ mongodbUri: uri, clients: [{ client_id: 'portal' }] });
  tokens = new TokenClient(city.issuer);
});
afterAll(() => city.stop());

/** Collections that mention an account. */
async function mentions(id: string): Promise<string[]> {
  const { database } = city.storage;
  const names = (await database.db.listCollections({}, { nameOnly: true }).toArray()).map(
    ({ name }) => name,
  );
  const found = await Promise.all(
    names.map(async (name) => {
      const documents = await database.db.collection(name).find().toArray();
      return documents.some((document) => JSON.stringify(document).includes(id)) ? [name] : [];
    }),
  );
  return found.flat().toSorted((a, b) => a.localeCompare(b));
}

describe('the end', () => {
  it('does not come early, nor to an account that was locked meanwhile or may not be closed', async () => {
    const [early, locked, bound] = [
      await closingPerson(city),
      await closingPerson(city),
      await closingPerson(city),
    ];
    for (const account of [early, locked, bound]) await askToClose(city, account);
    await city.accountStore.lock(locked.id, { actor: 'operator' });
    const guards: CloseAccountDependencies['guards'] = [
      ({ id }) => Promise.resolve(id === bound.id ? { name: 'review_case' } : undefined),
    ];
    await settleClosings(closingProcess(city, { guards, inDays: 6.9 }));
    expect(await closingStateOf(city, early.id)).toEqual(['active', 'waiting']);
    const by = { actor: early.id, address: '::1' };
    expect(await cancelClosing(closingProcess(city), early.id, by)).toBe(true);
    await settleClosings(closingProcess(city, { guards, inDays: 8 }));
    expect(await closingStateOf(city, early.id)).toEqual(['active', undefined]);
    expect(await closingStateOf(city, locked.id)).toEqual(['locked', undefined]);
    expect(await closingStateOf(city, bound.id)).toEqual(['active', undefined]);
  });

  it('leaves a stub and what the law keeps, sealed, and frees number, phone and name', async () => {
    const account = await closingPerson(city, { name: '欧阳无双' });
    const before = await city.accountStore.findById(account.id);
    await tokens.redeem(await new CityBrowser(city.issuer).signIn(city.client('portal'), account));
    const { browser } = await askToClose(city, account);
    const over = { inDays: 8 };
    const workers = await Promise.all([
      settleClosings(closingProcess(city, over)),
      settleClosings(closingProcess(city, over)),
    ]);
    expect(workers.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0);
    expect(await closingStateOf(city, account.id)).toEqual(['closed', undefined]);
    expect(await mentions(account.id)).toEqual(
      expect.arrayContaining(['accounts', 'auditRecords', 'closedAccounts']),
    );
    const left = await mentions(account.id);
    const allowed = ['accounts', 'accountEndings', 'auditRecords', 'closedAccounts'];
    expect(left.filter((name) => !allowed.includes(name))).toEqual([]);
    const document = await city.storage.database
      .collection<{ _id: string }>('accounts')
      .findOne({ _id: account.id });
    expect(Object.keys(document ?? {}).toSorted((a, b) => a.localeCompare(b))).toEqual([
      '_id',
      'attributes',
      'createdAt',
      'erasedAt',
      'indexKeys',
      'kind',
      'realNameLevel',
      'revision',
      'schemaVersion',
      'state',
      'updatedAt',
    ]);
    expect(document).toMatchObject({ attributes: {}, state: 'closed', realNameLevel: 0 });
    const kept = await new ClosedAccountStore(city.storage).find(account.id);
    expect(kept?.kept).toMatchObject({ name: '欧阳无双', realNameLevel: 3 });
    expect(kept?.kept.certificate).toEqual(before?.certificate);
    const keptMs = (kept?.keptUntil.getTime() ?? 0) - (kept?.closedAt.getTime() ?? 0);
    expect(keptMs / DAY_MS).toBe(1095);
    const events = await eventTypes(city, account.id);
    expect(events.filter((type) => type === 'accounts.erased')).toHaveLength(1);

    const page = await browser.walk(await browser.open('/account'), account);
    expect([page.status, pageName(page)]).toEqual([422, 'sign-in']);
    const draft = draftAccount(
      {
        kind: 'naturalPerson',
        login: account.login,
        name: '欧阳无双',
        phone: account.phone,
        certificateType: '111',
        certificateNumber: before?.certificate?.number ?? '',
        realNameLevel: 3,
      },
      { source: 'test', grade: 'A', areContactsConfirmed: true, now: city.clock.now() },
    );
    if (!draft.ok) throw new Error(JSON.stringify(draft.problems));
    const again = await city.accountStore.insert(draft.draft, { actor: 'operator' });
    expect(again).toMatchObject({ ok: true });
    expect(again.ok && again.account.id).not.toBe(account.id);
  });

  it('happens or is taken back, never both, when the two meet', async () => {
    for (let round = 0; round < 3; round += 1) {
      const account = await closingPerson(city);
      await askToClose(city, account);
      const deps = closingProcess(city, { inDays: 8 });
      const [, isCancelled] = await Promise.all([
        settleClosings(deps),
        cancelClosing(deps, account.id, { actor: account.id, address: '::1' }),
        settleClosings(closingProcess(city, { inDays: 8 })),
      ]);
      await settleClosings(deps);
      expect(await closingStateOf(city, account.id)).toEqual([
        isCancelled ? 'active' : 'closed',
        undefined,
      ]);
      const events = await eventTypes(city, account.id);
      expect(events.includes('accounts.erased')).toBe(!isCancelled);
      expect(events.includes('privacy.closing_cancelled')).toBe(isCancelled);
    }
  });

  it('comes in every process that runs, and what law keeps no longer goes', async () => {
    const account = await closingPerson(city);
    const now = city.clock.now().getTime();
    const { closings, closedAccounts } = closingProcess(city);
    const forbids = () => Promise.resolve(false);
    const by = { actor: account.id };
    const to = { dueAt: new Date(now - 1000), cancelToken: account.id, forbids };
    expect(await closings.begin(account.id, to, by)).toEqual({ ok: true });
    await closings.settled(account.id);
    const logger = createLogger({ level: 'silent', service: 'test' });
    const { clock, config } = city;
    const other = await createApp(config, { clock, random: systemRandom, logger });
    await expect
      .poll(() => closingStateOf(city, account.id), { timeout: 20_000 })
      .toEqual(['closed', undefined]);
    await other.stop();
    expect(await closedAccounts.find(account.id)).toBeDefined();
    await settleClosings(closingProcess(city, { inDays: 1094 }));
    expect(await closedAccounts.find(account.id)).toBeDefined();
    await settleClosings(closingProcess(city, { inDays: 1096 }));
    expect(await closedAccounts.find(account.id)).toBeUndefined();
  });

  it('waits for the last administrator of an organisation to be followed by another', async () => {
    const [account, other] = [await closingPerson(city), await closingPerson(city)];
    const { database, clock, random } = city.storage;
    const mandates = new MandateStore({ database, clock, random });
    const grant = (personId: string) =>
      database.transaction((session) =>
        mandates.grant(
          {
            entityId: 'an-entity',
            holderId: personId,
            role: 'administrator',
            grantedBy: 'register',
          },
          session,
        ),
      );
    await grant(account.id);
    const browser = await visitCentre(city, account);
    const page = await browser.open('/account/privacy/close');
    expect(page.body).toContain('唯一的管理员');
    expect(page.body).not.toContain('id="close-account"');
    await grant(other.id);
    expect((await browser.open('/account/privacy/close')).body).toContain('id="close-account"');
  });

  it('goes on where a process was killed between locking and erasing', async () => {
    const account = await closingPerson(city);
    await askToClose(city, account);
    const holdings = commandHoldings(city.storage, 'system');
    const killed = { ...holdings, erase: () => Promise.reject(new Error('killed here')) };
    expect(await settleClosings(closingProcess(city, { holdings: killed, inDays: 8 }))).toBe(0);
    expect(await closingStateOf(city, account.id)).toEqual(['locked', 'ending']);
    expect(
      await cancelClosing(closingProcess(city), account.id, { actor: 'anonymous', address: '::1' }),
    ).toBe(false);
    expect(await new ClosedAccountStore(city.storage).find(account.id)).toBeUndefined();
    expect(await settleClosings(closingProcess(city, { inDays: 8 }))).toBe(1);
    expect(await closingStateOf(city, account.id)).toEqual(['closed', undefined]);
  });
});
