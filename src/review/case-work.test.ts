// Who may do what with a review case, races for it, and what the applicant sees of it.
import { describe, expect, it, vi } from 'vitest';
import {
  APPROVE,
  ASK,
  REJECT,
  SETTINGS,
  addAccount,
  addReviewer,
  decided,
  openCase,
  refusals,
  reviewCity,
  within,
} from '../../test/support/review-city.ts';
import { carryOutDue } from './carry-out.ts';
import { REVIEW_CASES, sealedReviewCases } from './review-case-document.ts';
import type { ReviewKind } from './review-case.ts';

vi.setConfig({ testTimeout: 60_000 });

const city = reviewCity();
const address = '192.0.2.7';

describe('refused, and recorded, is', () => {
  it('a decision without a claim, after its lock has expired, or over another’s claim', async () => {
    const [one, two] = [await addReviewer(city), await addReviewer(city)];
    const id = await openCase(city);
    expect(await city.caseWork.decide(id, one, APPROVE)).toEqual({
      ok: false,
      reason: 'not_claimed',
    });
    await city.caseWork.claim(id, one);
    expect(await city.caseWork.decide(id, two, APPROVE)).toMatchObject({
      reason: 'claimed_by_other',
    });
    city.clock.advance(SETTINGS.claimSeconds);
    expect(await city.caseWork.decide(id, one, APPROVE)).toMatchObject({ reason: 'claim_expired' });
    expect(await city.caseWork.claim(id, two)).toMatchObject({ ok: true });
    expect(await refusals(city, one.id)).toEqual(['decide: claim_expired', 'decide: not_claimed']);
    expect(await refusals(city, two.id)).toEqual(['decide: claimed_by_other']);
  });

  it('whoever is no reviewer', async () => {
    const id = await openCase(city);
    const by = { id: await addAccount(city), address };
    expect(await city.caseWork.claim(id, by)).toEqual({ ok: false, reason: 'not_reviewer' });
    expect(await refusals(city, by.id)).toEqual(['claim: not_reviewer']);
  });

  it('a case of one’s own: as applicant, as involved, by the same verified certificate', async () => {
    const number = '440000198209090069';
    const by = await addReviewer(city, number);
    const cases = [
      await openCase(city, { applicantId: by.id }),
      await openCase(city, { involvedIds: [by.id] }),
      await openCase(city, { applicantId: await addAccount(city, { number, level: 2 }) }),
    ];
    for (const id of cases) {
      expect(await city.caseWork.claim(id, by)).toEqual({ ok: false, reason: 'own_case' });
    }
    expect(await refusals(city, by.id)).toHaveLength(cases.length);
  });

  it('an approval by whom somebody claims to be; who is only typed away may still say no', async () => {
    const number = '440000198209090085';
    const by = await addReviewer(city, number);
    const typed = await openCase(city, { claimed: { certificateNumber: number } });
    const account = await openCase(city, { applicantId: await addAccount(city, { number }) });
    for (const id of [typed, account]) {
      expect(await decided(city, id, { by })).toEqual({ ok: false, reason: 'own_case' });
      expect(await city.caseWork.decide(id, by, REJECT)).toMatchObject({ ok: true });
    }
  });

  it('a decision, the second approval too, by who has not opened the case', async () => {
    const [one, two] = [await addReviewer(city), await addReviewer(city)];
    const id = await openCase(city, { approvals: 2 });
    city.unread.add(one.id).add(two.id);
    expect(await decided(city, id, { by: one })).toEqual({ ok: false, reason: 'not_read' });
    city.unread.delete(one.id);
    expect(await city.caseWork.decide(id, one, APPROVE)).toMatchObject({ ok: true });
    expect(await decided(city, id, { by: two })).toEqual({ ok: false, reason: 'not_read' });
    expect(await refusals(city, two.id)).toEqual(['decide: not_read']);
    expect(await city.cases.find(id)).toMatchObject({ state: 'pending', votes: [{ by: one.id }] });
  });

  it('an approval by who has not looked at the pictures; a refusal needs no look', async () => {
    const by = await addReviewer(city);
    const id = await openCase(city, { fileIds: ['front'] });
    city.unseen.add(by.id);
    expect(await decided(city, id, { by })).toEqual({ ok: false, reason: 'files_unseen' });
    expect(await refusals(city, by.id)).toEqual(['decide: files_unseen']);
    city.unseen.delete(by.id);
    expect(await city.caseWork.decide(id, by, APPROVE)).toMatchObject({ ok: true });
    const other = await openCase(city, { fileIds: ['back'] });
    city.unseen.add(by.id);
    expect(await city.caseWork.claim(other, by)).toMatchObject({ ok: true });
    expect(await city.caseWork.decide(other, by, REJECT)).toMatchObject({ ok: true });
  });

  it('one reviewer for both approvals', async () => {
    const [one, two] = [await addReviewer(city), await addReviewer(city)];
    const id = await openCase(city, { kind: 'merge', approvals: 1 });
    const first = await decided(city, id, { by: one });
    expect(first).toMatchObject({ reviewCase: { state: 'pending', approvals: 2 } });
    expect(await city.caseWork.claim(id, one)).toEqual({ ok: false, reason: 'voted_already' });
    expect(await refusals(city, one.id)).toEqual(['claim: voted_already']);
    expect(await decided(city, id, { by: two })).toMatchObject({
      reviewCase: { state: 'decided' },
    });
  });

  it('an unknown case, and one that is decided', async () => {
    const [one, two] = [await addReviewer(city), await addReviewer(city)];
    const id = await openCase(city);
    expect(await city.caseWork.claim('000000000000', one)).toMatchObject({
      reason: 'case_unknown',
    });
    await decided(city, id, { by: one, input: REJECT });
    expect(await city.caseWork.claim(id, two)).toMatchObject({ reason: 'not_open' });
    expect(await city.caseWork.undo(id, two)).toMatchObject({ reason: 'not_decided_by_you' });
  });
});

