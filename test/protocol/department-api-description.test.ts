// The OpenAPI document as developers use it: judged by a validator, and turned into a client that calls
// the running city; and a person with more organisations than a page of it holds.
import { Validator } from '@seriousme/openapi-schema-validator';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeAccount } from '../../src/accounts/operate-account.ts';
import { commandHoldings } from '../../src/app/command-holdings.ts';
import { commandAccounts } from '../../src/app/standing.ts';
import { choose, offered, preselected } from '../support/acting-city.ts';
import { DepartmentCity, usccs } from '../support/department-city.ts';
import { migratedDatabase } from '../support/migrated-database.ts';

const { uri } = migratedDatabase();
const root = fileURLToPath(new URL('../..', import.meta.url));
let departments: DepartmentCity;

beforeAll(async () => {
  const hr = {
    client_id: 'hr',
    grant_types: ['authorization_code'],
    scope: 'openid mandates:import',
    services: ['tax-filing'],
  };
  departments = await DepartmentCity.start(uri, { clients: [hr] });
});
afterAll(() => departments.stop());

async function document(language: string): Promise<Record<string, unknown>> {
  const headers = { 'accept-language': language };
  const response = await fetch(`${departments.api}/openapi.json`, { headers });
  return (await response.json()) as Record<string, unknown>;
}

describe('the document', () => {
  test.each(['zh-CN', 'en'])('is valid in %s, and every field is explained', async (language) => {
    const made = await document(language);
    const { valid, errors } = await new Validator().validate(made);
    expect(errors ?? []).toEqual([]);
    expect(valid).toBe(true);
    expect(unexplained(made)).toEqual([]);
    expect(JSON.stringify(made)).toContain(language === 'en' ? 'Check a mandate' : '核验授权');
  });

  test('is found from a refusal', async () => {
    const refused = await departments.call('/entities');
    const challenge = refused.headers.get('www-authenticate') ?? '';
    const [, address = ''] = /resource_metadata="([^"]+)"/u.exec(challenge) ?? [];
    const metadata = (await (await fetch(address)).json()) as Record<string, unknown>;
    expect(metadata).toMatchObject({
      resource: departments.api,
      authorization_servers: [departments.city.issuer],
      resource_documentation: `${departments.api}/openapi.json`,
    });
  });
});

/** Places of properties and parameters without words. */
function unexplained(node: unknown, at = ''): string[] {
  if (typeof node !== 'object' || node === null) return [];
  const { properties } = node as { properties?: Record<string, { description?: string }> };
  const own = Object.entries(properties ?? {})
    .filter(([, part]) => part.description === undefined)
    .map(([name]) => `${at}/${name}`);
  const { in: place, description, name } = node as Record<string, unknown>;
  const isBare = typeof place === 'string' && description === undefined;
  return [
    ...own,
    ...(isBare ? [`${at}/${String(name)}`] : []),
    ...Object.entries(node).flatMap(([key, part]) => unexplained(part, `${at}/${key}`)),
  ];
}

const WAIT = { timeout: 20_000 };

/** What a client that @hey-api/openapi-ts has written offers, as far as it is used here. */
interface GeneratedClient {
  client: { setConfig(config: object): void };
  checkMandate: (options: object) => Promise<{ data?: unknown; error?: unknown }>;
  listEntities: (options: object) => Promise<{ data?: unknown }>;
  createMandateImport: (options: object) => Promise<{ data?: { id: string }; error?: unknown }>;
  readMandateImport: (options: object) => Promise<{ data?: { state: string } }>;
  listMandateImportRows: (options: object) => Promise<{ data?: unknown }>;
}

