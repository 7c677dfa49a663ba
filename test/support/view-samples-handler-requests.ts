// The part of requests to act for organisations in the examples of view-samples.ts.
import type { RequestView } from '../../src/mandates/requests/requests.views.ts';
import type { Samples } from './view-samples.ts';

const at = new Date('2026-11-22T06:05:00Z');
const until = new Date('2026-12-22T16:00:00Z');
const frame = {
  maskedName: '王*',
  signOutForm: { action: '/account/sign-out' },
  hasEntities: true,
} as const;
const entityName = '云样板信息技术（演示）有限公司';
export const sampleRequest = {
  id: 'r1',
  way: 'administrator',
  state: 'waiting',
  entityName,
  uscc: '91440000MA0DEMC01Y',
  facts: {
    role: 'handler',
    services: ['企业变更登记', '社会保险单位参保'],
    until,
    isSingleUse: false,
    maySubdelegate: false,
    isPassedOn: false,
  },
  at,
  until,
} as const satisfies RequestView;
const requestForm = {
  ...frame,
  form: { action: '/account/entities/mandates/request' },
  ways: ['administrator', 'letter', 'representative'] as const,
  services: [
    { id: 'enterprise.change', name: '企业变更登记' },
    { id: 'social.enrol', name: '社会保险单位参保' },
  ],
  clients: [{ id: 'hall', name: '企业服务大厅' }],
  limits: { longestDays: 365, singleUseHours: 24 },
  backHref: '/account/entities',
};
const blankRequest = {
  name: '',
  number: '',
  way: '',
  serviceScope: 'some',
  services: [],
  clientScope: 'all',
  clients: [],
  isSingleUse: false,
  from: '',
  until: '2026-12-22',
};
const status = { ...frame, singleUseHours: 24, backHref: '/account/entities', errors: [] };
const fields = { request: 'r1' };
const withdrawForm = { action: '/account/entities/mandates/request/withdraw', fields };
const code = {
  sendForm: { action: '/account/entities/mandates/request/send-code', fields },
  form: { action: '/account/entities/mandates/request/code', fields },
};

const letterRequest = { ...sampleRequest, way: 'letter' } as const;
const base = '/account/entities/mandates/request/letter';
const uploads = { uploadHref: `${base}?application=r1`, paperHref: `${base}/paper?request=r1` };
const application = { application: 'r1' };
const letterCase = { number: '123456789012', openedAt: at } as const;
const letterPage = {
  ...frame,
  request: letterRequest,
  singleUseHours: 24,
  paperHref: uploads.paperHref,
  form: { action: `${base}/send`, fields: application },
  uploadForm: { action: base, fields: application },
  removeForm: { action: `${base}/remove`, fields: application },
  slots: [
    { slot: 'mandate_letter', isRequired: true, files: [{ id: 'f1', pages: 2, addedAt: at }] },
    { slot: 'mandate_other', isRequired: false, files: [] },
  ],
  keptDays: 30,
  isSupply: false,
  remark: '',
  isConsented: false,
  backHref: '/account/entities/mandates/request/status?request=r1',
} as const;

