// Children whom the registers did not confirm, as the guardian sees their review: with which papers
// they are sent to staff, and what becomes of it. What an approval does is decide-child.ts.
import type { Account } from '../accounts/account.ts';
import type { AccountStore } from '../accounts/account-store.ts';
import { maskName } from '../accounts/masking.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { EvidenceFiles } from '../evidence-files/evidence-files.ts';
import type { Clock } from '../platform/clock.ts';
import type { ClientSession } from '../platform/mongo.ts';
import type { SourceAnswer } from '../review/review-case.ts';
import { caseSentWith, isUnderWay } from '../papers/applicant-case.ts';
import { remarkText, sendPapers, takeBack } from '../papers/hand-in.ts';
import type { SendPapersDependencies, SendPapersOutcome } from '../papers/hand-in.ts';
import { missingSlots, PaperFiles } from '../papers/paper-files.ts';
import type { PaperPlace, SlotRule } from '../papers/paper-files.ts';
import type { ApplicantCase, ReviewDesk } from '../review/review-desk.ts';
import { verifiedClaim } from '../verification/compare-face.ts';
import { RESIDENT_ID } from '../verification/identity-form.ts';
import type { AddedChild } from './add-child.ts';
import type { ChildApplication, ChildApplicationStore } from './child-application-store.ts';
import type { Guardianship } from './guardianship.ts';
import type { WardStore } from './ward-store.ts';

export interface ChildReviewDependencies extends Omit<SendPapersDependencies, 'database'> {
  desk: Pick<ReviewDesk, 'open' | 'supply' | 'withdraw' | 'statusOf'>;
  files: EvidenceFiles;
  applications: ChildApplicationStore;
  wards: WardStore;
  accounts: Pick<AccountStore, 'findByLogin' | 'transaction'>;
  notices: Guardianship['notices'];
  audit: AuditLog;
  clock: Clock;
}

/** Words: `verification-review.slot.<slot>`; 户口簿, 出生医学证明, 判决或指定监护文书, 孩子的证件. */
export const childSlots = [
  'child_household',
  'child_birth',
  'child_court',
  'child_document',
] as const;
export type ChildSlot = (typeof childSlots)[number];
/** One of them shows whose child it is. */
const FAMILY: readonly ChildSlot[] = ['child_household', 'child_birth', 'child_court'];

export type SendChildOutcome =
  | SendPapersOutcome<ChildSlot>
  | { ok: false; reason: 'family_missing' };

export interface SentChild {
  remark: string;
  agreement: AddedChild['agreement'];
}

const KIND = 'guardianship';

export class ChildReview {
  readonly papers: PaperFiles<ChildSlot>;
  readonly #deps: ChildReviewDependencies & SendPapersDependencies;

  constructor(deps: ChildReviewDependencies) {
    this.#deps = { ...deps, database: deps.accounts };
    this.papers = new PaperFiles(deps.files, childSlots);
  }

