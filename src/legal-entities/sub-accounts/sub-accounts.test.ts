// Sub-accounts on real stores: who makes and closes them, what they are called, whom they let act, and
// that they fall, rest and are renamed with the organisation above them.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migratedDatabase } from '../../../test/support/migrated-database.ts';
import { ADDRESS as address } from '../../../test/support/entity-stores.ts';
import { choices, HandlerOffice } from '../../../test/support/handler-office.ts';
import { named } from '../../../test/support/entity-city.ts';
import { actingFor } from '../../mandates/acting.ts';
import { answerInvitation, invitationsTo } from '../../mandates/answer-invitation.ts';
import { appointerOf, inviteAdministrator, inviteHandler } from '../../mandates/appoint.ts';
import { endAllOfEntity } from '../../mandates/end-mandates.ts';
import { endMandate } from '../../mandates/end-own.ts';
import { renameEntity } from '../changes/carry-out.ts';
import { closeSubAccount } from './close-sub-account.ts';
import { makeSubAccount } from './make-sub-account.ts';
import { isSameOwnName, ownNameOf, readOwnName } from './sub-account-name.ts';

const { uri } = migratedDatabase();
const USE = { clientId: 'hall', services: ['tax.file'] };
const COMPANY = '阿依努尔·示例';
let office: HandlerOffice;
let deps: HandlerOffice['deps'];

beforeAll(async () => {
  office = await HandlerOffice.open(uri);
  ({ deps } = office);
});
afterAll(() => office.close());

async function make(
  login: string,
  typed: string,
  { entityId = office.entityId, limits = deps.mandateLimits } = {},
) {
  const person = await office.stores.personCalled(login);
  return makeSubAccount({ ...deps, mandateLimits: limits }, { person, entityId, typed, address });
}

async function made(typed: string): Promise<string> {
  const outcome = await make('ayinuer', typed);
  if (!outcome.ok) throw new Error(JSON.stringify(outcome));
  return outcome.id;
}

async function close(login: string, id: string) {
  return closeSubAccount(deps, { person: await office.stores.personCalled(login), id, address });
}

async function accept(login: string) {
  const person = await office.stores.personCalled(login);
  const [offer] = await invitationsTo(deps, person);
  const invitationId = offer?.invitation.id ?? '';
  return answerInvitation(deps, person, { invitationId, isAccepted: true, address });
}

/** By whom of the organisation, or of the sub-account. */
async function appoint(by: string, entityId: string, [login, name]: readonly [string, string]) {
  const person = await office.stores.personCalled(by);
  const appointer = await appointerOf(deps, person, { entityId, address });
  if (!appointer) return 'not_entitled';
  const typed = office.typed(name);
  const given = { entity: { id: entityId, uscc: undefined }, by: appointer.by, typed, address };
  expect(await inviteHandler(deps, person, { ...given, choices })).toMatchObject({ ok: true });
  return accept(login);
}

async function acting(login: string, entityId: string) {
  const { id: personId } = await office.stores.personCalled(login);
  return actingFor(deps, { personId, entityId }, USE);
}

const stateOf = async (id: string) => (await deps.accounts.findById(id))?.state;

describe('the name of a sub-account', () => {
  it.each([
    '',
    '  ',
    '·财务部',
    '财务·部',
    '\u202E部务财',
    '部\u0000',
    '財'.repeat(51),
    '<b>x</b>',
    '账户异常 请速登 evil.example',
    '账户异常 请速登 evil．ｅｘample',
    '客服（010）1234-5678',
    '客服 1 0 0 8 6',
  ])('is not %j', (typed) => {
    expect(readOwnName(typed, '某公司')).toMatchObject({ ok: false });
  });

  it('stands after that of the organisation, whatever signs that one has', () => {
    expect(readOwnName('  财务  部 ', COMPANY)).toEqual({ ok: true, ownName: '财务 部' });
    for (const ownName of [
      '第12分店',
      '2026年项目部（3期）',
      'R.D中心',
      '1号楼、2号楼、3号楼、4号楼、5号楼',
    ]) {
      expect(readOwnName(ownName, COMPANY)).toEqual({ ok: true, ownName });
    }
    expect(ownNameOf(`${COMPANY}·财务 部`)).toBe('财务 部');
    expect(isSameOwnName('财务 部', '财务部')).toBe(true);
    expect(readOwnName('财务部', '长'.repeat(198))).toMatchObject({ ok: false });
  });
});

