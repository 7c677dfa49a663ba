// Asking to act for an organisation: what nobody gets by it, whoever says yes in whichever way; races;
// and that organisations that are known here and those that are not look alike.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { entityOf } from '../../../test/support/entity-city.ts';
import { choices, HandlerOffice } from '../../../test/support/handler-office.ts';
import { ADDRESS as address } from '../../../test/support/entity-stores.ts';
import { migratedDatabase } from '../../../test/support/migrated-database.ts';
import type { CodeMessage } from '../../credentials/contact-code.ts';
import { ContactCodeStore } from '../../credentials/contact-code-store.ts';
import { localesFolder } from '../../platform/http/http-app.ts';
import { loadWords } from '../../platform/http/locale.ts';
import { ServiceCatalogue } from '../../clients/service-catalogue.ts';
import { endMandate } from '../end-own.ts';
import { answerRequest, requestsTo } from './answer-request.ts';
import { askToHandle, withdrawRequest } from './ask-to-handle.ts';
import type { TypedRequest } from './ask-to-handle.ts';
import type { HandlerRequest, RequestWay } from './handler-request.ts';
import { proveByCode, requestToProve, sendRepresentativeCode } from './prove-by-code.ts';
import type { CodeProofDependencies } from './prove-by-code.ts';
import { openStopLinks, stopRequest } from './stop-request.ts';

const { uri } = migratedDatabase();
const OWNER = 'ayinuer';
let office: HandlerOffice;
let deps: CodeProofDependencies;
let links: ReturnType<typeof openStopLinks>;
let entity: { name: string; number: string };
let sent: CodeMessage[] = [];

beforeAll(async () => {
  office = await HandlerOffice.open(uri);
  const { storage } = office.stores;
  links = openStopLinks({ ...storage, issuer: 'https://id.example' });
  const sendCode = (message: CodeMessage) => Promise.resolve(void sent.push(message));
  const clients = { find: () => undefined, registration: () => undefined, registrations: () => [] };
  const codes = { ...office.deps, codes: new ContactCodeStore(storage), sendCode };
  deps = {
    ...office.deps,
    ...links,
    codes,
    choices: { clients, services: new ServiceCatalogue([]) },
    words: loadWords(localesFolder),
  };
  const { name = '', uscc: number = '' } = (await deps.accounts.findById(office.entityId)) ?? {};
  entity = { name, number };
});
beforeEach(async () => {
  sent = [];
  await office.endAll();
  await office.stores.storage.database.collection('mandateRequests').deleteMany({});
  office.stores.clock.advance(90_000);
});
afterAll(() => office.close());

/** In the register, and without an account here. */
const { name, uscc: number } = entityOf('陈体验');
const UNKNOWN = { name, number };

function typed(way: RequestWay, given: Partial<TypedRequest> = {}): TypedRequest {
  const scope = { serviceScope: 'some', services: ['tax.file'], clientScope: 'all', clients: [] };
  const term = { isSingleUse: false, from: '', until: office.day(10) };
  return { ...entity, way, ...scope, ...term, ...given };
}

async function ask(login: string, way: RequestWay, given: Partial<TypedRequest> = {}) {
  const person = await office.stores.personCalled(login);
  const ways = ['administrator', 'letter', 'representative'] as const;
  return askToHandle(deps, person, { typed: typed(way, given), ways, choices, address });
}

async function asked(login: string, way: RequestWay, given: Partial<TypedRequest> = {}) {
  const outcome = await ask(login, way, given);
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.errors));
  return outcome.request;
}

async function answer(login: string, { id: requestId }: HandlerRequest, isConfirmed = true) {
  const leader = await office.stores.personCalled(login);
  return answerRequest(deps, leader, { requestId, isConfirmed, address });
}

async function held(login: string) {
  const person = await office.stores.personCalled(login);
  return deps.mandates.ofHolder(person.id);
}

async function prove(login: string, { id }: HandlerRequest, code: string) {
  const person = await office.stores.personCalled(login);
  const request = await requestToProve(deps, person, id);
  return request ? proveByCode(deps, { request, code, address }) : undefined;
}

async function codeFor(request: HandlerRequest): Promise<string> {
  expect(await sendRepresentativeCode(deps, request, address)).toEqual({ ok: true });
  return sent.at(-1)?.code ?? '';
}

function templates(): Promise<unknown[]> {
  return office.stores.storage.database.collection('messageOutbox').distinct('reason');
}

