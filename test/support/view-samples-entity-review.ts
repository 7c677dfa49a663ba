// The part of the review of organisations in the examples of view-samples.ts.
import type { Samples } from './view-samples.ts';

const at = new Date('2026-11-22T06:05:00Z');
const until = new Date('2026-11-29T06:05:00Z');
const frame = {
  maskedName: '赵*',
  signOutForm: { action: '/account/sign-out' },
  hasEntities: true,
} as const;
const company = { name: '云样板信息技术（演示）有限公司', uscc: '91440000MA0DEMC01Y' };
const reviewHref = '/account/entities/review?application=a1';
const papers = {
  ...frame,
  ...company,
  form: { action: '/account/entities/review/send', fields: { application: 'a1' } },
  uploadForm: { action: '/account/entities/review/files', fields: { application: 'a1' } },
  removeForm: { action: '/account/entities/review/remove-file', fields: { application: 'a1' } },
  slots: [
    { slot: 'entity_licence', isRequired: true, files: [{ id: 'f1', pages: 1, addedAt: at }] },
    { slot: 'entity_letter', isRequired: true, files: [] },
    { slot: 'entity_other', isRequired: false, files: [] },
  ],
  subtype: '',
  subtypes: ['enterprise', 'individualBusiness', 'institution', 'other'],
  remark: '',
  isConsented: false,
  agreement: { title: '实名注册协议', href: '/agreements/real-name-registration/1' },
  isTicked: false,
  keptDays: 30,
  isSupply: false,
  backHref: '/account/entities',
} as const;
const status = {
  ...frame,
  ...company,
  number: '202611220001',
  openedAt: at,
  fileCount: 2,
  errors: [],
} as const;
const withdrawForm = {
  action: '/account/entities/review/withdraw',
  fields: { application: 'a1' },
};

export function entityReviewSamples() {
  return {
    'legal-entities/review-files': [
      { variant: 'empty', locals: { ...papers, errors: [] } },
      {
        variant: 'refused',
        locals: {
          ...papers,
          errors: [
            { field: 'subtype', key: 'legal-entities.review.subtype_missing' },
            { field: 'file-entity_letter', key: 'verification-review.problem.not_readable' },
            { field: 'consent', key: 'legal-entities.review.consent_missing' },
            { field: 'agree', key: 'agreement.not_ticked' },
          ],
        },
      },
      {
        variant: 'supply',
        locals: {
          ...papers,
          subtype: 'enterprise',
          isSupply: true,
          asked: { reason: 'review.reason.ask.file_unreadable.applicant', note: '请重拍第二页。' },
          errors: [],
        },
      },
    ],
    'legal-entities/review-status': [
      { variant: 'waiting', locals: { ...status, state: 'waiting', dueAt: until, withdrawForm } },
      {
        variant: 'more-needed',
        locals: {
          ...status,
          state: 'more_needed',
          reason: 'review.reason.ask.file_unreadable.applicant',
          note: '印章看不清，请重拍。',
          supplyHref: reviewHref,
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
          againHref: '/account/entities/register',
        },
      },
      { variant: 'approved', locals: { ...status, state: 'approved', closedAt: until } },
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
