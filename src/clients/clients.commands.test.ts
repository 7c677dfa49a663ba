import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { testDatabase } from '../../test/support/database.ts';
import { openTestStorage } from '../../test/support/storage.ts';
import type { TestStorage } from '../../test/support/storage.ts';
import { auditMigrations } from '../audit/audit.migrations.ts';
import { loadWords } from '../platform/http/locale.ts';
import { createOutbound } from '../platform/outbound.ts';
import { ClientStore } from './client-store.ts';
import { clientProblemCodes } from './client-problem.ts';
import { describeProblem, runClientsCommand } from './clients.commands.ts';
import { clientsMigrations } from './clients.migrations.ts';

const { uri } = testDatabase();
const words = loadWords('locales');
const outbound = createOutbound({ allow: [] });
let storage: TestStorage;

beforeAll(async () => {
  storage = await openTestStorage(uri, [...auditMigrations, ...clientsMigrations]);
});
beforeEach(async () => {
  await storage.database.collection('clients').deleteMany({});
  await storage.database.collection('auditRecords').deleteMany({});
});
afterAll(async () => {
  await outbound.close();
  await storage.database.close();
});

const portal = {
  client_id: 'portal',
  client_name: '市民门户',
  redirect_uris: ['https://portal.example.gov.cn/callback'],
};

async function run(args: string[], file = '') {
  const printed: string[] = [];
  const complained: string[] = [];
  const code = await runClientsCommand(args, {
    ...storage,
    clients: new ClientStore(storage),
    outbound,
    mode: 'production',
    knownScopes: ['openid', 'profile'],
    terminal: {
      print: (text) => printed.push(text),
      complain: (text) => complained.push(text),
      read: async (name) => {
        if (name === 'missing.json') throw new Error('ENOENT');
        return file;
      },
      t: (key, values) => words.translate('en', key, values),
    },
  });
  return { code, printed: printed.join('\n'), complained: complained.join('\n') };
}

describe('clients import', () => {
  it.each([
    ['missing.json', ''],
    ['broken.json', '{'],
    ['other.json', '{"accounts": []}'],
    ['text.json', '"text"'],
  ])('refuses %s with a sentence', async (name, content) => {
    const { code, complained } = await run(['import', name], content);
    expect(code).toBe(1);
    expect(complained).toContain(name);
  });

  it('takes what is right, names everything that is wrong, and says so by its exit code', async () => {
    const file = [
      portal,
      { ...portal, client_id: 'department', redirect_uris: ['http://a.test/'], scope: 'openid x' },
      { ...portal, client_name: '又一个' },
      'nonsense',
    ];
    const { code, printed } = await run(['import', 'clients.json'], JSON.stringify(file));
    expect(code).toBe(1);
    expect(printed).toMatch(/portal: registered\n {4}client_secret .*: [\w-]{43}\n/u);
    expect(printed).toMatch(/department: not registered/u);
    expect(printed).toMatch(/redirect_uris\[0\]: http:\/\/a\.test\/ must begin with https/u);
    expect(printed).toMatch(/scope: there is no scope x/u);
    expect(printed).toMatch(/client_id: occurs twice/u);
    expect(printed).toMatch(/client number 4: not registered/u);
    expect(printed).toMatch(/1 registered, 0 updated, 0 unchanged, 3 refused/u);
    expect((await new ClientStore(storage).list()).map(({ id }) => id)).toEqual(['portal']);
  });

  it('reads its own export and finds nothing changed', async () => {
    const given = { ...portal, 'client_name#en': 'Portal', purposes: { openid: '办事' } };
    await run(['import', '-'], JSON.stringify({ clients: [given] }));
    const { printed: exported } = await run(['export', '--with-secrets']);
    const again = await run(['import', '-'], exported);
    expect(again).toMatchObject({ code: 0 });
    expect(again.printed).toMatch(/portal: unchanged/u);
  });
});

describe('clients export', () => {
  it('shows secrets only when asked, and records that', async () => {
    await run(['import', '-'], JSON.stringify(portal));
    const [client] = JSON.parse((await run(['export'])).printed);
    expect(client).not.toHaveProperty('client_secret');
    const records = storage.database.collection('auditRecords');
    expect(await records.countDocuments({ type: 'clients.secrets_exported' })).toBe(0);
    const [open] = JSON.parse((await run(['export', '--with-secrets'])).printed);
    expect(open.client_secret).toHaveLength(43);
    expect(await records.countDocuments({ type: 'clients.secrets_exported' })).toBe(1);
  });

  it('gives one client when one is named, and no other secret with it', async () => {
    const both = [portal, { ...portal, client_id: 'department' }];
    await run(['import', '-'], JSON.stringify(both));
    const { printed } = await run(['export', 'department', '--with-secrets']);
    const exported: { client_id: string; client_secret: string }[] = JSON.parse(printed);
    expect(exported.map(({ client_id: id }) => id)).toEqual(['department']);
    const unknown = await run(['export', 'nobody']);
    expect(unknown).toEqual({
      code: 1,
      printed: '',
      complained: 'nobody: there is no such client',
    });
  });
});

describe('clients list and remove', () => {
  it('tell how to begin, then what there is', async () => {
    expect((await run(['list'])).printed).toMatch(/Register the first/u);
    await run(['import', '-'], JSON.stringify(portal));
    const { printed } = await run(['list']);
    expect(printed).toMatch(/portal {5}市民门户 {2}standard/u);
    expect((await run(['remove', 'portal'])).code).toBe(0);
    expect((await run(['remove', 'portal'])).code).toBe(1);
    expect((await run(['list'])).printed).toMatch(/Register the first/u);
  });
});

it.each([
  [[]],
  [['unheard-of']],
  [['import']],
  [['list', '--colour']],
  [['list', 'a']],
  [['remove', 'a', 'b']],
])('clients %j explains its use', async (args) => {
  const { code, complained } = await run(args);
  expect(code).toBe(2);
  expect(complained).toMatch(/hutong clients import FILE/u);
});

it.each(['zh-CN', 'en'] as const)('has words for every problem in %s', (locale) => {
  const names =
    'given options scope maximum minimum method bits kid approval hosts reason value message';
  const values = Object.fromEntries(names.split(' ').map((name) => [name, 'x']));
  const texts = clientProblemCodes.map((code) =>
    describeProblem((key, given) => words.translate(locale, key, given), {
      field: 'field',
      code,
      values,
    }),
  );
  expect(texts.filter((text) => /\{\{|undefined/u.test(text))).toEqual([]);
});
