// What an operator has locked is no guardian's to open: neither with a consent nor with an erasure after
// which the child could be added anew.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sampleChildren } from '../../src/demo/registers/people.ts';
import { visitAccountCentre } from '../support/account-visitor.ts';
import { pageName } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { personOf } from '../support/entity-city.ts';
import { startRegisters } from '../support/registers.ts';
import type { Registers } from '../support/registers.ts';

const { uri } = migratedDatabase();
const LIST = '/account/children';
const child = sampleChildren[0] as { name: string; number: string };
const operator = { actor: 'operator' };
let city: CityNode;
let registers: Registers;

beforeAll(async () => {
  registers = await startRegisters();
  const { environment } = registers;
  const accounts = [personOf('wang', '王演示')];
  city = await startCityNode({ mongodbUri: uri, environment, accounts });
});
afterAll(async () => {
  await city.stop();
  await registers.stop();
});

it('stays stopped, whatever its guardian sends', async () => {
  const { browser } = await visitAccountCentre(city, 'wang');
  await browser.walk(await browser.open(`${LIST}/add`), city.account('wang'));
  const form = await browser.open(`${LIST}/add`);
  await browser.press(form, 'add', { ...child, relation: 'parent', agree: 'yes' });
  const account = await city.accountStore.findByLogin(child.number, { kind: 'naturalPerson' });
  if (!account) throw new Error('no account of the child');
  const erasing = await browser.open(`${LIST}/erase?child=${account.id}`);
  await city.accountStore.lock(account.id, operator);
  const refused = await browser.press(erasing, 'confirm-erase');
  expect(refused.body).toContain('这个账号已被平台停用');
  expect(refused.body).not.toContain('id="erase"');
  const again = await browser.open(`${LIST}/erase?child=${account.id}`);
  expect(pageName(again)).toBe('guardianship-child');
  const withdrawing = await browser.open(`${LIST}/withdraw?child=${account.id}`);
  await browser.press(withdrawing, 'confirm-withdraw');
  expect((await browser.press(erasing, 'confirm-erase')).body).toContain('这个账号已被平台停用');
  const consenting = await browser.open(`${LIST}/consent?child=${account.id}`);
  await browser.press(consenting, 'consent', { agree: 'yes' });
  expect(await city.accountStore.findById(account.id)).toMatchObject({ state: 'locked' });
  await city.accountStore.unlock(account.id, operator);
  const opened = await browser.open(`${LIST}/erase?child=${account.id}`);
  expect((await browser.press(opened, 'confirm-erase')).body).toContain('孩子的账号已注销');
});
