// Two accounts of one person that become one: who may begin it, who may stop it, what is left of each,
// and what it is worth to somebody with a leaked pair, a stolen session or a link.
import { describe, expect, it, vi } from 'vitest';
import { BudgetStore } from '../../src/credentials/budget-store.ts';
import { AccountMergeStore } from '../../src/merge/account-merge-store.ts';
import { mergeDue } from '../../src/merge/carry-out-merge.ts';
import { areMergeable, proveOtherAccount } from '../../src/merge/merge-accounts.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { eventTypes, visitAccountCentre } from '../support/account-visitor.ts';
import { CityBrowser, pageName } from '../support/city-browser.ts';
import { mergeCity, people, phoneOf } from '../support/merge-city.ts';
import type { Person } from '../support/merge-city.ts';
import { addFiles, caseNumber, send } from '../support/review-applicant.ts';
import { employ } from '../support/staff-decisions.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
const WAIT_MS = 72 * 3_600_000;
const at = mergeCity();
const { idOf, accountOf, merges, stateOf, prove, signInToOther } = at;
const { claimsOf, timePasses, waitingMerge, stopLink } = at;

describe('who was there in person', () => {
  it('reads only that it was not completed; the other account, second factor included, goes on', async () => {
    const former = await claimsOf('second-0');
    const { browser, visit } = await prove(0);
    expect(visit.status).toBe(409);
    expect(visit.body).toContain('没能在网上完成');
    expect(visit.body).toContain('/account/merge');
    expect(visit.body).not.toMatch(/177\d|177\*|first-0/u);
    const confirm = await signInToOther(browser, 'first-0');
    expect(pageName(confirm)).toBe('confirm');
    expect(confirm.body).toContain('177****0100');
    const waiting = await browser.press(confirm, 'agree-merge');
    expect(waiting.body).toContain('正在等待合并');
    expect((await browser.open('/account')).body).toContain('id="to-merge"');
    for (const index of [0, 100]) await stopLink(`+86${phoneOf(index)}`);
    for (const login of ['first-0', 'second-0']) await stopLink(`${login}@example.com`);
    expect(await eventTypes(at.city, idOf('first-0'))).toContain('merge.begun');
    const before = await accountOf('first-0');

    const { readyAt } = (await merges().waitingOf(idOf('second-0'))) ?? {};
    expect(readyAt?.getTime()).toBeGreaterThan(at.city.clock.now().getTime() + WAIT_MS - 60_000);
    await timePasses(0);
    await expect.poll(() => stateOf(0), { timeout: 20_000 }).toBe('done');
    const [kept, ended] = await Promise.all([accountOf('first-0'), accountOf('second-0')]);
    expect(ended?.state).toBe('closed');
    expect(kept).toMatchObject({ state: 'active', realNameLevel: 3 });
    expect([kept?.phone, kept?.email]).toEqual([before?.phone, before?.email]);
    expect(kept?.formerIds).toEqual([idOf('second-0')]);
    await expect.poll(() => at.gateway.countOf(`+86${phoneOf(100)}`, '已并入')).toBe(1);
    await expect.poll(() => at.gateway.countOf(`+86${phoneOf(0)}`, '已合并')).toBe(1);
    const claims = await claimsOf('first-0');
    expect(claims).toMatchObject({ former_subs: [former.sub] });
    expect(former['former_subs']).toBeUndefined();
    // Both were signed out.
    expect(pageName(await browser.open('/account'))).toBe('sign-in');
  });

  it('begins once, however many forms are sent at the same moment', async () => {
    const { browser } = await prove(1);
    const asked = await browser.press(await browser.open('/account/merge'), 'begin-merge');
    // Which of the two is wanted: not the one that is signed in.
    expect(asked.body).toContain('<strong>合并我的两个账户</strong>');
    expect(asked.body).toContain('请登录您的另一个账户');
    expect(asked.body).not.toContain('您已经登录过');
    const holder = await visitAccountCentre(at.city, 'first-1', '/account/merge');
    expect(holder.visit.body).toContain('合并要从另一个');
    expect(holder.visit.body).not.toContain('begin-merge');
    const token = await merges().issueToken(idOf('second-1'));
    const account = await accountOf('first-1');
    if (!account) throw new Error('nobody holds it');
    const merging = {
      ...at.city.storage,
      merges: merges(),
      accounts: at.city.accountStore,
      budgets: new BudgetStore(at.city.storage),
      notices: { mergeWaiting: silent, mergeStopped: silent },
      issuer: at.city.issuer,
    };
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, () =>
        proveOtherAccount(merging, { token, account, address: '192.0.2.4' }),
      ),
    );
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await stateOf(1)).toBe('waiting');
    // Nor is it carried out twice, however many processes look at the same moment.
    await timePasses(1);
    const another = {
      merges: merges(),
      accounts: at.city.accountStore,
      audit: at.city.storage.audit,
      notices: { merged: silent, mergeVoid: silent },
      logger: createLogger({ level: 'silent', service: 'test' }),
      holdings: { move: () => Promise.resolve(), end: () => Promise.resolve() },
    };
    await Promise.all(Array.from({ length: 5 }, () => mergeDue(another)));
    await expect.poll(() => stateOf(1)).toBe('done');
    const events = await eventTypes(at.city, idOf('first-1'));
    expect(events.filter((type) => type === 'merge.completed')).toHaveLength(1);
    expect((await accountOf('first-1'))?.formerIds).toEqual([idOf('second-1')]);
  });
});

const silent = () => Promise.resolve(() => undefined);

