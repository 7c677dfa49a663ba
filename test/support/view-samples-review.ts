// The part of the review by staff, as its applicant sees it, in the examples of view-samples.ts.
import { certificateGroups } from '../../src/verification/review-slots.ts';
import type { Samples } from './view-samples.ts';
import { consoleSamples } from './view-samples-console.ts';

const frame = { maskedName: '张*', signOutForm: { action: '/account/sign-out' } };
const at = new Date('2026-11-22T06:30:00Z');
const typed = { name: '', number: '', country: '', birthDate: '' };
const details = {
  ...frame,
  form: { action: '/verification/review/details', fields: { type: '414' } },
  type: '414',
  asksBirthDate: true,
  countries: [
    { value: 'CHN', label: '中国' },
    { value: 'FRA', label: '法国' },
  ],
};
const files = {
  ...frame,
  form: { action: '/verification/review/files/send' },
  uploadForm: { action: '/verification/review/files' },
  removeForm: { action: '/verification/review/files/remove' },
  typed: { type: '111', maskedName: '张*', maskedNumber: '440***********0024' },
  detailsHref: '/verification/review/details',
  remark: '',
  isConsented: false,
  keptDays: 30,
  backHref: '/verification',
  isSupply: false,
};
const slots = [
  { slot: 'front', isRequired: true, files: [] },
  { slot: 'back', isRequired: true, files: [] },
  { slot: 'holding', isRequired: true, files: [] },
  { slot: 'other', isRequired: false, files: [] },
] as const;
const status = { ...frame, number: '483920175566', openedAt: at, fileCount: 3, errors: [] };
const withdrawForm = { action: '/verification/review/withdraw' };

export function reviewSamples() {
  return {
    ...consoleSamples(),
    'verification/certificates': [
      {
        variant: 'choice',
        locals: {
          ...frame,
          groups: certificateGroups.map(({ group, types }) => ({
            group,
            types: types.map((type) => ({
              type,
              href: `/verification/review/details?type=${type}`,
              isInstant: type === '111',
            })),
          })),
        },
      },
    ],
    'verification/review-details': [
      { variant: 'passport', locals: { ...details, typed, errors: [] } },
      {
        variant: 'refused',
        locals: {
          ...details,
          typed: { ...typed, name: 'Suharto', number: 'E-1' },
          errors: [
            { field: 'country', key: 'verification.form.country_missing' },
            { field: 'number', key: 'verification.form.number_format' },
            { field: 'birth_date', key: 'verification.form.birth_date_wrong' },
          ],
        },
      },
    ],
    'verification/review-files': [
      { variant: 'empty', locals: { ...files, slots, errors: [] } },
      {
        variant: 'uploaded',
        locals: {
          ...files,
          notice: { key: 'account.notice.file_added' },
          slots: slots.map((each) => ({
            ...each,
            files: each.slot === 'front' ? [{ id: 'f1', pages: 1, addedAt: at }] : [],
          })),
          errors: [],
        },
      },
      {
        variant: 'refused',
        locals: {
          ...files,
          slots,
          remark: '新证件正在换领',
          isSupply: true,
          errors: [
            { field: 'file-front', key: 'verification-review.problem.too_large' },
            { field: 'file-back', key: 'verification-review.problem.missing.back' },
            { field: 'consent', key: 'verification-review.problem.consent_missing' },
          ],
        },
      },
    ],
    'verification/review-status': [
      { variant: 'waiting', locals: { ...status, state: 'waiting', dueAt: at, withdrawForm } },
      {
        variant: 'more-needed',
        locals: {
          ...status,
          state: 'more_needed',
          reason: 'review.reason.ask.file_unreadable.applicant',
          note: '背面有反光，看不清有效期。',
          supplyHref: '/verification/review/files',
          withdrawForm,
        },
      },
      { variant: 'approved', locals: { ...status, state: 'approved', closedAt: at } },
      {
        variant: 'rejected',
        locals: {
          ...status,
          state: 'rejected',
          closedAt: at,
          reason: 'review.reason.reject.document_expired.applicant',
          againHref: '/verification/certificates',
        },
      },
      {
        variant: 'withdrawn',
        locals: {
          ...status,
          state: 'withdrawn',
          closedAt: at,
          againHref: '/verification/certificates',
        },
      },
      {
        variant: 'too-late',
        locals: {
          ...status,
          state: 'waiting',
          dueAt: at,
          withdrawForm,
          errors: [{ key: 'verification-review.status.too_late' }],
        },
      },
    ],
  } satisfies Partial<Samples>;
}
