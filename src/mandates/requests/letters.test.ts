// Letters of authority: what nobody gets by one, whatever staff say; races of answers and decisions.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ADDRESS as address } from '../../../test/support/entity-stores.ts';
import { LetterOffice } from '../../../test/support/letter-office.ts';
import { migratedDatabase } from '../../../test/support/migrated-database.ts';
import { answerRequest } from './answer-request.ts';
import { withdrawRequest } from './ask-to-handle.ts';
import type { HandlerRequest } from './handler-request.ts';
import { stopRequest } from './stop-request.ts';

const { uri } = migratedDatabase();
const OWNER = 'ayinuer';
const REJECT = { verdict: 'reject', reason: 'not_entitled' } as const;
let office: LetterOffice;

beforeAll(async () => {
  office = await LetterOffice.open(uri);
});
beforeEach(() => office.clear());
afterAll(() => office.close());

/** By the link that this person was sent. */
async function stop(request: HandlerRequest, login = OWNER): Promise<boolean> {
  const { id } = await office.person(login);
  const { readStop, stopLink } = office.deps;
  const token = readStop(stopLink(request.id, id).split('/').at(-1) ?? '');
  return token !== undefined && stopRequest(office.deps, { token, address });
}

describe('handing in', () => {
  it('needs the letter, belongs to who asked, and is done once', async () => {
    const { deps, review } = office;
    const request = await office.asked('wang', {}, []);
    const wang = await office.person('wang');
    const given = { remark: '', address };
    const bare = await review.send(wang, request, given);
    expect(bare).toMatchObject({ reason: 'files_missing', slots: ['mandate_letter'] });
    await office.addPapers(request);
    const lin = await office.person('lin');
    expect(await review.send(lin, request, given)).toEqual({
      ok: false,
      reason: 'applicant_not_verified',
    });
    const both = await Promise.all([1, 2].map(() => review.send(wang, request, given)));
    expect(both.filter(({ ok }) => ok)).toHaveLength(1);
    expect(both.find(({ ok }) => !ok)).toMatchObject({ reason: 'changed_meanwhile' });
    const { caseId } = await office.again(request);
    const found = await office.cases.find(caseId ?? '');
    const owner = await office.person(OWNER);
    expect(found).toMatchObject({
      kind: 'mandate_letter',
      approvals: 2,
      claimed: { name: '王演示', mandateServices: 'tax.file', uscc: request.entity.number },
      answers: [
        { source: 'account', outcome: 'matched', values: { legalRepresentative: owner.name } },
      ],
    });
    expect(found?.involvedIds).toContain(owner.id);
    expect(await office.notices()).toContain('mandate_requested');
    expect(await deps.requests.find(request.id)).toMatchObject({ way: 'letter' });
  });

  it('of a wrong name looks the same to who asks; staff cannot approve it', async () => {
    const request = await office.sent('wang', { name: '另一个名称' });
    const found = await office.cases.find(request.caseId ?? '');
    expect(found?.answers).toMatchObject([{ outcome: 'not_found', values: {} }]);
    await office.approve(request);
    expect(await office.cases.find(request.caseId ?? '')).toMatchObject({
      state: 'pending',
      trouble: 'entity_unknown',
    });
    expect(await office.held('wang')).toEqual([]);
  });
});

