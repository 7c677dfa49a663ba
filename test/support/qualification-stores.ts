// Intermediaries on a real database and a real register, without pages: organisations that apply, and
// reviewers who decide.
import { draftAccount } from '../../src/accounts/account-draft.ts';
import { EvidenceFileStore } from '../../src/evidence-files/evidence-file-store.ts';
import { EvidenceFiles } from '../../src/evidence-files/evidence-files.ts';
import { beginApplication, sendApplication } from '../../src/intermediaries/apply-qualification.ts';
import { openIntermediaries } from '../../src/intermediaries/open-intermediaries.ts';
import type { Qualification, QualificationFacts } from '../../src/intermediaries/qualification.ts';
import { localesFolder } from '../../src/platform/http/http-app.ts';
import { loadWords } from '../../src/platform/http/locale.ts';
import { loadIntermediaryKinds } from '../../src/platform/intermediaries-config.ts';
import { carryOutDue } from '../../src/review/carry-out.ts';
import { CaseWork } from '../../src/review/case-work.ts';
import type { DecisionInput } from '../../src/review/case-work.ts';
import { ReviewCaseStore } from '../../src/review/review-case-store.ts';
import { ReviewDesk } from '../../src/review/review-desk.ts';
import { ADDRESS as address, openEntityStores } from './entity-stores.ts';
import type { CityPerson } from './city-accounts.ts';

export const CONFIRM = { verdict: 'approve', reason: 'department_confirms' } as const;
const SETTINGS = { undoSeconds: 0, dueHours: 48, claimSeconds: 1800, samplePercent: 0 };

export type QualificationStores = Awaited<ReturnType<typeof openQualificationStores>>;

export async function openQualificationStores(uri: string, people: readonly CityPerson[]) {
  const stores = await openEntityStores(uri, people);
  const { storage, accounts } = stores;
  const process = stores.process();
  const cases = new ReviewCaseStore(storage);
  const desk = new ReviewDesk({ ...storage, cases, settings: SETTINGS });
  const files = new EvidenceFiles({ ...storage, logger: process.logger }, { keptDays: 30 });
  const tries = { ...process.tries, reviewPerAccount: { attempts: 1000, windowSeconds: 60 } };
  const deps = { ...process, tries, desk, files, approvals: 1 as const };
  const words = loadWords(localesFolder);
  const kinds = loadIntermediaryKinds(undefined, []);
  const { intermediaries } = openIntermediaries({ ...deps, words }, kinds);
  const caseWork = new CaseWork({
    ...storage,
    accounts,
    cases,
    settings: SETTINGS,
    handlerOf: (kind) => desk.handlerOf(kind),
    hasRead: () => Promise.resolve(true),
    hasRevealed: () => Promise.resolve(true),
  });
  const carryOut = () =>
    carryOutDue({
      ...storage,
      accounts,
      cases,
      desk,
      settings: SETTINGS,
      logger: process.logger,
      tell: () => Promise.reject(new Error('the people of the organisation are told')),
    });

  async function reviewer(name: string, number?: string): Promise<string> {
    const drafted = draftAccount(
      {
        kind: 'civilServant',
        login: name,
        name,
        realNameLevel: 3,
        ...(number === undefined ? {} : { certificateType: '111', certificateNumber: number }),
      },
      { source: 'test', grade: 'A', areContactsConfirmed: true, now: storage.clock.now() },
    );
    if (!drafted.ok) throw new Error(JSON.stringify(drafted.problems));
    const inserted = await accounts.insert(drafted.draft, { actor: 'operator' });
    if (!inserted.ok) throw new Error(inserted.reason);
    const { id } = inserted.account;
    await storage.database
      .collection<{ _id: string }>('accounts')
      .updateOne({ _id: id }, { $set: { roles: ['reviewer'] } });
    return id;
  }

  /** As uploads leave them. */
  async function addPapers({ id, entityId }: Qualification, owner = entityId): Promise<void> {
    const store = new EvidenceFileStore(storage);
    const picture = { bytes: Buffer.from('a picture'), width: 60, height: 40 };
    for (const slot of ['qualification_certificate', 'qualification_letter']) {
      await store.add({ ownerId: owner, slot: `${slot}:${id}` }, [picture]);
    }
  }

  async function drafted(entityId: string, facts: QualificationFacts, renews?: string) {
    const begun = await beginApplication(intermediaries, entityId, { facts, renews });
    if (!begun.ok) throw new Error(begun.reason);
    await addPapers(begun.qualification);
    return begun.qualification;
  }

  async function send(of: Qualification, login: string) {
    const person = await stores.personCalled(login);
    return sendApplication(intermediaries, of, { person, remark: '', address });
  }

  async function again(id: string): Promise<Qualification> {
    const found = await intermediaries.qualifications.find(id);
    if (!found) throw new Error('no such qualification');
    return found;
  }

  /** @returns as it is with staff */
  async function sent(
    of: { entityId: string; login: string; renews?: string },
    facts: QualificationFacts,
  ): Promise<Qualification> {
    const draft = await drafted(of.entityId, facts, of.renews);
    const outcome = await send(draft, of.login);
    if (!outcome.ok) throw new Error(outcome.reason);
    return again(draft.id);
  }

  async function vote(by: string, of: Qualification, input: DecisionInput = CONFIRM) {
    const reviewing = { id: by, address };
    const claimed = await caseWork.claim(of.caseId ?? '', reviewing);
    return claimed.ok ? caseWork.decide(of.caseId ?? '', reviewing, input) : claimed;
  }

  async function decide(by: string, of: Qualification, input: DecisionInput = CONFIRM) {
    const outcome = await vote(by, of, input);
    if (!outcome.ok) throw new Error(outcome.reason);
    await carryOut();
    return again(of.id);
  }

  const eventsOf = async (subject: string) => {
    const found = storage.database.collection('auditRecords').find({ subject });
    const types = await found.sort({ at: 1, _id: 1 }).toArray();
    return types.map(({ type }) => String(type)).filter((type) => type.startsWith('intermed'));
  };

  return {
    ...stores,
    deps: intermediaries,
    cases,
    reviewer,
    addPapers,
    drafted,
    send,
    sent,
    again,
    vote,
    decide,
    carryOut,
    eventsOf,
    heldBy: async (entityId: string) => (await accounts.findById(entityId))?.qualifications ?? [],
  };
}
