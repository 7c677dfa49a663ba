// The reviewers' console over HTTP: who is let in, what is refused and recorded at each address, what is
// masked, and a day's work without script.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { eventTypes } from '../support/account-visitor.ts';
import { TOTP_SECRET } from '../support/city-accounts.ts';
import { CityBrowser, pageName, readForm } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { HttpVisitor } from '../support/http-visitor.ts';
import {
  atConsole,
  endReviewing,
  grantReviewing,
  openReviewCase,
  reviewRefusals,
} from '../support/review-visitors.ts';

const { uri } = migratedDatabase();
vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });
let city: CityNode;
const browsers = new Map<string, CityBrowser>();
const staff = (login: string) =>
  ({ login, kind: 'civilServant', totpSecret: TOTP_SECRET }) as const;

beforeAll(async () => {
  city = await startCityNode({
    mongodbUri: uri,
    accounts: [
      { login: 'applicant' },
      { login: 'curious', totpSecret: TOTP_SECRET },
      ...['clerk', 'liang', 'meng', 'own', 'leaving'].map(staff),
    ],
  });
  await grantReviewing(city, ['liang', 'meng', 'own', 'leaving']);
  // Once each: an authenticator's code works once.
  for (const login of ['curious', 'clerk', 'liang', 'meng', 'own', 'leaving']) {
    browsers.set(login, (await atConsole(city, login)).browser);
  }
});
afterAll(() => city.stop());

const open = (more: Partial<Parameters<typeof openReviewCase>[1]> = {}) =>
  openReviewCase(city, { applicantId: city.account('applicant').id, ...more });
async function at(login: string, page = '/review') {
  const browser = browsers.get(login) ?? new CityBrowser(city.issuer);
  return { browser, visit: await browser.open(page) };
}
const pathOf = (id: string) => `/review/cases/${id}`;

describe('without the role', () => {
  it.each(['curious', 'clerk'])(
    '%s sees nothing of the console, and that is recorded',
    async (login) => {
      const id = await open();
      const { browser, visit } = await at(login);
      expect([visit.status, pageName(visit)]).toEqual([403, 'review-not-reviewer']);
      for (const path of ['/review/figures', '/review/help', ...addressesOf(id)]) {
        expect((await browser.open(path)).status).toBe(403);
      }
      expect(new Set(await reviewRefusals(city, login))).toEqual(
        new Set(['console: not_reviewer']),
      );
    },
  );

  it('a form does nothing, with whichever token', async () => {
    const id = await open();
    const { browser } = await at('clerk');
    const { fields: token } = readForm(await browser.open('/account'), 'sign-out');
    for (const [path, fields] of formsOf(id)) {
      const answer = await browser.visitor.submit(new URL(path, city.issuer), {
        ...fields,
        ...token,
      });
      expect([path, answer.status, pageName(answer)]).toEqual([path, 403, 'review-not-reviewer']);
      const stranger = await new HttpVisitor().submit(new URL(path, city.issuer), fields);
      expect([path, stranger.status]).toEqual([path, 400]);
    }
    expect(await eventTypes(city, city.account('clerk').id)).not.toContain('review.case_claimed');
  });

  it('whoever is not signed in is led to the sign-in, from every page', async () => {
    const id = await open();
    const stranger = new CityBrowser(city.issuer);
    for (const path of ['/review', '/review/figures', '/review/help', ...addressesOf(id)]) {
      expect(pageName(await stranger.open(path))).toBe('sign-in');
    }
  });

  it('a reviewer who loses it is out with the next click', async () => {
    const { browser, visit } = await at('leaving');
    expect(pageName(visit)).toBe('review-queue');
    await city.storage.database
      .collection<{ _id: string }>('accounts')
      .updateOne({ _id: city.account('leaving').id }, { $set: { roles: [] } });
    expect((await browser.open('/review')).status).toBe(403);
  });
});

function addressesOf(id: string): string[] {
  const base = pathOf(id);
  return [base, `${base}/look`, `${base}/reveal`, `${base}/files/abc/1`];
}

