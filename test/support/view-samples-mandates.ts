// The part of mandates in the examples of view-samples.ts.
import type { MandateView } from '../../src/mandates/mandates.views.ts';
import { sampleRequest } from './view-samples-handler-requests.ts';
import type { Samples } from './view-samples.ts';

const at = new Date('2026-11-22T06:05:00Z');
const until = new Date('2026-12-22T16:00:00Z');
const frame = {
  maskedName: '赵*',
  signOutForm: { action: '/account/sign-out' },
  hasEntities: true,
} as const;
const entityName = '云样板信息技术（演示）有限公司';
const people = '/account/entities/people?entity=e1';
export const sampleMandate = {
  id: 'm1',
  role: 'handler',
  holderName: '林*',
  isSelf: false,
  state: 'active',
  services: ['企业变更登记', '社会保险单位参保'],
  since: at,
  until,
  isSingleUse: false,
  maySubdelegate: false,
  isPassedOn: false,
  proof: 'administrator',
  endHref: '/account/entities/end?mandate=m1',
  termHref: '/account/entities/mandates/term?mandate=m1',
} as const satisfies MandateView;
const own = { ...sampleMandate, isSelf: true } as const;
const { endHref: _end, termHref: _term, ...over } = sampleMandate;
export const endedSample = {
  ...over,
  state: 'ended',
  endedAt: at,
  endedFor: 'removed',
  endedNote: 'left',
} as const satisfies MandateView;
const typed = {
  holder: 'person',
  name: '',
  number: '',
  serviceScope: 'some',
  services: [],
  clientScope: 'all',
  clients: [],
  isSingleUse: false,
  from: '',
  until: '2026-12-22',
  maySubdelegate: false,
};
const ownFrame = {
  ...frame,
  requestHref: '/account/entities/mandates/request',
  backHref: '/account/entities',
};
const invite = {
  ...frame,
  entityName,
  form: { action: '/account/entities/mandates/invite', fields: { entity: 'e1' } },
  backHref: people,
  services: [
    { id: 'enterprise.change', name: '企业变更登记' },
    { id: 'social.enrol', name: '社会保险单位参保' },
  ],
  clients: [{ id: 'hall', name: '企业服务大厅' }],
  mayGiveAll: { services: true, clients: true },
  maySubdelegate: true,
  limits: { longestDays: 365, singleUseHours: 24 },
};
const offer = {
  ...frame,
  invitationId: 'i1',
  entityName,
  uscc: '91440000MA0DEMC01Y',
  singleUseHours: 24,
  until,
  acceptForm: { action: '/account/entities/accept' },
  declineHref: '/account/entities/decline?invitation=i1',
  backHref: '/account/entities',
};
const { since: _since, ...offered } = sampleMandate;
const facts = { ...offered, maySubdelegate: true };
const term = {
  ...frame,
  entityName,
  mandate: sampleMandate,
  form: { action: '/account/entities/mandates/term', fields: { mandate: 'm1' } },
  backHref: people,
  longestDays: 365,
};
const end = {
  ...frame,
  entityName,
  form: { action: '/account/entities/end', fields: { mandate: 'm1' } },
  backHref: '/account/entities/view?entity=e1',
};

export function mandateSamples() {
  return {
    'mandates/invite-handler': [
      { variant: 'empty', locals: { ...invite, typed, errors: [] } },
      {
        variant: 'refused',
        locals: {
          ...invite,
          typed: {
            ...typed,
            holder: 'organisation',
            name: '某代办公司',
            maySubdelegate: true,
            isSingleUse: true,
          },
          errors: [
            { field: 'number', key: 'mandates.form.uscc_missing' },
            { field: 'services', key: 'mandates.form.services_missing' },
            { field: 'until', key: 'mandates.form.until_late' },
            { field: 'may-subdelegate', key: 'mandates.form.subdelegate_single' },
          ],
        },
      },
      {
        variant: 'passing-on',
        locals: {
          ...invite,
          typed: { ...typed, clientScope: 'some' },
          mayGiveAll: { services: false, clients: false },
          maySubdelegate: false,
          latest: '2026-12-22',
          errors: [],
        },
      },
      {
        variant: 'nothing-registered',
        locals: {
          ...invite,
          typed: { ...typed, serviceScope: 'all' },
          services: [],
          clients: [],
          errors: [],
        },
      },
    ],
    'mandates/offer': [
      { variant: 'handler', locals: { ...offer, facts } },
      { variant: 'agency', locals: { ...offer, agencyName: '惠办代理（演示）有限公司', facts } },
      {
        variant: 'single-use',
        locals: {
          ...offer,
          facts: { role: 'handler', isSingleUse: true, maySubdelegate: false, isPassedOn: true },
        },
      },
    ],
    'mandates/decline': [
      {
        variant: 'offer',
        locals: {
          ...frame,
          asked: 'offer',
          entityName,
          role: 'handler',
          agencyName: '惠办代理（演示）有限公司',
          form: { action: '/account/entities/decline', fields: { invitation: 'i1' } },
          backHref: '/account/entities/mandates/offer?invitation=i1',
        },
      },
      {
        variant: 'request',
        locals: {
          ...frame,
          asked: 'request',
          entityName,
          applicantName: '陈*',
          form: { action: '/account/entities/mandates/request/answer', fields: { request: 'r1' } },
          backHref: people,
        },
      },
    ],
    'mandates/term': [
      { variant: 'plain', locals: { ...term, until: '2026-12-22', errors: [] } },
      {
        variant: 'refused',
        locals: {
          ...term,
          until: '2028-12-22',
          errors: [{ field: 'until', key: 'mandates.form.until_late' }],
        },
      },
    ],
    'mandates/own': [
      {
        variant: 'empty',
        locals: { ...ownFrame, mandates: [], ended: [], requests: [] },
      },
      {
        variant: 'full',
        locals: {
          ...ownFrame,
          mandates: [
            { ...own, entityName, entityHref: '/account/entities/view?entity=e1' },
            {
              ...own,
              id: 'm2',
              state: 'suspended',
              maySubdelegate: true,
              passOnHref: '/account/entities/mandates/invite?entity=e1&upon=m2',
              entityName: '新办早餐店（演示个体工商户）',
              entityHref: '/account/entities/view?entity=e2',
            },
          ],
          ended: [{ ...endedSample, isSelf: true, entityName }],
          requests: [
            { ...sampleRequest, href: '/account/entities/mandates/request/status?request=r1' },
          ],
        },
      },
    ],
    'mandates/end': [
      {
        variant: 'handler',
        locals: {
          ...end,
          mandate: { ...sampleMandate, maySubdelegate: true },
          notes: ['left', 'done', 'mistake', 'misused', 'other'],
        },
      },
      { variant: 'own', locals: { ...end, mandate: own, notes: [] } },
      {
        variant: 'administrator',
        locals: { ...end, mandate: { ...over, role: 'administrator' }, notes: ['left', 'other'] },
      },
    ],
  } satisfies Partial<Samples>;
}