describe('a decision', () => {
  it('takes two reviewers, grants exactly what was asked, and tells both sides', async () => {
    const request = await office.sent('wang');
    await office.vote(0, request);
    await office.carryOut();
    expect(await office.held('wang')).toEqual([]);
    expect(await office.vote(0, request)).toMatchObject({ ok: false });
    await office.vote(1, request);
    await office.carryOut();
    expect(await office.held('wang')).toMatchObject([
      { role: 'handler', proof: 'letter', grantedBy: 'review', services: ['tax.file'] },
    ]);
    expect(await office.again(request)).toMatchObject({ outcome: 'granted' });
    const told = ['mandate_requested', 'mandate_given', 'mandate_granted'];
    expect(await office.notices()).toEqual(expect.arrayContaining(told));
    expect(await office.notices()).not.toContain('review_approve');
    expect(await stop(request)).toBe(true);
    expect(await office.held('wang')).toEqual([]);
  });

  it('is none of the organisation’s own people', async () => {
    const request = await office.sent('wang');
    const owner = await office.person(OWNER);
    const by = await office.reviewer('officer-owner', owner.certificate?.number);
    expect(await office.vote(by, request)).toMatchObject({ ok: false });
    expect(await office.cases.find(request.caseId ?? '')).toMatchObject({ votes: [] });
  });

  it('that refuses ends the request, with words for who asked and for the organisation', async () => {
    const request = await office.sent('wang');
    await office.vote(0, request, REJECT);
    await office.carryOut();
    expect(await office.again(request)).toMatchObject({ outcome: 'refused' });
    const told = ['mandate_letter_refused', 'mandate_letter_refused_entity'];
    expect(await office.notices()).toEqual(expect.arrayContaining(told));
    expect(await office.notices()).not.toContain('review_reject');
    expect(await office.held('wang')).toEqual([]);
  });

  it('asking for more takes another letter in the same case', async () => {
    const request = await office.sent('wang');
    const ask = { verdict: 'ask', reason: 'file_unreadable', note: '公章看不清' } as const;
    await office.vote(0, request, ask);
    await office.carryOut();
    const now = await office.again(request);
    expect(await office.review.isWanted(now)).toBe(true);
    await office.addPapers(now);
    office.stores.clock.advance(1);
    const sent = await office.review.send(await office.person('wang'), now, {
      remark: '',
      address,
    });
    expect(sent).toEqual({ ok: true });
    await office.approve(now);
    expect(await office.held('wang')).toHaveLength(1);
  });

  it('is not carried out for who lost his level, beyond the term, or for a locked organisation', async () => {
    const { accounts, clock } = office.stores;
    const request = await office.sent('wang', { until: office.day(2) });
    const by = { actor: 'operator' };
    const troubleAfter = async () => {
      await office.approve(request);
      return (await office.cases.find(request.caseId ?? ''))?.trouble;
    };
    await accounts.lock(request.personId, by);
    expect(await troubleAfter()).toBe('applicant_not_verified');
    await accounts.unlock(request.personId, by);
    await accounts.lock(office.entityId, by);
    expect(await troubleAfter()).toBe('entity_unknown');
    await accounts.unlock(office.entityId, by);
    const owner = await office.person(OWNER);
    await accounts.lock(owner.id, by);
    expect(await troubleAfter()).toBe('representative_changed');
    await accounts.unlock(owner.id, by);
    clock.advance(4 * 86_400);
    expect(await troubleAfter()).toBe('mandate_over');
    expect(await office.held('wang')).toEqual([]);
  });

  it('is worth nothing when somebody else represents the organisation than was compared', async () => {
    const request = await office.sent('wang');
    await office.vote(0, request);
    await office.represent('zhao');
    await office.vote(1, request);
    await office.carryOut();
    const found = await office.cases.find(request.caseId ?? '');
    expect(found).toMatchObject({ state: 'pending', trouble: 'representative_changed', votes: [] });
    // Compared anew it may be approved.
    await office.askAgain(0, request);
    const zhao = await office.person('zhao');
    const again = await office.cases.find(request.caseId ?? '');
    expect(again?.answers[0]?.values.legalRepresentative).toBe(zhao.name);
    await office.approve(request);
    expect(await office.held('wang')).toHaveLength(1);
    // What was sent to the former one, or made for somebody else, ends nothing.
    expect([await stop(request), await stop(request, 'wang')]).toEqual([false, false]);
    expect(await office.held('wang')).toHaveLength(1);
    await office.represent(OWNER);
  });
});

describe('an end in between', () => {
  it('by who asked or by the organisation is the end, also after the decision', async () => {
    const wang = await office.person('wang');
    const owner = await office.person(OWNER);
    const ends = [
      ({ id: requestId }: HandlerRequest) =>
        withdrawRequest(office.deps, wang, { requestId, address }),
      ({ id: requestId }: HandlerRequest) =>
        answerRequest(office.deps, owner, { requestId, isConfirmed: false, address }),
      stop,
    ];
    for (const end of ends) {
      const request = await office.sent('wang');
      await office.vote(0, request);
      await office.vote(1, request);
      expect(await end(request)).not.toBe(false);
      await office.carryOut();
      expect(await office.cases.find(request.caseId ?? '')).toMatchObject({ outcome: 'withdrawn' });
      expect(await office.filesOf(request)).toEqual([]);
    }
    expect(await office.held('wang')).toEqual([]);
  });

  it('at once with the decision leaves one of the two, whole', async () => {
    const wang = await office.person('wang');
    for (let round = 0; round < 3; round += 1) {
      const request = await office.sent('wang');
      await office.vote(0, request);
      await office.vote(1, request);
      const [, isWithdrawn] = await Promise.all([
        office.carryOut(),
        withdrawRequest(office.deps, wang, { requestId: request.id, address }),
        office.carryOut(),
      ]);
      await office.carryOut();
      const { outcome } = await office.again(request);
      expect(outcome).toBe(isWithdrawn ? 'withdrawn' : 'granted');
      expect(await office.held('wang')).toHaveLength(isWithdrawn ? 0 : 1);
      await office.clear();
    }
  });

  it('is a yes of the organisation, after which staff have nothing left to do', async () => {
    const request = await office.sent('wang');
    const owner = await office.person(OWNER);
    const given = { requestId: request.id, isConfirmed: true, address };
    expect(await answerRequest(office.deps, owner, given)).toBe('confirmed');
    expect(await office.held('wang')).toMatchObject([{ proof: 'administrator' }]);
    expect(await office.cases.find(request.caseId ?? '')).toMatchObject({ outcome: 'withdrawn' });
  });
});
