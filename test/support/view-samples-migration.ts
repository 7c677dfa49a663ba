// The part of taking over old accounts in the examples of view-samples.ts.
import type { Samples } from './view-samples.ts';

const system = '公积金网上大厅';
const action = '/migrate/from/housing-fund';
const password = {
  system,
  login: '',
  form: { action },
  keepForm: { id: 'old-password-form', action: `${action}/display` },
  otherHref: '/migrate',
  errors: [],
} as const;
const confirm = {
  system,
  oldLogin: '张*',
  signInHref: '/migrate/sign-in',
  accountHref: '/account',
};
const end = {
  system,
  verificationHref: '/verification',
  accountHref: '/account',
  againHref: '/migrate',
} as const;

const at = new Date('2026-11-22T06:05:00Z');
const frame = {
  maskedName: '张*',
  signOutForm: { action: '/account/sign-out' },
  hasEntities: true,
} as const;
const papers = {
  ...frame,
  form: { action: '/account/old-account/files/send' },
  uploadForm: { action: '/account/old-account/files' },
  removeForm: { action: '/account/old-account/files/remove' },
  system,
  type: '111',
  typed: { name: '', number: '', birthDate: '' },
  asksBirthDate: false,
  slots: [
    { slot: 'front', isRequired: true, files: [{ id: 'f1', pages: 1, addedAt: at }] },
    { slot: 'back', isRequired: true, files: [] },
    { slot: 'other', isRequired: false, files: [] },
  ],
  remark: '',
  isConsented: false,
  keptDays: 30,
  isSupply: false,
  backHref: '/migrate',
} as const;
const status = {
  ...frame,
  system,
  number: '202611220001',
  openedAt: at,
  fileCount: 2,
  backHref: '/account',
  errors: [],
} as const;
const withdrawForm = { action: '/account/old-account/withdraw' };

export function migrationSamples() {
  return {
    'stock-accounts/migrate-systems': [
      { variant: 'empty', locals: { systems: [] } },
      {
        variant: 'two',
        locals: {
          systems: [
            { name: system, href: action },
            { name: '不动产登记网上预约', href: '/migrate/from/estate' },
          ],
          reviewHref: '/account/old-account',
        },
      },
    ],
    'stock-accounts/migrate-password': [
      { variant: 'empty', locals: password },
      {
        variant: 'refused',
        locals: {
          ...password,
          login: 'zhang.old',
          errors: [{ key: 'migrate.problem.refused' }],
          proofOfWork: { challenge: '{}', waitSeconds: 30, waitToken: 'ticket' },
        },
      },
      {
        variant: 'missing',
        locals: {
          ...password,
          errors: [
            { field: 'login', key: 'migrate.problem.login_missing' },
            { field: 'password', key: 'migrate.problem.password_missing' },
          ],
        },
      },
      { variant: 'exhausted', locals: { ...password, login: 'zhang.old', retryMinutes: 27 } },
    ],
    'stock-accounts/migrate-confirm': [
      { variant: 'signed-out', locals: { ...confirm, level: 2 } },
      {
        variant: 'signed-in',
        locals: {
          ...confirm,
          account: {
            name: '张*',
            form: { action: '/migrate/confirm', fields: { merge_token: 'token' } },
          },
        },
      },
    ],
    'stock-accounts/migrate-end': [
      { variant: 'bound', locals: { ...end, reason: 'bound', level: 2 } },
      { variant: 'unverified', locals: { ...end, reason: 'bound_unverified', level: 1 } },
      { variant: 'used', locals: { ...end, reason: 'used' } },
      { variant: 'ended', locals: { ...end, reason: 'ended' } },
      { variant: 'not-completed', locals: { ...end, reason: 'not_completed' } },
      {
        variant: 'to-review',
        locals: { ...end, reason: 'not_completed', reviewHref: '/account/old-account/files' },
      },
      { variant: 'other-account', locals: { ...end, reason: 'other_account' } },
      { variant: 'not-for-kind', locals: { ...end, reason: 'not_for_kind' } },
    ],
    'stock-accounts/review-files': [
      { variant: 'empty', locals: { ...papers, errors: [] } },
      {
        variant: 'refused',
        locals: {
          ...papers,
          type: '414',
          asksBirthDate: true,
          errors: [
            { field: 'file-back', key: 'verification-review.problem.not_readable' },
            { field: 'number', key: 'migrate.review.minor' },
            { field: 'consent', key: 'verification-review.problem.consent_missing' },
          ],
        },
      },
      {
        variant: 'supply',
        locals: {
          ...papers,
          own: { maskedName: '张*', maskedNumber: '4****************4' },
          isSupply: true,
          errors: [],
        },
      },
    ],
    'stock-accounts/review-status': [
      { variant: 'waiting', locals: { ...status, state: 'waiting', dueAt: at, withdrawForm } },
      {
        variant: 'more-needed',
        locals: {
          ...status,
          state: 'more_needed',
          reason: 'review.reason.ask.explain.applicant',
          note: '请说明何时更换了手机号。',
          supplyHref: '/account/old-account/files',
          withdrawForm,
        },
      },
      { variant: 'approved', locals: { ...status, state: 'approved', closedAt: at } },
      {
        variant: 'held',
        locals: { ...status, state: 'approved', closedAt: at, mergeHref: '/account/merge' },
      },
      {
        variant: 'rejected',
        locals: {
          ...status,
          state: 'rejected',
          closedAt: at,
          reason: 'review.reason.reject.not_the_person.applicant',
          againHref: '/migrate',
        },
      },
    ],
  } satisfies Partial<Samples>;
}
