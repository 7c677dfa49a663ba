// The path of a department's developer in a real browser: the example of docs/examples as it lies there,
// with what the demonstration writes down for it, from the first sign-in to an event that it receives.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser } from '../support/browser.ts';
import { DepartmentCity, usccs } from '../support/department-city.ts';
import { pageName } from '../support/demo-visit.ts';
import { findFreePortBlock } from '../support/free-ports.ts';
import { migratedDatabase } from '../support/migrated-database.ts';

const { uri } = migratedDatabase();
const example = fileURLToPath(
  new URL('../../docs/examples/department-system.mjs', import.meta.url),
);
const patience = { timeout: 60_000 };
let departments: DepartmentCity;
let browser: Browser;
let folder: string;
let origin: string;
let system: ChildProcess;
let page: Page;

beforeAll(async () => {
  const port = await findFreePortBlock();
  origin = `http://localhost:${port}`;
  const registration = {
    client_id: 'department-sample',
    client_name: '部门系统接入示例',
    client_uri: `${origin}/`,
    redirect_uris: [`${origin}/callback`],
    grant_types: ['authorization_code', 'client_credentials'],
    scope: 'openid profile legal_entity mandates:read mandates:check',
    subjects: ['naturalPerson', 'legalEntity'],
    services: ['sample-filing'],
    mandate_events_uri: `http://127.0.0.1:${port}/events`,
  };
  [departments, browser, folder] = await Promise.all([
    DepartmentCity.start(uri, { clients: [registration] }),
    launchBrowser(),
    mkdtemp(path.join(tmpdir(), 'hutong-developer-')),
  ]);
  const { issuer } = departments.city;
  const { secret: client_secret } = departments.city.client('department-sample');
  const demo = { issuer, clients: [{ ...registration, client_secret }] };
  await writeFile(path.join(folder, 'demo.json'), JSON.stringify(demo));
  system = spawn(process.execPath, [example], {
    env: { HUTONG_DATA_DIR: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (system.stdout) await once(system.stdout, 'data');
  page = await (await browser.newContext({ locale: 'zh-CN' })).newPage();
  page.setDefaultTimeout(15_000);
}, 60_000);
afterAll(async () => {
  system.kill();
  await browser.close();
  await departments.stop();
  await rm(folder, { recursive: true, force: true });
});

async function answer(): Promise<Record<string, unknown>> {
  return JSON.parse((await page.textContent('#answer')) ?? '') as Record<string, unknown>;
}

test('signs in, acts, asks, and is told', patience, async () => {
  const { id } = await departments.grant('liu', 0, { services: ['sample-filing', 'hidden'] });
  await departments.grant('liu', 1, { services: ['tax-filing'] });
  const { login, password } = departments.city.account('liu');
  await page.goto(`${origin}/`);
  await page.click('#sign-in');
  await page.fill('#login', login);
  await page.fill('#password', password);
  await page.click('#sign-in');
  // Only what reaches this system can be chosen; of the rest the page says why.
  expect(await pageName(page)).toBe('choose-identity');
  expect(await page.locator('input[name=identity]').count()).toBe(2);
  await page.click('label:has-text("示例企业0")');
  await page.click('#choose');
  expect(await page.textContent('#acting')).toBe(`示例企业0 ${usccs[0]}（经办人）`);

  await page.click('#entities');
  expect(await answer()).toMatchObject({
    items: [{ uscc: usccs[0], role: 'handler', mandate_id: id, services: ['sample-filing'] }],
  });
  await page.goto(`${origin}/check`);
  expect(await answer()).toMatchObject({ allowed: true, mandate_id: id });

  // A mandate that ends is told, and the check knows it at once.
  await departments.end(id);
  await page.goto(`${origin}/check`);
  expect(await answer()).toEqual({ allowed: false, reason: 'no_mandate' });
  await expect
    .poll(
      async () => {
        await page.goto(`${origin}/`);
        return page.textContent('#events');
      },
      { timeout: 20_000 },
    )
    .toContain('ended: 示例企业0（经办人）removed');
});

test('is told what is wrong by the one who knows', patience, async () => {
  const forged = await fetch(`${origin}/events`, { method: 'POST', body: 'a.b.c' });
  expect([forged.status, await forged.json()]).toMatchObject([400, { err: 'invalid_request' }]);
  // A service that the system did not register is refused by the page of the provider, which names it.
  await page.goto(`${origin}/sign-in?service=unheard-of`);
  expect(await page.textContent('#problem')).toBe('invalid_request');
});
