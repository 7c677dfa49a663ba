// Handlers 经办人: what they are given, and everything that they are refused; limits in races; and the
// end of what rests on them.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migratedDatabase } from '../../test/support/migrated-database.ts';
import { choices, HandlerOffice } from '../../test/support/handler-office.ts';
import { named } from '../../test/support/entity-city.ts';
import { ADDRESS as address } from '../../test/support/entity-stores.ts';
import { actingFor, stillActing } from './acting.ts';
import { answerInvitation, invitationsTo } from './answer-invitation.ts';
import { inviteAdministrator, withdrawInvitation } from './appoint.ts';
import { changeableMandate, changeTerm } from './change-term.ts';
import { endMandate } from './end-own.ts';
import { expireMandates } from './expire-mandates.ts';
import type { Mandate } from './mandate.ts';
import { daysAfter } from './mandate-terms.ts';

const DAY_SECONDS = 86_400;
const { uri } = migratedDatabase();
let office: HandlerOffice;
let stores: HandlerOffice['stores'];
let deps: HandlerOffice['deps'];
let entityId: string;

beforeAll(async () => {
  office = await HandlerOffice.open(uri);
  ({ stores, deps, entityId } = office);
});
afterAll(() => office.close());

const typed: HandlerOffice['typed'] = (...of) => office.typed(...of);
const offer: HandlerOffice['offer'] = (...of) => office.offer(...of);
const answer: HandlerOffice['answer'] = (...of) => office.answer(...of);
const appointed: HandlerOffice['appointed'] = (...of) => office.appointed(...of);
const refusals: HandlerOffice['refusals'] = (...of) => office.refusals(...of);
const records = (type: string) =>
  stores.storage.database.collection('auditRecords').countDocuments({ type });

describe('what a handler is given', () => {
  it('counts for these services, at all systems, until the end of the last day', async () => {
    const mandate = await appointed('wang', typed('王演示'));
    expect(mandate).toMatchObject({
      role: 'handler',
      services: ['tax.file'],
      proof: 'administrator',
    });
    expect(mandate.clients).toBeUndefined();
    const last = office.day(10);
    expect(mandate.expiresAt?.toISOString()).toBe(`${last}T16:00:00.000Z`);
    expect(office.events.at(-1)).toMatchObject({ type: 'granted', mandate: { id: mandate.id } });
    const personId = mandate.holderId;
    const use = { clientId: 'hall', services: ['tax.file', 'other'] };
    const acting = await actingFor(deps, { personId, entityId }, use);
    expect(acting).toMatchObject({ ok: true, identity: { services: ['tax.file'] } });
    const beyond = { clientId: 'hall', services: ['social.enrol'] };
    const refused = await actingFor(deps, { personId, entityId }, beyond);
    expect(refused).toEqual({ ok: false, reason: 'service_missing' });
  });

  it('is several things side by side, and the same anew takes the place of the former', async () => {
    const other = await appointed('wang', typed('王演示', { services: ['social.enrol'] }));
    const until = office.day(20);
    const longer = await appointed('wang', typed('王演示', { services: ['social.enrol'], until }));
    const held = await deps.mandates.ofHolder(other.holderId);
    expect(held.map(({ id }) => id)).toContain(longer.id);
    expect(held).toHaveLength(2);
    expect(await deps.mandateRecords.find(other.id)).toMatchObject({ endedFor: 'replaced' });
    expect(office.ended.at(-1)).toEqual({ ids: [other.id], reason: 'replaced' });
  });

  it('begins on its first day and not before', async () => {
    const from = office.day(2);
    const form = typed('林新办', { from });
    expect(await offer('ayinuer', form)).toEqual({ ok: true });
    expect(await answer('lin')).toBe('accepted');
    const { id: personId } = await stores.personCalled('lin');
    const use = { clientId: 'hall', services: ['tax.file'] };
    expect(await actingFor(deps, { personId, entityId }, use)).toMatchObject({ ok: false });
    stores.clock.advance(2 * DAY_SECONDS);
    expect(await actingFor(deps, { personId, entityId }, use)).toMatchObject({ ok: true });
  });

  it('was declined: both sides can read it, and nobody can take it any more', async () => {
    expect(await offer('ayinuer', typed('何长者'))).toEqual({ ok: true });
    expect(await answer('hezhang', false)).toBe('declined');
    expect(await answer('hezhang')).toBe('gone');
    const [closed] = await deps.invitations.closed({ entityId }, 5);
    expect(closed).toMatchObject({ outcome: 'declined', invitee: { name: '何长者' } });
    expect(await records('mandates.declined')).toBe(1);
  });

  it('was taken back by who offered it, which is on record as that', async () => {
    expect(await offer('ayinuer', typed('何长者'))).toEqual({ ok: true });
    const [offered] = await deps.invitations.open({ entityId });
    const invitationId = offered?.id ?? '';
    const owner = await stores.personCalled('ayinuer');
    expect(await withdrawInvitation(deps, owner, { invitationId, address })).toBe(true);
    expect(await withdrawInvitation(deps, owner, { invitationId, address })).toBe(false);
    expect([await records('mandates.withdrawn'), await records('mandates.declined')]).toEqual([
      1, 1,
    ]);
    expect(await answer('hezhang')).toBe('gone');
  });
});