function formsOf(id: string): [string, Record<string, string>][] {
  const base = pathOf(id);
  return [
    ['/review/next', {}],
    [`${base}/claim`, {}],
    [`${base}/release`, {}],
    [`${base}/decide`, { verdict: 'approve', reason: 'evidence_clear' }],
    [`${base}/undo`, {}],
    [`${base}/ask-again`, {}],
    [`${base}/look`, { reason: 'enquiry' }],
    [`${base}/reveal`, { reason: 'compare_evidence' }],
    [`${base}/second-look`, { verdict: 'agreed' }],
  ];
}

describe('a reviewer', () => {
  it('reads no case without a claim or a reason, and both are recorded', async () => {
    const id = await open();
    const { browser, visit } = await at('liang', pathOf(id));
    expect([visit.status, pageName(visit)]).toEqual([403, 'review-locked']);
    expect(visit.body).not.toContain('买买提');
    expect((await browser.open(`${pathOf(id)}/files/abc/1`)).status).toBe(403);
    expect(await reviewRefusals(city, 'liang')).toEqual(['file: not_claimed', 'read: not_claimed']);
    const look = await browser.open(`${pathOf(id)}/look`);
    expect((await browser.press(look, 'look-button')).status).toBe(422);
    const read = await browser.press(look, 'look-button', { reason: 'enquiry' });
    expect([read.status, pageName(read)]).toEqual([200, 'review-case']);
    // A look does not decide.
    expect(read.body).not.toContain('id="approve"');
    city.clock.advance(450);
    await browser.open('/review');
    city.clock.advance(451);
    expect((await browser.open(pathOf(id))).status).toBe(403);
    city.clock.advance(-901);
    const types = await eventTypes(city, city.account('liang').id);
    expect(types).toEqual(expect.arrayContaining(['review.case_looked_at', 'review.case_read']));
  });

  it('works on no case of their own', async () => {
    const id = await openReviewCase(city, { applicantId: city.account('own').id });
    const { browser } = await at('own');
    const look = await browser.open(`${pathOf(id)}/look`);
    const refused = await browser.press(look, 'claim');
    expect([refused.status, pageName(refused)]).toEqual([403, 'review-refused']);
    expect(await reviewRefusals(city, 'own')).toEqual(['claim: own_case']);
    await browser.press(await browser.open(`/review?filter=case:${id}`), 'next');
    expect(await reviewRefusals(city, 'own')).toHaveLength(1);
  });

  it('claims, compares what is masked, decides, undoes', async () => {
    const id = await open();
    const { browser } = await at('meng');
    const page = await browser.press(await browser.open(`/review?filter=case:${id}`), 'next');
    expect([page.status, pageName(page)]).toEqual([200, 'review-case']);
    expect(page.body).toContain('阿*');
    expect(page.body).not.toContain('买买提');
    expect(page.body).not.toContain('440000199003070024');
    expect(page.body).toMatch(/≈ [^<]+</u);
    expect(page.body).toMatch(/≠ [^<]+</u);
    expect((await browser.press(page, 'approve')).status).toBe(422);
    expect((await browser.press(page, 'approve', { reason: 'not_the_person' })).status).toBe(422);
    const long = { reason: 'evidence_clear', note: '长'.repeat(501) };
    expect((await browser.press(page, 'approve', long)).status).toBe(422);
    const decided = await browser.press(page, 'reject', { reason: 'register_contradicts' });
    expect([decided.status, pageName(decided)]).toEqual([200, 'review-queue']);
    const other = await at('liang', `${pathOf(id)}/look`);
    const seen = await other.browser.press(other.visit, 'look-button', { reason: 'handover' });
    expect(seen.body).not.toContain('id="undo"');
    const mine = await browser.press(await browser.open(`${pathOf(id)}/look`), 'look-button', {
      reason: 'handover',
    });
    const undone = await browser.press(mine, 'undo');
    expect(undone.body).toContain('id="reject"');
    const queue = await browser.press(undone, 'release');
    expect(pageName(queue)).toBe('review-queue');
    expect((await browser.press(page, 'reject', { reason: 'duplicate' })).status).toBe(403);
  });

  it('sees everything with a reason, for a while, after both factors anew', async () => {
    const id = await open();
    const { browser } = await at('meng');
    const page = await browser.press(await browser.open(`/review?filter=case:${id}`), 'next');
    expect(pageName(page)).toBe('review-case');
    const reveal = await browser.open(`${pathOf(id)}/reveal`);
    expect(pageName(reveal)).toBe('review-reveal');
    const shown = await browser.press(reveal, 'reveal-button', { reason: 'compare_evidence' });
    expect(shown.body).toContain('阿依努尔·买买提');
    expect(shown.body).toMatch(
      /<mark>24<\/mark>|<mark>42<\/mark>|<mark>4<\/mark>|<mark>2<\/mark>/u,
    );
    expect((await browser.open(`${pathOf(id)}/files/abc/1`)).status).toBe(404);
    expect(await eventTypes(city, city.account('meng').id)).toContain('review.data_revealed');
    await browser.press(shown, 'release');
    const other = await open();
    await browser.press(await browser.open(`/review?filter=case:${other}`), 'next');
    city.clock.advance(600);
    expect(pageName(await browser.open(`${pathOf(other)}/reveal`))).toBe('sign-in');
    city.clock.advance(-600);
  });

  it('who approved first of two leaves it to another, and takes the next one', async () => {
    const applicantId = city.account('leaving').id;
    const id = await open({ applicantId, approvals: 2 });
    const later = await open({ applicantId });
    const mine = `/review?filter=account:${applicantId}`;
    const { browser } = await at('meng');
    const first = await browser.press(await browser.open(mine), 'next');
    expect(first.url).toContain(id);
    await browser.press(first, 'approve', { reason: 'evidence_clear' });
    const second = await browser.press(await browser.open(mine), 'next');
    expect(second.url).toContain(later);
    await browser.press(second, 'release');
    const other = await at('liang', mine);
    const third = await other.browser.press(other.visit, 'next');
    expect(third.url).toContain(id);
    const decided = await other.browser.press(third, 'approve', { reason: 'seen_at_window' });
    expect(decided.body).toContain('data-key="u"');
  });

  it('gets one answer of two that claim at once', async () => {
    const id = await open();
    const [one, two] = [
      await at('liang', `${pathOf(id)}/look`),
      await at('meng', `${pathOf(id)}/look`),
    ];
    const answers = await Promise.all([
      one.browser.press(one.visit, 'claim'),
      two.browser.press(two.visit, 'claim'),
    ]);
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
  });
});