describe('asking', () => {
  it('says the same of an organisation that has an account here and of any other', async () => {
    const misnamed = { name: '另一个名称', services: ['social.enrol'] };
    const queued = () =>
      office.stores.storage.database.collection('messageOutbox').countDocuments();
    for (const given of [{}, UNKNOWN, misnamed]) {
      const before = await queued();
      const outcome = await ask('hezhang', 'administrator', given);
      expect(outcome).toMatchObject({ ok: true, request: { way: 'administrator' } });
      // Once a day for each number; what goes nowhere is queued as well.
      expect((await queued()) > before).toBe(given !== misnamed);
    }
    const shown = await requestsTo(deps, { uscc: entity.number, name: entity.name });
    expect(shown.map(({ entity: named }) => named.name)).toEqual([entity.name]);
    expect(await templates()).toContain('mandate_requested');
  });

  it('is refused twice for the same, beyond five, and to who decides there anyway', async () => {
    const both = await Promise.all([ask('wang', 'administrator'), ask('wang', 'administrator')]);
    expect(both.filter(({ ok }) => ok)).toHaveLength(1);
    const twice = both.find(({ ok }) => !ok);
    expect(twice).toMatchObject({ errors: [{ key: 'mandates.request.problem.asked_already' }] });
    const names = ['甲', '乙', '丙', '丁', '戊'].map((each) => `${each}有限公司`);
    const more = await Promise.all(
      names.map((name) => ask('wang', 'administrator', { ...UNKNOWN, name, until: '' })),
    );
    expect(more.every(({ ok }) => !ok)).toBe(true);
    const services = [['social.enrol'], ['tax.file', 'social.enrol']];
    const others = [...services.map((each) => ({ ...UNKNOWN, services: each })), UNKNOWN];
    const known = { services: ['social.enrol'] };
    for (const each of [...others, known]) await asked('wang', 'administrator', each);
    const sixth = await ask('wang', 'administrator', { isSingleUse: true });
    expect(sixth).toMatchObject({ errors: [{ key: 'mandates.request.problem.too_many' }] });
    const own = await ask(OWNER, 'administrator');
    expect(own).toMatchObject({ errors: [{ key: 'mandates.request.problem.leads_already' }] });
  });

  it('never asks for the right to pass on, for what is not offered, or for longer than a year', async () => {
    const beyond = await ask('wang', 'administrator', { services: ['unknown.service'] });
    expect(beyond).toMatchObject({ errors: [{ key: 'mandates.form.services_beyond' }] });
    const long = await ask('wang', 'administrator', { until: office.day(400) });
    expect(long).toMatchObject({ errors: [{ key: 'mandates.form.until_late' }] });
    const request = await asked('wang', 'administrator');
    expect(request.terms).not.toHaveProperty('maySubdelegate');
  });
});

describe('the word of an administrator', () => {
  it('is nobody else’s: not a stranger’s, not the applicant’s, not of another organisation', async () => {
    const request = await asked('wang', 'administrator');
    const before = await office.refusals('not_entitled');
    expect(await answer('hezhang', request)).toBe('gone');
    expect(await answer('wang', request)).toBe('gone');
    expect(await office.refusals('not_entitled')).toBe(before + 2);
    expect(await held('wang')).toEqual([]);
    const elsewhere = await asked('wang', 'administrator', UNKNOWN);
    expect(await answer(OWNER, elsewhere)).toBe('gone');
  });

  it('grants once exactly what was asked, whoever else answers or withdraws meanwhile', async () => {
    const request = await asked('wang', 'administrator');
    const wang = await office.stores.personCalled('wang');
    const outcomes = await Promise.all([
      answer(OWNER, request),
      answer(OWNER, request),
      answer(OWNER, request, false),
      withdrawRequest(deps, wang, { requestId: request.id, address }),
    ]);
    const mandates = await held('wang');
    const confirmed = outcomes.filter((each) => each === 'confirmed');
    expect(mandates).toHaveLength(confirmed.length);
    const ended = outcomes.filter((each) => each === 'declined' || each === true);
    expect(confirmed.length + ended.length).toBe(1);
    const again = await asked('wang', 'administrator', { services: ['social.enrol'] });
    expect(await answer(OWNER, again)).toBe('confirmed');
    expect((await held('wang')).at(-1)).toMatchObject({
      role: 'handler',
      services: ['social.enrol'],
      proof: 'administrator',
    });
    expect(await templates()).toContain('mandate_granted');
  });

  it('is worth nothing once its term is over, the applicant is locked, or the organisation is', async () => {
    const short = await asked('wang', 'administrator', { until: office.day(1) });
    office.stores.clock.advance(3 * 86_400);
    expect(await answer(OWNER, short)).toBe('term_over');
    const request = await asked('lin', 'administrator');
    const lin = await office.stores.personCalled('lin');
    await office.stores.accounts.lock(lin.id, { actor: 'operator' });
    expect(await answer(OWNER, request)).toBe('applicant_not_verified');
    await office.stores.accounts.unlock(lin.id, { actor: 'operator' });
    await office.stores.accounts.lock(office.entityId, { actor: 'operator' });
    expect(await answer(OWNER, request)).toBe('gone');
    await office.stores.accounts.unlock(office.entityId, { actor: 'operator' });
    office.stores.clock.advance(8 * 86_400);
    expect(await answer(OWNER, request)).toBe('gone');
    expect(await held('lin')).toEqual([]);
  });

  it('once taken back is the end of it', async () => {
    const request = await asked('wang', 'administrator');
    expect(await answer(OWNER, request)).toBe('confirmed');
    const [{ id: mandateId } = { id: '' }] = await held('wang');
    const owner = await office.stores.personCalled(OWNER);
    expect((await endMandate(deps, owner, { mandateId, address })).ok).toBe(true);
    expect(await answer(OWNER, request)).toBe('gone');
    expect(await held('wang')).toEqual([]);
  });
});

