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
    'hutong organisation challenge 1',
    'audience: https://id.example.gov.cn',
    'purpose: register',
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
