// Intermediaries: what may not be sent, who decides, and whose number it is; races first.
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { testDatabase } from '../../test/support/database.ts';
import { named } from '../../test/support/entity-city.ts';
import { openQualificationCity } from '../../test/support/qualification-city.ts';
import type { QualificationCity } from '../../test/support/qualification-city.ts';
import { beginApplication, rewriteApplication } from './apply-qualification.ts';
import { endOverdue } from './qualification-expiry.ts';

vi.setConfig({ testTimeout: 60_000 });

const { uri } = testDatabase();
const REJECT = { verdict: 'reject', reason: 'evidence_unclear' } as const;
let city: QualificationCity;
let stores: QualificationCity['stores'];

beforeAll(async () => {
  city = await openQualificationCity(uri);
  ({ stores } = city);
});
afterAll(() => stores.close());
beforeEach(() => city.nextNumber());

describe('what may not be sent', () => {
  it('is without papers, by a stranger, or by somebody whose mandate ended meanwhile', async () => {
    const begun = await beginApplication(stores.deps, city.chen.entityId, {
      facts: city.factsOf(),
    });
    if (!begun.ok) throw new Error(begun.reason);
    const draft = begun.qualification;
    expect(await stores.send(draft, 'chen')).toMatchObject({
      reason: 'files_missing',
      slots: ['qualification_certificate', 'qualification_letter'],
    });
    const { id: linId } = await stores.personCalled('lin');
    await stores.addPapers(draft, linId);
    expect(await stores.send(draft, 'chen')).toMatchObject({ reason: 'files_missing' });
    await stores.addPapers(draft);
    expect(await stores.send(draft, 'lin')).toEqual({ ok: false, reason: 'changed_meanwhile' });
    const helper = (await stores.personCalled('ayinuer')).id;
    const { database } = stores.storage;
    const mandate = await database.transaction((session) =>
      stores.deps.mandates.grant(
        {
          entityId: city.chen.entityId,
          holderId: helper,
          role: 'administrator',
          grantedBy: 'test',
        },
        session,
      ),
    );
    await database.transaction((s) => stores.deps.mandates.end(mandate?.id ?? '', 'removed', s));
    expect(await stores.send(draft, 'ayinuer')).toMatchObject({ reason: 'changed_meanwhile' });
    expect(await database.collection('reviewCases').countDocuments()).toBe(0);
    expect(await stores.send(draft, 'chen')).toEqual({ ok: true });
    expect(await city.giveUp(draft)).toBe(true);
    expect(await stores.again(draft.id)).toMatchObject({ state: 'given_up' });
  });

  it('is a certificate whose term is over, and a second one of a kind under way', async () => {
    const over = await stores.drafted(
      city.chen.entityId,
      city.factsOf({ validUntil: city.day(-1) }),
    );
    expect(await stores.send(over, 'chen')).toEqual({ ok: false, reason: 'term_over' });
    const rewritten = await rewriteApplication(stores.deps, over, city.factsOf());
    expect(rewritten).toMatchObject({ ok: true, qualification: { id: over.id } });
    expect(await rewriteApplication(stores.deps, over, city.factsOf())).toMatchObject({
      ok: false,
    });
    expect(await stores.send(await stores.again(over.id), 'chen')).toEqual({ ok: true });
    const second = await beginApplication(stores.deps, city.chen.entityId, {
      facts: city.factsOf(),
    });
    expect(second).toEqual({ ok: false, reason: 'under_way', id: over.id });
    await city.giveUp(over);
  });

  it('fifty times at once is one case, and fifty forms make one draft', async () => {
    const { database } = stores.storage;
    const before = await database.collection('reviewCases').countDocuments();
    const begun = await Promise.all(
      Array.from({ length: 50 }, () =>
        beginApplication(stores.deps, city.chen.entityId, { facts: city.factsOf() }),
      ),
    );
    const ids = begun.flatMap((each) => (each.ok ? [each.qualification.id] : []));
    expect(new Set(ids).size).toBe(1);
    const open = await stores.deps.qualifications.openOf(city.chen.entityId, 'bookkeeping');
    if (!open) throw new Error('no draft');
    await stores.addPapers(open);
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => stores.send(open, 'chen')));
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await database.collection('reviewCases').countDocuments()).toBe(before + 1);
    await city.giveUp(open);
  });
});

