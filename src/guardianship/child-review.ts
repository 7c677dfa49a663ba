// Children whom the registers did not confirm, as the guardian sees their review: with which papers
// they are sent to staff, and what becomes of it. What an approval does is decide-child.ts.
import type { Account } from '../accounts/account.ts';
import type { AccountStore } from '../accounts/account-store.ts';
import { maskName } from '../accounts/masking.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { EvidenceFile } from '../evidence-files/evidence-file-store.ts';
import type { EvidenceFiles } from '../evidence-files/evidence-files.ts';
import type { Clock } from '../platform/clock.ts';
import type { ClientSession } from '../platform/mongo.ts';
import type { SourceAnswer } from '../review/review-case.ts';
import type { ApplicantCase, ReviewDesk } from '../review/review-desk.ts';
import { verifiedClaim } from '../verification/compare-face.ts';
import { RESIDENT_ID } from '../verification/identity-form.ts';
import { takeReviewTry } from '../verification/verification-tries.ts';
import type { TriesDependencies } from '../verification/verification-tries.ts';
import type { AddedChild } from './add-child.ts';
import { inTransaction } from './change-consent.ts';
import type { ChildApplication, ChildApplicationStore } from './child-application-store.ts';
import type { Guardianship } from './guardianship.ts';
import type { WardStore } from './ward-store.ts';

export interface ChildReviewDependencies extends TriesDependencies {
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
  | { ok: true }
  | { ok: false; reason: 'tries_used_up' | 'changed_meanwhile' | 'family_missing' }
  | { ok: false; reason: 'files_missing'; slots: ChildSlot[] };

export interface SentChild {
  remark: string;
  agreement: AddedChild['agreement'];
}

const KIND = 'guardianship';
/** Characters. */
const MAX_REMARK = 500;

export class ChildReview {
  readonly #deps: ChildReviewDependencies;

  constructor(deps: ChildReviewDependencies) {
    this.#deps = deps;
  }

  /** How long files stay after the decision. */
  get keptDays(): number {
    return this.#deps.files.keptDays;
  }

  /** The case it was sent with; undefined before that. */
  async caseOf({ guardianId, caseId }: ChildApplication): Promise<ApplicantCase | undefined> {
    if (caseId === undefined) return undefined;
    const cases = await this.#deps.desk.statusOf(guardianId);
    return cases.find(({ id }) => id === caseId);
  }

  /** Staff have it, or wait for more. */
  async isOpen(application: ChildApplication): Promise<boolean> {
    const present = await this.caseOf(application);
    return present?.state === 'waiting' || present?.state === 'more_needed';
  }

  /** Files that wait to be sent with it, and what they show. */
  async filesOf({
    id,
    guardianId,
  }: ChildApplication): Promise<(EvidenceFile & { shows: ChildSlot })[]> {
    const files = await this.#deps.files.looseOf(guardianId);
    return files.flatMap((file) => {
      const shows = childSlots.find((slot) => file.slot === slotOf(slot, id));
      return shows ? [{ ...file, shows }] : [];
    });
  }

  addFile(
    { id, guardianId }: ChildApplication,
    of: { slot: ChildSlot; address: string },
    bytes: Buffer,
  ): ReturnType<EvidenceFiles['add']> {
    const slot = slotOf(of.slot, id);
    return this.#deps.files.add({ ownerId: guardianId, slot, address: of.address }, bytes);
  }

  /** False for a file that is unknown, another's, or sent already. */
  removeFile(id: string, guardianId: string): Promise<boolean> {
    return this.#deps.files.discard(id, guardianId);
  }

