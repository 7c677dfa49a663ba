// An agreement that has changed is asked again of who accepted the one before, at the next sign-in,
// and of nobody else.
import { createHash } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AgreementStore } from '../../src/agreements/agreement-store.ts';
import { agreementsFolder } from '../../src/platform/http/http-app.ts';
import { CityBrowser, pageName } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';

const { uri } = migratedDatabase();
const name = 'real-name-registration';
const logins = ['agreed', 'twice', 'in-person', 'later-release'];
let folder: string;
let city: CityNode;

/** The supplied text with a sentence more, as a second version. */
async function secondVersion(): Promise<void> {
  const list = JSON.parse(await readFile(join(folder, name, 'agreement.json'), 'utf8'));
  const hashes: Record<string, string> = {};
  for (const locale of ['zh-CN', 'en']) {
    const text = JSON.parse(await readFile(join(folder, name, `1.${locale}.json`), 'utf8'));
    const changed = JSON.stringify({ ...text, intro: `${text.intro} Version 2.` });
    await writeFile(join(folder, name, `2.${locale}.json`), changed);
    hashes[locale] = createHash('sha256').update(changed).digest('hex');
  }
  list.versions.push({ version: 2, effectiveFrom: '2026-12-01', hashes });
  await writeFile(join(folder, name, 'agreement.json'), JSON.stringify(list));
}

async function accept(login: string, version: number): Promise<void> {
  const { storage } = city;
  const store = new AgreementStore(storage);
  const of = { accountId: city.account(login).id, name, version, language: 'zh-CN' } as const;
  const acceptance = { ...of, hash: '0'.repeat(64), acceptedAt: storage.clock.now() };
  await storage.database.transaction((session) => store.add(acceptance, session));
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hutong-agreements-'));
  await cp(agreementsFolder, folder, { recursive: true });
  await secondVersion();
  city = await startCityNode({
    mongodbUri: uri,
    environment: { HUTONG_AGREEMENTS: folder },
    clients: [{ client_id: 'portal' }],
    accounts: logins.map((login) => ({ login })),
  });
  for (const login of ['agreed', 'twice']) await accept(login, 1);
  await accept('later-release', 3);
});
afterAll(async () => {
  await city.stop();
  await rm(folder, { recursive: true, force: true });
});

async function signIn(login: string) {
  const browser = new CityBrowser(city.issuer);
  const { pending, visit } = await browser.request(city.client('portal'));
  return { browser, pending, page: await browser.walk(visit, city.account(login)) };
}

const acceptedOf = (login: string) =>
  new AgreementStore(city.storage).newestVersion(city.account(login).id, name);

describe('a changed agreement', () => {
  it('is asked of who accepted the one before, and lets in with a yes alone', async () => {
    const { browser, pending, page } = await signIn('agreed');
    expect(pageName(page)).toBe('agree');
    expect(page.body).toContain('Version 2.');
    const unticked = await browser.press(page, 'agree-on');
    expect([unticked.status, unticked.body.includes('agree-error')]).toEqual([422, true]);
    const stale = await browser.press(page, 'agree-on', { agree: 'yes', agreement_version: '1' });
    expect([stale.status, await acceptedOf('agreed')]).toEqual([422, 1]);
    const back = await browser.press(stale, 'agree-on', { agree: 'yes' });
    expect(browser.finish(pending, back).code).not.toBe('');
    expect(await acceptedOf('agreed')).toBe(2);

    const next = await signIn('agreed');
    expect(next.browser.finish(next.pending, next.page).code).not.toBe('');
    const shown = await browser.open('/account/agreements');
    expect(shown.body).toContain(`/agreements/${name}/1`);
    expect(shown.body).toContain(`/agreements/${name}/2`);
  });

  it('agreed to twice at once is kept once', async () => {
    const { browser, page } = await signIn('twice');
    await Promise.all([1, 2, 3].map(() => browser.press(page, 'agree-on', { agree: 'yes' })));
    const filter = { accountId: city.account('twice').id, version: 2 };
    expect(
      await city.storage.database.collection('agreementAcceptances').countDocuments(filter),
    ).toBe(1);
    const records = { type: 'agreements.accepted', actor: filter.accountId };
    expect(await city.storage.database.collection('auditRecords').countDocuments(records)).toBe(1);
  });

  it.each(['in-person', 'later-release'])('does not disturb %s', async (login) => {
    const { browser, pending, page } = await signIn(login);
    expect(browser.finish(pending, page).code).not.toBe('');
  });

  it('can be read by everyone, and the one before it', async () => {
    const browser = new CityBrowser(city.issuer);
    const current = await browser.open(`/agreements/${name}`);
    expect([current.status, current.body.includes('Version 2.')]).toEqual([200, true]);
    const former = await browser.open(`/agreements/${name}/1`);
    expect([former.status, former.body.includes('Version 2.')]).toEqual([200, false]);
    for (const path of ['/agreements/other', `/agreements/${name}/3`, `/agreements/${name}/01`]) {
      expect((await browser.open(path)).status).toBe(404);
    }
  });
});