describe('a decision', () => {
  it('is refused to who may act for the organisation, also since he voted', async () => {
    const numbered = await stores.reviewer('officer-chen', named('陈体验').number);
    const sent = await stores.sent(city.chen, city.factsOf());
    expect(await stores.vote(numbered, sent)).toMatchObject({ ok: false, reason: 'own_case' });
    const late = await stores.reviewer('officer-late', named('阿依努尔·示例').number);
    expect(await stores.vote(late, sent)).toMatchObject({ ok: true });
    const { id: holderId } = await stores.personCalled('ayinuer');
    const facts = { entityId: city.chen.entityId, holderId, grantedBy: 'test' } as const;
    const mandate = await stores.storage.database.transaction((session) =>
      stores.deps.mandates.grant({ ...facts, role: 'administrator' }, session),
    );
    await stores.carryOut();
    expect(await stores.cases.find(sent.caseId ?? '')).toMatchObject({
      state: 'pending',
      trouble: 'reviewer_involved',
    });
    expect(await city.heldIds(city.chen)).toEqual([]);
    await stores.storage.database.transaction((s) =>
      stores.deps.mandates.end(mandate?.id ?? '', 'removed', s),
    );
    await city.giveUp(sent);
  });

  it('without the word of the department makes nobody an intermediary', async () => {
    const sent = await stores.sent(city.chen, city.factsOf());
    const bare = { verdict: 'approve', reason: 'evidence_clear' } as const;
    expect(await stores.decide(city.one(), sent, bare)).toMatchObject({ state: 'sent' });
    const found = await stores.cases.find(sent.caseId ?? '');
    expect(found).toMatchObject({ state: 'pending', trouble: 'department_silent' });
    expect(await stores.decide(city.one(), sent, REJECT)).toMatchObject({ state: 'refused' });
    expect(await city.heldIds(city.chen)).toEqual([]);
  });

  it('and a withdrawal at once: one of them counts, and whole', async () => {
    for (let round = 0; round < 4; round += 1) {
      const sent = await stores.sent(city.chen, city.factsOf({ number: `RACE-${round}` }));
      await stores.vote(city.one(), sent);
      const [, isGivenUp] = await Promise.all([stores.carryOut(), city.giveUp(sent)]);
      const { state } = await stores.again(sent.id);
      expect(state).toBe(isGivenUp ? 'given_up' : 'active');
      expect((await city.heldIds(city.chen)).includes(sent.id)).toBe(!isGivenUp);
      const found = await stores.cases.find(sent.caseId ?? '');
      expect(found?.outcome).toBe(isGivenUp ? 'withdrawn' : 'approved');
    }
  });

  it('asked for more, goes back with other details and is approved with these', async () => {
    const sent = await stores.sent(city.lin, city.factsOf({ kind: 'patent' }));
    const ask = { verdict: 'ask', reason: 'correct_details', note: '编号有误' } as const;
    await stores.decide(city.one(), sent, ask);
    const number = `PATENT-${city.sequence}`;
    const asked = await stores.again(sent.id);
    const rewritten = await rewriteApplication(
      stores.deps,
      asked,
      city.factsOf({ kind: 'patent', number }),
    );
    if (!rewritten.ok) throw new Error(rewritten.reason);
    expect(await stores.send(rewritten.qualification, 'lin')).toEqual({ ok: true });
    const before = await city.messages();
    expect(await stores.decide(city.two(), sent)).toMatchObject({ state: 'active', number });
    expect(await city.messages()).toBeGreaterThan(before);
    expect(await stores.eventsOf(city.lin.entityId)).toEqual([
      'intermediaries.applied',
      'intermediaries.applied',
      'intermediaries.granted',
    ]);
    const account = await stores.accounts.findById(city.lin.entityId);
    expect(account?.subtype).toBe('individualBusiness');
    expect(account?.isIntermediaryAt(stores.clock.now())).toBe(true);
  });
});

