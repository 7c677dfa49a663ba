// Many changes of an organisation's handlers in one upload: who may send it, what its rows may do, and
// that each is done once, whoever carries it out.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MandateImportStore } from '../../src/mandate-import/mandate-import-store.ts';
import { residentIdCheckDigit } from '../../src/accounts/resident-id.ts';
import { DepartmentCity, usccs } from '../support/department-city.ts';
import { migratedDatabase } from '../support/migrated-database.ts';

const { uri } = migratedDatabase();
const LEVEL_3 = 'urn:hutong:level:3';
const SCOPE = 'openid legal_entity mandates:import mandates:read';
const NEEDED = `error="insufficient_user_authentication", acr_values="${LEVEL_3}", max_age="300"`;
const problem = (code: string) => `urn:hutong:problem:${code}`;
let departments: DepartmentCity;
let folder: string;
let boss: string;

interface Row {
  row: number;
  outcome: string;
  errors?: { pointer: string; code: string; detail: string }[];
  mandate_ids?: string[];
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'hutong-imports-'));
  const limits = path.join(folder, 'mandates.json');
  await writeFile(limits, JSON.stringify({ importsADay: 6, importedOffers: 40 }));
  departments = await DepartmentCity.start(uri, {
    environment: { HUTONG_MANDATES: limits },
    clients: [
      {
        client_id: 'hr',
        grant_types: ['authorization_code', 'client_credentials'],
        scope: `${SCOPE} mandates:check`,
        subjects: ['naturalPerson', 'legalEntity'],
        services: ['tax-filing'],
      },
    ],
  });
  await departments.grant('zhao', 0, { role: 'administrator' });
  await departments.grant('zhao', 1, { role: 'administrator' });
  await departments.grant('zhao', 2, { role: 'administrator' });
  await departments.grant('liu', 0, { services: ['tax-filing'] });
  boss = await strong('zhao');
});
afterAll(async () => {
  await departments.stop();
  await rm(folder, { recursive: true, force: true });
});

async function strong(login: string): Promise<string> {
  const { accessToken } = await departments.signIn(login, 'hr', {
    scope: SCOPE,
    acr_values: LEVEL_3,
  });
  return accessToken;
}

/** What the answer says is needed (RFC 9470). */
async function challengeOf(token: string): Promise<string | null> {
  const answer = await send(upload([offerTo(somebody(1))]), token);
  expect(answer).toMatchObject({
    status: 401,
    body: { type: problem('authentication_insufficient') },
  });
  return answer.headers.get('www-authenticate');
}

let serial = 0;
function upload(rows: readonly unknown[], more: object = {}) {
  serial += 1;
  return { uscc: usccs[0], idempotency_key: `upload-${serial}`, rows, ...more };
}

const send = (body: unknown, token = boss) => departments.call('/mandate-imports', { token, body });

const somebody = (serial: number) => {
  const digits = `44019919900101${String(serial).padStart(3, '0')}`;
  return { name: '钱众多', number: digits + residentIdCheckDigit(digits) };
};
const offerTo = (holder: object) => ({
  action: 'offer',
  holder,
  services: ['tax-filing'],
  until: inDays(20),
});

function inDays(days: number): string {
  return new Date(departments.city.clock.now().getTime() + days * 86_400_000)
    .toISOString()
    .slice(0, 10);
}

async function done(id: string): Promise<Record<string, unknown>> {
  const read = async () => (await departments.call(`/mandate-imports/${id}`, { token: boss })).body;
  await expect.poll(async () => (await read())['state'], { timeout: 20_000 }).toBe('done');
  return read();
}

async function rowsOf(id: string, query = ''): Promise<Row[]> {
  const answer = await departments.call(`/mandate-imports/${id}/rows${query}`, {
    token: boss,
    headers: { 'accept-language': 'en' },
  });
  return answer.body['items'] as Row[];
}