test('a generated client checks mandates, lists organisations, uploads, and reads refusals', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'generated-client-'));
  try {
    await writeFile(path.join(folder, 'openapi.json'), JSON.stringify(await document('en')));
    const made = await generateClient(folder);
    const { client, checkMandate, listEntities } = made;
    await departments.grant('liu', 0);
    const { sub, accessToken } = await departments.signIn('liu', 'tax');
    const token = await departments.clientToken('tax');
    client.setConfig({ baseUrl: departments.api });
    const headers = { authorization: `Bearer ${token}` };
    const body = { person: { sub }, uscc: usccs[0] };
    const { data } = await checkMandate({ headers, body });
    expect(data).toMatchObject({ allowed: true, role: 'handler' });
    const { error } = await checkMandate({ headers, body: { ...body, uscc: 'short' } });
    expect(error).toMatchObject({ status: 422, errors: [{ pointer: '#/uscc' }, {}] });
    const own = { headers: { authorization: `Bearer ${accessToken}` }, query: { limit: '5' } };
    expect((await listEntities(own)).data).toMatchObject({ items: [{ uscc: usccs[0] }] });
    await uploadBy(made);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

async function uploadBy({
  createMandateImport,
  readMandateImport,
  listMandateImportRows,
}: GeneratedClient): Promise<void> {
  await departments.grant('zhao', 0, { role: 'administrator' });
  const { accessToken, browser } = await departments.signIn('zhao', 'hr', {
    scope: 'openid mandates:import',
    acr_values: 'urn:hutong:level:3',
  });
  const own = { headers: { authorization: `Bearer ${accessToken}` } };
  const holder = { name: '钱众多', number: '440199199001010013' };
  const offer = { action: 'offer', holder, services: ['tax-filing'], until: '2000-01-01' };
  const body = { uscc: usccs[0], idempotency_key: 'one', dry_run: true, rows: [offer] };
  const { data } = await createMandateImport({ ...own, body });
  expect(data).toMatchObject({ total: 1, dry_run: true });
  const { error } = await createMandateImport({ ...own, body: { ...body, dry_run: false } });
  expect(error).toMatchObject({ status: 409, type: 'urn:hutong:problem:idempotency_conflict' });
  const of = { ...own, path: { id: data?.id } };
  await expect.poll(async () => (await readMandateImport(of)).data?.state, WAIT).toBe('done');
  const history = `/account/entities/history?entity=${departments.idOf('entity-0')}`;
  const { body: page } = await browser.open(history);
  expect(page).toContain('试办，未作任何变更，共 1 行');
  expect(page).toContain('未办理 1 行');
  const rows = await listMandateImportRows({ ...of, query: { only: 'refused' } });
  expect(rows.data).toMatchObject({
    items: [
      { row: 0, errors: [{ pointer: '#/rows/0/holder/number' }, { pointer: '#/rows/0/until' }] },
    ],
  });
}

async function generateClient(folder: string): Promise<GeneratedClient> {
  const hook = pathToFileURL(path.join(root, 'scripts', 'typescript-6.mjs')).href;
  const script = path.join(root, 'scripts', 'generate-client.mjs');
  const [input, output] = ['openapi.json', 'client'].map((name) => path.join(folder, name));
  const args = ['--import', hook, script, String(input), String(output)];
  await promisify(execFile)(process.execPath, args, { cwd: folder });
  const load = (name: string) => import(pathToFileURL(path.join(folder, 'client', name)).href);
  const [sdk, made] = await Promise.all([load('sdk.gen.ts'), load('client.gen.ts')]);
  return { ...sdk, ...made } as GeneratedClient;
}

describe('an agency with some 250 mandates', () => {
  const MANY = 250;
  const seeded = (number: number) => `seed-${String(number).padStart(3, '0')}`;
  const LAST = 'zz-last';
  const ask = { scope: 'openid legal_entity', prompt: 'choose_identity' };
  let agencyId: string;
  let liu: Awaited<ReturnType<DepartmentCity['signIn']>>;
  let through: (mandate: string) => string;

  beforeAll(async () => {
    liu = await departments.signIn('liu', 'tax');
    agencyId = departments.idOf('entity-2');
    const common = {
      personId: agencyId,
      role: 'handler',
      grantedBy: 'test',
      since: new Date(0),
      isActive: true,
      schemaVersion: 1,
    };
    const handled = (_id: string, entity: number, services: string[]) => {
      const entityId = departments.idOf(`entity-${entity}`);
      return { ...common, _id, scopeKey: _id, entityId, services };
    };
    const ofOne = Array.from({ length: MANY }, (_, at) =>
      handled(seeded(at), 0, ['tax-filing', seeded(at)]),
    );
    const last = handled(LAST, 1, ['tax-filing']);
    const mandates = departments.city.storage.database.collection<{ _id: string }>('mandates');
    await mandates.insertMany([...ofOne, last]);
    await departments.grant('liu', 0, { services: ['tax-filing'] });
    const led = await departments.grant('liu', 2, { role: 'administrator' });
    through = (mandate) => `${mandate}.${led.id}`;
  });

  test('pages through all of them, each once', async () => {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const next: string = cursor === undefined ? '' : `&cursor=${cursor}`;
      const page = await departments.call(`/entities?limit=60${next}`, { token: liu.accessToken });
      for (const item of page.body['items'] as { mandate_id: string }[]) seen.push(item.mandate_id);
      cursor = page.body['next_cursor'] as string | undefined;
    } while (cursor !== undefined);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.filter((id) => id.startsWith('seed-'))).toHaveLength(MANY);
    expect(seen.at(-1)).toBe(LAST);
  });

  test('offers some, finds the others by their number, and takes what was not listed', async () => {
    const { browser } = liu;
    const client = departments.city.client('tax');
    const { pending, visit: page } = await browser.request(client, ask);
    expect(page.body).toContain('请输入完整的统一社会信用代码查找');
    expect(offered(page)).not.toContain(through(LAST));
    const found = await browser.open(`${new URL(page.url).pathname}?q=${usccs[1]}`);
    expect(offered(found)).toEqual(['self', through(LAST)]);
    const hinted = await browser.request(client, { ...ask, uscc_hint: usccs[1] });
    expect(preselected(hinted.visit)).toBe(through(LAST));
    // A mandate of the agency alone is nobody's, and so is what somebody only handles for it.
    const handled = await departments.grant('zhao', 2);
    const other = (await departments.signIn('zhao', 'tax')).browser;
    const { visit: others } = await other.request(client, ask);
    for (const [who, shown, forged] of [
      [browser, page, LAST],
      [browser, page, `${LAST}.${LAST}`],
      [other, others, through(LAST)],
      [other, others, `${LAST}.${handled.id}`],
    ] as const) {
      expect((await choose(who, shown, forged)).status).toBe(422);
    }
    const after = await choose(browser, page, through(LAST));
    const answer = browser.finish(pending, after);
    const { body } = await departments.tokens.redeem(answer);
    const claims = await departments.tokens.verifyIdToken(answer, String(body.id_token));
    expect(claims).toMatchObject({ acting_as: { uscc: usccs[1], agency: { uscc: usccs[2] } } });
    expect((await departments.tokens.userinfo(String(body.access_token))).status).toBe(200);
    // The account of the agency closes: all of it ends with that.
    const { storage } = departments.city;
    const { accounts } = commandAccounts(storage);
    const holdings = commandHoldings(storage, 'operator');
    await closeAccount({ accounts, holdings, clock: storage.clock }, agencyId, {
      actor: 'operator',
      reason: 'test',
    });
    expect((await departments.tokens.userinfo(String(body.access_token))).status).toBe(401);
    const held = { personId: agencyId, isActive: true };
    expect(await storage.database.collection('mandates').countDocuments(held)).toBe(0);
    const { accessToken } = await departments.signIn('liu', 'tax');
    const { body: left } = await departments.call('/entities', { token: accessToken });
    const names = (left['items'] as { uscc: string }[]).map(({ uscc }) => uscc);
    expect(new Set(names)).toEqual(new Set([usccs[0]]));
  }, 60_000);
});
