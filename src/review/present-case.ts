// A case for the reviewer who may read it: claimed texts beside what each source says, masked unless
// revealed, differences marked.
import type { Account } from '../accounts/account.ts';
import { displayName } from '../account/account-access.ts';
import type { EvidenceFile } from '../evidence-files/evidence-file-store.ts';
import { differingParts, isSameText } from './compare-texts.ts';
import type { ReadOutcome } from './case-reading.ts';
import { isOpen, maskField, reviewFields, reviewReasons } from './review-case.ts';
import type {
  FieldTexts,
  ReviewCase,
  ReviewCaseFacts,
  ReviewField,
  SourceAnswer,
} from './review-case.ts';
import { casePath, reviewPaths } from './review-paths.ts';
import type {
  CaseLocals,
  ComparedFieldView,
  ComparedTextView,
  ConsoleFrame,
  InvolvedAccountView,
  RelatedCaseView,
} from './review.views.ts';
import { summaryOf } from './present-queue.ts';
import { spanOf } from './spans.ts';

/** Results in our own words, not in those of a source: `review.result.<code>`. */
const ownResults = [
  'mismatched',
  'unavailable',
  'not_completed',
  'identity_held',
  'identity_same',
  'name_differs',
  'has_guardian',
  'password_verified',
  'number_held',
  'reviewer_involved',
  'department_silent',
  'term_over',
  'entity_not_verified',
  'entity_represented',
  'entity_unknown',
] as const;

export interface CaseSurroundings {
  related: readonly ReviewCaseFacts[];
  accounts: readonly Account[];
  files: readonly EvidenceFile[];
  canAskAgain: boolean;
}

type Read = ReadOutcome & { ok: true };

export function presentCase(
  read: Read,
  { related, accounts, files, canAskAgain }: CaseSurroundings,
  to: { reviewerId: string; now: Date; frame: ConsoleFrame },
): CaseLocals {
  const { reviewCase: of, isRevealed } = read;
  const { trouble } = of;
  const form = (page: Parameters<typeof casePath>[0]) => ({ action: casePath(page, of.id) });
  const canDecide = read.isOwnClaim && isOpen(of.state);
  const hasVoted = of.votes.some(({ by }) => by === to.reviewerId);
  const canLookAgain = of.secondLook?.state === 'due' && !hasVoted;
  return {
    ...to.frame,
    summary: summaryOf(of, to.now),
    ...claimOf(read, to),
    ...(trouble === undefined ? {} : { trouble }),
    isRevealed,
    revealHref: casePath(reviewPaths.reveal, of.id),
    sources: of.answers.map(sourceView),
    fields: comparedFields(of, isRevealed),
    files: files.map((file) => fileView(of.id, file)),
    accounts: accounts.map((account) => accountView(of, account)),
    related: related.map(relatedView),
    votes: of.votes.map(({ by, ...vote }) => ({ ...vote, isOwn: by === to.reviewerId })),
    ...decisionOf(of, to),
    history: of.history.map(({ by, ...entry }) => ({
      ...entry,
      who: whoIs(of, by, to.reviewerId),
    })),
    ...(canDecide && canAskAgain ? { askAgainForm: form(reviewPaths.askAgain) } : {}),
    ...(canDecide ? { decideForm: form(reviewPaths.decide) } : {}),
    reasons: reasonsOf(of.kind),
    ...(canLookAgain ? { secondLookForm: form(reviewPaths.secondLook) } : {}),
    errors: [],
  };
}

function sourceView({
  values: _shownBelow,
  ...answer
}: SourceAnswer): CaseLocals['sources'][number] {
  return { ...answer, ...wordsOf(answer.resultCode) };
}

function wordsOf(code: string): { words?: string } {
  const words = ownResults.find((known) => known === code);
  return words === undefined ? {} : { words };
}

/** That a request was dealt with says nothing of any other case. */
function reasonsOf(kind: ReviewCase['kind']): CaseLocals['reasons'] {
  if (kind === 'data_request') return reviewReasons;
  // Papers alone make nobody an intermediary: the word of its department does.
  if (kind === 'intermediary') return { ...reviewReasons, approve: ['department_confirms'] };
  // The register tells who represents it, and never that he has signed.
  if (kind === 'mandate_letter') {
    return { ...reviewReasons, approve: ['evidence_clear', 'seen_at_window'] };
  }
  const ofOthers: ReadonlySet<string> = new Set(['request_fulfilled', 'department_confirms']);
  const approve = reviewReasons.approve.filter((reason) => !ofOthers.has(reason));
  return { ...reviewReasons, approve };
}