export function handlerRequestSamples() {
  return {
    'mandates/request': [
      { variant: 'empty', locals: { ...requestForm, typed: blankRequest, errors: [] } },
      {
        variant: 'refused',
        locals: {
          ...requestForm,
          typed: { ...blankRequest, name: '某公司', number: '1', way: '' },
          errors: [
            { field: 'number', key: 'mandates.form.uscc_wrong' },
            { field: 'services', key: 'mandates.form.services_missing' },
            { field: 'way', key: 'mandates.request.problem.way_missing' },
          ],
        },
      },
    ],
    'mandates/request-status': [
      { variant: 'administrator', locals: { ...status, request: sampleRequest, withdrawForm } },
      {
        variant: 'code',
        locals: {
          ...status,
          request: { ...sampleRequest, way: 'representative' },
          code: { ...code, until },
          withdrawForm,
        },
      },
      {
        variant: 'code-over',
        locals: {
          ...status,
          request: { ...sampleRequest, way: 'representative' },
          code,
          withdrawForm,
          errors: [{ field: 'send-code', key: 'contact-code.tries_exhausted' }],
        },
      },
      {
        variant: 'letter',
        locals: { ...status, request: letterRequest, letter: uploads, withdrawForm },
      },
      {
        variant: 'letter-with-staff',
        locals: {
          ...status,
          request: letterRequest,
          letter: { case: { ...letterCase, state: 'waiting', dueAt: until } },
          withdrawForm,
        },
      },
      {
        variant: 'letter-more-needed',
        locals: {
          ...status,
          request: letterRequest,
          letter: {
            ...uploads,
            case: {
              ...letterCase,
              state: 'more_needed',
              reason: 'review.reason.ask.file_unreadable.applicant',
              note: '公章看不清，请重拍。',
            },
          },
          withdrawForm,
        },
      },
      {
        variant: 'letter-refused',
        locals: {
          ...status,
          request: { ...letterRequest, state: 'refused' },
          letter: {
            case: {
              ...letterCase,
              state: 'rejected',
              closedAt: at,
              reason: 'review.reason.reject.not_entitled.applicant',
            },
          },
          againHref: '/account/entities/mandates/request',
        },
      },
      {
        variant: 'declined',
        locals: {
          ...status,
          request: { ...sampleRequest, state: 'declined' },
          againHref: '/account/entities/mandates/request',
        },
      },
    ],
    ...letterSamples(),
    'mandates/answer-request': [
      {
        variant: 'plain',
        locals: {
          ...frame,
          entityName,
          applicant: { name: '王演示', maskedNumber: '110***********1234' },
          request: sampleRequest,
          singleUseHours: 24,
          confirmForm: { action: '/account/entities/mandates/request/answer', fields },
          declineHref: '/account/entities/mandates/request/decline?request=r1',
          backHref: '/account/entities/people?entity=e1',
          errors: [],
        },
      },
    ],
    'mandates/stop-request': [
      {
        variant: 'open',
        locals: {
          form: { action: '/mandate-stop' },
          entityName,
          applicantName: '王*',
          isOpen: true,
        },
      },
      {
        variant: 'granted',
        locals: {
          form: { action: '/mandate-stop' },
          entityName,
          applicantName: '王*',
          isOpen: false,
        },
      },
    ],
    'mandates/stop-request-done': [
      { variant: 'stopped', locals: { outcome: 'stopped' } },
      { variant: 'over', locals: { outcome: 'over' } },
      { variant: 'invalid', locals: { outcome: 'invalid' } },
    ],
  } satisfies Partial<Samples>;
}

function letterSamples() {
  return {
    'mandates/letter': [
      { variant: 'plain', locals: { ...letterPage, errors: [] } },
      {
        variant: 'refused',
        locals: {
          ...letterPage,
          remark: '单位的管理员已经离职。',
          errors: [
            {
              field: 'file-mandate_letter',
              key: 'verification-review.problem.missing.mandate_letter',
            },
            { field: 'consent', key: 'mandates.letter.consent_missing' },
          ],
        },
      },
      {
        variant: 'supply',
        locals: {
          ...letterPage,
          isSupply: true,
          asked: {
            reason: 'review.reason.ask.file_unreadable.applicant',
            note: '公章看不清，请重拍。',
          },
          errors: [],
        },
      },
    ],
    'mandates/letter-paper': [
      {
        variant: 'plain',
        locals: {
          ...frame,
          request: letterRequest,
          applicant: { name: '王演示', maskedNumber: '110***********1234' },
          singleUseHours: 24,
          uploadHref: uploads.uploadHref,
        },
      },
    ],
  } satisfies Partial<Samples>;
}
