// Reviewers, applicants and cases on a database of its own, with decisions that are only noted.
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { AccountStore } from '../../src/accounts/account-store.ts';
import type { AuditStore } from '../../src/audit/audit-store.ts';
import { allMigrations } from '../../src/migrations.ts';
import { createLogger } from '../../src/platform/logger.ts';
import type { ClientSession } from '../../src/platform/mongo.ts';
import type { CarryOutDependencies } from '../../src/review/carry-out.ts';
import { CaseWork } from '../../src/review/case-work.ts';
import type { DecisionInput, Reviewer } from '../../src/review/case-work.ts';
import { REVIEW_CASES } from '../../src/review/review-case-document.ts';
import type { CarryOutcome, NewReviewCase } from '../../src/review/review-case.ts';
import { ReviewCaseStore } from '../../src/review/review-case-store.ts';
import { ReviewDesk } from '../../src/review/review-desk.ts';
import { migratedDatabase } from './migrated-database.ts';
import { openTestStorage } from './storage.ts';
import { TestClock } from './test-clock.ts';

export const SETTINGS = { undoSeconds: 600, dueHours: 48, claimSeconds: 1800, samplePercent: 0 };
export const APPROVE = { verdict: 'approve', reason: 'evidence_clear' } as const;
export const REJECT = { verdict: 'reject', reason: 'not_the_person' } as const;
export const ASK = { verdict: 'ask', reason: 'file_unreadable', note: '右下角被遮住' } as const;
const address = '192.0.2.7';

async function open(uri: string) {
  const clock = new TestClock();
  const storage = await openTestStorage(uri, allMigrations, clock);
  const accounts = new AccountStore(storage);
  const cases = new ReviewCaseStore(storage);
  const own = { ...storage, clock, accounts, cases, settings: { ...SETTINGS } };
  const desk = new ReviewDesk(own);
  const unread = new Set<string>();
  const unseen = new Set<string>();
  const caseWork = new CaseWork({
    ...own,
    handlerOf: (kind) => desk.handlerOf(kind),
    hasRead: ({ reviewerId }) => Promise.resolve(!unread.has(reviewerId)),
    hasRevealed: ({ reviewerId }) => Promise.resolve(!unseen.has(reviewerId)),
  });
  return { ...own, desk, caseWork, unread, unseen };
}

type Opened = Awaited<ReturnType<typeof open>>;

export interface ReviewCity extends Opened {
  /** What took effect: `approve <id>`, `reject <id> <reason>`. */
  carried: string[];
  /** Who was told: `approve <applicant>`. */
  told: string[];
  /** What the handler answers. */
  outcome: () => CarryOutcome;
  carryOut: CarryOutDependencies;
}

/** Call it at the top of a test file; the object is filled before the first test runs. */
export function reviewCity(): ReviewCity {
  const { uri } = migratedDatabase();
  const city = {} as ReviewCity;
  beforeAll(async () => {
    Object.assign(city, await open(uri));
    city.carryOut = {
      ...city,
      logger: createLogger({ level: 'silent', service: 'test' }),
      tell: ({ reviewCase, decision }) => {
        city.told.push(`${decision.verdict} ${reviewCase.applicantId}`);
        return Promise.resolve(() => undefined);
      },
    };
    noteDecisions(city);
  });
  beforeEach(async () => {
    Object.assign(city, { carried: [], told: [], outcome: () => ({ ok: true }) });
    city.settings.samplePercent = 0;
    await city.database.collection(REVIEW_CASES).deleteMany({});
  });
  afterAll(() => city.database.close());
  return city;
}

function noteDecisions(city: ReviewCity): void {
  const note = (what: string) => {
    city.carried.push(what);
    return Promise.resolve(city.outcome());
  };
  for (const kind of ['natural_person', 'merge'] as const) {
    city.desk.handle(kind, {
      approve: ({ id }) => note(`approve ${id}`),
      reject: ({ id }, reason) => note(`reject ${id} ${reason}`),
      askSources: () =>
        Promise.resolve([
          {
            source: 'population',
            outcome: 'matched',
            resultCode: '00',
            at: city.clock.now(),
            values: {},
          },
        ]),
    });
  }
}

let serial = 0;

export async function addAccount(
  city: ReviewCity,
  more: { number?: string; isReviewer?: boolean; level?: 1 | 2 } = {},
): Promise<string> {
  serial += 1;
  const origin = { source: 'test', grade: 'D' } as const;
  const certificate = more.number && {
    ...origin,
    value: { type: '111' as const, number: more.number },
  };
  const inserted = await city.accounts.insert(
    {
      kind: more.isReviewer ? 'civilServant' : 'naturalPerson',
      subtype: undefined,
      realNameLevel: more.level ?? 1,
      realNameVerifiedAt: more.level === 2 ? city.clock.now() : undefined,
      attributes: {
        login: { ...origin, value: `user-${serial}` },
        ...(certificate ? { certificate } : {}),
      },
    },
    { actor: 'operator' },
  );
  if (!inserted.ok) throw new Error(inserted.reason);
  const { id } = inserted.account;
  if (more.isReviewer) {
    const accounts = city.database.collection<{ _id: string }>('accounts');
    await accounts.updateOne({ _id: id }, { $set: { roles: ['reviewer'] } });
  }
  return id;
}

export async function addReviewer(city: ReviewCity, number?: string): Promise<Reviewer> {
  const own = number === undefined ? {} : { number };
  return { id: await addAccount(city, { isReviewer: true, ...own }), address };
}

export async function openCase(
  city: ReviewCity,
  more: Partial<NewReviewCase> = {},
): Promise<string> {
  const applicantId = more.applicantId ?? (await addAccount(city));
  const usual = {
    kind: 'natural_person',
    applicantId,
    involvedIds: [],
    claimed: { name: '张示例', certificateNumber: '440000199003070024' },
    answers: [],
    fileIds: [],
    approvals: 1,
  } as const;
  return within(city, (session) => city.desk.open({ ...usual, ...more }, session));
}

export function within<T>(
  city: ReviewCity,
  work: (session: ClientSession) => Promise<T>,
): Promise<T> {
  return city.database.transaction(work);
}

/** Claims and decides. */
export async function decided(
  city: ReviewCity,
  id: string,
  { by, input = APPROVE }: { by: Reviewer; input?: DecisionInput },
) {
  expect(await city.caseWork.claim(id, by)).toMatchObject({ ok: true });
  return city.caseWork.decide(id, by, input);
}

/** As recorded, newest first: `decide: not_claimed`. */
export async function refusals(city: ReviewCity, actor: string): Promise<string[]> {
  const records = city.audit as AuditStore;
  const list = await records.listBySubject(actor, ['review.refused'], 100);
  return list.map(({ reason, details }) => `${String(details?.['action'])}: ${reason ?? ''}`);
}