function claimOf(
  { reviewCase: of, isOwnClaim }: Read,
  { reviewerId, now }: { reviewerId: string; now: Date },
): Pick<CaseLocals, 'claim' | 'claimForm'> {
  const claimForm = { action: casePath(reviewPaths.claim, of.id) };
  if (isOwnClaim && of.claim) {
    const { expiresAt } = of.claim;
    const left = spanOf(expiresAt.getTime() - now.getTime());
    const releaseForm = { action: casePath(reviewPaths.release, of.id) };
    return { claim: { expiresAt, left, claimForm, releaseForm } };
  }
  const isTaken = of.claim !== undefined && of.claim.expiresAt > now;
  const hasVoted = of.votes.some(({ by }) => by === reviewerId);
  return isOpen(of.state) && !isTaken && !hasVoted ? { claimForm } : {};
}

function decisionOf(
  of: ReviewCase,
  { reviewerId, now }: { reviewerId: string; now: Date },
): Pick<CaseLocals, 'decision'> {
  if (!of.decision) return {};
  const { by, verdict, reason, note, effectiveAt } = of.decision;
  const canUndo = of.state === 'decided' && by === reviewerId && effectiveAt > now;
  return {
    decision: {
      verdict,
      reason,
      effectiveAt,
      ...(note === undefined ? {} : { note }),
      ...(canUndo ? { undoForm: { action: casePath(reviewPaths.undo, of.id) } } : {}),
    },
  };
}

/** Every field that somebody says something of, in the order of the closed list. */
function comparedFields(
  { claimed, answers }: ReviewCase,
  isRevealed: boolean,
): ComparedFieldView[] {
  const isSaid = (texts: FieldTexts, field: ReviewField) => (texts[field] ?? '') !== '';
  return reviewFields
    .filter((field) =>
      [claimed, ...answers.map(({ values }) => values)].some((texts) => isSaid(texts, field)),
    )
    .map((field) => ({
      field,
      claimed: textView(field, { text: claimed[field], isRevealed }),
      answers: answers.map(({ values }) =>
        textView(field, { text: values[field], against: claimed[field], isRevealed }),
      ),
    }));
}

/** Compared as they are, shown as they may be: a mask hides which characters differ, not that they do. */
function textView(
  field: ReviewField,
  of: { text: string | undefined; against?: string | undefined; isRevealed: boolean },
): ComparedTextView {
  const { text, against, isRevealed } = of;
  if (text === undefined || text === '') return {};
  const shown = isRevealed ? text : maskField(field, text);
  const plain = [{ text: shown, isDifferent: false }];
  if (against === undefined || against === '') return { parts: plain };
  if (text === against) return { parts: plain, comparison: 'same' };
  const parts = shown === text ? differingParts(text, against) : plain;
  return { parts, comparison: isSameText(text, against) ? 'written_otherwise' : 'different' };
}

/** Of the forms of people and organisations; what stands behind a colon is the form's. */
const SLOTS: ReadonlySet<string> = new Set([
  'front',
  'back',
  'page',
  'holding',
  'other',
  'entity_licence',
  'entity_letter',
  'entity_other',
  'child_household',
  'child_birth',
  'child_court',
  'child_document',
  'qualification_certificate',
  'qualification_letter',
  'qualification_other',
  'mandate_letter',
  'mandate_other',
]);

function fileView(caseId: string, { id, slot, pages }: EvidenceFile): CaseLocals['files'][number] {
  const [shows = ''] = slot.split(':');
  return {
    id,
    ...(SLOTS.has(shows) ? { shows } : {}),
    pages: pages.map((_size, index) => ({
      number: index + 1,
      href: casePath(reviewPaths.file, caseId)
        .replace(':file', id)
        .replace(':page', String(index + 1)),
    })),
  };
}

function accountView({ applicantId }: ReviewCase, account: Account): InvolvedAccountView {
  const { kind, state, realNameLevel, createdAt } = account;
  const role = account.id === applicantId ? 'applicant' : 'involved';
  return { role, name: displayName(account), kind, state, realNameLevel, createdAt };
}

function relatedView({ id, kind, state, outcome, openedAt }: ReviewCaseFacts): RelatedCaseView {
  const href = casePath(reviewPaths.look, id);
  return { id, kind, state, openedAt, href, ...(outcome === undefined ? {} : { outcome }) };
}

/** Whoever is involved acts for the applicant: no reviewer is. */
function whoIs({ applicantId, involvedIds }: ReviewCase, by: string, reviewerId: string) {
  if (by === reviewerId) return 'you';
  if (by === 'system') return 'system';
  return by === applicantId || involvedIds.includes(by) ? 'applicant' : 'reviewer';
}