  /** The case it was sent with; undefined before that. */
  caseOf({ guardianId, caseId }: ChildApplication): Promise<ApplicantCase | undefined> {
    return caseSentWith(this.#deps.desk, { applicantId: guardianId, caseId });
  }

  /** Staff have it, or wait for more. */
  async isOpen(application: ChildApplication): Promise<boolean> {
    return isUnderWay(await this.caseOf(application));
  }

  /** Opens a case, or answers what was asked for in an open one. */
  async send(
    guardian: Account,
    application: ChildApplication,
    sent: SentChild,
  ): Promise<SendChildOutcome> {
    const [present, papers] = await Promise.all([
      this.caseOf(application),
      this.papers.waiting(placeOf(application)),
    ]);
    const asked = present?.state === 'more_needed' ? present : undefined;
    // One that was decided or taken back begins with the form.
    if (present && !asked) return { ok: false, reason: 'changed_meanwhile' };
    const missing = asked ? undefined : missingOf(application, papers);
    if (missing) {
      // Another form of it may have taken them along.
      const now = await this.#deps.applications.find(application.id, guardian.id);
      const isSame = now?.revision === application.revision;
      return isSame ? missing : { ok: false, reason: 'changed_meanwhile' };
    }
    const { to, toldIds } = asked
      ? { to: { caseId: asked.id }, toldIds: [] }
      : await this.#newCase(guardian.id, application);
    const { agreement } = sent;
    const { address } = agreement;
    const handed = {
      applicantId: guardian.id,
      claimed: claimedTexts(guardian, application, sent),
      fileIds: papers.map(({ id }) => id),
      to,
      consent: { item: 'guardianship_review', address },
    };
    return sendPapers(this.#deps, handed, async (session, caseId) => {
      const submitted = { caseId, agreement };
      if (!(await this.#deps.applications.submit(application, submitted, session))) return false;
      return this.#tellOthers(toldIds, application.name, session);
    });
  }

  /** False when it was decided meanwhile. */
  async takeBack(application: ChildApplication): Promise<boolean> {
    const { caseId, guardianId: applicantId } = application;
    if (caseId === undefined) return false;
    return takeBack(this.#deps, { caseId, applicantId }, (session) =>
      this.#deps.applications.drop(application, session),
    );
  }

  /** It touches the child's account with its guardians, if it has one; they are told. */
  async #newCase(guardianId: string, application: ChildApplication) {
    const { accounts, wards, clock } = this.#deps;
    const { number } = application.certificate;
    const holder = await accounts.findByLogin(number, { kind: 'naturalPerson' });
    const ward = holder && (await wards.find(holder.id));
    const ids = (ward?.guardians ?? []).map(({ accountId }) => accountId);
    const toldIds = ids.filter((id) => id !== guardianId);
    const answers: SourceAnswer[] = application.answers.map((answer) => ({
      ...answer,
      at: new Date(answer.at),
      values: answer.outcome === 'matched' ? comparedTexts(application) : {},
    }));
    const resultCode = ward ? 'has_guardian' : 'identity_held';
    const held = { source: 'account', outcome: 'different', resultCode } as const;
    const to = {
      kind: KIND,
      approvals: 2,
      involvedIds: holder ? [holder.id, ...toldIds] : [],
      answers: holder ? [...answers, { ...held, at: clock.now(), values: {} }] : answers,
      uniqueKey: `${KIND}:${application.id}`,
    } as const;
    return { to, toldIds };
  }

  /** So that who has the child in care can object before anything happens. */
  async #tellOthers(
    guardianIds: readonly string[],
    name: string,
    session: ClientSession,
  ): Promise<() => void> {
    const tells: (() => void)[] = [];
    const facts = { template: 'guardian_review', childName: maskName(name) } as const;
    for (const accountId of guardianIds) {
      tells.push(await this.#deps.notices.guardianshipChanged({ accountId, ...facts }, session));
    }
    return () => {
      for (const tell of tells) tell();
    };
  }
}

/** A guardian may have papers of two children waiting. */
export function placeOf({
  guardianId,
  id,
}: Pick<ChildApplication, 'guardianId' | 'id'>): PaperPlace {
  return { ownerId: guardianId, purpose: id };
}

/** A child without an ID card needs its own document beside what shows the family. */
export function slotRules({ certificate }: ChildApplication): SlotRule<ChildSlot>[] {
  const needsDocument = certificate.type !== RESIDENT_ID;
  return childSlots.map((slot) => ({
    slot,
    isRequired: slot === 'child_document' && needsDocument,
  }));
}

function missingOf(
  application: ChildApplication,
  papers: readonly { shows: ChildSlot }[],
): (SendChildOutcome & { ok: false }) | undefined {
  const slots = missingSlots(slotRules(application), papers);
  if (slots.length > 0) return { ok: false, reason: 'files_missing', slots };
  const showsFamily = papers.some(({ shows }) => FAMILY.includes(shows));
  return showsFamily ? undefined : { ok: false, reason: 'family_missing' };
}

function comparedTexts({ name, certificate }: ChildApplication) {
  return { name, certificateNumber: certificate.number };
}

function claimedTexts(guardian: Account, application: ChildApplication, sent: SentChild) {
  const { name, certificate, birthDate, relation } = application;
  const own = verifiedClaim(guardian);
  if (!own) throw new Error('only who was verified in person sends papers of a child');
  return {
    name,
    certificateType: certificate.type,
    certificateNumber: certificate.number,
    ...(certificate.country === undefined ? {} : { certificateCountry: certificate.country }),
    birthDate,
    guardianName: own.name,
    guardianCertificateNumber: own.certificate.number,
    relationship: relation,
    ...remarkText(sent.remark),
  };
}
