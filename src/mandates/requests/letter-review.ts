// A letter of authority 授权书 goes to staff, who look at it in place of the organisation's own word.
// What an approval does is decide-letter.ts. Who asks does not learn whether the organisation is known
// here: the same steps are taken, and only staff read what there is.
import type { Account } from '../../accounts/account.ts';
import type { EvidenceFiles } from '../../evidence-files/evidence-files.ts';
import { caseSentWith } from '../../papers/applicant-case.ts';
import { remarkText, sendPapers } from '../../papers/hand-in.ts';
import type { SendPapersDependencies, SendPapersRefusal } from '../../papers/hand-in.ts';
import { missingSlots, PaperFiles } from '../../papers/paper-files.ts';
import type { PaperPlace, SlotRule } from '../../papers/paper-files.ts';
import type { Carried } from '../../platform/overtaken.ts';
import type { ClientSession } from '../../platform/mongo.ts';
import type { ApplicantCase, ReviewDesk } from '../../review/review-desk.ts';
import { REPRESENTATIVE_LEVEL } from '../mandate.ts';
import { termFrom } from '../mandate-terms.ts';
import { leadersNotice, tellLeaders } from './ask-to-handle.ts';
import type { RequestDependencies } from './ask-to-handle.ts';
import { isOfApplicant } from './handler-request.ts';
import type { HandlerRequest } from './handler-request.ts';
import { claimedTexts, involvedIn, saidByAccounts } from './letter-claim.ts';
import type { LetterClaimDependencies } from './letter-claim.ts';

export type LetterReviewDependencies = LetterClaimDependencies &
  RequestDependencies &
  SendPapersDependencies & {
    desk: Pick<ReviewDesk, 'open' | 'supply' | 'statusOf'>;
    files: EvidenceFiles;
  };

/** Words: `verification-review.slot.<slot>`; 授权书, 法定代表人证件复印件等. */
export const letterSlots = ['mandate_letter', 'mandate_other'] as const;
export type LetterSlot = (typeof letterSlots)[number];
export const letterSlotRules: readonly SlotRule<LetterSlot>[] = [
  { slot: 'mandate_letter', isRequired: true },
  { slot: 'mandate_other', isRequired: false },
];

export const LETTER_KIND = 'mandate_letter';

export type SendLetterRefusal =
  | SendPapersRefusal<LetterSlot>
  | { ok: false; reason: 'term_over' }
  | { ok: false; reason: 'applicant_not_verified' };

export class LetterReview {
  readonly papers: PaperFiles<LetterSlot>;
  readonly #deps: LetterReviewDependencies;

  constructor(deps: LetterReviewDependencies) {
    this.#deps = deps;
    this.papers = new PaperFiles(deps.files, letterSlots);
  }

  /** The case it was sent with; undefined before that. */
  caseOf({ personId, caseId }: HandlerRequest): Promise<ApplicantCase | undefined> {
    return caseSentWith(this.#deps.desk, { applicantId: personId, caseId });
  }

  /** A letter is missing, or more of it was asked for. */
  async isWanted(request: HandlerRequest): Promise<boolean> {
    if (request.way !== 'letter' || !this.#deps.requests.isOpen(request)) return false;
    if (request.caseId === undefined) return true;
    return (await this.caseOf(request))?.state === 'more_needed';
  }

  /** Opens a case, or answers what was asked for in an open one. */
  async send(
    person: Account,
    request: HandlerRequest,
    sent: { remark: string; address: string },
  ): Promise<{ ok: true } | SendLetterRefusal> {
    const { clock, mandateLimits: limits, requests } = this.#deps;
    if (!isOfApplicant(person, request)) return { ok: false, reason: 'applicant_not_verified' };
    if (!(await this.isWanted(request))) return { ok: false, reason: 'changed_meanwhile' };
    if (!termFrom(request.terms, { now: clock.now(), limits })) {
      return { ok: false, reason: 'term_over' };
    }
    const papers = await this.papers.waiting(letterPlace(request));
    const isAsked = request.caseId !== undefined;
    const slots = missingSlots(letterSlotRules, papers);
    if (!isAsked && slots.length > 0) {
      // Another form of it may have taken them along.
      const now = await requests.find(request.id);
      return now?.caseId === undefined
        ? { ok: false, reason: 'files_missing', slots }
        : { ok: false, reason: 'changed_meanwhile' };
    }
    const handed = {
      applicantId: person.id,
      claimed: { ...claimedTexts(this.#deps, request), ...remarkText(sent.remark) },
      fileIds: papers.map(({ id }) => id),
      to: await this.#to(request),
      consent: { item: 'mandate_letter', address: sent.address },
    };
    const mayTell = leadersNotice(this.#deps, request);
    return sendPapers(this.#deps, handed, (session, caseId) =>
      this.#submit(request, { caseId, address: sent.address, mayTell }, session),
    );
  }

  async #to(request: HandlerRequest) {
    const involvedIds = await involvedIn(this.#deps, request);
    const { id, caseId } = request;
    if (caseId !== undefined) return { caseId, involvedIds };
    return {
      kind: LETTER_KIND,
      involvedIds,
      answers: [await saidByAccounts(this.#deps, request)],
      approvals: 2,
      uniqueKey: `${LETTER_KIND}:${id}`,
    } as const;
  }

  /** All that has to hold when it goes to staff, in the transaction in which it does. */
  async #submit(
    request: HandlerRequest,
    of: { caseId: string; address: string; mayTell: () => Promise<boolean> },
    session: ClientSession,
  ): Promise<Carried> {
    const { accounts, requests, audit } = this.#deps;
    const { id, personId: actor } = request;
    const { caseId, address, mayTell } = of;
    if (!(await accounts.holdStanding(actor, REPRESENTATIVE_LEVEL, session))) return false;
    if (!(await requests.submit(request, caseId, session))) return false;
    const details = { request: id, case: caseId };
    await audit.record(
      { type: 'mandates.letter_sent', actor, address, result: 'done', details },
      session,
    );
    // Once: what is supplied later is no news to them.
    const isNew = request.caseId === undefined;
    const told = isNew ? await tellLeaders(this.#deps, request, { mayTell, session }) : [];
    return () => told.forEach((tell) => tell());
  }
}

/** Somebody may have letters of several organisations waiting. */
export function letterPlace({ personId, id }: Pick<HandlerRequest, 'personId' | 'id'>): PaperPlace {
  return { ownerId: personId, purpose: id };
}
