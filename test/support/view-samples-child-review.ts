// The part of the review of guardianships in the examples of view-samples.ts.
import { certificateGroups } from '../../src/verification/review-slots.ts';
import type { Samples } from './view-samples.ts';

const at = new Date('2026-11-22T06:05:00Z');
const until = new Date('2026-11-29T06:05:00Z');
const frame = {
  signOutForm: { action: '/account/sign-out' },
  hasEntities: true,
} as const;
const child = {
  ...frame,
  maskedName: '李*',
  certificateType: '414',
  maskedNumber: 'E12*****8',
  birthDate: '2018-09-17',
  relation: 'parent',
} as const;
const filesHref = '/account/children/review/files?application=a1';
const fields = { application: 'a1' };
const papers = {
  ...child,
  form: { action: '/account/children/review/send', fields },
  uploadForm: { action: '/account/children/review/files', fields },
  removeForm: { action: '/account/children/review/remove-file', fields },
  slots: [
    { slot: 'child_household', isRequired: false, files: [{ id: 'f1', pages: 1, addedAt: at }] },
    { slot: 'child_birth', isRequired: false, files: [] },
    { slot: 'child_court', isRequired: false, files: [] },
    { slot: 'child_document', isRequired: true, files: [] },
  ],
  remark: '',
  isConsented: false,
  agreement: {
    title: '儿童个人信息处理规则与监护人同意书',
    href: '/agreements/child-information/1',
  },
  isTicked: false,
  keptDays: 30,
  isSupply: false,
  backHref: '/account/children',
} as const;
const status = {
  ...child,
  number: '202611220001',
  openedAt: at,
  fileCount: 2,
  errors: [],
} as const;
const withdrawForm = { action: '/account/children/review/withdraw', fields };
const details = {
  ...frame,
  maskedName: '王*',
  form: { action: '/account/children/document' },
  groups: certificateGroups,
  countries: [
    { value: 'IDN', label: '印度尼西亚' },
    { value: 'JPN', label: '日本' },
  ],
  backHref: '/account/children/add',
} as const;

export function childReviewSamples() {
  return {
    'guardianship/details': [
      {
        variant: 'empty',
        locals: {
          ...details,
          typed: { type: '111', name: '', number: '', country: '', birthDate: '', relation: '' },
          errors: [],
        },
      },
      {
        variant: 'refused',
        locals: {
          ...details,
          typed: {
            type: '414',
            name: 'Suharto',
            number: '!',
            country: '',
            birthDate: '',
            relation: '',
          },
          errors: [
            { field: 'country', key: 'verification.form.country_missing' },
            { field: 'number', key: 'verification.form.number_format' },
            { field: 'birth_date', key: 'verification.form.birth_date_wrong' },
            { field: 'relation', key: 'guardianship.form.relation_missing' },
          ],
        },
      },
    ],
    'guardianship/review-files': [
      { variant: 'empty', locals: { ...papers, errors: [] } },
      {
        variant: 'refused',
        locals: {
          ...papers,
          errors: [
            { field: 'file-child_household', key: 'guardianship.review.family_missing' },
            {
              field: 'file-child_document',
              key: 'verification-review.problem.missing.child_document',
            },
            { field: 'consent', key: 'guardianship.review.consent_missing' },
            { field: 'agree', key: 'agreement.not_ticked' },
          ],
        },
      },
      {
        variant: 'supply',
        locals: {
          ...papers,
          isSupply: true,
          asked: { reason: 'review.reason.ask.file_unreadable.applicant', note: '请重拍第二页。' },
          errors: [],
        },
      },
    ],
    'guardianship/review-status': [
      { variant: 'waiting', locals: { ...status, state: 'waiting', dueAt: until, withdrawForm } },
      {
        variant: 'more-needed',
        locals: {
          ...status,
          state: 'more_needed',
          reason: 'review.reason.ask.file_unreadable.applicant',
          note: '户口簿看不清，请重拍。',
          supplyHref: filesHref,
          withdrawForm,
        },
      },
      {
        variant: 'rejected',
        locals: {
          ...status,
          state: 'rejected',
          closedAt: until,
          reason: 'review.reason.reject.not_entitled.applicant',
          againHref: '/account/children/document',
        },
      },
      {
        variant: 'too-late',
        locals: {
          ...status,
          state: 'waiting',
          dueAt: until,
          withdrawForm,
          errors: [{ key: 'verification-review.status.too_late' }],
        },
      },
    ],
  } satisfies Partial<Samples>;
}