  /** Opens a case, or answers what was asked for in an open one. */
  async send(
    guardian: Account,
    application: ChildApplication,
    sent: SentChild,
  ): Promise<SendChildOutcome> {
    const [present, files] = await Promise.all([
      this.caseOf(application),
      this.filesOf(application),
    ]);
    const isAsked = present?.state === 'more_needed';
    // One that was decided or taken back begins with the form.
    if (present && !isAsked) return { ok: false, reason: 'changed_meanwhile' };
    const missing = isAsked ? undefined : missingOf(application, files);
    if (missing) {
      // Another form of it may have taken them along.
      const now = await this.#deps.applications.find(application.id, guardian.id);
      const isSame = now?.revision === application.revision;
      return isSame ? missing : { ok: false, reason: 'changed_meanwhile' };
    }
    const taken = await takeReviewTry(this.#deps, guardian.id);
    if (!taken.ok) return { ok: false, reason: 'tries_used_up' };
    const fileIds = files.map(({ id }) => id);
    const of = { guardian, application, sent, fileIds, askedId: isAsked ? present.id : undefined };
    const isDone = await inTransaction(this.#deps, (session) => this.#hand(of, session));
    if (!isDone) await this.#deps.budgets.giveBack(taken.reservations);
    return isDone ? { ok: true } : { ok: false, reason: 'changed_meanwhile' };
  }

  /** False when it was decided meanwhile. */
  async withdraw(application: ChildApplication): Promise<boolean> {
    const { desk, files, applications } = this.#deps;
    const { caseId, guardianId } = application;
    if (caseId === undefined) return false;
    return inTransaction(this.#deps, async (session) => {
      if (!(await desk.withdraw(caseId, guardianId, session))) return undefined;
      await files.caseWithdrawn(caseId, session);
      return (await applications.drop(application, session)) ? () => undefined : undefined;
    });
  }

  async #hand(of: Handed, session: ClientSession): Promise<(() => void) | undefined> {
    const { desk, files, applications, audit } = this.#deps;
    const { guardian, application, sent, fileIds, askedId } = of;
    const claimed = claimedTexts(of);
    const by = guardian.id;
    let told: (() => void)[] = [];
    let caseId = askedId;
    if (caseId === undefined) {
      const held = await this.#heldBy(of);
      const facts = { kind: KIND, applicantId: by, approvals: 2, claimed, fileIds } as const;
      const { involvedIds, answers } = held;
      const uniqueKey = `${KIND}:${application.id}`;
      caseId = await desk.open({ ...facts, involvedIds, answers, uniqueKey }, session);
      told = await this.#tellOthers(held.guardianIds, application.name, session);
    } else if (!(await desk.supply(caseId, { by, fileIds, claimed }, session)).ok) return undefined;
    if (!(await files.attach(fileIds, { ownerId: by, caseId }, session))) return undefined;
    const submitted = { caseId, agreement: sent.agreement };
    if (!(await applications.submit(application, submitted, session))) return undefined;
    const details = { item: 'guardianship_review', case: caseId };
    const { address } = sent.agreement;
    const record = { type: 'verification.consented', actor: by, address, result: 'done' } as const;
    await audit.record({ ...record, details }, session);
    return () => {
      for (const tell of told) tell();
    };
  }

  /** Whom it touches: the child's account with its guardians, if it has one. */
  async #heldBy({ guardian, application }: Handed) {
    const { accounts, wards, clock } = this.#deps;
    const { number } = application.certificate;
    const holder = await accounts.findByLogin(number, { kind: 'naturalPerson' });
    const ward = holder && (await wards.find(holder.id));
    const ids = (ward?.guardians ?? []).map(({ accountId }) => accountId);
    const guardianIds = ids.filter((id) => id !== guardian.id);
    const answers: SourceAnswer[] = application.answers.map((answer) => ({
      ...answer,
      at: new Date(answer.at),
      values: answer.outcome === 'matched' ? comparedTexts(application) : {},
    }));
    const resultCode = ward ? 'has_guardian' : 'identity_held';
    const held = { source: 'account', outcome: 'different', resultCode } as const;
    return {
      guardianIds,
      involvedIds: holder ? [holder.id, ...guardianIds] : [],
      answers: holder ? [...answers, { ...held, at: clock.now(), values: {} }] : answers,
    };
  }

  /** So that who has the child in care can object before anything happens. */
  async #tellOthers(
    guardianIds: readonly string[],
    name: string,
    session: ClientSession,
  ): Promise<(() => void)[]> {
    const tells: (() => void)[] = [];
    const facts = { template: 'guardian_review', childName: maskName(name) } as const;
    for (const accountId of guardianIds) {
      tells.push(await this.#deps.notices.guardianshipChanged({ accountId, ...facts }, session));
    }
    return tells;
  }
}

interface Handed {
  guardian: Account;
  application: ChildApplication;
  sent: SentChild;
  fileIds: string[];
  /** The case for which more was asked. */
  askedId: string | undefined;
}

/** A child without an ID card needs its own document beside what shows the family. */
export function isRequired(slot: ChildSlot, { certificate }: ChildApplication): boolean {
  return slot === 'child_document' && certificate.type !== RESIDENT_ID;
}

function missingOf(
  application: ChildApplication,
  files: readonly { shows: ChildSlot }[],
): (SendChildOutcome & { ok: false }) | undefined {
  const has = (slot: ChildSlot) => files.some(({ shows }) => shows === slot);
  const slots = childSlots.filter((slot) => isRequired(slot, application) && !has(slot));
  if (slots.length > 0) return { ok: false, reason: 'files_missing', slots };
  return FAMILY.some(has) ? undefined : { ok: false, reason: 'family_missing' };
}

/** A guardian may have papers of two children waiting. */
function slotOf(slot: ChildSlot, applicationId: string): string {
  return `${slot}:${applicationId}`;
}

function comparedTexts({ name, certificate }: ChildApplication) {
  return { name, certificateNumber: certificate.number };
}

function claimedTexts({ guardian, application, sent }: Handed) {
  const { name, certificate, birthDate, relation } = application;
  const own = verifiedClaim(guardian);
  if (!own) throw new Error('only who was verified in person sends papers of a child');
  const remark = sent.remark.trim().slice(0, MAX_REMARK);
  return {
    name,
    certificateType: certificate.type,
    certificateNumber: certificate.number,
    ...(certificate.country === undefined ? {} : { certificateCountry: certificate.country }),
    birthDate,
    guardianName: own.name,
    guardianCertificateNumber: own.certificate.number,
    relationship: relation,
    ...(remark === '' ? {} : { remark }),
  };
}
