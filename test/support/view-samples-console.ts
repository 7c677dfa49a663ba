// The part of the reviewers' console in the examples of view-samples.ts.
import { lookReasons, revealReasons } from '../../src/review/case-reading.ts';
import { reviewReasons } from '../../src/review/review-case.ts';
import { filterKeys, filterValues } from '../../src/review/review-filter.ts';
import type { CaseLocals } from '../../src/review/review.views.ts';
import type { Samples } from './view-samples.ts';

const frame = { maskedName: '周*', signOutForm: { action: '/account/sign-out' } };
const at = new Date('2026-11-20T01:30:00Z');
const form = { action: '/review/cases/482109375526/claim' };
const due = { unit: 'hours', count: 5, isOver: false } as const;
const overdue = { unit: 'days', count: 2, isOver: true } as const;
const summary = {
  id: '482109375526',
  kind: 'merge',
  state: 'pending',
  openedAt: at,
  due,
  approvals: 2,
} as const;
const row = {
  ...summary,
  age: { unit: 'days', count: 3 },
  votes: 1,
  isStuck: false,
  isDrawn: false,
  href: '/review/cases/482109375526/look',
} as const;
const queue = {
  ...frame,
  filter: 'is:pending',
  rows: [],
  count: 0,
  isCountCut: false,
  isNewestFirst: false,
  nextForm: { action: '/review/next', fields: { filter: 'is:pending' } },
  presets: (['waiting', 'mine', 'overdue', 'second', 'asked', 'undoable', 'drawn'] as const).map(
    (name, index) => ({
      name,
      filter: 'is:pending',
      href: '/review?filter=is%3Apending',
      isCurrent: index === 0,
    }),
  ),
  problems: [],
  marked: [],
  errors: [],
};
const text = (value: string) => ({ parts: [{ text: value, isDifferent: false }] });
const reviewed: CaseLocals = {
  ...frame,
  summary,
  claim: {
    expiresAt: at,
    left: { unit: 'minutes', count: 27 },
    claimForm: form,
    releaseForm: { action: '/review/cases/482109375526/release' },
  },
  isRevealed: false,
  revealHref: '/review/cases/482109375526/reveal',
  sources: [
    { source: 'population', outcome: 'different', resultCode: '01', at },
    { source: 'account', outcome: 'matched', resultCode: '00', at },
  ],
  fields: [
    {
      field: 'name',
      claimed: text('阿*'),
      answers: [{ ...text('阿*'), comparison: 'written_otherwise' }, {}],
    },
    {
      field: 'certificateNumber',
      claimed: text('440***********003X'),
      answers: [
        {
          parts: [
            { text: '4400001985061500', isDifferent: false },
            { text: '48', isDifferent: true },
          ],
          comparison: 'different',
        },
        { ...text('440***********003X'), comparison: 'same' },
      ],
    },
  ],
  files: [],
  accounts: [
    {
      role: 'applicant',
      name: '阿*',
      kind: 'naturalPerson',
      state: 'active',
      realNameLevel: 2,
      createdAt: at,
    },
    {
      role: 'involved',
      name: '演示小吃店（个体工商户）',
      kind: 'legalEntity',
      state: 'locked',
      realNameLevel: 3,
      createdAt: at,
    },
  ],
  related: [
    {
      id: '102109375526',
      kind: 'natural_person',
      state: 'closed',
      outcome: 'rejected',
      openedAt: at,
      href: '/review/cases/102109375526/look',
    },
  ],
  votes: [{ isOwn: false, verdict: 'approve', reason: 'evidence_clear', at }],
  history: [
    { at, who: 'applicant', step: 'opened' },
    { at, who: 'you', step: 'claimed' },
  ],
  askAgainForm: { action: '/review/cases/482109375526/ask-again' },
  decideForm: { action: '/review/cases/482109375526/decide' },
  reasons: reviewReasons,
  errors: [],
};
const { claim: _claim, decideForm: _form, askAgainForm: _ask, ...readOnly } = reviewed;
const undo = { form, caseId: '482109375526', seconds: 580 };

