// What reading the console costs a reviewer: a budget, taken before anything is shown, and a trace that
// the case was opened.
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { addReviewer, openCase, refusals, reviewCity } from '../../test/support/review-city.ts';
import { BudgetStore } from '../credentials/budget-store.ts';
import { CaseReading } from './case-reading.ts';
import { ReviewAccessStore } from './review-access-store.ts';

vi.setConfig({ testTimeout: 60_000 });
const city = reviewCity();
let reading: CaseReading;
let budgets: BudgetStore;
let access: ReviewAccessStore;

beforeAll(() => {
  budgets = new BudgetStore(city);
  access = new ReviewAccessStore(city);
  reading = new CaseReading({ ...city, access, budgets });
});

async function spend(key: string, attempts: number): Promise<void> {
  const rule = { key, attempts, windowSeconds: 3600 };
  for (let taken = 0; taken < attempts; taken += 1) await budgets.reserve([rule]);
}

describe('reading', () => {
  it('is noted for the case and the time; what was open before the claim does not count', async () => {
    const by = await addReviewer(city);
    const id = await openCase(city);
    const before = city.clock.now();
    expect(await reading.look(id, by, 'enquiry')).toMatchObject({ ok: true });
    expect(await reading.read(id, by)).toMatchObject({ ok: true });
    const of = { caseId: id, reviewerId: by.id };
    expect(await access.hasRead(of, before)).toBe(true);
    city.clock.advance(1);
    expect(await access.hasRead(of, city.clock.now())).toBe(false);
  });

  it('of ever more cases ends with the hour’s budget; those that are open stay open', async () => {
    const by = await addReviewer(city);
    const [open, next] = [await openCase(city), await openCase(city)];
    await city.caseWork.claim(open, by);
    expect(await reading.read(open, by)).toMatchObject({ ok: true });
    await spend(`review-read-hour:${by.id}`, 200);
    expect(await reading.read(open, by)).toMatchObject({ ok: true });
    await city.caseWork.claim(next, by);
    expect(await reading.read(next, by)).toMatchObject({ ok: false, reason: 'read_too_much' });
    expect(await refusals(city, by.id)).toEqual(['read: read_too_much']);
    city.clock.advance(3600);
    await city.caseWork.claim(next, by);
    expect(await reading.read(next, by)).toMatchObject({ ok: true });
  });

  it('what is masked has a budget of its own', async () => {
    const by = await addReviewer(city);
    const id = await openCase(city);
    await city.caseWork.claim(id, by);
    await spend(`review-reveal-hour:${by.id}`, 100);
    const revealed = await reading.reveal(id, by, 'compare_evidence');
    expect(revealed).toMatchObject({ ok: false, reason: 'read_too_much' });
    expect(await access.list({ caseId: id, reviewerId: by.id })).toEqual(new Set(['read']));
  });

  it('what was shown for an earlier claim is masked again and can be shown again for this one', async () => {
    const by = await addReviewer(city);
    const id = await openCase(city);
    expect(await reading.look(id, by, 'enquiry')).toMatchObject({ ok: true });
    await reading.reveal(id, by, 'compare_evidence');
    expect(await reading.read(id, by)).toMatchObject({ isRevealed: true });
    city.clock.advance(1);
    await city.caseWork.claim(id, by);
    expect(await reading.read(id, by)).toMatchObject({ isOwnClaim: true, isRevealed: false });
    await reading.reveal(id, by, 'compare_evidence');
    expect(await reading.read(id, by)).toMatchObject({ isRevealed: true });
    // An extension is the same claim.
    city.clock.advance(60);
    await city.caseWork.claim(id, by);
    expect(await reading.read(id, by)).toMatchObject({ isRevealed: true });
  });
});
