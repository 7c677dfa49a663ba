// What the pages of the reviewers' console are given; `ctx.render` is checked against it.
import type { FieldError, FormTarget } from '../platform/http/view-locals.ts';
import type { LookReason, RevealReason } from './case-reading.ts';
import type { DeskRefusal } from './desk-refusal.ts';
import type { TextPart } from './compare-texts.ts';
import type { HistoryEntry } from './case-history.ts';
import type { CaseTrouble } from './case-troubles.ts';
import type {
  AnswerSource,
  ReviewField,
  ReviewKind,
  ReviewOutcome,
  ReviewReason,
  ReviewState,
  SourceAnswer,
  Verdict,
} from './review-case.ts';
import type { FilterKey, FilterProblem } from './review-filter.ts';
import type { ReviewFigures } from './review-figures-store.ts';

/** What was just done, told on the next page: words `review.done.<what>`. */
export const consoleDone = [
  'claimed',
  'extended',
  'released',
  'voted',
  'decided',
  'undone',
  'asked_again',
  'revealed',
  'looked_again',
  'none_left',
] as const;
export type ConsoleDone = (typeof consoleDone)[number];

export interface ConsoleFrame {
  maskedName: string;
  signOutForm: FormTarget;
  done?: { what: ConsoleDone; undo?: { form: FormTarget; caseId: string; seconds: number } };
}

/** Time that is left or has passed, in its largest whole unit. */
export interface SpanView {
  unit: 'minutes' | 'hours' | 'days';
  count: number;
}

export interface QueueRowView {
  id: string;
  kind: ReviewKind;
  state: ReviewState;
  outcome?: ReviewOutcome;
  openedAt: Date;
  age: SpanView;
  due: SpanView & { isOver: boolean };
  approvals: number;
  votes: number;
  /** Of the present claim. */
  claimedBy?: 'me' | 'other';
  isStuck: boolean;
  isDrawn: boolean;
  /** The case, where it may be opened at once; else the page that asks for a reason. */
  href: string;
  claimForm?: FormTarget;
}

export interface QueueLocals extends ConsoleFrame {
  filter: string;
  rows: readonly QueueRowView[];
  count: number;
  isCountCut: boolean;
  isNewestFirst: boolean;
  nextHref?: string;
  /** Of a page that is not the first. */
  firstHref?: string;
  nextForm: FormTarget;
  presets: readonly { name: string; filter: string; href: string; isCurrent: boolean }[];
  problems: readonly (Omit<FilterProblem, 'start' | 'end'> & { word: string })[];
  marked: readonly { text: string; isWrong: boolean }[];
  errors: readonly FieldError[];
}

export interface ComparedTextView {
  /** Absent: the source says nothing of it. */
  parts?: readonly TextPart[];
  /** Of an answer, against what was claimed. */
  comparison?: 'same' | 'written_otherwise' | 'different';
}

export interface ComparedFieldView {
  field: ReviewField;
  claimed: ComparedTextView;
  answers: readonly ComparedTextView[];
}

export interface RelatedCaseView {
  id: string;
  kind: ReviewKind;
  state: ReviewState;
  outcome?: ReviewOutcome;
  openedAt: Date;
  href: string;
}

export interface InvolvedAccountView {
  role: 'applicant' | 'involved';
  name: string;
  kind: string;
  state: string;
  realNameLevel: number;
  createdAt: Date;
}

export interface CaseSummaryView {
  id: string;
  kind: ReviewKind;
  state: ReviewState;
  outcome?: ReviewOutcome;
  openedAt: Date;
  due: SpanView & { isOver: boolean };
  approvals: number;
}

export interface CaseLocals extends ConsoleFrame {
  summary: CaseSummaryView;
  claim?: { expiresAt: Date; left: SpanView; claimForm: FormTarget; releaseForm: FormTarget };
  /** Where there is no claim of one's own and one is possible. */
  claimForm?: FormTarget;
  /** Why the last decision did not take effect; in words of ours as at `sources`. */
  trouble?: CaseTrouble;
  isRevealed: boolean;
  revealHref: string;
  sources: readonly {
    /** Of `review.result.<words>`, where the result is in words of ours. */
    words?: string;
    source: AnswerSource;
    outcome: SourceAnswer['outcome'];
    resultCode: string;
    at: Date;
  }[];
  fields: readonly ComparedFieldView[];
  files: readonly {
    id: string;
    /** Words: `verification-review.slot.<shows>.name`. */
    shows?: string;
    pages: readonly { number: number; href: string }[];
  }[];
  accounts: readonly InvolvedAccountView[];
  related: readonly RelatedCaseView[];
  votes: readonly { isOwn: boolean; verdict: Verdict; reason: ReviewReason; at: Date }[];
  decision?: {
    verdict: Verdict;
    reason: ReviewReason;
    note?: string;
    effectiveAt: Date;
    undoForm?: FormTarget;
  };
  history: readonly (Omit<HistoryEntry, 'by'> & {
    who: 'you' | 'reviewer' | 'applicant' | 'system';
  })[];
  askAgainForm?: FormTarget;
  /** Posts `verdict`, `reason`, `note`. */
  decideForm?: FormTarget;
  reasons: Readonly<Record<Verdict, readonly ReviewReason[]>>;
  typed?: { verdict: Verdict; reason: string; note: string };
  secondLookForm?: FormTarget;
  errors: readonly FieldError[];
}

export interface CaseLockedLocals extends ConsoleFrame {
  /** Absent on the page that was asked for. */
  refusal?: DeskRefusal;
  summary: CaseSummaryView;
  claimForm?: FormTarget;
  lookForm: FormTarget;
  reasons: readonly LookReason[];
  errors: readonly FieldError[];
}

export interface RevealLocals extends ConsoleFrame {
  caseHref: string;
  form: FormTarget;
  reasons: readonly RevealReason[];
  errors: readonly FieldError[];
}

export interface FiguresLocals extends ConsoleFrame, ReviewFigures {}

export interface FilterHelpLocals extends ConsoleFrame {
  keys: readonly { key: FilterKey; values: readonly string[] }[];
}

export interface RefusedLocals extends ConsoleFrame {
  reason: DeskRefusal;
  onwardHref: string;
}

declare module '../platform/http/view-locals.ts' {
  interface ViewLocals {
    'review/queue': QueueLocals;
    'review/case': CaseLocals;
    'review/locked': CaseLockedLocals;
    'review/reveal': RevealLocals;
    'review/figures': FiguresLocals;
    'review/help': FilterHelpLocals;
    'review/refused': RefusedLocals;
    'review/not-reviewer': { homeHref: string };
  }
}
