// The part of intermediaries in the examples of view-samples.ts.
import type { Samples } from './view-samples.ts';

const at = new Date('2026-11-22T06:05:00Z');
const until = new Date('2026-11-24T06:05:00Z');
const frame = {
  maskedName: '阿***·示例',
  signOutForm: { action: '/account/sign-out' },
  hasEntities: true,
} as const;
const base = '/account/entities/qualifications';
const entityName = '试点房地产评估（演示）有限公司';
const certificate = {
  kind: '房地产经纪',
  number: 'FDC-2026-000123（示例）',
  authority: '示例市住房和城乡建设局',
  department: '住房和城乡建设局',
  validFrom: '2026-01-01',
  validUntil: '2026-12-15',
} as const;
const item = { ...certificate, id: 'q1', isEndingSoon: false, isRenewed: false } as const;
const list = {
  ...frame,
  entityName,
  entityHref: '/account/entities/view?entity=e1',
  applyHref: `${base}/apply?entity=e1`,
} as const;
const typed = { kind: '', number: '', authority: '', validFrom: '', validUntil: '' } as const;
const apply = {
  ...frame,
  entityName,
  form: { action: `${base}/apply`, fields: { entity: 'e1' } },
  typed,
  isChange: false,
  backHref: `${base}?entity=e1`,
  errors: [],
} as const;
const kinds = [
  { id: 'bookkeeping', name: '代理记账', department: '财政局' },
  { id: 'human_resources', name: '人力资源服务', department: '人力资源和社会保障局' },
] as const;
const fields = { application: 'q1' } as const;
const papers = {
  ...frame,
  entityName,
  certificate,
  changeHref: `${base}/change?application=q1`,
  form: { action: `${base}/papers/send`, fields },
  uploadForm: { action: `${base}/papers`, fields },
  removeForm: { action: `${base}/papers/remove`, fields },
  slots: [
    {
      slot: 'qualification_certificate',
      isRequired: true,
      files: [{ id: 'f1', pages: 2, addedAt: at }],
    },
    { slot: 'qualification_letter', isRequired: true, files: [] },
    { slot: 'qualification_other', isRequired: false, files: [] },
  ],
  remark: '',
  isConsented: false,
  keptDays: 30,
  isSupply: false,
  backHref: `${base}?entity=e1`,
} as const;
const status = {
  ...frame,
  entityName,
  certificate,
  listHref: `${base}?entity=e1`,
  number: '202611220001',
  openedAt: at,
  fileCount: 2,
  errors: [],
} as const;
const withdrawForm = { action: `${base}/status/withdraw`, fields } as const;

export function intermediarySamples() {
  return {
    'intermediaries/qualifications': [
      { variant: 'empty', locals: { ...list, items: [] } },
      {
        variant: 'all-states',
        locals: {
          ...list,
          items: [
            {
              ...item,
              state: 'active',
              decidedAt: at,
              isEndingSoon: true,
              renewHref: `${base}/apply?entity=e1&renews=q1`,
              statusHref: `${base}/status?application=q1`,
            },
            { ...item, state: 'active', isRenewed: true },
            { ...item, state: 'upcoming', decidedAt: at },
            { ...item, state: 'draft', goOnHref: `${base}/papers?application=q2` },
            { ...item, state: 'sent', statusHref: `${base}/status?application=q3` },
            { ...item, state: 'more_needed', statusHref: `${base}/status?application=q4` },
            { ...item, state: 'expired' },
            { ...item, state: 'withdrawn', endedFor: 'withdrawn' },
            { ...item, state: 'lost', endedFor: 'displaced' },
            { ...item, state: 'refused' },
            { ...item, state: 'given_up' },
          ],
        },
      },
      {
        variant: 'reader',
        locals: {
          ...frame,
          entityName,
          entityHref: list.entityHref,
          items: [{ ...item, state: 'active' }],
        },
      },
    ],
    'intermediaries/apply': [
      { variant: 'plain', locals: { ...apply, kinds } },
      {
        variant: 'held',
        locals: {
          ...apply,
          kinds,
          held: [
            {
              name: certificate.kind,
              until: '2027-01-01',
              renewHref: '/account/entities/qualifications/apply?entity=e1&renews=q1',
            },
            { name: certificate.kind, until: '2028-01-01' },
          ],
        },
      },
      {
        variant: 'refused',
        locals: {
          ...apply,
          kinds,
          typed: { ...typed, number: '?', validFrom: '2026-05-01', validUntil: '2026-01-01' },
          errors: [
            { field: 'kind', key: 'intermediary.form.kind_missing' },
            { field: 'number', key: 'intermediary.form.number_wrong' },
            { field: 'authority', key: 'intermediary.form.authority_missing' },
            { field: 'valid-until', key: 'intermediary.form.until_before_from' },
          ],
        },
      },
      {
        variant: 'renewal',
        locals: {
          ...apply,
          kind: { name: certificate.kind, department: certificate.department, isRenewal: true },
        },
      },
      {
        variant: 'change',
        locals: {
          ...apply,
          isChange: true,
          kind: { name: certificate.kind, department: certificate.department, isRenewal: false },
          errors: [{ key: 'intermediary.form.changed_meanwhile' }],
        },
      },
    ],
    'intermediaries/papers': [
      { variant: 'plain', locals: { ...papers, errors: [] } },
      {
        variant: 'refused',
        locals: {
          ...papers,
          errors: [
            {
              field: 'file-qualification_letter',
              key: 'verification-review.problem.missing.qualification_letter',
            },
            { field: 'consent', key: 'intermediary.papers.consent_missing' },
            { key: 'intermediary.papers.term_over', href: papers.changeHref },
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
    'intermediaries/status': [
      { variant: 'waiting', locals: { ...status, state: 'waiting', dueAt: until, withdrawForm } },
      {
        variant: 'more-needed',
        locals: {
          ...status,
          state: 'more_needed',
          reason: 'review.reason.ask.correct_details.applicant',
          note: '证书编号与原件不一致。',
          supplyHref: `${base}/papers?application=q1`,
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
          againHref: `${base}/apply?entity=e1`,
        },
      },
    ],
  } as const satisfies Partial<Samples>;
}
