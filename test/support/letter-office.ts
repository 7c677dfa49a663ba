// An organisation, people who ask to act for it with a letter of authority, and staff who decide, on
// real stores.
import { draftAccount } from '../../src/accounts/account-draft.ts';
import { EvidenceFileStore } from '../../src/evidence-files/evidence-file-store.ts';
import { EvidenceFiles } from '../../src/evidence-files/evidence-files.ts';
import { askToHandle } from '../../src/mandates/requests/ask-to-handle.ts';
import type { TypedRequest } from '../../src/mandates/requests/ask-to-handle.ts';
import type { HandlerRequest } from '../../src/mandates/requests/handler-request.ts';
import { requestWays } from '../../src/mandates/requests/handler-request.ts';
import { openLetterReview } from '../../src/mandates/requests/open-letter-review.ts';
import { openStopLinks } from '../../src/mandates/requests/stop-request.ts';
import { ServiceCatalogue } from '../../src/clients/service-catalogue.ts';
import { localesFolder } from '../../src/platform/http/http-app.ts';
import { loadWords } from '../../src/platform/http/locale.ts';
import { carryOutDue } from '../../src/review/carry-out.ts';
import { CaseWork } from '../../src/review/case-work.ts';
import type { DecisionInput } from '../../src/review/case-work.ts';
import { ReviewCaseStore } from '../../src/review/review-case-store.ts';
import { ReviewDesk } from '../../src/review/review-desk.ts';
import { ADDRESS as address } from './entity-stores.ts';
import { choices, HandlerOffice } from './handler-office.ts';

const APPROVE = { verdict: 'approve', reason: 'evidence_clear' } as const;
const settings = { undoSeconds: 0, dueHours: 48, claimSeconds: 1800, samplePercent: 0 };

type Parts = Awaited<ReturnType<typeof openParts>>;

async function openParts(uri: string) {
  const office = await HandlerOffice.open(uri);
  const { storage } = office.stores;
  const cases = new ReviewCaseStore(storage);
  const desk = new ReviewDesk({ ...storage, cases, settings });
  const files = new EvidenceFiles({ ...storage, logger: office.deps.logger }, { keptDays: 30 });
  const clients = { find: () => undefined, registration: () => undefined, registrations: () => [] };
  const tries = {
    ...office.deps.tries,
    reviewPerAccount: { attempts: 1000, windowSeconds: 60 },
  };
  const own = {
    ...office.deps,
    ...openStopLinks({ ...storage, issuer: 'https://id.example' }),
    choices: { clients, services: new ServiceCatalogue([]) },
    words: loadWords(localesFolder),
    tries,
    desk,
    files,
  };
  const letters = openLetterReview(own);
  const { accounts } = office.stores;
  const caseWork = new CaseWork({
    ...storage,
    accounts,
    cases,
    settings,
    handlerOf: (kind) => desk.handlerOf(kind),
    hasRead: () => Promise.resolve(true),
    hasRevealed: () => Promise.resolve(true),
  });
  const account = await accounts.findById(office.entityId);
  const entity = { name: account?.name ?? '', number: account?.uscc ?? '' };
  return { office, cases, desk, files, caseWork, entity, deps: { ...own, ...letters } };
}

export class LetterOffice {
  readonly #parts: Parts;
  readonly #reviewers: string[] = [];

  private constructor(parts: Parts) {
    this.#parts = parts;
  }

  static async open(uri: string): Promise<LetterOffice> {
    const office = new LetterOffice(await openParts(uri));
    for (const name of ['officer-one', 'officer-two']) {
      office.#reviewers.push(await office.reviewer(name));
    }
    return office;
  }

  get deps() {
    return this.#parts.deps;
  }
  get review() {
    return this.#parts.deps.letterReview;
  }
  get cases() {
    return this.#parts.cases;
  }
  get stores() {
    return this.#parts.office.stores;
  }
  get entityId() {
    return this.#parts.office.entityId;
  }

  day(days: number): string {
    return this.#parts.office.day(days);
  }

  person(login: string) {
    return this.stores.personCalled(login);
  }

  /** The id of an officer, verified as the holder of `number` where one is given. */
  async reviewer(name: string, number?: string): Promise<string> {
    const { accounts, storage } = this.stores;
    const verified =
      number === undefined ? {} : { certificateType: '111', certificateNumber: number };
    const drafted = draftAccount(
      { kind: 'civilServant', login: name, name, realNameLevel: 3, ...verified },
      { source: 'test', grade: 'A', areContactsConfirmed: true, now: storage.clock.now() },
    );
    if (!drafted.ok) throw new Error(JSON.stringify(drafted.problems));
    const inserted = await accounts.insert(drafted.draft, { actor: 'operator' });
    if (!inserted.ok) throw new Error(inserted.reason);
    const { id: _id } = inserted.account;
    const all = storage.database.collection<{ _id: string }>('accounts');
    await all.updateOne({ _id }, { $set: { roles: ['reviewer'] } });
    return _id;
  }

