// What an operator sees of sign-ins, tokens and failures; and that nobody outside can make the figures
// grow without end or read somebody's data in them.
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { CityBrowser } from '../support/city-browser.ts';
import { TOTP_SECRET } from '../support/city-accounts.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { TokenClient } from '../support/token-client.ts';

// Each waits for conditions only.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const { uri } = migratedDatabase();
let city: CityNode;

beforeAll(async () => {
  city = await startCityNode({
    mongodbUri: uri,
    clients: [{ client_id: 'portal' }, { client_id: 'department', minimum_level: 3 }],
    accounts: [{ login: 'zhang', totpSecret: TOTP_SECRET }],
  });
});
afterAll(() => city.stop());

/** The sum over all series of a figure with these labels. */
async function figure(name: string, labels: Readonly<Record<string, string>> = {}) {
  const text = await city.app.metrics.text();
  const series = text.split('\n').filter((line) => line.startsWith(name));
  const matching = series.filter((line) =>
    Object.entries(labels).every(([label, value]) => line.includes(`${label}="${value}"`)),
  );
  return matching.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

test('sign-ins, grants and answers are counted by their outcome', async () => {
  const tokens = new TokenClient(city.issuer);
  const browser = new CityBrowser(city.issuer);
  const { pending, visit } = await browser.request(city.client('department'));
  const { login, password } = city.account('zhang');
  const again = await browser.press(visit, 'sign-in', { login, password: 'wrong' });
  const factor = await browser.press(again, 'sign-in', { login, password });
  await browser.press(factor, 'verify', { otp: '000000' });
  const answer = browser.finish(pending, await browser.walk(factor, city.account('zhang')));
  const { body } = await tokens.redeem(answer);
  await tokens.refresh(city.client('department'), String(body.refresh_token));
  await tokens.refresh(city.client('department'), 'unknown');
  await tokens.redeem(answer);

  const outcomes = ['succeeded', 'credentials_wrong', 'second_factor_wrong'];
  for (const outcome of outcomes)
    expect(await figure('hutong_sign_ins_total', { outcome })).toBe(1);
  const grant = (grant_type: string, outcome: string) =>
    figure('hutong_grants_total', { grant_type, outcome });
  expect(await grant('authorization_code', 'success')).toBe(1);
  expect(await grant('authorization_code', 'invalid_grant')).toBe(1);
  expect(await grant('refresh_token', 'success')).toBe(1);
  expect(await grant('refresh_token', 'invalid_grant')).toBe(1);
  expect(await figure('hutong_authorizations_total', { outcome: 'success' })).toBe(1);
  const token = { route: 'oidc.token' };
  expect(await figure('hutong_http_requests_total', { ...token, status: '2xx' })).toBe(2);
  expect(await figure('hutong_http_requests_total', { ...token, status: '4xx' })).toBe(2);
  expect(await figure('hutong_http_request_duration_seconds_count', token)).toBe(4);
});

test('states are shown: database, outboxes, hashing, audit and keys', async () => {
  expect(
    await figure('hutong_database_command_duration_seconds_count', { command: 'find' }),
  ).not.toBe(0);
  expect(await figure('hutong_database_connections', { state: 'open' })).toBeGreaterThan(0);
  expect(await figure('hutong_live_processes')).toBe(1);
  const text = await city.app.metrics.text();
  for (const line of [
    /^hutong_hashing_waiting 0$/mu,
    /^hutong_outbox_waiting\{outbox="logout"\} 0$/mu,
    /^hutong_outbox_oldest_seconds\{outbox="messages"\} \d/mu,
    /^hutong_audit_unsealed_seconds \d/mu,
    /^hutong_signing_key_age_seconds\{algorithm="ES256",state="active"\} \d/mu,
    /^hutong_data_key_age_seconds\{purpose="blindIndex"\} \d/mu,
  ]) {
    expect(text).toMatch(line);
  }
});

test('no value that a visitor or a client makes up becomes a label', async () => {
  const invented = Array.from({ length: 30 }, (_, at) => `invented-${at}`);
  // Not of the database: what runs beside the requests asks it too.
  const isOfRequests = (line: string) => /^hutong_(?!database_)/u.test(line);
  const series = async () =>
    (await city.app.metrics.text()).split('\n').filter(isOfRequests).length;
  const ask = async (word: string) => {
    await fetch(`${city.issuer}/${word}/13800138000`, { headers: { 'user-agent': word } });
    await fetch(`${city.issuer}/oauth2/authorize?client_id=${word}&scope=${word}`);
    const form = { grant_type: word, client_id: word, scope: word };
    await fetch(`${city.issuer}/oauth2/token`, { method: 'POST', body: new URLSearchParams(form) });
    const tokens = new TokenClient(city.issuer);
    await tokens.token(city.client('portal'), { grant_type: word });
    await tokens.token(city.client('portal'), { grant_type: 'constructor' });
  };
  await ask('first');
  const before = await series();
  for (const word of invented) await ask(word);
  expect(await series()).toBe(before);
  expect(await city.app.metrics.text()).not.toMatch(/invented|138001|portal|zhang|constructor/u);
});
