// The examples of the pages on which an identity is chosen, a part of view-samples.ts.
import type { Samples } from './view-samples.ts';

const company = {
  value: 'm1',
  name: '江州云帆科技有限公司',
  uscc: '91440000MA0DEMA09C',
  role: 'administrator' as const,
  isThroughAgency: false,
  isSingleUse: false,
};
const handled = {
  value: 'm2',
  name: '江州临江物流有限责任公司第一分公司驻自由贸易试验区办事处',
  uscc: '91440000MA0DEMB08X',
  role: 'handler' as const,
  services: ['企业变更登记', '社会保险单位参保'],
  expiresAt: new Date('2027-03-31T16:00:00Z'),
  isThroughAgency: true,
  isSingleUse: true,
};
const unusable = {
  ...handled,
  value: 'm3',
  reason: 'service_missing' as const,
  administrators: ['李*', '赵*'],
};

const choose = {
  relyingParty: { name: '企业服务大厅', homeUrl: 'https://hall.example.gov.cn/' },
  self: { value: 'self', kind: 'naturalPerson' as const, name: '张*' },
  identities: [company, handled],
  preselected: 'm1',
  unusable: [],
  isHintUnmet: false,
  form: { action: '/interaction/sample/identity', fields: { q: '', page: '1' } },
  cancelForm: { action: '/interaction/sample/cancel' },
  errors: [],
};

const none = {
  relyingParty: choose.relyingParty,
  unusable: [],
  cancelForm: choose.cancelForm,
};

export function identitySamples() {
  return {
    'oidc/choose-identity': [
      { variant: 'plain', locals: choose },
      {
        variant: 'many',
        locals: {
          ...choose,
          unusable: [unusable],
          search: {
            action: '/interaction/sample',
            q: '江州',
            found: 12,
            total: 214,
            page: 1,
            pages: 2,
            isCut: false,
            nextHref: '/interaction/sample?q=&page=2',
          },
        },
      },
      {
        variant: 'cut',
        locals: {
          ...choose,
          unusable: [],
          search: {
            action: '/interaction/sample',
            q: '',
            found: 200,
            total: 200,
            page: 1,
            pages: 25,
            isCut: true,
            nextHref: '/interaction/sample?q=&page=2',
          },
        },
      },
      {
        variant: 'ended',
        locals: {
          ...choose,
          identities: [company],
          preselected: 'self',
          isHintUnmet: true,
          ended: {
            name: handled.name,
            reason: 'removed' as const,
            note: 'left' as const,
            at: new Date('2026-11-22T06:05:00Z'),
          },
        },
      },
      {
        variant: 'refused',
        locals: {
          ...choose,
          errors: [{ field: 'identity', key: 'identity.refused.mandate_used' as const }],
        },
      },
    ],
    'oidc/no-identity': [
      { variant: 'no-mandate', locals: { ...none, reason: 'no_mandate', unusable: [unusable] } },
      { variant: 'unserved', locals: { ...none, reason: 'unserved' } },
      { variant: 'other-account', locals: { ...none, reason: 'other_account' } },
      { variant: 'other-organisation', locals: { ...none, reason: 'other_organisation' } },
    ],
  } satisfies Partial<Samples>;
}