describe('who holds the identity', () => {
  it('stops it with the link of the notice, once, and nothing has changed', async () => {
    await waitingMerge(2);
    const stranger = new CityBrowser(at.city.issuer);
    const link = await stopLink(`+86${phoneOf(2)}`);
    const page = await stranger.open(link);
    expect(page.url.toString()).toMatch(/\/account-merge\/stop$/u);
    // Programs open links too.
    expect(await stateOf(2)).toBe('waiting');
    const answers = await Promise.all([1, 2, 3].map(() => stranger.press(page, 'confirm')));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const events = await eventTypes(at.city, idOf('first-2'));
    expect(events.filter((type) => type === 'merge.stopped')).toHaveLength(1);
    await timePasses(2);
    await expect.poll(() => stateOf(2)).toBe('stopped');
    expect((await accountOf('second-2'))?.state).toBe('active');
    const late = await new CityBrowser(at.city.issuer).open(
      '/account-merge/stop/AAAAAAAAAAAAAAAAAAAAAA',
    );
    expect([late.status, late.body.includes('链接已失效')]).toEqual([410, true]);
  });

  it.each([
    ['closes the account meanwhile', { closing: { stage: 'waiting' } }],
    ['is not verified in person any more', { realNameLevel: 2 }],
    ['freezes the account', { state: 'locked', frozenAt: new Date() }],
  ])('%s: it comes to nothing, and both are told', async (_name, change) => {
    await waitingMerge(3);
    const accounts = at.city.storage.database.collection<{ _id: string }>('accounts');
    const before = await accounts.findOne({ _id: idOf('first-3') });
    const now = new Date();
    const closing = { stage: 'waiting', requestedAt: now, dueAt: new Date(8e15), cancelKey: 'k' };
    const $set = 'closing' in change ? { closing } : change;
    await accounts.updateOne({ _id: idOf('first-3') }, { $set, $inc: { revision: 1 } });
    await timePasses(3);
    await expect.poll(() => stateOf(3), { timeout: 20_000 }).toBe('void');
    expect((await accountOf('second-3'))?.state).toBe('active');
    await expect
      .poll(() => at.gateway.countOf(`+86${phoneOf(103)}`, '没有合并'))
      .toBeGreaterThan(0);
    if (before) await accounts.replaceOne({ _id: idOf('first-3') }, before);
    await at.city.storage.database.collection('attemptBudgets').deleteMany({});
  });
});

describe('an attacker', () => {
  it('with a leaked pair gets the same pages and nothing else', async () => {
    const { browser } = await visitAccountCentre(at.city, 'second-3', '/verification');
    const page = await browser.open('/verification/match');
    const matched = await browser.press(
      page,
      'match',
      people[4] as unknown as Record<string, string>,
    );
    expect(matched.body).toContain('/account/merge');
    const other = await signInToOther(browser, 'first-4');
    expect(other.status).toBe(409);
    expect(other.body).not.toMatch(/177\*|177\d/u);
    // Nor does signing in to the very same account.
    const again = await visitAccountCentre(at.city, 'second-3', '/account/merge');
    expect((await signInToOther(again.browser, 'second-3')).status).toBe(409);
    expect(await merges().offeredTo(idOf('second-3'))).toBeUndefined();
  });

  it('who signs in to somebody else after the face has begun nothing; nor with staff', async () => {
    const { browser } = await prove(4);
    expect((await signInToOther(browser, 'first-1')).status).toBe(409);
    expect(await stateOf(4)).toBe('offered');
    const [second, first, staff] = await Promise.all(
      ['second-4', 'first-4', 'anna'].map((login) => accountOf(login)),
    );
    if (!second || !first || !staff) throw new Error('somebody is missing');
    const pairs = [
      [second, first],
      [second, staff],
      [staff, first],
      [first, first],
    ] as const;
    expect(pairs.map(([registered, other]) => areMergeable(registered, other))).toEqual([
      true,
      false,
      false,
      false,
    ]);
    const token = await merges().issueToken(idOf('second-4'));
    expect(await merges().findByToken(token, idOf('first-1'))).toBeUndefined();
    const late = new Date(at.city.clock.now().getTime() + 1_801_000);
    const later = new AccountMergeStore({ ...at.city.storage, clock: { now: () => late } });
    expect(await later.findByToken(token, idOf('first-4'))).toBeUndefined();
    expect(await merges().findByToken(token, idOf('first-4'))).toBeDefined();
  });
});

describe('who cannot sign in to the other account', () => {
  it('is decided by two reviewers, and signs in to what stays with the password of the second', async () => {
    const staff = await employ(at.city, ['anna', 'bert']);
    const { browser } = await prove(4);
    // Nothing more than before: the typed identity waits for the review.
    const { name, number } = people[4] as Person;
    await browser.press(await browser.open('/verification/match'), 'match', { name, number });
    await addFiles(at.city, 'second-4', ['front', 'back', 'holding']);
    const id = caseNumber(await send(browser));
    const [open] = await at.city.storage.database
      .collection<{ _id: string }>('reviewCases')
      .find({ _id: id })
      .toArray();
    expect(open).toMatchObject({ kind: 'merge', approvals: 2, involvedIds: [idOf('first-4')] });
    const approve = { verdict: 'approve', reason: 'evidence_clear' } as const;
    await staff.decide('anna', id, approve);
    expect(await stateOf(4)).toBe('offered');
    await staff.decide('bert', id, approve);
    await expect.poll(() => stateOf(4), { timeout: 20_000 }).toBe('waiting');
    await stopLink(`+86${phoneOf(4)}`);
    await timePasses(4);
    await expect.poll(() => stateOf(4), { timeout: 20_000 }).toBe('done');
    expect(await accountOf('first-4')).toMatchObject({ phone: `+86${phoneOf(104)}` });
    const kept = await visitAccountCentre(at.city, 'first-4');
    expect(pageName(kept.visit)).toBe('account-overview');
  });
});
