// A guardian who stops being one while a register is asked about the child.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sampleChildren } from '../../src/demo/registers/people.ts';
import { visitAccountCentre } from '../support/account-visitor.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { personOf } from '../support/entity-city.ts';
import { startRegisters } from '../support/registers.ts';
import type { Registers } from '../support/registers.ts';

const { uri } = migratedDatabase();
const ADD = '/account/children/add';
const child = sampleChildren[1] as { name: string; number: string };
let city: CityNode;
let registers: Registers;

beforeAll(async () => {
  registers = await startRegisters();
  const { environment } = registers;
  const accounts = [personOf('chen', '陈体验')];
  city = await startCityNode({ mongodbUri: uri, environment, accounts });
});
afterAll(async () => {
  await city.stop();
  await registers.stop();
});

it('adds nobody, whatever the page saw', async () => {
  const { id } = city.account('chen');
  const { browser } = await visitAccountCentre(city, 'chen');
  await browser.walk(await browser.open(ADD), city.account('chen'));
  const page = await browser.open(ADD);
  const fields = { ...child, relation: 'parent', agree: 'yes' };
  const origin = { source: 'operator', grade: 'B' } as const;
  let sent: ReturnType<typeof browser.press> | undefined;
  // Nobody else sees the lower level before the registers have answered.
  await city.accountStore.transaction(async (within) => {
    const by = { actor: 'operator', within };
    await city.accountStore.setRealNameLevel(id, { level: 2, origin }, by);
    sent ??= browser.press(page, 'add', fields);
    await expect.poll(() => registers.askedOf('population'), { timeout: 20_000 }).toBe(2);
  });
  expect((await sent)?.status).not.toBe(500);
  expect(await city.accountStore.findByLogin(child.number, { kind: 'naturalPerson' })).toBe(
    undefined,
  );
});
