// What systems of departments learn through their interface of mandates, and what they do not.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { draftAccount } from '../../src/accounts/account-draft.ts';
import { commandAccounts } from '../../src/app/standing.ts';
import { ConsentStore } from '../../src/consent/consent-store.ts';
import { DepartmentCity, usccs } from '../support/department-city.ts';
import { migratedDatabase } from '../support/migrated-database.ts';

const { uri } = migratedDatabase();
let departments: DepartmentCity;
let token: string;
let liu: Awaited<ReturnType<DepartmentCity['signIn']>>;

beforeAll(async () => {
  departments = await DepartmentCity.start(uri);
  token = await departments.clientToken('tax');
  liu = await departments.signIn('liu', 'tax');
  await departments.grant('liu', 0, { services: ['tax-filing', 'hidden'] });
  await departments.grant('liu', 1, { services: ['land-register'] });
  await departments.grant('liu', 2, { role: 'administrator' });
});
afterAll(() => departments.stop());

describe('a mandate check', () => {
  test('says the same of strangers, of nobody, and of what is none of the system’s business', async () => {
    const stranger = (await departments.signIn('stranger', 'land')).sub;
    const none = { status: 200, body: { allowed: false, reason: 'no_mandate' } };
    expect(await departments.check(token, { sub: 'nobody', entity: 0 })).toMatchObject(none);
    expect(await departments.check(token, { sub: stranger, entity: 0 })).toMatchObject(none);
    expect(
      await departments.check(token, { sub: departments.idOf('liu'), entity: 0 }),
    ).toMatchObject(none);
    // A mandate, for services of somebody else.
    expect(await departments.check(token, { sub: liu.sub, entity: 1 })).toMatchObject(none);
    const absent = { person: { sub: liu.sub }, uscc: '91440000MA0DEMA09C' };
    const answer = await departments.call('/mandate-checks', { token, body: absent });
    expect(answer).toMatchObject(none);
    // The subject of another system is nobody here.
    const landToken = await departments.clientToken('land');
    expect(await departments.check(landToken, { sub: liu.sub, entity: 1 })).toMatchObject(none);
    const atLand = (await departments.signIn('liu', 'land')).sub;
    expect(atLand).not.toBe(liu.sub);
    expect(await departments.check(landToken, { sub: atLand, entity: 1 })).toMatchObject({
      body: { allowed: true, services: ['land-register'] },
    });
  });

  test('says role, services and end, and of its services which are not covered', async () => {
    const allowed = await departments.check(token, {
      sub: liu.sub,
      entity: 0,
      service: 'tax-filing',
    });
    expect(allowed.body).toEqual({
      allowed: true,
      role: 'handler',
      mandate_id: expect.any(String),
      services: ['tax-filing'],
      single_use: false,
      used: false,
    });
    expect(
      (await departments.check(token, { sub: liu.sub, entity: 0, service: 'invoices' })).body,
    ).toEqual({
      allowed: false,
      reason: 'service_not_covered',
    });
    const beyond = { type: 'mandates.refused', reason: 'service_missing', clientId: 'tax' };
    const records = departments.city.storage.database.collection('auditRecords');
    expect(await records.countDocuments(beyond)).toBe(1);
    expect((await departments.check(token, { sub: liu.sub, entity: 2 })).body).toMatchObject({
      allowed: true,
      role: 'administrator',
    });
  });

  test('names the agency that somebody acts through', async () => {
    const agency = { holderId: departments.idOf('entity-2') };
    const { id } = await departments.grant('liu', 0, { ...agency, services: ['invoices'] });
    const { body } = await departments.check(token, {
      sub: liu.sub,
      entity: 0,
      service: 'invoices',
    });
    const shown = { id: expect.any(String), uscc: usccs[2], name: '示例企业2' };
    expect(body).toMatchObject({ allowed: true, mandate_id: id, agency: shown });
    await departments.end(id);
  });

  test('answers a hundred at once in their order, and refuses more', async () => {
    const one = { person: { sub: liu.sub }, uscc: usccs[0] };
    const other = { person: { sub: 'nobody' }, uscc: usccs[0] };
    const checks = Array.from({ length: 100 }, (_, at) => (at % 2 === 0 ? one : other));
    const { body } = await departments.call('/mandate-checks/batch', { token, body: { checks } });
    const results = body['results'] as { allowed: boolean }[];
    expect(results.map(({ allowed }) => allowed)).toEqual(checks.map((each) => each === one));
    const more = await departments.call('/mandate-checks/batch', {
      token,
      body: { checks: [...checks, one] },
    });
    expect(more.body).toMatchObject({
      status: 422,
      errors: [{ pointer: '#/checks', code: 'too_many' }],
    });
  });

  test('takes a single use once, however many ask, and again for the same key alone', async () => {
    const { id } = await departments.grant('zhao', 0, { isSingleUse: true });
    const { sub } = await departments.signIn('zhao', 'tax');
    const keys = Array.from({ length: 50 }, (_, at) => `case-${at}`);
    const answers = await Promise.all(
      keys.map((key) => departments.check(token, { sub, entity: 0, use_key: key })),
    );
    const used = answers.filter(({ body }) => body['allowed'] === true);
    expect(used).toHaveLength(1);
    expect(
      answers.filter(({ body }) => body['allowed'] !== true && body['reason'] !== 'mandate_used'),
    ).toEqual([]);
    expect(answers.filter(({ body }) => body['reason'] === 'mandate_used')).toHaveLength(49);
    const winner = keys[answers.findIndex(({ body }) => body['allowed'] === true)] ?? '';
    expect(used[0]?.body).toMatchObject({ mandate_id: id, single_use: true, used: true });
    const again = await departments.check(token, { sub, entity: 0, use_key: winner });
    expect(again.body).toMatchObject({ allowed: true, used: true });
    expect((await departments.check(token, { sub, entity: 0 })).body).toMatchObject({
      reason: 'mandate_used',
    });
    const records = departments.city.storage.database
      .collection('auditRecords')
      .find({ type: 'department_api.mandate_used' });
    const results = (await records.toArray()).map(({ result }) => String(result));
    expect(results.filter((result) => result === 'done')).toHaveLength(1);
    expect(results.filter((result) => result === 'refused').length).toBeGreaterThanOrEqual(49);
  });

  test('that takes a single use is read in the history of the organisation', async () => {
    const { id } = await departments.grant('zhao', 2, { isSingleUse: true });
    const { sub } = await departments.signIn('zhao', 'tax');
    const used = await departments.check(token, { sub, entity: 2, use_key: 'case' });
    expect(used.body).toMatchObject({ allowed: true });
    const history = `/account/entities/history?entity=${departments.idOf('entity-2')}`;
    expect((await liu.browser.open(history)).body).toContain('使用单次授权');
    const records = departments.city.storage.database.collection('auditRecords');
    expect(await records.countDocuments({ 'details.mandate': id, clientId: 'tax' })).toBe(1);
  });

  test('by certificate needs the right name, and an approval', async () => {
    const windowToken = await departments.clientToken(
      'window',
      'mandates:check mandates:check-certificate',
    );
    const account = await departments.city.accountStore.findById(departments.idOf('liu'));
    const { type, number } = account?.certificate ?? { type: '', number: '' };
    const ask = (name: string) =>
      departments.call('/mandate-checks', {
        token: windowToken,
        body: { person: { name, certificate: { type, number } }, uscc: usccs[0] },
      });
    expect((await ask('刘经手')).body).toEqual({ allowed: false, reason: 'no_mandate' });
    expect((await ask('刘经办')).body).toMatchObject({ allowed: true, role: 'handler' });
  });

  test('says at once that a mandate has ended, or an organisation cannot act', async () => {
    const { id } = await departments.grant('zhao', 1);
    const { sub } = await departments.signIn('zhao', 'tax');
    const ask = () => departments.check(token, { sub, entity: 1 });
    expect((await ask()).body).toMatchObject({ allowed: true, mandate_id: id });
    const by = { actor: 'operator', reason: 'test' };
    await departments.city.accountStore.lock(departments.idOf('entity-1'), by);
    expect((await ask()).body).toEqual({ allowed: false, reason: 'entity_unavailable' });
    await departments.city.accountStore.unlock(departments.idOf('entity-1'), by);
    expect((await ask()).body).toMatchObject({ allowed: true, mandate_id: id });
    // Nor does the system know him by a name that it had before, once he has taken that back.
    const consents = new ConsentStore(departments.city.storage);
    const known = await consents.find(departments.idOf('zhao'), 'tax');
    expect(await consents.remove(departments.idOf('zhao'), 'tax')).toBe(true);
    expect((await ask()).body).toEqual({ allowed: false, reason: 'no_mandate' });
    await consents.remember({
      accountId: departments.idOf('zhao'),
      clientId: 'tax',
      basis: 'notice',
      allowed: known?.items ?? [],
    });
    expect((await ask()).body).toMatchObject({ allowed: true, mandate_id: id });
    await departments.end(id);
    expect((await ask()).body).toEqual({ allowed: false, reason: 'no_mandate' });
  });
});