describe('making one', () => {
  it('is not for a stranger, a handler, one of its own, or a branch of a branch', async () => {
    await office.appointed('chen', office.typed('陈体验'));
    const before = await office.refusals('not_entitled');
    expect(await make('wang', '财务部')).toEqual({ ok: false, reason: 'not_entitled' });
    expect(await office.refusals('not_entitled')).toBe(before);
    expect(await make('chen', '财务部')).toEqual({ ok: false, reason: 'not_entitled' });
    expect(await office.refusals('not_entitled')).toBe(before + 1);
    const sub = await made('一部');
    expect(await make('ayinuer', '二部', { entityId: sub })).toEqual({
      ok: false,
      reason: 'not_entitled',
    });
    expect(await make('ayinuer', '二部', { entityId: 'nothing' })).toEqual({
      ok: false,
      reason: 'not_entitled',
    });
    await office.endAll();
    expect(await close('ayinuer', sub)).toBe('closed');
  });

  it('gives each name once and passes no limit, however many ask at once', async () => {
    const same = await Promise.all(Array.from({ length: 8 }, () => make('ayinuer', '财务部')));
    expect(same.filter(({ ok }) => ok)).toHaveLength(1);
    expect(same).toContainEqual({ ok: false, problem: 'sub-account.problem.taken' });
    const limits = { ...deps.mandateLimits, subAccounts: 3 };
    const names = ['甲', '乙', '丙', '丁', '戊', '己'];
    const more = await Promise.all(names.map((name) => make('ayinuer', name, { limits })));
    expect(more.filter(({ ok }) => ok)).toHaveLength(2);
    expect(more).toContainEqual({ ok: false, problem: 'sub-account.problem.full' });
    const all = await deps.accounts.subAccounts.of(office.entityId);
    expect(all).toHaveLength(3);
    for (const { id, uscc } of all) {
      expect(uscc).toBeUndefined();
      expect(await close('ayinuer', id)).toBe('closed');
    }
    expect(await deps.accounts.subAccounts.of(office.entityId)).toEqual([]);
  });
});

describe('who leads the organisation', () => {
  it('is told ten times a day, so that his telephone is left for codes and for other notices', async () => {
    office.stores.clock.advance(90_000);
    const outbox = office.stores.storage.database.collection('messageOutbox');
    const told = (change: string) => outbox.countDocuments({ reason: `sub_account_${change}` });
    const before = { made: await told('made'), closed: await told('closed') };
    const first = await made('一部');
    const each = (await told('made')) - before.made;
    expect(each).toBeGreaterThan(0);
    // What comes to nothing takes nothing of it.
    for (let time = 0; time < 10; time += 1) await make('ayinuer', '一部');
    const ids = [first];
    for (let number = 2; number <= 12; number += 1) ids.push(await made(`第${number}分店`));
    for (const id of ids) expect(await close('ayinuer', id)).toBe('closed');
    expect((await told('made')) - before.made).toBe(10 * each);
    expect((await told('closed')) - before.closed).toBe(10 * each);
  });
});

