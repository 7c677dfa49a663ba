// The part of organisations in the examples of view-samples.ts.
import type { Samples } from './view-samples.ts';

const until = new Date('2026-11-29T06:05:00Z');
const frame = {
  maskedName: '赵*',
  signOutForm: { action: '/account/sign-out' },
  hasEntities: true,
} as const;
const company = { name: '云样板信息技术（演示）有限公司', uscc: '91440000MA0DEMC01Y' };
const shop = { name: '新办早餐店（演示个体工商户）', uscc: '92440000MA0DEME04G' };
const list = {
  ...frame,
  entities: [],
  invitations: [],
  applications: [],
  acceptForm: { action: '/account/entities/accept' },
  retryForm: { action: '/account/entities/retry' },
  dropForm: { action: '/account/entities/drop' },
  mandatesHref: '/account/entities/mandates',
  requestHref: '/account/entities/mandates/request',
};
const href = '/account/entities/view?entity=e1';
const register = {
  ...frame,
  form: { action: '/account/entities/register' },
  name: '',
  uscc: '',
  certificateHref: '/account/entities/certificate',
  licenceHref: '/account/entities/licence',
  transferHref: '/account/entities/transfer',
};
const confirm = {
  ...frame,
  ...company,
  subtype: 'enterprise',
  role: 'legalRepresentative',
  agreement: { title: '实名注册协议', href: '/agreements/real-name-registration/1' },
  form: { action: '/account/entities/confirm', fields: { application: 'a1' } },
} as const;
const retryForm = { action: '/account/entities/retry', fields: { application: 'a1' } };
const reviewHref = '/account/entities/review?application=a1';
const invite = {
  ...frame,
  entityName: company.name,
  form: { action: '/account/entities/invite', fields: { entity: 'e1' } },
  backHref: href,
};
export function legalEntitySamples() {
  return {
    'legal-entities/entities': [
      { variant: 'empty', locals: { ...list, registerHref: '/account/entities/register' } },
      { variant: 'window', locals: list },
      {
        variant: 'full',
        locals: {
          ...list,
          notice: { key: 'account.notice.mandate_removed' },
          registerHref: '/account/entities/register',
          entities: [
            { ...company, role: 'legalRepresentative', href },
            { ...shop, role: 'administrator', href },
          ],
          invitations: [
            {
              id: 'i1',
              entityName: shop.name,
              uscc: shop.uscc,
              role: 'administrator',
              until,
              declineHref: '/account/entities/decline?invitation=i1',
            },
            {
              id: 'i2',
              entityName: shop.name,
              uscc: shop.uscc,
              role: 'handler',
              until,
              declineHref: '/account/entities/decline?invitation=i2',
              offerHref: '/account/entities/mandates/offer?invitation=i2',
              agencyName: company.name,
            },
          ],
          applications: [
            {
              id: 'a1',
              ...company,
              confirmHref: '/account/entities/confirm?application=a1',
              isInReview: false,
              isRefused: false,
            },
            { id: 'a2', ...shop, isInReview: false, isRefused: false, reviewHref },
            { id: 'a3', ...shop, isInReview: false, isRefused: true, reviewHref },
            { id: 'a3h', ...shop, isInReview: false, isRefused: true, isHeld: true, reviewHref },
            { id: 'a4', ...company, isInReview: true, isRefused: false, statusHref: reviewHref },
          ],
        },
      },
    ],
    'legal-entities/register': [
      { variant: 'empty', locals: { ...register, errors: [] } },
      {
        variant: 'refused',
        locals: {
          ...register,
          uscc: '91440000MA0DEMC0I',
          errors: [
            { field: 'name', key: 'legal-entities.form.name_missing' },
            { field: 'uscc', key: 'legal-entities.form.uscc_length' },
          ],
        },
      },
      {
        variant: 'unknown',
        locals: {
          ...register,
          ...company,
          reviewHref,
          errors: [{ field: 'uscc', key: 'legal-entities.form.uscc_unknown' }],
        },
      },
    ],
    'legal-entities/confirm': [
      { variant: 'due', locals: { ...confirm, isTicked: false, errors: [] } },
      {
        variant: 'certificate',
        locals: {
          ...confirm,
          role: 'administrator',
          shownBy: 'certificate',
          isTicked: false,
          errors: [],
        },
      },
      {
        variant: 'not-ticked',
        locals: {
          ...confirm,
          isTicked: false,
          errors: [{ field: 'agree', key: 'agreement.not_ticked' }],
        },
      },
    ],
    'legal-entities/unfinished': [
      {
        variant: 'level-needed',
        locals: {
          ...frame,
          reason: 'level_needed',
          onwardHref: '/verification?onward=entities',
        },
      },
      {
        variant: 'number-needed',
        locals: {
          ...frame,
          reason: 'number_needed',
          onwardHref: '/verification?onward=entities',
        },
      },
      { variant: 'unavailable', locals: { ...frame, reason: 'unavailable', retryForm } },
      {
        variant: 'unavailable-long',
        locals: { ...frame, reason: 'unavailable', retryForm, reviewHref },
      },
      ...(
        [
          'tries_used_up',
          'not_representative',
          'cancelled',
          'revoked',
          'not_completed',
          'has_others',
          'over',
        ] as const
      ).map((reason) => ({
        variant: reason.replaceAll('_', '-'),
        locals: { ...frame, reason },
      })),
    ],
    'legal-entities/invite': [
      { variant: 'empty', locals: { ...invite, name: '', number: '', errors: [] } },
      {
        variant: 'refused',
        locals: {
          ...invite,
          name: '',
          number: '44000019920816010',
          errors: [
            { field: 'name', key: 'legal-entities.invite.name_missing' },
            { field: 'number', key: 'legal-entities.invite.number_wrong' },
          ],
        },
      },
      {
        variant: 'too-many',
        locals: {
          ...invite,
          name: '林新办',
          number: '440000198802290125',
          errors: [{ key: 'legal-entities.invite.too_many' }],
        },
      },
    ],
  } satisfies Partial<Samples>;
}