  /** For ten days of one service, unless something else is given. */
  async asked(login: string, given: Partial<TypedRequest> = {}, papers = ['mandate_letter']) {
    const scope = { serviceScope: 'some', services: ['tax.file'], clientScope: 'all', clients: [] };
    const term = { isSingleUse: false, from: '', until: this.day(10) };
    const typed = { ...this.#parts.entity, way: 'letter', ...scope, ...term, ...given };
    const form = { typed, ways: requestWays, choices, address };
    const outcome = await askToHandle(this.deps, await this.person(login), form);
    if (!outcome.ok) throw new Error(JSON.stringify(outcome.errors));
    if (papers.length > 0) await this.addPapers(outcome.request, papers);
    return outcome.request;
  }

  /** As uploads leave them. */
  async addPapers({ id, personId: ownerId }: HandlerRequest, slots = ['mandate_letter']) {
    const store = new EvidenceFileStore(this.stores.storage);
    const picture = { bytes: Buffer.from('a picture'), width: 60, height: 40 };
    for (const slot of slots) await store.add({ ownerId, slot: `${slot}:${id}` }, [picture]);
  }

  /** @returns as it is with staff */
  async sent(login: string, given: Partial<TypedRequest> = {}): Promise<HandlerRequest> {
    const request = await this.asked(login, given);
    const outcome = await this.review.send(await this.person(login), request, {
      remark: '',
      address,
    });
    if (!outcome.ok) throw new Error(outcome.reason);
    return this.again(request);
  }

  async again({ id }: HandlerRequest): Promise<HandlerRequest> {
    const found = await this.deps.requests.find(id);
    if (!found) throw new Error('no such request');
    return found;
  }

  async vote(by: number | string, { caseId = '' }: HandlerRequest, input: DecisionInput = APPROVE) {
    const { caseWork } = this.#parts;
    const reviewing = { id: typeof by === 'string' ? by : (this.#reviewers[by] ?? ''), address };
    const claimed = await caseWork.claim(caseId, reviewing);
    return claimed.ok ? caseWork.decide(caseId, reviewing, input) : claimed;
  }

  async askAgain(by: number, { caseId = '' }: HandlerRequest): Promise<void> {
    const { caseWork } = this.#parts;
    const reviewing = { id: this.#reviewers[by] ?? '', address };
    await caseWork.claim(caseId, reviewing);
    const outcome = await caseWork.askAgain(caseId, reviewing);
    if (!outcome.ok) throw new Error(outcome.reason);
    await caseWork.release(caseId, reviewing);
  }

  carryOut(): Promise<number> {
    const { cases, desk } = this.#parts;
    const { storage, accounts } = this.stores;
    const tell = () => Promise.reject(new Error('people are told by the decision'));
    const { logger } = this.deps;
    return carryOutDue({ ...storage, accounts, cases, desk, settings, logger, tell });
  }

  /** By both reviewers. */
  async approve(request: HandlerRequest): Promise<void> {
    for (const by of [0, 1]) {
      const outcome = await this.vote(by, request);
      if (!outcome.ok) throw new Error(outcome.reason);
    }
    await this.carryOut();
  }

  /** From now on this person represents the organisation. */
  async represent(login: string): Promise<void> {
    const { mandates } = this.deps;
    const { id: holderId } = await this.person(login);
    const { entityId } = this;
    const leaders = await mandates.leaders(entityId);
    const former = leaders.filter(({ role }) => role === 'legalRepresentative');
    await this.stores.storage.database.transaction(async (session) => {
      for (const { id } of former) await mandates.end(id, 'replaced', session);
      const mandate = { entityId, holderId, role: 'legalRepresentative' } as const;
      const since = this.stores.clock.now();
      const granted = { ...mandate, grantedBy: 'register', proof: 'register', since } as const;
      await mandates.grant(granted, session);
    });
  }

  async held(login: string) {
    return this.deps.mandates.ofHolder((await this.person(login)).id);
  }

  async filesOf({ caseId = '' }: HandlerRequest) {
    return this.#parts.files.ofCase(caseId);
  }

  /** Reasons of the messages that wait, whoever they are to. */
  notices(): Promise<unknown[]> {
    return this.stores.storage.database.collection('messageOutbox').distinct('reason');
  }

  async clear(): Promise<void> {
    await this.#parts.office.endAll();
    await this.stores.storage.database.collection('mandateRequests').deleteMany({});
    await this.stores.storage.database.collection('messageOutbox').deleteMany({});
    this.stores.clock.advance(90_000);
  }

  close(): Promise<void> {
    return this.#parts.office.close();
  }
}