describe('who acts for one', () => {
  it('is appointed by who leads the organisation, or by its own administrator, and nobody else', async () => {
    const [south, north] = [await made('城南分公司'), await made('城北分公司')];
    expect(await appoint('ayinuer', south, ['chen', '陈体验'])).toBe('accepted');
    expect(await acting('chen', south)).toMatchObject({
      ok: true,
      identity: { role: 'handler', entity: { realNameLevel: 3, parent: { id: office.entityId } } },
    });
    // Neither for the organisation, nor for the other branch; nor does who leads it act for a branch.
    expect(await acting('chen', office.entityId)).toMatchObject({ ok: false });
    expect(await acting('chen', north)).toMatchObject({ ok: false });
    expect(await acting('ayinuer', south)).toMatchObject({ ok: false });
    const owner = await office.stores.personCalled('ayinuer');
    const invitation = { entityId: south, typed: named('王演示'), address };
    expect(await inviteAdministrator(deps, owner, invitation)).toEqual({ ok: true });
    expect(await accept('wang')).toBe('accepted');
    expect(await appoint('wang', south, ['lin', '林新办'])).toBe('accepted');
    for (const entityId of [north, office.entityId]) {
      expect(await appoint('wang', entityId, ['zhao', '赵样本'])).toBe('not_entitled');
    }
    expect(await appoint('chen', south, ['zhao', '赵样本'])).toBe('not_entitled');
    const [administrator] = await deps.mandates.leaders(south);
    const mandateId = administrator?.id ?? '';
    const lin = await office.stores.personCalled('lin');
    expect(await endMandate(deps, lin, { mandateId, address })).toMatchObject({ ok: false });
    expect(await endMandate(deps, owner, { mandateId, address })).toMatchObject({ ok: true });
    for (const id of [south, north]) expect(await close('ayinuer', id)).toBe('closed');
    expect(await acting('lin', south)).toMatchObject({ ok: false });
  });

  it('loses it as it is closed, which nobody of the sub-account can do', async () => {
    const sub = await made('财务部');
    await appoint('ayinuer', sub, ['chen', '陈体验']);
    expect([await close('chen', sub), await close('wang', sub)]).toEqual(['gone', 'gone']);
    office.ended.length = 0;
    const both = await Promise.all([close('ayinuer', sub), close('ayinuer', sub)]);
    expect(both.toSorted()).toEqual(['closed', 'gone']);
    const { database } = office.stores.storage;
    const records = database.collection('auditRecords');
    const of = { type: 'entities.sub_account_closed', 'details.account': sub };
    expect(await records.countDocuments(of)).toBe(1);
    const chen = await office.stores.personCalled('chen');
    const end = { type: 'mandates.ended', subject: sub, 'details.person': chen.id };
    expect(await records.findOne(end)).toMatchObject({ reason: 'entity_closed' });
    expect(await close('ayinuer', office.entityId)).toBe('gone');
  });
});

describe('the organisation above', () => {
  it('is locked: nobody acts, appoints or makes, until it is opened', async () => {
    const sub = await made('财务部');
    await appoint('ayinuer', sub, ['chen', '陈体验']);
    const by = { actor: 'operator' };
    await deps.accounts.lock(office.entityId, by);
    expect(await acting('chen', sub)).toEqual({ ok: false, reason: 'entity_unavailable' });
    expect(await make('ayinuer', '二部')).toEqual({ ok: false, reason: 'not_entitled' });
    expect(await close('ayinuer', sub)).toBe('gone');
    await deps.accounts.unlock(office.entityId, by);
    expect(await acting('chen', sub)).toMatchObject({ ok: true });
    expect(await close('ayinuer', sub)).toBe('closed');
  });

  it('has another name: so has each of them', async () => {
    const sub = await made('财务部');
    const parent = await deps.accounts.findById(office.entityId);
    if (!parent) throw new Error('no organisation');
    await renameEntity(deps, parent, { name: '新名（演示）有限公司', noticed: undefined });
    expect((await deps.accounts.findById(sub))?.name).toBe('新名（演示）有限公司·财务部');
    const now = await deps.accounts.findById(office.entityId);
    if (now) await renameEntity(deps, now, { name: parent.name ?? '', noticed: undefined });
    expect(await close('ayinuer', sub)).toBe('closed');
  });

  it('has another representative: all power ends, below it too, and they stay', async () => {
    const sub = await made('财务部');
    await appoint('ayinuer', sub, ['chen', '陈体验']);
    const reason = 'representative_changed' as const;
    await office.stores.storage.database
      .transaction((session) =>
        endAllOfEntity(deps, office.entityId, { entityName: '', reason, actor: 'system', session }),
      )
      .then((tell) => tell());
    expect(await acting('chen', sub)).toEqual({ ok: false, reason: 'mandate_missing' });
    expect(await stateOf(sub)).toBe('active');
  });

  it('has no verified identity any more: they close with it, and everybody reads why', async () => {
    const [sub] = await deps.accounts.subAccounts.of(office.entityId);
    const origin = { source: 'register:legalEntities', grade: 'A' } as const;
    await deps.accounts.setRealNameLevel(
      office.entityId,
      { level: 1, origin },
      { actor: 'system', reason: 'entity_cancelled' },
    );
    expect(await stateOf(sub?.id ?? '')).toBe('closed');
    const { database } = office.stores.storage;
    const closed = { type: 'accounts.closed', subject: sub?.id ?? '' };
    expect(await database.collection('auditRecords').findOne(closed)).toMatchObject({
      reason: 'entity_parent_ended',
    });
  });
});