describe('a code to the legal representative', () => {
  it('goes to him with who, what and until when; where there is nobody it takes the same steps', async () => {
    const request = await asked('wang', 'representative');
    const nobody = await asked('wang', 'representative', UNKNOWN);
    await codeFor(request);
    await codeFor(nobody);
    const [real, none] = sent;
    expect(real).toMatchObject({ purpose: 'confirm_handler', validSeconds: 1800 });
    expect(real?.values).toMatchObject({ who: '王演示', entity: entity.name, what: 'tax.file' });
    expect(real?.to).toBeDefined();
    expect(none?.to).toBeUndefined();
    expect(Object.keys(none ?? {})).toEqual(Object.keys(real ?? {}));
    const wrong = await prove('wang', nobody, none?.code ?? '');
    expect(wrong).toMatchObject({ ok: false, reason: 'code_wrong', triesLeft: 4 });
    expect(await held('wang')).toEqual([]);
  });

  it('grants once, however often and at once it is typed in, and only to who asked', async () => {
    const request = await asked('wang', 'representative');
    const code = await codeFor(request);
    expect(await prove('lin', request, code)).toBeUndefined();
    const tries = await Promise.all(Array.from({ length: 20 }, () => prove('wang', request, code)));
    expect(tries.filter((each) => each?.ok)).toHaveLength(1);
    const owner = await office.stores.personCalled(OWNER);
    expect(await held('wang')).toMatchObject([
      { proof: 'representative', grantedBy: owner.id, services: ['tax.file'] },
    ]);
    expect(await templates()).toContain('mandate_given');
  });

  it('is void after five tries, after half an hour, and when the representative has another phone', async () => {
    const request = await asked('wang', 'representative');
    const code = await codeFor(request);
    const wrong = code === '000000' ? '111111' : '000000';
    for (let at = 0; at < 5; at += 1) await prove('wang', request, wrong);
    expect(await prove('wang', request, code)).toMatchObject({ reason: 'tries_exhausted' });
    office.stores.clock.advance(61);
    const second = await codeFor(request);
    office.stores.clock.advance(1801);
    expect(await prove('wang', request, second)).toMatchObject({ reason: 'code_expired' });
    const third = await codeFor(request);
    const owner = await office.stores.personCalled(OWNER);
    const phone = owner.phone ?? '';
    const to = { channel: 'sms', address: '+8613700137000' } as const;
    await office.stores.accounts.changeContact(owner.id, to, { actor: owner.id });
    const now = await office.stores.personCalled(OWNER);
    const outcome = await prove('wang', request, third);
    expect(now.phone).not.toBe(phone);
    expect(outcome).toMatchObject({ ok: false, reason: 'code_wrong' });
    expect(await held('wang')).toEqual([]);
  });

  it('is for few things, so that the message can say all of them', async () => {
    const many = ['a', 'b', 'c', 'd', 'e', 'f'];
    const person = await office.stores.personCalled('wang');
    const given = {
      typed: typed('representative', { services: many }),
      ways: ['representative'] as const,
    };
    const wide = { ...choices, services: many };
    const outcome = await askToHandle(deps, person, { ...given, choices: wide, address });
    expect(outcome).toMatchObject({ errors: [{ key: 'mandates.request.problem.too_wide' }] });
  });
});

describe('the link that says no', () => {
  const stopWith = async (link: string) => {
    const token = links.readStop(link.split('/').at(-1) ?? '');
    return token !== undefined && stopRequest(deps, { token, address });
  };
  const stop = async ({ id }: HandlerRequest) =>
    stopWith(links.stopLink(id, (await office.stores.personCalled(OWNER)).id));

  it('ends a request before anybody has said yes, and what was granted upon it after', async () => {
    const request = await asked('wang', 'representative');
    const code = await codeFor(request);
    const forged = [links.stopLink(request.id, 'nobody'), request.id];
    for (const link of forged) expect(await stopWith(link)).toBe(false);
    expect(await stop(request)).toBe(true);
    expect(await prove('wang', request, code)).toBeUndefined();
    const again = await asked('wang', 'administrator');
    expect(await answer(OWNER, again)).toBe('confirmed');
    const both = await Promise.all([1, 2].map(() => stop(again)));
    expect(both.filter(Boolean)).toHaveLength(1);
    expect(await held('wang')).toEqual([]);
    expect(office.ended.at(-1)).toMatchObject({ reason: 'removed' });
  });
});