describe('an upload is refused', () => {
  test('from systems, with another scope, and after a weak sign-in, which is named', async () => {
    const body = upload([offerTo(somebody(1))]);
    const machine = await departments.clientToken('hr');
    expect((await send(body, machine)).body).toMatchObject({ type: problem('token_kind_wrong') });
    const reader = await departments.signIn('zhao', 'tax');
    expect(await send(body, reader.accessToken)).toMatchObject({
      status: 403,
      body: { type: problem('scope_missing') },
    });
    const weak = (await departments.signIn('stranger', 'hr', { scope: SCOPE })).accessToken;
    expect(await challengeOf(weak)).toContain(NEEDED);
  });

  test('by whoever may not appoint for the organisation, whether there is one or not', async () => {
    const liu = await strong('liu');
    const tried = await send(upload([offerTo(somebody(1))]), liu);
    expect(tried).toMatchObject({ status: 403, body: { type: problem('organisation_refused') } });
    const absent = await send(upload([offerTo(somebody(1))], { uscc: '91440000MA0DEMA09C' }), liu);
    expect({ ...absent.body, instance: '' }).toEqual({ ...tried.body, instance: '' });
    const records = departments.city.storage.database.collection('auditRecords');
    const attempts = await records
      .find({ type: 'mandates.refused', reason: 'not_entitled', clientId: 'hr' })
      .toArray();
    expect(attempts).toMatchObject([{ actor: departments.idOf('liu') }]);
  });

  test('when it is too long, or a row has no meaning, at the place', async () => {
    const many = Array.from({ length: 1001 }, () => offerTo(somebody(1)));
    expect((await send(upload(many))).body).toMatchObject({
      status: 422,
      errors: [{ pointer: '#/rows', code: 'too_many' }],
    });
    expect(
      await send(upload([{ ...offerTo(somebody(1)), note: 'x'.repeat(1_100_000) }])),
    ).toMatchObject({ status: 413, body: { type: problem('body_too_large') } });
    const misnamed = await departments.call('/mandate-imports/no%20id', { token: boss });
    expect(misnamed.body['errors']).toMatchObject([{ parameter: 'path:id', code: 'form_wrong' }]);
    const wrong = [offerTo(somebody(1)), { ...offerTo(somebody(1)), until: 'soon' }];
    expect((await send(upload(wrong))).body).toMatchObject({
      status: 422,
      errors: [{ pointer: '#/rows/1/until', code: 'form_wrong' }],
    });
  });
});

