// The part of guardians in the examples of view-samples.ts.
import { childReviewSamples } from './view-samples-child-review.ts';
import type { Samples } from './view-samples.ts';

const at = new Date('2026-11-22T06:05:00Z');
const frame = {
  maskedName: '王*',
  signOutForm: { action: '/account/sign-out' },
  hasEntities: true,
} as const;
const agreement = {
  title: '儿童个人信息处理规则与监护人同意书',
  href: '/agreements/child-information/1',
};
const addHref = '/account/children/add';
const againForm = {
  action: '/account/children/add/again',
  fields: { name: '王小小', number: '110101201903070011', relation: 'parent', agree: 'yes' },
};
const href = '/account/children/view?child=c1';
const add = {
  ...frame,
  form: { action: addHref, fields: { agreement_version: '1' } },
  typed: { type: '111', name: '', number: '', relation: '' },
  agreement,
  isTicked: false,
  errors: [],
} as const;
const plainChild = {
  ...frame,
  maskedName: '王*',
  certificateType: '111',
  maskedNumber: '440***********0213',
  relation: 'parent',
  state: 'active',
  isLocked: false,
  since: at,
  consent: { ...agreement, version: 1, at },
  guardians: [{ maskedName: '王*', relation: 'parent', isSelf: true, isResting: false }],
  eraseHref: '/account/children/erase?child=c1',
} as const;
const reviewHref = '/account/children/review/files?application=a1';
const joinHref = '/account/children/join';
const withdrawHref = '/account/children/withdraw?child=c1';
const child = { ...plainChild, withdrawHref };
const consentHref = '/account/children/consent?child=c1';
const maskedNumber = '440***********0213';
const end = { ...frame, maskedNumber, backHref: href, hasOther: false };
const fields = { child: 'c1' };
const consent = {
  ...frame,
  agreement,
  isTicked: false,
  form: { action: '/account/children/consent', fields },
  backHref: href,
};

const join = {
  ...frame,
  form: { action: joinHref, fields: { agreement_version: '1' } },
  relation: '',
  agreement,
  isTicked: false,
};

export function guardianshipSamples() {
  return {
    'guardianship/children': [
      { variant: 'empty', locals: { ...frame, children: [], reviews: [], joinHref, addHref } },
      { variant: 'window', locals: { ...frame, children: [], reviews: [], joinHref } },
      {
        variant: 'full',
        locals: {
          ...frame,
          notice: { key: 'account.notice.child_erased' },
          addHref,
          joinHref,
          reviews: [
            { maskedName: '李*', state: 'waiting', href: reviewHref },
            { maskedName: '赵*', state: 'more_needed', href: reviewHref },
          ],
          children: [
            { maskedName: '王*', maskedNumber, relation: 'parent', state: 'active', href },
            { maskedName: '陈*', maskedNumber, relation: 'other', state: 'withdrawn', href },
            { maskedName: '李*', maskedNumber, relation: 'other', state: 'resting', href },
          ],
        },
      },
    ],
    'guardianship/add': [
      { variant: 'plain', locals: add },
      {
        variant: 'errors',
        locals: {
          ...add,
          typed: { type: '111', name: '王小演', number: '4400001990', relation: 'parent' },
          detailsHref: '/account/children/document',
          errors: [
            { field: 'number', key: 'verification.form.number_length' },
            { field: 'relation', key: 'guardianship.form.relation_missing' },
            { field: 'agree', key: 'agreement.not_ticked' },
          ],
        },
      },
    ],
    'guardianship/unfinished': [
      {
        variant: 'level',
        locals: { ...frame, reason: 'level_needed', onwardHref: '/verification' },
      },
      {
        variant: 'not-confirmed',
        locals: { ...frame, reason: 'not_confirmed', againForm, reviewHref },
      },
      { variant: 'unavailable', locals: { ...frame, reason: 'unavailable', againHref: addHref } },
      { variant: 'over', locals: { ...frame, reason: 'over' } },
      { variant: 'used-up', locals: { ...frame, reason: 'tries_used_up' } },
    ],
    'guardianship/child': [
      { variant: 'plain', locals: { ...child, notice: { key: 'account.notice.child_added' } } },
      {
        variant: 'withdrawn',
        locals: {
          ...plainChild,
          state: 'withdrawn',
          consentHref,
          guardians: [
            { maskedName: '王*', relation: 'parent', isSelf: true, isResting: false },
            { maskedName: '赵*', relation: 'parent', isSelf: false, isResting: true },
          ],
        },
      },
      {
        variant: 'invited',
        locals: {
          ...child,
          inviteForm: { action: '/account/children/invite', fields },
          invitation: {
            expiresAt: at,
            revokeForm: { action: '/account/children/revoke-invitation', fields },
          },
        },
      },
      { variant: 'resting', locals: { ...child, state: 'resting' } },
      { variant: 'locked', locals: { ...child, isLocked: true } },
    ],
    ...childReviewSamples(),
    'guardianship/invite': [
      {
        variant: 'plain',
        locals: {
          ...frame,
          maskedName: '王*',
          code: '1234 5678 9012',
          expiresAt: at,
          backHref: href,
        },
      },
    ],
    'guardianship/join': [
      { variant: 'plain', locals: { ...join, errors: [] } },
      {
        variant: 'errors',
        locals: {
          ...join,
          errors: [
            { field: 'code', key: 'guardianship.join.code_wrong' },
            { field: 'agree', key: 'agreement.not_ticked' },
          ],
        },
      },
    ],
    'guardianship/withdraw': [
      {
        variant: 'plain',
        locals: { ...end, hasOther: true, form: { action: '/account/children/withdraw', fields } },
      },
    ],
    'guardianship/erase': [
      { variant: 'plain', locals: { ...end, form: { action: '/account/children/erase', fields } } },
    ],
    'guardianship/consent': [
      { variant: 'plain', locals: { ...consent, errors: [] } },
      {
        variant: 'errors',
        locals: { ...consent, errors: [{ field: 'agree', key: 'agreement.not_ticked' }] },
      },
    ],
  } satisfies Partial<Samples>;
}
