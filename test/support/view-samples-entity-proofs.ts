// What organisations prove themselves with, in the examples of view-samples.ts.
import type { Samples } from './view-samples.ts';

const frame = {
  maskedName: '赵*',
  signOutForm: { action: '/account/sign-out' },
  hasEntities: true,
} as const;
const company = { name: '云样板信息技术（演示）有限公司' };
const licence = {
  ...frame,
  level: 4,
  beginForm: { action: '/account/entities/licence', fields: { entity: '' } },
  backHref: '/account/entities/register',
};
const presenting = {
  qrSvg: '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 3 3"><path d="M0 0h3v3H0z"/></svg>',
  href: 'https://licence.example.gov.cn/present?request=r1',
  number: '47',
  until: new Date('2026-11-22T06:10:00Z'),
  checkForm: { action: '/account/entities/licence/check', fields: { request: 's1' } },
};
const certificate = {
  ...frame,
  level: 4,
  text: [
    'hutong organisation challenge 2',
    'audience: https://id.example.gov.cn',
    'purpose: register',
    'person: 王* 110***********123X',
    'nonce: 8C0cQz0m6yKx3vZrA2tLw5nHb7uJd1fGs9eRkTqYpVM',
    'issued: 2026-11-22T06:05:00.000Z',
    'expires: 2026-11-22T06:25:00.000Z',
    '',
  ].join('\n'),
  textHref: '/account/entities/certificate/text',
  until: new Date('2026-11-22T06:25:00Z'),
  pasteForm: { action: '/account/entities/certificate', fields: { challenge: 'c1' } },
  fileForm: { action: '/account/entities/certificate/file', fields: { challenge: 'c1' } },
  backHref: '/account/entities/register',
};

const transfer = { ...frame, level: 3, backHref: '/account/entities/register' };
const payment = {
  ...company,
  maskedAccount: '**** 0003',
  bank: '样例银行示例支行',
  until: new Date('2026-11-25T06:05:00Z'),
  payForm: { action: '/account/entities/transfer/pay', fields: { transfer: 't1' } },
  reportForm: { action: '/account/entities/transfer/report', fields: { transfer: 't1' } },
  giveUpForm: { action: '/account/entities/transfer/give-up', fields: { transfer: 't1' } },
};
const transferForm = { action: '/account/entities/transfer' };
const nothingTyped = { name: '', uscc: '', account: '', bank: '' };

export function entityProofSamples() {
  return {
    'legal-entities/certificate': [
      { variant: 'register', locals: { ...certificate, errors: [] } },
      {
        variant: 'refused',
        locals: {
          ...certificate,
          entityName: company.name,
          errors: [
            { field: 'signature', key: 'entity-proof.certificate.problem.revocation_unknown' },
          ],
        },
      },
    ],
    'legal-entities/transfer': [
      {
        variant: 'begin',
        locals: { ...transfer, asking: { form: transferForm, ...nothingTyped }, errors: [] },
      },
      {
        variant: 'refused',
        locals: {
          ...transfer,
          entity: { ...company, uscc: '91440000MA0DEMC01Y' },
          asking: { form: transferForm, ...nothingTyped, account: '44', bank: '样例银行' },
          errors: [{ field: 'account', key: 'entity-proof.transfer.problem.account_wrong' }],
        },
      },
      {
        variant: 'paying',
        locals: {
          ...transfer,
          open: { ...payment, state: 'paying', triesLeft: 3 },
          errors: [{ key: 'entity-proof.transfer.problem.bank_silent' }],
        },
      },
      {
        variant: 'paid',
        locals: {
          ...transfer,
          open: { ...payment, state: 'paid', triesLeft: 2 },
          errors: [{ field: 'amount', key: 'entity-proof.transfer.problem.amount_wrong' }],
        },
      },
      {
        variant: 'proven',
        locals: { ...transfer, open: { ...payment, state: 'proven', triesLeft: 1 }, errors: [] },
      },
    ],
    'legal-entities/licence': [
      { variant: 'begin', locals: { ...licence, isWaiting: false, errors: [] } },
      {
        variant: 'waiting',
        locals: { ...licence, presenting, isWaiting: true, errors: [] },
      },
      {
        variant: 'refused',
        locals: {
          ...licence,
          presenting,
          isWaiting: false,
          errors: [{ key: 'entity-proof.licence.problem.presenter_differs' }],
        },
      },
    ],
  } satisfies Partial<Samples>;
}
