// Organisations that the register did not confirm, as who registers them sees it: which may be sent
// to staff, with which papers, and what becomes of it. What an approval does is decide-entity.ts.
import type { Account, LegalEntitySubtype } from '../accounts/account.ts';
import type { AccountStore } from '../accounts/account-store.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { EvidenceFiles } from '../evidence-files/evidence-files.ts';
import type { Clock } from '../platform/clock.ts';
import { caseSentWith, isUnderWay } from '../papers/applicant-case.ts';
import { remarkText, sendPapers, takeBack } from '../papers/hand-in.ts';
import type { SendPapersDependencies, SendPapersOutcome } from '../papers/hand-in.ts';
import { missingSlots, PaperFiles } from '../papers/paper-files.ts';
import type { PaperPlace, SlotRule } from '../papers/paper-files.ts';
import type { SourceAnswer } from '../review/review-case.ts';
import type { ApplicantCase, ReviewDesk } from '../review/review-desk.ts';
import { verifiedClaim } from '../verification/compare-face.ts';
import type { EntityApplication, EntityApplicationStore } from './entity-application-store.ts';
import type { RegisteredSubtype } from './entity-register.ts';
import type { MandateStore } from '../mandates/mandate-store.ts';
import type { EntityAgreement } from './entity-basis.ts';

export interface EntityReviewDependencies extends SendPapersDependencies {
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
export const slotRules: readonly SlotRule<EntitySlot>[] = [
  { slot: 'entity_licence', isRequired: true },
  { slot: 'entity_letter', isRequired: true },
  { slot: 'entity_other', isRequired: false },
];

export type SendEntityOutcome = SendPapersOutcome<EntitySlot>;

export interface SentEntity {
  subtype: RegisteredSubtype;
  remark: string;
  agreement: Omit<EntityAgreement, 'isAgreed'>;
}

const KIND = 'legal_entity';
/** The register is asked again for so long before staff have to do its work. */
const LONG_WAIT_MS = 3_600_000;
const NOT_CONFIRMED: ReadonlySet<string> = new Set(['different', 'not_found', 'unclear']);

export class EntityReview {
  readonly papers: PaperFiles<EntitySlot>;
  readonly #deps: EntityReviewDependencies;

  constructor(deps: EntityReviewDependencies) {
    this.#deps = deps;
    this.papers = new PaperFiles(deps.files, entitySlots);
  }

  /** Whether the register was asked in vain. */
  isOffered({ stage, answer, waitingSince, isHeld }: EntityApplication): boolean {
    if (stage !== 'waiting' && stage !== 'refused') return false;
    if (isHeld || (answer && NOT_CONFIRMED.has(answer.outcome))) return true;
    if (waitingSince === undefined) return false;
    return this.#deps.clock.now().getTime() - Date.parse(waitingSince) >= LONG_WAIT_MS;
  }

  /** The case it was sent with; undefined before that. */
  caseOf({ personId, caseId }: EntityApplication): Promise<ApplicantCase | undefined> {
    return caseSentWith(this.#deps.desk, { applicantId: personId, caseId });
  }

  /** Nobody has decided it, or more is needed. */
  async isOpen(application: EntityApplication): Promise<boolean> {
    return isUnderWay(await this.caseOf(application));
  }

  /** Opens a case, or answers what was asked for in an open one. */
  async send(
    person: Account,
    application: EntityApplication,
    sent: SentEntity,
  ): Promise<SendEntityOutcome> {
    const { applications } = this.#deps;
    const [present, papers] = await Promise.all([
      this.caseOf(application),
      this.papers.waiting(placeOf(application)),
    ]);
    const isAsked = present?.state === 'more_needed';
    if (!isAsked && !this.isOffered(application)) return { ok: false, reason: 'changed_meanwhile' };
    const slots = missingSlots(slotRules, papers);
    if (!isAsked && slots.length > 0) {
      // Another form of it may have taken them along.
      const now = await applications.find(application.id, person.id);
      const isSame = now?.revision === application.revision;
      return isSame
        ? { ok: false, reason: 'files_missing', slots }
        : { ok: false, reason: 'changed_meanwhile' };
    }
    const { version, language, address } = sent.agreement;
    const handed = {
      applicantId: person.id,
      claimed: claimedTexts(person, application, sent),
      fileIds: papers.map(({ id }) => id),
      to: isAsked ? { caseId: present.id } : await this.#newCase(person.id, application),
      consent: { item: 'entity_review', address },
    };
    return sendPapers(this.#deps, handed, (session, caseId) => {
      const agreement = { version, language, address };
      return applications.submit(
        application,
        { subtype: sent.subtype, caseId, agreement },
        session,
      );
    });
  }

  /** False when it was decided meanwhile. */
  async takeBack({ id, personId: applicantId, caseId }: EntityApplication): Promise<boolean> {
    if (caseId === undefined) return false;
    return takeBack(this.#deps, { caseId, applicantId }, async (session) => {
      await this.#deps.applications.drop(id, applicantId, session);
      return true;
    });
  }

  async #newCase(personId: string, { id, uscc, name, answer }: EntityApplication) {
    const { accounts, mandates, clock, approvals } = this.#deps;
    const holder = await accounts.findByLogin(uscc, { kind: 'legalEntity' });
    const people = holder ? await mandates.ofEntity(holder.id) : [];
    const involved = people.map((each) => each.holderId).filter((each) => each !== personId);
    const answers: SourceAnswer[] = answer ? [answerOf(answer, { name, uscc })] : [];
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
      involvedIds: [...new Set([...(holder ? [holder.id] : []), ...involved])],
      answers,
      approvals: isDisputed ? 2 : approvals,
      uniqueKey: `${KIND}:${id}`,
    } as const;
  }
}

/** Somebody may have papers of two organisations waiting. */
export function placeOf({ personId, id }: Pick<EntityApplication, 'personId' | 'id'>): PaperPlace {
  return { ownerId: personId, purpose: id };
}

function claimedTexts(person: Account, { uscc, name }: EntityApplication, sent: SentEntity) {
  const claim = verifiedClaim(person);
  if (!claim) throw new Error('only who was verified in person registers an organisation');
  return {
    entityName: name,
    uscc,
    entityType: sent.subtype satisfies LegalEntitySubtype,
    legalRepresentative: claim.name,
    legalRepresentativeNumber: claim.certificate.number,
    ...remarkText(sent.remark),
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
