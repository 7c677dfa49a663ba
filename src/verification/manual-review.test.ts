// What reviewers may decide about an identity that another account holds.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importCityAccounts } from '../../test/support/city-accounts.ts';
import { migratedDatabase } from '../../test/support/migrated-database.ts';
import { ShiftedClock } from '../../test/support/shifted-clock.ts';
import { openTestStorage } from '../../test/support/storage.ts';
import type { TestStorage } from '../../test/support/storage.ts';
import { AccountStore } from '../accounts/account-store.ts';
import { BudgetStore } from '../credentials/budget-store.ts';
import { EvidenceFiles } from '../evidence-files/evidence-files.ts';
import { allMigrations } from '../migrations.ts';
import { limitsSchema } from '../platform/limits-config.ts';
import { createLogger } from '../platform/logger.ts';
import { createOutbound } from '../platform/outbound.ts';
import type { VerificationConfig } from '../platform/verification-config.ts';
import { openReview } from '../review/open-review.ts';
import type { Review } from '../review/open-review.ts';
import { carryOutDue } from '../review/carry-out.ts';
import { openVerification } from './open-verification.ts';

const { uri } = migratedDatabase();
const clock = new ShiftedClock();
const outbound = createOutbound({ allow: [] });
const UNDO_SECONDS = 60;
const address = '192.0.2.7';
const tries = { attempts: 5, windowSeconds: 60 };
const config: VerificationConfig = {
  sources: { review: { cap: 3, entityCap: 2, approvals: 1 } },
  policy: [{ level: 3, anyOf: [{ count: 1, of: ['review'] }] }],
  tries: {
    perAccount: tries,
    perNumber: tries,
    perBirthPrefix: tries,
    perAddress: tries,
    networkPerAccount: tries,
    facePerAccount: tries,
    reviewPerAccount: tries,
    entityPerAccount: tries,
    transferPerEntity: tries,
    transferPerBankAccount: tries,
  },
};
const nobodyTold = () => Promise.resolve(() => undefined);
let storage: TestStorage;
let accounts: AccountStore;
let review: Review;
let carryOut: () => Promise<number>;

beforeAll(async () => {
  storage = await openTestStorage(uri, allMigrations, clock);
  accounts = new AccountStore(storage);
  const logger = createLogger({ level: 'silent', service: 'test' });
  const deps = { ...storage, accounts, logger, outbound, metrics: { observe: () => undefined } };
  const notices = {
    reviewEnded: nobodyTold,
    levelChanged: nobodyTold,
    identityDisplaced: nobodyTold,
  };
  const settings = {
    undoSeconds: UNDO_SECONDS,
    dueHours: 48,
    claimSeconds: 1800,
    samplePercent: 0,
  };
  review = openReview({ ...deps, notices, budgets: new BudgetStore(deps) }, settings);
  openVerification(
    {
      ...deps,
      notices,
      budgets: new BudgetStore(storage),
      limits: limitsSchema.parse({}).signIn,
      ending: { endAllOfAccount: () => Promise.resolve() },
      review,
      evidenceFiles: new EvidenceFiles(deps, { keptDays: 1 }),
    },
    config,
  );
  carryOut = () => carryOutDue({ ...deps, ...review, tell: nobodyTold });
});
afterAll(async () => {
  await outbound.close();
  await storage.database.close();
});

async function reviewer(login: string) {
  const [made] = await importCityAccounts(storage, accounts, [{ login, kind: 'civilServant' }]);
  const id = made?.id ?? '';
  await storage.database
    .collection<{ _id: string }>('accounts')
    .updateOne({ _id: id }, { $set: { roles: ['reviewer'] } });
  return { id, address };
}

async function approve(caseId: string, by: { id: string; address: string }): Promise<void> {
  const given = { verdict: 'approve', reason: 'evidence_clear' } as const;
  expect(await review.caseWork.claim(caseId, by)).toMatchObject({ ok: true });
  expect(await review.reading.read(caseId, by)).toMatchObject({ ok: true });
  expect(await review.caseWork.decide(caseId, by, given)).toMatchObject({ ok: true });
  clock.advance(UNDO_SECONDS);
  await carryOut();
}

const levelOf = async (id: string) => (await accounts.findById(id))?.realNameLevel;

describe('an identity that another account holds', () => {
  it('is taken from it by two reviewers, never by one', async () => {
    const blank = { certificate_type: '', certificate_number: '' };
    const people = await importCityAccounts(storage, accounts, [
      { login: 'holder', level: 2 },
      { login: 'applicant', level: 1, fields: blank },
    ]);
    const [holderId = '', applicantId = ''] = people.map(({ id }) => id);
    const { name = '', certificate } = (await accounts.findById(holderId)) ?? {};
    const claimed = {
      name,
      certificateType: certificate?.type ?? '',
      certificateNumber: certificate?.number ?? '',
    };
    // As it is opened by who has never tried a register: nothing tells of another account.
    const caseId = await storage.database.transaction((session) =>
      review.desk.open(
        {
          kind: 'natural_person',
          applicantId,
          involvedIds: [],
          claimed,
          answers: [],
          fileIds: [],
          approvals: 1,
        },
        session,
      ),
    );
    const [one, two] = [await reviewer('one'), await reviewer('two')];
    await approve(caseId, one);
    expect(await levelOf(holderId)).toBe(2);
    expect(await review.cases.find(caseId)).toMatchObject({
      state: 'pending',
      approvals: 2,
      trouble: 'identity_held',
    });
    await approve(caseId, one);
    expect(await levelOf(holderId)).toBe(2);
    await approve(caseId, two);
    expect(await levelOf(holderId)).toBe(1);
    expect(await levelOf(applicantId)).toBe(3);
  });
});