describe('the queue', () => {
  it('explains what of a filter it does not understand, and lets no operator through', async () => {
    const { browser } = await at('liang');
    const wrong = await browser.open('/review?filter=is:pending+kind:nothing');
    expect(wrong.status).toBe(422);
    expect(wrong.body).toContain('<mark>kind:nothing</mark>');
    for (const query of ['filter[$ne]=x', 'filter=is:pending&filter=is:asked', 'after=1']) {
      expect((await browser.open(`/review?${query}`)).status).toBe(400);
    }
    expect((await browser.open('/review?filter=account:$ne')).status).toBe(422);
  });

  it('pages by cursor, oldest first, each case once', async () => {
    const applicantId = city.account('clerk').id;
    const ids: string[] = [];
    for (let index = 0; index < 30; index += 1) ids.push(await open({ applicantId }));
    const { browser } = await at('liang');
    const first = await browser.open(`/review?filter=account:${applicantId}`);
    const next = /href="([^"]+)" rel="next"/u.exec(first.body)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const second = await browser.open(next);
    const shown = [first, second].flatMap(({ body }) =>
      [...body.matchAll(/\/review\/cases\/(\d{12})\/look"[^>]*data-row-link/gu)].map(
        ([, id]) => id,
      ),
    );
    expect(shown).toEqual(ids);
  });

  it('and the figures are shown', async () => {
    const { browser, visit } = await at('liang', '/review/figures');
    expect(visit.body).toContain('<svg class="review-chart"');
    expect(pageName(await browser.open('/review/help'))).toBe('review-help');
  });
});

describe('the role', () => {
  it('counts from the next click, and so does its end', async () => {
    expect((await at('clerk')).visit.status).toBe(403);
    await grantReviewing(city, ['clerk']);
    expect(pageName((await at('clerk')).visit)).toBe('review-queue');
    await endReviewing(city, 'clerk');
    expect((await at('clerk')).visit.status).toBe(403);
    expect(await eventTypes(city, city.account('clerk').id)).toEqual(
      expect.arrayContaining(['accounts.role_granted', 'accounts.role_revoked']),
    );
  });
});
