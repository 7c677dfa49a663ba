// How organisations sign in by themselves, in the examples of view-samples.ts.
import type { Samples } from './view-samples.ts';

const relyingParty = { name: '企业办事大厅', homeUrl: 'https://hall.example.gov.cn/' };
const path = '/interaction/Vq3';
const frame = {
  relyingParty,
  backHref: `${path}?kind=legalEntity`,
  cancelForm: { action: `${path}/cancel` },
};
const licence = { ...frame, beginForm: { action: `${path}/organisation/licence` } };
const entityName = '云样板信息技术（演示）有限公司';
const presenting = {
  qrSvg: '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 3 3"><path d="M0 0h3v3H0z"/></svg>',
  href: 'https://licence.example.gov.cn/present?request=r1',
  number: '47',
  until: new Date('2026-11-22T06:10:00Z'),
  checkForm: { action: `${path}/organisation/licence-check`, fields: { request: 's1' } },
};
const certificate = {
  ...frame,
  text: [
    'hutong organisation challenge 2',
    'audience: https://id.example.gov.cn',
    'purpose: sign_in',
    'system: 企业办事大厅',
    'nonce: 8C0cQz0m6yKx3vZrA2tLw5nHb7uJd1fGs9eRkTqYpVM',
    'issued: 2026-11-22T06:05:00.000Z',
    'expires: 2026-11-22T06:25:00.000Z',
    '',
  ].join('\n'),
  textHref: `${path}/organisation/certificate-text`,
  until: new Date('2026-11-22T06:25:00Z'),
  pasteForm: { action: `${path}/organisation/certificate`, fields: { challenge: 'c1' } },
  fileForm: { action: `${path}/organisation/certificate-file`, fields: { challenge: 'c1' } },
};

export function entitySignInSamples() {
  return {
    'entity-sign-in/organisation-licence': [
      { variant: 'begin', locals: { ...licence, replaces: '赵*', isWaiting: false, errors: [] } },
      { variant: 'waiting', locals: { ...licence, presenting, isWaiting: true, errors: [] } },
      {
        variant: 'refused',
        locals: {
          ...licence,
          isWaiting: false,
          errors: [{ key: 'entity-sign-in.licence.problem.platform_unavailable' }],
        },
      },
    ],
    'entity-sign-in/organisation-certificate': [
      { variant: 'begin', locals: { ...certificate, errors: [] } },
      {
        variant: 'refused',
        locals: {
          ...certificate,
          entityName,
          errors: [
            { field: 'signature', key: 'entity-sign-in.certificate.problem.other_organisation' },
          ],
        },
      },
    ],
    'entity-sign-in/organisation-step': [
      {
        variant: 'both',
        locals: {
          relyingParty,
          demand: { by: 'service', name: '开具纳税证明' },
          entityName,
          licenceHref: `${path}/organisation/licence`,
          certificateHref: `${path}/organisation/certificate`,
          form: { action: `${path}/unmet` },
        },
      },
      {
        variant: 'certificate',
        locals: {
          relyingParty,
          entityName,
          certificateHref: `${path}/organisation/certificate`,
          form: { action: `${path}/unmet` },
        },
      },
    ],
  } satisfies Partial<Samples>;
}