describe('of many at once', () => {
  it('50 reviewers who claim a case one gets it', async () => {
    const id = await openCase(city);
    const reviewers = await Promise.all(Array.from({ length: 50 }, () => addReviewer(city)));
    const outcomes = await Promise.all(reviewers.map((by) => city.caseWork.claim(id, by)));
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    expect(outcomes.flatMap((each) => (each.ok ? [] : [each.reason]))).toEqual(
      Array.from({ length: 49 }, () => 'claimed_by_other'),
    );
  });

  it('20 openings of one matter there is one case, and another once that is closed', async () => {
    const by = await addReviewer(city);
    const applicantId = await addAccount(city);
    const same = { applicantId, uniqueKey: `natural_person:${applicantId}` };
    const ids = await Promise.all(Array.from({ length: 20 }, () => openCase(city, same)));
    const [id = ''] = new Set(ids);
    expect(new Set(ids).size).toBe(1);
    await decided(city, id, { by: by, input: REJECT });
    expect(await openCase(city, same)).toBe(id);
    city.clock.advance(SETTINGS.undoSeconds);
    await carryOutDue(city.carryOut);
    expect(await openCase(city, same)).not.toBe(id);
  });
});

describe('the applicant', () => {
  it('learns what is missing, supplies it once, and only for a case of their own', async () => {
    const by = await addReviewer(city);
    const applicantId = await addAccount(city);
    const id = await openCase(city, { applicantId, fileIds: ['one'] });
    const given = { fileIds: ['two'], claimed: { remark: '已重拍' } };
    const supply = (who: string) =>
      within(city, (session) => city.desk.supply(id, { by: who, ...given }, session));
    expect(await supply(applicantId)).toEqual({ ok: false, reason: 'not_asked' });
    await decided(city, id, { by: by, input: ASK });
    expect(await city.desk.statusOf(applicantId)).toMatchObject([
      { state: 'waiting', reason: undefined, note: undefined },
    ]);
    city.clock.advance(SETTINGS.undoSeconds);
    await carryOutDue(city.carryOut);
    expect(city.carried).toEqual([]);
    expect(city.told).toEqual([`ask ${applicantId}`]);
    expect(await city.desk.statusOf(applicantId)).toMatchObject([
      { id, state: 'more_needed', reason: 'file_unreadable', note: ASK.note },
    ]);
    expect(await supply(await addAccount(city))).toEqual({ ok: false, reason: 'case_unknown' });
    expect(await city.caseWork.claim(id, by)).toMatchObject({ ok: true });
    expect(await supply(applicantId)).toEqual({ ok: true });
    // Read before it was supplied: what is new has been seen by nobody.
    expect(await city.caseWork.decide(id, by, APPROVE)).toMatchObject({ reason: 'not_claimed' });
    expect(await supply(applicantId)).toEqual({ ok: false, reason: 'not_asked' });
    expect(await city.cases.find(id)).toMatchObject({
      state: 'pending',
      fileIds: ['one', 'two'],
      claimed: { name: '张示例', remark: '已重拍' },
    });
    expect(await decided(city, id, { by: by })).toMatchObject({ ok: true });
  });

  it('can withdraw while nothing is decided', async () => {
    const applicantId = await addAccount(city);
    const id = await openCase(city, { applicantId });
    expect(await within(city, (session) => city.desk.withdraw(id, applicantId, session))).toBe(
      true,
    );
    expect(await within(city, (session) => city.desk.withdraw(id, applicantId, session))).toBe(
      false,
    );
    expect(await city.desk.statusOf(applicantId)).toMatchObject([{ state: 'withdrawn' }]);
  });
});

