// When a decision takes effect: after the time to undo, once, or not at all.
import { describe, expect, it } from 'vitest';
import {
  REJECT,
  SETTINGS,
  addReviewer,
  decided,
  openCase,
  reviewCity,
} from '../../test/support/review-city.ts';
import { carryOutDue } from './carry-out.ts';

const city = reviewCity();

describe('a decision', () => {
  it('can be undone until it takes effect, and nobody has heard of it', async () => {
    const by = await addReviewer(city);
    const id = await openCase(city);
    await decided(city, id, { by: by });
    expect(await carryOutDue(city.carryOut)).toBe(0);
    expect(await city.caseWork.undo(id, by)).toMatchObject({
      ok: true,
      reviewCase: { state: 'pending', votes: [], decision: undefined, claim: { by: by.id } },
    });
    city.clock.advance(SETTINGS.undoSeconds);
    expect(await carryOutDue(city.carryOut)).toBe(0);
    await city.caseWork.claim(id, by);
    await city.caseWork.decide(id, by, REJECT);
    city.clock.advance(SETTINGS.undoSeconds);
    expect(await city.caseWork.undo(id, by)).toMatchObject({ reason: 'too_late' });
    expect(await carryOutDue(city.carryOut)).toBe(1);
    expect(city.carried).toEqual([`reject ${id} not_the_person`]);
  });

  it('is not carried out before others had the time to object', async () => {
    const by = await addReviewer(city);
    const notBefore = new Date(city.clock.now().getTime() + 3_600_000);
    const id = await openCase(city, { notBefore });
    expect(await decided(city, id, { by: by })).toMatchObject({
      reviewCase: { decision: { effectiveAt: notBefore } },
    });
  });

  it('that the world has overtaken leads back to the reviewers with the reason', async () => {
    const by = await addReviewer(city);
    const id = await openCase(city);
    await decided(city, id, { by: by });
    city.outcome = () => ({ ok: false, reason: 'identity_held' });
    city.clock.advance(SETTINGS.undoSeconds);
    await carryOutDue(city.carryOut);
    expect(await city.cases.find(id)).toMatchObject({
      state: 'pending',
      trouble: 'identity_held',
      votes: [],
    });
    expect(city.told).toEqual([]);
  });

  it('of somebody who was locked meanwhile leads back to the reviewers', async () => {
    const by = await addReviewer(city);
    const id = await openCase(city);
    await decided(city, id, { by });
    await city.accounts.lock(by.id, { actor: 'system' });
    city.clock.advance(SETTINGS.undoSeconds);
    await carryOutDue(city.carryOut);
    expect(await city.cases.find(id)).toMatchObject({
      state: 'pending',
      trouble: 'reviewer_gone',
      votes: [],
    });
    expect([city.carried, city.told]).toEqual([[], []]);
  });

  it('that one reviewer may not take alone needs two from then on', async () => {
    const [one, two] = [await addReviewer(city), await addReviewer(city)];
    const id = await openCase(city);
    await decided(city, id, { by: one });
    city.outcome = () => ({ ok: false, reason: 'identity_held', approvals: 2 });
    city.clock.advance(SETTINGS.undoSeconds);
    await carryOutDue(city.carryOut);
    expect(await decided(city, id, { by: one })).toMatchObject({
      reviewCase: { state: 'pending', approvals: 2 },
    });
    expect(await decided(city, id, { by: two })).toMatchObject({
      reviewCase: { state: 'decided' },
    });
  });

  it('that fails is tried again later, and keeps no other waiting', async () => {
    const by = await addReviewer(city);
    const [broken, whole] = [await openCase(city), await openCase(city)];
    for (const id of [broken, whole]) {
      await decided(city, id, { by: by });
      city.clock.advance(1);
    }
    city.clock.advance(SETTINGS.undoSeconds);
    city.outcome = () => {
      if (city.carried.at(-1)?.endsWith(broken)) throw new Error('the register is down');
      return { ok: true };
    };
    expect(await carryOutDue(city.carryOut)).toBe(1);
    expect(await city.cases.find(broken)).toMatchObject({ state: 'decided' });
    city.outcome = () => ({ ok: true });
    expect(await carryOutDue(city.carryOut)).toBe(0);
    city.clock.advance(3600);
    expect(await carryOutDue(city.carryOut)).toBe(1);
  });

  it('is drawn for a second look, which its reviewer cannot take', async () => {
    const [one, two] = [await addReviewer(city), await addReviewer(city)];
    city.settings.samplePercent = 100;
    const id = await openCase(city);
    await decided(city, id, { by: one });
    city.clock.advance(SETTINGS.undoSeconds);
    await carryOutDue(city.carryOut);
    expect(await city.caseWork.secondLook(id, one, 'agreed')).toMatchObject({
      reason: 'voted_already',
    });
    expect(await city.caseWork.secondLook(id, two, 'disagreed')).toMatchObject({
      reviewCase: { secondLook: { state: 'disagreed', by: two.id } },
    });
    expect(await city.caseWork.secondLook(id, two, 'agreed')).toMatchObject({
      reason: 'no_second_look',
    });
  });

  it('is carried out by one of four processes', async () => {
    const by = await addReviewer(city);
    const ids = await Promise.all(Array.from({ length: 5 }, () => openCase(city)));
    for (const id of ids) await decided(city, id, { by: by });
    city.clock.advance(SETTINGS.undoSeconds);
    const counts = await Promise.all(Array.from({ length: 4 }, () => carryOutDue(city.carryOut)));
    expect(counts.reduce((a, b) => a + b)).toBe(5);
    expect(city.told).toHaveLength(5);
    expect(await city.cases.find(ids[0] ?? '')).toMatchObject({
      state: 'closed',
      outcome: 'approved',
    });
  });
});
