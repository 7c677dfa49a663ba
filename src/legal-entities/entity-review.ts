// Organisations that the register did not confirm, as who registers them sees it: which may be sent
// to staff, with which papers, and what becomes of it. What an approval does is decide-entity.ts.
import type { Account, LegalEntitySubtype } from '../accounts/account.ts';
import type { AccountStore } from '../accounts/account-store.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { EvidenceFile } from '../evidence-files/evidence-file-store.ts';
import type { EvidenceFiles } from '../evidence-files/evidence-files.ts';
import type { Clock } from '../platform/clock.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import { Overtaken } from '../platform/overtaken.ts';
import type { SourceAnswer } from '../review/review-case.ts';
import type { ApplicantCase, ReviewDesk } from '../review/review-desk.ts';
import { verifiedClaim } from '../verification/compare-face.ts';
import { takeReviewTry } from '../verification/verification-tries.ts';
import type { TriesDependencies } from '../verification/verification-tries.ts';
import type { EntityApplication, EntityApplicationStore } from './entity-application-store.ts';
import type { RegisteredSubtype } from './entity-register.ts';
import type { MandateStore } from './mandate-store.ts';
import type { EntityAgreement } from './entity-basis.ts';

export interface EntityReviewDependencies extends TriesDependencies {
  database: Pick<Database, 'transaction'>;
  desk: Pick<ReviewDesk, 'open' | 'supply' | 'withdraw' | 'statusOf'>;
  files: EvidenceFiles;
  applications: EntityApplicationStore;
  mandates: MandateStore;
  accounts: Pick<AccountStore, 'findByLogin'>;
  audit: AuditLog;
  clock: Clock;
  /** Reviewers who have to agree where nothing speaks against it. */
  approvals: 1 | 2;
}

/** Words: `verification-review.slot.<slot>`; 营业执照或登记证书, 法定代表人身份证明书. */
export const entitySlots = ['entity_licence', 'entity_letter', 'entity_other'] as const;
export type EntitySlot = (typeof entitySlots)[number];
const REQUIRED: readonly EntitySlot[] = ['entity_licence', 'entity_letter'];

export type SendEntityOutcome =
  | { ok: true }
  | { ok: false; reason: 'tries_used_up' | 'changed_meanwhile' }
  | { ok: false; reason: 'files_missing'; slots: EntitySlot[] };

export interface SentEntity {
  subtype: RegisteredSubtype;
  remark: string;
  agreement: Omit<EntityAgreement, 'isAgreed'>;
}

const KIND = 'legal_entity';
/** The register is asked again for so long before staff have to do its work. */
const LONG_WAIT_MS = 3_600_000;
/** Characters. */
const MAX_REMARK = 500;
const NOT_CONFIRMED: ReadonlySet<string> = new Set(['different', 'not_found', 'unclear']);

export class EntityReview {
  readonly #deps: EntityReviewDependencies;

  constructor(deps: EntityReviewDependencies) {
    this.#deps = deps;
  }

  /** How long files stay after the decision. */
  get keptDays(): number {
    return this.#deps.files.keptDays;
  }

  /** Whether the register was asked in vain. */
  isOffered({ stage, answer, waitingSince, isHeld }: EntityApplication): boolean {
    if (stage !== 'waiting' && stage !== 'refused') return false;
    if (isHeld || (answer && NOT_CONFIRMED.has(answer.outcome))) return true;
    if (waitingSince === undefined) return false;
    return this.#deps.clock.now().getTime() - Date.parse(waitingSince) >= LONG_WAIT_MS;
  }

  /** The case it was sent with; undefined before that. */
  async caseOf({ personId, caseId }: EntityApplication): Promise<ApplicantCase | undefined> {
    if (caseId === undefined) return undefined;
    const cases = await this.#deps.desk.statusOf(personId);
    return cases.find(({ id }) => id === caseId);
  }

  /** Nobody has decided it, or more is needed. */
  async isOpen(application: EntityApplication): Promise<boolean> {
    const present = await this.caseOf(application);
    return present?.state === 'waiting' || present?.state === 'more_needed';
  }

  /** Files that wait to be sent with it, and what they show. */
  async filesOf({ id, personId }: EntityApplication): Promise<(EvidenceFile & Shown)[]> {
    const files = await this.#deps.files.looseOf(personId);
    return files.flatMap((file) => {
      const shows = entitySlots.find((slot) => file.slot === slotOf(slot, id));
      return shows ? [{ ...file, shows }] : [];
    });
  }

  addFile(
    { id, personId }: EntityApplication,
    of: { slot: EntitySlot; address: string },
    bytes: Buffer,
  ): ReturnType<EvidenceFiles['add']> {
    const slot = slotOf(of.slot, id);
    return this.#deps.files.add({ ownerId: personId, slot, address: of.address }, bytes);
  }

  /** False for a file that is unknown, another's, or sent already. */
  removeFile(id: string, personId: string): Promise<boolean> {
    return this.#deps.files.discard(id, personId);
  }

