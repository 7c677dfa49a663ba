// The recovery's and the codes' part of the examples in view-samples.ts.
import { codeSamples } from './view-samples-code.ts';
import type { Samples } from './view-samples.ts';

const phone = { channel: 'sms', masked: '138****8000' } as const;
const mail = { channel: 'mail', masked: 'z***@example.com' } as const;
const contact = {
  channel: 'sms',
  otherHref: '/recover?by=mail',
  contact: '',
  login: '',
  form: { action: '/recover', fields: { channel: 'sms' } },
  keepForm: { id: 'recover-form', action: '/recover/display' },
  signInHref: '/account',
  errors: [],
} as const;
const code = {
  sentTo: phone,
  isOver: false,
  form: { action: '/recover/code' },
  sendForm: { action: '/recover/code/send' },
  changeHref: '/recover',
  errors: [],
} as const;
const form = { action: '/recover/proof' };
const passkey = {
  form: { action: '/recover/proof/passkey' },
  optionsAction: '/recover/proof/passkey/options',
};
const waitForm = { action: '/recover/wait' };
const face = {
  typed: { name: '', number: '' },
  form: { action: '/recover/face' },
  backHref: '/recover/proof',
  errors: [],
} as const;
const papers = {
  typed: { name: '', number: '' },
  contact: phone,
  form: { action: '/recover/review/send' },
  uploadForm: { action: '/recover/review' },
  removeForm: { action: '/recover/review/remove' },
  slots: [
    { slot: 'front', isRequired: true, files: [{ id: 'f1', pages: 1, addedAt: new Date(0) }] },
    { slot: 'back', isRequired: true, files: [] },
    { slot: 'holding', isRequired: true, files: [] },
    { slot: 'other', isRequired: false, files: [] },
  ],
  remark: '',
  isConsented: false,
  keptDays: 30,
  isSupply: false,
  backHref: '/recover/proof',
  errors: [],
} as const;
const password = {
  rules: 'citizen',
  isFresh: false,
  form: { action: '/recover/password' },
  errors: [],
} as const;
const readyAt = new Date('2026-11-23T08:30:00Z');

export function recoverySamples() {
  return {
    ...codeSamples(),
    'recovery/recover-contact': [
      { variant: 'phone', locals: contact },
      {
        variant: 'mail',
        locals: {
          ...contact,
          channel: 'mail',
          otherHref: '/recover',
          contact: 'zhangsan@example',
          errors: [
            { field: 'contact', key: 'sign-up.problem.email_wrong' },
            { field: 'login', key: 'recover.contact.login_missing' },
          ],
        },
      },
    ],
    'recovery/recover-code': [
      { variant: 'sent', locals: code },
      {
        variant: 'over',
        locals: {
          ...code,
          sentTo: mail,
          isOver: true,
          errors: [{ field: 'send-code', key: 'contact-code.expired' }],
        },
      },
    ],
    'recovery/recover-proof': [
      {
        variant: 'all',
        locals: {
          reviewHref: '/recover/review',
          form,
          recovery: form,
          passkey,
          faceHref: '/recover/face',
          isStaff: false,
          errors: [],
        },
      },
      {
        variant: 'refused',
        locals: {
          form,
          waitForm,
          isStaff: false,
          errors: [{ field: 'otp', key: 'second-factor.refused' }],
        },
      },
      { variant: 'staff', locals: { form, isStaff: true, errors: [] } },
      { variant: 'window', locals: { isStaff: false, errors: [] } },
    ],
    'recovery/recover-face': [
      { variant: 'plain', locals: face },
      {
        variant: 'refused',
        locals: {
          ...face,
          typed: { name: '张示例', number: '4400002001' },
          errors: [
            { field: 'number', key: 'verification.form.number_length' },
            { field: 'consent', key: 'verification.form.consent_missing' },
          ],
        },
      },
    ],
    'recovery/recover-password': [
      { variant: 'plain', locals: password },
      {
        variant: 'refused',
        locals: {
          ...password,
          rules: 'level3',
          waitForm,
          errors: [{ field: 'new-password', key: 'new-password.problem.too_common' }],
        },
      },
      { variant: 'after-waiting', locals: { ...password, isFresh: true } },
    ],
    'recovery/recover-wait': [{ variant: 'plain', locals: { contact: phone, form: waitForm } }],
    'recovery/recover-waiting': [
      { variant: 'phone', locals: { readyAt, contact: phone } },
      { variant: 'mail', locals: { readyAt, contact: mail } },
    ],
    'recovery/recovered': [
      { variant: 'onward', locals: { onward: { form: { action: '/interaction/Vq3/recovered' } } } },
      { variant: 'account', locals: { onward: { href: '/account' } } },
    ],
    'recovery/recover-review': [
      { variant: 'empty', locals: papers },
      {
        variant: 'refused',
        locals: {
          ...papers,
          typed: { name: '张示例', number: '4400002001' },
          errors: [
            { field: 'file-holding', key: 'verification-review.problem.missing.holding' },
            { field: 'number', key: 'verification.form.number_length' },
            { field: 'consent', key: 'verification-review.problem.consent_missing' },
          ],
        },
      },
    ],
    'recovery/recover-sent': [
      { variant: 'phone', locals: { contact: phone, againHref: '/recover' } },
      { variant: 'mail', locals: { contact: mail, againHref: '/recover' } },
    ],
    'recovery/recover-stopped': [
      {
        variant: 'nothing-to-review',
        locals: { reason: 'nothing', againHref: '/recover', reviewHref: '/recover/review' },
      },
      ...(
        [
          'ended',
          'face_refused',
          'face_cancelled',
          'face_invalid',
          'unavailable',
          'tries_used_up',
          'minor',
          'too_many_waits',
          'cancelled',
          'over',
        ] as const
      ).map((reason) => ({ variant: reason, locals: { reason, againHref: '/recover' } })),
      {
        variant: 'nothing',
        locals: {
          reason: 'nothing',
          againHref: '/recover',
          signUpHref: '/sign-up',
          faceHref: '/recover/face',
        },
      },
      {
        variant: 'no_account',
        locals: { reason: 'no_account', againHref: '/recover', signUpHref: '/sign-up' },
      },
      {
        variant: 'early',
        locals: { reason: 'early', againHref: '/recover/continue', readyAt },
      },
    ],
    'recovery/recover-link': (['continue', 'cancel', 'not_me'] as const).map((purpose) => ({
      variant: purpose,
      locals: { purpose, form: { action: '/not-me' } },
    })),
    'recovery/recover-link-done': (
      ['cancelled', 'over', 'frozen', 'used', 'too_often', 'link_invalid'] as const
    ).map((outcome) => ({ variant: outcome, locals: { outcome, recoverHref: '/recover' } })),
  } satisfies Partial<Samples>;
}