describe('a number', () => {
  it('of two parallel approvals goes to one organisation', async () => {
    const facts = city.factsOf({ number: '  dljz(2026)9号 '.trim() });
    const other = city.factsOf({ number: 'DLJZ（2026）9号', authority: '示例市 财政局' });
    const [first, second] = [
      await stores.sent(city.chen, facts),
      await stores.sent(city.lin, other),
    ];
    // As if neither had been known when the other was sent.
    await stores.storage.database
      .collection('reviewCases')
      .updateMany({}, { $set: { approvals: 1 } });
    await stores.vote(city.one(), first);
    await stores.vote(city.two(), second);
    await Promise.all([stores.carryOut(), stores.carryOut()]);
    const states = [(await stores.again(first.id)).state, (await stores.again(second.id)).state];
    expect(states.toSorted()).toEqual(['active', 'sent']);
    const loser = states[0] === 'sent' ? first : second;
    const winner = loser === first ? second : first;
    const stuck = await stores.cases.find(loser.caseId ?? '');
    expect(stuck).toMatchObject({ approvals: 2, trouble: 'number_held' });
    expect(stuck?.involvedIds).toContain(winner.entityId);
    expect(await stores.eventsOf(winner.entityId)).toContain('intermediaries.claimed');
    await stores.decide(city.one(), loser);
    expect(await city.heldIds(winner)).toContain(winner.id);
    expect(await stores.decide(city.two(), loser)).toMatchObject({ state: 'active' });
    expect(await stores.again(winner.id)).toMatchObject({ endedFor: 'displaced' });
  });

  it('is never taken away by a claim; its holder is told, and two reviewers decide', async () => {
    const holder = await city.granted(city.chen);
    const before = await city.messages();
    const claim = await stores.sent(city.lin, city.factsOf());
    expect(await city.messages()).toBeGreaterThan(before);
    expect(await stores.eventsOf(city.chen.entityId)).toContain('intermediaries.claimed');
    const opened = await stores.cases.find(claim.caseId ?? '');
    expect(opened).toMatchObject({ approvals: 2 });
    expect(opened?.involvedIds).toContain(city.chen.entityId);
    // As if nobody had looked for a holder when it was sent.
    const kept = stores.storage.database.collection<{ _id: string }>('reviewCases');
    await kept.updateOne({ _id: claim.caseId ?? '' }, { $set: { approvals: 1 } });
    expect(await stores.decide(city.one(), claim)).toMatchObject({ state: 'sent' });
    expect(await stores.cases.find(claim.caseId ?? '')).toMatchObject({ approvals: 2 });
    await stores.decide(city.one(), claim);
    expect(await city.heldIds(city.chen)).toContain(holder.id);
    expect(await stores.decide(city.two(), claim)).toMatchObject({ state: 'active' });
    expect(await stores.again(holder.id)).toMatchObject({ state: 'ended', endedFor: 'displaced' });
    expect(await city.heldIds(city.chen)).not.toContain(holder.id);
    expect(await city.heldIds(city.lin)).toContain(claim.id);
  });

  it('taken away is so in each of its terms, however it is written', async () => {
    const former = await city.granted(city.chen, city.factsOf({ validUntil: city.day(5) }));
    const next = city.factsOf({ validFrom: city.day(6), validUntil: city.day(400) });
    const renewal = await stores.sent({ ...city.chen, renews: former.id }, next);
    expect(await stores.decide(city.two(), renewal)).toMatchObject({ state: 'active' });
    const claim = await stores.sent(city.lin, city.factsOf({ number: `DLJZ ${city.sequence}` }));
    await stores.decide(city.one(), claim);
    expect(await stores.decide(city.two(), claim)).toMatchObject({ state: 'active' });
    for (const { id } of [former, renewal]) {
      expect(await stores.again(id)).toMatchObject({ state: 'ended', endedFor: 'displaced' });
    }
    const held = await city.heldIds(city.chen);
    expect(held.includes(former.id) || held.includes(renewal.id)).toBe(false);
  });

  it('of a longer term stands, when a shorter one that was applied for anew is over', async () => {
    const long = await city.granted(city.chen);
    const short = await city.granted(city.chen, city.factsOf({ validUntil: city.day(2) }));
    expect(short.lineId).not.toBe(long.lineId);
    stores.clock.advance(3 * 86_400);
    await endOverdue(stores.deps);
    expect(await stores.again(short.id)).toMatchObject({ state: 'ended' });
    expect(await city.heldIds(city.chen)).toContain(long.id);
    const claim = await stores.sent(city.lin, city.factsOf());
    await stores.decide(city.one(), claim);
    expect(await stores.decide(city.two(), claim)).toMatchObject({ state: 'active' });
    expect(await stores.again(long.id)).toMatchObject({ state: 'ended', endedFor: 'displaced' });
  });
});