describe('in the database', () => {
  it('nothing of what was claimed, answered or noted can be read', async () => {
    const by = await addReviewer(city);
    const id = await openCase(city);
    await city.caseWork.claim(id, by);
    expect(await city.caseWork.askAgain(id, by)).toMatchObject({
      reviewCase: { answers: [{ source: 'population', outcome: 'matched' }] },
    });
    await city.caseWork.decide(id, by, ASK);
    const [stored] = await city.database.collection(REVIEW_CASES).find().toArray();
    const text = JSON.stringify(stored) + String(stored?.['sealed']) + String(stored?.['note']);
    for (const secret of ['张示例', '440000199003070024', ASK.note]) {
      expect(text).not.toContain(secret);
    }
    expect(sealedReviewCases.valuesOf(stored ?? {}).map(({ path }) => path)).toEqual([
      'sealed',
      'note',
    ]);
  });

  it('other cases of the same accounts and numbers are found', async () => {
    const number = '44000019850615003X';
    const one = await openCase(city, { claimed: { certificateNumber: number } });
    const two = await openCase(city, { claimed: { certificateNumber: number.toLowerCase() } });
    const applicantId = (await city.cases.find(one))?.applicantId ?? '';
    const three = await openCase(city, { involvedIds: [applicantId], claimed: {} });
    await openCase(city);
    const of = await city.cases.find(one);
    const related = of ? await city.cases.listRelated(of) : [];
    expect(related.map(({ id }) => id).toSorted()).toEqual([two, three].toSorted());
  });

  it('a removed account takes its cases along', async () => {
    const [applicantId, otherId] = [await addAccount(city), await addAccount(city)];
    await openCase(city, { applicantId });
    const other = await openCase(city, { involvedIds: [applicantId, otherId] });
    await within(city, (session) => city.cases.erase(applicantId, session));
    expect(await city.desk.statusOf(applicantId)).toEqual([]);
    expect(await city.cases.find(other)).toMatchObject({ involvedIds: [otherId] });
  });
});

it('a kind has one handler', () => {
  const handler = {
    approve: () => Promise.resolve({ ok: true } as const),
    reject: () => Promise.resolve({ ok: true } as const),
  };
  const kind: ReviewKind = 'merge';
  expect(() => city.desk.handle(kind, handler)).toThrow('two handlers');
});