describe('refused and recorded', () => {
  it('is to accept what was offered to somebody else', async () => {
    expect(await offer('ayinuer', typed('何长者'))).toEqual({ ok: true });
    const [theirs] = await invitationsTo(deps, await stores.personCalled('hezhang'));
    const invitationId = theirs?.invitation.id ?? '';
    const before = await refusals('not_named');
    const chen = await stores.personCalled('chen');
    const given = { invitationId, isAccepted: true, address };
    expect(await answerInvitation(deps, chen, given)).toBe('gone');
    expect(await refusals('not_named')).toBe(before + 1);
    expect(await deps.mandates.ofHolder(chen.id)).toEqual([]);
    expect(await answer('hezhang')).toBe('accepted');
  });

  it('is to appoint without the right, and to change one’s own term', async () => {
    const before = [await refusals('not_entitled'), await refusals('own_mandate')];
    expect(await offer('hezhang', typed('陈体验'))).toBe('not_entitled');
    const holder = await stores.personCalled('hezhang');
    const [own] = await deps.mandates.ofHolder(holder.id);
    const of = { mandateId: own?.id ?? '', address };
    expect(await changeableMandate(deps, holder, of)).toBeUndefined();
    const stranger = await stores.personCalled('wang');
    expect(await endMandate(deps, stranger, of)).toMatchObject({ ok: false });
    expect(await refusals('own_mandate')).toBe((before[1] ?? 0) + 1);
    expect(await refusals('not_entitled')).toBe((before[0] ?? 0) + 2);
    expect(await deps.mandates.ofHolder(holder.id)).toEqual([own]);
  });

  it('is to pass on more, longer, or further than what one has', async () => {
    await office.endAll();
    const parent = await appointed('wang', typed('王演示', { maySubdelegate: true }));
    const wider = typed('林新办', { services: ['social.enrol'] });
    const all = typed('林新办', { serviceScope: 'all' });
    const own = { ...choices, services: ['tax.file'], parent, maySubdelegate: false };
    const before = [
      await refusals('beyond_scope'),
      await refusals('beyond_term'),
      await refusals('beyond_depth'),
    ];
    for (const form of [wider, all]) {
      expect(await offer('wang', form, { parent, choices: own })).toMatchObject({ ok: false });
    }
    const until = office.day(30);
    const longer = typed('林新办', { until });
    expect(await offer('wang', longer, { parent, choices: own })).toMatchObject({ ok: false });
    const further = typed('林新办', { maySubdelegate: true });
    expect(await offer('wang', further, { parent, choices: own })).toMatchObject({ ok: false });
    const child = await appointed('lin', typed('林新办'), parent);
    expect(child).toMatchObject({ parentId: parent.id, services: ['tax.file'] });
    expect(await offer('lin', typed('陈体验'), { parent: child })).toBe('not_entitled');
    expect(await refusals('beyond_scope')).toBe((before[0] ?? 0) + 2);
    expect(await refusals('beyond_term')).toBe((before[1] ?? 0) + 1);
    expect(await refusals('beyond_depth')).toBe((before[2] ?? 0) + 1);
  });

  it('is to use for a second time what is for one use, in any number of requests', async () => {
    const once = await appointed('zhao', typed('赵样本', { isSingleUse: true, until: '' }));
    const [expiresAt, since] = [once.expiresAt?.getTime() ?? 0, once.since.getTime()];
    expect(expiresAt - since).toBe(DAY_SECONDS * 1000);
    const tries = Array.from({ length: 50 }, (_, at) => deps.mandates.use(once.id, `grant-${at}`));
    const taken = (await Promise.all(tries)).filter(Boolean);
    expect(taken).toHaveLength(1);
    const used = office.events.filter(
      ({ type, mandate }) => type === 'used' && mandate.id === once.id,
    );
    expect(used).toHaveLength(1);
    const reference = { personId: once.holderId, entityId, mandateIds: [once.id] };
    const use = { clientId: 'hall', services: ['tax.file'] };
    const usedFor = used[0]?.mandate.usedFor ?? '';
    expect(await stillActing(deps, reference, { use, usedFor })).toMatchObject({ ok: true });
    const another = await stillActing(deps, reference, { use, usedFor: 'another' });
    expect(another).toEqual({ ok: false, reason: 'mandate_used' });
  });
});

describe('limits in races', () => {
  it('never lets there be more administrators than may be', async () => {
    const limited = { ...deps, mandateLimits: { ...deps.mandateLimits, administrators: 2 } };
    const owner = await stores.personCalled('ayinuer');
    const four = ['王演示', '何长者', '陈体验', '赵样本'];
    for (const name of four) {
      const given = { entityId, typed: named(name), address };
      expect(await inviteAdministrator(limited, owner, given)).toEqual({ ok: true });
    }
    const logins = ['wang', 'hezhang', 'chen', 'zhao'];
    const answers = await Promise.all(logins.map((login) => answer(login, true, limited)));
    expect(answers.toSorted()).toEqual([
      'accepted',
      'accepted',
      'administrators_full',
      'administrators_full',
    ]);
    const leaders = await deps.mandates.leaders(entityId);
    expect(leaders.filter(({ role }) => role === 'administrator')).toHaveLength(2);
    const given = { entityId, typed: named('林新办'), address };
    const refused = await inviteAdministrator(limited, owner, given);
    expect(refused).toMatchObject({ ok: false });
  });
});