export function consoleSamples() {
  return {
    'review/queue': [
      {
        variant: 'full',
        locals: {
          ...queue,
          rows: [
            { ...row, claimForm: form },
            { ...row, due: overdue, claimedBy: 'other', isStuck: true },
            { ...row, kind: 'legal_entity', approvals: 1, claimedBy: 'me', isDrawn: true },
          ],
          count: 10_240,
          nextHref: '/review?after=1',
          firstHref: '/review',
        },
      },
      { variant: 'empty', locals: { ...queue, done: { what: 'none_left' } } },
      { variant: 'decided', locals: { ...queue, done: { what: 'decided', undo } } },
      {
        variant: 'not-understood',
        locals: {
          ...queue,
          filter: 'is:pendin older:3x',
          problems: [
            { word: 'is:pendin', reason: 'value_unknown', known: filterValues.is },
            { word: 'older:3x', reason: 'duration_wrong', known: filterValues.older },
          ],
          marked: [
            { text: 'is:pendin', isWrong: true },
            { text: ' ', isWrong: false },
            { text: 'older:3x', isWrong: true },
          ],
          errors: [{ field: 'filter', key: 'review.filter.not_understood' }],
        },
      },
    ],
    'review/case': [
      { variant: 'claimed', locals: { ...reviewed, done: { what: 'claimed' } } },
      {
        variant: 'reason-missing',
        locals: {
          ...reviewed,
          trouble: 'identity_held',
          typed: { verdict: 'reject', reason: '', note: '请到窗口办理' },
          errors: [{ field: 'reject-reason', key: 'review.decide.reason_missing' }],
        },
      },
      {
        variant: 'revealed',
        locals: {
          ...readOnly,
          isRevealed: true,
          summary: { ...summary, state: 'decided' },
          claimForm: form,
          files: [
            {
              id: 'f',
              shows: 'front',
              pages: [{ number: 1, href: 'data:image/gif;base64,R0lGODlhAQABAAAAACw=' }],
            },
          ],
          decision: {
            verdict: 'ask',
            reason: 'file_unreadable',
            note: '右下角被遮住',
            effectiveAt: at,
            undoForm: form,
          },
        },
      },
      {
        variant: 'drawn',
        locals: {
          ...readOnly,
          summary: { ...summary, state: 'closed', outcome: 'approved' },
          sources: [],
          fields: [],
          related: [],
          secondLookForm: form,
        },
      },
    ],
    'review/locked': [
      {
        variant: 'asked-for',
        locals: {
          ...frame,
          summary,
          claimForm: form,
          lookForm: form,
          reasons: lookReasons,
          errors: [],
        },
      },
      {
        variant: 'refused',
        locals: {
          ...frame,
          summary,
          refusal: 'claim_expired',
          lookForm: form,
          reasons: lookReasons,
          errors: [{ field: 'reason', key: 'review.look.reason_missing' }],
        },
      },
    ],
    'review/reveal': [
      {
        variant: 'plain',
        locals: {
          ...frame,
          caseHref: '/review/cases/482109375526',
          form,
          reasons: revealReasons,
          errors: [],
        },
      },
    ],
    'review/figures': [
      {
        variant: 'full',
        locals: {
          ...frame,
          ages: { day: 120, two_days: 45, week: 12, longer: 3 },
          overdue: 15,
          days: Array.from({ length: 14 }, (_, index) => ({
            day: `2026-11-${String(index + 9).padStart(2, '0')}`,
            approved: (index * 7) % 23,
            rejected: (index * 3) % 8,
          })),
          agreed: 46,
          disagreed: 3,
          due: 4,
        },
      },
      {
        variant: 'empty',
        locals: {
          ...frame,
          ages: { day: 0, two_days: 0, week: 0, longer: 0 },
          overdue: 0,
          days: [],
          agreed: 0,
          disagreed: 0,
          due: 0,
        },
      },
    ],
    'review/help': [
      {
        variant: 'plain',
        locals: { ...frame, keys: filterKeys.map((key) => ({ key, values: filterValues[key] })) },
      },
    ],
    'review/refused': [
      { variant: 'own', locals: { ...frame, reason: 'own_case', onwardHref: '/review' } },
    ],
    'review/not-reviewer': [{ variant: 'plain', locals: { homeHref: '/account' } }],
  } satisfies Partial<Samples>;
}