describe('the organisations of a person', () => {
  test('are those that the system may see, page by page, each once', async () => {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const next: string = cursor === undefined ? '' : `&cursor=${cursor}`;
      const { body } = await departments.call(`/entities?limit=1${next}`, {
        token: liu.accessToken,
      });
      for (const item of body['items'] as { uscc: string }[]) seen.push(item.uscc);
      cursor = body['next_cursor'] as string | undefined;
    } while (cursor !== undefined);
    expect(seen.toSorted()).toEqual([usccs[0], usccs[2]]);
  });

  test('and their branches, which are asked about under the number of the organisation', async () => {
    const { accounts } = commandAccounts(departments.city.storage);
    const name = '第一家·城南分公司';
    const said = { source: 'parent', grade: 'D', areContactsConfirmed: false } as const;
    const fields = { kind: 'legalEntity', name, realNameLevel: 2 } as const;
    const draft = draftAccount(fields, { ...said, now: new Date() });
    if (!draft.ok) throw new Error('no such name');
    const below = { ...draft.draft, parentId: departments.idOf('entity-1') };
    const made = await accounts.insert(below, { actor: 'test' });
    if (!made.ok) throw new Error(made.reason);
    const entityId = made.account.id;
    const { id } = await departments.grant('liu', 1, { entityId, services: ['tax-filing'] });
    const { body } = await departments.call('/entities', { token: liu.accessToken });
    const found = (body['items'] as { id: string; mandate_id: string }[]).find(
      (each) => each.mandate_id === id,
    );
    expect(found).toMatchObject({ name, parent: { uscc: usccs[1] } });
    expect(found).not.toHaveProperty('uscc');
    const asked = { sub: liu.sub, entity: 1 };
    const allowed = await departments.check(token, { ...asked, sub_account: found?.id ?? '' });
    expect(allowed.body).toMatchObject({ allowed: true, mandate_id: id });
    // Neither for the organisation itself, nor under the number of another one.
    const none = { allowed: false, reason: 'no_mandate' };
    expect((await departments.check(token, asked)).body).toEqual(none);
    for (const other of [
      { ...asked, sub_account: entityId },
      { ...asked, entity: 0, sub_account: found?.id ?? '' },
    ]) {
      expect((await departments.check(token, other)).body).toEqual(none);
    }
    await departments.end(id);
  });

  test('have no number or name for a system that received neither', async () => {
    const { accessToken } = await departments.signIn('liu', 'window', {
      scope: 'openid mandates:read',
    });
    const { body } = await departments.call('/entities', { token: accessToken });
    const items = body['items'] as object[];
    expect(items.map((item) => Object.keys(item).toSorted())).toContainEqual([
      'id',
      'mandate_id',
      'real_name_level',
      'role',
      'services',
      'single_use',
    ]);
    expect(JSON.stringify(items)).not.toMatch(/示例企业|9144/u);
  });
});