  /** Opens a case, or answers what was asked for in an open one. */
  async send(
    person: Account,
    application: EntityApplication,
    sent: SentEntity,
  ): Promise<SendEntityOutcome> {
    const [present, files] = await Promise.all([
      this.caseOf(application),
      this.filesOf(application),
    ]);
    const isAsked = present?.state === 'more_needed';
    if (!isAsked && !this.isOffered(application)) return { ok: false, reason: 'changed_meanwhile' };
    const slots = REQUIRED.filter((slot) => !files.some(({ shows }) => shows === slot));
    if (!isAsked && slots.length > 0) {
      // Another form of it may have taken them along.
      const now = await this.#deps.applications.find(application.id, person.id);
      const isSame = now?.revision === application.revision;
      return isSame
        ? { ok: false, reason: 'files_missing', slots }
        : { ok: false, reason: 'changed_meanwhile' };
    }
    const taken = await takeReviewTry(this.#deps, person.id);
    if (!taken.ok) return { ok: false, reason: 'tries_used_up' };
    const fileIds = files.map(({ id }) => id);
    const given = { person, application, sent, fileIds };
    const isDone = await this.#inTransaction((session) =>
      this.#hand(isAsked ? present.id : undefined, given, session),
    );
    if (!isDone) await this.#deps.budgets.giveBack(taken.reservations);
    return isDone ? { ok: true } : { ok: false, reason: 'changed_meanwhile' };
  }

  /** False when it was decided meanwhile. */
  async withdraw({ id, personId, caseId }: EntityApplication): Promise<boolean> {
    const { desk, files, applications } = this.#deps;
    if (caseId === undefined) return false;
    return this.#inTransaction(async (session) => {
      if (!(await desk.withdraw(caseId, personId, session))) return false;
      await files.caseWithdrawn(caseId, session);
      await applications.drop(id, personId, session);
      return true;
    });
  }

  async #hand(
    askedId: string | undefined,
    of: Handed & { fileIds: string[] },
    session: ClientSession,
  ): Promise<boolean> {
    const { desk, files, applications, audit } = this.#deps;
    const { person, application, sent, fileIds } = of;
    const claimed = claimedTexts(of);
    const by = person.id;
    let caseId = askedId;
    if (caseId === undefined) {
      caseId = await desk.open({ ...(await this.#newCase(of)), claimed, fileIds }, session);
    } else if (!(await desk.supply(caseId, { by, fileIds, claimed }, session)).ok) return false;
    if (!(await files.attach(fileIds, { ownerId: by, caseId }, session))) return false;
    const { version, language, address } = sent.agreement;
    const agreement = { version, language, address };
    const submitted = { subtype: sent.subtype, caseId, agreement };
    if (!(await applications.submit(application, submitted, session))) return false;
    const details = { item: 'entity_review', case: caseId };
    const record = { type: 'verification.consented', actor: by, address, result: 'done' } as const;
    await audit.record({ ...record, details }, session);
    return true;
  }

  async #newCase({ person, application }: Handed) {
    const { accounts, mandates, clock, approvals } = this.#deps;
    const { id, uscc, answer } = application;
    const holder = await accounts.findByLogin(uscc, { kind: 'legalEntity' });
    const people = holder ? await mandates.ofEntity(holder.id) : [];
    const involved = people.map(({ personId }) => personId).filter((each) => each !== person.id);
    const answers: SourceAnswer[] = answer ? [answerOf(answer, application)] : [];
    if (holder) {
      const held = {
        source: 'account',
        outcome: 'different',
        resultCode: 'identity_held',
      } as const;
      answers.push({ ...held, at: clock.now(), values: {} });
    }
    // Who takes it from somebody, or against the word of the register, is looked at twice.
    const isDisputed = holder !== undefined || answer?.outcome === 'different';
    return {
      kind: KIND,
      applicantId: person.id,
      involvedIds: [...new Set([...(holder ? [holder.id] : []), ...involved])],
      answers,
      approvals: isDisputed ? 2 : approvals,
      uniqueKey: `${KIND}:${id}`,
    } as const;
  }

  /** All of it or, with false, nothing. */
  async #inTransaction(work: (session: ClientSession) => Promise<boolean>): Promise<boolean> {
    try {
      return await this.#deps.database.transaction(async (session) => {
        if (await work(session)) return true;
        throw new Overtaken('an organisation or its case has changed');
      });
    } catch (error) {
      if (error instanceof Overtaken) return false;
      throw error;
    }
  }
}

interface Shown {
  shows: EntitySlot;
}

interface Handed {
  person: Account;
  application: EntityApplication;
  sent: SentEntity;
}

export function isRequired(slot: EntitySlot): boolean {
  return REQUIRED.includes(slot);
}

/** Somebody may have papers of two organisations waiting. */
function slotOf(slot: EntitySlot, applicationId: string): string {
  return `${slot}:${applicationId}`;
}

function claimedTexts({ person, application, sent }: Handed) {
  const { uscc, name } = application;
  const claim = verifiedClaim(person);
  if (!claim) throw new Error('only who was verified in person registers an organisation');
  const remark = sent.remark.trim().slice(0, MAX_REMARK);
  return {
    entityName: name,
    uscc,
    entityType: sent.subtype satisfies LegalEntitySubtype,
    legalRepresentative: claim.name,
    legalRepresentativeNumber: claim.certificate.number,
    ...(remark === '' ? {} : { remark }),
  };
}

/** @param of what was asked about */
export function answerOf(
  answer: NonNullable<EntityApplication['answer']>,
  of: { name: string; uscc: string },
): SourceAnswer {
  const { outcome, resultCode, at } = answer;
  const values = outcome === 'matched' ? { entityName: of.name, uscc: of.uscc } : {};
  return { source: 'legal_entity_register', outcome, resultCode, at: new Date(at), values };
}