describe('an upload', () => {
  test('does what each row says, says what was wrong with it, and only asks handlers', async () => {
    const { id: lius } = await departments.grant('liu', 1, { services: ['tax-filing'] });
    const foreign = await departments.grant('liu', 2);
    const account = await departments.city.accountStore.findById(departments.idOf('liu'));
    const liu = { name: '刘经办', number: account?.certificate?.number };
    const own = await departments.city.accountStore.findById(departments.idOf('zhao'));
    const rows = [
      offerTo(somebody(7)),
      offerTo({ name: '钱众多', number: '440000199003070020' }),
      { ...offerTo(somebody(8)), services: ['unheard-of'] },
      { ...offerTo(somebody(8)), until: inDays(-2) },
      offerTo({ name: '赵管理', number: own?.certificate?.number }),
      { action: 'change', holder: liu, until: inDays(30) },
      { action: 'end', mandate_id: foreign.id },
      { action: 'end', note: 'left' },
      { action: 'end', holder: liu, note: 'left' },
      { action: 'end', holder: somebody(9) },
    ];
    const sent = await send(upload(rows, { uscc: usccs[1] }));
    expect(sent).toMatchObject({ status: 202, body: { total: 10, dry_run: false } });
    const id = String(sent.body['id']);
    expect(await done(id)).toMatchObject({
      counts: { offered: 1, changed: 1, ended: 1, refused: 7 },
    });
    const found = await rowsOf(id);
    expect(found.map(({ outcome, errors }) => errors?.[0]?.code ?? outcome)).toEqual([
      'offered',
      'number_wrong',
      'services_beyond',
      'until_past',
      'own_number',
      'changed',
      'nothing_found',
      'target_missing',
      'ended',
      'nothing_found',
    ]);
    expect(found[1]?.errors?.[0]).toMatchObject({
      pointer: '#/rows/1/holder/number',
      detail: 'This number is not right; one character may be wrong. Please check with them.',
    });
    expect(found[8]?.mandate_ids).toEqual([lius]);
    const { mandates, invitations } = departments.mandated;
    expect(await mandates.find(lius)).toBeUndefined();
    expect(await mandates.find(foreign.id)).toBeDefined();
    expect(await invitations.open({ entityId: departments.idOf('entity-1') })).toMatchObject([
      { role: 'handler', terms: { services: ['tax-filing'] }, invitee: somebody(7) },
    ]);
    expect(await rowsOf(id, '?only=refused&limit=2')).toHaveLength(2);
    // Neither strangers nor other systems read it.
    const other = await strong('liu');
    expect(await departments.call(`/mandate-imports/${id}`, { token: other })).toMatchObject({
      status: 404,
      body: { type: problem('import_unknown') },
    });
  });

  test('for trial does nothing, and one key is one upload', async () => {
    const entityId = departments.idOf('entity-0');
    const open = () => departments.mandated.invitations.open({ entityId });
    const before = await open();
    const trial = upload([offerTo(somebody(20)), { ...offerTo(somebody(21)), services: ['x'] }], {
      dry_run: true,
    });
    const answers = await Promise.all(Array.from({ length: 5 }, () => send(trial)));
    expect(new Set(answers.map(({ status, body }) => `${status} ${String(body['id'])}`)).size).toBe(
      1,
    );
    const id = String(answers[0]?.body['id']);
    expect(await done(id)).toMatchObject({ dry_run: true, counts: { valid: 1, refused: 1 } });
    expect(await open()).toEqual(before);
    expect(await send({ ...trial, dry_run: false })).toMatchObject({
      status: 409,
      body: { type: problem('idempotency_conflict') },
    });
  });

  test('that a dead process left behind is gone on with, each row once, up to the limit', async () => {
    const { storage } = departments.city;
    const store = new MandateImportStore(storage);
    const entityId = departments.idOf('entity-2');
    const rows = Array.from({ length: 45 }, (_, number) => ({
      action: 'offer' as const,
      holder: { ...somebody(100 + number), isOrganisation: false },
      services: ['tax-filing'],
      until: inDays(20),
      isSingleUse: false,
      mayPassOn: false,
    }));
    const personId = departments.idOf('zhao');
    const facts = { entityId, personId, clientId: 'hr', address: '192.0.2.1', isDryRun: false };
    const job = await storage.database.transaction((session) =>
      store.put({ ...facts, key: 'left-behind', rows }, session),
    );
    // Whoever had it says that it lives no more; two look for work at once.
    await Promise.all([0, 1].map(() => send(upload([offerTo(somebody(1))], { dry_run: true }))));
    expect(await done(job.id)).toMatchObject({ counts: { offered: 40, refused: 5 } });
    const last = await rowsOf(job.id, '?only=refused');
    expect(new Set(last.map(({ errors }) => errors?.[0]?.code))).toEqual(new Set(['too_many']));
    const records = storage.database.collection('auditRecords');
    expect(await records.countDocuments({ type: 'mandates.invited', subject: entityId })).toBe(40);
    expect(
      await records.countDocuments({ type: 'mandates.import_finished', subject: entityId }),
    ).toBe(1);
    // What people offer by hand has room still.
    expect(await departments.mandated.invitations.open({ entityId })).toHaveLength(40);
  });

  test('of somebody who may appoint no more stops where it is', async () => {
    const { storage } = departments.city;
    const store = new MandateImportStore(storage);
    const entityId = departments.idOf('entity-2');
    const facts = { entityId, clientId: 'hr', address: '192.0.2.1', isDryRun: false };
    const row = {
      action: 'offer' as const,
      holder: { ...somebody(300), isOrganisation: false },
      isSingleUse: false,
      mayPassOn: false,
      until: inDays(5),
    };
    const job = await storage.database.transaction((session) =>
      store.put(
        { ...facts, personId: departments.idOf('liu'), key: 'fallen', rows: [row] },
        session,
      ),
    );
    await send(upload([offerTo(somebody(1))], { dry_run: true, uscc: usccs[1] }));
    await expect
      .poll(async () => (await store.find(job.id))?.finishedAt, { timeout: 20_000 })
      .toBeDefined();
    expect((await rowsOf(job.id))[0]?.errors?.[0]?.code).toBe('not_entitled');
  });

  test('is one too many at some time, and says when to come again', async () => {
    let refused = await send(upload([offerTo(somebody(1))], { dry_run: true, uscc: usccs[0] }));
    for (let turn = 0; turn < 6 && refused.status !== 429; turn += 1) {
      refused = await send(upload([offerTo(somebody(1))], { dry_run: true }));
    }
    expect(refused).toMatchObject({ status: 429, body: { type: problem('too_many_requests') } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});
