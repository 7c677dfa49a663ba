// What a copy of one's data tells of acting for organisations: one's own part, and of others no more than
// the pages of the organisation show.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ADDRESS as address } from '../../test/support/entity-stores.ts';
import { named } from '../../test/support/entity-city.ts';
import { choices, HandlerOffice } from '../../test/support/handler-office.ts';
import { migratedDatabase } from '../../test/support/migrated-database.ts';
import { ServiceCatalogue } from '../clients/service-catalogue.ts';
import { endMandate } from '../mandates/end-own.ts';
import { askToHandle } from '../mandates/requests/ask-to-handle.ts';
import { openStopLinks } from '../mandates/requests/stop-request.ts';
import { mandateSections } from './mandate-sections.ts';

const { uri } = migratedDatabase();
const OWNER = 'ayinuer';
let office: HandlerOffice;

beforeAll(async () => {
  office = await HandlerOffice.open(uri);
  const held = await office.appointed('chen', office.typed('陈体验'));
  await office.appointed('chen', office.typed('陈体验', { services: ['social.enrol'] }));
  const owner = await office.stores.personCalled(OWNER);
  await endMandate(office.deps, owner, { mandateId: held.id, address });
  await office.offer(OWNER, office.typed('陈体验', { clientScope: 'some', clients: ['hall'] }));
  await office.offer(OWNER, office.typed('王演示'));
  await office.answer('wang', false);
});
afterAll(() => office.close());

async function exported(login: string): Promise<Record<string, Record<string, unknown>[]>> {
  const name = { 'zh-CN': '办税', en: 'Tax filing' };
  const services = new ServiceCatalogue([{ code: 'tax.file', name }]);
  const clients = { find: () => undefined, registration: () => undefined };
  const person = await office.stores.personCalled(login);
  const sections = mandateSections({ ...office.deps, services, clients });
  const rows = async ({ rows: read }: (typeof sections)[number]) => {
    const all: Record<string, unknown>[] = [];
    for await (const row of await read(person, { locale: 'zh-CN' })) all.push(row);
    return all;
  };
  const read = sections.map(async (section) => [section.name, await rows(section)] as const);
  return Object.fromEntries(await Promise.all(read));
}

it('holds what somebody held and holds, with the reason of the end, and what is offered to him', async () => {
  const { mandates, offers_received: received, offers_given: given } = await exported('chen');
  expect(mandates).toMatchObject([
    { role: { code: 'handler' }, items: ['social.enrol'], state: { code: 'active' } },
    { items: ['办税'], state: { code: 'ended' }, reason: { code: 'removed' } },
  ]);
  expect(received).toMatchObject([{ items: ['办税'], systems: ['hall'] }]);
  expect(given).toEqual([]);
});

it('holds what somebody has offered, and of whom it was to what the pages show', async () => {
  const { offers_given: given } = await exported(OWNER);
  expect(given).toMatchObject([
    { to: '陈*', to_number: expect.stringMatching(/^\d{3}\*+\w{4}$/u), result: undefined },
    { to: '王*', result: { code: 'declined' } },
  ]);
  const text = JSON.stringify(given);
  for (const name of ['陈体验', '王演示']) {
    expect(text).not.toContain(name);
    expect(text).not.toContain(named(name).number);
  }
});

it('holds what somebody asked for, and nothing of what others did', async () => {
  const { deps, stores, entityId } = office;
  const entity = await deps.accounts.findById(entityId);
  const { name = '', uscc: number = '' } = entity ?? {};
  const way = 'administrator';
  const scope = { serviceScope: 'some', services: ['tax.file'], clientScope: 'all', clients: [] };
  const term = { isSingleUse: false, from: '', until: office.day(10) };
  const typed = { name, number, way, ...scope, ...term } as const;
  const asking = { ...deps, ...openStopLinks({ ...stores.storage, issuer: 'https://id.example' }) };
  const form = { typed: { ...typed }, ways: [way], choices, address } as const;
  await askToHandle(asking, await stores.personCalled('lin'), form);
  const lin = await exported('lin');
  expect(lin).toMatchObject({
    mandates: [],
    mandate_requests: [
      { name, value: number, way: { code: way }, items: ['办税'], state: { code: 'waiting' } },
    ],
    offers_received: [],
    offers_given: [],
  });
  expect((await exported('zhao'))['mandate_requests']).toEqual([]);
});