describe('the end', () => {
  let parent: Mandate;
  let child: Mandate;

  beforeAll(async () => {
    await office.endAll();
    parent = await appointed('wang', typed('王演示', { maySubdelegate: true }));
    child = await appointed('lin', typed('林新办'), parent);
  });

  it('comes earlier when the term is made shorter, also for what was passed on', async () => {
    const owner = await stores.personCalled('ayinuer');
    const changeable = await changeableMandate(deps, owner, { mandateId: parent.id, address });
    if (!changeable) throw new Error('not changeable');
    const until = office.day(5);
    const of = { changeable, until, address };
    const answers = await Promise.all([1, 2].map(() => changeTerm(deps, owner, of)));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    const both = [parent, child].map(({ id }) => deps.mandates.find(id));
    const [now, passedOn] = await Promise.all(both);
    expect(now?.expiresAt?.toISOString()).toBe(`${until}T16:00:00.000Z`);
    expect(passedOn?.expiresAt).toEqual(now?.expiresAt);
    const changes = stores.storage.database.collection('auditRecords');
    const { entityId: subject, holderId } = parent;
    const details = { mandate: parent.id, person: holderId, until: now?.expiresAt?.toISOString() };
    const record = await changes.findOne({
      type: 'mandates.changed',
      'details.mandate': parent.id,
    });
    expect(record).toMatchObject({ actor: owner.id, subject, address, result: 'done', details });
    const tooLong = { ...of, until: daysAfter(until, 400) };
    const refused = await changeTerm(deps, owner, tooLong);
    expect(refused).toMatchObject({ ok: false, error: { key: 'mandates.form.until_late' } });
  });

  it('is told a few times a day, however often it is changed to and fro', async () => {
    const owner = await stores.personCalled('ayinuer');
    const notices = stores.storage.database.collection('messageOutbox');
    const change = async (days: number) => {
      const changeable = await changeableMandate(deps, owner, { mandateId: parent.id, address });
      if (!changeable) throw new Error('not changeable');
      return changeTerm(deps, owner, { changeable, until: office.day(days), address });
    };
    const told: number[] = [];
    for (const days of [7, 6, 7, 6, 7, 6, 7, 5]) {
      expect(await change(days)).toEqual({ ok: true });
      told.push(await notices.countDocuments({ reason: 'mandate_changed' }));
    }
    expect(told[1]).toBeGreaterThan(told[0] ?? 0);
    expect(told.at(-1)).toBe(told.at(-3));
  });

  it('is not that of a locked holder’s mandate, which rests, with all that was given on it', async () => {
    const reference = { personId: child.holderId, entityId, mandateIds: [child.id] };
    const use = { clientId: 'hall', services: ['tax.file'] };
    expect(await stillActing(deps, reference, { use })).toMatchObject({ ok: true });
    await stores.accounts.lock(parent.holderId, { actor: 'operator' });
    const locked = await stillActing(deps, reference, { use });
    expect(locked).toEqual({ ok: false, reason: 'holder_unavailable' });
    await stores.accounts.unlock(parent.holderId, { actor: 'operator' });
    expect(await stillActing(deps, reference, { use })).toMatchObject({ ok: true });
  });

  it('comes by date once, whichever process sees it, and takes along what was passed on', async () => {
    stores.clock.advance(6 * DAY_SECONDS);
    office.ended.length = 0;
    const before = office.events.length;
    await Promise.all([expireMandates(deps), expireMandates(deps)]);
    const over = office.events.slice(before).filter(({ type }) => type === 'ended');
    expect(over.map(({ mandate }) => mandate.id).toSorted()).toEqual(
      [parent.id, child.id].toSorted(),
    );
    expect(office.ended.flatMap(({ ids }) => ids).toSorted()).toEqual(
      [parent.id, child.id].toSorted(),
    );
    expect(await deps.mandateRecords.find(parent.id)).toMatchObject({ endedFor: 'expired' });
  });

  it('is announced before, once, to both', async () => {
    const until = office.day(12);
    await appointed('zhao', typed('赵样本', { until }));
    const told: string[] = [];
    const notices = {
      mandateChanged: (of: { template: string }) => notices.mandatesChanged([of]),
      mandatesChanged: (all: readonly { template: string }[]) => {
        told.push(...all.map(({ template }) => template));
        return Promise.resolve(() => undefined);
      },
    };
    await expireMandates({ ...deps, notices });
    expect(told).toEqual([]);
    stores.clock.advance(6 * DAY_SECONDS);
    await Promise.all([1, 2].map(() => expireMandates({ ...deps, notices })));
    expect(told.toSorted()).toEqual(['mandate_ending', 'mandate_ending_granter']);
  });
});
